"""The read side's own books: which generation of each read model is live, how far partitions are folded."""

import ast
import hashlib
import inspect
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from types import ModuleType
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from infra.tables import KINDS, SCHEMA, Tables
from projections.read_model import ReadModel

INSTALL_LOCK: Final = 7021946202
LAYOUT: Final = 3
"""What is kept beside the rows: another layout means that they are built anew."""

Positions = dict[int, int]
"""How far each partition is folded into every live read model."""


class Live(NamedTuple):
    """A live generation of a read model, which held all events up to `position` when it became that."""

    generation: int = 0
    fingerprint: str = ""
    position: int = 0


def install(connection: Connection[Any]) -> None:
    """Create the books where they are missing; safe beside others doing the same."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (INSTALL_LOCK,))
        connection.execute(files("infra").joinpath("read_side.sql").read_bytes())


def fingerprint(model: ReadModel[Any], partitions: int) -> str:
    """Return a digest of what decides a model's rows: partitions, layout, and its code without comments.

    The files of `projections/` that it imports count too, and those that these import.
    """
    module = inspect.getmodule(model.evolve)
    if module is None:
        raise AssertionError(f"{model.name} has no module")
    return hashlib.sha256(f"{LAYOUT}:{partitions}:{_code(module)}".encode()).hexdigest()[:32]


@cache
def _code(module: ModuleType) -> str:
    tree = ast.parse(inspect.getsource(module))
    imported = [each.module or "" for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
    own = sorted({name for name in imported if name.startswith("projections.")})
    return ast.dump(tree) + "".join(_code(import_module(name)) for name in own)


def generations(connection: Connection[Any]) -> dict[str, Live]:
    """Return the live generation of each read model."""
    rows = connection.execute(
        "SELECT name, generation, fingerprint, position FROM rows.read_model"
    ).fetchall()
    return {name: Live(*values) for name, *values in rows}


def retire(connection: Connection[Any], models: Sequence[str]) -> None:
    """Drop read models there are no more."""
    for name, live in generations(connection).items():
        if name in models:
            continue
        with connection.transaction():
            for kind in KINDS:
                view, table = (
                    Identifier(SCHEMA, f"{name}{kind}"),
                    Identifier(SCHEMA, f"{name}_{live.generation}{kind}"),
                )
                connection.execute(SQL("DROP VIEW IF EXISTS {}").format(view))
                connection.execute(SQL("DROP TABLE IF EXISTS {}").format(table))
            for book in ("parked", "skipped", "reach"):
                connection.execute(
                    SQL("DELETE FROM rows.{} WHERE model = %s").format(Identifier(book)), (name,)
                )
            connection.execute("DELETE FROM rows.read_model WHERE name = %s", (name,))


def lock_positions(connection: Connection[Any], partitions: Sequence[int]) -> Positions:
    """Lock the checkpoints of some partitions until the transaction ends, and return them."""
    rows = connection.execute(
        "SELECT partition, position FROM rows.checkpoint WHERE partition = ANY(%s)"
        " ORDER BY partition FOR UPDATE",
        (list(partitions),),
    ).fetchall()
    return dict(rows)


def positions(connection: Connection[Any]) -> Positions:
    """Return how far each partition is folded into every live read model."""
    return dict(connection.execute("SELECT partition, position FROM rows.checkpoint").fetchall())


def move(connection: Connection[Any], moved: Positions) -> None:
    """Set checkpoints, and tell those who wait for them."""
    if not moved:
        return
    connection.execute(
        "UPDATE rows.checkpoint c SET position = m.position"
        " FROM unnest(%s::int[], %s::int8[]) AS m (partition, position) WHERE c.partition = m.partition",
        (list(moved), list(moved.values())),
    )
    connection.execute("SELECT pg_notify('fairlead_rows', '')")


def begin(connection: Connection[Any], partitions: int) -> None:
    """Begin each partition where all live generations are, or go on from where it is already."""
    connection.execute("DELETE FROM rows.checkpoint WHERE partition >= %s", (partitions,))
    connection.execute(
        "INSERT INTO rows.checkpoint AS c (partition, position)"
        " SELECT partition, built FROM generate_series(0, %s - 1) AS partition,"
        " (SELECT coalesce(min(position), 0) AS built FROM rows.read_model) l"
        " ON CONFLICT (partition) DO UPDATE SET position = greatest(c.position, excluded.position)",
        (partitions,),
    )
    connection.execute("SELECT pg_notify('fairlead_rows', '')")


def switch(connection: Connection[Any], tables: Tables, digest: str, position: int) -> None:
    """Make a generation, which holds all events up to `position`, the live one that queries read."""
    name = tables.model.name
    views = {kind: Identifier(SCHEMA, f"{name}{kind}") for kind in KINDS}
    dropped = SQL("DROP VIEW IF EXISTS {}").format(SQL(", ").join(views.values()))
    created = [
        SQL("CREATE VIEW {} AS SELECT * FROM {}").format(views[kind], tables.name(kind))
        for kind in tables.kinds
    ]
    connection.execute(SQL("; ").join([dropped, *created]))
    connection.execute(
        "INSERT INTO rows.read_model (name, generation, fingerprint, position) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (name) DO UPDATE SET generation = excluded.generation, position = excluded.position,"
        " fingerprint = excluded.fingerprint, built_at = clock_timestamp()",
        (name, tables.generation, digest, position),
    )


def parked_keys(connection: Connection[Any], models: Iterable[str]) -> dict[tuple[str, UUID], int]:
    """Return, for each model and key that is parked, the position it stopped at."""
    rows = connection.execute(
        "SELECT model, key, position FROM rows.parked WHERE model = ANY(%s)", (list(models),)
    ).fetchall()
    return {(model, key): position for model, key, position in rows}


def skipped_positions(connection: Connection[Any]) -> set[tuple[str, int]]:
    """Return the (model, position) pairs that somebody decided to leave out."""
    return set(connection.execute("SELECT model, position FROM rows.skipped").fetchall())
