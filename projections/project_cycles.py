"""How long projects take: from the first work in each to its closing, in days of its time zone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.copies import replaced
from domain.project import ProjectClosed, ProjectOpened
from domain.project.phases import PhaseStarted
from domain.recorded import Recorded
from domain.task import TaskStarted
from projections.read_model import Observation, ReadModel


@dataclass(frozen=True, slots=True)
class ProjectCycle:
    """How long one project takes.

    It starts when its delivery or its first task does, whichever is earlier: opening it is paperwork.
    """

    project_id: Annotated[UUID, "The project."]
    time_zone: Annotated[str, "The IANA time zone its days are counted in."]
    started_at: Annotated[datetime | None, "When its delivery, or its first task, was started (UTC)."] = None
    started_on: Annotated[date | None, "The same, as a day in its time zone."] = None
    is_closed: Annotated[bool, "Whether it was closed."] = False
    closed_on: Annotated[date | None, "The day it was closed; null while it goes on."] = None
    cycle_days: Annotated[
        int | None, "Days from the start to the closing, both counted; null before, or without a start."
    ] = None


Event: TypeAlias = ProjectOpened | PhaseStarted | TaskStarted | ProjectClosed


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project of what starts or ends one."""
    return (seen.key,)


def evolve(row: ProjectCycle | None, seen: Recorded[Event]) -> ProjectCycle | None:
    """Return how long the project takes after an event."""
    event = seen.event
    if isinstance(event, ProjectOpened):
        return ProjectCycle(seen.stream, event.time_zone)
    if row is None:
        raise AssertionError("a project's first event is that it was opened")
    if isinstance(event, TaskStarted):
        return _started(row, event.started_at)
    if isinstance(event, PhaseStarted):
        return _started(row, seen.occurred_at)
    return _closed(row, _day(row, seen.occurred_at))


def _started(row: ProjectCycle, at: datetime) -> ProjectCycle:
    if row.started_at is not None and row.started_at <= at:
        return row
    return replaced(row, started_at=at, started_on=_day(row, at))


def _closed(row: ProjectCycle, on: date) -> ProjectCycle:
    begun = row.started_on
    days = None if begun is None or on < begun else (on - begun).days + 1
    return replaced(row, is_closed=True, closed_on=on, cycle_days=days)


def _day(row: ProjectCycle, at: datetime) -> date:
    return at.astimezone(ZoneInfo(row.time_zone)).date()


def observe(row: ProjectCycle) -> Iterator[Observation]:
    """Yield the days a closed project took."""
    if row.closed_on is not None and row.cycle_days is not None:
        yield Observation("project_cycle_time", row.closed_on, row.cycle_days)


READ_MODEL: Final = ReadModel(
    name="project_cycles",
    row=ProjectCycle,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"STARTED": ("started_on",), "CLOSED": ("closed_on",)},
    filters=("is_closed",),
)
