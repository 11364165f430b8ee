"""Which parts of a tree a proof is made of, and their hashes from tiles: inclusion and consistency, RFC 6962.

A part is named by the leaves it spans; nothing here reads anything, so that all tiles a proof needs can be
fetched at once.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from infra.proof.tree import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Edge, joined, node


class Span(NamedTuple):
    """The leaves from `begin` (from 0) up to `end`, which is not included."""

    begin: int
    end: int


class Place(NamedTuple):
    """Where a tile is: its level, and its number in that level from 0."""

    level: int
    number: int


class _Subtree(NamedTuple):
    """A full subtree: the leaves from number * 2**height, 2**height of them."""

    height: int
    number: int

    @property
    def place(self) -> Place:
        """Return the tile that holds its hash, or the hashes below it."""
        level, above = divmod(self.height, TILE_HEIGHT)
        return Place(level, (self.number << above) // TILE_WIDTH)

    def hash_in(self, tile: bytes) -> bytes:
        """Return its hash from its tile."""
        above = self.height % TILE_HEIGHT
        first = (self.number << above) % TILE_WIDTH
        begin, end = first * HASH_BYTES, (first + (1 << above)) * HASH_BYTES
        if len(tile) < end:
            raise AssertionError(f"the tile {self.place} lacks hashes: it has {len(tile) // HASH_BYTES}")
        hashes = [tile[at : at + HASH_BYTES] for at in range(begin, end, HASH_BYTES)]
        while len(hashes) > 1:
            hashes = [node(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]


def inclusion(index: int, size: int) -> list[Span]:
    """Return what proves that leaf `index` (from 0) is in a tree of `size`, from its sibling upwards.

    This is PATH(m, D[n]) of RFC 6962 section 2.1.1.
    """
    if not 0 <= index < size:
        raise AssertionError(f"a tree of {size} leaves has no leaf {index}")
    begin, end = 0, size
    spans: list[Span] = []
    while end - begin > 1:
        middle = begin + _half(end - begin)
        if index < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(begin, middle))
            begin = middle
    return spans[::-1]


def consistency(old: int, new: int) -> list[Span]:
    """Return what proves that a tree of `new` leaves begins with the one of `old`, 1 <= `old` <= `new`.

    This is PROOF(m, D[n]) of RFC 6962 section 2.1.2; empty when both are the same.
    """
    if not 1 <= old <= new:
        raise AssertionError(f"no proof leads from {old} to {new} leaves")
    begin, end = 0, new
    spans: list[Span] = []
    while old != end:
        middle = begin + _half(end - begin)
        if old <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(begin, middle))
            begin = middle
    return ([] if begin == 0 else [Span(begin, end)]) + spans[::-1]


def whole(size: int) -> Span:
    """Return all leaves of a tree: the hash of them is its root."""
    return Span(0, size)


def places(spans: Iterable[Span]) -> set[Place]:
    """Return the tiles that the hashes of these spans are made from."""
    return {subtree.place for span in spans for subtree in _subtrees(span)}


def hash_of(span: Span, tiles: Mapping[Place, bytes]) -> bytes:
    """Return the hash over a span of a path, from the tiles that `places` names."""
    return joined([subtree.hash_in(tiles[subtree.place]) for subtree in _subtrees(span)])


def edge_of(size: int, tiles: Mapping[Place, bytes]) -> Edge:
    """Return the right edge of a tree of `size`, from the tiles that `places([whole(size)])` names."""
    subtrees = _subtrees(whole(size))
    return Edge(size, {each.height: each.hash_in(tiles[each.place]) for each in subtrees})


def _half(count: int) -> int:
    """Return the largest power of two below `count`, which is 2 or more."""
    return 1 << ((count - 1).bit_length() - 1)


def _subtrees(span: Span) -> list[_Subtree]:
    """Return the full subtrees a span consists of, from left to right; those of a path begin aligned."""
    subtrees: list[_Subtree] = []
    begin, end = span
    while begin < end:
        height = (end - begin).bit_length() - 1
        subtrees.append(_Subtree(height, begin >> height))
        begin += 1 << height
    return subtrees
