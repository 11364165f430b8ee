"""How the plan may place a task: milestones, schedule constraints, deadlines."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from domain import errors
from domain.errors import Malformed
from domain.project import UnknownCalendar, WorkingCalendarSet
from domain.task import EstimateTask, SetDueDate, TaskCancelled, TaskClosed, TaskDueDateSet, TaskEstimated
from domain.task.scheduling import (
    ConstrainTask,
    SetDeadline,
    SetDuration,
    SetMilestone,
    SetTaskCalendar,
    TaskCalendarSet,
    TaskConstrained,
    TaskDeadlineSet,
    TaskDurationSet,
    TaskMilestoneSet,
)
from domain.task.state import ConstraintKind, MilestoneHasWork
from tests.examples import CLOSED_PROJECT, MONDAY, MORNINGS, NINE, NOON, TASK_OPENED, project_after
from tests.spec import given, state_after

MILESTONE = SetMilestone(is_milestone=True)
MILESTONE_SET = TaskMilestoneSet(is_milestone=True)
START = ConstrainTask(ConstraintKind.SNET, NINE)
START_SET = TaskConstrained(ConstraintKind.SNET, NINE)
DEADLINE = SetDeadline(MONDAY)
DEADLINE_SET = TaskDeadlineSet(MONDAY)
ANY_TIME = (ConstraintKind.ASAP, ConstraintKind.ALAP)
EVERY_COMMAND = [MILESTONE, START, DEADLINE, SetDuration(60), SetTaskCalendar(None)]


def named(command: object) -> str:
    return type(command).__name__


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=named)
def test_what_is_over_is_no_longer_planned(command: object) -> None:
    given(TASK_OPENED, TaskCancelled("No need", NOON)).when(command).refused(TaskClosed)
    given(TASK_OPENED, within=CLOSED_PROJECT).when(command).refused(errors.ProjectClosed)
    given().when(command).refused(errors.UnknownTask)


def test_a_task_is_made_a_milestone_and_is_work_again() -> None:
    again = SetMilestone(is_milestone=False)
    assert given(TASK_OPENED).when(MILESTONE) == [MILESTONE_SET]
    assert given(TASK_OPENED, MILESTONE_SET).when(MILESTONE) == []
    assert given(TASK_OPENED).when(again) == []
    assert given(TASK_OPENED, MILESTONE_SET).when(again) == [TaskMilestoneSet(is_milestone=False)]


def test_a_milestone_takes_no_time() -> None:
    estimated = TaskEstimated(60)
    given(TASK_OPENED, estimated).when(MILESTONE).refused(MilestoneHasWork, field="isMilestone")
    assert given(TASK_OPENED, estimated, TaskEstimated(0)).when(MILESTONE) == [MILESTONE_SET]
    given(TASK_OPENED, MILESTONE_SET).when(EstimateTask(60)).refused(MilestoneHasWork, field="minutes")
    assert given(TASK_OPENED, MILESTONE_SET).when(EstimateTask(0)) == [TaskEstimated(0)]
    work = TaskMilestoneSet(is_milestone=False)
    assert given(TASK_OPENED, MILESTONE_SET, work).when(EstimateTask(60)) == [estimated]


@pytest.mark.parametrize("kind", ConstraintKind)
def test_a_task_is_constrained_in_eight_ways(kind: ConstraintKind) -> None:
    at = None if kind in ANY_TIME else NINE
    before = TaskConstrained(ConstraintKind.FNLT, NOON)
    assert given(TASK_OPENED, before).when(ConstrainTask(kind, at)) == [TaskConstrained(kind, at)]
    assert given(TASK_OPENED, TaskConstrained(kind, at)).when(ConstrainTask(kind, at)) == []


def test_a_task_starts_as_soon_as_possible_unless_told_otherwise() -> None:
    as_soon = ConstrainTask(ConstraintKind.ASAP)
    assert given(TASK_OPENED).when(as_soon) == []
    assert given(TASK_OPENED, START_SET).when(as_soon) == [TaskConstrained(ConstraintKind.ASAP, None)]
    assert given(TASK_OPENED, START_SET).when(ConstrainTask(ConstraintKind.SNET, NOON)) == [
        TaskConstrained(ConstraintKind.SNET, NOON)
    ]


def test_a_deadline_is_set_moved_and_taken_away_apart_from_the_due_day() -> None:
    later = date(2026, 3, 9)
    due = TaskDueDateSet(later)
    assert given(TASK_OPENED, due).when(DEADLINE) == [DEADLINE_SET]
    assert given(TASK_OPENED, DEADLINE_SET).when(DEADLINE) == []
    assert given(TASK_OPENED, DEADLINE_SET).when(SetDeadline(later)) == [TaskDeadlineSet(later)]
    assert given(TASK_OPENED, DEADLINE_SET).when(SetDeadline(None)) == [TaskDeadlineSet(None)]
    assert given(TASK_OPENED).when(SetDeadline(None)) == []
    assert given(TASK_OPENED, DEADLINE_SET).when(SetDueDate(later)) == [due]
    task = state_after(TASK_OPENED, due, DEADLINE_SET)
    assert (task.due_on, task.deadline_on) == (later, MONDAY)


@pytest.mark.parametrize("kind", ConstraintKind)
def test_a_constraint_has_an_instant_where_its_kind_needs_one_and_only_there(kind: ConstraintKind) -> None:
    at = NINE if kind in ANY_TIME else None
    with pytest.raises(Malformed) as refusal:
        ConstrainTask(kind, at)
    assert refusal.value.field == "constraintAt"


@pytest.mark.parametrize("at", [NINE.replace(tzinfo=None), NINE + timedelta(days=100_000)], ids=str)
def test_an_instant_out_of_shape_names_its_field(at: datetime) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(START, constraint_at=at)
    assert refusal.value.field == "constraintAt"


def test_a_deadline_out_of_range_names_its_field() -> None:
    with pytest.raises(Malformed) as refusal:
        SetDeadline(date(1969, 12, 31))
    assert refusal.value.field == "deadlineOn"


def test_a_task_takes_the_time_said_of_it_or_else_that_of_its_work() -> None:
    two_days, two_days_set = SetDuration(960), TaskDurationSet(960, is_elapsed=False)
    elapsed = TaskDurationSet(960, is_elapsed=True)
    assert given(TASK_OPENED).when(two_days) == [two_days_set]
    assert given(TASK_OPENED, two_days_set).when(two_days) == []
    assert given(TASK_OPENED, two_days_set).when(SetDuration(960, is_elapsed=True)) == [elapsed]
    assert given(TASK_OPENED, elapsed).when(SetDuration(None)) == [TaskDurationSet(None, is_elapsed=False)]
    given(TASK_OPENED, MILESTONE_SET).when(two_days).refused(MilestoneHasWork, field="minutes")
    given(TASK_OPENED, two_days_set).when(MILESTONE).refused(MilestoneHasWork, field="isMilestone")


def test_a_task_is_worked_on_by_a_calendar_of_its_project() -> None:
    nights = project_after(WorkingCalendarSet("Nights", MORNINGS))
    wish, done = SetTaskCalendar("Nights"), TaskCalendarSet("Nights")
    given(TASK_OPENED).when(wish).refused(UnknownCalendar, field="calendarName")
    assert given(TASK_OPENED, within=nights).when(wish) == [done]
    assert given(TASK_OPENED, done, within=nights).when(wish) == []
    assert given(TASK_OPENED, done, within=nights).when(SetTaskCalendar(None)) == [TaskCalendarSet(None)]
