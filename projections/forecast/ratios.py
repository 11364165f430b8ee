"""What past estimates were worth: how much work tasks took for each minute estimated, and how long.

What a task takes is drawn from past tasks, each weighed by how much it says about this one (`likeness`). So
estimates that are often met exactly stay that, and the ratio's logarithm needs no shape. A task is drawn as a
whole, its work and its time together; work goes with the estimate, the time from start to end hardly does,
and is drawn as it was.

What is drawn from is then moved by what came of the promises made before (`calibration`): each task that was
finished had been promised on the day it was opened, from what was known by then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import exp
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from projections.forecast.calibration import TIME_STEPS, WORK_STEPS, Calibration
from projections.forecast.chance import PERCENTS, Chance, Percentiles, Real, Whole, rank
from projections.forecast.likeness import Kind, PastTasks

SLOTS: Final = 1_000
SAMPLE_TASKS_MIN: Final = 30
SHARED_DEVIATION: Final = 0.15
_PLACES: Final = np.asarray([(rank(percent, SLOTS) - 0.5) / SLOTS for percent in PERCENTS])


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

    @property
    def kind(self) -> Kind:
        """Return what was known of it before it was done."""
        return Kind(self.people, self.project, self.estimate_minutes)


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
        self._past = PastTasks()
        self._ratios: dict[Kind, Ratios] = {}
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
        self._past.add(task.kind, task.opened_on, task.work_minutes, elapsed)
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
        weights, taught = self._weights(task.kind), self._past.taught()
        work = _at_percents(taught.work, taught.by_work, weights, float(task.estimate_minutes))
        elapsed = _at_percents(taught.elapsed, taught.by_elapsed, weights)
        return TaskPromise(self._work.moved(work), self._elapsed.moved(elapsed))

    def ratios(self, people: tuple[str, ...], project: str, estimate_minutes: int) -> Ratios:
        """Return what a task draws from; raise `AssertionError` where there is no history."""
        kind = Kind(people, project, estimate_minutes)
        found = self._ratios.get(kind)
        if found is None:
            found = self._ratios[kind] = self._slots(kind)
        return found

    def _slots(self, kind: Kind) -> Ratios:
        """Return weighed pairs as equally likely ones, moved by what came of promises before."""
        weights, taught = self._weights(kind), self._past.taught()
        order: NDArray[np.intp] = np.lexsort((taught.elapsed, taught.work))
        reached: Real = weights[order].cumsum()
        places: Real = (np.arange(SLOTS) + 0.5) / SLOTS * float(reached[-1])
        found: NDArray[np.intp] = np.searchsorted(reached, places)
        picked = order[np.minimum(found, len(order) - 1)]
        elapsed = taught.elapsed[picked]
        by_time: NDArray[np.intp] = np.argsort(elapsed, kind="stable")
        times = np.empty(SLOTS)
        times[by_time] = self._elapsed.spread(elapsed[by_time])
        return Ratios(self._work.spread(taught.work[picked]), times)

    def _weights(self, kind: Kind) -> Real:
        if not self.is_history:
            raise AssertionError("a forecast without history was asked for a number")
        return self._past.weights(kind)


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


def _elapsed(task: PastTask) -> int:
    return task.work_minutes if task.elapsed_minutes is None else task.elapsed_minutes


def _at_percents(
    values: Real, order: NDArray[np.intp], weights: Real, factor: float = 1.0
) -> Percentiles[float]:
    """Return the percentiles of weighed values in their order, by nearest rank, times a factor."""
    reached: Real = weights[order].cumsum()
    found: NDArray[np.intp] = reached.searchsorted(_PLACES * float(reached[-1]))
    picked: Real = values[order[np.minimum(found, len(order) - 1)]] * factor
    return Percentiles(*map(float, picked))


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
