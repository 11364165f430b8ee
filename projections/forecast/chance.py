"""Chance that repeats itself: draws from a seed, and percentiles of what came of them by nearest rank."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

RUNS_MAX: Final = 100_000
RUNS_DEFAULT: Final = 10_000
SEED_MAX: Final = 2**63 - 1
PERCENTS: Final = (50, 85, 95)

T_co = TypeVar("T_co", covariant=True)
Whole = NDArray[np.int64]
Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Percentiles(Generic[T_co]):
    """What is promised with a chance of 50, 85 and 95 percent."""

    p50: T_co
    p85: T_co
    p95: T_co


class Chance:
    """A source of draws: the same seed gives the same ones, on any machine and version of numpy.

    Only the raw stream of PCG64 is used, which numpy keeps as it is (NEP 19), and whole numbers, which round
    nowhere.
    """

    def __init__(self, seed: int) -> None:
        """Begin the stream of a seed, 0 to `SEED_MAX`."""
        self._stream = np.random.PCG64(seed)

    def below(self, limit: int, count: int) -> Whole:
        """Return `count` draws from 0 to before `limit` (at most 2^31), each as likely (Lemire 2019)."""
        raw = np.asarray(self._stream.random_raw(-(-count // 2)))
        halves = raw.view(np.uint32)[:count].astype(np.uint64)
        return ((halves * np.uint64(limit)) >> np.uint64(32)).astype(np.int64)


def rank(percent: int, count: int) -> int:
    """Return the nearest rank, 1 to `count`: the smallest with at least `percent` of `count` up to it."""
    return max(1, -(-percent * count // 100))


def reached_by(values: NDArray[np.int64]) -> Percentiles[int]:
    """Return for each percentage the smallest value that at least so many percent of the runs stay within."""
    return Percentiles(*(_at(values, rank(percent, len(values)) - 1) for percent in PERCENTS))


def reached_at_least(values: NDArray[np.int64]) -> Percentiles[int]:
    """Return for each percentage the largest value that at least so many percent of the runs reach.

    It is the lower tail: what is promised with a greater chance is less.
    """
    count = len(values)
    return Percentiles(*(_at(values, count - rank(percent, count)) for percent in PERCENTS))


def _at(values: NDArray[np.int64], index: int) -> int:
    return int(np.partition(values, index)[index])
