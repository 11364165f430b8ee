"""A levelling problem as a CP-SAT model: start and finish of each activity, bounds, resources, the objective.

An activity on an axis has a place in work beside its place in time: `time = work + offset of its stretch`,
for its start and its finish. It holds its resources from start to finish, pauses included.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from ortools.sat.python import cp_model

from domain.levelling.axis import Axis
from domain.levelling.heuristic import tails_of
from domain.levelling.problem import Activity, Objective, Problem, Starts, earliest_starts
from domain.levelling.usage import taken_by_fixed


@dataclass(slots=True)
class Placed:
    """The variables of one activity; what is fixed has plain numbers."""

    start: Any
    finish: Any
    interval: Any = None


@dataclass(slots=True)
class Model:
    """A model and where its answers stand."""

    cp: cp_model.CpModel
    placed: dict[UUID, Placed] = field(default_factory=dict[UUID, Placed])
    begun: dict[UUID, tuple[Any, Axis]] = field(default_factory=dict[UUID, tuple[Any, Axis]])
    last: Any = None
    goal: Any = None


def model_of(problem: Problem, horizon: int, hint: Starts | None = None) -> Model:
    """Return the model of a problem whose activities finish by `horizon`, with a plan to begin from."""
    model = Model(cp_model.CpModel())
    early, tails = earliest_starts(problem), tails_of(problem)
    for key, activity in problem.activities.items():
        model.placed[key] = _placed(model, activity, (early[key], horizon - tails[key]), horizon)
    _bounded(model, problem)
    _limited(model, problem)
    _sought(model, problem, early, tails, horizon)
    if hint is not None:
        _hinted(model, problem, hint)
    return model


def _placed(model: Model, activity: Activity, window: tuple[int, int], horizon: int) -> Placed:
    if activity.fixed_at is not None:
        return Placed(activity.fixed_at, activity.finish(activity.fixed_at))
    latest = horizon if activity.latest is None else min(horizon, activity.latest)
    low, high = window[0], max(window)
    high = min(high, latest - activity.duration) if latest - activity.duration >= low else high
    start = model.cp.new_int_var(low, high, "")
    if activity.axis is None or activity.duration == 0:
        if activity.latest is not None:
            model.cp.add(start + activity.duration <= activity.latest)
        interval = model.cp.new_fixed_size_interval_var(start, activity.duration, "")
        return Placed(start, start + activity.duration, interval)
    return _on_axis(model, activity, activity.axis.between(low, horizon), start, (low, latest))


def _on_axis(model: Model, activity: Activity, axis: Axis, start: Any, window: tuple[int, int]) -> Placed:
    """Tie the start and the finish to the work done by then on the activity's axis."""
    cp, (low, latest) = model.cp, window
    begun = cp.new_int_var(axis.work_until(low), max(axis.done[-1] - activity.duration, 0), "")
    finish = cp.new_int_var(low, max(latest, low), "")
    _tie(model, axis, start, begun, is_end=False)
    _tie(model, axis, finish, begun + activity.duration, is_end=True)
    span = cp.new_int_var(activity.duration, max(latest - low, activity.duration), "")
    model.begun[activity.key] = begun, axis
    return Placed(start, finish, cp.new_interval_var(start, span, finish, ""))


def _tie(model: Model, axis: Axis, time: Any, work: Any, *, is_end: bool) -> None:
    """Let `time` be when `work` is done: the first such time of an end, the last of a beginning."""
    cp = model.cp
    which = cp.new_int_var(0, len(axis.stretches) - 1, "")
    offsets = [begin - done for (begin, _), done in zip(axis.stretches, axis.done, strict=False)]
    offset = cp.new_int_var(min(offsets), max(offsets), "")
    first, last = cp.new_int_var(0, axis.done[-1], ""), cp.new_int_var(0, axis.done[-1], "")
    cp.add_element(which, offsets, offset)
    cp.add_element(which, list(axis.done[:-1]), first)
    cp.add_element(which, list(axis.done[1:]), last)
    cp.add(time == work + offset)
    cp.add(work >= first + (1 if is_end else 0))
    cp.add(work <= last - (0 if is_end else 1))


def _bounded(model: Model, problem: Problem) -> None:
    for bound in problem.bounds:
        before, after = model.placed[bound.before], model.placed[bound.after]
        if problem.activities[bound.after].fixed_at is not None:
            continue  # it has begun, or is pinned, whatever it should have waited for
        since = before.finish if bound.is_from_finish else before.start
        model.cp.add((after.finish if bound.is_to_finish else after.start) >= since + bound.lag)


def _limited(model: Model, problem: Problem) -> None:
    """Keep each resource within its capacity: two that never fit together do not overlap."""
    taken = taken_by_fixed(problem)
    for resource, capacity in problem.capacities.items():
        users = [
            (model.placed[key].interval, activity.uses[resource])
            for key, activity in problem.activities.items()
            if activity.fixed_at is None and activity.duration and activity.uses.get(resource)
        ]
        for begin, end, units in taken.get(resource, []):
            users.append((model.cp.new_fixed_size_interval_var(begin, end - begin, ""), units))
        if sum(units for _, units in users) <= capacity:
            continue
        intervals, demands = [each for each, _ in users], [units for _, units in users]
        if min(demands) * 2 > capacity:
            model.cp.add_no_overlap(intervals)
        else:
            model.cp.add_cumulative(intervals, demands, capacity)


def _sought(
    model: Model, problem: Problem, early: Mapping[UUID, int], tails: Mapping[UUID, int], horizon: int
) -> None:
    """Say what is to be made least."""
    cp = model.cp
    least = max((early[key] + tails[key] for key, _ in problem.activities.items()), default=0)
    model.last = cp.new_int_var(0, max(horizon, least), "")
    for key, activity in problem.activities.items():
        placed = model.placed[key]
        cp.add(model.last >= placed.finish)
        if activity.fixed_at is None and activity.axis is None:
            cp.add(model.last >= placed.start + tails[key])
    terms = {
        Objective.FINISH: lambda: model.last,
        Objective.LATENESS: lambda: sum(_lateness(model, problem, horizon)),
        Objective.COST: lambda: sum(_costs(model, problem)),
        Objective.LEAST_CHANGE: lambda: change_of(model, problem, horizon),
    }
    model.goal = terms[problem.objective]()
    cp.minimize(model.goal)


def _lateness(model: Model, problem: Problem, horizon: int) -> list[Any]:
    late: list[Any] = []
    for key, activity in problem.activities.items():
        if activity.due is not None:
            by = model.cp.new_int_var(0, max(horizon - activity.due, 0), "")
            model.cp.add(by >= model.placed[key].finish - activity.due)
            late.append(by * (activity.weight + 1))
    return late


def _costs(model: Model, problem: Problem) -> list[Any]:
    """Return the cost of each activity at the rates in force when it starts."""
    costs: list[Any] = []
    for key, activity in problem.activities.items():
        start = model.placed[key].start
        if not activity.rates or activity.fixed_at is not None:
            continue
        chosen = [model.cp.new_bool_var("") for _ in activity.rates]
        model.cp.add_exactly_one(chosen)
        for each, rate in zip(chosen, activity.rates, strict=True):
            costs.append(each * rate.cost)
        for each, rate in zip(chosen[1:], activity.rates[1:], strict=True):
            begun: Any = model.cp.add(start >= rate.begins_at)
            begun.only_enforce_if(each)
        for each, (_, following) in zip(chosen, pairwise(activity.rates), strict=False):
            over: Any = model.cp.add(start < following.begins_at)
            over.only_enforce_if(each)
    return costs


def change_of(model: Model, problem: Problem, horizon: int) -> Any:
    """Return how far activities move from where they stand today, the important ones counting more."""
    moved: list[Any] = []
    for key, activity in problem.activities.items():
        if activity.planned_at is None or activity.fixed_at is not None:
            continue
        by = model.cp.new_int_var(0, max(horizon, activity.planned_at), "")
        start = model.placed[key].start
        model.cp.add(by >= start - activity.planned_at)
        model.cp.add(by >= activity.planned_at - start)
        moved.append(by * (activity.weight + 1))
    return sum(moved)


def _hinted(model: Model, problem: Problem, hint: Starts) -> None:
    for key, start in hint.items():
        if problem.activities[key].fixed_at is None:
            model.cp.add_hint(model.placed[key].start, start)
    for key, (begun, axis) in model.begun.items():
        model.cp.add_hint(begun, axis.work_until(hint[key]))
        model.cp.add_hint(model.placed[key].finish, problem.activities[key].finish(hint[key]))
    model.cp.add_hint(model.last, max(problem.activities[key].finish(at) for key, at in hint.items()))
