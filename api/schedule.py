"""The critical path over GraphQL: early and late dates and slack of each task, and the plan as a whole."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from api.asking import (
    FIRST_DEFAULT,
    After,
    AsOf,
    BadCursor,
    Cursor,
    First,
    Moment,
    Scope,
    bounded,
    decode_cursor,
    encode_cursor,
    scope,
)
from api.connections import Connection, PageOf, connection, optional
from api.context import Info
from api.kinds import Given, build, enum_type, first_line, input_type, slots_of
from api.lists import Descending
from api.rows import row_type
from api.worth import OneProject
from domain.schedule import ScheduledTask, SlackMode
from infra.budgets import by_phase
from infra.earned_value import planned_tasks
from infra.schedule_lists import EVERYTHING, Place, ScheduleFilter, ScheduleOrder, listed
from infra.schedules import Planned
from infra.serving import Serving
from projections.plans import READ_MODEL as PLANS

SCHEDULED_TASK: Final[Any] = row_type(ScheduledTask, "task_id")
enum_type(SlackMode)
enum_type(ScheduleOrder)
Mode = Annotated[
    SlackMode,
    strawberry.argument(name="slackMode", description="How late dates, and so slack, are found."),
]
Order = Annotated[ScheduleOrder, strawberry.argument(description="What it is ordered by.")]
_SLOTS: Final = slots_of(ScheduleFilter)
WHERE: Final[Any] = Annotated[
    optional(input_type("ScheduleFilter", _SLOTS, first_line(ScheduleFilter))),
    strawberry.argument(description="Only what all of these hold for."),
]
"""The type of an argument `where`, which a resolver gets as it was given."""


@dataclass(frozen=True, slots=True)
class PlanSpan:
    """A project's plan as a whole."""

    start_at: Annotated[datetime, "The earliest start of its tasks (UTC)."]
    finish_at: Annotated[datetime, "The latest finish of its tasks (UTC)."]
    task_count: Annotated[int, "How many tasks it has; those cancelled do not count."]
    critical_count: Annotated[int, "How many of them are critical, summaries among them."]
    revised_position: Annotated[int, "The position of the last event that may have moved a date."]


PLAN_SPAN: Final[Any] = row_type(PlanSpan)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which tasks of a schedule are asked for, and in what order."""

    wanted: ScheduleFilter = EVERYTHING
    order: ScheduleOrder = ScheduleOrder.START
    is_descending: bool = False


ALL_BY_START: Final = Wish()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query about a schedule is about, and that schedule: None before the project was opened.

    `places` are those of the tasks asked for, rising, whichever way round they are shown.
    """

    within: Scope
    of: tuple[str, ...]
    revised_position: int
    planned: Planned | None
    places: Sequence[Place] = ()
    is_descending: bool = False


def wish_of(where: Given | None, order: ScheduleOrder, *, descending: bool) -> Wish:
    """Return what is asked for; raise `Malformed` naming the condition at fault."""
    wanted: Any = build(ScheduleFilter, _SLOTS, where or {}, "where.")
    return Wish(wanted, order, descending)


async def asked(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    project: str,
    mode: SlackMode,
    wish: Wish = ALL_BY_START,
    *,
    as_of: Moment | None,
    after: int | None,
) -> Asked:
    """Return the schedule that a query asks for; raise what `scope` and the schedule refuse."""
    within = await scope(info.context, project=project, as_of=as_of, after=after)
    serving = info.context.engine.serving
    project_id = UUID(project)
    plan = (await serving.rows[PLANS.name].get([project_id], as_of=within.as_of)).get(project_id)
    of = ("schedule", str(project_id), mode.value, *_shape(wish), str(within.asked))
    if plan is None:
        return Asked(within, of, 0, None)
    planned = await serving.schedules.of(plan, mode)
    in_phases = await _in_phases(serving, project_id, within.position, wish.wanted.phase)
    places = await asyncio.to_thread(listed, planned, wish.wanted, wish.order, in_phases)
    return Asked(within, of, plan.revised_position, planned, places, wish.is_descending)


def _shape(wish: Wish) -> tuple[str, ...]:
    """Return what tells one list of a schedule from another."""
    given = ((each.name, getattr(wish.wanted, each.name)) for each in fields(wish.wanted))
    conditions = [(name, value) for name, value in given if value is not None]
    return wish.order.value, str(wish.is_descending), repr(conditions)


async def _in_phases(
    serving: Serving, project_id: UUID, position: int, phases: Sequence[int] | None
) -> set[UUID]:
    """Return the tasks in some phases; nothing is read where none is asked for."""
    if phases is None:
        return set()
    found = by_phase(await planned_tasks(serving.pool, project_id, position))
    return {each.task_id for phase in phases for each in found.get(phase, ())}


def page_of(found: Asked, first: int, cursor: str | None) -> tuple[list[UUID], list[str], bool]:
    """Return the tasks of a page, their cursors, and whether there are more."""
    places, place = found.places, _place(decode_cursor(found.of, cursor))
    if found.is_descending:
        end = len(places) if place is None else bisect_left(places, place)
        begin = max(0, end - bounded(first))
        page, has_next = places[begin:end][::-1], begin > 0
    else:
        begin = 0 if place is None else bisect_right(places, place)
        page = places[begin : begin + bounded(first)]
        has_next = begin + len(page) < len(places)
    cursors = [encode_cursor(found.of, [str(part) for part in each]) for each in page]
    return [UUID(int=each[-1]) for each in page], cursors, has_next


def _place(values: tuple[str, ...] | None) -> Place | None:
    try:
        return None if values is None else tuple(int(value) for value in values)
    except ValueError:
        raise BadCursor(field="cursor") from None


def shown(found: Asked, items: list[Any], cursors: list[str], *, has_next: bool) -> Connection[Any]:
    """Return a page of tasks as a connection."""
    count = len(found.places)

    async def counted() -> int:
        return count

    return connection(PageOf(items, cursors, has_next), position=found.within.position, count=counted)


async def schedule_of(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    slack_mode: Mode = SlackMode.TEXTBOOK,
    where: Given | None = None,
    order: Order = ScheduleOrder.START,
    descending: Descending = False,
    first: First = FIRST_DEFAULT,
    cursor: Cursor = None,
    as_of: AsOf = None,
    after: After = None,
) -> Connection[Any]:
    """Return a page of a project's scheduled tasks."""
    wish = wish_of(where, order, descending=descending)
    found = await asked(info, project, slack_mode, wish, as_of=as_of, after=after)
    ids, cursors, has_next = page_of(found, first, cursor)
    items = [] if found.planned is None else [found.planned.schedule.of(task_id) for task_id in ids]
    return shown(found, items, cursors, has_next=has_next)


schedule_of.__annotations__["where"] = WHERE


async def plan_span(
    info: Info,
    *,
    project: OneProject,
    slack_mode: Mode = SlackMode.TEXTBOOK,
    as_of: AsOf = None,
    after: After = None,
) -> PlanSpan | None:
    """Return when a project's plan begins and ends, None before the project was opened."""
    found = await asked(info, project, slack_mode, as_of=as_of, after=after)
    if found.planned is None:
        return None
    schedule, order = found.planned.schedule, found.planned.order
    critical = sum(schedule.of(UUID(int=key)).is_critical for _, key in order)
    return PlanSpan(schedule.start_at, schedule.finish_at, len(order), critical, found.revised_position)
