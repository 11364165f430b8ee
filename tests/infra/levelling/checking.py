"""Whether a plan keeps all rules, minute by minute and without any code that makes plans."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from domain.levelling.problem import Activity, Bound, Problem


def minutes_of(activity: Activity, start: int) -> Iterator[int]:
    """Yield the minutes in which an activity is worked on, one after the other."""
    left, minute = activity.duration, start
    while left:
        if activity.axis is None or any(begin <= minute < end for begin, end in activity.axis.stretches):
            left -= 1
            yield minute
        minute += 1


def broken(problem: Problem, starts: Mapping[UUID, int]) -> list[str]:
    """Return what a plan breaks."""
    worked = {key: list(minutes_of(problem.activities[key], start)) for key, start in starts.items()}
    ends = {key: minutes[-1] + 1 if minutes else starts[key] for key, minutes in worked.items()}
    found = [f"{key} has no start" for key in problem.activities.keys() - starts.keys()]
    for key, activity in problem.activities.items():
        found += [f"{key} {why}" for why in _misplaced(activity, starts[key], worked[key], ends[key])]
    found += [
        f"{bound} is not kept" for bound in problem.bounds if not _is_kept(bound, problem, starts, ends)
    ]
    return found + _overloaded(problem, starts, ends)


def _misplaced(activity: Activity, start: int, worked: list[int], end: int) -> Iterator[str]:
    if activity.fixed_at is not None:
        if start != activity.fixed_at:
            yield "is not where it is fixed"
        return
    if worked and worked[0] != start:
        yield "starts when nobody works"
    if start < activity.earliest:
        yield "starts too early"
    if activity.latest is not None and end > activity.latest:
        yield "finishes too late"


def _is_kept(bound: Bound, problem: Problem, starts: Mapping[UUID, int], ends: Mapping[UUID, int]) -> bool:
    if problem.activities[bound.after].fixed_at is not None:
        return True
    since = ends[bound.before] if bound.is_from_finish else starts[bound.before]
    return (ends[bound.after] if bound.is_to_finish else starts[bound.after]) >= since + bound.lag


def _overloaded(problem: Problem, starts: Mapping[UUID, int], ends: Mapping[UUID, int]) -> list[str]:
    """Return the times at which more is used than there is; what is fixed may do so by itself."""
    found: list[str] = []
    for resource, capacity in problem.capacities.items():
        users = {key: each for key, each in problem.activities.items() if resource in each.uses}
        for minute in sorted({starts[key] for key in users}):
            using = {key: each for key, each in users.items() if starts[key] <= minute < ends[key]}
            free = {key: each.uses[resource] for key, each in using.items() if each.fixed_at is None}
            fixed = sum(each.uses[resource] for each in using.values() if each.fixed_at is not None)
            if free and sum(free.values()) + min(fixed, capacity) > capacity:
                found.append(f"{resource} is overloaded at {minute}")
    return found
