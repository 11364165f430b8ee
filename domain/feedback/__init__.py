"""Feedback of every kind, one stream each; a file for each facet, the state they share in `state`."""

from collections.abc import Sequence
from typing import Final

from domain.decider import Context, Decider
from domain.facet import Facets
from domain.feedback import conversation, giving, incident, loop, resolution, triage
from domain.feedback.conversation import FeedbackReplied, ReplyToFeedback
from domain.feedback.giving import (
    ComplaintFiled,
    FeedbackSubmitted,
    FileComplaint,
    GiveSuggestion,
    IncidentReported,
    ReportIncident,
    SubmitFeedback,
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
from domain.feedback.loop import (
    FeedbackLinkedToRelease,
    GiverTold,
    LinkFeedbackToRelease,
    LoopStage,
    NothingToTell,
    TellGiver,
    stage,
)
from domain.feedback.state import (
    ComplaintCategory,
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
    "ComplaintCategory",
    "ComplaintFiled",
    "EscalateIncident",
    "Feedback",
    "FeedbackCommand",
    "FeedbackEvent",
    "FeedbackIsResolved",
    "FeedbackKind",
    "FeedbackLinkedToRelease",
    "FeedbackLinkedToTask",
    "FeedbackReplied",
    "FeedbackResolved",
    "FeedbackStatus",
    "FeedbackSubmitted",
    "FeedbackTriaged",
    "FileComplaint",
    "GiveSuggestion",
    "GiverTold",
    "IncidentAcknowledged",
    "IncidentBreached",
    "IncidentEscalated",
    "IncidentIsPaused",
    "IncidentPaused",
    "IncidentReported",
    "IncidentResumed",
    "LinkFeedbackToRelease",
    "LinkFeedbackToTask",
    "LoopStage",
    "NotAnIncident",
    "NothingToTell",
    "Pause",
    "PauseIncident",
    "Priority",
    "ReplyToFeedback",
    "ReportIncident",
    "ResolveFeedback",
    "ResumeIncident",
    "Severity",
    "SubmitFeedback",
    "SuggestionGiven",
    "TellGiver",
    "TriageFeedback",
    "decide",
    "evolve",
    "stage",
]

FeedbackEvent = (
    giving.GivingEvent
    | triage.TriageEvent
    | incident.IncidentEvent
    | loop.LoopEvent
    | resolution.IncidentResolutionBreached
    | FeedbackReplied
)
FeedbackCommand = (
    giving.GivingCommand
    | triage.TriageCommand
    | incident.IncidentCommand
    | loop.LoopCommand
    | resolution.BreachIncidentResolution
    | ReplyToFeedback
)


def decide(command: FeedbackCommand, feedback: Feedback | None, context: Context) -> Sequence[FeedbackEvent]:
    """Return what happens to the feedback."""
    ongoing(context)
    if isinstance(command, giving.GivingCommand):
        return giving.decide(command, feedback, context)
    return _FACETS.of_command[type(command)].decide(command, given(feedback), context)


def evolve(feedback: Feedback | None, event: FeedbackEvent) -> Feedback:
    """Return the feedback after an event."""
    if isinstance(event, giving.GivingEvent):
        return giving.begun(event)
    return _FACETS.evolve(given(feedback), event)


_FACETS: Final = Facets(
    (giving.FACET, triage.FACET, incident.FACET, loop.FACET, resolution.FACET, conversation.FACET)
)

DECIDER: Final[Decider[FeedbackCommand, Feedback, FeedbackEvent]] = Decider(
    name="feedback",
    decide=decide,
    evolve=evolve,
    events=_FACETS.events,
    commands=_FACETS.commands,
    opens=frozenset(giving.FACET.commands),
    project_of=lambda feedback: feedback.project_id,
    upcasts={**giving.UPCASTS, **incident.UPCASTS, **loop.UPCASTS},
)
