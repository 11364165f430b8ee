"""Work on a task: starting, what holds it up, how far it is, and the time it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.elapsed import elapsed_minutes
from domain.errors import StillAhead
from domain.facet import Facet
from domain.ids import MemberId
from domain.personal import Personal
from domain.project import ongoing
from domain.task.state import (
    Block,
    Task,
    TaskClosed,
    TaskIsBlocked,
    TaskStatus,
    check_no_workflow,
    check_opened,
    under_way,
)


@dataclass(frozen=True, slots=True)
class TaskStarted:
    """Work on a task began."""

    started_at: datetime


@dataclass(frozen=True, slots=True)
class TaskBlocked:
    """Something holds a task up."""

    cause: Annotated[str, Personal()]
    blocked_at: datetime


@dataclass(frozen=True, slots=True)
class TaskUnblocked:
    """A task is no longer held up; the minutes it was are elapsed ones."""

    unblocked_at: datetime
    blocked_minutes: int


@dataclass(frozen=True, slots=True)
class TaskProgressed:
    """A task is so many percent done."""

    percent: int


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """So many minutes were worked on a task on a day; by whom, where it was not the actor."""

    minutes: int
    spent_on: date
    member_id: UUID | None


WorkEvent = TaskStarted | TaskBlocked | TaskUnblocked | TaskProgressed | TimeSpent


@dataclass(frozen=True, slots=True)
class StartTask:
    """Begin work on a task."""


@dataclass(frozen=True, slots=True)
class BlockTask:
    """Say that something holds a task up."""

    cause: Annotated[str, "What holds it up, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed cause."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class UnblockTask:
    """Say that nothing holds a task up any more."""


@dataclass(frozen=True, slots=True)
class RecordProgress:
    """Say how far a task is; 100 percent does not complete it."""

    percent: Annotated[int, "Percent of the work done, 0 to 100."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for percent out of range."""
        shape.percent(self.percent, "percent")


@dataclass(frozen=True, slots=True)
class SpendTime:
    """Book time worked on a task; each booking counts."""

    minutes: Annotated[int, "Minutes worked, 1 to ten years."]
    spent_on: Annotated[date, "The day they were worked, in the project's time zone; not ahead."]
    member_id: Annotated[MemberId | None, "Who worked them; none for whoever issues this."] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for minutes or a day out of range."""
        shape.minutes(self.minutes, "minutes", minimum=1)
        shape.day(self.spent_on, "spentOn")


WorkCommand = StartTask | BlockTask | UnblockTask | RecordProgress | SpendTime


def decide(command: WorkCommand, task: Task, context: Context) -> Sequence[WorkEvent]:
    """Return what happens to the work on a task."""
    match command:
        case StartTask():
            return _start(task, context)
        case BlockTask(cause):
            return _block(cause, task, context)
        case UnblockTask():
            return _unblock(task, context)
        case RecordProgress(percent):
            return [] if percent == under_way(task).percent else [TaskProgressed(percent)]
        case SpendTime(minutes, spent_on, member_id):
            if task.status is TaskStatus.CANCELLED:
                raise TaskClosed("The task is cancelled.")
            if spent_on > ongoing(context).local_day(context.at):
                raise StillAhead(field="spentOn")
            return [TimeSpent(minutes, spent_on, member_id)]
        case _:
            assert_never(command)


def evolve(task: Task, event: WorkEvent) -> Task:
    """Return the task after an event of the work on it."""
    match event:
        case TimeSpent(minutes):
            return replaced(task, spent_minutes=task.spent_minutes + minutes)
        case TaskProgressed(percent):
            return replaced(task, percent=percent)
        case TaskStarted(started_at):
            return replaced(task, status=TaskStatus.STARTED, started_at=task.started_at or started_at)
        case TaskBlocked(cause, blocked_at):
            return replaced(task, status=TaskStatus.BLOCKED, block=Block(cause, blocked_at))
        case TaskUnblocked():
            return replaced(task, status=task.resting_status, block=None)
        case _:
            assert_never(event)


def _start(task: Task, context: Context) -> Sequence[TaskStarted]:
    if under_way(task).block is not None:
        raise TaskIsBlocked
    if task.status is TaskStatus.STARTED:
        return []
    check_no_workflow(task)
    return [started(task, context.at)]


def started(task: Task, at: datetime) -> TaskStarted:
    """Return the start of a task at an instant; raise `OutOfOrder` for one before it was opened."""
    check_opened(task, at)
    return TaskStarted(at)


def _block(cause: str, task: Task, context: Context) -> Sequence[TaskBlocked]:
    block = under_way(task).block
    if block is None:
        check_opened(task, context.at)
        return [TaskBlocked(cause, context.at)]
    if cause == block.cause:
        return []
    raise TaskIsBlocked("The task is blocked already, for another cause.")


def _unblock(task: Task, context: Context) -> Sequence[TaskUnblocked]:
    if task.block is None:
        return []
    return [TaskUnblocked(context.at, elapsed_minutes(task.block.blocked_at, context.at))]


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.started.v2": TaskStarted,
        "task.blocked.v2": TaskBlocked,
        "task.unblocked.v1": TaskUnblocked,
        "task.progressed.v1": TaskProgressed,
        "task.time_spent.v2": TimeSpent,
    },
    commands={
        StartTask: roles.TEAM,
        BlockTask: roles.TEAM,
        UnblockTask: roles.TEAM,
        RecordProgress: roles.TEAM,
        SpendTime: roles.TEAM,
    },
)
