"""The past of all tasks from the log: what backtests of forecasts replay."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from domain import task
from domain.calendar import WorkingCalendar, office_hours
from domain.project import DECIDER as PROJECT
from domain.project import ProjectOpened
from domain.project.working_time import STANDARD, WorkingCalendarSet
from domain.recorded import Recorded
from infra.codec import Codec
from infra.log_reader import COLUMNS, Record
from infra.stored_names import stored_names
from projections.forecast.backtest import Past
from projections.forecast.past import TaskPast, evolve

FETCH_EVENTS: Final = 5_000
_TYPES: Final = (
    *stored_names(PROJECT, ProjectOpened, WorkingCalendarSet),
    *stored_names(
        task.DECIDER,
        task.TaskOpened,
        task.TaskEstimated,
        task.TaskAssigned,
        task.TimeSpent,
        task.TaskCompleted,
        task.TaskCancelled,
    ),
)


def past(connection: Connection[Any], events: Codec, until: int) -> Past:
    """Return the past of all tasks up to a position; projects without a calendar have office hours."""
    tasks: dict[UUID, TaskPast] = {}
    calendars: dict[UUID, WorkingCalendar] = {}
    last = date.min
    for seen in _events(connection, events, until):
        match seen.event:
            case ProjectOpened(time_zone=time_zone):
                calendars[seen.stream] = office_hours(time_zone)
            case WorkingCalendarSet(name, calendar) if name == STANDARD:
                calendars[seen.stream] = calendar
            case _:
                row = evolve(tasks.get(seen.stream), seen)
                if row is not None:
                    tasks[seen.stream] = row
                    last = max(last, row.completed_on or last)
    ordered = sorted(tasks.values(), key=lambda each: (each.opened_at, each.task_id))
    return Past(ordered, calendars, last)


def _events(connection: Connection[Any], events: Codec, until: int) -> Iterator[Recorded[Any]]:
    with connection.transaction(), connection.cursor("past", binary=True) as cursor:
        cursor.itersize = FETCH_EVENTS
        cursor.execute(
            f"SELECT {COLUMNS} FROM log.event WHERE position <= %s AND type = ANY(%s) ORDER BY position",
            (until, list(_TYPES)),
        )
        for row in cursor:
            yield Record(*row).decoded(events)
