"""What became of one thing between two moments over GraphQL: field by field, by whom, when and why."""

from datetime import datetime
from typing import Annotated, Any, Final

import strawberry

from api.accessing import note
from api.asking import (
    FIRST_DEFAULT,
    After,
    BadCursor,
    Cursor,
    First,
    Moment,
    bounded,
    decode_cursor,
    encode_cursor,
    log_scope,
    position_of,
)
from api.connections import Connection, PageOf, connection
from api.context import Context, Info
from api.kinds import read_id
from api.scalars import Position
from domain.errors import Malformed, NotPermitted, Unknown
from domain.handling import Owner
from infra import past
from infra.past import FieldDifference, Step

STEPS_MAX: Final = 20


@strawberry.type(description="One event that changed a field, and what it made of it.")
class ChangeStep:
    """One event that changed a field."""

    position: Position = strawberry.field(description="The event's place in the whole log.")
    event_id: strawberry.ID = strawberry.field(description="The event's id.")
    type: str = strawberry.field(description="Its stored name, such as task.completed.v2.")
    command_id: strawberry.ID = strawberry.field(description="The command it came from.")
    actor_id: strawberry.ID = strawberry.field(description="Who issued the command.")
    reason: str | None = strawberry.field(description="Why, in the words of whoever issued the command.")
    occurred_at: datetime = strawberry.field(description="When it happened (UTC).")
    recorded_at: datetime = strawberry.field(description="When it was recorded (UTC).")
    before: str | None = strawberry.field(description="The field's value before it, as JSON; null for none.")
    after: str | None = strawberry.field(description="The field's value after it, as JSON; null for none.")


@strawberry.type(description="One field that was touched between two moments.")
class FieldChanged:
    """One field that was touched between two moments."""

    field: str = strawberry.field(description="The field's path in the state of what is asked about.")
    before: str | None = strawberry.field(
        description="Its value at the first moment, as JSON; null for none."
    )
    after: str | None = strawberry.field(
        description="Its value at the second, as JSON; the same as before where it was changed back."
    )
    step_count: int = strawberry.field(description="How many events changed it in between.")
    steps: list[ChangeStep] = strawberry.field(
        description=f"The last {STEPS_MAX} of these, the earliest first; the audit trail has all."
    )


@strawberry.type(description="What became of one thing between two moments.")
class Difference:
    """What became of one thing between two moments."""

    id: strawberry.ID = strawberry.field(description="The id of what is asked about.")
    kind: str = strawberry.field(description="What it is: a project, a task, a member.")
    from_position: Position = strawberry.field(description="The log position of the first moment.")
    to_position: Position = strawberry.field(description="The log position of the second.")
    fields: Connection[FieldChanged] = strawberry.field(
        description="The fields that were touched in between, by their paths."
    )


async def difference(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    node: Annotated[
        strawberry.ID, strawberry.argument(description="The id of a task, a project, a feedback, a member.")
    ],
    begin: Annotated[Moment, strawberry.argument(name="from", description="The first moment.")],
    end: Annotated[
        Moment | None, strawberry.argument(name="to", description="The second moment; now by default.")
    ] = None,
    first: First = FIRST_DEFAULT,
    cursor: Cursor = None,
    after: After = None,
) -> Difference:
    """Return what changed between two moments; it is read from the log itself, so it is never behind."""
    del after  # the log has what a mutation was answered for
    context, key = info.context, read_id(node, "node")
    owner = await _owner(context, node)
    serving = context.engine.serving
    begun = await position_of(serving, begin, "from")
    ended = await serving.head() if end is None else await position_of(serving, end, "to")
    if ended < begun:
        raise Malformed("The second moment lies before the first.", field="to")
    found = await past.differences(serving.pool, serving.codec, key, begun, ended)
    of = ("diff", str(key), str(begun), str(ended if end is not None else ""))
    page = _page(found, of, bounded(first), decode_cursor(of, cursor))

    projects = None if owner.project_id is None else (owner.project_id,)
    note(context, "diff", entries=sum(len(each.steps) for each in found), subject=key, projects=projects)

    async def count() -> int:
        return len(found)

    return Difference(
        id=strawberry.ID(str(key)),
        kind=owner.kind,
        from_position=Position(begun),
        to_position=Position(ended),
        fields=connection(page, position=ended, count=count),
    )


async def _owner(context: Context, node: str) -> Owner:
    """Return whose a stream is; raise `Unknown` or, for one of no project, `NotPermitted` for most."""
    owner = await context.engine.log.owner(read_id(node, "node"))
    if owner is None:
        raise Unknown(field="node")
    project = None if owner.project_id is None else str(owner.project_id)
    within = await log_scope(context, project=project, as_of=None)
    if project is None and within.project_ids is not None:
        raise NotPermitted(field="node")
    return owner


def _page(
    found: list[FieldDifference], of: tuple[str, ...], first: int, after: tuple[str, ...] | None
) -> PageOf[Any]:
    if after is not None and len(after) != 1:
        raise BadCursor(field="cursor")
    behind = [each for each in found if after is None or each.name > after[0]]
    return PageOf(
        [_shown(each) for each in behind[:first]],
        [encode_cursor(of, (each.name,)) for each in behind[:first]],
        len(behind) > first,
    )


def _shown(changed: FieldDifference) -> FieldChanged:
    return FieldChanged(
        field=changed.name,
        before=changed.before,
        after=changed.after,
        step_count=len(changed.steps),
        steps=[_step(each) for each in changed.steps[-STEPS_MAX:]],
    )


def _step(step: Step) -> ChangeStep:
    recorded = step.recorded
    return ChangeStep(
        position=Position(recorded.position),
        event_id=strawberry.ID(str(recorded.event_id)),
        type=recorded.type,
        command_id=strawberry.ID(str(recorded.command_id)),
        actor_id=strawberry.ID(str(recorded.actor_id)),
        reason=recorded.reason,
        occurred_at=recorded.occurred_at,
        recorded_at=recorded.recorded_at,
        before=step.before,
        after=step.after,
    )
