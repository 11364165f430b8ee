"""The plan of each project as a whole: when it begins, and the last event that any date in it can depend on.

A schedule is a pure function of tasks, links and calendars as of that event: it names the schedule.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from domain import project, task
from domain.copies import replaced
from domain.project import resources
from domain.project.placements import TasksPlaced
from domain.recorded import Recorded
from domain.task import resourcing, scheduling
from projections.read_model import ReadModel

MOVING: Final = frozenset(
    {
        project.PlanStartSet,
        TasksPlaced,
        project.TasksLinked,
        project.TasksUnlinked,
        project.WorkingCalendarSet,
        project.CalendarAssigned,
        project.MemberNamed,
        project.MemberRemoved,
        resources.ResourceDefined,
        resources.ResourceRetired,
        task.TaskOpened,
        task.TaskEstimated,
        task.TaskAssigned,
        task.TaskUnassigned,
        task.TaskStarted,
        task.TaskCompleted,
        task.TaskReopened,
        task.TaskCancelled,
        scheduling.TaskMilestoneSet,
        scheduling.TaskConstrained,
        scheduling.TaskDeadlineSet,
        scheduling.TaskDurationSet,
        scheduling.TaskCalendarSet,
        resourcing.TaskResourceAssigned,
        resourcing.TaskResourceUnassigned,
    }
)
"""The events that may move a date of a plan."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A project's plan."""

    project_id: Annotated[UUID, "The project."]
    time_zone: Annotated[str, "The IANA time zone its days are counted in."]
    opened_at: Annotated[datetime, "When it was opened (UTC)."]
    start_at: Annotated[datetime | None, "When its plan begins (UTC), if that was said."]
    revised_position: Annotated[int, "The position of the last event that may have moved a date."]


def keys(seen: Recorded[Any]) -> Iterable[UUID]:
    """Return the project of an event that may move a date."""
    return (seen.key,)


def evolve(row: Plan | None, seen: Recorded[Any]) -> Plan | None:
    """Return the plan after an event."""
    event = seen.event
    if isinstance(event, project.ProjectOpened):
        return Plan(seen.stream, event.time_zone, event.opened_at, None, seen.position)
    if row is None:
        return None
    if isinstance(event, project.PlanStartSet):
        return replaced(row, start_at=event.start_at, revised_position=seen.position)
    return replaced(row, revised_position=seen.position)


READ_MODEL: Final = ReadModel(
    name="plans",
    row=Plan,
    folds=MOVING | {project.ProjectOpened},
    keys=keys,
    evolve=evolve,
)
