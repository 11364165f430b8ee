"""A project's plan out of the rows: all of it as of a position, or what changed since another.

What is read is what the tables of tasks, links and calendars held at one position, so that it is one plan
whatever is folded meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from psycopg.sql import SQL, Composable, Identifier

from domain.calendar import WorkingCalendar, office_hours
from domain.errors import Refusal
from domain.project import STANDARD, LagUnit, LinkKind
from domain.schedule import Activity, Dependency, Network
from domain.task import TaskStatus
from domain.task.state import UNCONSTRAINED, Constraint, ConstraintKind
from infra.reads import AsyncPool, fetch, view
from projections import plan_links, task_board, working_calendars
from projections.plans import Plan

TASKS_MAX: Final = 100_000
"""A plan of more tasks, or of three times as many links, is not read."""
_LINKS_A_TASK_MAX: Final = 3
_TASK: Final = (
    "task_id", "status", "parent_id", "estimate_minutes", "duration_minutes", "is_duration_elapsed",
    "is_milestone", "calendar_name", "constraint_kind", "constraint_at", "deadline_on", "started_at",
    "completed_at",
)  # fmt: skip
_LINK: Final = (
    "row_id", "predecessor_id", "successor_id", "kind", "lag_minutes", "lag_unit", "lag_percent",
)  # fmt: skip
_CALENDAR: Final = ("name", "calendar")
_BEGUN: Final = SQL(
    "project_id = %(project_id)s AND from_position > %(since)s AND from_position <= %(until)s"
)
_decode: Final = msgspec.json.Decoder(WorkingCalendar).decode


class PlanTooLarge(Refusal):
    """A project has more tasks or links than a schedule is computed of."""

    sentence = f"A schedule is computed of at most {TASKS_MAX:,} tasks, and three links for each."


@dataclass(frozen=True, slots=True)
class PlanParts:
    """A project's tasks, links (by the ids of their rows) and calendars as of a position."""

    position: int = 0
    activities: dict[UUID, Activity] = field(default_factory=dict[UUID, Activity])
    links: dict[UUID, Dependency] = field(default_factory=dict[UUID, Dependency])
    calendars: dict[str, WorkingCalendar] = field(default_factory=dict[str, WorkingCalendar])

    def network(self, plan: Plan) -> Network:
        """Return the network of these parts."""
        return Network(
            plan.start_at or plan.opened_at,
            self.calendars.get(STANDARD) or office_hours(plan.time_zone),
            list(self.activities.values()),
            list(self.links.values()),
            self.calendars,
        )


async def plan_parts(pool: AsyncPool, plan: Plan, since: PlanParts) -> PlanParts:
    """Return the parts of a plan as of its last revision, given what they were at an earlier position.

    Raises `PlanTooLarge`.
    """
    where = _Where(pool, plan.project_id, since.position, plan.revised_position)
    zone = ZoneInfo(plan.time_zone)
    tasks = await where.begun(task_board.READ_MODEL.name, _TASK, TASKS_MAX)
    ended = await where.ended_links()
    links = await where.begun(plan_links.READ_MODEL.name, _LINK, _LINKS_A_TASK_MAX * TASKS_MAX)
    calendars = await where.begun(working_calendars.READ_MODEL.name, _CALENDAR, TASKS_MAX)
    activities = dict(since.activities)
    for values in tasks:
        if values[1] == TaskStatus.CANCELLED.value:
            activities.pop(values[0], None)
        else:
            activities[values[0]] = _activity(values, zone)
    kept = {row_id: link for row_id, link in since.links.items() if row_id not in ended}
    kept |= {values[0]: _dependency(values) for values in links}
    named = since.calendars | {name: _decode(calendar) for name, calendar in calendars}
    return PlanParts(plan.revised_position, activities, kept, named)


@dataclass(frozen=True, slots=True)
class _Where:
    """A project, and the positions between which a change counts."""

    pool: AsyncPool
    project_id: UUID
    since: int
    until: int

    async def begun(self, name: str, columns: Sequence[str], most: int) -> list[tuple[Any, ...]]:
        """Return the rows that hold at `until` and did not hold yet at `since`; raise `PlanTooLarge`."""
        statement = SQL(
            "SELECT {columns} FROM {rows} WHERE {begun} UNION ALL"
            " SELECT {columns} FROM {history} WHERE {begun} AND to_position > %(until)s LIMIT {most}"
        ).format(
            columns=SQL(", ").join(map(Identifier, columns)),
            rows=view(name),
            history=view(f"{name}_history"),
            begun=_BEGUN,
            most=most + 1,
        )
        found = await self._fetch(statement)
        if len(found) > most:
            raise PlanTooLarge
        return found

    async def ended_links(self) -> set[UUID]:
        """Return the links that held at `since`, and then no longer as they were."""
        statement = SQL(
            "SELECT row_id FROM {} WHERE project_id = %(project_id)s AND from_position <= %(since)s"
            " AND to_position > %(since)s AND to_position <= %(until)s"
        ).format(view(f"{plan_links.READ_MODEL.name}_history"))
        return {row_id for (row_id,) in await self._fetch(statement)}

    async def _fetch(self, statement: Composable) -> list[tuple[Any, ...]]:
        parameters = {"project_id": self.project_id, "since": self.since, "until": self.until}
        return await fetch(self.pool, statement, parameters)


def _activity(values: tuple[Any, ...], zone: ZoneInfo) -> Activity:
    (
        task_id, _, parent_id, estimate, duration, is_elapsed, is_milestone, calendar_name, kind,
        constraint_at, deadline_on, started_at, completed_at,
    ) = values  # fmt: skip
    minutes = estimate if duration is None else duration
    is_free = kind == ConstraintKind.ASAP.value
    return Activity(
        task_id,
        0 if is_milestone else minutes or 0,
        is_elapsed,
        parent_id,
        calendar_name,
        UNCONSTRAINED if is_free else Constraint(ConstraintKind(kind), constraint_at),
        None if deadline_on is None else _end_of(deadline_on, zone),
        started_at,
        completed_at,
    )


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)


def _dependency(values: tuple[Any, ...]) -> Dependency:
    _, predecessor_id, successor_id, kind, lag_minutes, lag_unit, lag_percent = values
    is_elapsed = lag_unit == LagUnit.ELAPSED.value
    return Dependency(predecessor_id, successor_id, LinkKind(kind), lag_minutes, is_elapsed, lag_percent)
