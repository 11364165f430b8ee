"""The goal to resolve incidents: one not resolved when its goal passes is breached then, and escalated."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias, get_args
from uuid import UUID

from domain import feedback
from domain.copies import replaced
from domain.feedback import EscalateIncident
from domain.feedback.resolution import BreachIncidentResolution, IncidentResolutionBreached
from domain.recorded import Recorded
from projections.read_model import ReadModel, Wish


@dataclass(frozen=True, slots=True)
class ResolutionClock:
    """The resolution clock of one incident; `due_at` (UTC) is None without a goal, paused or ended."""

    feedback_id: UUID
    project_id: UUID
    due_at: datetime | None
    is_breached: bool = False


Event: TypeAlias = (
    feedback.IncidentReported
    | feedback.IncidentPaused
    | feedback.IncidentResumed
    | feedback.FeedbackResolved
    | IncidentResolutionBreached
)


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the feedback; a suggestion never has a clock."""
    return (seen.stream,)


def evolve(clock: ResolutionClock | None, seen: Recorded[Event]) -> ResolutionClock | None:
    """Return the clock after an event."""
    event = seen.event
    if isinstance(event, feedback.IncidentReported):
        return ResolutionClock(seen.stream, event.project_id, event.resolve_due_at)
    if clock is None:
        return None
    match event:
        case feedback.IncidentPaused() | feedback.FeedbackResolved():
            return replaced(clock, due_at=None)
        case feedback.IncidentResumed(resolve_due_at=due_at):
            return replaced(clock, due_at=None if clock.is_breached else due_at)
        case IncidentResolutionBreached():
            return replaced(clock, due_at=None, is_breached=True)


def react(seen: Recorded[Any], clock: ResolutionClock) -> Iterable[Wish]:
    """Escalate an incident when it is breached."""
    if isinstance(seen.event, IncidentResolutionBreached):
        yield Wish("feedback", clock.feedback_id, EscalateIncident(), seen.occurred_at)


def on_due(clock: ResolutionClock) -> Wish:
    """Breach an incident at the instant its goal to be resolved passed."""
    if clock.due_at is None:
        raise AssertionError("a clock that does not run is never due")
    return Wish("feedback", clock.feedback_id, BreachIncidentResolution(clock.due_at), clock.due_at)


READ_MODEL: Final = ReadModel(
    name="resolution_clock",
    row=ResolutionClock,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    react=react,
    on_due=on_due,
)
