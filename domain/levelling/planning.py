"""Plans of projects as a levelling problem: which tasks take how long on which axis, from when, with what.

- What is completed stands where it was; cancelled tasks, and summaries, which only hold others, are left out.
- What has started goes on from `at` with the rest of its duration, in percent of it; it is fixed.
- What must start or finish at an instant still ahead is fixed; one that has passed is left to the plan.
- Everything else starts at `at` or later, no earlier than its constraint and its placement say.
- A task is worked on while its own calendar, if it was given one, and those of all its resources have working
  time; one that has neither while the project's standard calendar has.
- A limit that the links alone do not let a task keep is left out: levelling cannot mend it.
- As late as possible is taken for as soon as possible.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.calendar import WorkingCalendar, epoch_minute, instant_at
from domain.copies import replaced
from domain.errors import Refusal
from domain.levelling.linking import bounds_of
from domain.levelling.plans import Axes, Plan, days_of, duration_minutes
from domain.levelling.problem import Activity, Bound, Objective, Problem, Rate, earliest_starts
from domain.levelling.times import midnight, minute_from
from domain.project.resources import Resource, ResourceKind
from domain.project.state import Project
from domain.task.state import Constraint, ConstraintKind, Task, TaskStatus

TASKS_MAX: Final = 2_000


class PlanTooLarge(Refusal):
    """More tasks are to be levelled at once than is possible."""

    sentence = f"At most {TASKS_MAX:,} tasks that are not completed are levelled at once."


class ResourceShort(Refusal):
    """A task needs more of a resource than there is, or one that is no longer there."""

    sentence = "A task needs more of a resource than there is of it."


@dataclass(frozen=True, slots=True)
class Levelling:
    """A problem made of plans as of `at` (minutes since 1970): which keys are tasks, and of which project."""

    problem: Problem
    at: int
    project_of: Mapping[UUID, UUID]
    planned: Mapping[UUID, int]
    lags: frozenset[UUID] = frozenset()

    def movable(self) -> Iterator[UUID]:
        """Yield the tasks that a plan may move."""
        for key in self.project_of:
            if self.problem.activities[key].fixed_at is None:
                yield key


def levelling_of(plans: Sequence[Plan], at: datetime, objective: Objective = Objective.FINISH) -> Levelling:
    """Return the problem of levelling some projects together as of an aware instant.

    Raises `NoSharedTime`, `TooManyLinks`, or `BeyondAxis` for work beyond ten years.
    """
    now = minute_from(at)
    axes = Axes(*days_of(plans, at))
    activities: dict[UUID, Activity] = {}
    bounds: list[Bound] = []
    project_of: dict[UUID, UUID] = {}
    working_lags: set[UUID] = set()
    for plan in plans:
        own = {key: _activity(plan, key, axes, now) for key in _levelled(plan)}
        project_of |= dict.fromkeys((key for key in own if not _is_done(plan.tasks[key])), plan.project_id)
        found, lags = bounds_of(plan.project, plan.tasks, own, axes.of([plan.project.calendar_of(None)]))
        activities |= own | lags
        working_lags |= lags.keys()
        bounds += found
    problem = Problem(activities, bounds, _capacities(plans, activities), objective)
    planned = earliest_starts(problem)
    kept = {key: _kept(problem, planned, key, is_task=key in project_of) for key in activities}
    levelled = replaced(problem, activities=kept)
    return Levelling(levelled, now, project_of, planned, frozenset(working_lags))


def check_solvable(levelling: Levelling) -> None:
    """Raise `PlanTooLarge`, or `ResourceShort` naming a task that needs more than there is."""
    if len(levelling.project_of) > TASKS_MAX:
        raise PlanTooLarge
    for key in levelling.movable():
        for resource_id, units in levelling.problem.activities[key].uses.items():
            if units > levelling.problem.capacities[resource_id]:
                sentence = f"Task {key} needs more of resource {resource_id} than there is of it."
                raise ResourceShort(sentence)


def _levelled(plan: Plan) -> list[UUID]:
    """Return the tasks that take part: no summaries and nothing cancelled."""
    summaries = {task.parent_id for task in plan.tasks.values()}
    return [
        key
        for key, task in plan.tasks.items()
        if key not in summaries and task.status is not TaskStatus.CANCELLED
    ]


def _is_done(task: Task) -> bool:
    return task.status is TaskStatus.COMPLETED


def _activity(plan: Plan, key: UUID, axes: Axes, now: int) -> Activity:
    """Return one task as an activity."""
    task, project = plan.tasks[key], plan.project
    if task.completed_at is not None and _is_done(task):
        began, ended = epoch_minute(task.started_at or task.completed_at), epoch_minute(task.completed_at)
        return Activity(key, max(ended - began, 0), fixed_at=min(began, ended))
    uses = {resource_id: use.units_percent for resource_id, use in task.resources.items()}
    duration = duration_minutes(task)
    axis = axes.of(_calendars(project, task)) if duration and not _is_elapsed(task) else None
    activity = Activity(key, duration, uses, axis, now, weight=task.priority, due=_due(project, task))
    if task.started_at is not None:
        left = duration * (100 - task.percent) // 100
        return replaced(activity, duration=left, fixed_at=activity.start_at_or_after(now))
    placed = project.placements.by_task.get(key)
    begin = project.plan.start_at
    since = (begin, None if placed is None else placed.start_at)
    earliest = [now, *(epoch_minute(at) for at in since if at is not None)]
    activity = replaced(activity, earliest=max(earliest), rates=_rates(project, uses, duration))
    return _constrained(activity, task.constraint, now)


def _is_elapsed(task: Task) -> bool:
    return task.duration is not None and task.duration.is_elapsed


def _calendars(project: Project, task: Task) -> list[WorkingCalendar]:
    """Return the calendars by which a task is worked on."""
    used = (project.resources.by_id.get(key) for key in task.resources)
    calendars = [resource_calendar(project, each) for each in used if each is not None]
    if task.calendar_name is not None or not calendars:
        calendars.append(project.calendar_of(task.calendar_name))
    return calendars


def resource_calendar(project: Project, resource: Resource) -> WorkingCalendar:
    """Return the calendar a resource works by: its own, else a member's, else the project's standard one."""
    name = resource.defined.calendar_name
    if name is None and resource.defined.kind is ResourceKind.PERSON:
        return project.calendar_of_member(resource.defined.resource_id)
    return project.calendar_of(name)


def _constrained(activity: Activity, constraint: Constraint, now: int) -> Activity:
    if constraint.constraint_at is None:
        return activity
    time = epoch_minute(constraint.constraint_at)
    match constraint.kind:
        case ConstraintKind.SNET:
            return replaced(activity, earliest=max(activity.earliest, time))
        case ConstraintKind.FNET if time > now:
            return replaced(activity, earliest=max(activity.earliest, activity.start_to_finish_at(time)))
        case ConstraintKind.SNLT if time > now:
            return replaced(activity, latest=activity.finish(activity.start_at_or_after(time)))
        case ConstraintKind.FNLT:
            return replaced(activity, latest=time)
        case ConstraintKind.MSO if time >= now:
            return replaced(activity, fixed_at=activity.start_at_or_after(time))
        case ConstraintKind.MFO if time - activity.duration >= now:
            return replaced(activity, fixed_at=activity.start_to_finish_at(time))
        case _:
            return activity


def _due(project: Project, task: Task) -> int | None:
    """Return the end of the last day on time: of the deadline, else of the day due."""
    day = task.deadline_on or task.due_on
    return None if day is None else midnight(day + timedelta(days=1), project.charter.time_zone)


def _rates(project: Project, uses: Mapping[UUID, int], duration: int) -> tuple[Rate, ...]:
    """Return what the task costs by the day it starts, in cents, at the rates in force then."""
    resources = {key: each for key in uses if (each := project.resources.by_id.get(key)) is not None}
    days = sorted({rate.from_on for each in resources.values() for rate in each.rates})
    rates = [Rate(0, 0)]
    for day in days:
        hourly = sum((each.rate_cents_on(day) or 0) * uses[key] for key, each in resources.items())
        rates.append(Rate(midnight(day, project.charter.time_zone), hourly * duration // 6_000))
    return tuple(rates) if days else ()


def _capacities(plans: Sequence[Plan], activities: Mapping[UUID, Activity]) -> dict[UUID, int]:
    """Return how much there is of each resource: the most that a project says, 0 of a retired one."""
    capacities = dict.fromkeys((key for activity in activities.values() for key in activity.uses), 0)
    for plan in plans:
        for key, resource in plan.project.resources.by_id.items():
            capacities[key] = max(capacities.get(key, 0), resource.defined.capacity_percent)
    return capacities


def _kept(problem: Problem, planned: Mapping[UUID, int], key: UUID, *, is_task: bool) -> Activity:
    """Return an activity that knows where it stands today, without a limit that it cannot keep anyway."""
    activity = problem.activities[key]
    if not is_task:
        return activity
    start = planned[key]
    is_late = activity.latest is not None and activity.finish(start) > activity.latest
    return replaced(activity, planned_at=start, latest=None if is_late else activity.latest)


def span_of(levelling: Levelling, key: UUID, start: int) -> tuple[datetime, datetime]:
    """Return when a task starts and finishes (UTC) if it starts at a minute."""
    activity = levelling.problem.activities[key]
    return instant_at(start), instant_at(activity.finish(start))
