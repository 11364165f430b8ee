"""How many items, and until when: by drawing the team's own past days again, those without any included.

Days are drawn in blocks of consecutive ones with replacement (the moving block bootstrap, Kuensch 1989):
days that follow each other are alike, and a team has good months and bad ones. Blocks of one day are the
plain way, which promises too much. Several teams draw the same days, so that what moves them together does
so here, and they are done when the last of them is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from projections.forecast.chance import Chance, Percentiles, Whole, reached_at_least, reached_by

HORIZON_DAYS: Final = 3_650
WINDOW_DAYS: Final = 120
BLOCK_DAYS: Final = 10
SAMPLE_DAYS_MIN: Final = 20
SAMPLE_ITEMS_MIN: Final = 10
TEAMS_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Draw:
    """How a forecast draws: seed, number of runs, and days in a block."""

    seed: int
    runs: int
    block_days: int = BLOCK_DAYS


def is_history(finished: Sequence[int]) -> bool:
    """Say whether the items finished on each past day are enough to draw from."""
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
    length = min(draw.block_days, finished.shape[-1])
    return np.cumsum(sliding_window_view(finished, length, axis=-1), axis=-1)


def _totals(finished: Sequence[int], days: int, draw: Draw) -> Iterator[NDArray[np.int64]]:
    """Yield the totals by run and day, a block of days at a time."""
    blocks = _blocks(np.asarray(finished, np.int64), draw)
    chance, total = Chance(draw.seed), np.zeros(draw.runs, np.int64)
    for begin in range(0, days, blocks.shape[-1]):
        totals = total[:, None] + blocks[chance.below(len(blocks), draw.runs)]
        total = totals[:, -1]
        yield totals[:, : days - begin]


def _days_until(finished: NDArray[np.int64], remaining: NDArray[np.int64], draw: Draw) -> Whole:
    """Return by run the day on which the last team is done, `HORIZON_DAYS` + 1 where it is not by then."""
    blocks = _blocks(finished, draw)
    length = blocks.shape[-1]
    chance, totals = Chance(draw.seed), np.zeros((len(remaining), draw.runs), np.int64)
    days = np.zeros(draw.runs, np.int64)
    for begin in range(0, HORIZON_DAYS, length):
        is_open = (totals < remaining[:, None]).any(axis=0)
        if not is_open.any():
            break
        starts = chance.below(blocks.shape[1], draw.runs)
        within = totals[:, is_open, None] + blocks[:, starts[is_open]]
        short = (within < remaining[:, None, None]).sum(axis=-1)
        days[is_open] = begin + np.minimum(short.max(axis=0) + 1, length)
        totals += blocks[:, starts, -1]
    days[(totals < remaining[:, None]).any(axis=0)] = HORIZON_DAYS + 1
    return days
