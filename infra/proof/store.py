"""The tree in the database: hashes in strips, which make up tiles, and the checkpoints issued for it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg import Connection

from infra.proof.checkpoints import Checkpoint
from infra.proof.paths import Place, edge_of, places, whole
from infra.proof.tree import HASH_BYTES, TILE_WIDTH, Edge, Strip

GROWTH_LOCK: Final = 7021946221

SIZE: Final[LiteralString] = (
    "SELECT start + length(hashes) / 32 FROM proof.strip WHERE level = 0 ORDER BY start DESC LIMIT 1"
)
TILES: Final[LiteralString] = (
    "SELECT w.level, w.number, string_agg(s.hashes, ''::bytea ORDER BY s.start)"
    " FROM unnest(%s::smallint[], %s::bigint[]) AS w (level, number)"
    " JOIN proof.strip s ON s.level = w.level"
    " AND s.start >= w.number * 256 AND s.start < (w.number + 1) * 256 GROUP BY 1, 2"
)
ISSUED: Final[LiteralString] = (
    "SELECT size, root, verifier_key, note, issued_at FROM proof.checkpoint"
    " WHERE size {} %s ORDER BY size {} LIMIT 1"
)
LATEST: Final[LiteralString] = ISSUED.format("<=", "DESC")
"""The latest checkpoint of at most this size."""
FIRST: Final[LiteralString] = ISSUED.format(">=", "ASC")
"""The first checkpoint of at least this size."""


class Overtaken(Exception):
    """Somebody else has grown the tree meanwhile; nothing was written."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A checkpoint as it went out: size and root (32 bytes), whose note, when (aware UTC)."""

    size: int
    root: bytes
    verifier_key: str
    note: str
    issued_at: datetime


def size(connection: Connection[Any]) -> int:
    """Return how many leaves the tree has."""
    row = connection.execute(SIZE).fetchone()
    return 0 if row is None else int(row[0])


def tile_parameters(wanted: Collection[Place]) -> list[list[int]]:
    """Return the parameters of `TILES`."""
    return [[place.level for place in wanted], [place.number for place in wanted]]


def tiles(connection: Connection[Any], wanted: Collection[Place]) -> dict[Place, bytes]:
    """Return tiles, each as wide as it is now; those that are empty are not there."""
    rows = connection.execute(TILES, tile_parameters(wanted)).fetchall()
    return {Place(level, number): bytes(hashes) for level, number, hashes in rows}


def edge(connection: Connection[Any]) -> Edge:
    """Return the right edge of the tree: a few tiles are read, however large it is."""
    leaves = size(connection)
    return edge_of(leaves, tiles(connection, places([whole(leaves)])))  # wider by now, maybe: no matter


def leaf(connection: Connection[Any], index: int) -> bytes:
    """Return the leaf at `index` (from 0), which the tree has."""
    place = Place(0, index // TILE_WIDTH)
    begin = index % TILE_WIDTH * HASH_BYTES
    return tiles(connection, [place])[place][begin : begin + HASH_BYTES]


def latest(connection: Connection[Any], up_to: int = 2**63 - 1) -> Issued | None:
    """Return the latest checkpoint of at most `up_to` leaves, None before the first."""
    row = connection.execute(LATEST, (up_to,)).fetchone()
    return None if row is None else Issued(*row)


def first(connection: Connection[Any], at_least: int) -> Issued | None:
    """Return the first checkpoint of at least `at_least` leaves, None where there is none yet."""
    row = connection.execute(FIRST, (at_least,)).fetchone()
    return None if row is None else Issued(*row)


def grow(connection: Connection[Any], grown: Edge, strips: Iterable[Strip], *, before: Edge) -> None:
    """Write what made `grown` of `before`; raise `Overtaken` when the tree is no longer `before`."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (GROWTH_LOCK,))
        if size(connection) != before.size:
            raise Overtaken(f"The tree has no longer {before.size} leaves; {grown.size} were to follow.")
        rows = [row for strip in strips for row in _in_tiles(strip)]
        connection.execute(
            "INSERT INTO proof.strip (level, start, hashes)"
            " SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])",
            list(map(list, zip(*rows, strict=True))),
            prepare=True,
        )


def issue(connection: Connection[Any], head: Checkpoint, note: str, *, verifier_key: str) -> bool:
    """Write down a checkpoint of the tree as it is; say False when the tree is another one by now."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (GROWTH_LOCK,))
        last = latest(connection)
        if size(connection) != head.size or (last is not None and last.size >= head.size):
            return False
        connection.execute(
            "INSERT INTO proof.checkpoint (size, root, verifier_key, note) VALUES (%s, %s, %s, %s)",
            (head.size, head.root, verifier_key, note),
        )
    return True


def _in_tiles(strip: Strip) -> Iterator[tuple[int, int, bytes]]:
    """Yield a strip's parts, each within one tile, as rows."""
    hashes: Sequence[bytes] = strip.hashes
    at = 0
    while at < len(hashes):
        start = strip.start + at
        end = at + TILE_WIDTH - start % TILE_WIDTH
        yield strip.level, start, b"".join(hashes[at:end])
        at = end
