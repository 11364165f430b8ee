"""The rows that are served, pinned at one moment: what is read of them is of that moment, whoever writes.

While they are pinned nobody rebuilds them. Projectors are not held up.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any, Final

from psycopg import Connection, IsolationLevel
from psycopg.sql import SQL, Literal

from infra.database import connect
from infra.read_side import Live, fingerprint, generations, positions, skipped_positions
from infra.rebuild import alone
from infra.tables import Tables
from infra.verify.sums import KEY_BYTES
from projections.read_model import ReadModel

_BOOKS: Final = (
    "SELECT to_regclass('rows.read_model'), to_regclass('rows.checkpoint'), to_regclass('rows.skipped')"
)


@dataclass(frozen=True, slots=True)
class Pinned:
    """What the rows are a fold of: each read model of the events up to a position in each partition.

    `live` are the models with the generation that is served. `absent` are those of which there is none, or
    one made by other code. `key` is what lines are hashed by.
    """

    snapshot: str
    key: bytes
    live: tuple[tuple[ReadModel[Any], int], ...]
    absent: tuple[str, ...]
    positions: Mapping[str, tuple[int, ...]]
    skipped: frozenset[tuple[str, int]]

    @property
    def tables(self) -> list[Tables]:
        """Make the tables of each model, which takes as long as hundreds of events: keep them."""
        return [Tables(model, generation) for model, generation in self.live]


@contextmanager
def pinned(database_url: str, models: Sequence[ReadModel[Any]], partitions: int) -> Generator[Pinned]:
    """Pin the rows of some read models for as long as this lasts; raise `RebuildUnderWay`."""
    with connect(database_url, application="verify rows") as connection, alone(connection):
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction():
            yield _pinned(connection, models, partitions)


def _pinned(connection: Connection[Any], models: Sequence[ReadModel[Any]], partitions: int) -> Pinned:
    books = connection.execute(_BOOKS).fetchone()
    if books is None or None in books:
        return Pinned("", b"", (), tuple(model.name for model in models), {}, frozenset())
    known = generations(connection)
    at = positions(connection)
    live = tuple(
        (model, known[model.name].generation)
        for model in models
        if known.get(model.name, Live()).fingerprint == fingerprint(model, partitions)
        and set(at) == set(range(partitions))
    )
    names = {model.name for model, _ in live}
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    return Pinned(
        "" if row is None else row[0],
        token_bytes(KEY_BYTES),
        live,
        tuple(model.name for model in models if model.name not in names),
        {name: tuple(max(at[each], known[name].position) for each in range(partitions)) for name in names},
        frozenset(skipped_positions(connection)),
    )


@contextmanager
def reading(database_url: str, of: Pinned) -> Generator[Connection[Any]]:
    """Open a connection that reads what is pinned."""
    with connect(database_url, application="verify rows") as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction():
            connection.execute(SQL("SET TRANSACTION SNAPSHOT {}").format(Literal(of.snapshot)))
            yield connection
