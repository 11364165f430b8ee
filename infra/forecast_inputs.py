"""What a forecast is made from, as known at a position: few statements over rows, and a project's plan.

Rows are those that held at the position, in an order of their own, so that the same position gives the same
inputs whenever it is asked for.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg.sql import SQL, Composable

from domain.calendar import WorkingCalendar
from domain.project import DECIDER, Project, ProjectOpened
from domain.project.plan import TasksLinked, TasksUnlinked
from domain.project.working_time import WorkingCalendarSet
from infra.codec import Codec
from infra.reads import AsyncPool, fetch, view
from infra.stored_names import stored_names
from projections.forecast.network import TASKS_MAX
from projections.forecast.ratios import PastTask
from projections.task_board import READ_MODEL as BOARD

LESSONS_MAX: Final = 10_000
"""Tasks finished last that ratios are learnt from."""

_PLAN: Final = tuple(stored_names(DECIDER, ProjectOpened, WorkingCalendarSet, TasksLinked, TasksUnlinked))
_THROUGHPUT: Final = SQL(
    "SELECT day, count(*) FROM {} WHERE kpi = 'throughput' AND project_id = %s AND day BETWEEN %s AND %s"
    " AND from_position <= %s AND (to_position IS NULL OR to_position > %s) GROUP BY day ORDER BY day"
)
_LESSON: Final = (
    "completed_at, task_id, project_id, assignee_ids, estimate_minutes, spent_minutes, completions, opened_at"
)
_OPEN: Final = (
    "opened_at, task_id, title, parent_id, assignee_ids, estimate_minutes, spent_minutes, started_at, due_on"
)


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that is to be done: what forecasts need of its card. Times are aware UTC."""

    opened_at: datetime
    task_id: UUID
    title: str
    parent_id: UUID | None
    assignee_ids: Sequence[UUID]
    estimate_minutes: int | None
    spent_minutes: int
    started_at: datetime | None
    due_on: date | None


async def plan_of(pool: AsyncPool, codec: Codec, project_id: UUID, at: int) -> Project:
    """Return a project as of a position: its zone, its calendars and its links; the rest is left out."""
    statement = SQL(
        "SELECT type, data FROM log.event WHERE stream = %s AND position <= %s AND type = ANY(%s)"
        " ORDER BY version"
    )
    found = await fetch(pool, statement, [project_id, at, list(_PLAN)])
    return await asyncio.to_thread(_folded, found, codec, project_id)


def _folded(found: Sequence[tuple[str, bytes]], codec: Codec, project_id: UUID) -> Project:
    """Return the project its events lead to; in a thread, because keys may have to be read."""
    codec.prepare(data for _, data in found)
    state: Project | None = None
    for name, data in found:
        state = DECIDER.evolve(state, codec.decode(name, data, project_id))
    if state is None:
        raise AssertionError("a project that may be read was opened")
    return state


def calendar_of(project: Project) -> WorkingCalendar:
    """Return the project's standard calendar."""
    return project.calendar_of(None)


async def finished_on(pool: AsyncPool, project_id: UUID, days: tuple[date, date], at: int) -> list[date]:
    """Return the day of each entry to done in a project from the first to the last day, in order."""
    statement = _THROUGHPUT.format(view(f"{BOARD.name}_observation"))
    found = await fetch(pool, statement, [project_id, *days, at, at])
    return [day for day, count in found for _ in range(count)]


async def open_count(pool: AsyncPool, project_id: UUID, at: int) -> int:
    """Return how many tasks of a project were neither completed nor cancelled, summary tasks included."""
    rows = _known("status", SQL("project_id = %s AND status NOT IN ('completed', 'cancelled')"))
    statement = SQL("SELECT count(*) FROM ({}) known").format(rows)
    ((count,),) = await fetch(pool, statement, _twice([project_id], at))
    return int(count)


async def open_tasks(pool: AsyncPool, project_id: UUID, at: int) -> list[OpenTask]:
    """Return the open tasks of a project without those only made of others, at most `TASKS_MAX` + 1."""
    rows = _known(_OPEN, SQL("project_id = %s AND status NOT IN ('completed', 'cancelled')"))
    statement = SQL("SELECT * FROM ({}) known ORDER BY opened_at, task_id LIMIT {}").format(
        rows, TASKS_MAX + 1
    )
    found = await fetch(pool, statement, _twice([project_id], at))
    tasks = [OpenTask(*row) for row in found]
    parents = {each.parent_id for each in tasks}
    return [each for each in tasks if each.task_id not in parents]


async def lessons(pool: AsyncPool, at: int) -> list[PastTask]:
    """Return what the tasks finished last, of all projects, teach: in the order they were finished."""
    condition = SQL("status = 'completed' AND estimate_minutes > 0")
    statement = SQL(
        "SELECT project_id, assignee_ids, estimate_minutes, spent_minutes,"
        " completions::json -> -1 ->> 'cycle_working_minutes', opened_at, completed_at FROM ({}) known"
        " ORDER BY completed_at DESC, task_id DESC LIMIT {}"
    ).format(_known(_LESSON, condition), LESSONS_MAX)
    found = await fetch(pool, statement, _twice([], at))
    return [_lesson(row) for row in reversed(found)]


def _lesson(row: Sequence[Any]) -> PastTask:
    project_id, assignee_ids, estimate, spent, cycle, opened_at, completed_at = row
    elapsed = None if cycle is None else int(cycle)
    people = tuple(sorted(map(str, assignee_ids)))
    days = opened_at.astimezone(UTC).date(), completed_at.astimezone(UTC).date()
    return PastTask(people, str(project_id), estimate, spent or elapsed or 0, elapsed, *days)


def _known(columns: LiteralString, condition: Composable) -> Composable:
    """Return the cards that meet a condition, as they were at a position; `_twice` gives its parameters."""
    return SQL(
        "SELECT {columns} FROM {rows} WHERE {condition} AND from_position <= %s"
        " UNION ALL SELECT {columns} FROM {history} WHERE {condition} AND from_position <= %s"
        " AND to_position > %s"
    ).format(
        columns=SQL(columns),
        rows=view(BOARD.name),
        history=view(f"{BOARD.name}_history"),
        condition=condition,
    )


def _twice(values: Sequence[Any], at: int) -> list[Any]:
    return [*values, at, *values, at, at]
