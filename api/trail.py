"""The audit trail over GraphQL: every event, who, what, when and why, and what it changed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final

import strawberry

from api.accessing import note
from api.asking import (
    FIRST_DEFAULT,
    After,
    AsOf,
    BadCursor,
    Cursor,
    First,
    ProjectArgument,
    bounded,
    decode_cursor,
    encode_cursor,
    log_scope,
)
from api.connections import Connection, PageOf, connection
from api.context import Context, Info
from api.kinds import read_id
from api.scalars import Position
from domain.aggregates import AGGREGATES
from domain.errors import Malformed
from infra import audit
from infra.audit import Audited, Wanted

_STORED_NAMES: Final = frozenset(name for each in AGGREGATES for name in (*each.events, *each.upcasts))


@strawberry.type(description="One field that an event changed.")
class FieldChange:
    """One field that an event changed."""

    field: str = strawberry.field(description="The field's path in the state of what changed.")
    before: str | None = strawberry.field(description="Its value before, as JSON; null where there was none.")
    after: str | None = strawberry.field(description="Its value after, as JSON; null where there is none.")


@strawberry.type(description="One event of the log: who, what, when, why, and what it changed.")
class AuditEntry:
    """One event."""

    position: Position = strawberry.field(description="Its place in the whole log.")
    event_id: strawberry.ID = strawberry.field(description="The event's id.")
    stream: strawberry.ID = strawberry.field(description="The id of what it happened to.")
    version: int = strawberry.field(description="Its place among the events of that.")
    type: str = strawberry.field(description="Its stored name, such as task.completed.v2.")
    project_id: strawberry.ID | None = strawberry.field(description="The project it belongs to.")
    actor_id: strawberry.ID = strawberry.field(description="Who issued the command.")
    command_id: strawberry.ID = strawberry.field(description="The command it came from.")
    correlation_id: strawberry.ID = strawberry.field(description="What it belongs together with.")
    causation_id: strawberry.ID | None = strawberry.field(description="The event that caused the command.")
    reason: str | None = strawberry.field(description="Why, in the words of whoever issued the command.")
    occurred_at: datetime = strawberry.field(description="When it happened (UTC).")
    recorded_at: datetime = strawberry.field(description="When it was recorded (UTC).")
    data: str = strawberry.field(
        description="The event itself as JSON; personal texts, stored encrypted, are readable or `erased`."
    )
    changes: list[FieldChange] = strawberry.field(description="What it changed, field by field.")


def shown(audited: Audited) -> AuditEntry:
    """Return an event as the contract shows it."""
    recorded = audited.recorded
    return AuditEntry(
        position=Position(recorded.position),
        event_id=strawberry.ID(str(recorded.event_id)),
        stream=strawberry.ID(str(recorded.stream)),
        version=recorded.version,
        type=recorded.type,
        project_id=None if recorded.project_id is None else strawberry.ID(str(recorded.project_id)),
        actor_id=strawberry.ID(str(recorded.actor_id)),
        command_id=strawberry.ID(str(recorded.command_id)),
        correlation_id=strawberry.ID(str(recorded.correlation_id)),
        causation_id=None if recorded.causation_id is None else strawberry.ID(str(recorded.causation_id)),
        reason=recorded.reason,
        occurred_at=recorded.occurred_at,
        recorded_at=recorded.recorded_at,
        data=audited.data,
        changes=[
            FieldChange(field=each.field, before=each.before, after=each.after) for each in audited.changes
        ],
    )


async def entries(  # noqa: PLR0913 - by keyword, each its own
    context: Context,
    wanted: Wanted,
    *,
    first: int,
    cursor: str | None,
    descending: bool,
    asked: int | None = None,
) -> Connection[AuditEntry]:
    """Return a page of the audit trail as a connection; its cursors belong to the position `asked` for."""
    serving = context.engine.serving
    of = ("audit", str(descending), repr(replace(wanted, up_to=asked or 0)))
    values = decode_cursor(of, cursor)
    narrowed = wanted if values is None else _behind(wanted, values, descending=descending)
    found, has_next = await audit.trail(
        serving.pool, serving.codec, narrowed, first=bounded(first), is_descending=descending
    )
    cursors = [encode_cursor(of, [str(each.recorded.position)]) for each in found]
    page = PageOf([shown(each) for each in found], cursors, has_next)
    return connection(page, position=wanted.up_to, count=lambda: audit.count(serving.pool, wanted))


def _behind(wanted: Wanted, values: tuple[str, ...], *, descending: bool) -> Wanted:
    if len(values) != 1 or not values[0].isdecimal():
        raise BadCursor(field="cursor")
    position = int(values[0][:18])
    return replace(wanted, up_to=position - 1) if descending else replace(wanted, after=position)


async def audit_trail(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    node: Annotated[
        strawberry.ID | None,
        strawberry.argument(
            description="Only what happened to this: a task, a project, a feedback, a member."
        ),
    ] = None,
    project: ProjectArgument = None,
    actor: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only what this actor did.")
    ] = None,
    types: Annotated[
        list[str] | None, strawberry.argument(description="Only events of these stored names.")
    ] = None,
    correlation: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only what belongs together under this id.")
    ] = None,
    descending: Annotated[bool, strawberry.argument(description="The latest first.")] = False,
    first: First = FIRST_DEFAULT,
    cursor: Cursor = None,
    as_of: AsOf = None,
    after: After = None,
) -> Connection[AuditEntry]:
    """Return a page of the audit trail; it is the log itself, so it is never behind."""
    del after  # the log has what a mutation was answered for
    context = info.context
    within = await log_scope(context, project=project, as_of=as_of)
    stream = None if node is None else read_id(node, "node")
    wanted = Wanted(
        up_to=within.position,
        stream=stream,
        project_ids=within.project_ids,
        actor_id=None if actor is None else read_id(actor, "actor"),
        types=None if types is None else _stored(types),
        correlation_id=None if correlation is None else read_id(correlation, "correlation"),
    )
    page = await entries(
        context, wanted, first=first, cursor=cursor, descending=descending, asked=within.asked
    )
    note(context, "auditTrail", entries=len(page.nodes), subject=stream, projects=wanted.project_ids)
    return page


def _stored(types: Sequence[str]) -> tuple[str, ...]:
    """Return the stored names; raise `Malformed` for one of no event: its absence would prove nothing."""
    for each in types:
        if each not in _STORED_NAMES:
            raise Malformed(f"No event is stored as {each[:100]}.", field="types")
    return tuple(types)
