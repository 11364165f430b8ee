"""How dates moved over GraphQL: the revisions of a plan that moved a task, or the plan's start and finish."""

from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID

import strawberry

from api.accessing import note
from api.asking import (
    FIRST_DEFAULT,
    After,
    AsOf,
    BadCursor,
    Cursor,
    Moment,
    Scope,
    bounded,
    decode_cursor,
    encode_cursor,
    position_of,
    scope,
)
from api.connections import PageInfo
from api.context import Info
from api.kinds import read_id
from api.lists import Descending
from api.scalars import Position
from api.schedule import Mode
from api.schedule_moves import (
    PlanDates,
    PlanSpanHistory,
    PlanSpanMove,
    ScheduleHistory,
    ScheduleMove,
    shown,
)
from api.worth import OneProject
from domain.errors import Malformed, UnknownTask
from domain.schedule import Schedule, SlackMode
from infra import audit
from infra.schedule_history import SCHEDULED_MAX, Look, Seen, Stretch, moves, revision_count
from projections.task_board import READ_MODEL as TASKS

FirstRevisions = Annotated[
    int,
    strawberry.argument(
        description="How many revisions a page goes through at most, listed or not, 1 to 200; fewer where"
        f" tasks times revisions would be more than {SCHEDULED_MAX:,}, but at least one."
    ),
]
Since = Annotated[
    Moment | None,
    strawberry.argument(name="from", description="Only what changed after this moment; all by default."),
]


@dataclass(frozen=True, slots=True)
class _Wish:
    """Whose history is asked for, and which page of it."""

    project_id: UUID
    mode: SlackMode
    since: Moment | None
    is_descending: bool
    first: int
    cursor: str | None


async def schedule_history(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    task: Annotated[strawberry.ID, strawberry.argument(description="Which task of it.")],
    slack_mode: Mode = SlackMode.TEXTBOOK,
    begin: Since = None,
    descending: Descending = False,
    first: FirstRevisions = FIRST_DEFAULT,
    cursor: Cursor = None,
    as_of: AsOf = None,
    after: After = None,
) -> ScheduleHistory:
    """Return a page of the revisions that moved a task; raise `UnknownTask` where the project had it not."""
    task_id = read_id(task, "task")
    within = await scope(info.context, project=project, as_of=as_of, after=after)
    wish = _Wish(UUID(project), slack_mode, begin, descending, first, cursor)
    cards = await info.context.engine.serving.rows[TASKS.name].get([task_id], as_of=within.as_of)
    if task_id not in cards or cards[task_id].project_id != wish.project_id:
        raise UnknownTask(field="task")

    def look(found: Schedule) -> Seen:
        if not found.has(task_id):
            return Seen()
        of = found.of(task_id)
        return Seen((of.early_start_at, of.early_finish_at, of.total_slack_minutes, of.is_critical), of)

    return ScheduleHistory(**await _history(info, within, wish, look, task_id))


async def plan_span_history(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    slack_mode: Mode = SlackMode.TEXTBOOK,
    begin: Since = None,
    descending: Descending = False,
    first: FirstRevisions = FIRST_DEFAULT,
    cursor: Cursor = None,
    as_of: AsOf = None,
    after: After = None,
) -> PlanSpanHistory:
    """Return a page of the revisions that moved a plan's start or finish; none before the project."""
    within = await scope(info.context, project=project, as_of=as_of, after=after)
    wish = _Wish(UUID(project), slack_mode, begin, descending, first, cursor)
    return PlanSpanHistory(**await _history(info, within, wish, _span, wish.project_id))


def _span(found: Schedule) -> Seen:
    dates = PlanDates(found.start_at, found.finish_at)
    return Seen(dates, dates)


async def _history(info: Info, within: Scope, wish: _Wish, look: Look, subject: UUID) -> dict[str, Any]:
    """Return what a history of a subject is made of, by field."""
    context, serving = info.context, info.context.engine.serving
    since = 0 if wish.since is None else await position_of(serving, wish.since, "from")
    if since > within.position:
        raise Malformed("This moment lies behind the one that is asked about.", field="from")
    whole = Stretch(wish.project_id, since, within.position, wish.is_descending)
    of = (
        "history", str(wish.project_id), str(subject), wish.mode.value, str(since),
        str(wish.is_descending), str(within.asked),
    )  # fmt: skip
    over = _behind(whole, decode_cursor(of, wish.cursor))
    async with context.engine.planning:
        gone = await moves(serving, over, bounded(wish.first), wish.mode, look)
    events = await audit.told(serving.pool, serving.codec, [each.position for each in gone.moves])
    name = "planSpanHistory" if subject == wish.project_id else "scheduleHistory"
    note(context, name, entries=len(events), subject=subject, projects=(wish.project_id,))
    made = PlanSpanMove if subject == wish.project_id else ScheduleMove
    return {
        "moves": [shown(made, each, *events[each.position]) for each in gone.moves],
        "page_info": PageInfo(
            has_next_page=gone.has_next,
            end_cursor=None if gone.last is None else encode_cursor(of, (str(gone.last),)),
        ),
        "position": Position(within.position),
        "revision_count": await revision_count(serving, whole),
    }


def _behind(whole: Stretch, values: tuple[str, ...] | None) -> Stretch:
    if values is None:
        return whole
    if len(values) != 1 or not values[0].isdecimal():
        raise BadCursor(field="cursor")
    place = int(values[0][:18])
    return replace(whole, until=place - 1) if whole.is_descending else replace(whole, since=place)
