"""Rows into their tables: many as lines of COPY, or some as one array in a statement like any other.

COPY takes three round trips and has the connection to itself; a statement may be sent among others.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import islice
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Composed

from infra.columns import Shape
from infra.lines import HEADER, TRAILER
from infra.observation_lines import observation_line_maker
from infra.packing import elements

COPIED_TOGETHER: Final = 1_000


class Copying:
    """Writes as many lines as there are; the connection does nothing else meanwhile."""

    is_of_elements = False

    def __init__(self, shape: Shape) -> None:
        """Write rows of `shape`: as they are now, closed versions of them, and observations of them."""
        self._shape = shape
        self.observation: Final = _OBSERVATION[self.is_of_elements]

    @cached_property
    def row(self) -> Callable[..., bytes]:
        """Return what makes a line of a row as it is now."""
        return self._shape.line_maker("since", is_element=self.is_of_elements)

    @cached_property
    def closed(self) -> Callable[..., bytes]:
        """Return what makes a line of a closed version."""
        return self._shape.line_maker("since", "until", is_element=self.is_of_elements)

    def put(
        self, connection: Connection[Any], part: Composed, table: Composed, lines: Iterable[bytes]
    ) -> None:
        """Write `lines` into a `part` of `table`."""
        del table
        statement = SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(part)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(HEADER)
            remaining = iter(lines)
            while some := b"".join(islice(remaining, COPIED_TOGETHER)):
                copy.write(some)
            copy.write(TRAILER)


class Inserting(Copying):
    """Writes some rows as one array of values of the table's own row type."""

    is_of_elements = True

    def __init__(self, shape: Shape) -> None:
        """Write rows of `shape`, into tables whose types the server is asked for once."""
        super().__init__(shape)
        self._known: dict[bytes, tuple[bytes, int]] = {}

    def put(
        self, connection: Connection[Any], part: Composed, table: Composed, lines: Iterable[bytes]
    ) -> None:
        """Write `lines` into a `part` of `table`."""
        name = part.as_bytes()
        if name not in self._known:
            insert = SQL("INSERT INTO {} SELECT * FROM unnest(%b::{}[])").format(part, table)
            self._known[name] = insert.as_bytes(), _type(connection, table)
        statement, kind = self._known[name]
        connection.execute(statement, (elements(kind, list(lines)),))


def _type(connection: Connection[Any], table: Composed) -> int:
    """Return the number of the type of a table's rows."""
    [(kind,)] = connection.execute(
        "SELECT reltype FROM pg_class WHERE oid = %s::regclass", (table.as_string(),)
    )
    return int(kind)


_OBSERVATION: Final = {
    is_element: observation_line_maker("from_position", "to_position", is_element=is_element)
    for is_element in (False, True)
}
