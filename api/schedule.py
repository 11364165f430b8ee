"""The critical path over GraphQL: early and late dates and slack of each task, and the plan as a whole."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
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
from api.connections import Connection, PageOf, connection
from api.context import Info
from api.kinds import enum_type
from api.rows import row_type
from api.worth import OneProject
from domain.schedule import ScheduledTask, SlackMode
from infra.schedules import Planned
from projections.plans import READ_MODEL as PLANS

SCHEDULED_TASK: Final[Any] = row_type(ScheduledTask, "task_id")
enum_type(SlackMode)
Mode = Annotated[
    SlackMode,
    strawberry.argument(name="slackMode", description="How late dates, and so slack, are found."),
]


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
class Asked:
    """What a query about a schedule is about, and that schedule: None before the project was opened."""

    within: Scope
    of: tuple[str, ...]
    revised_position: int
    planned: Planned | None


async def asked(
    info: Info, project: str, mode: SlackMode, *, as_of: Moment | None, after: int | None
) -> Asked:
    """Return the schedule that a query asks for; raise what `scope` and the schedule refuse."""
    within = await scope(info.context, project=project, as_of=as_of, after=after)
    serving = info.context.engine.serving
    project_id = UUID(project)
    plan = (await serving.rows[PLANS.name].get([project_id], as_of=within.as_of)).get(project_id)
    planned = None if plan is None else await serving.schedules.of(plan, mode)
    of = ("schedule", str(project_id), mode.value, str(within.asked))
    return Asked(within, of, 0 if plan is None else plan.revised_position, planned)


def page_of(found: Asked, first: int, cursor: str | None) -> tuple[list[UUID], list[str], bool]:
    """Return the tasks of a page by their early start, their cursors, and whether there are more."""
    order = () if found.planned is None else found.planned.order
    begin = _begin(order, decode_cursor(found.of, cursor))
    page = order[begin : begin + bounded(first)]
    cursors = [encode_cursor(found.of, (str(start), str(UUID(int=key)))) for start, key in page]
    return [UUID(int=key) for _, key in page], cursors, begin + len(page) < len(order)


def _begin(order: Sequence[tuple[int, int]], place: tuple[str, ...] | None) -> int:
    if place is None:
        return 0
    try:
        start, task_id = place
        return bisect_right(order, (int(start), UUID(task_id).int))
    except ValueError:
        raise BadCursor(field="cursor") from None


def shown(found: Asked, items: list[Any], cursors: list[str], *, has_next: bool) -> Connection[Any]:
    """Return a page of tasks as a connection."""
    count = 0 if found.planned is None else len(found.planned.order)

    async def counted() -> int:
        return count

    return connection(PageOf(items, cursors, has_next), position=found.within.position, count=counted)


async def schedule_of(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    slack_mode: Mode = SlackMode.TEXTBOOK,
    first: First = FIRST_DEFAULT,
    cursor: Cursor = None,
    as_of: AsOf = None,
    after: After = None,
) -> Connection[Any]:
    """Return a page of a project's scheduled tasks."""
    found = await asked(info, project, slack_mode, as_of=as_of, after=after)
    ids, cursors, has_next = page_of(found, first, cursor)
    items = [] if found.planned is None else [found.planned.schedule.of(task_id) for task_id in ids]
    return shown(found, items, cursors, has_next=has_next)


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
