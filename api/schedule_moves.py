"""What histories of dates answer with over GraphQL: moves, each with the event that revised the plan."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import strawberry

from api.connections import PageInfo, optional
from api.rows import row_type
from api.scalars import Position
from api.schedule import SCHEDULED_TASK
from domain.recorded import Recorded
from infra.schedule_history import Move


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
    revision_count: int = strawberry.field(
        description="How many revisions the plan had in all of the range, gone through or not."
    )


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


def shown(made: type[Any], move: Move, recorded: Recorded[Any], data: str) -> Any:
    """Return a move as one of the two types above, given the event that revised the plan and its JSON."""
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
