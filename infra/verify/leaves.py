"""The leaves of the tree as they are stored, by index; one that is missing is missed, never made up."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from psycopg import Connection

from infra.log_reader import Record, read
from infra.proof.record_bytes import leaf_hash
from infra.proof.tree import HASH_BYTES, TILE_WIDTH

STRIPS_MAX: Final = 500
_STRIPS: Final = (
    "SELECT start, hashes FROM proof.strip WHERE level = %s AND start >= %s AND start < %s ORDER BY start"
)


class Leaves:
    """The leaves of indices from `begin` up to `end`, which is not included."""

    def __init__(self, connection: Connection[Any], begin: int, end: int) -> None:
        """Read them: a strip lies within one tile, so those before the first tile are not asked for."""
        first = begin - begin % TILE_WIDTH
        rows = connection.cursor(binary=True).execute(_STRIPS, (0, first, end), prepare=True)
        self._strips = {start // TILE_WIDTH: b"" for start in range(first, end, TILE_WIDTH)}
        for start, hashes in rows:
            number, offset = divmod(start, TILE_WIDTH)
            if offset * HASH_BYTES == len(self._strips[number]):  # behind a hole nothing is where it says
                self._strips[number] += hashes

    def at(self, index: int) -> bytes | None:
        """Return the leaf at an index, None where it is missing."""
        number, offset = divmod(index, TILE_WIDTH)
        found = self._strips[number][offset * HASH_BYTES : (offset + 1) * HASH_BYTES]
        return found or None


def moved(connection: Connection[Any], records: Sequence[Record], size: int) -> list[int]:
    """Return the positions of records, in order, that are not what a tree of `size` leaves was made of."""
    covered = [record for record in records if record.position <= size]
    if not covered:
        return []
    stored = Leaves(connection, covered[0].position - 1, covered[-1].position)
    return [record.position for record in covered if leaf_hash(record) != stored.at(record.position - 1)]


def moved_in(connection: Connection[Any], tiles: Iterable[int], size: int) -> list[int]:
    """Return the same of some tiles, given by number."""
    pages = (read(connection, tile * TILE_WIDTH, up_to=(tile + 1) * TILE_WIDTH) for tile in tiles)
    return [position for page in pages for position in moved(connection, page, size)]


def level(connection: Connection[Any], number: int) -> Iterator[tuple[int, bytes]]:
    """Yield every strip of a level, in order, as (index of its first hash, hashes)."""
    after = -1
    statement = (
        "SELECT start, hashes FROM proof.strip WHERE level = %s AND start > %s ORDER BY start LIMIT %s"
    )
    while True:
        rows = (
            connection.cursor(binary=True)
            .execute(statement, (number, after, STRIPS_MAX), prepare=True)
            .fetchall()
        )
        yield from rows
        if len(rows) < STRIPS_MAX:
            return
        after = rows[-1][0]
