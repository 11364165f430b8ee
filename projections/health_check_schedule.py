"""The schedule of health checks: when the next is due, and that one was missed when its day has passed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.local_day import day_begins_at
from domain.project import ProjectClosed, ProjectOpened
from domain.project.health_checks import (
    INTERVAL_DAYS,
    HealthCheckClosed,
    HealthCheckIntervalSet,
    HealthCheckMissed,
    MissHealthCheck,
    next_due_on,
)
from domain.project.rollout import GoLiveRecorded
from domain.recorded import Recorded
from projections.read_model import ReadModel, Wish


@dataclass(frozen=True, slots=True)
class HealthCheckSchedule:
    """When a project's next health check is due."""

    project_id: Annotated[UUID, "The project."]
    time_zone: Annotated[str, "The IANA time zone its days are counted in."]
    interval_days: Annotated[int, "Days from going live or a check's end to the next one."] = INTERVAL_DAYS
    went_live_on: Annotated[date | None, "The day the product went live."] = None
    last_closed_on: Annotated[date | None, "The day the last check was closed."] = None
    next_due_on: Annotated[
        date | None, "The day by which the next is to be closed; null before going live and once all is over."
    ] = None
    is_overdue: Annotated[bool, "Whether that day has passed."] = False
    missed_on: Annotated[date | None, "The last due day that passed without a check."] = None
    due_at: Annotated[
        datetime | None, "When it will be overdue (UTC); null where none is due, or overdue already."
    ] = None


Event: TypeAlias = (
    ProjectOpened
    | ProjectClosed
    | GoLiveRecorded
    | HealthCheckIntervalSet
    | HealthCheckClosed
    | HealthCheckMissed
)


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project."""
    return (seen.stream,)


def evolve(row: HealthCheckSchedule | None, seen: Recorded[Event]) -> HealthCheckSchedule | None:
    """Return the schedule after an event."""
    event = seen.event
    if isinstance(event, ProjectOpened):
        return HealthCheckSchedule(seen.stream, event.time_zone)
    if row is None:
        raise AssertionError("a project's first event is that it was opened")
    match event:
        case ProjectClosed():
            return replaced(row, next_due_on=None, is_overdue=False, due_at=None)
        case GoLiveRecorded(went_live_on):
            return _scheduled(replaced(row, went_live_on=went_live_on), seen.occurred_at)
        case HealthCheckIntervalSet(days):
            return _scheduled(replaced(row, interval_days=days), seen.occurred_at)
        case HealthCheckClosed(_, closed_on):
            return _scheduled(replaced(row, last_closed_on=closed_on), seen.occurred_at)
        case HealthCheckMissed(due_on):
            return _scheduled(replaced(row, missed_on=due_on), seen.occurred_at)


def _scheduled(row: HealthCheckSchedule, at: datetime) -> HealthCheckSchedule:
    """Return the schedule with its next day; what makes an earlier day due at `at` makes it overdue then."""
    due_on = next_due_on(row.interval_days, row.last_closed_on, row.went_live_on)
    if due_on is None:
        return row
    is_overdue = due_on == row.missed_on
    overdue_at = max(day_begins_at(due_on + timedelta(days=1), row.time_zone), at)
    return replaced(row, next_due_on=due_on, is_overdue=is_overdue, due_at=None if is_overdue else overdue_at)


def on_due(row: HealthCheckSchedule) -> Wish:
    """State that a health check was missed at the instant its day had passed."""
    if row.due_at is None or row.next_due_on is None:
        raise AssertionError("what is not due is never missed")
    return Wish("project", row.project_id, MissHealthCheck(row.next_due_on), row.due_at)


READ_MODEL: Final = ReadModel(
    name="health_check_schedule",
    row=HealthCheckSchedule,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"DUE": ("next_due_on",)},
    filters=("is_overdue",),
    on_due=on_due,
)
