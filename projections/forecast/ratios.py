"""What past estimates were worth: how much work tasks took for each minute estimated, and how long.

What a task takes is drawn from the tasks of its own group, and from wider ones where that is thin. The
groups, from narrow to wide: the same people and size of estimate, the same project and size, the same
estimate, the same size, all. In each the tasks finished last count most: one that was followed by
`HALF_LIFE_TASKS` others counts half. A group whose tasks count as much as n gives n / (n + `PRIOR_TASKS`) of
what is left to it, the wider ones the rest: the predictive distribution of a hierarchical Dirichlet process
(Ferguson 1973; Teh et al. 2006), which is empirical Bayes on whole distributions instead of means. So
estimates that are often met exactly stay that, and the ratio's logarithm needs no shape. A task is drawn as a
whole, its work and its time together; work goes with the estimate, the time from start to end hardly does,
and is drawn as it was.

What is drawn from is then moved by what came of the promises made before (`calibration`): each task that was
finished had been promised on the day it was opened, from what was known by then.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from math import exp
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from projections.forecast.calibration import TIME_STEPS, WORK_STEPS, Calibration
from projections.forecast.chance import PERCENTS, Chance, Percentiles, Real, Whole, rank

SLOTS: Final = 1_000
PRIOR_TASKS: Final = 20
HALF_LIFE_TASKS: Final = 50
GROUP_TASKS_MAX: Final = 150
"""Those before would count for less than an eighth."""
SAMPLE_TASKS_MIN: Final = 30
SHARED_DEVIATION: Final = 0.15
_HALF_HOUR: Final = 30
_PLACES: Final = np.asarray([(rank(percent, SLOTS) - 0.5) / SLOTS for percent in PERCENTS])

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
    opened_on: date
    finished_on: date


@dataclass(frozen=True, slots=True)
class Ratios:
    """`SLOTS` equally likely pairs: work for each minute estimated, and working minutes from start to end."""

    work: Real
    elapsed: Real


@dataclass(frozen=True, slots=True)
class TaskPromise:
    """What is promised of a task: minutes of work, and working minutes from its start to its end."""

    work: Percentiles[float]
    elapsed: Percentiles[float]


class Learnt:
    """What the tasks finished by some day teach; those finished last are known best."""

    def __init__(self, finished: Iterable[PastTask]) -> None:
        """Learn from tasks, day by day."""
        self.count = 0
        self.work_minutes = 0
        self.elapsed_minutes = 0
        self.estimate_minutes = 0
        self._groups: dict[Group, _Group] = {}
        self._ratios: dict[tuple[Group, ...], Ratios] = {}
        self._made: dict[PastTask, TaskPromise] = {}
        self._work, self._elapsed = Calibration(WORK_STEPS), Calibration(TIME_STEPS)
        for step in steps(finished):
            self.take(step)

    def take(self, step: "Step") -> None:
        """Learn from what happened next: `steps` says in which order."""
        if step.is_finish:
            self._finish(step.task)
        elif self.is_history:
            self._made[step.task] = self.promise(step.task)

    def _finish(self, task: PastTask) -> None:
        elapsed = _elapsed(task)
        made = self._made.pop(task, None)
        if made is not None:
            self._work.learn(made.work, task.work_minutes)
            self._elapsed.learn(made.elapsed, elapsed)
        for group in groups(task.people, task.project, task.estimate_minutes):
            known = self._groups.setdefault(group, _Group())
            known.work.append(task.work_minutes / task.estimate_minutes)
            known.elapsed.append(elapsed)
        self.count += 1
        self.work_minutes += task.work_minutes
        self.elapsed_minutes += elapsed
        self.estimate_minutes += task.estimate_minutes
        self._ratios.clear()

    @property
    def is_history(self) -> bool:
        """Say whether there is enough to draw from."""
        return self.count >= SAMPLE_TASKS_MIN

    def promise(self, task: PastTask) -> TaskPromise:
        """Return what is promised of a task, blind to its outcome; `AssertionError` without history."""
        work, elapsed, weights = self._weighed(groups(task.people, task.project, task.estimate_minutes))
        return TaskPromise(
            self._work.moved(_at_percents(work * task.estimate_minutes, weights)),
            self._elapsed.moved(_at_percents(elapsed, weights)),
        )

    def ratios(self, people: tuple[str, ...], project: str, estimate_minutes: int) -> Ratios:
        """Return what a task draws from; raise `AssertionError` where there is no history."""
        wanted = groups(people, project, estimate_minutes)
        found = self._ratios.get(wanted)
        if found is None:
            found = self._ratios[wanted] = self._slots(wanted)
        return found

    def _slots(self, wanted: tuple[Group, ...]) -> Ratios:
        """Return weighed pairs as equally likely ones, moved by what came of promises before."""
        work, elapsed, weights = self._weighed(wanted)
        order: NDArray[np.intp] = np.lexsort((elapsed, work))
        reached: Real = np.cumsum(weights[order])
        places: Real = (np.arange(SLOTS) + 0.5) / SLOTS * float(reached[-1])
        found: NDArray[np.intp] = np.searchsorted(reached, places)
        picked = order[np.minimum(found, len(order) - 1)]
        by_time: NDArray[np.intp] = np.argsort(elapsed[picked], kind="stable")
        times = np.empty(SLOTS)
        times[by_time] = self._elapsed.spread(elapsed[picked][by_time])
        return Ratios(self._work.spread(work[picked]), times)

    def _weighed(self, wanted: tuple[Group, ...]) -> tuple[Real, Real, Real]:
        """Return work for each minute estimated, time, and weight of the tasks of the groups."""
        if not self.is_history:
            raise AssertionError("a forecast without history was asked for a number")
        work: list[Real] = []
        elapsed: list[Real] = []
        weights: list[Real] = []
        left = 1.0
        for own, is_last in ((self._groups.get(group), not group) for group in wanted):
            if own is not None:
                weight = _WEIGHTS[-min(len(own.work), GROUP_TASKS_MAX) :]
                tasks = _WEIGHT_SUMS[len(weight)]
                share = left if is_last else left * tasks / (tasks + PRIOR_TASKS)
                left -= share
                work.append(np.asarray(own.work[-len(weight) :]))
                elapsed.append(np.asarray(own.elapsed[-len(weight) :]))
                weights.append(weight * (share / tasks))
        return np.concatenate(work), np.concatenate(elapsed), np.concatenate(weights)


@dataclass(frozen=True, slots=True)
class Step:
    """A task was opened, and so promised, or it was finished."""

    task: PastTask
    on: date
    is_finish: bool


def steps(finished: Iterable[PastTask]) -> list[Step]:
    """Return what happened to tasks day by day: a day's openings know nothing of what is finished on it.

    Tasks of one day keep their order. Those without an estimate or work teach nothing and are left out.
    """
    taught = [each for each in finished if each.estimate_minutes and each.work_minutes]
    opened = [Step(each, each.opened_on, is_finish=False) for each in taught]
    done = [Step(each, each.finished_on, is_finish=True) for each in taught]
    return sorted([*opened, *done], key=lambda one: (one.on, one.is_finish))


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
    """What the tasks of a group took, those finished last at the end."""

    work: "array[float]" = field(default_factory=lambda: array("d"))
    elapsed: "array[float]" = field(default_factory=lambda: array("d"))


def _elapsed(task: PastTask) -> int:
    return task.work_minutes if task.elapsed_minutes is None else task.elapsed_minutes


def _at_percents(values: Real, weights: Real) -> Percentiles[float]:
    """Return the percentiles of weighed values, by nearest rank."""
    order: NDArray[np.intp] = np.argsort(values, kind="stable")
    reached: Real = np.cumsum(weights[order])
    found: NDArray[np.intp] = np.searchsorted(reached, _PLACES * float(reached[-1]))
    return Percentiles(*map(float, values[order[np.minimum(found, len(order) - 1)]]))


def _factors() -> Real:
    normal = NormalDist(0.0, SHARED_DEVIATION)
    return np.asarray([round(exp(normal.inv_cdf((slot + 0.5) / SLOTS)), 6) for slot in range(SLOTS)])


_FACTORS: Final = _factors()
_WEIGHTS: Final = np.asarray(
    [round(0.5 ** (later / HALF_LIFE_TASKS), 9) for later in reversed(range(GROUP_TASKS_MAX))]
)

_WEIGHT_SUMS: Final = [
    float(_WEIGHTS[GROUP_TASKS_MAX - count :].sum()) for count in range(GROUP_TASKS_MAX + 1)
]


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
