"""One verification: everything is walked, and the first position at which something is wrong is named."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from infra.codec import BadEvent, Codec, UnknownEvent, codec
from infra.database import connect
from infra.log_reader import log_id, read
from infra.masters import Masters
from infra.proof import checkpoints, keys, store
from infra.proof.checkpoints import origin_of
from infra.proof.notes import BadKey, VerifierKey
from infra.proof.paths import edge_of, places, whole
from infra.proof.record_bytes import leaf_hash
from infra.verify import order
from infra.verify.faults import Fault, Kind, first
from infra.verify.heads import Head, Signed, Tree, signed
from infra.verify.naming import named
from infra.verify.records import TOGETHER_EVENTS_MIN, Part, Walk, walk
from infra.verify.rows import Compared, rows
from projections.read_model import ReadModel

PROCESSES_MAX: Final = 8
REMEMBER_SECONDS: Final = 5.0

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is verified.

    `keys` are those trusted to have signed, the log's own where none is given. `heads` are known from
    elsewhere; `after` is up to where an earlier verification came. Of no `models` the rows are compared.
    `events` reads events, with the keys of persons where texts are encrypted.
    """

    database_url: str
    partitions: int
    models: Sequence[ReadModel[Any]] = ()
    keys: Sequence[VerifierKey] = ()
    heads: Sequence[Head] = ()
    after: int = 0
    events: Codec = field(default_factory=codec)
    processes: int = field(default_factory=lambda: min(os.cpu_count() or 1, PROCESSES_MAX))


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: `events` walked, of which `decided` were decided again; checkpoints go to `proven_to`.

    `verified_to` and `root` are what to remember. `models` read models were compared: none when the log is
    not whole itself, because then it is not the rows that are wrong.
    """

    log_id: UUID
    head: int
    events: int
    decided: int
    checkpoints: int
    proven_to: int
    models: int
    seconds: float
    verified_to: int
    root: bytes
    fault: Fault | None

    @property
    def is_ok(self) -> bool:
        """Say whether nothing is wrong."""
        return self.fault is None


def head_of(connection: Connection[Any], note: str, trusted: Sequence[VerifierKey], *, whence: str) -> Head:
    """Return the head that a checkpoint of this log signs; raise `BadNote`."""
    known = list(trusted) or keys.announced(connection, codec())
    head = checkpoints.opened(note, known, origin=origin_of(log_id(connection)))
    return Head(head.size, head.root, whence)


def verify(
    wanted: Wanted,
    progress: Progress = lambda _what, _at, _of: None,
    remember: Callable[[UUID, int, bytes], None] = lambda _log, _position, _root: None,
) -> Report:
    """Verify everything; `progress` hears what is done (position reached, position to reach).

    `remember` is told now and then up to where all is well, for another verification to go on from there.
    Raises `RebuildUnderWay` when rows are to be compared while another process rebuilds them.
    """
    began = time.monotonic()
    with connect(wanted.database_url, application="verify") as connection:
        work = _Work(connection, wanted, progress)
        parts = work.records(remember)
        found = work.signed()
        tree, fault = work.tree(found, parts)
        log_fault = first(fault, *work.listed(), *(each.illegal for each in parts), work.bare(found))
        row_fault = None if log_fault else work.rows()
        seconds = round(time.monotonic() - began, 3)
        return Report(
            work.log_id,
            work.ends.head,
            sum(each.events for each in parts),
            sum(each.decided for each in parts),
            found.checkpoints,
            found.proven,
            0 if log_fault else len(wanted.models),
            seconds,
            min(work.ends.leaves, work.ends.head),
            tree.roots.get(work.ends.leaves, b""),
            log_fault or row_fault,
        )


class _Work:
    """The steps of one verification."""

    def __init__(self, connection: Connection[Any], wanted: Wanted, progress: Progress) -> None:
        self._connection = connection
        self._wanted = wanted
        self._progress = progress
        self.log_id = log_id(connection)
        self.ends = order.ends(connection)

    def records(self, remember: Callable[[UUID, int, bytes], None]) -> list[Part]:
        """Walk every record; remember now and then how far all is well."""
        wanted, ends = self._wanted, self.ends
        processes = wanted.processes if ends.head >= TOGETHER_EVENTS_MIN else 1
        after = order.boundary(self._connection, min(wanted.after, ends.head))
        walked = Walk(wanted.database_url, after, ends.head, ends.leaves, processes, _masters(wanted.events))
        said_at = time.monotonic()

        def step(at: int, of: int) -> None:
            nonlocal said_at
            self._progress("Records", at, of)
            if time.monotonic() - said_at >= REMEMBER_SECONDS and wanted.after < at <= ends.leaves:
                said_at = time.monotonic()
                remember(self.log_id, at, self._root(at))

        return list(walk(walked, step))

    def _root(self, size: int) -> bytes:
        tiles = store.tiles(self._connection, places([whole(size)]))
        return edge_of(size, tiles).root

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
        moved = sorted(position for each in parts for position in each.moved)
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

    def rows(self) -> Fault | None:
        """Compare rows with the fold of the log."""
        if not self._wanted.models:
            return None

        def step(at: int, of: int) -> None:
            self._progress("Rows", at, of)

        wanted = self._wanted
        compared = Compared(wanted.models, wanted.events, wanted.partitions)
        return rows(wanted.database_url, self._connection, compared, step)

    def bare(self, found: Signed) -> Fault | None:
        """Return the fault of a log that nothing proves."""
        if self.ends.head and not found.checkpoints:
            return Fault(0, Kind.UNREADABLE, "There is no checkpoint: nothing proves this log.")
        return None


def _masters(events: Codec) -> Masters | None:
    return None if events.keys is None else events.keys.masters
