"""A record of a read model as the line that PostgreSQL copies out of its table, byte for byte.

So what a fold comes to can be held against what is stored without storing it: equal values are equal bytes,
and nothing that is read has to become values again. The lines are made by what psycopg writes COPY with; a
change of that, or of PostgreSQL's, would make every row differ, which a test and every verification show.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from struct import Struct
from typing import Any, Final
from uuid import UUID

from psycopg import Connection, adapters
from psycopg._copy_base import format_row_binary  # what `Copy.write_row` calls; there is no other name for it
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.sql import SQL, Composed, Identifier

from infra.folding import Seen
from infra.tables import OBSERVATION_COLUMNS, OBSERVATION_TYPES, Tables, observation_values

Line = bytes | bytearray | memoryview
VERSIONS: Final = "versions"
OBSERVATIONS: Final = "observations"
KINDS: Final = (VERSIONS, OBSERVATIONS)
SINCE: Final = slice(-8, None)
"""Where a line says from which position its record holds: it is the last column, and never NULL."""

HEADER_BYTES: Final = 19
TRAILER_BYTES: Final = 2
_ID: Final = "uuid"
_UUIDS: Final = "uuid[]"
_ID_OID: Final = 2950
_ARRAY: Final = Struct(">iiiii")
_NO_ARRAY: Final = Struct(">iii").pack(0, 0, _ID_OID)
_COPIED: Final = SQL("COPY ({}) TO STDOUT (FORMAT BINARY)")
_VERSIONS: Final = SQL(
    "SELECT {columns}, NULL::int8, from_position FROM {rows} UNION ALL"
    " SELECT {columns}, to_position, from_position FROM {history}"
)


class Lines:
    """Makes the lines of one read model."""

    def __init__(self, tables: Tables) -> None:
        """Make those of `tables`."""
        columns = tables.shape.columns
        self._values = attrgetter(*tables.shape.names)
        self._dumps = [
            (number, _array if each.type == _UUIDS else each.dump)
            for number, each in enumerate(columns)
            if each.dump is not None
        ]
        self._version = _Written((*tables.shape.types, "int8", "int8"))
        self._observation = _Written(OBSERVATION_TYPES)

    def version(self, row: Any, until: int | None, since: int) -> bytearray:
        """Return the line of a row that held from one position until another, None where it holds."""
        values: list[Any] = [*self._values(row), until, since]
        for number, dump in self._dumps:
            values[number] = dump(values[number])
        return self._version(values)

    def observation(self, seen: Seen) -> bytearray:
        """Return the line of an observation."""
        *values, since, until = observation_values(seen)
        return self._observation([*values, until, since])


class _Written:
    """Writes values of some types as a line.

    Ids are given to psycopg as the bytes they are: it would ask Python for them, too, in several calls.
    """

    def __init__(self, types: Sequence[str]) -> None:
        self._ids = [number for number, name in enumerate(types) if name == _ID]
        given = ["bytea" if name in {_ID, _UUIDS} else name for name in types]
        self._transformer = Transformer()
        self._transformer.set_dumper_types([adapters.types.get_oid(name) for name in given], Format.BINARY)

    def __call__(self, values: list[Any]) -> bytearray:
        for number in self._ids:
            value = values[number]
            if value is not None:
                values[number] = value.int.to_bytes(16)
        line = bytearray()
        format_row_binary(values, self._transformer, line)
        return line


def _array(ids: Sequence[UUID] | None) -> bytes | None:
    """Return the bytes of an array: dimensions, whether one is NULL, type; then length and lowest index."""
    if ids is None:
        return None
    if not ids:
        return _NO_ARRAY
    return _ARRAY.pack(1, 0, _ID_OID, len(ids), 1) + b"".join(b"\0\0\0\x10" + each.bytes for each in ids)


def stored(connection: Connection[Any], tables: Tables, kind: str) -> Iterator[Line]:
    """Yield the lines that are stored, as they come; raise the fault of the database.

    They are read from libpq itself: psycopg waits for each line anew, which takes several times as long.
    """
    libpq = connection.pgconn
    begun = libpq.exec_(_COPIED.format(_selected(tables, kind)).as_bytes(connection))
    if begun.status != ExecStatus.COPY_OUT:
        raise error_from_result(begun)
    read = libpq.get_copy_data
    size, line = read(0)
    size, line = (
        size - HEADER_BYTES,
        line[HEADER_BYTES:],
    )  # the first comes behind what says that lines follow
    while size >= 0:
        if size > TRAILER_BYTES:
            yield line
        size, line = read(0)
    while (ended := libpq.get_result()) is not None:
        if ended.status != ExecStatus.COMMAND_OK:
            raise error_from_result(ended)


def _selected(tables: Tables, kind: str) -> Composed:
    if kind == VERSIONS:
        columns = SQL(", ").join(map(Identifier, tables.shape.names))
        return _VERSIONS.format(columns=columns, rows=tables.name(), history=tables.name("_history"))
    *columns_of, since, until = map(Identifier, OBSERVATION_COLUMNS)
    columns = SQL(", ").join([*columns_of, until, since])
    return SQL("SELECT {} FROM {}").format(columns, tables.name("_observation"))
