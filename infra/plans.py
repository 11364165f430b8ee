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
from domain.project.resources import ResourceKind
from domain.schedule import Activity, Dependency, Network
from domain.schedule.crew import Crew
from domain.task import TaskStatus
from domain.task.state import UNCONSTRAINED, Constraint, ConstraintKind
from infra.plan_crews import Assigned, Member, Resource, Staffing
from infra.reads import AsyncPool, fetch, view
from projections import assignments, member_calendars, plan_links, task_board, working_calendars
from projections import resources as resource_rows
from projections.plans import Plan

TASKS_MAX: Final = 100_000
"""A plan of more tasks, or of three times as many links, is not read."""
_LINKS_A_TASK_MAX: Final = 3
_ASSIGNED_MAX: Final = 3 * TASKS_MAX
_EQUIPMENT: Final = ResourceKind.EQUIPMENT.value
_TASK: Final = (
    "task_id", "status", "parent_id", "estimate_minutes", "duration_minutes", "is_duration_elapsed",
    "is_milestone", "calendar_name", "constraint_kind", "constraint_at", "deadline_on", "started_at",
    "completed_at", "assignee_ids",
)  # fmt: skip
_LINK: Final = (
    "row_id", "predecessor_id", "successor_id", "kind", "lag_minutes", "lag_unit", "lag_percent",
)  # fmt: skip
_CALENDAR: Final = ("name", "calendar")
_ASSIGNMENT: Final = ("row_id", "task_id", "resource_id")
_RESOURCE: Final = ("resource_id", "is_retired", "kind", "calendar_name")
_MEMBER: Final = ("member_id", "calendar_name", "department")
_BEGUN: Final = SQL(
    "project_id = %(project_id)s AND from_position > %(since)s AND from_position <= %(until)s"
)
_decode: Final = msgspec.json.Decoder(WorkingCalendar).decode


class PlanTooLarge(Refusal):
    """A project has more tasks or links than a schedule is computed of."""

    sentence = f"A schedule is computed of at most {TASKS_MAX:,} tasks, and three links for each."


@dataclass(frozen=True, slots=True)
class PlanParts:
    """A project's tasks, links (by the ids of their rows), calendars and who is on tasks as of a position."""

    position: int = 0
    activities: dict[UUID, Activity] = field(default_factory=dict[UUID, Activity])
    links: dict[UUID, Dependency] = field(default_factory=dict[UUID, Dependency])
    calendars: dict[str, WorkingCalendar] = field(default_factory=dict[str, WorkingCalendar])
    staffing: Staffing = field(default_factory=Staffing)

    def crews(self) -> dict[UUID, Crew]:
        """Return the crews of the tasks whose people or equipment have calendars of their own."""
        return self.staffing.crews(self.calendars)

    def standard(self, plan: Plan) -> WorkingCalendar:
        """Return the project's standard calendar."""
        return self.calendars.get(STANDARD) or office_hours(plan.time_zone)

    def network(self, plan: Plan) -> Network:
        """Return the network of these parts."""
        return Network(
            plan.start_at or plan.opened_at,
            self.standard(plan),
            list(self.activities.values()),
            list(self.links.values()),
            self.calendars,
            self.crews(),
        )


async def plan_parts(pool: AsyncPool, plan: Plan, since: PlanParts) -> PlanParts:
    """Return the parts of a plan as of its last revision, given what they were at an earlier position.

    Raises `PlanTooLarge`.
    """
    where = _Where(pool, plan.project_id, since.position, plan.revised_position)
    zone = ZoneInfo(plan.time_zone)
    tasks = await where.begun(task_board.READ_MODEL.name, _TASK, TASKS_MAX)
    ended = await where.ended(plan_links.READ_MODEL.name)
    links = await where.begun(plan_links.READ_MODEL.name, _LINK, _LINKS_A_TASK_MAX * TASKS_MAX)
    calendars = await where.begun(working_calendars.READ_MODEL.name, _CALENDAR, TASKS_MAX)
    activities = dict(since.activities)
    for values in tasks:
        if values[1] == TaskStatus.CANCELLED.value:
            activities.pop(values[0], None)
        else:
            activities[values[0]] = _activity(values[:-1], zone)
    kept = {row_id: link for row_id, link in since.links.items() if row_id not in ended}
    kept |= {values[0]: _dependency(values) for values in links}
    named = since.calendars | {name: _decode(calendar) for name, calendar in calendars}
    staffing = await _staffing(where, since.staffing, tasks)
    return PlanParts(plan.revised_position, activities, kept, named, staffing)


async def _staffing(where: "_Where", since: Staffing, tasks: Sequence[tuple[Any, ...]]) -> Staffing:
    """Return who is on tasks, given who was at the earlier position, and the tasks that changed."""
    gone = await where.ended(assignments.READ_MODEL.name)
    assigned = await where.begun(assignments.READ_MODEL.name, _ASSIGNMENT, _ASSIGNED_MAX)
    resources = await where.begun(resource_rows.READ_MODEL.name, _RESOURCE, TASKS_MAX)
    members = await where.begun(member_calendars.READ_MODEL.name, _MEMBER, TASKS_MAX)
    people = since.people | {values[0]: frozenset(values[-1]) for values in tasks}
    kept = {row_id: each for row_id, each in since.assigned.items() if row_id not in gone}
    known = since.resources | {key: Resource(kind == _EQUIPMENT, name) for key, _, kind, name in resources}
    retired = {key for key, is_retired, *_ in resources if is_retired}
    return Staffing(
        {task_id: on for task_id, on in people.items() if on},
        kept | {row_id: Assigned(*ids) for row_id, *ids in assigned},
        {key: each for key, each in known.items() if key not in retired},
        since.members | {key: Member(*said) for key, *said in members},
    )


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

    async def ended(self, name: str) -> set[UUID]:
        """Return the rows that held at `since`, and then no longer as they were."""
        statement = SQL(
            "SELECT row_id FROM {} WHERE project_id = %(project_id)s AND from_position <= %(since)s"
            " AND to_position > %(since)s AND to_position <= %(until)s"
        ).format(view(f"{name}_history"))
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
        is_milestone,
    )


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)


def _dependency(values: tuple[Any, ...]) -> Dependency:
    _, predecessor_id, successor_id, kind, lag_minutes, lag_unit, lag_percent = values
    is_elapsed = lag_unit == LagUnit.ELAPSED.value
    return Dependency(predecessor_id, successor_id, LinkKind(kind), lag_minutes, is_elapsed, lag_percent)
