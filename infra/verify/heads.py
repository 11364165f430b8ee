"""The tree built anew from its stored leaves, and every checkpoint ever issued held against it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection

from infra.proof import checkpoints
from infra.proof.notes import BadNote, VerifierKey
from infra.proof.tree import HASH_BYTES, TILE_WIDTH, Edge, extended
from infra.verify import leaves
from infra.verify.faults import Fault, Kind

LEVELS_MAX: Final = 8
_ISSUED: Final = "SELECT size, root, note FROM proof.checkpoint ORDER BY size"


@dataclass(frozen=True, slots=True)
class Head:
    """A head of the tree as somebody knows it; `whence` says from where."""

    size: int
    root: bytes
    whence: str


@dataclass(frozen=True, slots=True)
class Signed:
    """The heads that checkpoints sign, how many there are, and the first that cannot be opened."""

    heads: Sequence[Head]
    checkpoints: int
    fault: Fault | None

    @property
    def proven(self) -> int:
        """Return up to where checkpoints go."""
        return max((each.size for each in self.heads), default=0)


def signed(connection: Connection[Any], keys: Sequence[VerifierKey], origin: str) -> Signed:
    """Open every checkpoint ever issued."""
    found: list[Head] = []
    fault: Fault | None = None
    count = 0
    for size, root, note in connection.execute(_ISSUED):
        count += 1
        try:
            head = checkpoints.opened(note, keys, origin=origin)
        except BadNote as bad:
            fault = fault or Fault(size, Kind.SIGNED_BY_ANOTHER_KEY, f"The checkpoint of {size}: {bad}")
            continue
        if (head.size, head.root) != (size, bytes(root)):
            fault = fault or Fault(size, Kind.BYTE_CHANGED, f"The checkpoint of {size} signs another head.")
            continue
        found.append(Head(size, head.root, f"the checkpoint of {size}"))
    return Signed(found, count, fault)


class Tree:
    """The tree built from the stored leaves, with some of them replaced; `roots` are those asked for."""

    def __init__(
        self, connection: Connection[Any], sizes: Iterable[int], replaced: Mapping[int, bytes] | None = None
    ) -> None:
        """Build it to its end, and keep the roots of the first `sizes` leaves."""
        self._connection = connection
        self._replaced = replaced or {}
        self._upper: dict[int, list[bytes]] = {}
        self.roots: dict[int, bytes] = {}
        self.edge = Edge()
        self.is_broken = False
        self._build(sorted(set(sizes), reverse=True))

    def _build(self, sizes: list[int]) -> None:
        """Grow strip by strip, and stop on the way at each size whose root is wanted; take them all off."""
        for start, hashes in leaves.level(self._connection, 0):
            if start != self.edge.size:
                self.is_broken = True
                return
            self._note(sizes)
            at, end = start, start + len(hashes) // HASH_BYTES
            while at < end:
                stop = min(end, sizes[-1]) if sizes and sizes[-1] > at else end
                self._grow(hashes[(at - start) * HASH_BYTES : (stop - start) * HASH_BYTES])
                self._note(sizes)
                at = stop
        self._note(sizes)

    def _note(self, sizes: list[int]) -> None:
        while sizes and sizes[-1] <= self.edge.size:
            self.roots[sizes.pop()] = self.edge.root

    def _grow(self, hashes: bytes) -> None:
        begin = self.edge.size
        fresh = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
        if self._replaced:
            fresh = [self._replaced.get(begin + number, each) for number, each in enumerate(fresh)]
        self.edge, strips = extended(self.edge, fresh)
        for strip in strips:
            if strip.level:
                self._upper.setdefault(strip.level, []).extend(strip.hashes)

    def against(self, heads: Iterable[Head]) -> Fault | None:
        """Return the first of some heads that is not the tree's; those before it are."""
        good = 0
        for head in sorted(heads, key=lambda each: each.size):
            root = self.roots.get(head.size)
            if root is None:
                return Fault(
                    good + 1, Kind.TAIL_CUT, f"The tree ends at {self.edge.size}, before {head.whence}."
                )
            if root != head.root:
                return Fault(
                    good + 1,
                    Kind.FORKED,
                    f"From here up to {head.size} the log is not the one of {head.whence}.",
                )
            good = head.size
        return None

    def stored(self) -> Fault | None:
        """Return the first hash of the stored tree that is missing, or not made of the leaves below it."""
        if self.is_broken:
            return Fault(self.edge.size + 1, Kind.UNREADABLE, "The tree lacks the leaf of this position.")
        for number in range(1, LEVELS_MAX):
            stored = b"".join(hashes for _, hashes in leaves.level(self._connection, number))
            made = b"".join(self._upper.get(number, []))
            if stored != made:
                begin = _first_difference(stored, made) * TILE_WIDTH**number + 1
                return Fault(
                    begin, Kind.BYTE_CHANGED, f"Level {number} of the tree is not made of its leaves."
                )
        return None


def _first_difference(stored: bytes, made: bytes) -> int:
    """Return the index of the first hash that differs, or that only one of them has."""
    common = min(len(stored), len(made)) // HASH_BYTES
    for number in range(common):
        if stored[number * HASH_BYTES :][:HASH_BYTES] != made[number * HASH_BYTES :][:HASH_BYTES]:
            return number
    return common
