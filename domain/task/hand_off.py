"""Handing a task from one department to another, and the other's answer: what response times are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, assert_never

from domain import roles, shape
from domain.calendar import working_minutes_between
from domain.copies import replaced
from domain.decider import Context
from domain.elapsed import elapsed_minutes
from domain.errors import Malformed, Refusal
from domain.facet import Facet
from domain.project import Project, ongoing
from domain.task.state import HandOff, Task, check_opened, under_way


@dataclass(frozen=True, slots=True)
class TaskHandedOff:
    """A department handed a task to another and waits for its answer."""

    from_department: str
    to_department: str
    handed_off_at: datetime


@dataclass(frozen=True, slots=True)
class HandOffAnswered:
    """A department answered what was handed to it; working minutes are those of its own calendar."""

    from_department: str
    to_department: str
    handed_off_at: datetime
    answered_at: datetime
    answered_on: date
    elapsed_minutes: int
    working_minutes: int


HandOffEvent = TaskHandedOff | HandOffAnswered


@dataclass(frozen=True, slots=True)
class HandOffTask:
    """Hand a task from one department of the project to another."""

    to_department: Annotated[str, "The department that is to answer."]
    from_department: Annotated[str, "The department that waits."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for malformed departments or twice the same."""
        shape.text(self.to_department, "toDepartment", shape.NAME_LENGTH_MAX)
        shape.text(self.from_department, "fromDepartment", shape.NAME_LENGTH_MAX)
        if self.to_department == self.from_department:
            raise Malformed("A department does not hand off to itself.", field="toDepartment")


@dataclass(frozen=True, slots=True)
class AnswerHandOff:
    """Answer the open hand-off of a task, for the department it was handed to."""


HandOffCommand = HandOffTask | AnswerHandOff


class HandOffOpen(Refusal):
    """A task waits for one department at a time."""

    sentence = "Another hand-off of the task is still open."


class NoOpenHandOff(Refusal):
    """There is nothing to answer."""

    sentence = "The task has no open hand-off."


def decide(command: HandOffCommand, task: Task, context: Context) -> Sequence[HandOffEvent]:
    """Return what happens to the hand-offs of a task."""
    project = ongoing(context)
    match command:
        case HandOffTask():
            return _hand_off(command, task, project, context)
        case AnswerHandOff():
            return _answer(task, project, context)
        case _:
            assert_never(command)


def evolve(task: Task, event: HandOffEvent) -> Task:
    """Return the task after an event of its hand-offs."""
    match event:
        case TaskHandedOff(from_department, to_department, handed_off_at):
            hand_off = HandOff(from_department, to_department, handed_off_at)
            return replaced(task, open_hand_off=hand_off, hand_offs=task.hand_offs + 1)
        case HandOffAnswered():
            return replaced(task, open_hand_off=None)
        case _:
            assert_never(event)


def _hand_off(
    command: HandOffTask, task: Task, project: Project, context: Context
) -> Sequence[TaskHandedOff]:
    under_way(task)
    project.team.check_department(command.from_department, "fromDepartment")
    project.team.check_department(command.to_department, "toDepartment")
    departments = command.from_department, command.to_department
    before = task.open_hand_off
    if before is None:
        check_opened(task, context.at)
        return [TaskHandedOff(*departments, context.at)]
    if departments == (before.from_department, before.to_department):
        return []
    raise HandOffOpen


def _answer(task: Task, project: Project, context: Context) -> Sequence[HandOffAnswered]:
    before = task.open_hand_off
    if before is None:
        raise NoOpenHandOff
    calendar = project.calendar_of(before.to_department)
    return [
        HandOffAnswered(
            from_department=before.from_department,
            to_department=before.to_department,
            handed_off_at=before.handed_off_at,
            answered_at=context.at,
            answered_on=project.local_day(context.at),
            elapsed_minutes=elapsed_minutes(before.handed_off_at, context.at),
            working_minutes=working_minutes_between(calendar, before.handed_off_at, context.at),
        )
    ]


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.handed_off.v2": TaskHandedOff,
        "task.hand_off_answered.v1": HandOffAnswered,
    },
    commands={
        HandOffTask: roles.TEAM,
        AnswerHandOff: roles.TEAM,
    },
)
