"""The goal to resolve an incident by: one that passes while the clock runs is a breach at that moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.facet import Facet
from domain.feedback.goals import stood_open
from domain.feedback.incident import NotAnIncident
from domain.feedback.state import Feedback
from domain.project import Project, ongoing


@dataclass(frozen=True, slots=True)
class IncidentResolutionBreached:
    """The moment to resolve an incident by passed without that, on a day of the project's time zone."""

    due_at: datetime
    breached_on: date


@dataclass(frozen=True, slots=True)
class BreachIncidentResolution:
    """State that the moment to resolve an incident by has passed."""

    due_at: Annotated[datetime, "The moment that passed, an instant."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for an instant out of range."""
        shape.instant(self.due_at, "dueAt")


def decide(
    command: BreachIncidentResolution, feedback: Feedback, context: Context
) -> Sequence[IncidentResolutionBreached]:
    """Return the breach, nothing when there is no such goal or it was met, moved or breached before."""
    project = ongoing(context)
    if feedback.acknowledge_due_at is None:
        raise NotAnIncident
    return breach(feedback, project) if command.due_at == feedback.resolve_due_at else []


def breach(feedback: Feedback, project: Project) -> Sequence[IncidentResolutionBreached]:
    """Return the breach of a goal that passed while the clock ran, unless it is known."""
    due_at = feedback.resolve_due_at
    if due_at is None or feedback.is_resolution_breached or not stood_open(feedback, due_at, None):
        return []
    return [IncidentResolutionBreached(due_at, project.local_day(due_at))]


def breach_by(feedback: Feedback, project: Project, at: datetime) -> Sequence[IncidentResolutionBreached]:
    """Return the breach there is when an incident is resolved at `at`, after its goal."""
    due_at = feedback.resolve_due_at
    return breach(feedback, project) if due_at is not None and at > due_at else []


def evolve(feedback: Feedback, event: IncidentResolutionBreached) -> Feedback:
    """Return the incident after its breach."""
    del event
    return replaced(feedback, is_resolution_breached=True)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={"feedback.incident_resolution_breached.v1": IncidentResolutionBreached},
    commands={BreachIncidentResolution: roles.SYSTEM},
)
