"""Reminders of a task: each counts, while the task is under way."""

import pytest

from domain.task import RemindTask, TaskCancelled, TaskClosed, TaskReminded
from tests.domain.test_task_ending import COMPLETED
from tests.examples import NOON, TASK_OPENED, TASK_STARTED
from tests.spec import given, state_after

REMINDED = TaskReminded(NOON)


@pytest.mark.parametrize("events", [(), (TASK_STARTED,), (REMINDED,)])
def test_each_reminder_of_a_task_under_way_counts(events: tuple[object, ...]) -> None:
    assert given(TASK_OPENED, *events).when(RemindTask()) == [REMINDED]


@pytest.mark.parametrize("closing", [COMPLETED, TaskCancelled("No longer wanted", NOON)])
def test_nobody_is_reminded_of_a_task_that_ended(closing: object) -> None:
    given(TASK_OPENED, closing).when(RemindTask()).refused(TaskClosed)


def test_a_reminder_changes_nothing_of_the_task() -> None:
    assert state_after(TASK_OPENED, REMINDED) == state_after(TASK_OPENED)
