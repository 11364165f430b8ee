"""When the tasks of a plan are finished: the network of links walked through once for all runs together.

Each run draws what every open task takes (`ratios`), and walks through the tasks in an order in which
nothing comes before what it waits for: started ones first, then the earliest due, then the longest open. A
person does one task after another: each begins when all its links allow it and the person is free. A task of
several people is finished when the last of them is; each has an equal share. A person is busy for the work,
then free; a task takes at least its work, and as long as the drawn one took. Time is in working minutes.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.project.plan import LinkKind
from projections.forecast.chance import Chance, Percentiles, Real, Whole, reached_by
from projections.forecast.ratios import Learnt, drawn, shared_factors

TASKS_MAX: Final = 10_000
CELLS_MAX: Final = 20_000_000
"""Tasks times runs at most: what each run says of each task is in memory at once, four bytes of it."""

NOBODY: Final = ""
"""Whose a task without people is: one who is never busy."""

Finishes = NDArray[np.int32]
_MINUTES_MAX: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """An open task: its estimate, work booked, and working minutes since it was started, None before.

    `urgency` orders tasks which are ready: the least goes first.
    """

    name: str
    project: str
    people: tuple[str, ...]
    estimate_minutes: int
    spent_minutes: int = 0
    age_minutes: int | None = None
    urgency: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedLink:
    """A task waits for another; both by name, the lag in working minutes, below 0 for a lead."""

    predecessor: str
    successor: str
    kind: LinkKind
    lag_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Simulated:
    """When each task is finished in each run, in working minutes from now, and when all are."""

    order: tuple[str, ...]
    finishes: Finishes

    def of(self, name: str) -> Whole:
        """Return by run when a task is finished."""
        return np.asarray(self.finishes[self.order.index(name)], np.int64)

    def percentiles(self, names: AbstractSet[str]) -> dict[str, Percentiles[int]]:
        """Return for each of these tasks within how many working minutes it is finished, with each chance."""
        return {
            name: reached_by(row.astype(np.int64))
            for name, row in zip(self.order, self.finishes, strict=True)
            if name in names
        }

    def chances(self, within: Mapping[str, int]) -> dict[str, float]:
        """Return for each task with a limit, in working minutes from now, in what share of runs it is met."""
        places = {name: place for place, name in enumerate(self.order)}
        return {
            name: int(np.count_nonzero(self.finishes[places[name]] <= limit)) / self.finishes.shape[1]
            for name, limit in within.items()
            if name in places
        }

    def whole(self) -> Percentiles[int]:
        """Return within how many working minutes all are finished: by run, that of the last one."""
        return reached_by(self.finishes.max(axis=0).astype(np.int64))


@dataclass(slots=True)
class _Walk:
    """What has been simulated so far: by task its start and finish, by person when they are free."""

    chance: Chance
    runs: int
    free: dict[str, Real] = field(default_factory=dict[str, Real])
    factors: dict[str, Real] = field(default_factory=dict[str, Real])
    starts: dict[str, Real] = field(default_factory=dict[str, Real])
    finishes: dict[str, Real] = field(default_factory=dict[str, Real])


def simulate(
    tasks: Sequence[PlannedTask], links: Iterable[PlannedLink], learnt: Learnt, *, seed: int, runs: int
) -> Simulated:
    """Return when the tasks are finished, `runs` times over; links to other tasks count as done.

    Raise `AssertionError` for tasks that wait for each other, or for more than `CELLS_MAX`.
    """
    if len(tasks) > TASKS_MAX or len(tasks) * runs > CELLS_MAX:
        raise AssertionError("a plan is simulated within its bounds")
    waits: dict[str, list[PlannedLink]] = {each.name: [] for each in tasks}
    for link in links:
        if link.predecessor in waits and link.successor in waits:
            waits[link.successor].append(link)
    ordered = _ordered(tasks, waits)
    walk = _Walk(Chance(seed), runs)
    held = np.zeros((len(tasks), runs), np.int32)
    kept = {link.predecessor for each in waits.values() for link in each}
    for place, task in enumerate(ordered):
        start, finish = _walked(walk, task, waits[task.name], learnt)
        held[place] = np.minimum(np.rint(finish), _MINUTES_MAX)
        if task.name in kept:
            walk.starts[task.name], walk.finishes[task.name] = start, finish
    return Simulated(tuple(each.name for each in ordered), held)


def _ordered(tasks: Sequence[PlannedTask], waits: Mapping[str, list[PlannedLink]]) -> list[PlannedTask]:
    """Return the tasks so that each comes after all it waits for, the most urgent first (Kahn 1962)."""
    by_name = {each.name: each for each in tasks}
    missing = {name: len(each) for name, each in waits.items()}
    followers: dict[str, list[str]] = {}
    for link in (link for each in waits.values() for link in each):
        followers.setdefault(link.predecessor, []).append(link.successor)
    ready: list[tuple[bool, tuple[str, ...], str]] = []
    for name, count in missing.items():
        if not count:
            heappush(ready, _place(by_name[name]))
    ordered: list[PlannedTask] = []
    while ready:
        name = heappop(ready)[-1]
        ordered.append(by_name[name])
        for follower in followers.get(name, []):
            missing[follower] -= 1
            if not missing[follower]:
                heappush(ready, _place(by_name[follower]))
    if len(ordered) < len(tasks):
        raise AssertionError("tasks that wait for each other cannot be ordered")
    return ordered


def _place(task: PlannedTask) -> tuple[bool, tuple[str, ...], str]:
    return task.age_minutes is None, task.urgency, task.name


def _walked(
    walk: _Walk, task: PlannedTask, waits: Sequence[PlannedLink], learnt: Learnt
) -> tuple[Real, Real]:
    """Return when a task starts and finishes by run, and keep its people busy; unestimated it takes none."""
    ready, finish = _allowed(walk, waits)
    if not task.estimate_minutes:
        return ready, np.maximum(ready, finish)
    ratios = learnt.ratios(task.people, task.project, task.estimate_minutes)
    spent, begun = task.spent_minutes / task.estimate_minutes, task.age_minutes or 0
    share = task.estimate_minutes / max(1, len(task.people))
    first: Real | None = None
    for person in task.people or (NOBODY,):
        slots = drawn(ratios, walk.chance, walk.runs, spent)
        start = ready if person == NOBODY else np.maximum(ready, walk.free.get(person, ready))
        work = np.maximum(0, ratios.work[slots] - spent) * share * _factor(walk, person)
        walk.free[person] = start + work
        elapsed = ratios.elapsed[slots] - begun
        finish = np.maximum(finish, np.maximum(start + work, start + elapsed))
        first = start if first is None else np.minimum(first, start)
    return ready if first is None else first, finish


def _factor(walk: _Walk, person: str) -> Real:
    found = walk.factors.get(person)
    if found is None:
        found = walk.factors[person] = shared_factors(walk.chance, walk.runs)
    return found


def _allowed(walk: _Walk, waits: Sequence[PlannedLink]) -> tuple[Real, Real]:
    """Return by run before when a task may not start, and before when it may not finish."""
    start = finish = np.zeros(walk.runs)
    for link in waits:
        is_from_finish = link.kind in (LinkKind.FS, LinkKind.FF)
        moment = (walk.finishes if is_from_finish else walk.starts)[link.predecessor] + link.lag_minutes
        if link.kind in (LinkKind.FS, LinkKind.SS):
            start = np.maximum(start, moment)
        else:
            finish = np.maximum(finish, moment)
    return start, finish
