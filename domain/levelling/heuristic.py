"""A first levelled plan by the serial scheme: one task after the other, as early as it fits.

Kolisch, Hartmann: Heuristic algorithms for the resource-constrained project scheduling problem (1999). Among
the activities that wait for nothing unplaced the one that must finish first goes first (rule LFT).
"""

from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush
from typing import TypeAlias
from uuid import UUID

from domain.levelling.problem import Problem, bounds_by_follower, start_held_back
from domain.levelling.usage import fixed_usage

Rank: TypeAlias = tuple[float, ...]


def serial_starts(problem: Problem, rank: Callable[[UUID], Rank] | None = None) -> dict[UUID, int]:
    """Return starts that keep all bounds and capacities, or are late; raise `BeyondAxis`.

    `rank` says which of several possible activities is placed first, the least; by default what has the most
    work waiting behind it. A `latest` finish is not looked at.
    """
    rank = rank or _by_tail(problem)
    bounds = bounds_by_follower(problem)
    waits = {key: len(found) for key, found in bounds.items()}
    followers: dict[UUID, list[UUID]] = {key: [] for key in problem.activities}
    for bound in problem.bounds:
        followers[bound.before].append(bound.after)
    usage = fixed_usage(problem)
    starts: dict[UUID, int] = {}
    ready = [(rank(key), key) for key, count in waits.items() if count == 0]
    heapify(ready)
    while ready:
        _, key = heappop(ready)
        activity = problem.activities[key]
        if activity.fixed_at is not None:
            starts[key] = activity.fixed_at
        else:
            held = start_held_back(problem, bounds[key], key, starts)
            starts[key] = usage.first_fit(activity, held)
            usage.take(activity, starts[key])
        for follower in followers[key]:
            waits[follower] -= 1
            if waits[follower] == 0:
                heappush(ready, (rank(follower), follower))
    return starts


def left_shifted(problem: Problem, starts: Mapping[UUID, int]) -> dict[UUID, int]:
    """Return the same plan with each activity as early as those before it in time leave room for it."""
    return serial_starts(problem, lambda key: (starts[key],))


def _by_tail(problem: Problem) -> Callable[[UUID], Rank]:
    tails = tails_of(problem)
    return lambda key: (-tails[key], -problem.activities[key].weight)


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
