"""The plans that are levelled together: over which days, and the axes of the calendars they work by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Final
from uuid import UUID

from domain.calendar import WorkingCalendar
from domain.errors import Refusal
from domain.levelling.axis import Axis, shared
from domain.levelling.times import DAY_MINUTES, axis_of
from domain.project.state import Project
from domain.task.state import Task

DAYS_MAX: Final = 3_650
_SLACK_DAYS: Final = 60
_STRETCHED: Final = 5
"""How many minutes pass for a minute of work at most, on 8 hours a day and 5 days a week."""


class NoSharedTime(Refusal):
    """A task's resources never work at the same time."""

    sentence = "The calendars of a task and of its resources have no time in common."


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
    by_calendars: dict[tuple[int, ...], Axis] = field(default_factory=dict[tuple[int, ...], Axis])
    kept: list[WorkingCalendar] = field(default_factory=list[WorkingCalendar])

    def of(self, calendars: Sequence[WorkingCalendar]) -> Axis:
        """Return the axis of the time that is working time of each calendar; raise `NoSharedTime`."""
        key = tuple(sorted({self._number(calendar) for calendar in calendars}))
        if key not in self.by_calendars:
            axes = [axis_of(self.kept[number], self.first, self.last) for number in key]
            self.by_calendars[key] = shared(axes)
        if not self.by_calendars[key].stretches:
            raise NoSharedTime
        return self.by_calendars[key]

    def _number(self, calendar: WorkingCalendar) -> int:
        if calendar not in self.kept:
            self.kept.append(calendar)
        return self.kept.index(calendar)


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
