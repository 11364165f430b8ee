"""How dates moved over GraphQL: the revisions of a plan that moved a task, or the plan's start and finish."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Final
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
from api.connections import PageInfo, optional
from api.context import Info
from api.kinds import read_id
from api.lists import Descending
from api.rows import row_type
from api.scalars import Position
from api.schedule import SCHEDULED_TASK, Mode
from api.worth import OneProject
from domain.errors import Malformed, UnknownTask
from domain.recorded import Recorded
from domain.schedule import Schedule, SlackMode
from infra import audit
from infra.schedule_history import SCHEDULED_MAX, Look, Move, Seen, Stretch, moves, revision_count
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
class PlanDates:
    """When a plan begins and ends."""

    start_at: Annotated[datetime, "The earliest start of its tasks (UTC)."]
    finish_at: Annotated[datetime, "The latest finish of its tasks (UTC)."]


PLAN_DATES: Final[Any] = row_type(PlanDates)


@strawberry.type(description="The event that revised a plan.")
class RevisingEvent:
    """The event that revised a plan."""

    position: Position = strawberry.field(description="Its place in the whole log.")
    event_id: strawberry.ID = strawberry.field(description="The event's id.")
    stream: strawberry.ID = strawberry.field(description="The id of what it happened to.")
    type: str = strawberry.field(description="Its stored name, such as task.duration_set.v1.")
    command_id: strawberry.ID = strawberry.field(description="The command it came from.")
    actor_id: strawberry.ID = strawberry.field(description="Who issued the command.")
    reason: str | None = strawberry.field(description="Why, in the words of whoever issued the command.")
    occurred_at: datetime = strawberry.field(description="When it happened (UTC).")
    recorded_at: datetime = strawberry.field(description="When it was recorded (UTC).")
    data: str = strawberry.field(description="The event itself as JSON, as the audit trail shows it.")


_REFUSAL: Final = "Why there is no schedule from then on, as a stable code; null where there is one."


@strawberry.type(description="A revision of the plan that moved a task's dates or its slack.")
class ScheduleMove:
    """A revision of the plan that moved a task."""

    event: RevisingEvent = strawberry.field(description="What revised the plan.")
    before: Any = strawberry.field(
        graphql_type=optional(SCHEDULED_TASK),
        description="The task in the schedule before it; null where it was in none.",
    )
    after: Any = strawberry.field(
        graphql_type=optional(SCHEDULED_TASK),
        description="The task in the schedule after it; null where it is in none.",
    )
    refusal_code: str | None = strawberry.field(description=_REFUSAL)


@strawberry.type(description="A revision of the plan that moved its start or its finish.")
class PlanSpanMove:
    """A revision of the plan that moved its start or its finish."""

    event: RevisingEvent = strawberry.field(description="What revised the plan.")
    before: Any = strawberry.field(
        graphql_type=optional(PLAN_DATES), description="The plan's dates before it; null where it had none."
    )
    after: Any = strawberry.field(
        graphql_type=optional(PLAN_DATES), description="The plan's dates after it; null where it has none."
    )
    refusal_code: str | None = strawberry.field(description=_REFUSAL)


@strawberry.type
class _History:
    """A page of the revisions of a plan."""

    page_info: PageInfo = strawberry.field(
        description="Where the page ends: the cursor is of the last revision gone through, listed or not."
    )
    position: Position = strawberry.field(description="The log position the answer is true of.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(
        description="How many revisions the plan had in all of the range; counted only when asked for."
    )
    async def revision_count(self) -> int:
        """Return the number of revisions of the range."""
        return await self.count()


@strawberry.type(
    description="How a task's dates moved: of the revisions gone through those that moved its start, finish,"
    " total slack or whether it is critical."
)
class ScheduleHistory(_History):
    """How a task's dates moved."""

    moves: list[ScheduleMove] = strawberry.field(description="Those that moved it, in order.")


@strawberry.type(
    description="How a plan's span moved: of the revisions gone through those that moved its start or finish."
)
class PlanSpanHistory(_History):
    """How a plan's span moved."""

    moves: list[PlanSpanMove] = strawberry.field(description="Those that moved it, in order.")


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
    begin: Since = None,
    descending: Descending = False,
    first: FirstRevisions = FIRST_DEFAULT,
    cursor: Cursor = None,
    as_of: AsOf = None,
    after: After = None,
) -> PlanSpanHistory:
    """Return a page of the revisions that moved a plan's start or finish; none before the project."""
    within = await scope(info.context, project=project, as_of=as_of, after=after)
    wish = _Wish(UUID(project), SlackMode.TEXTBOOK, begin, descending, first, cursor)
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
        "moves": [_shown(made, each, *events[each.position]) for each in gone.moves],
        "page_info": PageInfo(
            has_next_page=gone.has_next,
            end_cursor=None if gone.last is None else encode_cursor(of, (str(gone.last),)),
        ),
        "position": Position(within.position),
        "count": lambda: revision_count(serving, whole),
    }


def _behind(whole: Stretch, values: tuple[str, ...] | None) -> Stretch:
    if values is None:
        return whole
    if len(values) != 1 or not values[0].isdecimal():
        raise BadCursor(field="cursor")
    place = int(values[0][:18])
    return replace(whole, until=place - 1) if whole.is_descending else replace(whole, since=place)


def _shown(made: type[Any], move: Move, recorded: Recorded[Any], data: str) -> Any:
    event = RevisingEvent(
        position=Position(recorded.position),
        event_id=strawberry.ID(str(recorded.event_id)),
        stream=strawberry.ID(str(recorded.stream)),
        type=recorded.type,
        command_id=strawberry.ID(str(recorded.command_id)),
        actor_id=strawberry.ID(str(recorded.actor_id)),
        reason=recorded.reason,
        occurred_at=recorded.occurred_at,
        recorded_at=recorded.recorded_at,
        data=data,
    )
    return made(
        event=event, before=move.before.value, after=move.after.value, refusal_code=move.after.refusal_code
    )
