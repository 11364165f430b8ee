"""One stream as it was: its state as of a position, and what each field of it went through between two."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from psycopg.sql import SQL

from domain.aggregates import AGGREGATES
from domain.decider import Decider
from domain.errors import Refusal
from domain.recorded import Recorded
from infra.audit import as_json, flat, prepare
from infra.codec import BadEvent, Codec, UnknownEvent
from infra.log_reader import COLUMNS, Record
from infra.reads import AsyncPool, fetch

EVENTS_BETWEEN_MAX: Final = 2_000
_DECIDERS: Final[Mapping[str, Decider[Any, Any, Any]]] = {decider.name: decider for decider in AGGREGATES}


class NotReadable(Refusal):
    """An event asked about is from a newer version, or damaged: half a state is no state."""

    sentence = "An event of this cannot be read by this version of Fairlead."


class TooMuchHappened(Refusal):
    """More events lie between two moments than are compared at once."""

    sentence = f"More than {EVENTS_BETWEEN_MAX} events lie between; compare moments that are closer."


@dataclass(frozen=True, slots=True)
class Step:
    """One event that changed a field: its JSON before and after, None for nothing there."""

    recorded: Recorded[Any]
    before: str | None
    after: str | None


@dataclass(slots=True)
class FieldDifference:
    """What a field of a stream's state was at one moment, what it is at another, and what changed it."""

    name: str
    before: str | None
    after: str | None = None
    steps: list[Step] = field(default_factory=list[Step])


async def state_at(pool: AsyncPool, codec: Codec, stream: UUID, at: int) -> Any:
    """Return a stream's state as of a position, None where there is nothing yet; raise `NotReadable`."""
    state: Any = None
    for record in await _records(pool, codec, stream, 0, at):
        state = _evolved(codec, state, record)[0]
    return state


async def differences(
    pool: AsyncPool, codec: Codec, stream: UUID, begin: int, end: int
) -> list[FieldDifference]:
    """Return what changed in a stream's state after position `begin` and up to `end`, by field name.

    A field that changed and changed back is among them, and so is a text that did, though both are erased
    since. Raises `NotReadable` or `TooMuchHappened`.
    """
    state = await state_at(pool, codec.telling_erased_apart(), stream, begin)
    between = await _records(pool, codec, stream, begin, end, limit=EVENTS_BETWEEN_MAX + 1)
    if len(between) > EVENTS_BETWEEN_MAX:
        raise TooMuchHappened
    found: dict[str, FieldDifference] = {}
    for step, name in _steps(codec, state, between):
        known = found.setdefault(name, FieldDifference(name, step.before))
        known.after = step.after
        known.steps.append(step)
    return [found[name] for name in sorted(found)]


def _steps(codec: Codec, state: Any, records: Sequence[Record]) -> Iterator[tuple[Step, str]]:
    was, apart = flat(state), codec.telling_erased_apart()
    for record in records:
        state, recorded = _evolved(apart, state, record)
        shown = recorded._replace(reason=codec.reason(record.reason, record.stream))
        became = flat(state)
        for name in dict.fromkeys([*was, *became]):
            before, after = was.get(name), became.get(name)
            if before != after:
                yield Step(shown, as_json(before), as_json(after)), name
        was = became


def _evolved(codec: Codec, state: Any, record: Record) -> tuple[Any, Recorded[Any]]:
    try:
        recorded = record.decoded(codec)
    except (UnknownEvent, BadEvent):
        raise NotReadable from None
    return _DECIDERS[record.type.partition(".")[0]].evolve(state, recorded.event), recorded


async def _records(  # noqa: PLR0913 - by keyword, each its own
    pool: AsyncPool, codec: Codec, stream: UUID, after: int, up_to: int, *, limit: int | None = None
) -> list[Record]:
    rows = await fetch(
        pool,
        SQL(
            "SELECT {} FROM log.event WHERE stream = %s AND position > %s AND position <= %s"
            " ORDER BY version LIMIT %s"
        ).format(SQL(COLUMNS)),
        [stream, after, up_to, limit],
    )
    records = [Record(*row) for row in rows]
    await prepare(codec, [text for record in records for text in (record.data, record.reason)])
    return records
