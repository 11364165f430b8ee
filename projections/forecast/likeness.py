"""Past tasks, and how much each says about one that is to come: the more alike and the later, the more.

A past task has a weight that is a product of how late it was opened, how close its estimate is, and whether
it was the same people's and the same project's. Weighed so, what past tasks took is the distribution of what
the task will take: a conditional distribution by kernels (Stone 1977; Yu & Jones 1998). No group is ever
empty, and nothing jumps where one size of estimate ends and another begins.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from projections.forecast.chance import Real

KNOWN_MAX: Final = 2_000
"""Past tasks that are looked at: of those finished the ones opened last."""
HALF_LIFE_DAYS: Final = 365
"""A task that was opened so much earlier than another says half as much."""
PEOPLE_WEIGHT: Final = 10
PROJECT_WEIGHT: Final = 2
_AGE_MAX: Final = 10 * HALF_LIFE_DAYS
_BY_AGE: Final = np.asarray([round(0.5 ** (days / HALF_LIFE_DAYS), 9) for days in range(_AGE_MAX + 1)])
_OPENED, _PEOPLE, _PROJECT, _ESTIMATE, _WORK, _ELAPSED = range(6)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of a task before it is done: whose it is, and its estimate in minutes, above 0."""

    people: tuple[str, ...]
    project: str
    estimate_minutes: int


@dataclass(frozen=True, slots=True)
class Taught:
    """What past tasks took: work for each minute estimated, and working minutes from start to end.

    `by_work` and `by_elapsed` are their places in ascending order of either, `lateness` what when they were
    opened makes of their weights.
    """

    work: Real
    elapsed: Real
    by_work: NDArray[np.intp]
    by_elapsed: NDArray[np.intp]
    lateness: Real


class PastTasks:
    """The tasks finished by some day, as far as they are looked at, in the order of their opening."""

    def __init__(self) -> None:
        """Begin without any."""
        self._columns = np.zeros((6, KNOWN_MAX + 1))
        self._count = 0
        self._numbers: dict[tuple[str, ...], int] = {}
        self._taught: Taught | None = None

    def add(self, kind: Kind, opened_on: date, work_minutes: int, elapsed_minutes: int) -> None:
        """Take in a task that was finished; one opened long before all that are looked at changes nothing."""
        opened, count = opened_on.toordinal(), self._count
        at = int(np.searchsorted(self._columns[_OPENED, :count], opened, side="right"))
        self._columns[:, at + 1 : count + 1] = self._columns[:, at:count]
        self._columns[:, at] = (
            opened,
            self._number(kind.people),
            self._number((kind.project,)),
            kind.estimate_minutes,
            work_minutes / kind.estimate_minutes,
            elapsed_minutes,
        )
        if count == KNOWN_MAX:
            self._columns[:, :count] = self._columns[:, 1:]
        else:
            self._count += 1
        self._taught = None

    def _number(self, names: tuple[str, ...]) -> int:
        return self._numbers.setdefault(names, len(self._numbers))

    def taught(self) -> Taught:
        """Return what the tasks took, laid out once until another one is finished."""
        if self._taught is None:
            known = self._columns[:, : self._count]
            ages = np.minimum(known[_OPENED].max(initial=0) - known[_OPENED], _AGE_MAX).astype(np.int64)
            self._taught = Taught(
                known[_WORK].copy(),
                known[_ELAPSED].copy(),
                np.argsort(known[_WORK], kind="stable"),
                np.argsort(known[_ELAPSED], kind="stable"),
                _BY_AGE[ages],
            )
        return self._taught

    def weights(self, kind: Kind) -> Real:
        """Return how much each of the tasks says about a task of some kind, in the order of `taught`.

        An estimate that is half or twice as long says a quarter: the square of the smaller by the larger one,
        which is exact on any machine.
        """
        known = self._columns[:, : self._count]
        estimates, own = known[_ESTIMATE], float(kind.estimate_minutes)
        close: Real = np.minimum(estimates, own) / np.maximum(estimates, own)
        weights: Real = self.taught().lateness * close * close
        weights[known[_PEOPLE] == self._numbers.get(kind.people, -1)] *= PEOPLE_WEIGHT
        weights[known[_PROJECT] == self._numbers.get((kind.project,), -1)] *= PROJECT_WEIGHT
        return weights
