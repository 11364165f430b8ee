"""What past estimates were worth: how much work and time tasks took for each minute estimated.

A task's ratios are drawn from those of its own group, and from wider ones where that is thin. The groups,
from narrow to wide: the same people and size of estimate, the same project and size, the same estimate, the
same size, all. A group with n tasks gives n / (n + `PRIOR_TASKS`) of what is left to it, the wider ones the
rest: the predictive distribution of a hierarchical Dirichlet process (Ferguson 1973; Teh et al. 2006), which
is empirical Bayes on whole distributions instead of means. So estimates that are often met exactly stay that,
and the ratio's logarithm needs no shape. A task is drawn as a whole, its work and its time together.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from projections.forecast.chance import Chance, Whole

SLOTS: Final = 1_000
PRIOR_TASKS: Final = 50
GROUP_TASKS_MAX: Final = 1_000
SAMPLE_TASKS_MIN: Final = 30
SHARED_DEVIATION: Final = 0.25
_HALF_HOUR: Final = 30

Real = NDArray[np.float64]
Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PastTask:
    """A task that was finished: whose it was, estimate and work in minutes, working minutes from its start.

    `people` names who worked on it, in a fixed order. `elapsed_minutes` is None for one never started.
    """

    people: tuple[str, ...]
    project: str
    estimate_minutes: int
    work_minutes: int
    elapsed_minutes: int | None


@dataclass(frozen=True, slots=True)
class Ratios:
    """`SLOTS` equally likely pairs, in order of work: work and working time for each minute estimated."""

    work: Real
    elapsed: Real


class Learnt:
    """What the tasks finished by some day teach; those finished last are known best."""

    def __init__(self, finished: Iterable[PastTask]) -> None:
        """Learn from tasks in the order they were finished; those without estimate or work are left out."""
        self.count = 0
        self.work_minutes = 0
        self.elapsed_minutes = 0
        self.estimate_minutes = 0
        self._groups: dict[Group, _Group] = {}
        self._ratios: dict[tuple[Group, ...], Ratios] = {}
        for each in finished:
            self.add(each)

    def add(self, task: PastTask) -> None:
        """Learn from a task finished after all others."""
        if not task.estimate_minutes or not task.work_minutes:
            return
        elapsed = task.work_minutes if task.elapsed_minutes is None else task.elapsed_minutes
        for group in groups(task.people, task.project, task.estimate_minutes):
            known = self._groups.setdefault(group, _Group())
            known.work.append(task.work_minutes / task.estimate_minutes)
            known.elapsed.append(elapsed / task.estimate_minutes)
        self.count += 1
        self.work_minutes += task.work_minutes
        self.elapsed_minutes += elapsed
        self.estimate_minutes += task.estimate_minutes
        self._ratios.clear()

    @property
    def is_history(self) -> bool:
        """Say whether there is enough to draw from."""
        return self.count >= SAMPLE_TASKS_MIN

    def ratios(self, people: tuple[str, ...], project: str, estimate_minutes: int) -> Ratios:
        """Return the ratios a task draws from; raise `AssertionError` where there is no history."""
        if not self.is_history:
            raise AssertionError("a forecast without history was asked for a number")
        wanted = groups(people, project, estimate_minutes)
        found = self._ratios.get(wanted)
        if found is None:
            found = self._ratios[wanted] = _mixed(self._groups, wanted)
        return found


def groups(people: tuple[str, ...], project: str, estimate_minutes: int) -> tuple[Group, ...]:
    """Return the groups of a task, from narrow to wide; sizes double from half an hour on."""
    size = str((estimate_minutes // _HALF_HOUR).bit_length())
    return (
        ("people", size, *people),
        ("project", size, project),
        ("estimate", str(estimate_minutes)),
        ("size", size),
        (),
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """The ratios of a group's tasks, those finished last at the end."""

    work: "array[float]" = field(default_factory=lambda: array("d"))
    elapsed: "array[float]" = field(default_factory=lambda: array("d"))


def _mixed(known: Mapping[Group, _Group], wanted: tuple[Group, ...]) -> Ratios:
    """Return the ratios of the groups, each weighed with its share."""
    work: list[Real] = []
    elapsed: list[Real] = []
    weights: list[Real] = []
    left = 1.0
    for own, is_last in ((known.get(group), not group) for group in wanted):
        if own is not None:
            count = min(len(own.work), GROUP_TASKS_MAX)
            share = left if is_last else left * count / (count + PRIOR_TASKS)
            left -= share
            work.append(np.asarray(own.work[-count:]))
            elapsed.append(np.asarray(own.elapsed[-count:]))
            weights.append(np.full(count, share / count))
    return _slots(np.concatenate(work), np.concatenate(elapsed), np.concatenate(weights))


def _slots(work: Real, elapsed: Real, weights: Real) -> Ratios:
    """Return weighed pairs as equally likely ones."""
    order: NDArray[np.intp] = np.lexsort((elapsed, work))
    reached: Real = np.cumsum(weights[order])
    places: Real = (np.arange(SLOTS) + 0.5) / SLOTS * float(reached[-1])
    found: NDArray[np.intp] = np.searchsorted(reached, places)
    picked = order[np.minimum(found, len(order) - 1)]
    return Ratios(work[picked], elapsed[picked])


def _factors() -> Real:
    normal = NormalDist(0.0, SHARED_DEVIATION)
    return np.asarray([round(exp(normal.inv_cdf((slot + 0.5) / SLOTS)), 6) for slot in range(SLOTS)])


_FACTORS: Final = _factors()


def shared_factors(chance: Chance, runs: int) -> Real:
    """Return by run how all work of one person at a time differs from what history says, 1 in the middle.

    What a person's tasks of one month have in common no distribution of single tasks shows: without it the
    sum of many is promised too narrowly.
    """
    return _FACTORS[chance.below(SLOTS, runs)]


def drawn(ratios: Ratios, chance: Chance, runs: int, spent_ratio: float = 0.0) -> Whole:
    """Return by run the slot of a task's ratios, of those above what is spent on it already."""
    first = min(int(np.searchsorted(ratios.work, spent_ratio, side="right")), SLOTS - 1) if spent_ratio else 0
    return first + chance.below(SLOTS - first, runs)
