"""Feedback: a suggestion or an incident, one stream each; a file for each facet, the state in `state`."""

from collections.abc import Sequence
from typing import Final

from domain.decider import Context, Decider
from domain.facet import Facets
from domain.feedback import giving, incident, resolution, triage
from domain.feedback.giving import (
    GiveSuggestion,
    IncidentReported,
    ReportIncident,
    SuggestionGiven,
)
from domain.feedback.incident import (
    AcknowledgeIncident,
    BreachIncident,
    EscalateIncident,
    IncidentAcknowledged,
    IncidentBreached,
    IncidentEscalated,
    IncidentIsPaused,
    IncidentPaused,
    IncidentResumed,
    NotAnIncident,
    PauseIncident,
    ResumeIncident,
)
from domain.feedback.state import (
    Feedback,
    FeedbackIsResolved,
    FeedbackKind,
    FeedbackStatus,
    Pause,
    Priority,
    given,
)
from domain.feedback.triage import (
    FeedbackLinkedToTask,
    FeedbackResolved,
    FeedbackTriaged,
    LinkFeedbackToTask,
    ResolveFeedback,
    TriageFeedback,
)
from domain.project import ongoing
from domain.severity import Severity

__all__ = [
    "DECIDER",
    "AcknowledgeIncident",
    "BreachIncident",
    "EscalateIncident",
    "Feedback",
    "FeedbackCommand",
    "FeedbackEvent",
    "FeedbackIsResolved",
    "FeedbackKind",
    "FeedbackLinkedToTask",
    "FeedbackResolved",
    "FeedbackStatus",
    "FeedbackTriaged",
    "GiveSuggestion",
    "IncidentAcknowledged",
    "IncidentBreached",
    "IncidentEscalated",
    "IncidentIsPaused",
    "IncidentPaused",
    "IncidentReported",
    "IncidentResumed",
    "LinkFeedbackToTask",
    "NotAnIncident",
    "Pause",
    "PauseIncident",
    "Priority",
    "ReportIncident",
    "ResolveFeedback",
    "ResumeIncident",
    "Severity",
    "SuggestionGiven",
    "TriageFeedback",
    "decide",
    "evolve",
]

FeedbackEvent = (
    giving.GivingEvent | triage.TriageEvent | incident.IncidentEvent | resolution.IncidentResolutionBreached
)
FeedbackCommand = (
    giving.GivingCommand
    | triage.TriageCommand
    | incident.IncidentCommand
    | resolution.BreachIncidentResolution
)


def decide(command: FeedbackCommand, feedback: Feedback | None, context: Context) -> Sequence[FeedbackEvent]:
    """Return what happens to the feedback."""
    ongoing(context)
    if isinstance(command, GiveSuggestion | ReportIncident):
        return giving.decide(command, feedback, context)
    return _FACETS.of_command[type(command)].decide(command, given(feedback), context)


def evolve(feedback: Feedback | None, event: FeedbackEvent) -> Feedback:
    """Return the feedback after an event."""
    if isinstance(event, SuggestionGiven | IncidentReported):
        return giving.begun(event)
    return _FACETS.evolve(given(feedback), event)


_FACETS: Final = Facets((giving.FACET, triage.FACET, incident.FACET, resolution.FACET))

DECIDER: Final[Decider[FeedbackCommand, Feedback, FeedbackEvent]] = Decider(
    name="feedback",
    decide=decide,
    evolve=evolve,
    events=_FACETS.events,
    commands=_FACETS.commands,
    opens=frozenset({GiveSuggestion, ReportIncident}),
    project_of=lambda feedback: feedback.project_id,
    upcasts={**giving.UPCASTS, **incident.UPCASTS},
)
