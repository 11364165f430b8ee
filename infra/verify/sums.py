"""Many lines as a few numbers that are equal only where the lines are, in whatever order and how often each.

A line counts as its keyed BLAKE2b hash of 128 bits; hashes are added up modulo 2**128, each in one of
`BUCKETS` sums, by its lowest bits. This is the additive multiset hash of Clarke, Devadas, van Dijk, Gassend
and Suh, "Incremental Multiset Hash Functions and Their Application to Memory Integrity Checking" (ASIACRYPT
2003). Different lines with equal sums exist, but nobody can look for them who does not know the key: it is
drawn once what is stored is pinned, and stays in the processes of one run. Lines that are there 2**n times
too often are overlooked with a chance of 1 in 2**(128 - n), all others with one in 2**128.
"""

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from infra.verify.lines import SINCE, Line

BUCKETS: Final = 256
KEY_BYTES: Final = 32
_HASH_BYTES: Final = 16
_MODULUS: Final = 1 << 128
_LOWEST: Final = BUCKETS - 1


class Sums:
    """Adds up lines; what several processes added up is put together."""

    def __init__(self, key: bytes) -> None:
        """Hash by `key`."""
        self._key = key
        self.buckets = [0] * BUCKETS

    def add(self, lines: Iterable[Line]) -> None:
        """Count some lines."""
        copy = blake2b(key=self._key, digest_size=_HASH_BYTES).copy
        number, buckets = int.from_bytes, self.buckets
        for line in lines:
            hashed = copy()
            hashed.update(line)
            found = number(hashed.digest())
            buckets[found & _LOWEST] += found

    def join(self, other: "Sums", sign: int) -> None:
        """Put to it what another one counted, or take it off: `sign` is 1 or -1."""
        pairs = zip(self.buckets, other.buckets, strict=True)
        self.buckets = [(mine + sign * theirs) % _MODULUS for mine, theirs in pairs]

    @property
    def differing(self) -> frozenset[int]:
        """Return the buckets that are not zero: what was taken off them is not what was counted."""
        return frozenset(number for number, each in enumerate(self.buckets) if each % _MODULUS)


class Differing:
    """Keeps lines apart, those of some buckets: to name what differs once it is known that something does."""

    def __init__(self, key: bytes, buckets: frozenset[int]) -> None:
        """Hash by `key`, and keep what falls into `buckets`: some 200 bytes for each line."""
        self._keyed = blake2b(key=key, digest_size=_HASH_BYTES)
        self._buckets = buckets
        self.lines = Counter[tuple[int, int]]()

    def add(self, lines: Iterable[Line]) -> None:
        """Keep some lines, each as the position it holds from and its hash."""
        for line in lines:
            hashed = self._keyed.copy()
            hashed.update(line)
            found = int.from_bytes(hashed.digest())
            if found & _LOWEST in self._buckets:
                self.lines[int.from_bytes(line[SINCE]), found] += 1

    def less(self, other: "Differing") -> None:
        """Take off what another one kept."""
        self.lines.subtract(other.lines)

    @property
    def count(self) -> int:
        """Return how many lines are left, or were taken off without being there."""
        return sum(map(abs, self.lines.values()))

    @property
    def first_position(self) -> int | None:
        """Return the least position that one of them holds from."""
        return min((since for (since, _), count in self.lines.items() if count), default=None)
