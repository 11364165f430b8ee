"""The audit trail: the log asked by stream, project, actor, type or time, with what each event changed."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString, cast
from uuid import UUID

import msgspec
from psycopg.sql import SQL

from domain.aggregates import AGGREGATES
from domain.decider import Decider
from domain.recorded import Recorded
from infra.codec import BadEvent, Codec, UnknownEvent
from infra.decoding import decoded
from infra.log_reader import COLUMNS, Record
from infra.reads import AsyncPool, fetch
from infra.sealing import merged

PAGE_MAX: Final = 200
_DECIDERS: Final[Mapping[str, Decider[Any, Any, Any]]] = {decider.name: decider for decider in AGGREGATES}
_UNREADABLE: Final = object()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events of the log: every condition given holds. `after` is not included, `up_to` is."""

    up_to: int
    after: int = 0
    stream: UUID | None = None
    project_ids: tuple[UUID, ...] | None = None
    actor_id: UUID | None = None
    types: tuple[str, ...] | None = None
    correlation_id: UUID | None = None
    positions: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a stream's state that an event changed: JSON before and after, None for nothing there."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Audited:
    """One event with what it changed."""

    recorded: Recorded[Any]
    data: str
    changes: list[FieldChange]


async def trail(
    pool: AsyncPool, codec: Codec, wanted: Wanted, *, first: int, is_descending: bool = False
) -> tuple[list[Audited], bool]:
    """Return a page of the trail, by position, and whether there is more.

    An event that cannot be read is there with its data; what it and the later ones of its stream changed
    is not known.
    """
    limit = min(first, PAGE_MAX)
    condition, parameters = _condition(wanted)
    direction = SQL("DESC" if is_descending else "ASC")
    statement = SQL("SELECT {} FROM log.event WHERE {} ORDER BY position {} LIMIT {}").format(
        SQL(COLUMNS), SQL(condition), direction, limit + 1
    )
    rows = await fetch(pool, statement, parameters)
    page = [Record(*row) for row in rows[:limit]]
    await prepare(codec, [text for record in page for text in (record.data, record.reason)])
    changes = await _changes(pool, codec.telling_erased_apart(), page)
    audited = [
        Audited(decoded(record, codec), _readable(codec, record), changes[record.position]) for record in page
    ]
    return audited, len(rows) > limit


async def prepare(codec: Codec, data: list[bytes | str | None]) -> None:
    """Read the keys it takes to open some events' bytes and reasons, where there are keys."""
    if codec.keys is not None:
        await asyncio.to_thread(codec.prepare, data)


async def told(
    pool: AsyncPool, codec: Codec, positions: Sequence[int]
) -> dict[int, tuple[Recorded[Any], str]]:
    """Return the events at some positions and their JSON, what they changed left out."""
    statement = SQL("SELECT {} FROM log.event WHERE position = ANY(%s)").format(SQL(COLUMNS))
    records = [Record(*row) for row in await fetch(pool, statement, [list(positions)])]
    await prepare(codec, [text for record in records for text in (record.data, record.reason)])
    return {each.position: (decoded(each, codec), _readable(codec, each)) for each in records}


def _readable(codec: Codec, record: Record) -> str:
    """Return an event's JSON with its personal texts; as it is stored where they cannot be read."""
    try:
        data = codec.opened(record.data, record.stream)
    except BadEvent:
        data = record.data
    return data.decode(errors="replace")


async def count(pool: AsyncPool, wanted: Wanted) -> int:
    """Return how many events the whole trail has."""
    condition, parameters = _condition(wanted)
    rows = await fetch(
        pool, SQL("SELECT count(*) FROM log.event WHERE {}").format(SQL(condition)), parameters
    )
    return int(rows[0][0])


def _condition(wanted: Wanted) -> tuple[LiteralString, list[Any]]:
    parts: list[LiteralString] = ["position > %s AND position <= %s"]
    parameters: list[Any] = [wanted.after, wanted.up_to]
    one: tuple[tuple[LiteralString, UUID | None], ...] = (
        ("stream = %s", wanted.stream),
        ("actor_id = %s", wanted.actor_id),
        ("correlation_id = %s", wanted.correlation_id),
    )
    for condition, value in one:
        if value is not None:
            parts.append(condition)
            parameters.append(value)
    several: tuple[tuple[LiteralString, tuple[object, ...] | None], ...] = (
        ("project_id = ANY(%s)", wanted.project_ids),
        ("type = ANY(%s)", wanted.types),
        ("position = ANY(%s)", wanted.positions),
    )
    for condition, values in several:
        if values is not None:
            parts.append(condition)
            parameters.append(list(values))
    return " AND ".join(parts), parameters


async def _changes(pool: AsyncPool, codec: Codec, page: Sequence[Record]) -> Mapping[int, list[FieldChange]]:
    """Return what each event of a page changed: its stream is folded up to it, all streams in one query."""
    last: dict[UUID, int] = {}
    for record in page:
        last[record.stream] = max(last.get(record.stream, 0), record.version)
    if not last:
        return {}
    rows = await fetch(
        pool,
        SQL(
            "SELECT e.position, e.stream, e.type, e.data"
            " FROM unnest(%s::uuid[], %s::int[]) AS w (stream, version)"
            " JOIN log.event e ON e.stream = w.stream AND e.version <= w.version ORDER BY e.stream, e.version"
        ),
        [list(last), list(last.values())],
    )
    await prepare(codec, [row[3] for row in rows])
    return dict(_folded(rows, codec, {record.position for record in page}))


def _folded(
    rows: Iterable[tuple[Any, ...]], codec: Codec, wanted: set[int]
) -> Iterable[tuple[int, list[FieldChange]]]:
    state: Any = None
    current: UUID | None = None
    for position, stream, kind, data in rows:
        if stream != current:
            state, current = None, stream
        after = _UNREADABLE if state is _UNREADABLE else _evolved(codec, state, kind, data, stream)
        if position in wanted:
            yield position, [] if after is _UNREADABLE else difference(state, after)
        state = after


def _evolved(codec: Codec, state: object, kind: str, data: bytes, stream: UUID) -> object:
    try:
        event = codec.decode(kind, data, stream)
    except (UnknownEvent, BadEvent):
        return _UNREADABLE
    evolved: object = _DECIDERS[kind.partition(".")[0]].evolve(state, event)
    return evolved


def difference(before: Any, after: Any) -> list[FieldChange]:
    """Return the fields in which two states differ, those of nested records by their path."""
    was, is_now = flat(before), flat(after)
    return [
        FieldChange(name, as_json(was.get(name)), as_json(is_now.get(name)))
        for name in dict.fromkeys([*was, *is_now])
        if was.get(name) != is_now.get(name)
    ]


def flat(state: object) -> dict[str, Any]:
    """Return the fields of a state, those of nested records by their path."""
    return (
        {}
        if state is None
        else dict(_leaves(cast("dict[str, Any]", msgspec.to_builtins(state, order="deterministic")), ""))
    )


def _leaves(record: dict[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict) and value:
            yield from _leaves(cast("dict[str, Any]", value), f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def as_json(value: Any) -> str | None:
    """Return a value as JSON, erased texts alike; None for nothing."""
    return None if value is None else merged(msgspec.json.encode(value).decode())
