"""Comparing two generations of a read model: all they say of the log up to one position must be the same."""

from collections.abc import Iterator
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from infra.observation_lines import OBSERVATION_COLUMNS
from infra.tables import Tables

_VERSIONS: Final = SQL(
    "SELECT {columns}, from_position, NULL::int8 AS to_position FROM {rows} WHERE from_position <= {at}"
    " UNION ALL"
    " SELECT {columns}, from_position, CASE WHEN to_position <= {at} THEN to_position END FROM {history}"
    " WHERE from_position <= {at}"
)
_UNCHANGED: Final = SQL(
    "SELECT {columns}, from_position, NULL::int8 AS to_position FROM {rows} r WHERE from_position <= {at}"
    " AND NOT EXISTS (SELECT FROM {others} o WHERE o.{key} = r.{key} AND o.from_position > {at})"
)
_OBSERVATIONS: Final = SQL(
    "SELECT {columns}, from_position, CASE WHEN to_position <= {at} THEN to_position END FROM {observations}"
    " WHERE from_position <= {at}"
)


def differences(connection: Connection[Any], live: Tables, other: Tables, at: int) -> int:
    """Return how many row versions and observations up to `at` are in one generation and not the other.

    Where there is no history, a row that changed behind `at` in either is not compared.
    """
    return sum(
        0 if _digest(connection, mine) == _digest(connection, theirs) else _count(connection, mine, theirs)
        for mine, theirs in _pairs(live, other, at)
    )


def first_difference(connection: Connection[Any], live: Tables, other: Tables, at: int) -> int | None:
    """Return the least position from which a record held that is in one generation only; None for none."""
    found = [_first(connection, mine, theirs) for mine, theirs in _pairs(live, other, at)]
    return min((each for each in found if each is not None), default=None)


def digest(connection: Connection[Any], tables: Tables, at: int) -> list[tuple[int, int]]:
    """Return, for row versions and for observations up to `at`, their number and a sum over their hashes."""
    return [_digest(connection, part) for part in _parts(tables, tables, at)]


def _pairs(live: Tables, other: Tables, at: int) -> Iterator[tuple[Composed, Composed]]:
    return zip(_parts(live, other, at), _parts(other, live, at), strict=True)


def _parts(tables: Tables, others: Tables, at: int) -> list[Composed]:
    """Return what to compare; without history, the rows that in neither generation changed behind `at`."""
    names, rows = SQL(", ").join(map(Identifier, tables.shape.names)), tables.name()
    if tables.model.has_history:
        versions = _VERSIONS.format(columns=names, rows=rows, history=tables.name("_history"), at=at)
    else:
        key = Identifier(tables.shape.key)
        versions = _UNCHANGED.format(columns=names, rows=rows, others=others.name(), key=key, at=at)
    if tables.model.observe is None:
        return [versions]
    observed = SQL(", ").join(map(Identifier, OBSERVATION_COLUMNS[:-2]))
    return [
        versions,
        _OBSERVATIONS.format(columns=observed, observations=tables.name("_observation"), at=at),
    ]


def _digest(connection: Connection[Any], part: Composed) -> tuple[int, int]:
    row = connection.execute(
        SQL("SELECT count(*), coalesce(sum(hashtextextended(v::text, 0)::numeric), 0) FROM ({}) v").format(
            part
        )
    ).fetchone()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def _count(connection: Connection[Any], mine: Composed, theirs: Composed) -> int:
    row = connection.execute(
        SQL(
            "SELECT (SELECT count(*) FROM (({mine}) EXCEPT ALL ({theirs})) a)"
            " + (SELECT count(*) FROM (({theirs}) EXCEPT ALL ({mine})) b)"
        ).format(mine=mine, theirs=theirs)
    ).fetchone()
    return 0 if row is None else int(row[0])


def _first(connection: Connection[Any], mine: Composed, theirs: Composed) -> int | None:
    row = connection.execute(
        SQL(
            "SELECT min(from_position) FROM ((({mine}) EXCEPT ALL ({theirs}))"
            " UNION ALL (({theirs}) EXCEPT ALL ({mine}))) d"
        ).format(mine=mine, theirs=theirs)
    ).fetchone()
    return None if row is None or row[0] is None else int(row[0])
