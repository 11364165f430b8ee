"""First levelled plans: by the serial scheme, then better ones by pushing all to the end and back.

Among the activities that wait for nothing unplaced the one that must finish first goes first (rule LFT;
Kolisch, Hartmann 1999). A plan is justified when each activity is pushed as late as it can be, the last one
first, and then as early as it can be, the first one first: seldom is it longer after that, often shorter
(Valls, Ballestín, Quintanilla: Justification and RCPSP, 2005). More plans to justify come from the same rule
with chance in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Final
from uuid import UUID

from domain.levelling.axis import Axis, BeyondAxis
from domain.levelling.problem import Bound, Problem
from domain.levelling.serial import Serial

CHANCE: Final = 0.3
"""By how much of the longest chain behind any activity chance moves where one stands in the order."""


def first_plans(problem: Problem, seed: int) -> Iterator[dict[UUID, int]]:
    """Yield plan after plan without end: that of the serial scheme, it justified, others justified.

    All keep all bounds and capacities, but a `latest`; raise `BeyondAxis` where the first one does not fit.
    """
    forward, chance = Serial(problem), Random(seed)  # noqa: S311 - chance that repeats itself, no secret
    tails = list(tails_of(problem).values())
    by_tail = sorted(
        range(len(tails)), key=lambda number: (-tails[number], -forward.activities[number].weight)
    )
    first = starts = forward.starts(forward.starts(_places(by_tail)))
    yield forward.by_key(first)
    backward = _Backward(problem, max(forward.finishes(first), default=0))
    most = max(tails, default=0) * CHANCE
    while True:
        try:
            yield forward.by_key(forward.starts(backward.pushed(forward.finishes(starts))))
            starts = forward.starts([chance.uniform(-most, most) - tail for tail in tails])
        except BeyondAxis:
            yield forward.by_key(first)


def _places(order: Sequence[int]) -> list[int]:
    """Return the place of each number in an order."""
    return sorted(range(len(order)), key=order.__getitem__)


class _Backward:
    """A problem as it is when time runs backward: at -t stands what stood at t."""

    def __init__(self, problem: Problem, last: int) -> None:
        """Let all be pushed as far as the last finish of a plan."""
        axes = {id(each.axis): _mirrored(each.axis) for each in problem.activities.values()}
        activities = {
            key: replace(
                each,
                axis=axes[id(each.axis)],
                earliest=-last if each.latest is None else -min(last, each.latest),
                fixed_at=None if each.fixed_at is None else -each.finish(each.fixed_at),
            )
            for key, each in reversed(list(problem.activities.items()))
        }
        bounds = [
            Bound(each.after, each.before, each.lag, not each.is_to_finish, not each.is_from_finish)
            for each in problem.bounds
            if problem.activities[each.after].fixed_at is None
        ]
        self._serial = Serial(replace(problem, activities=activities, bounds=bounds))

    def pushed(self, finishes: Sequence[int]) -> list[int]:
        """Return when each activity starts, pushed as late as it can be; raise `BeyondAxis`."""
        starts = self._serial.starts([-finish for finish in reversed(finishes)])
        return [-finish for finish in reversed(self._serial.finishes(starts))]


def _mirrored(axis: Axis | None) -> Axis | None:
    if axis is None:
        return None
    return Axis(tuple((-end, -begin) for begin, end in reversed(axis.stretches)))


def tails_of(problem: Problem) -> dict[UUID, int]:
    """Return the work of the longest chain from each activity's start to the end of all, pauses aside."""
    waits: dict[UUID, int] = dict.fromkeys(problem.activities, 0)
    before: dict[UUID, list[tuple[UUID, int]]] = {key: [] for key in problem.activities}
    for bound in problem.bounds:
        waits[bound.before] += 1
        lag = bound.lag + (problem.activities[bound.before].duration if bound.is_from_finish else 0)
        lag -= problem.activities[bound.after].duration if bound.is_to_finish else 0
        before[bound.after].append((bound.before, lag))
    tails = {key: each.duration for key, each in problem.activities.items()}
    last = [key for key, count in waits.items() if count == 0]
    for key in last:
        for other, lag in before[key]:
            tails[other] = max(tails[other], lag + tails[key])
            waits[other] -= 1
            if waits[other] == 0:
                last.append(other)
    return tails
