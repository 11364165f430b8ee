"""A project's plan out of the rows: all of it as of a position, or what it is after some changes."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from domain.calendar import WorkingCalendar, office_hours
from domain.project import STANDARD, LagUnit, LinkKind
from domain.project.placements import Move
from domain.project.resources import ResourceKind
from domain.schedule import Activity, Dependency, Network
from domain.schedule.crew import Crew
from domain.task import TaskStatus
from domain.task.state import UNCONSTRAINED, Constraint, ConstraintKind
from infra.plan_crews import Assigned, Member, Resource, Staffing
from infra.plan_versions import PlanVersions, plan_versions
from infra.reads import AsyncPool
from projections.plans import Plan

_EQUIPMENT: Final = ResourceKind.EQUIPMENT.value
_decode: Final = msgspec.json.Decoder(WorkingCalendar).decode
_moves: Final = msgspec.json.Decoder(tuple[Move, ...]).decode


@dataclass(frozen=True, slots=True)
class PlanParts:
    """A project's tasks, links (by the ids of their rows), calendars, who is on tasks, and placements."""

    position: int = 0
    activities: dict[UUID, Activity] = field(default_factory=dict[UUID, Activity])
    links: dict[UUID, Dependency] = field(default_factory=dict[UUID, Dependency])
    calendars: dict[str, WorkingCalendar] = field(default_factory=dict[str, WorkingCalendar])
    staffing: Staffing = field(default_factory=Staffing)
    placed: dict[UUID, datetime] = field(default_factory=dict[UUID, datetime])

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
            self.placed,
        )


async def plan_parts(pool: AsyncPool, plan: Plan, since: PlanParts) -> PlanParts:
    """Return the parts of a plan as of its last revision, given what they were at an earlier position.

    Raises `PlanTooLarge`.
    """
    versions = await plan_versions(pool, plan.project_id, since.position, [plan.revised_position])
    return parts_after(since, plan, versions)


def parts_after(since: PlanParts, plan: Plan, versions: PlanVersions) -> PlanParts:
    """Return the parts of a plan as of its last revision, given what became of earlier ones since."""
    zone = ZoneInfo(plan.time_zone)
    activities = dict(since.activities)
    for values in versions.tasks.rows:
        if values[1] == TaskStatus.CANCELLED.value:
            activities.pop(values[0], None)
        else:
            activities[values[0]] = _activity(values[:-1], zone)
    links = versions.links.without_gone(since.links)
    links |= {values[0]: _dependency(values) for values in versions.links.rows}
    named = since.calendars | {name: _decode(calendar) for name, calendar in versions.calendars.rows}
    staffing, placed = _staffing(since.staffing, versions), since.placed | _placed(versions)
    return PlanParts(plan.revised_position, activities, links, named, staffing, placed)


def _placed(versions: PlanVersions) -> dict[UUID, datetime]:
    """Return where changes of the plan that were applied place tasks; of several the last one holds."""
    applied = (moves for applied_at, moves in versions.changes.rows if applied_at is not None)
    return {move.task_id: move.start_at for moves in applied for move in _moves(moves)}


def _staffing(since: Staffing, versions: PlanVersions) -> Staffing:
    """Return who is on tasks, given who was at the earlier position."""
    resources, kept = versions.resources.rows, versions.assignments.without_gone(since.assigned)
    people = since.people | {values[0]: frozenset(values[-1]) for values in versions.tasks.rows}
    known = since.resources | {key: Resource(kind == _EQUIPMENT, name) for key, _, kind, name in resources}
    retired = {key for key, is_retired, *_ in resources if is_retired}
    return Staffing(
        {task_id: on for task_id, on in people.items() if on},
        kept | {row_id: Assigned(*ids) for row_id, *ids in versions.assignments.rows},
        {key: each for key, each in known.items() if key not in retired},
        since.members | {key: Member(*said) for key, *said in versions.members.rows},
    )


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
