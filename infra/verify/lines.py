"""A record of a read model as the line that PostgreSQL copies out of its table, byte for byte.

So what a fold comes to can be held against what is stored without storing it: equal values are equal bytes,
and nothing that is read has to become values again. The lines are made by what psycopg writes COPY with; a
change of that, or of PostgreSQL's, would make every row differ, which a test and every verification show.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from psycopg import Connection, adapters
from psycopg._copy_base import format_row_binary  # what `Copy.write_row` calls; there is no other name for it
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.sql import SQL, Composed, Identifier

from infra.folding import Seen
from infra.tables import OBSERVATION_COLUMNS, OBSERVATION_TYPES, Tables, observation_values

VERSIONS: Final = "versions"
OBSERVATIONS: Final = "observations"
KINDS: Final = (VERSIONS, OBSERVATIONS)
SINCE: Final = slice(-8, None)
"""Where a line says from which position its record holds: it is the last column, and never NULL."""

HEADER_BYTES: Final = 19
_TRAILER: Final = b"\xff\xff"
_COPIED: Final = SQL("COPY ({}) TO STDOUT (FORMAT BINARY)")
_VERSIONS: Final = SQL(
    "SELECT {columns}, NULL::int8, from_position FROM {rows} UNION ALL"
    " SELECT {columns}, to_position, from_position FROM {history}"
)


class Lines:
    """Makes the lines of one read model."""

    def __init__(self, tables: Tables) -> None:
        """Make those of `tables`."""
        self._dump = tables.shape.dump
        self._version = _written((*tables.shape.types, "int8", "int8"))
        self._observation = _written(OBSERVATION_TYPES)

    def version(self, row: Any, until: int | None, since: int) -> bytearray:
        """Return the line of a row that held from one position until another, None where it holds."""
        return self._version((*self._dump(row), until, since))

    def observation(self, seen: Seen) -> bytearray:
        """Return the line of an observation."""
        *values, since, until = observation_values(seen)
        return self._observation((*values, until, since))


def _written(types: tuple[str, ...]) -> Callable[[tuple[Any, ...]], bytearray]:
    transformer = Transformer()
    transformer.set_dumper_types([adapters.types.get_oid(name) for name in types], Format.BINARY)

    def line(values: tuple[Any, ...]) -> bytearray:
        out = bytearray()
        format_row_binary(values, transformer, out)
        return out

    return line


def stored(connection: Connection[Any], tables: Tables, kind: str) -> Iterator[bytes]:
    """Yield the lines that are stored, as they come; raise the fault of the database.

    They are read from libpq itself: psycopg waits for each line anew, which takes several times as long.
    """
    libpq = connection.pgconn
    begun = libpq.exec_(_COPIED.format(_selected(tables, kind)).as_bytes(connection))
    if begun.status != ExecStatus.COPY_OUT:
        raise error_from_result(begun)
    read = libpq.get_copy_data
    _, content = read(0)
    line = bytes(content)[HEADER_BYTES:]  # the first line comes with what says that lines follow
    while line:
        if line != _TRAILER:
            yield line
        _, line = read(0)  # type: ignore[assignment] # bytes, whatever it is declared to be
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
