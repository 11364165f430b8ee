"""A record of a read model as the line that PostgreSQL copies out of its table, byte for byte.

So what a fold comes to can be held against what is stored without storing it: equal values are equal bytes,
and nothing that is read has to become values again. A change of PostgreSQL's layout would make every row
differ, which a test and every verification show.
"""

from collections.abc import Iterator
from typing import Any, Final

from psycopg import Connection
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.sql import SQL, Composed, Identifier

from infra.folding import Seen
from infra.lines import HEADER, TRAILER
from infra.observation_lines import OBSERVATION_COLUMNS, observation_line_maker
from infra.tables import Tables

Line = bytes | bytearray | memoryview
VERSIONS: Final = "versions"
OBSERVATIONS: Final = "observations"
KINDS: Final = (VERSIONS, OBSERVATIONS)
SINCE: Final = slice(-8, None)
"""Where a line says from which position its record holds: it is the last column, and never NULL."""

_HEADER_BYTES: Final = len(HEADER)
_TRAILER_BYTES: Final = len(TRAILER)
_COPIED: Final = SQL("COPY ({}) TO STDOUT (FORMAT BINARY)")
_VERSIONS: Final = SQL("SELECT {columns}, NULL::int8, from_position FROM {rows}")
_CLOSED: Final = SQL(" UNION ALL SELECT {columns}, to_position, from_position FROM {history}")


class Lines:
    """Makes the lines of one read model."""

    def __init__(self, tables: Tables) -> None:
        """Make those of `tables`."""
        self.version = tables.shape.line_maker("until", "since")
        self._observation = observation_line_maker("to_position", "from_position")

    def observation(self, seen: Seen) -> bytes:
        """Return the line of an observation."""
        return self._observation(seen, seen.observation)


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
        size - _HEADER_BYTES,
        line[_HEADER_BYTES:],
    )  # the first comes behind what says that lines follow
    while size >= 0:
        if size > _TRAILER_BYTES:
            yield line
        size, line = read(0)
    while (ended := libpq.get_result()) is not None:
        if ended.status != ExecStatus.COMMAND_OK:
            raise error_from_result(ended)


def _selected(tables: Tables, kind: str) -> Composed:
    if kind == VERSIONS:
        columns = SQL(", ").join(map(Identifier, tables.shape.names))
        versions = _VERSIONS.format(columns=columns, rows=tables.name())
        if not tables.model.has_history:
            return versions
        return versions + _CLOSED.format(columns=columns, history=tables.name("_history"))
    *columns_of, since, until = map(Identifier, OBSERVATION_COLUMNS)
    columns = SQL(", ").join([*columns_of, until, since])
    return SQL("SELECT {} FROM {}").format(columns, tables.name("_observation"))
