"""What a query may say (as of when, after which position) and may see; settled before anything is read."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
import strawberry

from api.context import Context
from api.kinds import read_id
from api.scalars import Position
from domain.errors import Malformed, NotPermitted, Refusal, UnknownProject
from domain.roles import ORGANISATION_ROLES
from infra.serving import Serving
from infra.snapshot import of_request

FIRST_DEFAULT: Final = 50
FIRST_MAX: Final = 200


class BeyondHead(Refusal):
    """A query asks as of a position that the log has not reached."""

    sentence = "The log has not reached this position."


class BadCursor(Refusal):
    """A cursor is not one of this list: of another order, another moment, or none of ours."""

    sentence = "This cursor does not belong to this list, its order and its moment."


@strawberry.input(one_of=True, description="A moment of the log: what had been recorded by then.")
class Moment:
    """A moment of the log: exactly one of its fields is given."""

    position: Position | None = strawberry.field(
        default=strawberry.UNSET, description="Up to this position of the log."
    )
    time: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Up to everything recorded at or before this time."
    )


AsOf = Annotated[
    Moment | None, strawberry.argument(description="The answer as it was given then; now by default.")
]
After = Annotated[
    Position | None,
    strawberry.argument(
        description="Answer only when the rows are at this position, such as a mutation's; else STALE."
    ),
]
First = Annotated[int, strawberry.argument(description="How many at most, 1 to 200.")]
Cursor = Annotated[
    str | None, strawberry.argument(description="The endCursor of the page before, with the same arguments.")
]
ProjectArgument = Annotated[
    strawberry.ID | None,
    strawberry.argument(name="project", description="Only what belongs to this project."),
]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a query is about: these projects (None: all), as of this position (None: as the rows are).

    `position` is what the answer is true of; `asked` is the position that was asked for, if any: a cursor
    belongs to it.
    """

    project_ids: tuple[UUID, ...] | None
    as_of: int | None
    position: int
    asked: int | None = None


async def scope(context: Context, *, project: str | None, as_of: Moment | None, after: int | None) -> Scope:
    """Return what a query is about, once it may be answered.

    All that a request reads is read of one moment. Where the rows of several partitions are wanted, and one
    is ahead of another, that is the position which all of them have reached.
    Raises `NotPermitted`, `UnknownProject`, `BeyondHead`, or `Stale` when the rows are not that far.
    """
    serving = context.engine.serving
    wished = None if project is None else read_id(project, "project")
    partitions = serving.partitions_of(None if wished is None else [wished])
    if after:
        await serving.freshness.wait(after, partitions)
    at = None if as_of is None else await position_of(serving, as_of)
    if at is not None:
        await serving.freshness.wait(at, partitions)
    least, most = await _entered(serving, max(after or 0, at or 0), partitions)
    project_ids = await permitted(context, wished)
    if at is not None:
        return Scope(project_ids, at, at, at)
    return Scope(project_ids, None if least == most else least, least)


async def log_scope(context: Context, *, project: str | None, as_of: Moment | None) -> Scope:
    """Return what a query of the log itself is about: never behind, so that nothing is waited for.

    Raises `NotPermitted`, `UnknownProject`, `BeyondHead`.
    """
    project_ids = await permitted(context, None if project is None else read_id(project, "project"))
    serving = context.engine.serving
    if as_of is None:
        return Scope(project_ids, None, await serving.head())
    at = await position_of(serving, as_of)
    return Scope(project_ids, at, at, at)


async def _entered(serving: Serving, position: int, partitions: tuple[int, ...] | None) -> tuple[int, int]:
    """Read on in the request's snapshot; return how far, at least and at most, these partitions are in it."""
    snapshots = of_request()
    if snapshots is None:
        reached = serving.freshness.reached(partitions)
        return reached, reached
    return (await snapshots.enter(position, partitions)).reached(partitions)


async def permitted(
    context: Context, project_id: UUID | None, field: str = "project"
) -> tuple[UUID, ...] | None:
    """Return the projects the actor may read, only `project_id` where it is given; None stands for all."""
    is_everywhere = not context.actor.roles.isdisjoint(ORGANISATION_ROLES)
    if is_everywhere and project_id is None:
        return None
    if not is_everywhere:
        mine = await context.engine.serving.projects_of(context.actor.actor_id)
        if project_id is None:
            return mine
        if project_id not in mine:
            raise NotPermitted(field=field)
    owner = await context.engine.log.owner(project_id) if project_id else None
    if owner is None or owner.kind != "project" or project_id is None:
        raise UnknownProject(field=field)
    return (project_id,)


async def position_of(serving: Serving, moment: Moment, argument: str = "asOf") -> int:
    """Return the position of a moment given as `argument`; raise `Malformed` or `BeyondHead`."""
    if isinstance(moment.time, datetime):
        return await serving.position_at(moment.time)
    position = moment.position
    if not isinstance(position, int) or position < 0:
        raise Malformed("A position is a whole number from 0.", field=f"{argument}.position")
    if position > await serving.head():
        raise BeyondHead(field=f"{argument}.position")
    return position


def bounded(first: int) -> int:
    """Return how many a page has at most; raise `Malformed` outside 1 to `FIRST_MAX`."""
    if not 1 <= first <= FIRST_MAX:
        raise Malformed(f"A page has 1 to {FIRST_MAX} items.", field="first")
    return first


def encode_cursor(of: Sequence[str], values: Sequence[str]) -> str:
    """Return a cursor: opaque, bound to the list (`of`) it came from."""
    return base64.urlsafe_b64encode(msgspec.json.encode([list(of), list(values)])).decode().rstrip("=")


def decode_cursor(of: Sequence[str], cursor: str | None) -> tuple[str, ...] | None:
    """Return the values of a cursor of the list `of`; raise `BadCursor`."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        origin, values = msgspec.json.decode(raw, type=tuple[list[str], list[str]])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise BadCursor(field="cursor") from None
    if origin != list(of):
        raise BadCursor(field="cursor")
    return tuple(values)
