"""Levelling as a problem: activities that take time and resources, what holds them back, and what is sought.

Times are whole units (minutes where a plan is levelled) since an epoch of the problem's own. This is the
resource-constrained project scheduling problem with minimum time lags between any ends of two activities
(Brucker, Drexl, Möhring, Neumann, Pesch, 1999), with calendars.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.levelling.axis import Axis

WEIGHT_DEFAULT: Final = 500
"""The priority of what nobody gave one: 0 to 1000, as MS Project has it."""


class Objective(StrEnum):
    """What is made least: the last finish, lateness, cost, or how far tasks move from today's plan."""

    FINISH = "finish"
    LATENESS = "lateness"
    COST = "cost"
    LEAST_CHANGE = "least_change"


@dataclass(frozen=True, slots=True)
class Rate:
    """What an activity costs if it begins at `begins_at` or later, until the next rate begins."""

    begins_at: int
    cost: int


@dataclass(frozen=True, slots=True)
class Activity:
    """One piece of work that is not interrupted but by its axis; None for one that goes on day and night.

    `uses` says how many units of which resources it takes from its start to its finish. It starts no earlier
    than `earliest` and finishes no later than `latest`; one with `fixed_at` starts just then. `due` is when
    it is late, `planned_at` where it stands today, `rates` what it costs by when it starts, ascending.
    """

    key: UUID
    duration: int
    uses: Mapping[UUID, int] = field(default_factory=dict[UUID, int])
    axis: Axis | None = None
    earliest: int = 0
    latest: int | None = None
    fixed_at: int | None = None
    due: int | None = None
    weight: int = WEIGHT_DEFAULT
    planned_at: int | None = None
    rates: tuple[Rate, ...] = ()

    def finish(self, start: int) -> int:
        """Return when it is done if it starts at `start`; raise `BeyondAxis`."""
        return start + self.duration if self.axis is None else self.axis.finish(start, self.duration)

    def start_at_or_after(self, time: int) -> int:
        """Return when it can start at the earliest, at `time` or later; raise `BeyondAxis`."""
        return time if self.axis is None or self.duration == 0 else self.axis.first_at(time)

    def start_to_finish_at(self, time: int) -> int:
        """Return when to start at the earliest so as not to finish before `time`; raise `BeyondAxis`."""
        if self.axis is None or self.duration == 0:
            return time - self.duration
        return self.axis.start(time, self.duration)


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of an activity comes `lag` or more after one end of another; below 0 for a lead."""

    before: UUID
    after: UUID
    lag: int = 0
    is_from_finish: bool = True
    is_to_finish: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be levelled: activities by key, what holds them back, how many units each resource has."""

    activities: Mapping[UUID, Activity]
    bounds: Sequence[Bound]
    capacities: Mapping[UUID, int]
    objective: Objective = Objective.FINISH


Starts = Mapping[UUID, int]
"""When each activity starts, by key."""


def in_order(problem: Problem) -> list[UUID]:
    """Return activities so that each comes after what it waits for; raise `AssertionError` for a circle."""
    waits = dict.fromkeys(problem.activities, 0)
    followers: dict[UUID, list[UUID]] = {key: [] for key in problem.activities}
    for bound in problem.bounds:
        waits[bound.after] += 1
        followers[bound.before].append(bound.after)
    ready = [key for key, count in waits.items() if count == 0]
    for key in ready:
        for follower in followers[key]:
            waits[follower] -= 1
            if waits[follower] == 0:
                ready.append(follower)
    if len(ready) != len(waits):
        raise AssertionError("activities wait for each other in a circle")
    return ready


def bounds_by_follower(problem: Problem) -> dict[UUID, list[Bound]]:
    """Return what holds each activity back, by its key."""
    found: dict[UUID, list[Bound]] = {key: [] for key in problem.activities}
    for bound in problem.bounds:
        found[bound.after].append(bound)
    return found


def held_until(problem: Problem, bound: Bound, starts: Starts) -> int:
    """Return the earliest time for the bound end of the follower."""
    before = problem.activities[bound.before]
    start = starts[bound.before]
    return (before.finish(start) if bound.is_from_finish else start) + bound.lag


def start_held_back(problem: Problem, bounds: Sequence[Bound], key: UUID, starts: Starts) -> int:
    """Return when an activity can start at the earliest, for all that it waits for and its own constraint."""
    activity = problem.activities[key]
    start = activity.start_at_or_after(activity.earliest)
    for bound in bounds:
        time = held_until(problem, bound, starts)
        wished = activity.start_to_finish_at(time) if bound.is_to_finish else activity.start_at_or_after(time)
        start = max(start, wished)
    return activity.start_at_or_after(start)


def earliest_starts(problem: Problem) -> dict[UUID, int]:
    """Return when each activity can start at the earliest if resources were endless: the critical path's.

    What is fixed starts where it is fixed, whatever it waits for.
    """
    bounds = bounds_by_follower(problem)
    starts: dict[UUID, int] = {}
    for key in in_order(problem):
        fixed_at = problem.activities[key].fixed_at
        starts[key] = start_held_back(problem, bounds[key], key, starts) if fixed_at is None else fixed_at
    return starts
