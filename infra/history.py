"""The history of a read model: closed row versions, in partitions by the position that closed each.

Positions follow recorded time, so that a partition is a stretch of time: an old one is read only by who asks
as of a position before its end, and can be kept elsewhere by itself. It is created with its first version,
which leaves a young read side with no more tables than it needs.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

PARTITION_POSITIONS: Final = 1_000_000
CREATE_LOCK: Final = 7021946208

Closed = tuple[Any, int, int]


class History:
    """The partitions of one history table, created as they are needed."""

    def __init__(self, schema: str, table: str) -> None:
        """Keep the partitions of `table`."""
        self._schema = schema
        self._table = table
        self._known: set[int] = set()
        self._positions = PARTITION_POSITIONS

    def ddl(self, columns: SQL) -> Composed:
        """Return the statement that creates the table, without a partition."""
        return SQL(
            "CREATE TABLE {} ({}, from_position int8 NOT NULL, to_position int8 NOT NULL)"
            " PARTITION BY RANGE (to_position)"
        ).format(Identifier(self._schema, self._table), columns)

    def parts(self, closed: Sequence[Closed]) -> Iterator[tuple[int, Sequence[Closed]]]:
        """Yield closed versions, given in order of the positions that closed them, by partition."""
        if not closed:
            return
        first, last = self._number(closed[0]), self._number(closed[-1])
        if first == last:
            yield first, closed
            return
        for number, versions in groupby(closed, key=self._number):
            yield number, list(versions)

    def _number(self, version: Closed) -> int:
        return version[2] // self._positions

    def partition(self, connection: Connection[Any], number: int) -> Composed:
        """Return the name of a partition, once it is there; several processes may want it at once."""
        name = f"{self._table}_{number}"
        part = Identifier(self._schema, name)
        if number not in self._known:
            if not _exists(connection, self._schema, name):
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (CREATE_LOCK,))
                if not _exists(connection, self._schema, name):
                    self._attach(connection, part, number)
            self._known.add(number)
        return SQL("{}").format(part)

    def forget(self) -> None:
        """Forget which partitions there are, after a transaction that may have created one was undone."""
        self._known.clear()

    def _attach(self, connection: Connection[Any], part: Identifier, number: int) -> None:
        table = Identifier(self._schema, self._table)
        begin, end = number * self._positions, (number + 1) * self._positions
        connection.execute(SQL("CREATE TABLE {} (LIKE {})").format(part, table))
        connection.execute(
            SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
                table, part, begin, end
            )
        )


def _exists(connection: Connection[Any], schema: str, name: str) -> bool:
    """Say whether there is a table, by what is committed: looking a name up may rest on older knowledge."""
    row = connection.execute(
        "SELECT count(*) FROM pg_class WHERE relname = %s AND relnamespace = %s::regnamespace", (name, schema)
    ).fetchone()
    return row != (0,)
