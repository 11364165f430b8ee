"""Rows of a table of tasks as commands: a task for each key, its members assigned, their work booked.

Conventions: a bare day begins at 09:00 and ends at 17:00 in the source's zone. A task is opened, estimated,
given its due day and assigned when the source opened it; work is booked at the end of the task's last known
day, just before it is completed or cancelled. A project and its team begin with the first day of the first of
its tasks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from domain.calendar import WorkingCalendar
from domain.errors import Refusal
from domain.ids import MemberId, ProjectId
from domain.project import NameDepartment, OpenProject, SetWorkingCalendar
from domain.task import (
    AssignTask,
    CancelTask,
    CompleteTask,
    DescribeTask,
    EstimateTask,
    OpenTask,
    RetitleTask,
    SetDueDate,
    SpendTime,
    StartTask,
)
from infra.importing.people import People
from infra.importing.plan import FIRST_STAGE, TASK_STAGE, TEAM_STAGE, ImportPlan, PlanBuilder, Wanted, day_of
from infra.importing.rows import Ending, Refused, TaskRow

CANCELLED_BECAUSE: Final = "Cancelled in the source."


class RowsDisagree(Refusal):
    """Two rows of one task say different things of it."""

    sentence = "The row says something else of its task than an earlier row."


class RowOutOfOrder(Refusal):
    """A row has something end before it began."""

    sentence = "The row has its task started or ended before it was opened, or ended before it was started."


@dataclass(frozen=True, slots=True)
class Convention:
    """What a kind of source leaves unsaid: its name, its time zone, its projects' calendar.

    `member_prefix` stands before a member's code where that is no name.
    """

    kind: str
    time_zone: str
    calendar: WorkingCalendar | None = None
    member_prefix: str = ""


@dataclass(frozen=True, slots=True)
class _Times:
    """When a task was opened, started, ended (aware UTC); when and on which local day work is booked."""

    opened_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    spent_at: datetime
    spent_on: date


def plan_tasks(read: Iterable[TaskRow | Refused], convention: Convention) -> ImportPlan:
    """Return the plan of a table's rows, in any order; each row ends up in an item or refused."""
    builder = PlanBuilder(convention.kind, convention.time_zone)
    groups: dict[str, list[tuple[int, TaskRow]]] = {}
    for row in read:
        if isinstance(row, Refused):
            builder.refuse_read(row)
        else:
            groups.setdefault(row.key, []).append((builder.row(row.line, row.spent_minutes), row))
    people = People(builder, convention.member_prefix)
    taken = [row for group in groups.values() for row in _task(builder, people, group)]
    _set_up(builder, people, convention, taken)
    return builder.plan()


def _task(builder: PlanBuilder, people: People, group: Sequence[tuple[int, TaskRow]]) -> Sequence[TaskRow]:
    """Add the item of one task, return the rows it holds; a refused first row leaves it to the next."""
    taken: list[TaskRow] = []
    numbers: list[int] = []
    wanted: list[Wanted] = []
    for number, row in group:
        try:
            wishes = _checked(builder, people, number, row, taken)
        except Refusal as refusal:
            builder.refuse(number, refusal.code, refusal.message)
            continue
        if taken and taken[0].title != row.title:
            builder.notes["title_differs"] += 1
        builder.notes.update(row.notes)
        taken.append(row)
        numbers.append(number)
        wanted += wishes
    if taken:
        # What ends a task comes after what other rows book at the same moment.
        wanted.sort(key=lambda one: isinstance(one.command, CompleteTask | CancelTask))
        builder.add(TASK_STAGE, wanted, tuple(numbers))
    return taken


def _checked(
    builder: PlanBuilder, people: People, number: int, row: TaskRow, before: Sequence[TaskRow]
) -> list[Wanted]:
    """Return what one row wants, once its names are fit for what is set up for it."""
    OpenProject(row.project, builder.time_zone)
    if row.department is not None:
        NameDepartment(row.department)
    if row.member is not None:
        people.check(row.member, row.department)
    return _wanted(builder, number, row, before)


def _wanted(builder: PlanBuilder, number: int, row: TaskRow, before: Sequence[TaskRow]) -> list[Wanted]:
    """Return what one row wants; a task's first row brings the task itself, each its member and work."""
    if before and before[0].about_task() != row.about_task():
        raise RowsDisagree
    times = _times(builder, row)
    stream = builder.stream("task", row.key)
    is_assigned = row.member in [each.member for each in before]
    wishes = [*_work(builder, row, times, is_assigned=is_assigned)]
    if before:
        return [builder.want("task", stream, command, at, number) for command, at in wishes]
    opening = OpenTask(ProjectId(builder.stream("project", row.project)), row.title, row.description)
    opened = builder.want("task", stream, opening, times.opened_at, number)
    wishes = [*_own(row, times), *wishes]
    return [
        builder.otherwise(opened, RetitleTask(row.title), DescribeTask(row.description)),
        *(builder.want("task", stream, command, at, number) for command, at in wishes),
    ]


def _own(row: TaskRow, times: _Times) -> Iterator[tuple[object, datetime]]:
    """Yield what happens to an open task itself, and when."""
    if row.estimate_minutes is not None:
        yield EstimateTask(row.estimate_minutes), times.opened_at
    if row.due_on is not None:
        yield SetDueDate(row.due_on), times.opened_at
    if times.started_at is not None:
        yield StartTask(), times.started_at
    if times.ended_at is not None:
        is_completed = row.ending is Ending.COMPLETED
        yield CompleteTask() if is_completed else CancelTask(CANCELLED_BECAUSE), times.ended_at


def _work(
    builder: PlanBuilder, row: TaskRow, times: _Times, *, is_assigned: bool
) -> Iterator[tuple[object, datetime]]:
    """Yield that a row's member is on the task and what they worked, and when."""
    member_id = None if row.member is None else MemberId(builder.stream("member", row.member))
    if member_id is not None and not is_assigned:
        yield AssignTask(member_id), times.opened_at
    if row.spent_minutes:
        yield SpendTime(row.spent_minutes, times.spent_on, member_id), times.spent_at


def _times(builder: PlanBuilder, row: TaskRow) -> _Times:
    """Return a row's times; raise `RowOutOfOrder`. A bare day gives way to a time given on the same day."""
    started = None if row.started is None else builder.begins(row.started)
    ended = None if row.ended is None else builder.ends(row.ended)
    opened = builder.begins(row.opened)
    if row.started is not None and started is not None:
        if day_of(row.opened) == day_of(row.started) and not isinstance(row.opened, datetime):
            opened = min(opened, started)
        if (
            row.ended is not None
            and day_of(row.ended) == day_of(row.started)
            and not isinstance(row.ended, datetime)
        ):
            ended = max(builder.ends(row.ended), started)
    known = [moment for moment in (opened, started, ended) if moment is not None]
    if known != sorted(known):
        raise RowOutOfOrder
    last = row.ended or row.started or row.opened
    return _Times(opened, started, ended, ended or max(builder.ends(last), known[-1]), day_of(last))


def _set_up(builder: PlanBuilder, people: People, convention: Convention, rows: Sequence[TaskRow]) -> None:
    """Add the projects with their calendars, and the people with their places on the teams."""
    first: dict[str, date] = {}
    for row in rows:
        first[row.project] = min(day_of(row.opened), first.get(row.project, date.max))
    for row in rows:
        if row.member is not None:
            people.add(row.member, row.project, row.department)
    opened_at = {project: _midnight(builder, day) for project, day in sorted(first.items())}
    for project, at in opened_at.items():
        stream = builder.stream("project", project)
        builder.add(
            FIRST_STAGE, [builder.want("project", stream, OpenProject(project, convention.time_zone), at)]
        )
        if convention.calendar is not None:
            calendar = SetWorkingCalendar(convention.calendar)
            builder.add(TEAM_STAGE, [builder.want("project", stream, calendar, at)])
    people.plan(opened_at)


def _midnight(builder: PlanBuilder, day: date) -> datetime:
    return builder.begins(datetime.combine(day, time()))
