"""Baselines, the change log, and what the plan says on a task's card: every branch of their folds."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.project.baselines import BaselineSet
from domain.project.change_requests import (
    ChangeKind,
    ChangeRequestApproved,
    ChangeRequested,
    ChangeRequestRejected,
    PlanRevised,
)
from domain.recorded import Recorded
from domain.task import TaskBaselineSet, TaskCompleted, TaskReopened, TaskStarted, TimeSpent
from domain.task.scheduling import TaskConstrained, TaskDeadlineSet, TaskMilestoneSet
from domain.task.state import ConstraintKind
from projections import baselines, change_log, task_board
from projections.baseline_comparison import BaselineComparison
from projections.change_log import ChangeStatus
from tests.examples import ANNA, BEN, DAY, HOUR, MONDAY, NINE, NOON, TASK_OPENED
from tests.projections.folding import STREAM, observed, only_row_after, row_after, rows_after, seen

CHANGE = UUID(int=71)
FIRST = BaselineSet(0, "As sold", "Signed", None, None, None)
SECOND = BaselineSet(1, "Move later", "Steel is late", 0, CHANGE, None)
PLANNED = TaskBaselineSet(0, NINE, NINE + 4 * HOUR, 120, 50_000)
REQUESTED = ChangeRequested(CHANGE, "Move later", "Steel is late", ChangeKind.SCHEDULE, 10, -5, BEN)
DONE = TaskCompleted(NINE + 5 * HOUR, MONDAY, None, None, 300, None, None)


def of_task(event: TaskBaselineSet, number: int) -> Recorded[Any]:
    """Return what a task of the project recorded."""
    return seen(event)._replace(stream=UUID(int=number), project_id=STREAM)


def test_a_baseline_is_the_reference_until_another_is() -> None:
    only = only_row_after(baselines.READ_MODEL, FIRST)
    assert (only.number, only.is_set, only.is_reference, only.title) == (0, True, True, "As sold")
    assert (only.cause, only.set_at, only.set_by_id, only.change_id) == ("Signed", NOON, ANNA, None)
    first, second = rows_after(baselines.READ_MODEL, FIRST, SECOND).values()
    assert (first.is_set, first.is_reference, first.replaced_at) == (True, False, NOON)
    assert (second.number, second.is_reference, second.change_id) == (1, True, CHANGE)
    assert (second.replaced_at, first.title) == (None, "As sold")


def test_a_baseline_sums_what_was_planned_for_its_tasks_before_it_is_set() -> None:
    earlier = TaskBaselineSet(0, NINE - DAY, NINE, None, None)
    open_end = TaskBaselineSet(0, None, None, 30, 1)
    row: Any = None
    for number, event in enumerate((PLANNED, earlier, open_end), start=1):
        (key,) = baselines.READ_MODEL.keys(of_task(event, number))
        row = baselines.READ_MODEL.evolve(row, of_task(event, number))
        assert (row.row_id, row.project_id) == (key, STREAM)
    assert (row.is_set, row.title, row.task_count) == (False, None, 3)
    assert (row.start_at, row.finish_at) == (NINE - DAY, NINE + 4 * HOUR)
    assert (row.work_minutes, row.cost_cents) == (150, 50_001)
    assert tuple(baselines.READ_MODEL.keys(seen(FIRST))) == (row.row_id,)
    now = baselines.READ_MODEL.evolve(row, seen(FIRST))
    assert (now.is_reference, now.task_count) == (True, 3)


def test_a_baseline_of_tasks_without_days_has_none() -> None:
    row = baselines.READ_MODEL.evolve(None, of_task(TaskBaselineSet(2, None, None, None, None), 1))
    assert (row.number, row.start_at, row.finish_at, row.work_minutes) == (2, None, None, 0)


def test_the_change_log_says_what_is_asked_and_why() -> None:
    row = only_row_after(change_log.READ_MODEL, REQUESTED)
    assert (row.change_id, row.title, row.cause) == (CHANGE, "Move later", "Steel is late")
    assert (row.kind, row.impact_days, row.impact_cents) == (ChangeKind.SCHEDULE, 10, -5)
    assert (row.requester_id, row.requested_at, row.status) == (BEN, NOON, ChangeStatus.REQUESTED)


def test_the_change_log_says_who_approved_and_what_came_of_it() -> None:
    approved = ChangeRequestApproved(CHANGE, BEN)
    row = only_row_after(change_log.READ_MODEL, REQUESTED, approved)
    assert (row.status, row.decided_by_id, row.decided_at) == (ChangeStatus.APPROVED, BEN, NOON)
    row = only_row_after(change_log.READ_MODEL, REQUESTED, approved, PlanRevised(CHANGE, 1))
    assert (row.status, row.decided_by_id, row.applied_by_id) == (ChangeStatus.APPLIED, BEN, ANNA)
    assert (row.applied_at, row.baseline_number) == (NOON, 1)
    row = only_row_after(change_log.READ_MODEL, REQUESTED, approved, PlanRevised(CHANGE, None))
    assert (row.status, row.baseline_number) == (ChangeStatus.APPLIED, None)


def test_the_change_log_says_why_not() -> None:
    row = only_row_after(change_log.READ_MODEL, REQUESTED, ChangeRequestRejected(CHANGE, ANNA, "Too dear"))
    assert (row.status, row.decided_by_id) == (ChangeStatus.REJECTED, ANNA)
    assert (row.rejected_because, row.applied_at) == ("Too dear", None)


def test_the_change_log_begins_with_a_request() -> None:
    with pytest.raises(AssertionError):
        change_log.READ_MODEL.evolve(None, seen(PlanRevised(CHANGE, 1)))


def test_a_card_shows_how_the_plan_may_place_its_task() -> None:
    plain = row_after(task_board.READ_MODEL, TASK_OPENED)
    assert (plain.is_milestone, plain.constraint_kind, plain.constraint_at, plain.deadline_on) == (
        False,
        ConstraintKind.ASAP,
        None,
        None,
    )
    placed = (
        TaskMilestoneSet(is_milestone=True),
        TaskConstrained(ConstraintKind.MFO, NOON),
        TaskDeadlineSet(MONDAY),
    )
    card = row_after(task_board.READ_MODEL, TASK_OPENED, *placed)
    assert (card.is_milestone, card.constraint_kind, card.constraint_at) == (True, ConstraintKind.MFO, NOON)
    assert (card.deadline_on, card.due_on) == (MONDAY, None)


def compared(*events: object) -> tuple[BaselineComparison, ...]:
    found: tuple[BaselineComparison, ...] = row_after(task_board.READ_MODEL, TASK_OPENED, *events).baselines
    return found


def test_a_baseline_is_held_against_what_happened_so_far() -> None:
    (planned,) = compared(PLANNED)
    assert planned == BaselineComparison(0, NINE, NINE + 4 * HOUR, 120, 50_000, None, None, -120)
    (under_way,) = compared(PLANNED, TaskStarted(NINE - HOUR), TimeSpent(90, MONDAY, None))
    assert (under_way.start_variance_minutes, under_way.finish_variance_minutes) == (-60, None)
    assert under_way.work_variance_minutes == -30
    (late,) = compared(PLANNED, DONE)
    assert (late.start_variance_minutes, late.finish_variance_minutes) == (None, 60)
    (again,) = compared(PLANNED, DONE, TaskReopened("No", NOON, MONDAY))
    assert again.finish_variance_minutes is None


def test_a_baseline_set_late_is_held_against_what_happened_before() -> None:
    (late,) = compared(TaskStarted(NINE + HOUR), TimeSpent(130, MONDAY, None), DONE, PLANNED)
    assert (late.start_variance_minutes, late.finish_variance_minutes) == (60, 60)
    assert late.work_variance_minutes == 10


def test_baselines_are_shown_by_number_and_only_compared_where_something_was_planned() -> None:
    unplanned = TaskBaselineSet(2, None, None, None, None)
    first, second = compared(unplanned, PLANNED, TaskStarted(NINE), DONE)
    assert (first.number, second.number) == (0, 2)
    variances = second.start_variance_minutes, second.finish_variance_minutes, second.work_variance_minutes
    assert variances == (None, None, None)


def test_each_completion_says_how_far_it_was_from_the_first_baseline() -> None:
    second = replace(PLANNED, number=1, finish_at=NINE)
    early = replace(DONE, completed_at=NINE, completed_on=MONDAY + timedelta(days=1))
    said = observed(
        task_board.READ_MODEL, TASK_OPENED, PLANNED, second, DONE, TaskReopened("No", NOON, MONDAY), early
    )
    assert said["finish_variance", "1"] == (MONDAY, 60, None)
    assert said["finish_variance", "2"] == (MONDAY + timedelta(days=1), -240, None)
    assert ("finish_variance", "1") not in observed(task_board.READ_MODEL, TASK_OPENED, second, DONE)
