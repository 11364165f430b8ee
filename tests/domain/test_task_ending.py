"""How a task ends, how long it took, and how long departments waited for each other."""

from dataclasses import replace

import pytest

from domain.elapsed import OutOfOrder
from domain.project import UnknownDepartment, WorkingCalendarSet
from domain.task import (
    DECIDER,
    AnswerHandOff,
    CancelTask,
    CompletedBeforeStarted,
    CompleteTask,
    HandOffAnswered,
    HandOffOpen,
    HandOffTask,
    NoOpenHandOff,
    ReopenTask,
    TaskBlocked,
    TaskCancelled,
    TaskClosed,
    TaskCompleted,
    TaskDueDateSet,
    TaskHandedOff,
    TaskIsBlocked,
    TaskReopened,
    TaskStarted,
    TaskStatus,
    TaskUnblocked,
)
from tests.examples import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    MORNINGS,
    NINE,
    NOON,
    TASK_OPENED,
    TASK_STARTED,
    project_after,
)
from tests.spec import given, state_after

COMPLETED = TaskCompleted(NOON, MONDAY, None, None, 180, None, None)
CANCELLED = TaskCancelled("No longer wanted", NOON)
REOPENED = TaskReopened("Not done", NOON, MONDAY)
HANDED_OFF = TaskHandedOff("Assembly", "Purchasing", NINE)
HAND_OFF = HandOffTask(to_department="Purchasing", from_department="Assembly")
ANSWERED = HandOffAnswered("Assembly", "Purchasing", NINE, NOON, MONDAY, 180, 180)


def test_a_task_never_started_has_a_lead_time_and_no_cycle_time() -> None:
    assert given(TASK_OPENED).when(CompleteTask()) == [COMPLETED]


def test_a_completed_task_carries_its_due_date_and_both_its_times() -> None:
    until = NOON + DAY  # Tuesday 12:00 in Vienna: seven hours of Monday and three of Tuesday since 10:00
    completed = TaskCompleted(until, MONDAY + DAY, MONDAY, NINE + HOUR, 1_620, 1_560, 600)
    before = given(TASK_OPENED, TaskDueDateSet(MONDAY), TASK_STARTED)
    assert before.when(CompleteTask(), at=until) == [completed]


def test_cycle_time_counts_on_the_standard_calendar_of_the_project() -> None:
    mornings = project_after(WorkingCalendarSet("standard", MORNINGS))
    completed = TaskCompleted(NOON + HOUR, MONDAY, None, NINE + HOUR, 240, 180, 120)
    before = given(TASK_OPENED, TASK_STARTED, within=mornings)
    assert before.when(CompleteTask(), at=NOON + HOUR) == [completed]


def test_cycle_time_counts_from_the_first_start() -> None:
    events = (TASK_OPENED, TASK_STARTED, COMPLETED, REOPENED, TaskStarted(NOON))
    assert state_after(*events).started_at == TASK_STARTED.started_at


def test_a_task_completes_once() -> None:
    assert given(TASK_OPENED, COMPLETED).when(CompleteTask()) == []


def test_a_blocked_task_does_not_complete() -> None:
    given(TASK_OPENED, TaskBlocked("No steel", NINE)).when(CompleteTask()).refused(TaskIsBlocked)


def test_a_cancelled_task_does_not_complete() -> None:
    given(TASK_OPENED, CANCELLED).when(CompleteTask()).refused(TaskClosed)


def test_a_task_does_not_complete_before_it_was_started() -> None:
    before = given(TASK_OPENED, TASK_STARTED)
    refusal = before.when(CompleteTask(), at=NINE + HOUR - MINUTE).refused(CompletedBeforeStarted)
    assert "started" in refusal.message


def test_a_task_does_not_complete_before_it_was_opened() -> None:
    refusal = given(TASK_OPENED).when(CompleteTask(), at=NINE - MINUTE).refused(CompletedBeforeStarted)
    assert "opened" in refusal.message


@pytest.mark.parametrize("closing", [COMPLETED, CANCELLED])
def test_a_task_is_not_reopened_before_it_was_closed(closing: object) -> None:
    given(TASK_OPENED, closing).when(ReopenTask("x"), at=NOON - MINUTE).refused(OutOfOrder)


@pytest.mark.parametrize("ending", [CompleteTask(), CancelTask("No longer wanted")])
def test_a_reopened_task_does_not_end_before_that(ending: object) -> None:
    given(TASK_OPENED, CANCELLED, REOPENED).when(ending, at=NOON - MINUTE).refused(OutOfOrder)


@pytest.mark.parametrize("events", [(TASK_OPENED,), (TASK_OPENED, TASK_STARTED)])
def test_a_task_is_not_cancelled_before_it_was_opened_or_started(events: tuple[object, ...]) -> None:
    before = NINE + (len(events) - 1) * HOUR - MINUTE
    given(*events).when(CancelTask("No longer wanted"), at=before).refused(OutOfOrder)


@pytest.mark.parametrize("closing", [COMPLETED, CANCELLED])
def test_a_closed_task_is_reopened_and_says_why(closing: object) -> None:
    assert given(TASK_OPENED, closing).when(ReopenTask("Not done")) == [REOPENED]


@pytest.mark.parametrize("events", [(), (TASK_STARTED,), (TaskBlocked("No steel", NINE),)])
def test_a_task_under_way_needs_no_reopening(events: tuple[object, ...]) -> None:
    assert given(TASK_OPENED, *events).when(ReopenTask("Not done")) == []


def test_a_reopened_task_is_started_if_it_ever_was() -> None:
    fresh = state_after(TASK_OPENED, COMPLETED, REOPENED)
    begun = state_after(TASK_OPENED, TASK_STARTED, COMPLETED, REOPENED)
    assert (fresh.status, begun.status) == (TaskStatus.OPEN, TaskStatus.STARTED)
    assert (fresh.completed_at, fresh.reopened) == (None, 1)


def test_a_reopening_has_the_day_of_the_projects_time_zone() -> None:
    late = NOON + 12 * HOUR  # Tuesday in Vienna, Monday in UTC
    reopened = TaskReopened("Not done", late, MONDAY + DAY)
    assert given(TASK_OPENED, COMPLETED).when(ReopenTask("Not done"), at=late) == [reopened]


def test_a_reopening_stored_without_its_day_has_that_of_utc() -> None:
    upcast = DECIDER.upcasts["task.reopened.v1"]
    stored = {"cause": "x", "reopened_at": "2026-03-02T23:30:00Z"}
    assert upcast.transform(stored) == {**stored, "reopened_on": "2026-03-02"}


def test_a_task_is_cancelled_once() -> None:
    assert given(TASK_OPENED).when(CancelTask("No longer wanted")) == [CANCELLED]
    assert given(TASK_OPENED, CANCELLED).when(CancelTask("Out of money")) == []


def test_a_completed_task_is_not_cancelled() -> None:
    given(TASK_OPENED, COMPLETED).when(CancelTask("No longer wanted")).refused(TaskClosed)


def test_a_blocked_task_can_be_cancelled_and_is_not_blocked_when_reopened() -> None:
    blocked = TaskBlocked("No steel", NINE)
    assert given(TASK_OPENED, blocked).when(CancelTask("No longer wanted")) == [CANCELLED]
    assert state_after(TASK_OPENED, blocked, CANCELLED, REOPENED).status is TaskStatus.OPEN


def test_a_task_is_handed_from_department_to_department() -> None:
    assert given(TASK_OPENED).when(HAND_OFF, at=NINE) == [HANDED_OFF]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"to_department": "Sales"}, "toDepartment"), ({"from_department": "Sales"}, "fromDepartment")],
)
def test_both_departments_are_named_in_the_project(change: dict[str, str], field: str) -> None:
    given(TASK_OPENED).when(replace(HAND_OFF, **change)).refused(UnknownDepartment, field=field)


def test_one_hand_off_is_open_at_a_time() -> None:
    assert given(TASK_OPENED, HANDED_OFF).when(HAND_OFF) == []
    given(TASK_OPENED, HANDED_OFF).when(HandOffTask("Assembly", "Purchasing")).refused(HandOffOpen)


def test_an_answered_task_can_be_handed_off_again() -> None:
    before = given(TASK_OPENED, HANDED_OFF, ANSWERED)
    assert before.when(HAND_OFF) == [replace(HANDED_OFF, handed_off_at=NOON)]
    assert state_after(TASK_OPENED, HANDED_OFF, ANSWERED, HANDED_OFF).hand_offs == 2


def test_an_answer_counts_elapsed_minutes_and_those_the_answering_department_worked() -> None:
    assert given(TASK_OPENED, HANDED_OFF).when(AnswerHandOff()) == [ANSWERED]
    mornings = project_after(WorkingCalendarSet("Purchasing", MORNINGS))
    late = replace(
        ANSWERED,
        answered_at=NOON + DAY,
        answered_on=MONDAY + DAY,
        elapsed_minutes=1_620,
        working_minutes=180 + 240,
    )
    before = given(TASK_OPENED, HANDED_OFF, within=mornings)
    assert before.when(AnswerHandOff(), at=NOON + DAY) == [late]


def test_the_calendar_of_the_waiting_department_does_not_count() -> None:
    mornings = project_after(WorkingCalendarSet("Assembly", MORNINGS))
    answered = replace(ANSWERED, answered_at=NOON + HOUR, elapsed_minutes=240, working_minutes=240)
    assert given(TASK_OPENED, HANDED_OFF, within=mornings).when(AnswerHandOff(), at=NOON + HOUR) == [answered]


def test_there_is_nothing_to_answer_without_a_hand_off() -> None:
    given(TASK_OPENED).when(AnswerHandOff()).refused(NoOpenHandOff)
    given(TASK_OPENED, HANDED_OFF, ANSWERED).when(AnswerHandOff()).refused(NoOpenHandOff)


def test_an_answer_is_not_given_before_the_hand_off() -> None:
    given(TASK_OPENED, HANDED_OFF).when(AnswerHandOff(), at=NINE - MINUTE).refused(OutOfOrder)


def test_a_hand_off_is_answered_even_after_the_task_was_completed() -> None:
    assert given(TASK_OPENED, HANDED_OFF, COMPLETED).when(AnswerHandOff()) == [ANSWERED]


def test_an_unblocked_task_completes() -> None:
    blocked, unblocked = TaskBlocked("No steel", NINE), TaskUnblocked(NOON, 180)
    assert given(TASK_OPENED, blocked, unblocked).when(CompleteTask()) == [COMPLETED]
