"""What happened to a log whose records are no longer their leaves: its leaf tells where it was.

A record holds its position, so one that was moved is tried at the positions it may have come from: at the
right one its leaf is that of the tree.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from psycopg import Connection

from infra.log_reader import Record, read
from infra.proof.record_bytes import leaf_hash
from infra.verify.faults import Fault, Kind
from infra.verify.leaves import Leaves

WINDOW_RECORDS: Final = 64
"""How many records in a row are looked at; more than these removed or inserted at once count as changed."""


def named(connection: Connection[Any], position: int, moved: Sequence[int], leaves: int) -> Fault:
    """Return what is wrong at the first position whose record is not its leaf's, given all such positions."""
    window = read(connection, position - 1, limit=WINDOW_RECORDS)
    stored = Leaves(connection, position - 1, min(leaves, position + 2 * WINDOW_RECORDS))
    if stored.at(position - 1) is None:
        return Fault(position, Kind.UNREADABLE, "The tree lacks the leaf of this position.")
    if not window or window[0].position != position:
        return Fault(position, Kind.RECORD_REMOVED, "There is no record at this position.")
    if _is_swapped(connection, window[0], moved):
        return Fault(position, Kind.RECORDS_SWAPPED, "The record here is that of another position.")
    for distance in range(1, WINDOW_RECORDS):
        if _fits(window, stored, distance, leaves):
            return Fault(
                position,
                Kind.RECORD_REMOVED,
                f"Records follow that were {distance} further on: {distance} less.",
            )
        if _fits(window[distance:], stored, -distance, leaves):
            return Fault(
                position,
                Kind.RECORD_INSERTED,
                f"Records follow that were {distance} before: {distance} more.",
            )
    return Fault(position, Kind.BYTE_CHANGED, "The record here is not the one the tree was made of.")


def _fits(window: Sequence[Record], stored: Leaves, distance: int, leaves: int) -> bool:
    """Say whether one of some records is a leaf `distance` further on (below 0: before)."""
    first = window[0].position if window else 0
    return any(
        leaf_hash(moved) == stored.at(moved.position - 1)
        for moved in _at_distance(window, distance)
        if first + min(distance, 0) <= moved.position <= min(leaves, first + 2 * WINDOW_RECORDS - 1)
    )


def _at_distance(window: Sequence[Record], distance: int) -> Iterator[Record]:
    for record in window:
        yield record._replace(position=record.position + distance)


def _is_swapped(connection: Connection[Any], record: Record, moved: Sequence[int]) -> bool:
    """Say whether a record belongs at another position in doubt, and one of the others belongs here."""
    here = record.position
    others = [position for position in moved if position != here]
    if not any(_belongs(connection, record, position) for position in others):
        return False
    return any(
        _belongs(connection, other, here)
        for position in others
        for other in read(connection, position - 1, up_to=position)
    )


def _belongs(connection: Connection[Any], record: Record, position: int) -> bool:
    """Say whether a record, were it at a position, would be the leaf there."""
    stored = Leaves(connection, position - 1, position).at(position - 1)
    return leaf_hash(record._replace(position=position)) == stored
