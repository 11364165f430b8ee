"""Why a levelled plan moves what it moves: what keeps each moved task from starting any earlier."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.levelling.planning import Levelling
from domain.levelling.problem import (
    Activity,
    Bound,
    Problem,
    Starts,
    bounds_by_follower,
    held_until,
    start_held_back,
)
from domain.levelling.usage import Usage, fixed_usage


class MoveCause(StrEnum):
    """What binds a moved task: a resource in use, a task it waits for, its own constraint, the objective."""

    RESOURCE = "resource"
    PREDECESSOR = "predecessor"
    CONSTRAINT = "constraint"
    OBJECTIVE = "objective"


@dataclass(frozen=True, slots=True)
class Moved:
    """A task that a plan moves, from one start to another, and what binds it.

    `resource_id` is the resource that is in use and `task_ids` what uses it, or what the task waits for.
    """

    task_id: UUID
    from_start: int
    start: int
    cause: MoveCause
    resource_id: UUID | None = None
    task_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class _Levelled:
    """A levelled plan, what holds each activity back, and what is in use when."""

    levelling: Levelling
    starts: Starts
    bounds: Mapping[UUID, list[Bound]]
    usage: Usage


def moved(levelling: Levelling, starts: Starts) -> list[Moved]:
    """Return the tasks that a plan moves, the earliest first."""
    bounds = bounds_by_follower(levelling.problem)
    early = {key: start_held_back(levelling.problem, bounds[key], key, starts) for key in levelling.lags}
    starts = {**starts, **early}  # a lag is over as early as it can be
    plan = _Levelled(levelling, starts, bounds, usage_of(levelling, starts))
    changed = [key for key in levelling.movable() if starts[key] != levelling.planned[key]]
    found = [_moved(plan, key) for key in changed]
    return sorted(found, key=lambda each: (each.start, each.task_id))


def _moved(plan: "_Levelled", key: UUID) -> Moved:
    levelling, starts, bounds = plan.levelling, plan.starts, plan.bounds
    problem = levelling.problem
    activity, start, before = problem.activities[key], starts[key], levelling.planned[key]
    held = start_held_back(problem, bounds[key], key, starts)
    if held >= start:
        own = activity.start_at_or_after(activity.earliest)
        waits = tuple(_binding(plan, key)) if start > own else ()
        cause = MoveCause.PREDECESSOR if waits else MoveCause.CONSTRAINT
        return Moved(key, before, start, cause, None, waits)
    plan.usage.release(activity, start)
    resource_id = plan.usage.blocking(activity, held)
    is_bound = resource_id is not None and plan.usage.first_fit(activity, held) >= start
    plan.usage.take(activity, start)
    if resource_id is None or not is_bound:
        return Moved(key, before, start, MoveCause.OBJECTIVE)
    users = tuple(_in_the_way(problem, starts, activity, resource_id, held))
    return Moved(key, before, start, MoveCause.RESOURCE, resource_id, users)


def usage_of(levelling: Levelling, starts: Starts) -> Usage:
    """Return what a plan uses of each resource; what is fixed takes no more than there is."""
    usage = fixed_usage(levelling.problem)
    for key, activity in levelling.problem.activities.items():
        if activity.fixed_at is None:
            usage.take(activity, starts[key])
    return usage


def _binding(plan: "_Levelled", key: UUID) -> Iterator[UUID]:
    """Yield the tasks whose end leaves no room before the task, those behind a working lag included."""
    problem, starts, bounds = plan.levelling.problem, plan.starts, plan.bounds
    activity = problem.activities[key]
    for bound in bounds[key]:
        time = held_until(problem, bound, starts)
        wished = activity.start_to_finish_at(time) if bound.is_to_finish else activity.start_at_or_after(time)
        if activity.start_at_or_after(wished) >= starts[key]:
            is_lag = bound.before in plan.levelling.lags
            yield from (each.before for each in bounds[bound.before]) if is_lag else (bound.before,)


def _in_the_way(
    problem: Problem, starts: Starts, activity: Activity, resource_id: UUID, earlier: int
) -> Iterator[UUID]:
    """Yield what uses a resource just before a task starts, or while it could have been done earlier."""
    begin, end = earlier, starts[activity.key]
    for key, other in problem.activities.items():
        is_user = key != activity.key and resource_id in other.uses and other.duration
        if is_user and starts[key] < end and other.finish(starts[key]) > begin:
            yield key
