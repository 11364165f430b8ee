"""Columns of values as PostgreSQL's binary arrays, in one piece: the driver dumps a list value by value.

The layout is what the server's `array_recv` and each type's own `recv` function read: one dimension, counted
from 1, the element type, then each element behind its length, -1 for NULL.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from itertools import chain
from struct import Struct, pack
from typing import Any, Final
from uuid import UUID

from psycopg import adapters, postgres
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""The instant that a timestamptz is counted from, in microseconds."""
EPOCH_DAY: Final = EPOCH.toordinal()
"""The day that a date is counted from."""
_DAY_MICROSECONDS: Final = 86_400_000_000
_SECOND_MICROSECONDS: Final = 1_000_000
_HEADER: Final = Struct(">iiIii").pack
_NOTHING: Final = Struct(">iiI").pack
_LENGTH: Final = Struct(">i").pack
_NULL: Final = _LENGTH(-1)
_UUID_LENGTH: Final = _LENGTH(16)


class Packed(bytes):
    """An array as the server receives it; the statement says of which type, as in `%b::uuid[]`."""

    __slots__ = ()


class _PackedDumper(Dumper):
    """Hands an array over as it is, its type left to the statement."""

    format = Format.BINARY

    def dump(self, obj: Packed) -> Buffer:
        return obj


adapters.register_dumper(Packed, _PackedDumper)


def packed(kinds: Sequence[Callable[[Any], Packed]], rows: Sequence[tuple[Any, ...]]) -> list[Packed]:
    """Return rows column by column, each by the function for its type."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(kinds)
    return [pack_column(values) for pack_column, values in zip(kinds, columns, strict=True)]


def uuids(values: Sequence[UUID | None]) -> Packed:
    """Return a uuid[]."""
    parts = [_NULL if each is None else _UUID_LENGTH + each.bytes for each in values]
    return _array("uuid", len(values), parts)


def integers(values: Sequence[int]) -> Packed:
    """Return an int4[]."""
    return _array("int4", len(values), [_fixed("i", 4, values)])


def long_integers(values: Sequence[int]) -> Packed:
    """Return an int8[]."""
    return _array("int8", len(values), [_fixed("q", 8, values)])


def days(values: Sequence[date]) -> Packed:
    """Return a date[]."""
    return _array("date", len(values), [_fixed("i", 4, [each.toordinal() - EPOCH_DAY for each in values])])


def blobs(values: Sequence[bytes]) -> Packed:
    """Return a bytea[]."""
    return _array("bytea", len(values), [_LENGTH(len(each)) + each for each in values])


def texts(values: Sequence[str | None]) -> Packed:
    """Return a text[]."""
    encoded = [None if each is None else each.encode() for each in values]
    parts = [_NULL if each is None else _LENGTH(len(each)) + each for each in encoded]
    return _array("text", len(values), parts)


def instants(values: Sequence[datetime]) -> Packed:
    """Return a timestamptz[] of aware times, exact to the microsecond."""
    return _array("timestamptz", len(values), [_fixed("q", 8, list(map(_microseconds, values)))])


def elements(kind: int, values: Sequence[bytes]) -> Packed:
    """Return an array of the type with this number, of elements that stand behind their lengths already."""
    return Packed(b"".join((_HEADER(1, 1, kind, len(values), 1), *values)))


def _fixed(form: str, size: int, values: Sequence[int]) -> bytes:
    return pack(f">{('i' + form) * len(values)}", *chain.from_iterable((size, each) for each in values))


def _microseconds(instant: datetime) -> int:
    since = instant - EPOCH
    return since.days * _DAY_MICROSECONDS + since.seconds * _SECOND_MICROSECONDS + since.microseconds


def _array(kind: str, count: int, parts: Sequence[bytes]) -> Packed:
    oid = postgres.types[kind].oid
    if not count:
        return Packed(_NOTHING(0, 0, oid))
    return Packed(b"".join((_HEADER(1, 1, oid, count, 1), *parts)))
