"""How many items, and until when: by drawing the team's own past days again, those without any included.

Days are drawn in blocks of consecutive ones with replacement (the moving block bootstrap, Kuensch 1989):
days that follow each other are alike, and a team has good months and bad ones. Blocks of one day are the
plain way, which promises too much. No team keeps its pace either: from block to block it goes on at a pace
that wanders from that of the past days (a random walk of its logarithm), so that the further a promise
reaches the less is certain. Several teams draw the same days and the same pace, so that what moves them
together does so here, and they are done when the last of them is.

By when and how many by are two sides of one thing: the same seed draws the same runs for both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from projections.forecast.chance import Chance, Percentiles, Whole, reached_at_least, reached_by

HORIZON_DAYS: Final = 3_650
WINDOW_DAYS: Final = 120
"""Working days that are asked for enough history."""
DRAWN_DAYS: Final = 60
"""The last of them, that are drawn from: what was longer ago says less of a team's pace."""
BLOCK_DAYS: Final = 10
SAMPLE_DAYS_MIN: Final = 20
SAMPLE_ITEMS_MIN: Final = 10
TEAMS_MAX: Final = 20
PACE_DEVIATION: Final = 0.5
"""Of the pace's logarithm, from one block of `BLOCK_DAYS` to the next."""
PACE_DRIFT: Final = -0.02
"""What is added to it on average: projects end more often than they begin anew."""
PACE_MAX: Final = 2_000
"""Thousandths of that logarithm: a pace is at most seven times faster or slower than it was."""
_WHOLE: Final = 1_000
_SLOTS: Final = 1_000
_CHANGE: Final = NormalDist(PACE_DRIFT, PACE_DEVIATION)
_CHANGES: Final = np.asarray(
    [round(_WHOLE * _CHANGE.inv_cdf((slot + 0.5) / _SLOTS)) for slot in range(_SLOTS)]
)
_PACES: Final = np.asarray(
    [round(_WHOLE * exp(pace / _WHOLE)) for pace in range(-PACE_MAX, PACE_MAX + 1)], np.int64
)


@dataclass(frozen=True, slots=True)
class Draw:
    """How a forecast draws: seed, number of runs, and days in a block."""

    seed: int
    runs: int
    block_days: int = BLOCK_DAYS


def is_history(finished: Sequence[int]) -> bool:
    """Say whether the items finished on each of the last `WINDOW_DAYS` are enough to draw from."""
    return len(finished) >= SAMPLE_DAYS_MIN and sum(finished) >= SAMPLE_ITEMS_MIN


def when(finished: Sequence[Sequence[int]], remaining: Sequence[int], draw: Draw) -> Percentiles[int | None]:
    """Return by the end of which working day, counted from 1, every team has finished what remains of it.

    `finished` holds for each team how many items it finished on each past day, the same days for all. None
    where it takes longer than `HORIZON_DAYS`. 0 where nothing remains.
    """
    found = reached_by(_days_until(np.asarray(finished, np.int64), np.asarray(remaining, np.int64), draw))
    held = (None if days > HORIZON_DAYS else days for days in (found.p50, found.p85, found.p95))
    return Percentiles(*held)


def how_many(finished: Sequence[int], days: int, draw: Draw) -> Percentiles[int]:
    """Return how many items are finished at least within so many working days, 1 to `HORIZON_DAYS`."""
    *_, last = _totals(finished, days, draw)
    return reached_at_least(last[:, -1])


def fan(finished: Sequence[int], days: int, draw: Draw) -> list[Percentiles[int]]:
    """Return for each of so many working days how many items are finished at least by its end."""
    return [reached_at_least(column) for totals in _totals(finished, days, draw) for column in totals.T]


def _blocks(finished: NDArray[np.int64], draw: Draw) -> NDArray[np.int64]:
    """Return the running totals within each block of consecutive days there is: teams, blocks, days."""
    finished = finished[..., -DRAWN_DAYS:]
    length = min(draw.block_days, finished.shape[-1])
    return np.cumsum(sliding_window_view(finished, length, axis=-1), axis=-1)


class _Runs:
    """Runs under way: at each block of days, which past block each draws, and at what pace."""

    def __init__(self, finished: NDArray[np.int64], draw: Draw) -> None:
        self.blocks = _blocks(finished, draw)
        self.days = self.blocks.shape[-1]
        self._chance, self._runs = Chance(draw.seed), draw.runs
        self._changes = np.rint(_CHANGES * sqrt(self.days / BLOCK_DAYS)).astype(np.int64)
        self._pace = np.zeros(draw.runs, np.int64)

    def next(self) -> tuple[Whole, Whole]:
        """Return by run the number of the next block, and what each item of it counts, in thousandths."""
        starts = self._chance.below(self.blocks.shape[-2], self._runs)
        change = self._changes[self._chance.below(_SLOTS, self._runs)]
        self._pace = np.clip(self._pace + change, -PACE_MAX, PACE_MAX)
        return starts, _PACES[self._pace + PACE_MAX]


def _totals(finished: Sequence[int], days: int, draw: Draw) -> Iterator[NDArray[np.int64]]:
    """Yield the totals by run and day, a block of days at a time, to the nearest item."""
    runs, total = _Runs(np.asarray(finished, np.int64), draw), np.zeros(draw.runs, np.int64)
    for begin in range(0, days, runs.days):
        starts, worth = runs.next()
        totals = total[:, None] + runs.blocks[starts] * worth[:, None]
        total = totals[:, -1]
        yield (totals[:, : days - begin] + _WHOLE // 2) // _WHOLE


def _days_until(finished: NDArray[np.int64], remaining: NDArray[np.int64], draw: Draw) -> Whole:
    """Return by run the day on which the last team is done, `HORIZON_DAYS` + 1 where it is not by then."""
    runs = _Runs(finished, draw)
    wanted = remaining * _WHOLE - _WHOLE // 2
    totals, days = np.zeros((len(remaining), draw.runs), np.int64), np.zeros(draw.runs, np.int64)
    for begin in range(0, HORIZON_DAYS, runs.days):
        is_open = (totals < wanted[:, None]).any(axis=0)
        if not is_open.any():
            break
        starts, worth = runs.next()
        within = totals[:, is_open, None] + runs.blocks[:, starts[is_open]] * worth[is_open, None]
        short = (within < wanted[:, None, None]).sum(axis=-1)
        days[is_open] = begin + np.minimum(short.max(axis=0) + 1, runs.days)
        totals += runs.blocks[:, starts, -1] * worth
    days[(totals < wanted[:, None]).any(axis=0)] = HORIZON_DAYS + 1
    return days
