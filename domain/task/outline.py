"""What a task is about: title, description, estimate, due date and who is on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists
from domain.facet import Facet
from domain.ids import FormerMemberId, MemberId, ProjectId, TaskId
from domain.personal import Personal
from domain.project import Project, ongoing
from domain.task.state import MilestoneHasWork, Task, under_way


@dataclass(frozen=True, slots=True)
class TaskOpened:
    """A task came to be; `opened_on` is the day in the project's time zone."""

    project_id: UUID
    title: Annotated[str, Personal()]
    description: Annotated[str, Personal()]
    parent_id: UUID | None
    opened_at: datetime
    opened_on: date


@dataclass(frozen=True, slots=True)
class TaskRetitled:
    """A task got another title."""

    title: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class TaskDescribed:
    """A task got another description."""

    description: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class TaskEstimated:
    """The work a task needs was estimated."""

    minutes: int


@dataclass(frozen=True, slots=True)
class TaskDueDateSet:
    """A task is due on this day, or on none."""

    due_on: date | None


@dataclass(frozen=True, slots=True)
class TaskAssigned:
    """Somebody is on a task."""

    member_id: UUID


@dataclass(frozen=True, slots=True)
class TaskUnassigned:
    """Somebody is no longer on a task."""

    member_id: UUID


OutlineEvent = TaskRetitled | TaskDescribed | TaskEstimated | TaskDueDateSet | TaskAssigned | TaskUnassigned


@dataclass(frozen=True, slots=True)
class OpenTask:
    """Open a task in a project."""

    project_id: Annotated[ProjectId, "The project the task belongs to for good."]
    title: Annotated[str, "What is to be done, 1 to 200 characters."]
    description: Annotated[str, "More about it, at most 10,000 characters."] = ""
    parent_id: Annotated[TaskId | None, "The task this one is a part of, if any."] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed title or description."""
        shape.text(self.title, "title", shape.NAME_LENGTH_MAX)
        shape.optional_text(self.description, "description", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class RetitleTask:
    """Give a task another title."""

    title: Annotated[str, "What is to be done, 1 to 200 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed title."""
        shape.text(self.title, "title", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class DescribeTask:
    """Give a task another description."""

    description: Annotated[str, "More about the task, at most 10,000 characters; may be empty."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed description."""
        shape.optional_text(self.description, "description", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class EstimateTask:
    """Estimate the work a task needs."""

    minutes: Annotated[int, "Minutes of work, 0 to ten years."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for minutes out of range."""
        shape.minutes(self.minutes, "minutes")


@dataclass(frozen=True, slots=True)
class SetDueDate:
    """Say on which day a task is due."""

    due_on: Annotated[date | None, "The last day on time, in the project's time zone; none takes it away."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a day out of range."""
        if self.due_on is not None:
            shape.day(self.due_on, "dueOn")


@dataclass(frozen=True, slots=True)
class AssignTask:
    """Put somebody of the project's team on a task."""

    member_id: Annotated[MemberId, "Who."]


@dataclass(frozen=True, slots=True)
class UnassignTask:
    """Take somebody off a task."""

    member_id: Annotated[FormerMemberId, "Who."]


OutlineCommand = RetitleTask | DescribeTask | EstimateTask | SetDueDate | AssignTask | UnassignTask


def begin(command: OpenTask, task: Task | None, project: Project, context: Context) -> Sequence[TaskOpened]:
    """Return the beginning of a task, nothing when this very task is there already."""
    content = command.project_id, command.title, command.description, command.parent_id
    if task is None:
        return [TaskOpened(*content, context.at, project.local_day(context.at))]
    if content == (task.project_id, task.title, task.description, task.parent_id):
        return []
    raise AlreadyExists


def decide(command: OutlineCommand, task: Task, context: Context) -> Sequence[OutlineEvent]:
    """Return what happens to the outline of a task under way."""
    project = ongoing(context)
    under_way(task)
    match command:
        case RetitleTask(title):
            return [] if title == task.title else [TaskRetitled(title)]
        case DescribeTask(description):
            return [] if description == task.description else [TaskDescribed(description)]
        case EstimateTask(minutes):
            return _estimate(minutes, task)
        case SetDueDate(due_on):
            return [] if due_on == task.due_on else [TaskDueDateSet(due_on)]
        case AssignTask(member_id):
            return _assign(member_id, task, project)
        case UnassignTask(member_id):
            return [TaskUnassigned(member_id)] if member_id in task.assignee_ids else []
        case _:
            assert_never(command)


def started_with(event: TaskOpened) -> Task:
    """Return the task as it begins."""
    return Task(event.project_id, event.title, event.description, event.parent_id, event.opened_at)


def evolve(task: Task, event: OutlineEvent) -> Task:
    """Return the task after an event of its outline."""
    match event:
        case TaskAssigned(member_id):
            return replaced(task, assignee_ids=task.assignee_ids | {member_id})
        case TaskUnassigned(member_id):
            return replaced(task, assignee_ids=task.assignee_ids - {member_id})
        case TaskEstimated(minutes):
            return replaced(task, estimate_minutes=minutes)
        case TaskDueDateSet(due_on):
            return replaced(task, due_on=due_on)
        case TaskRetitled(title):
            return replaced(task, title=title)
        case TaskDescribed(description):
            return replaced(task, description=description)
        case _:
            assert_never(event)


def _estimate(minutes: int, task: Task) -> Sequence[TaskEstimated]:
    if minutes and task.is_milestone:
        raise MilestoneHasWork(field="minutes")
    return [] if minutes == task.estimate_minutes else [TaskEstimated(minutes)]


def _assign(member_id: UUID, task: Task, project: Project) -> Sequence[TaskAssigned]:
    project.team.check_member(member_id, "memberId")
    return [] if member_id in task.assignee_ids else [TaskAssigned(member_id)]


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.opened.v1": TaskOpened,
        "task.retitled.v1": TaskRetitled,
        "task.described.v1": TaskDescribed,
        "task.estimated.v1": TaskEstimated,
        "task.due_date_set.v1": TaskDueDateSet,
        "task.assigned.v1": TaskAssigned,
        "task.unassigned.v1": TaskUnassigned,
    },
    commands={
        OpenTask: roles.TEAM,
        RetitleTask: roles.TEAM,
        DescribeTask: roles.TEAM,
        EstimateTask: roles.TEAM,
        SetDueDate: roles.TEAM,
        AssignTask: roles.TEAM,
        UnassignTask: roles.TEAM,
    },
)
