"""One task of an MS Project plan with its baselines and assignments as commands.

Conventions, each where the file does not say it outright:
- A task is opened when it was created, or when it was started or finished if that is earlier; its baselines
  are kept and its members assigned as of then.
- Its estimate is its work, or its duration where nobody is assigned; none for summaries and milestones.
- It is due on its deadline, else on the finish of baseline 0, else on its scheduled finish while it is not
  completed: the finish of a completed task is what happened, so it is never taken for what was due.
- Its duration is kept where it is not its estimate; its calendar where it is not the project's own.
- Its deadline, its constraint and that it is a milestone are kept as they are. What a later version of the
  file takes away of them stays, as days due do.
- Work is booked when the task was finished, else as of when the file was saved, as is its progress.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain.errors import Refusal
from domain.ids import MemberId, ProjectId, TaskId
from domain.task import (
    AssignTask,
    CancelTask,
    CompleteTask,
    DescribeTask,
    EstimateTask,
    OpenTask,
    RecordProgress,
    RetitleTask,
    SetDueDate,
    SetTaskBaseline,
    SpendTime,
    StartTask,
)
from domain.task.scheduling import ConstrainTask, SetDeadline, SetDuration, SetMilestone, SetTaskCalendar
from domain.task.state import ConstraintKind
from infra.importing.mspdi_rows import AssignmentRow, BaselineRow, PlanHead, PlanTaskRow
from infra.importing.plan import PlanBuilder, Wanted
from infra.importing.rows import title_of

INACTIVE_BECAUSE: Final = "Inactive in the plan."
PERCENT_DONE: Final = 100

Part = tuple[int, BaselineRow | AssignmentRow]


class NoCompletionDay(Refusal):
    """A task is said to be complete, but not since when."""

    sentence = "The task is 100 % complete but has no actual finish."


class TaskOutOfOrder(Refusal):
    """A task was finished before it was started."""

    sentence = "The task's actual finish lies before its actual start."


class UnknownResource(Refusal):
    """An assignment speaks of a resource that is no member."""

    sentence = "The resource is no person, is not there or was refused."


@dataclass(frozen=True, slots=True)
class PlanPlace:
    """What surrounds a plan's tasks: its head, the project's stream; members and names of calendars by id."""

    head: PlanHead
    project: UUID
    members: Mapping[str, MemberId]
    calendars: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Task:
    """A task being planned: its row, its stream, when it was opened and last heard of (aware UTC)."""

    builder: PlanBuilder
    number: int
    row: PlanTaskRow
    stream: UUID
    opened_at: datetime
    last_at: datetime
    last_on: date
    assigned: set[MemberId] = field(default_factory=set[MemberId])

    def want(self, command: object, at: datetime, row: int | None = None) -> Wanted:
        """Return a command of the task, or of another row's part in it."""
        return self.builder.want("task", self.stream, command, at, self.number if row is None else row)


def add_task(
    builder: PlanBuilder,
    where: PlanPlace,
    stage: int,
    numbered: tuple[int, PlanTaskRow],
    parts: Sequence[Part],
) -> None:
    """Add the item of a task, or refuse its row; refuse those of its parts that are malformed."""
    number, row = numbered
    try:
        task = _timed(builder, where.head, number, row)
        wanted = [*_own(task, where, parts)]
    except Refusal as refusal:
        builder.refuse(number, refusal.code, refusal.message)
        return
    taken = [number]
    for part_number, part in parts:
        try:
            wanted += _part(task, where, part_number, part)
        except Refusal as refusal:
            builder.refuse(part_number, refusal.code, refusal.message)
        else:
            taken.append(part_number)
    wanted.sort(key=lambda one: isinstance(one.command, CompleteTask | CancelTask))
    builder.add(stage, wanted, tuple(taken), task.stream)


def _timed(builder: PlanBuilder, head: PlanHead, number: int, row: PlanTaskRow) -> _Task:
    start, finish = row.actual_start_at, row.actual_finish_at
    if row.percent >= PERCENT_DONE and finish is None:
        raise NoCompletionDay
    if start is not None and finish is not None and finish < start:
        raise TaskOutOfOrder
    created = row.created_at or head.opened_at
    opened = min(moment for moment in (created, start, finish) if moment is not None)
    if opened < created:
        builder.notes["opened_when_started"] += 1
    last = finish or max(moment for moment in (opened, start, head.saved_at) if moment is not None)
    stream = builder.stream("task", f"{head.key}/{row.uid}")
    return _Task(builder, number, row, stream, builder.begins(opened), builder.ends(last), last.date())


def _own(task: _Task, where: PlanPlace, parts: Sequence[Part]) -> Iterator[Wanted]:
    """Yield what the task's own row wants."""
    row, builder = task.row, task.builder
    title, notes = title_of(row.name)
    builder.notes.update(notes)
    description = f"{row.name}\n{row.notes}".strip() if "title_shortened" in notes else row.notes
    parent = (
        None
        if row.parent_uid is None
        else TaskId(builder.stream("task", f"{where.head.key}/{row.parent_uid}"))
    )
    opening = OpenTask(ProjectId(where.project), title, description, parent)
    opened = task.want(opening, task.opened_at)
    yield builder.otherwise(opened, RetitleTask(title), DescribeTask(description))
    estimate = row.work_minutes or row.duration_minutes
    if estimate and not row.is_summary and not row.is_milestone:
        yield task.want(EstimateTask(estimate), task.opened_at)
    due_on = _due_on(row, [part for _, part in parts])
    if due_on is not None:
        yield task.want(SetDueDate(due_on), task.opened_at)
    for command in _placing(task, where.calendars):
        yield task.want(command, task.opened_at)
    yield from _course(task)
    if (
        not row.is_summary
        and row.actual_work_minutes
        and not any(isinstance(part, AssignmentRow) for _, part in parts)
    ):
        yield task.want(SpendTime(row.actual_work_minutes, task.last_on), task.last_at)


def _placing(
    task: _Task, calendars: Mapping[str, str]
) -> Iterator[SetMilestone | SetDuration | SetTaskCalendar | SetDeadline | ConstrainTask]:
    """Yield how the plan may place the task."""
    row = task.row
    if row.is_milestone:
        yield SetMilestone(is_milestone=True)
    elif row.work_minutes not in (0, row.duration_minutes) and not row.is_summary:
        yield SetDuration(row.duration_minutes)
    if row.calendar_uid is not None and row.calendar_uid in calendars:
        yield SetTaskCalendar(calendars[row.calendar_uid])
    if row.deadline_at is not None:
        yield SetDeadline(row.deadline_at.date())
    kind, at = row.constraint
    if kind is not ConstraintKind.ASAP:
        yield ConstrainTask(kind, None if at is None else task.builder.begins(at))


def _course(task: _Task) -> Iterator[Wanted]:
    """Yield how the task went."""
    row = task.row
    if row.actual_start_at is not None:
        yield task.want(StartTask(), task.builder.begins(row.actual_start_at))
    if row.actual_finish_at is not None:
        yield task.want(CompleteTask(), task.last_at)
    elif not row.is_active:
        yield task.want(CancelTask(INACTIVE_BECAUSE), task.last_at)
    elif 0 < row.percent < PERCENT_DONE:
        yield task.want(RecordProgress(row.percent), task.last_at)


def _due_on(row: PlanTaskRow, parts: Sequence[BaselineRow | AssignmentRow]) -> date | None:
    planned = next(
        (part.finish_at for part in parts if isinstance(part, BaselineRow) and part.number == 0), None
    )
    scheduled = row.finish_at if row.actual_finish_at is None else None
    due = row.deadline_at or planned or scheduled
    return None if due is None else due.date()


def _part(task: _Task, where: PlanPlace, number: int, part: BaselineRow | AssignmentRow) -> list[Wanted]:
    """Return what a baseline or an assignment wants; nothing for the placeholder of nobody's work."""
    if isinstance(part, BaselineRow):
        return [task.want(_baseline(task.builder, part), task.opened_at, number)]
    member_id = None if part.resource_uid is None else where.members.get(part.resource_uid)
    if part.resource_uid is not None and member_id is None:
        raise UnknownResource
    wanted: list[Wanted] = []
    if member_id is not None and member_id not in task.assigned:
        # Once each: said again of a task that ended meanwhile it would be refused.
        task.assigned.add(member_id)
        wanted.append(task.want(AssignTask(member_id), task.opened_at, number))
    if part.actual_work_minutes:
        wanted.append(
            task.want(SpendTime(part.actual_work_minutes, task.last_on, member_id), task.last_at, number)
        )
    return wanted


def _baseline(builder: PlanBuilder, part: BaselineRow) -> SetTaskBaseline:
    start = None if part.start_at is None else builder.begins(part.start_at)
    finish = None if part.finish_at is None else builder.ends(part.finish_at)
    return SetTaskBaseline(part.number, start, finish, part.work_minutes, part.cost_cents)
