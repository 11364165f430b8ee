"""What is asked of the proof by those who read: checkpoints, tiles, paths and keys, from the database."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from psycopg.sql import SQL

from domain.operation import OPERATIONS
from infra.codec import Codec
from infra.log_reader import COLUMNS, Record
from infra.proof import keys, store
from infra.proof.bundle import Bundle
from infra.proof.notes import VerifierKey
from infra.proof.paths import Place, Span, consistency, hash_of, inclusion, places, whole
from infra.proof.store import Issued
from infra.proof.tile_paths import width_of
from infra.proof.tree import HASH_BYTES
from infra.reads import AsyncPool, fetch

SIZE_MAX: Final = 2**63 - 1


async def latest(pool: AsyncPool, up_to: int = SIZE_MAX) -> Issued | None:
    """Return the latest checkpoint of at most `up_to` leaves, None before the first."""
    rows = await fetch(pool, SQL(store.LATEST), [up_to])
    return Issued(*rows[0]) if rows else None


async def tile(pool: AsyncPool, place: Place, width: int) -> bytes | None:
    """Return the first `width` hashes of a tile; None where no checkpoint proves so many."""
    head = await latest(pool)
    if head is None or width > width_of(place, head.size):
        return None
    rows = await fetch(pool, SQL(store.TILES), store.tile_parameters([place]))
    return bytes(rows[0][2])[: width * HASH_BYTES]


async def record(pool: AsyncPool, position: int) -> Record | None:
    """Return the record at a position, None where there is none."""
    rows = await fetch(pool, SQL(f"SELECT {COLUMNS} FROM log.event WHERE position = %s"), [position])
    return Record(*rows[0]) if rows else None


async def record_of(pool: AsyncPool, event_id: UUID) -> Record | None:
    """Return the record of an event, None where there is none."""
    rows = await fetch(pool, SQL(f"SELECT {COLUMNS} FROM log.event WHERE event_id = %s"), [event_id])
    return Record(*rows[0]) if rows else None


async def bundle(pool: AsyncPool, position: int, head: Issued, *, extra: bytes | None = None) -> Bundle:
    """Return the proof that the record at `position` (from 1) is under the checkpoint `head` over it."""
    path = await _hashes(pool, inclusion(position - 1, head.size))
    return Bundle(position - 1, tuple(path), head.note, extra)


async def root(pool: AsyncPool, size: int) -> bytes:
    """Return the root of the tree of the first `size` records, which the tree has."""
    return (await _hashes(pool, [whole(size)]))[0]


async def consistency_path(pool: AsyncPool, old: int, new: int) -> list[bytes]:
    """Return what proves that the tree of `new` leaves begins with that of `old`, 1 <= `old` <= `new`."""
    return await _hashes(pool, consistency(old, new))


async def log_id(pool: AsyncPool) -> UUID:
    """Return the log's identity."""
    rows = await fetch(pool, SQL("SELECT log_id FROM log.identity"), [])
    identity: UUID = rows[0][0]
    return identity


async def announced(pool: AsyncPool, codec: Codec) -> list[VerifierKey]:
    """Return the keys that the log names, the latest last; raise `Unsignable` when one cannot be read."""
    rows = await fetch(pool, SQL(keys.ANNOUNCED), [OPERATIONS])
    return keys.named_in([(name, data) for name, data in rows], codec)


async def _hashes(pool: AsyncPool, spans: Sequence[Span]) -> list[bytes]:
    """Return the hashes of the spans of a path: all tiles they need are read at once."""
    rows = await fetch(pool, SQL(store.TILES), store.tile_parameters(places(spans)))
    tiles = {Place(level, number): bytes(hashes) for level, number, hashes in rows}
    return [hash_of(span, tiles) for span in spans]
