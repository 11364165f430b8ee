"""The task board: every branch of its fold and of what it says."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain import task
from domain.earned_value import EarningRule
from domain.task import TaskStatus
from domain.task.earning import EarningMilestoneMarked, EarningRuleSet
from domain.task.phasing import TaskPlannedInPhase
from domain.task.state import EarningMilestone
from projections.task_board import READ_MODEL, CustomValue, WeightedMilestone
from tests.examples import ANNA, BEN, DAY, HOUR, MONDAY, NINE, TASK_OPENED, TASK_STARTED
from tests.projections.folding import STREAM, observed, row_after, seen

DONE = task.TaskCompleted(
    completed_at=NINE + 5 * HOUR,
    completed_on=MONDAY,
    due_on=None,
    started_at=None,
    lead_minutes=300,
    cycle_minutes=None,
    cycle_working_minutes=None,
)
STARTED_AND_DONE = replace(
    DONE, started_at=NINE + HOUR, due_on=MONDAY, cycle_minutes=240, cycle_working_minutes=180
)
REOPENED = task.TaskReopened("Not yet", NINE + DAY, MONDAY + DAY)
BLOCKED = task.TaskBlocked("No steel", NINE)
UNBLOCKED = task.TaskUnblocked(NINE, 0)
HANDED = task.TaskHandedOff("Assembly", "Purchasing", NINE)
ANSWERED = task.HandOffAnswered("Assembly", "Purchasing", NINE, NINE + HOUR, MONDAY, 60, 45)
DUE = task.TaskDueDateSet(MONDAY)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), {"title": "Weld the frame", "status": TaskStatus.OPEN, "opened_at": NINE}),
        ((task.TaskRetitled("Cut"),), {"title": "Cut"}),
        ((task.TaskDescribed("Long"),), {"description": "Long"}),
        ((task.TaskEstimated(90),), {"estimate_minutes": 90}),
        ((DUE,), {"due_on": MONDAY}),
        ((DUE, task.TaskDueDateSet(None)), {"due_on": None}),
        ((task.TaskAssigned(ANNA), task.TaskAssigned(BEN)), {"assignee_ids": (ANNA, BEN)}),
        (
            (task.TaskAssigned(ANNA), task.TaskAssigned(BEN), task.TaskUnassigned(ANNA)),
            {"assignee_ids": (BEN,)},
        ),
        ((TASK_STARTED,), {"status": TaskStatus.STARTED, "started_at": NINE + HOUR}),
        ((TASK_STARTED, task.TaskStarted(NINE + DAY)), {"started_at": NINE + HOUR}),
        ((BLOCKED,), {"status": TaskStatus.BLOCKED, "blocked_by": "No steel"}),
        ((BLOCKED, UNBLOCKED), {"status": TaskStatus.OPEN, "blocked_by": None}),
        ((TASK_STARTED, BLOCKED, UNBLOCKED), {"status": TaskStatus.STARTED}),
        ((HANDED,), {"handed_to": "Purchasing", "responses": ()}),
        ((HANDED, ANSWERED), {"handed_to": None}),
        ((task.TaskProgressed(40),), {"percent": 40}),
        ((task.TimeSpent(30, MONDAY, None), task.TimeSpent(15, MONDAY, BEN)), {"spent_minutes": 45}),
        ((DONE,), {"status": TaskStatus.COMPLETED, "completed_at": NINE + 5 * HOUR}),
        ((DONE, REOPENED), {"status": TaskStatus.OPEN, "completed_at": None, "reopened_count": 1}),
        ((TASK_STARTED, DONE, REOPENED), {"status": TaskStatus.STARTED}),
        ((task.TaskCancelled("No need", NINE),), {"status": TaskStatus.CANCELLED}),
        ((), {"opened_on": MONDAY, "workflow_version": None, "workflow_state": None}),
        ((task.TaskWorkflowBound(2, "New"),), {"workflow_version": 2, "workflow_state": "New"}),
        (
            (task.TaskWorkflowBound(2, "New"), task.TaskMoved("New", "In work", NINE)),
            {"workflow_version": 2, "workflow_state": "In work", "status": TaskStatus.OPEN},
        ),
        (
            (task.TaskFieldSet("lot", "A", 1), task.TaskFieldSet("due", "B", 1)),
            {"custom_values": (CustomValue("lot", "A", 1), CustomValue("due", "B", 1))},
        ),
        (
            (task.TaskFieldSet("lot", "A", 1), task.TaskFieldSet("lot", "B", 2)),
            {"custom_values": (CustomValue("lot", "B", 2),)},
        ),
        ((task.TaskFieldSet("lot", "A", 1), task.TaskFieldCleared("lot")), {"custom_values": ()}),
        ((BLOCKED, task.TaskCancelled("No need", NINE)), {"blocked_by": None}),
        (
            (
                EarningRuleSet(EarningRule.WEIGHTED_MILESTONES, (EarningMilestone("Cut", 100),)),
                EarningMilestoneMarked(1, is_reached=True),
            ),
            {
                "earning_rule": EarningRule.WEIGHTED_MILESTONES,
                "earning_milestones": (WeightedMilestone(1, "Cut", 100, is_reached=True),),
            },
        ),
        ((TaskPlannedInPhase(2),), {"phase": 2}),
        ((TaskPlannedInPhase(2), TaskPlannedInPhase(None)), {"phase": None}),
    ],
)
def test_each_event_shows_on_the_card(events: tuple[object, ...], expected: dict[str, Any]) -> None:
    card = row_after(READ_MODEL, TASK_OPENED, *events)
    assert card.task_id == STREAM
    assert {name: getattr(card, name) for name in expected} == expected


def test_what_goes_on_must_have_begun() -> None:
    with pytest.raises(AssertionError):
        READ_MODEL.evolve(None, seen(DONE))


def test_a_task_that_is_somebodys_and_has_no_due_day_says_nothing() -> None:
    assert observed(READ_MODEL, TASK_OPENED, TASK_STARTED, task.TaskAssigned(ANNA)) == {}


@pytest.mark.parametrize(
    ("events", "is_observed"),
    [
        ((), True),
        ((task.TaskAssigned(ANNA),), False),
        ((task.TaskAssigned(ANNA), task.TaskUnassigned(ANNA)), True),
        ((DONE,), False),
        ((DONE, REOPENED), True),
        ((task.TaskCancelled("No need", NINE),), False),
    ],
)
def test_a_task_under_way_without_an_owner_is_observed(
    events: tuple[object, ...], *, is_observed: bool
) -> None:
    said = observed(READ_MODEL, TASK_OPENED, *events).get(("tasks_without_owner", ""))
    assert said == ((MONDAY, 1, None) if is_observed else None)


def test_a_completion_of_a_task_never_started_has_no_cycle_time() -> None:
    assert observed(READ_MODEL, TASK_OPENED, DONE) == {
        ("throughput", "1"): (MONDAY, 1, None),
        ("lead_time", "1"): (MONDAY, 300, None),
    }


def test_each_completion_is_observed_and_reopening_takes_none_back() -> None:
    late = replace(STARTED_AND_DONE, completed_on=MONDAY + timedelta(days=1))
    said = observed(READ_MODEL, TASK_OPENED, TASK_STARTED, STARTED_AND_DONE, REOPENED, late, REOPENED)
    assert said["on_time_rate", "1"] == (MONDAY, 1, True)
    assert said["on_time_rate", "2"] == (MONDAY + timedelta(days=1), 1, False)
    assert said["cycle_time", "1"] == (MONDAY, 240, None)
    assert said["cycle_time_working", "2"] == (MONDAY + timedelta(days=1), 180, None)
    assert {name for kpi, name in said if kpi == "throughput"} == {"1", "2"}


@pytest.mark.parametrize(
    ("events", "is_met"),
    [
        ((DUE,), False),
        ((DUE, DONE), True),
        ((DUE, replace(DONE, completed_on=MONDAY + timedelta(days=1))), False),
        ((DUE, DONE, REOPENED), False),
        ((DUE, task.TaskCancelled("No need", NINE)), None),
        ((DUE, task.TaskDueDateSet(None)), None),
    ],
)
def test_what_is_due_is_met_by_a_completion_that_stands(events: tuple[object, ...], is_met: object) -> None:
    said = observed(READ_MODEL, TASK_OPENED, *events).get(("on_time_rate_of_due", ""))
    assert said == (None if is_met is None else (MONDAY, 1, is_met))


@pytest.mark.parametrize(("finish_at", "is_met"), [(DONE.completed_at, True), (NINE, False)])
def test_a_completion_is_also_held_against_the_first_baseline(finish_at: Any, *, is_met: bool) -> None:
    planned = task.TaskBaselineSet(0, None, finish_at, None, None)
    other = task.TaskBaselineSet(3, None, NINE + DAY, None, None)
    said = observed(READ_MODEL, TASK_OPENED, planned, other, DONE)
    assert said["on_time_rate_of_baseline", "1"] == (MONDAY, 1, is_met)


def test_an_answer_is_a_response_of_the_department_it_was_handed_to() -> None:
    said = observed(READ_MODEL, TASK_OPENED, task.TaskAssigned(ANNA), HANDED, ANSWERED)
    assert said == {
        ("cross_department_response", "1"): (MONDAY, 45, None),
        ("cross_department_response_elapsed", "1"): (MONDAY, 60, None),
    }
