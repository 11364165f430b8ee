"""Promises moved by what came of those before: a percentile that was missed too often is promised higher.

For each percentage p the promised value is multiplied by exp(shift). Once it is known what came of a promise,
a miss adds p of a step to the shift and a hit takes 1 - p of it off: in the long run p of all promises come
true, whatever the values are like (adaptive conformal inference, Gibbs & Candès 2021; quantile tracking,
Angelopoulos, Candès & Tibshirani 2023). Shifts are whole ten-thousandths, which round nowhere.

What many tasks take exactly, such as their estimate, cannot be met by exactly half of them: there P50 goes
to and fro by a few percent about it.
"""

from itertools import accumulate
from math import exp
from typing import Final

import numpy as np

from projections.forecast.chance import PERCENTS, Percentiles, Real

WORK_STEPS: Final = (50, 100, 200)
"""Steps of P50, P85 and P95: the rarer a miss, the more it says."""
TIME_STEPS: Final = (100, 200, 400)
"""Times from start to end are about twice as wide as work is."""
SHIFT_MAX: Final = 10_000
"""A promise is at most e times, at least 1 / e of, what the past says."""
_WHOLE: Final = 10_000


class Calibration:
    """How far the promises about one subject are moved by now."""

    def __init__(self, steps: tuple[int, int, int]) -> None:
        """Begin where nothing has come of any promise: nothing is moved."""
        self._steps = steps
        self._shifts = [0, 0, 0]

    @property
    def shifts(self) -> tuple[int, ...]:
        """Return the shifts of P50, P85 and P95, in ten-thousandths of the logarithm."""
        return tuple(self._shifts)

    def moved(self, promised: Percentiles[float]) -> Percentiles[float]:
        """Return what is promised instead; a greater chance never promises less."""
        values = promised.p50, promised.p85, promised.p95
        moved = (value * _factor(shift) for value, shift in zip(values, self._shifts, strict=True))
        return Percentiles(*accumulate(moved, max))

    def learn(self, promised: Percentiles[float], actual: float) -> None:
        """Learn what came of a promise, as it was made: already moved."""
        values = promised.p50, promised.p85, promised.p95
        for place, (value, percent, step) in enumerate(zip(values, PERCENTS, self._steps, strict=True)):
            change = step * percent // 100 if actual > value else -step * (100 - percent) // 100
            self._shifts[place] = max(-SHIFT_MAX, min(SHIFT_MAX, self._shifts[place] + change))

    def spread(self, values: Real) -> Real:
        """Return equally likely values in ascending order moved so that their percentiles are as promised.

        Between two percentages the shift goes from one to the other, below the first and above the last it
        stays.
        """
        places = (np.arange(len(values)) + 0.5) * 100 / len(values)
        found = np.rint(np.interp(places, PERCENTS, self._shifts)).astype(np.int64)
        changes: dict[int, float] = {shift: _factor(shift) for shift in set(found.tolist())}
        moved: Real = values * np.asarray([changes[shift] for shift in found.tolist()])
        return np.maximum.accumulate(moved)


def _factor(shift: int) -> float:
    return round(exp(shift / _WHOLE), 6)
