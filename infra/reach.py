"""How far the instants that lists are ordered by had come by each position of the log.

A list as of a position, newest first, begins there. Without it the list would walk past all that came after
that position, which on a long log is most of it. What is kept is a bound: for each stretch of positions the
latest instant that a row had which began to hold in it. Each writer keeps its own, so that none waits.
"""

from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Composed, Literal

from infra.folding import Changes
from projections.read_model import ReadModel

STRETCH_POSITIONS: Final = 4_000


def bound(model: ReadModel[Any], column: str) -> Composed:
    """Return the statement of an instant, no earlier than any that held by the end of `%(stretch)s`."""
    return SQL(
        "SELECT coalesce(max(reached), 'infinity') AS reached FROM rows.reach JOIN rows.read_model"
        " ON name = model AND read_model.generation = reach.generation"
        " WHERE model = {} AND column_name = {} AND stretch <= %(stretch)s"
    ).format(Literal(model.name), Literal(column))


def stretch_of(position: int) -> int:
    """Return the stretch that a position lies in."""
    return position // STRETCH_POSITIONS


class Reach:
    """Keeps the bound of one generation of a read model."""

    def __init__(self, model: ReadModel[Any], generation: int) -> None:
        """Keep it for each of the columns that need one."""
        self._name = model.name
        self._generation = generation
        self._columns = [(name, attrgetter(name)) for name in model.instants]

    def write(self, connection: Connection[Any], changes: Changes) -> None:
        """Take the versions that began in a batch into account, those that moved an instant."""
        latest: dict[tuple[str, int], datetime] = {}
        for position, row in changes.moved:
            for name, value in self._columns:
                place, instant = (name, stretch_of(position)), value(row)
                latest[place] = max(latest.get(place, instant), instant)
        if latest:
            columns = [(name, stretch, latest[name, stretch]) for name, stretch in sorted(latest)]
            names, stretches, instants = (list(each) for each in zip(*columns, strict=True))
            connection.execute(
                "INSERT INTO rows.reach AS r (model, generation, column_name, stretch, writer, reached)"
                " SELECT %s, %s, n, s, pg_backend_pid(), i"
                " FROM unnest(%s::text[], %s::int8[], %s::timestamptz[]) AS u (n, s, i)"
                " ON CONFLICT (model, generation, column_name, stretch, writer)"
                " DO UPDATE SET reached = greatest(r.reached, excluded.reached)",
                (self._name, self._generation, names, stretches, instants),
            )

    def drop(self, connection: Connection[Any]) -> None:
        """Forget it."""
        connection.execute(
            "DELETE FROM rows.reach WHERE model = %s AND generation = %s", (self._name, self._generation)
        )
