"""The serial scheme: one activity after the other, as early as it fits, as often as is asked for.

Kolisch, Hartmann: Heuristic algorithms for the resource-constrained project scheduling problem (1999).
Activities and resources are numbers here: to hash their ids would take most of the time.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Final
from uuid import UUID

from domain.levelling.problem import Activity, Problem
from domain.levelling.usage import taken_by_fixed

Uses = list[tuple[int, int]]
"""Units by the number of the resource."""
_EVER: Final = -(2**62)
"""Before all times."""


class Serial:
    """A problem laid out once, to be placed in many orders; activities are in the order of the problem's."""

    def __init__(self, problem: Problem) -> None:
        """Lay out what waits for what, and what is taken by what is fixed."""
        numbers = {key: number for number, key in enumerate(problem.activities)}
        resources = {key: number for number, key in enumerate(problem.capacities)}
        self.activities = list(problem.activities.values())
        self._uses = [_uses(each, resources) for each in self.activities]
        self._bounds: list[list[tuple[int, int, bool, bool]]] = [[] for _ in numbers]
        self._followers: list[list[int]] = [[] for _ in numbers]
        for bound in problem.bounds:
            before, after = numbers[bound.before], numbers[bound.after]
            self._bounds[after].append((before, bound.lag, bound.is_from_finish, bound.is_to_finish))
            self._followers[before].append(after)
        self._capacities = list(problem.capacities.values())
        self._taken = [
            (begin, end, [(resources[key], units)])
            for key, stretches in taken_by_fixed(problem).items()
            for begin, end, units in stretches
        ]

    def starts(self, ranks: Sequence[float]) -> list[int]:
        """Return starts that keep all bounds and capacities, or are late; raise `BeyondAxis`.

        Of what waits for nothing unplaced the activity with the least rank goes first, then the first of
        the problem's. A `latest` finish is not looked at.
        """
        waits = [len(found) for found in self._bounds]
        room = _Room(self._capacities)
        for begin, end, uses in self._taken:
            room.take(begin, end, uses)
        starts = [0] * len(waits)
        ready = [(ranks[number], number) for number, count in enumerate(waits) if count == 0]
        heapify(ready)
        while ready:
            _, number = heappop(ready)
            starts[number] = self._placed(number, starts, room)
            for follower in self._followers[number]:
                waits[follower] -= 1
                if waits[follower] == 0:
                    heappush(ready, (ranks[follower], follower))
        return starts

    def finishes(self, starts: Sequence[int]) -> list[int]:
        """Return when each activity is done."""
        return [each.finish(start) for each, start in zip(self.activities, starts, strict=True)]

    def by_key(self, starts: Sequence[int]) -> dict[UUID, int]:
        """Return starts by the keys of their activities."""
        return {each.key: start for each, start in zip(self.activities, starts, strict=True)}

    def _placed(self, number: int, starts: Sequence[int], room: "_Room") -> int:
        activity = self.activities[number]
        if activity.fixed_at is not None:
            return activity.fixed_at
        start = activity.earliest
        for before, lag, is_from_finish, is_to_finish in self._bounds[number]:
            time = starts[before] + lag
            if is_from_finish:
                time += self.activities[before].finish(starts[before]) - starts[before]
            start = max(start, activity.start_to_finish_at(time) if is_to_finish else time)
        return room.taken(activity, activity.start_at_or_after(start), self._uses[number])


def _uses(activity: Activity, resources: Mapping[UUID, int]) -> Uses:
    if not activity.duration:
        return []
    return [(resources[key], units) for key, units in activity.uses.items() if units]


class _Room:
    """How many units are free of all resources: from each of `times` on those of the same place in `free`."""

    def __init__(self, capacities: Sequence[int]) -> None:
        self._times, self._free = [_EVER], [list(capacities)]

    def taken(self, activity: Activity, start: int, uses: Uses) -> int:
        """Take the first room for an activity at `start` or later, and return when that begins."""
        if not uses:
            return start
        times = self._times
        finish = activity.finish(start)
        at = bisect_right(times, start) - 1
        while at < len(times) and times[at] < finish:
            free = self._free[at]
            at += 1
            for resource, units in uses:
                if free[resource] < units:
                    if at == len(times):
                        raise AssertionError("more units are wanted than there are")
                    start = activity.start_at_or_after(times[at])
                    finish = activity.finish(start)
                    at = bisect_right(times, start, at) - 1
                    break
        self.take(start, finish, uses)
        return start

    def take(self, begin: int, end: int, uses: Uses) -> None:
        """Let units be in use from `begin` until `end`."""
        first = self._step(begin)
        for free in self._free[first : self._step(end)]:
            for resource, units in uses:
                free[resource] -= units

    def _step(self, time: int) -> int:
        """Return the place of `time` among the times, where it is made one if it is none."""
        at = bisect_right(self._times, time) - 1
        if self._times[at] != time:
            at += 1
            self._times.insert(at, time)
            self._free.insert(at, self._free[at - 1].copy())
        return at
