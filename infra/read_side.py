"""The read side's own books: which generation of each read model is live, how far partitions are folded."""

import ast
import hashlib
import inspect
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from types import ModuleType
from typing import Any, Final
from uuid import UUID

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from infra.tables import KINDS, SCHEMA, Tables
from projections.read_model import ReadModel

INSTALL_LOCK: Final = 7021946202
LAYOUT: Final = 2
"""What is kept beside the rows: another layout means that they are built anew."""

Positions = dict[tuple[str, int], int]


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


def generations(connection: Connection[Any]) -> dict[str, tuple[int, str]]:
    """Return (generation, fingerprint) of each live read model."""
    rows = connection.execute("SELECT name, generation, fingerprint FROM rows.read_model").fetchall()
    return {name: (generation, digest) for name, generation, digest in rows}


def retire(connection: Connection[Any], models: Sequence[str]) -> None:
    """Drop read models there are no more: their checkpoints, never moved, would hold up all who wait."""
    for name, (generation, _) in generations(connection).items():
        if name in models:
            continue
        with connection.transaction():
            for kind in KINDS:
                view, table = (
                    Identifier(SCHEMA, f"{name}{kind}"),
                    Identifier(SCHEMA, f"{name}_{generation}{kind}"),
                )
                connection.execute(SQL("DROP VIEW IF EXISTS {}").format(view))
                connection.execute(SQL("DROP TABLE IF EXISTS {}").format(table))
            for book in ("checkpoint", "parked", "skipped", "reach"):
                connection.execute(
                    SQL("DELETE FROM rows.{} WHERE model = %s").format(Identifier(book)), (name,)
                )
            connection.execute("DELETE FROM rows.read_model WHERE name = %s", (name,))


def lock_positions(connection: Connection[Any], partitions: Sequence[int]) -> Positions:
    """Lock the checkpoints of some partitions until the transaction ends, and return them."""
    rows = connection.execute(
        "SELECT model, partition, position FROM rows.checkpoint WHERE partition = ANY(%s)"
        " ORDER BY partition, model FOR UPDATE",
        (list(partitions),),
    ).fetchall()
    return {(model, partition): position for model, partition, position in rows}


def positions(connection: Connection[Any]) -> dict[int, int]:
    """Return how far each partition is folded into every live read model."""
    rows = connection.execute(
        "SELECT partition, min(position) FROM rows.checkpoint GROUP BY partition"
    ).fetchall()
    return dict(rows)


def move(connection: Connection[Any], moved: Mapping[tuple[str, int], int]) -> None:
    """Set checkpoints, and tell those who wait for them."""
    if not moved:
        return
    keys = list(moved)
    connection.execute(
        "INSERT INTO rows.checkpoint (model, partition, position)"
        " SELECT * FROM unnest(%s::text[], %s::int[], %s::int8[])"
        " ON CONFLICT (model, partition) DO UPDATE SET position = excluded.position",
        ([model for model, _ in keys], [partition for _, partition in keys], list(moved.values())),
    )
    connection.execute("SELECT pg_notify('fairlead_rows', '')")


def switch(connection: Connection[Any], tables: Tables, digest: str) -> None:
    """Make a generation the live one: the names that queries read now mean its tables."""
    name = tables.model.name
    views = {kind: Identifier(SCHEMA, f"{name}{kind}") for kind in KINDS}
    dropped = SQL("DROP VIEW IF EXISTS {}").format(SQL(", ").join(views.values()))
    created = [
        SQL("CREATE VIEW {} AS SELECT * FROM {}").format(views[kind], tables.name(kind))
        for kind in tables.kinds
    ]
    connection.execute(SQL("; ").join([dropped, *created]))
    connection.execute(
        "INSERT INTO rows.read_model (name, generation, fingerprint) VALUES (%s, %s, %s)"
        " ON CONFLICT (name) DO UPDATE SET generation = excluded.generation,"
        " fingerprint = excluded.fingerprint, built_at = clock_timestamp()",
        (name, tables.generation, digest),
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
