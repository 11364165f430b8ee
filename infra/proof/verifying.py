"""Checking proofs, as whoever distrusts us would: RFC 9162 sections 2.1.3.2 and 2.1.4.2, on hashes alone."""

from collections.abc import Sequence

from infra.proof.tree import node


def root_of(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root a path leads to from leaf `index` (from 0); None for a path of the wrong length."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if place % 2 or place == last:
            root = node(sibling, root)
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            root = node(root, sibling)
        place, last = place // 2, last // 2
    return root if last == 0 else None


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Say whether `path` proves that `leaf` is the one at `index` (from 0) of the tree (`size`, `root`)."""
    return root_of(leaf, index, size, path) == root


def is_consistent(old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]) -> bool:
    """Say whether `path` proves that the tree `new` (size, root) begins with the tree `old` (size, root).

    `old` has one leaf at least: every tree begins with the empty one.
    """
    (size, root), (new_size, new_root) = old, new
    if not 1 <= size <= new_size:
        return False
    if size == new_size:
        return not path and root == new_root
    hashes = [root, *path] if size & (size - 1) == 0 else list(path)
    if not hashes:
        return False
    return _roots(size - 1, new_size - 1, hashes) == (root, new_root)


def _roots(place: int, last: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return both roots that a path leads to; None for a path of the wrong length."""
    while place % 2:
        place, last = place // 2, last // 2
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if place % 2 or place == last:
            old, new = node(sibling, old), node(sibling, new)
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            new = node(new, sibling)
        place, last = place // 2, last // 2
    return (old, new) if last == 0 else None
