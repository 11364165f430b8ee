"""How a task ends: completed, cancelled, and perhaps reopened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, assert_never

from domain import roles, shape
from domain.calendar import working_minutes_between
from domain.copies import replaced
from domain.decider import Context
from domain.elapsed import OutOfOrder, elapsed_minutes
from domain.errors import Refusal
from domain.facet import Facet
from domain.personal import Personal
from domain.project import Project, ongoing
from domain.task.approval import check_approved
from domain.task.state import Task, TaskClosed, TaskIsBlocked, TaskStatus, check_no_workflow


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    """A task is done.

    Lead time counts from opening and cycle time from the first start, in elapsed minutes; working minutes are
    those of the project's standard calendar. Both cycle times are None for a task that was never started.
    """

    completed_at: datetime
    completed_on: date
    due_on: date | None
    started_at: datetime | None
    lead_minutes: int
    cycle_minutes: int | None
    cycle_working_minutes: int | None


@dataclass(frozen=True, slots=True)
class TaskReopened:
    """A completed or cancelled task is under way again, since a day of the project's time zone."""

    cause: Annotated[str, Personal()]
    reopened_at: datetime
    reopened_on: date


@dataclass(frozen=True, slots=True)
class TaskCancelled:
    """A task will not be done."""

    cause: Annotated[str, Personal()]
    cancelled_at: datetime


EndingEvent = TaskCompleted | TaskReopened | TaskCancelled


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """Say that a task is done."""


@dataclass(frozen=True, slots=True)
class ReopenTask:
    """Take a completed or cancelled task up again."""

    cause: Annotated[str, "Why, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed cause."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class CancelTask:
    """Say that a task will not be done."""

    cause: Annotated[str, "Why, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed cause."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


EndingCommand = CompleteTask | ReopenTask | CancelTask


class CompletedBeforeStarted(Refusal):
    """A task is said to be done before it was started, or opened."""

    sentence = "The task cannot be completed before it was started."


def decide(command: EndingCommand, task: Task, context: Context) -> Sequence[EndingEvent]:
    """Return what happens to the ending of a task."""
    project = ongoing(context)
    match command:
        case CompleteTask():
            return _complete(task, project, context)
        case ReopenTask(cause):
            return _reopen(cause, task, project, context)
        case CancelTask(cause):
            if task.status is TaskStatus.COMPLETED:
                raise TaskClosed("The task is completed.")
            return [] if task.is_closed else _cancel(cause, task, context.at)
        case _:
            assert_never(command)


def evolve(task: Task, event: EndingEvent) -> Task:
    """Return the task after an event of its ending."""
    match event:
        case TaskCompleted(completed_at):
            return replaced(task, status=TaskStatus.COMPLETED, completed_at=completed_at)
        case TaskReopened(reopened_at=at):
            again = replaced(task, status=task.resting_status, reopened=task.reopened + 1, reopened_at=at)
            return replaced(again, completed_at=None, cancelled_at=None)
        case TaskCancelled(cancelled_at=at):
            return replaced(task, status=TaskStatus.CANCELLED, block=None, cancelled_at=at)
        case _:
            assert_never(event)


def _complete(task: Task, project: Project, context: Context) -> Sequence[TaskCompleted]:
    match task.status:
        case TaskStatus.COMPLETED:
            return []
        case TaskStatus.CANCELLED:
            raise TaskClosed("The task is cancelled.")
        case TaskStatus.BLOCKED:
            raise TaskIsBlocked
        case TaskStatus.OPEN | TaskStatus.STARTED:
            check_no_workflow(task)
            return [completed(task, project, context.at)]
        case _:
            assert_never(task.status)


def _reopen(cause: str, task: Task, project: Project, context: Context) -> Sequence[TaskReopened]:
    if task.status is TaskStatus.COMPLETED:
        check_no_workflow(task)
    return [reopened(cause, task, project, context.at)] if task.is_closed else []


def _cancel(cause: str, task: Task, at: datetime) -> Sequence[TaskCancelled]:
    if at < max(task.opened_at, task.started_at or task.opened_at, task.reopened_at or task.opened_at):
        raise OutOfOrder
    return [TaskCancelled(cause, at)]


def reopened(cause: str, task: Task, project: Project, at: datetime) -> TaskReopened:
    """Return the reopening of a closed task; raise `OutOfOrder` for an instant before it was closed."""
    closed_at = task.completed_at or task.cancelled_at
    if closed_at is not None and at < closed_at:
        raise OutOfOrder
    return TaskReopened(cause, at, project.local_day(at))


def completed(task: Task, project: Project, at: datetime) -> TaskCompleted:
    """Return the completion of a task at an instant; raise what keeps it from being completed then."""
    check_approved(task)
    project.custom_fields.check_complete(task.custom_values, task.opened_at)
    if task.started_at is not None and at < task.started_at:
        raise CompletedBeforeStarted
    if at < task.opened_at:
        raise CompletedBeforeStarted("The task cannot be completed before it was opened.")
    if task.reopened_at is not None and at < task.reopened_at:
        raise OutOfOrder
    cycle = cycle_working = None
    if task.started_at is not None:
        cycle = elapsed_minutes(task.started_at, at)
        cycle_working = working_minutes_between(project.calendar_of(None), task.started_at, at)
    return TaskCompleted(
        completed_at=at,
        completed_on=project.local_day(at),
        due_on=task.due_on,
        started_at=task.started_at,
        lead_minutes=elapsed_minutes(task.opened_at, at),
        cycle_minutes=cycle,
        cycle_working_minutes=cycle_working,
    )


def with_utc_day(reopened: dict[str, Any]) -> dict[str, Any]:
    """Return a reopening of the first version with its day, which is taken to be that of UTC."""
    return {**reopened, "reopened_on": reopened["reopened_at"][: len("2026-03-02")]}


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.completed.v2": TaskCompleted,
        "task.reopened.v3": TaskReopened,
        "task.cancelled.v2": TaskCancelled,
    },
    commands={
        CompleteTask: roles.TEAM,
        ReopenTask: roles.TEAM,
        CancelTask: roles.TEAM,
    },
)
