"""The clock of quarters: each is closed when it ends, from the first release or after going live on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.local_day import day_begins_at
from domain.project import ProjectClosed, ProjectOpened
from domain.project.releases import CloseQuarter, QuarterClosed, VersionReleased, next_quarter, quarter_of
from domain.project.rollout import GoLiveRecorded
from domain.recorded import Recorded
from projections.read_model import ReadModel, Wish


@dataclass(frozen=True, slots=True)
class ReleaseClock:
    """Which quarter of a project is closed next, at `due_at` (UTC); None before any, and once it is over."""

    project_id: UUID
    time_zone: str
    quarter_begins_on: date | None = None
    due_at: datetime | None = None


Event: TypeAlias = ProjectOpened | ProjectClosed | GoLiveRecorded | VersionReleased | QuarterClosed


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project."""
    return (seen.stream,)


def evolve(clock: ReleaseClock | None, seen: Recorded[Event]) -> ReleaseClock | None:
    """Return the clock after an event."""
    event = seen.event
    if isinstance(event, ProjectOpened):
        return ReleaseClock(seen.stream, event.time_zone)
    if clock is None:
        raise AssertionError("a project's first event is that it was opened")
    match event:
        case ProjectClosed():
            return replaced(clock, due_at=None)
        case QuarterClosed(quarter):
            return _set(clock, next_quarter(quarter))
        case GoLiveRecorded(went_live_on) if clock.quarter_begins_on is None:
            return _set(clock, next_quarter(quarter_of(went_live_on)))
        case VersionReleased(quarter_begins_on=quarter) if clock.quarter_begins_on is None:
            return _set(clock, quarter)
        case _:
            return clock


def _set(clock: ReleaseClock, quarter: date) -> ReleaseClock:
    due_at = day_begins_at(next_quarter(quarter), clock.time_zone)
    return replaced(clock, quarter_begins_on=quarter, due_at=due_at)


def on_due(clock: ReleaseClock) -> Wish:
    """Close a quarter at the instant it ended."""
    if clock.due_at is None or clock.quarter_begins_on is None:
        raise AssertionError("a clock that does not run is never due")
    return Wish("project", clock.project_id, CloseQuarter(clock.quarter_begins_on), clock.due_at)


READ_MODEL: Final = ReadModel(
    name="release_clock",
    row=ReleaseClock,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    on_due=on_due,
)
