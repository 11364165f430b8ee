"""The clock of incidents: one not acknowledged when its goal passes is breached then, and escalated."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias, get_args
from uuid import UUID

from domain import feedback
from domain.copies import replaced
from domain.feedback import BreachIncident, EscalateIncident
from domain.recorded import Recorded
from projections.read_model import ReadModel, Wish


@dataclass(frozen=True, slots=True)
class IncidentClock:
    """The acknowledgement clock of one incident; `due_at` (UTC) is None while it is paused or ended."""

    feedback_id: UUID
    project_id: UUID
    due_at: datetime | None
    is_acknowledged: bool = False
    is_breached: bool = False


Event: TypeAlias = (
    feedback.IncidentReported
    | feedback.IncidentAcknowledged
    | feedback.IncidentPaused
    | feedback.IncidentResumed
    | feedback.IncidentBreached
    | feedback.FeedbackResolved
)


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the feedback; a suggestion never has a clock."""
    return (seen.stream,)


def evolve(clock: IncidentClock | None, seen: Recorded[Event]) -> IncidentClock | None:
    """Return the clock after an event."""
    event = seen.event
    if isinstance(event, feedback.IncidentReported):
        return IncidentClock(seen.stream, event.project_id, event.acknowledge_due_at)
    if clock is None:
        return None
    match event:
        case feedback.IncidentAcknowledged():
            return replaced(clock, due_at=None, is_acknowledged=True)
        case feedback.IncidentPaused() | feedback.FeedbackResolved():
            return replaced(clock, due_at=None)
        case feedback.IncidentResumed(acknowledge_due_at=due_at):
            is_running = not (clock.is_acknowledged or clock.is_breached)
            return replaced(clock, due_at=due_at if is_running else None)
        case feedback.IncidentBreached():
            return replaced(clock, due_at=None, is_breached=True)


def react(seen: Recorded[Any], clock: IncidentClock) -> Iterable[Wish]:
    """Escalate an incident when it is breached."""
    if isinstance(seen.event, feedback.IncidentBreached):
        yield Wish("feedback", clock.feedback_id, EscalateIncident(), seen.occurred_at)


def on_due(clock: IncidentClock) -> Wish:
    """Breach an incident at the instant its goal passed."""
    if clock.due_at is None:
        raise AssertionError("a clock that does not run is never due")
    return Wish("feedback", clock.feedback_id, BreachIncident(clock.due_at), clock.due_at)


READ_MODEL: Final = ReadModel(
    name="incident_clock",
    row=IncidentClock,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    react=react,
    on_due=on_due,
)
