"""Proofs over GraphQL: checkpoints, that a record is under one, that the log begins with what it was."""

import base64
from datetime import datetime
from typing import Annotated

import strawberry

from api.accessing import note
from api.asking import BeyondHead, permitted
from api.context import Context, Info
from api.kinds import read_id
from api.scalars import Position
from domain.errors import Malformed, NotPermitted, Refusal, Unknown
from infra.log_reader import Record
from infra.proof import checkpoints, reading
from infra.proof.checkpoints import Checkpoint as Head
from infra.proof.notes import BadNote, ForgedNote
from infra.proof.record_bytes import leaf_hash, record_bytes
from infra.proof.store import Issued
from infra.proof.verifying import is_included


class NotYetProven(Refusal):
    """The log has this position, but no checkpoint covers it yet."""

    sentence = "No checkpoint covers this position yet; there is one within a minute."


class UnknownRecord(Unknown):
    """No record of the log has this event id."""

    sentence = "There is no event with this id."


class AlteredRecord(Refusal):
    """The record is another one than the tree was made of: the log was tampered with."""

    sentence = "The record at this position is not the one that its checkpoint covers."


class UnknownCheckpoint(Refusal):
    """No checkpoint of this size was issued."""

    sentence = "No checkpoint of this size was issued."


class BadCheckpoint(Refusal):
    """The text is no checkpoint of this log that a key of this log signed."""

    sentence = "This is not a checkpoint of this log."


class ForgedCheckpoint(Refusal):
    """The text names a key of this log, which did not sign it."""

    sentence = "The signature does not belong to this checkpoint."


class ForkedCheckpoint(Refusal):
    """A key of this log signed this, and yet the log is another: one of the two was tampered with."""

    sentence = "This checkpoint was signed by a key of this log, but does not fit it."


@strawberry.type(description="A signed head of the log: everything up to a position, in one hash.")
class Checkpoint:
    """A signed head of the log."""

    size: Position = strawberry.field(description="The position up to which it covers the log.")
    root: str = strawberry.field(description="The root of the Merkle tree over these records, in Base64.")
    note: str = strawberry.field(description="The checkpoint as it is signed, a C2SP signed note.")
    issued_at: datetime | None = strawberry.field(
        description="When it was issued (UTC); null where that is no longer known."
    )


@strawberry.type(description="The proof that a record is in the log as it was when a checkpoint was signed.")
class Proof:
    """The proof of one record."""

    position: Position = strawberry.field(description="The record's place in the log.")
    record: str = strawberry.field(
        description="The record's bytes, in Base64; docs/proof.md says what they hold."
    )
    leaf: str = strawberry.field(description="SHA-256(0x00, record bytes), in Base64.")
    path: list[str] = strawberry.field(description="The hashes from the leaf up to the root, in Base64.")
    checkpoint: Checkpoint = strawberry.field(description="The checkpoint that the path leads to.")
    text: str = strawberry.field(description="All of this as a C2SP tlog-proof; its extra is the record.")


@strawberry.type(description="The proof that a log begins with what it was before.")
class Consistency:
    """The proof that a later tree begins with an earlier one."""

    begin_size: Position = strawberry.field(name="fromSize", description="The size of the earlier tree.")
    begin_root: str = strawberry.field(name="fromRoot", description="Its root, in Base64.")
    end_size: Position = strawberry.field(name="toSize", description="The size of the later tree.")
    end_root: str = strawberry.field(name="toRoot", description="Its root, in Base64.")
    path: list[str] = strawberry.field(description="The hashes that lead to both roots, in Base64.")


SizeArgument = Annotated[
    Position | None,
    strawberry.argument(description="The size of the checkpoint it is to lead to; the latest by default."),
]


async def proof(
    info: Info,
    *,
    event: Annotated[
        strawberry.ID | None, strawberry.argument(description="The event's id; or else `position`.")
    ] = None,
    position: Annotated[
        Position | None, strawberry.argument(description="The event's place in the log; or else `event`.")
    ] = None,
    size: SizeArgument = None,
) -> Proof:
    """Return the proof of one event's record, for whoever may read it."""
    argument = "position" if event is None else "event"
    found = await _readable(info.context, event, position, argument)
    head = await _head(info.context, size)
    if head is None or head.size < found.position:
        raise NotYetProven(field=argument)
    raw, leaf = record_bytes(found), leaf_hash(found)
    bundle = await reading.bundle(info.context.engine.serving.pool, found.position, head, extra=raw)
    if not is_included(leaf, bundle.index, head.size, bundle.path, head.root):
        raise AlteredRecord(field=argument)
    note(info.context, "proof", entries=1, subject=found.stream)
    return Proof(
        position=Position(found.position),
        record=_text(raw),
        leaf=_text(leaf),
        path=[_text(each) for each in bundle.path],
        checkpoint=_shown(head),
        text=bundle.text,
    )


async def checkpoint(
    info: Info,
    *,
    size: Annotated[
        Position | None, strawberry.argument(description="The latest of at most this size; null: of all.")
    ] = None,
) -> Checkpoint | None:
    """Return the latest checkpoint, None before the first."""
    found = await reading.latest(info.context.engine.serving.pool, *([] if size is None else [size]))
    return None if found is None else _shown(found)


async def consistency(
    info: Info,
    *,
    begin: Annotated[Position, strawberry.argument(name="from", description="The size of the earlier tree.")],
    end: Annotated[Position, strawberry.argument(name="to", description="The size of the later tree.")],
) -> Consistency:
    """Return the proof that the log up to one position begins with the log up to another."""
    pool = info.context.engine.serving.pool
    if not 1 <= begin <= end:
        raise Malformed(
            "The sizes are whole numbers from 1, the later one not below the earlier.", field="from"
        )
    head = await reading.latest(pool)
    if head is None or end > head.size:
        is_beyond = end > await info.context.engine.serving.head()
        raise BeyondHead(field="to") if is_beyond else NotYetProven(field="to")
    path = await reading.consistency_path(pool, begin, end)
    roots = [_text(await reading.root(pool, each)) for each in (begin, end)]
    return Consistency(
        begin_size=begin, begin_root=roots[0], end_size=end, end_root=roots[1], path=list(map(_text, path))
    )


async def checkpoint_of(
    info: Info,
    *,
    note: Annotated[str, strawberry.argument(description="A checkpoint as somebody kept it: a signed note.")],
) -> Checkpoint:
    """Return the checkpoint that a note is, once it was found to be true of this log."""
    serving = info.context.engine.serving
    known = await reading.announced(serving.pool, serving.codec)
    try:
        told = checkpoints.opened(
            note, known, origin=checkpoints.origin_of(await reading.log_id(serving.pool))
        )
    except ForgedNote:
        raise ForgedCheckpoint(field="note") from None
    except BadNote as problem:
        raise BadCheckpoint(str(problem), field="note") from None
    return await _true(info.context, told, note)


async def _true(context: Context, told: Head, note: str) -> Checkpoint:
    """Return a checkpoint our keys signed, once it was compared with the log; raise `ForkedCheckpoint`."""
    pool = context.engine.serving.pool
    head = await reading.latest(pool)
    if head is None or told.size > head.size or await reading.root(pool, told.size) != told.root:
        raise ForkedCheckpoint(field="note")
    issued = await reading.latest(pool, told.size)
    is_kept = issued is not None and issued.size == told.size
    return Checkpoint(
        size=Position(told.size),
        root=_text(told.root),
        note=note,
        issued_at=issued.issued_at if issued is not None and is_kept else None,
    )


async def _readable(context: Context, event: str | None, position: int | None, argument: str) -> Record:
    """Return the record that one of `event` and `position` names, if whoever asks may read its project."""
    if (event is None) == (position is None):
        raise Malformed("An event is named by its id or by its position.", field=argument)
    event_id = None if event is None else read_id(event, argument)
    if position is not None and position < 1:
        raise Malformed("Positions begin at 1.", field=argument)
    project_ids = await permitted(context, None)
    pool = context.engine.serving.pool
    if event_id is not None:
        found = await reading.record_of(pool, event_id)
    else:
        found = await reading.record(pool, position or 0)
    if found is None:
        raise BeyondHead(field=argument) if event is None else UnknownRecord(field=argument)
    if project_ids is not None and found.project_id not in project_ids:
        raise NotPermitted(field=argument)
    return found


async def _head(context: Context, size: int | None) -> Issued | None:
    """Return the checkpoint of this size, the latest for None; raise `UnknownCheckpoint`."""
    pool = context.engine.serving.pool
    if size is None:
        return await reading.latest(pool)
    head = await reading.latest(pool, size)
    if head is None or head.size != size:
        raise UnknownCheckpoint(field="size")
    return head


def _shown(issued: Issued) -> Checkpoint:
    return Checkpoint(
        size=Position(issued.size), root=_text(issued.root), note=issued.note, issued_at=issued.issued_at
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
