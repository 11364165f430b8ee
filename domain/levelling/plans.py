"""The plans that are levelled together: over which days, and the axes of the calendars they work by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Final
from uuid import UUID

from domain.calendar import AnyOf, WorkingHours
from domain.levelling.axis import Axis, either, shared
from domain.levelling.times import DAY_MINUTES, axis_of
from domain.project import STANDARD
from domain.project.resources import ResourceKind
from domain.project.state import Project
from domain.schedule.crew import Calendars, Crew, NoSharedTime, crew_of
from domain.task.state import Task

DAYS_MAX: Final = 3_650
_SLACK_DAYS: Final = 60
_STRETCHED: Final = 5
"""How many minutes pass for a minute of work at most, on 8 hours a day and 5 days a week."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A project and its tasks as of a moment."""

    project_id: UUID
    project: Project
    tasks: Mapping[UUID, Task]


@dataclass(slots=True)
class Axes:
    """The axes of calendars over the days that are planned with, each laid out once."""

    first: date
    last: date
    by_hours: dict[frozenset[WorkingHours], Axis] = field(default_factory=dict[frozenset[WorkingHours], Axis])

    def of(self, hours: Sequence[WorkingHours]) -> Axis:
        """Return the axis of the time in which each of some calendars has any; raise `NoSharedTime`."""
        key = frozenset(hours)
        if key not in self.by_hours:
            self.by_hours[key] = shared(self._one(each) for each in hours)
        if not self.by_hours[key].stretches:
            raise NoSharedTime
        return self.by_hours[key]

    def _one(self, hours: WorkingHours) -> Axis:
        if not isinstance(hours, AnyOf):
            return axis_of(hours, self.first, self.last)
        return either(axis_of(each, self.first, self.last) for each in hours.calendars)


def calendars_of(project: Project) -> Calendars:
    """Return the calendars of a project."""
    return Calendars(project.calendar_of(None), project.working_time.calendars)


def crew_on(project: Project, task: Task) -> Crew:
    """Return the crew of a task: whom it is assigned to, and the resources it takes that are not retired."""
    used = [each.defined for key in task.resources if (each := project.resources.by_id.get(key)) is not None]
    tools = [_not_standard(each.calendar_name) for each in used if each.kind is ResourceKind.EQUIPMENT]
    people = {each.resource_id for each in used if each.kind is ResourceKind.PERSON} | task.assignee_ids
    return crew_of(map(project.calendar_name_of, people), tools)


def _not_standard(name: str | None) -> str | None:
    return None if name == STANDARD else name


def duration_minutes(task: Task) -> int:
    """Return how many minutes a task takes from start to finish: its duration, else its estimate."""
    if task.is_milestone:
        return 0
    return task.duration.minutes if task.duration is not None else task.estimate_minutes or 0


def days_of(plans: Sequence[Plan], at: datetime) -> tuple[date, date]:
    """Return the first and the last day that are planned with, ten years apart at most."""
    minutes = sum(duration_minutes(task) for plan in plans for task in plan.tasks.values())
    instants = [
        instant
        for plan in plans
        for instant in chain(
            (task.constraint.constraint_at for task in plan.tasks.values()),
            (placed.finish_at for placed in plan.project.placements.by_task.values()),
            (plan.project.plan.start_at,),
        )
        if instant is not None
    ]
    lags = sum(
        max(link.lag_minutes, 0)
        for plan in plans
        for links in plan.project.plan.links.values()
        for link in links.values()
    )
    days = _STRETCHED * (minutes + lags) // DAY_MINUTES + _SLACK_DAYS
    last = max([at, *instants]).date() + timedelta(days=days)
    first = at.date() - timedelta(days=1)
    return first, min(last, first + timedelta(days=DAYS_MAX))
