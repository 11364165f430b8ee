"""The tree: the published vectors of RFC 6962, its definition computed plainly, proofs that do not bend."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.proof.paths import Place, Span, consistency, hash_of, inclusion, places, whole
from infra.proof.tree import EMPTY_ROOT, HASH_BYTES, TILE_WIDTH, Edge, Strip, extended
from infra.proof.verifying import is_consistent, is_included

INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
FIRST_TWO = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
SECOND_TWO = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
FIFTH = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
SECOND = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
SECOND_FOUR = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
THIRD_TWO = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
LAST_TWO = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
INCLUSIONS = (
    (0, 1, ()),
    (0, 8, (SECOND, SECOND_TWO, SECOND_FOUR)),
    (5, 8, (FIFTH, LAST_TWO, ROOTS[3])),
    (2, 3, (FIRST_TWO,)),
    (1, 5, (ROOTS[0], SECOND_TWO, FIFTH)),
)
CONSISTENCIES = (
    (1, 1, ()),
    (1, 8, (SECOND, SECOND_TWO, SECOND_FOUR)),
    (6, 8, (THIRD_TWO, LAST_TWO, ROOTS[3])),
    (2, 5, (SECOND_TWO, FIFTH)),
)


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


LEAVES = [leaf(bytes.fromhex(data)) for data in INPUTS]
MANY = [leaf(number.to_bytes(4)) for number in range(70_000)]


def defined(leaves: Sequence[bytes]) -> bytes:
    """Return the root as RFC 6962 defines it, word for word."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + defined(leaves[:k]) + defined(leaves[k:])).digest()


def tiled(strips: Sequence[Strip]) -> dict[Place, bytes]:
    """Return the tiles that strips fill, in the order they came."""
    tiles: dict[Place, bytes] = {}
    for level, start, hashes in strips:
        for number, each in enumerate(hashes, start):
            place = Place(level, number // TILE_WIDTH)
            tile = tiles.get(place, b"")
            assert len(tile) == number % TILE_WIDTH * HASH_BYTES
            tiles[place] = tile + each
    return tiles


def grown(leaves: Sequence[bytes], step: int) -> tuple[Edge, dict[Place, bytes]]:
    edge, strips = Edge(), list[Strip]()
    for begin in range(0, len(leaves), step):
        edge, more = extended(edge, leaves[begin : begin + step])
        strips += more
    return edge, tiled(strips)


def proof(spans: Sequence[Span], tiles: dict[Place, bytes]) -> list[bytes]:
    assert places(spans) <= tiles.keys()
    return [hash_of(span, tiles) for span in spans]


EDGE, TILES = grown(MANY, 9_973)


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Edge().root == EMPTY_ROOT == defined([])
    assert extended(Edge(), []) == (Edge(), [])


@pytest.mark.parametrize(("size", "root"), tuple(enumerate(ROOTS, 1)))
def test_roots_are_the_published_ones(size: int, root: str) -> None:
    assert grown(LEAVES[:size], 3)[0].root.hex() == defined(LEAVES[:size]).hex() == root


@pytest.mark.parametrize(("index", "size", "path"), INCLUSIONS)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int, path: tuple[str, ...]) -> None:
    found = proof(inclusion(index, size), grown(LEAVES, 8)[1])
    assert [each.hex() for each in found] == list(path)
    assert is_included(LEAVES[index], index, size, found, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCIES)
def test_consistency_proofs_are_the_published_ones(old: int, new: int, path: tuple[str, ...]) -> None:
    found = proof(consistency(old, new), grown(LEAVES, 8)[1])
    assert [each.hex() for each in found] == list(path)
    ends = [(size, bytes.fromhex(ROOTS[size - 1])) for size in (old, new)]
    assert is_consistent(ends[0], ends[1], found)


def test_a_tree_of_70_000_has_the_tiles_the_format_names() -> None:
    widths = {place: len(tile) // HASH_BYTES for place, tile in TILES.items()}
    assert {number for level, number in widths if level == 0} == set(range(274))
    assert [widths[0, 272], widths[0, 273]] == [256, 112]
    assert [widths[1, 0], widths[1, 1], widths[2, 0]] == [256, 17, 1]
    assert EDGE.root == hash_of(whole(70_000), TILES)


@settings(max_examples=150)
@given(st.integers(0, 700), st.integers(1, 700))
def test_the_root_is_the_defined_one_however_the_tree_grew(size: int, step: int) -> None:
    edge, tiles = grown(MANY[:size], step)
    assert edge.root == defined(MANY[:size]) == hash_of(whole(size), tiles)


@settings(max_examples=100)
@given(st.integers(1, 70_000), st.data())
def test_proofs_of_any_leaf_in_any_earlier_tree_hold(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root = hash_of(whole(size), TILES)
    path = proof(inclusion(index, size), TILES)
    assert is_included(MANY[index], index, size, path, root)
    wrong = data.draw(st.integers(0, len(path) * HASH_BYTES + HASH_BYTES - 1))
    assert not is_included(*_bent(MANY[index], index, size, path, wrong), root)
    assert not is_included(MANY[index], index, size, [*path, root], root)
    assert not is_included(MANY[index], index, size, path[:-1], root) or not path
    if index:
        assert not is_included(MANY[index], index - 1, size, path, root)
    assert not is_included(MANY[index], size, size, path, root)


@settings(max_examples=100)
@given(st.integers(1, 70_000), st.data())
def test_a_later_tree_is_proven_to_begin_with_an_earlier_one(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    before, after = (old, hash_of(whole(old), TILES)), (new, hash_of(whole(new), TILES))
    path = proof(consistency(old, new), TILES)
    assert is_consistent(before, after, path)
    assert not is_consistent((old, _flipped(before[1], 7)), after, path)
    assert not is_consistent(before, (new, _flipped(after[1], 7)), path)
    assert not is_consistent(before, after, [*path, after[1]])
    assert not is_consistent((0, EMPTY_ROOT), after, path)
    assert not is_consistent((new + 1, before[1]), after, path)
    if path:
        bit = data.draw(st.integers(0, len(path) * HASH_BYTES - 1))
        assert not is_consistent(before, after, _bent(b"", 0, 0, path, HASH_BYTES + bit)[3])
        assert not is_consistent(before, after, path[:-1])


def _bent(
    first: bytes, index: int, size: int, path: Sequence[bytes], byte: int
) -> tuple[bytes, int, int, list[bytes]]:
    """Return a proof with one bit of one byte wrong: those of the leaf come first, then those of the path."""
    hashes = [first, *path]
    number, at = divmod(byte, HASH_BYTES)
    hashes[number] = _flipped(hashes[number], at)
    return hashes[0], index, size, hashes[1:]


def _flipped(value: bytes, at: int) -> bytes:
    return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]


def test_what_no_tree_has_is_not_asked_of_it() -> None:
    with pytest.raises(AssertionError):
        inclusion(3, 3)
    with pytest.raises(AssertionError):
        consistency(0, 3)
    with pytest.raises(AssertionError, match="lacks hashes"):
        hash_of(whole(3), {Place(0, 0): MANY[0]})
