"""The read side's own books: which generation of each read model is live, how far partitions are folded."""

import ast
import hashlib
import inspect
import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from types import ModuleType
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from infra.keys import EPOCH
from infra.tables import KINDS, SCHEMA, Tables
from projections.read_model import ReadModel

INSTALL_LOCK: Final = 7021946202
LAYOUT: Final = 4
"""What is kept beside the rows: another layout means that they are built anew."""

NEWS_CHARACTERS_MAX: Final = 7_000
"""PostgreSQL notifies of less than 8,000 bytes: of more partitions than these name, one has to look."""
_NEWS: Final = re.compile(r"[0-9]{1,9}:[0-9]{1,19}(,[0-9]{1,9}:[0-9]{1,19})*")

_LOCK: Final = (
    "SELECT partition, position FROM rows.checkpoint WHERE partition = ANY(%s) ORDER BY partition FOR UPDATE"
)
_GENERATIONS: Final = "SELECT name, generation, fingerprint, position FROM rows.read_model"
_SKIPPED: Final = "SELECT model, position FROM rows.skipped"
_BOOKS: Final = (
    "SELECT 'live', name, NULL::uuid, generation, position FROM rows.read_model"
    " UNION ALL SELECT 'parked', model, key, NULL, position FROM rows.parked"
    " UNION ALL SELECT 'skipped', model, NULL, NULL, position FROM rows.skipped"
    f" UNION ALL SELECT 'epoch', NULL, NULL, number, NULL FROM ({EPOCH}) epoch"
)

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
    return {name: Live(*values) for name, *values in connection.execute(_GENERATIONS)}


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
    return dict(connection.execute(_LOCK, (list(partitions),)))


class Books:
    """What the books say once the checkpoints of some partitions are locked until the transaction ends.

    `at` is how far these partitions are folded, `epoch` the number of erasures, `live` the generation of each
    read model and the position it held all events up to when it became live. Left out are the keys that are
    `parked`, each from the position it stopped at, and the events that somebody decided to skip.
    """

    def __init__(self, connection: Connection[Any], partitions: Sequence[int]) -> None:
        """Lock, then ask."""
        locked, asked = connection.execute(_LOCK, (list(partitions),)), connection.execute(_BOOKS)
        self.at: Positions = dict(locked)
        self.epoch = 0
        self.live: Final[dict[str, tuple[int, int]]] = {}
        self.parked: Final[dict[tuple[str, UUID], int]] = {}
        self.skipped: Final[set[tuple[str, int]]] = set()
        for what, model, key, number, position in asked:
            match what:
                case "live":
                    self.live[model] = number, position
                case "parked":
                    self.parked[model, key] = position
                case "skipped":
                    self.skipped.add((model, position))
                case _:
                    self.epoch = number


def positions(connection: Connection[Any]) -> Positions:
    """Return how far each partition is folded into every live read model."""
    return dict(connection.execute("SELECT partition, position FROM rows.checkpoint").fetchall())


def move(connection: Connection[Any], moved: Positions) -> None:
    """Set checkpoints, and tell those who wait for them; see `positions_told`."""
    if not moved:
        return
    news = ",".join(f"{partition}:{position}" for partition, position in moved.items())
    connection.execute(
        "WITH moved AS (UPDATE rows.checkpoint c SET position = m.position"
        " FROM unnest(%s::int[], %s::int8[]) AS m (partition, position) WHERE c.partition = m.partition)"
        " SELECT pg_notify('fairlead_rows', %s)",
        (list(moved), list(moved.values()), news if len(news) <= NEWS_CHARACTERS_MAX else ""),
    )


def positions_told(news: str) -> Positions:
    """Return the checkpoints that a notification of `fairlead_rows` names: none where one has to look.

    Whoever may connect may notify: what no projector says is looked up, too.
    """
    if _NEWS.fullmatch(news) is None:
        return {}
    pairs = (each.split(":") for each in news.split(","))
    return {int(partition): int(position) for partition, position in pairs}


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


def skipped_positions(connection: Connection[Any]) -> set[tuple[str, int]]:
    """Return the (model, position) pairs that somebody decided to leave out."""
    return set(connection.execute(_SKIPPED))
