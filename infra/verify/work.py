"""The steps of one verification, and what is asked of it."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from psycopg import Connection

from infra.codec import BadEvent, Codec, UnknownEvent, codec
from infra.log_reader import log_id, read
from infra.masters import Masters
from infra.proof import keys, store
from infra.proof.checkpoints import origin_of
from infra.proof.notes import BadKey, VerifierKey
from infra.proof.paths import edge_of, places, whole
from infra.proof.record_bytes import leaf_hash
from infra.verify import order
from infra.verify.faults import Fault, Kind, first
from infra.verify.folded import Counted
from infra.verify.heads import Head, Signed, Tree, signed
from infra.verify.memory import Verified
from infra.verify.naming import named
from infra.verify.pinned import Pinned
from infra.verify.rows import Difference, absent, differences, differing, fault_of
from infra.verify.sums import Sums
from infra.verify.together import Part, Reached, Walk, walk
from projections.read_model import ReadModel

PROCESSES_MAX: Final = 8
TOGETHER_EVENTS_MIN: Final = 20_000
SHARE_EVENTS: Final = 125_000
"""Keys are shared out so that a share has about so many events: their states and rows are in memory."""

Progress = Callable[[int, int], None]


class ErasureUnderWay(Exception):
    """Somebody is being erased: their texts are gone from the log, and not yet from all rows."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is verified.

    `keys` are those trusted to have signed, the log's own where none is given. `heads` are known from
    elsewhere; `after` is up to where an earlier verification came, or `reached` where it was stopped: up to
    where each share of the keys was verified. Of no `models` the rows are compared.
    `events` reads events, with the keys of persons where texts are encrypted.
    """

    database_url: str
    partitions: int
    models: Sequence[ReadModel[Any]] = ()
    keys: Sequence[VerifierKey] = ()
    heads: Sequence[Head] = ()
    after: int = 0
    reached: tuple[int, ...] = ()
    events: Codec = field(default_factory=codec)
    processes: int = field(default_factory=lambda: min(os.cpu_count() or 1, PROCESSES_MAX))


class Work:
    """The steps of one verification."""

    def __init__(
        self, connection: Connection[Any], wanted: Wanted, rows: Pinned | None, progress: Progress
    ) -> None:
        """Begin where log and tree end now, with the rows that are pinned."""
        self._connection = connection
        self._wanted = wanted
        self._rows = rows
        self._progress = progress
        self.log_id = log_id(connection)
        self.ends = order.ends(connection)
        self._shares = len(wanted.reached) or self._share_count()

    @property
    def sure(self) -> int:
        """Return up to where the log has leaves."""
        return min(self.ends.leaves, self.ends.head)

    def _share_count(self) -> int:
        head = self.ends.head
        return 1 if head < TOGETHER_EVENTS_MIN else max(self._wanted.processes, -(-head // SHARE_EVENTS))

    def records(self, remember: Callable[[Verified], None]) -> list[Part]:
        """Walk every record; remember of each share once it was walked that all is well with it."""
        wanted, ends = self._wanted, self.ends
        reached = wanted.reached or (wanted.after,) * self._shares
        after = tuple(order.boundary(self._connection, min(each, ends.head)) for each in reached)
        known = after

        def step(far: Reached) -> None:
            nonlocal known
            self._progress(far.at, far.of)
            if far.sound != known and (root := self._root(self.sure)):
                known = far.sound
                sound = tuple(min(each, self.sure) for each in known)
                remember(Verified(self.log_id, self.sure, root.hex(), sound))

        return self._walk(after, step)

    def folded(self) -> list[Part]:
        """Walk nothing anew, and fold all of it into rows."""
        return self._walk((self.ends.head,) * self._shares, lambda far: self._progress(far.at, far.of))

    def _walk(self, after: tuple[int, ...], step: Callable[[Reached], None]) -> list[Part]:
        wanted, ends = self._wanted, self.ends
        processes = wanted.processes if ends.head >= TOGETHER_EVENTS_MIN else 1
        masters = _masters(wanted.events)
        walked = Walk(wanted.database_url, after, ends.head, ends.leaves, processes, masters, self._rows)
        return walk(walked, step)

    def _root(self, size: int) -> bytes | None:
        """Return the root that the stored tree has at a size, None for none or one that lacks a tile."""
        wanted = set(places([whole(size)] if size else []))
        tiles = store.tiles(self._connection, wanted)
        return edge_of(size, tiles).root if wanted and tiles.keys() >= wanted else None

    def signed(self) -> Signed:
        """Open every checkpoint with the keys given, or those that the log names."""
        origin = origin_of(self.log_id)
        try:
            known = list(self._wanted.keys) or keys.announced(self._connection, codec())
        except (BadEvent, UnknownEvent, BadKey) as problem:
            why = f"The keys that the log names cannot be read: {type(problem).__name__}."
            return Signed((), 0, Fault(0, Kind.UNREADABLE, why))
        return signed(self._connection, known, origin)

    def tree(self, found: Signed, parts: Sequence[Part]) -> tuple[Tree, Fault | None]:
        """Build the tree and hold all heads against it; name what happened to records that are not in it."""
        moved = sorted(position for part in parts for each in part.walked for position in each.moved)
        heads = [*found.heads, *self._wanted.heads]
        sizes = [self.ends.leaves, *(each.size for each in heads)]
        tree = Tree(self._connection, sizes)
        other = tree.against(heads)
        if other is not None and moved:
            mended = Tree(self._connection, sizes, self._leaves_at(moved))
            if mended.against(heads) is None:
                why = "The stored tree has another leaf here than its checkpoints sign."
                return tree, Fault(moved[0], Kind.BYTE_CHANGED, why)
        of_record = named(self._connection, moved[0], moved, self.ends.leaves) if moved else None
        of_record = first(of_record, order.tail(self.ends), order.hole(self._connection, self.ends.head))
        if of_record is not None and not self._wanted.keys:
            return tree, first(of_record, other)  # a log with holes may lack the very records that name keys
        return tree, first(of_record, other, found.fault, tree.stored())

    def _leaves_at(self, moved: Sequence[int]) -> dict[int, bytes]:
        """Return the leaves that the records in doubt have now, by index."""
        found = [
            record for position in moved for record in read(self._connection, position - 1, up_to=position)
        ]
        return {record.position - 1: leaf_hash(record) for record in found}

    def listed(self) -> list[Fault | None]:
        """Return what is wrong with the log as a list."""
        connection, head = self._connection, self.ends.head
        return [check(connection, head) for check in (order.unanswered, order.back)]

    def rows(self, parts: Sequence[Part]) -> Fault | None:
        """Return the first row that is not the fold of the log, or of which that cannot be told."""
        if self._rows is None:
            return None
        faults = [fault for part in parts for fault in part.faults]
        unread = [name for part in parts for name in part.unread]
        unreadable = map(absent, [*self._rows.absent, *unread])
        return first(*map(fault_of, self.differences(parts)), *unreadable, *faults)

    def differences(self, parts: Sequence[Part]) -> list[Difference]:
        """Return which read models are not the fold of the log, and where."""
        rows, wanted = self._rows, self._wanted
        if rows is None:
            return []
        where = differing(
            rows,
            _joined(rows, (each.folded for each in parts)),
            _joined(rows, (each.stored for each in parts)),
        )
        if not where:
            return []
        row = self._connection.execute("SELECT FROM keys.erasure WHERE done_at IS NULL LIMIT 1").fetchone()
        if row is not None:
            raise ErasureUnderWay
        return differences(wanted.database_url, rows, wanted.events, self.ends.head, self._shares, where)

    def bare(self, found: Signed) -> Fault | None:
        """Return the fault of a log that nothing proves."""
        if self.ends.head and not found.checkpoints:
            return Fault(0, Kind.UNREADABLE, "There is no checkpoint: nothing proves this log.")
        return None


def _joined(rows: Pinned, parts: Iterable[Mapping[Counted, Sums]]) -> dict[Counted, Sums]:
    """Return what several processes counted, put together."""
    found: dict[Counted, Sums] = {}
    for part in parts:
        for counted, sums in part.items():
            found.setdefault(counted, Sums(rows.key)).join(sums, 1)
    return found


def _masters(events: Codec) -> Masters | None:
    return None if events.keys is None else events.keys.masters
