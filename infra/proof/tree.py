"""The Merkle tree of RFC 6962 section 2.1 as it grows: its right edge, and what each step adds to tiles."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

HASH_BYTES: Final = 32
TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

_NODE: Final = b"\x01"


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(_NODE + left + right).digest()


class Strip(NamedTuple):
    """Hashes that a tile level got: those from `start` on, in order. Level 0 holds leaves.

    At level l, hash i is the root over the leaves from i * 256**l, 256**l of them.
    """

    level: int
    start: int
    hashes: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree of `size` leaves: its full subtrees' roots by height, one for each bit."""

    size: int = 0
    peaks: Mapping[int, bytes] = field(default_factory=dict[int, bytes])

    @property
    def root(self) -> bytes:
        """Return the root of the tree, 32 bytes."""
        return joined([self.peaks[height] for height in sorted(self.peaks, reverse=True)])


def joined(subtrees: Sequence[bytes]) -> bytes:
    """Return the root over adjacent full subtrees, from left to right, each smaller than the one before."""
    if not subtrees:
        return EMPTY_ROOT
    *others, root = subtrees
    for each in reversed(others):
        root = node(each, root)
    return root


def extended(edge: Edge, leaves: Sequence[bytes]) -> tuple[Edge, list[Strip]]:
    """Return the edge after more leaves, and the hashes that the tiles get from them, one strip a level.

    Costs about two hashes a leaf, whatever the tree's size.
    """
    peaks = dict(edge.peaks)
    strips: list[Strip] = []
    nodes, begin, height = list(leaves), edge.size, 0
    while nodes:
        if height % TILE_HEIGHT == 0:
            strips.append(Strip(height // TILE_HEIGHT, begin, nodes))
        if begin % 2:
            nodes = [peaks.pop(height), *nodes]
        if len(nodes) % 2:
            peaks[height] = nodes[-1]
        nodes = [node(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=False)]
        begin, height = begin // 2, height + 1
    return Edge(edge.size + len(leaves), peaks), strips
