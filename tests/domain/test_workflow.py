"""What may happen to a project's workflow, and to tasks that go through one and carry custom fields.

Longer than other files: each rule of its subject has its test here.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed, NotPermitted
from domain.project.custom_fields import (
    FieldDefined,
    FieldIsRetired,
    FieldRetired,
    FieldRevised,
    RequiredFieldMissing,
    UnknownField,
)
from domain.project.field_values import FieldType, UnfitValue
from domain.project.workflow import (
    DefineWorkflow,
    ReviseWorkflow,
    StateCategory,
    UnknownWorkflow,
    WorkflowDefined,
    WorkflowRevised,
    WorkflowState,
    WorkflowTransition,
)
from domain.roles import Role
from domain.task import (
    BlockTask,
    CancelTask,
    CompleteTask,
    MoveTask,
    OpenTask,
    ReopenTask,
    SetTaskField,
    StartTask,
    TaskBlocked,
    TaskCancelled,
    TaskClosed,
    TaskCompleted,
    TaskFieldCleared,
    TaskFieldSet,
    TaskIsBlocked,
    TaskMoved,
    TaskOpened,
    TaskReopened,
    TaskStarted,
    TaskWorkflowBound,
)
from domain.task.approval import ApprovalMissing, TaskApprovalRequired, TaskApproved
from domain.task.moving import NoSuchTransition, NoWorkflow
from domain.task.state import RunsByWorkflow
from tests.examples import (
    ANNA,
    BEN,
    HOUR,
    MONDAY,
    NINE,
    NOON,
    PROJECT_ID,
    PROJECT_STORY,
    STRANGER,
    TASK_OPENED,
    TASK_STARTED,
    project_after,
)
from tests.spec import given, state_after

STATES = (
    WorkflowState("New", StateCategory.OPEN),
    WorkflowState("In work", StateCategory.STARTED),
    WorkflowState("In review", StateCategory.STARTED),
    WorkflowState("Done", StateCategory.COMPLETED),
    WorkflowState("Accepted", StateCategory.COMPLETED),
)
WAYS = (
    WorkflowTransition("New", "In work"),
    WorkflowTransition("New", "Done"),
    WorkflowTransition("In work", "New"),
    WorkflowTransition("In work", "In review"),
    WorkflowTransition("In review", "Done", (Role.PROJECT_MANAGER,)),
    WorkflowTransition("Done", "Accepted"),
    WorkflowTransition("Done", "In work"),
    WorkflowTransition("Done", "New"),
)
SHORT = (WorkflowTransition("New", "Done"),)
DEFINE, DEFINED = DefineWorkflow(STATES, WAYS), WorkflowDefined(STATES, WAYS, 1)
REVISE, REVISED = ReviseWorkflow(STATES, SHORT), WorkflowRevised(STATES, SHORT, 2)

ONE = project_after(DEFINED)
TWO = project_after(DEFINED, REVISED)
BOUND = (TASK_OPENED, TaskWorkflowBound(1, "New"))
IN_WORK = (*BOUND, TASK_STARTED, TaskMoved("New", "In work", NINE + HOUR))
IN_REVIEW = (*IN_WORK, TaskMoved("In work", "In review", NINE + HOUR))
COMPLETED = TaskCompleted(NOON, MONDAY, None, NINE + HOUR, 180, 120, 120)
DONE = (*IN_REVIEW, COMPLETED, TaskMoved("In review", "Done", NOON))

LOT = FieldDefined("lot", "Lot", FieldType.CHOICE, ("A", "B"), is_required=False, version=1, defined_at=NINE)
LOT_2 = FieldRevised("lot", "Lot", FieldType.NUMBER, (), is_required=True, version=2, revised_at=NOON)
WITH_LOT = project_after(LOT)


def test_a_workflow_is_defined_once_and_revised_in_versions() -> None:
    assert given(*PROJECT_STORY).when(DEFINE) == [DEFINED]
    assert given(*PROJECT_STORY, DEFINED).when(DEFINE) == []
    given(*PROJECT_STORY, DEFINED, REVISED).when(DEFINE).refused(AlreadyExists)
    assert given(*PROJECT_STORY, DEFINED).when(REVISE) == [REVISED]
    assert given(*PROJECT_STORY, DEFINED, REVISED).when(REVISE) == []
    back = ReviseWorkflow(STATES, WAYS)
    assert given(*PROJECT_STORY, DEFINED, REVISED).when(back) == [WorkflowRevised(STATES, WAYS, 3)]
    given(*PROJECT_STORY).when(REVISE).refused(UnknownWorkflow)


def test_a_task_is_bound_to_the_version_in_force_when_it_is_opened() -> None:
    opening = OpenTask(PROJECT_ID, "Weld the frame")
    opened = TaskOpened(PROJECT_ID, "Weld the frame", "", None, NOON, MONDAY)
    assert given().when(opening) == [opened]
    assert given(within=ONE).when(opening) == [opened, TaskWorkflowBound(1, "New")]
    assert given(within=TWO).when(opening) == [opened, TaskWorkflowBound(2, "New")]
    assert given(opened, within=ONE).when(opening) == []


def test_a_move_says_what_it_means_for_the_status() -> None:
    assert given(*BOUND, within=ONE).when(MoveTask("In work")) == [
        TaskStarted(NOON),
        TaskMoved("New", "In work", NOON),
    ]
    assert given(*IN_WORK, within=ONE).when(MoveTask("In work")) == []
    assert given(*IN_WORK, within=ONE).when(MoveTask("In review")) == [
        TaskMoved("In work", "In review", NOON)
    ]
    assert given(*IN_REVIEW, within=ONE).when(MoveTask("Done")) == [
        COMPLETED,
        TaskMoved("In review", "Done", NOON),
    ]
    assert given(*DONE, within=ONE).when(MoveTask("Accepted")) == [TaskMoved("Done", "Accepted", NOON)]


def test_a_move_does_not_complete_a_task_without_the_approval_it_needs() -> None:
    needed = (*IN_REVIEW, TaskApprovalRequired("purchase"))
    done = [COMPLETED, TaskMoved("In review", "Done", NOON)]
    given(*needed, within=ONE).when(MoveTask("Done")).refused(ApprovalMissing)
    other, approved = (TaskApproved(UUID(int=71), path) for path in ("travel", "purchase"))
    given(*needed, other, within=ONE).when(MoveTask("Done")).refused(ApprovalMissing)
    assert given(*needed, approved, within=ONE).when(MoveTask("Done")) == done
    back = (*IN_WORK, TaskApprovalRequired("purchase"))
    assert given(*back, within=ONE).when(MoveTask("New")) == [TaskMoved("In work", "New", NOON)]


def test_a_task_sent_back_is_reopened_and_stays_started_if_it_was() -> None:
    reopened = TaskReopened("Moved back in its workflow", NOON, MONDAY)
    expected = [reopened, TaskMoved("Done", "In work", NOON)]
    assert given(*DONE, within=ONE).when(MoveTask("In work")) == expected
    assert given(*DONE, within=ONE).when(MoveTask("New")) == [reopened, TaskMoved("Done", "New", NOON)]
    assert given(*IN_WORK, within=ONE).when(MoveTask("New")) == [TaskMoved("In work", "New", NOON)]
    never_started = replace(COMPLETED, started_at=None, cycle_minutes=None, cycle_working_minutes=None)
    at_once = (*BOUND, never_started, TaskMoved("New", "Done", NOON))
    expected = [reopened, TaskStarted(NOON), TaskMoved("Done", "In work", NOON)]
    assert given(*at_once, within=ONE).when(MoveTask("In work")) == expected


def test_a_task_keeps_the_version_it_was_opened_under() -> None:
    assert len(given(*IN_WORK, within=TWO).when(MoveTask("In review")).events) == 1
    newer = (TASK_OPENED, TaskWorkflowBound(2, "New"))
    given(*newer, within=TWO).when(MoveTask("In work")).refused(NoSuchTransition, field="state")
    assert len(given(*newer, within=TWO).when(MoveTask("Done")).events) == 2


def test_a_transition_is_for_those_it_names() -> None:
    for actor in (BEN, STRANGER):
        given(*IN_REVIEW, within=ONE).when(MoveTask("Done"), by=actor).refused(NotPermitted, field="state")
    assert len(given(*IN_REVIEW, within=ONE).when(MoveTask("Done"), by=ANNA).events) == 2
    assert len(given(*BOUND, within=ONE).when(MoveTask("In work"), by=BEN).events) == 2


def test_a_move_needs_a_workflow_and_a_task_that_nothing_holds_up() -> None:
    given(TASK_OPENED, within=ONE).when(MoveTask("In work")).refused(NoWorkflow)
    given(*BOUND, within=ONE).when(MoveTask("Nowhere")).refused(NoSuchTransition, field="state")
    given(*BOUND, within=ONE).when(MoveTask("Accepted")).refused(NoSuchTransition, field="state")
    blocked = (*BOUND, TaskBlocked("No steel", NINE))
    given(*blocked, within=ONE).when(MoveTask("In work")).refused(TaskIsBlocked)
    cancelled = (*BOUND, TaskCancelled("No need", NINE))
    given(*cancelled, within=ONE).when(MoveTask("In work")).refused(TaskClosed)


def test_what_goes_through_a_workflow_is_started_completed_and_reopened_only_there() -> None:
    given(*BOUND, within=ONE).when(StartTask()).refused(RunsByWorkflow)
    given(*BOUND, within=ONE).when(CompleteTask()).refused(RunsByWorkflow)
    given(*DONE, within=ONE).when(ReopenTask("Wrong")).refused(RunsByWorkflow)
    assert given(*IN_WORK, within=ONE).when(StartTask()) == []
    assert given(*DONE, within=ONE).when(CompleteTask()) == []
    assert given(*BOUND, within=ONE).when(BlockTask("No steel")) == [TaskBlocked("No steel", NOON)]
    assert given(*BOUND, within=ONE).when(CancelTask("No need")) == [TaskCancelled("No need", NOON)]
    cancelled = (*IN_WORK, TaskCancelled("No need", NINE))
    assert given(*cancelled, within=ONE).when(ReopenTask("Needed")) == [TaskReopened("Needed", NOON, MONDAY)]
    again = state_after(*cancelled, TaskReopened("Needed", NOON, MONDAY))
    assert (again.workflow_state, again.status.value) == ("In work", "started")


def test_a_value_fits_the_definition_in_force_and_keeps_its_version() -> None:
    wish = SetTaskField("lot", "A")
    assert given(TASK_OPENED, within=WITH_LOT).when(wish) == [TaskFieldSet("lot", "A", 1)]
    was_set = (TASK_OPENED, TaskFieldSet("lot", "A", 1))
    assert given(*was_set, within=WITH_LOT).when(wish) == []
    revised = project_after(LOT, LOT_2)
    given(*was_set, within=revised).when(wish).refused(UnfitValue, field="value")
    expected = [TaskFieldSet("lot", "12.5", 2)]
    assert given(*was_set, within=revised).when(SetTaskField("lot", "12.5")) == expected
    given(*was_set, within=WITH_LOT).when(SetTaskField("size", "1")).refused(UnknownField, field="code")


def test_a_value_is_taken_away_and_none_is_set_once_the_field_is_retired() -> None:
    was_set = (TASK_OPENED, TaskFieldSet("lot", "A", 1))
    none = SetTaskField("lot", None)
    assert given(*was_set, within=WITH_LOT).when(none) == [TaskFieldCleared("lot")]
    assert given(*was_set, TaskFieldCleared("lot"), within=WITH_LOT).when(none) == []
    retired = project_after(LOT, FieldRetired("lot"))
    given(*was_set, within=retired).when(SetTaskField("lot", "B")).refused(FieldIsRetired, field="code")
    assert given(*was_set, within=retired).when(none) == [TaskFieldCleared("lot")]
    closed = (*was_set, TaskCancelled("No need", NINE))
    given(*closed, within=WITH_LOT).when(none).refused(TaskClosed)


@pytest.mark.parametrize(
    ("kind", "fits", "fits_not"),
    [
        (FieldType.TEXT, ("Grüße", "1"), ()),
        (FieldType.NUMBER, ("0", "-12.5", "999999999999999.999999"), ("1,5", "1e3", ".5", "1.", "٣", "1\n")),
        (FieldType.DAY, ("2026-03-31", "2024-02-29"), ("2026-02-29", "31.3.2026", "20260331", "2026-W10-1")),
        (FieldType.CHOICE, ("A",), ("a", "C", "A ")),
        (FieldType.FLAG, ("true", "false"), ("True", "1", "yes")),
    ],
)
def test_a_value_is_of_its_fields_type(
    kind: FieldType, fits: tuple[str, ...], fits_not: tuple[str, ...]
) -> None:
    choices = ("A", "B") if kind is FieldType.CHOICE else ()
    within = project_after(replace(LOT, type=kind, choices=choices))
    for value in fits:
        expected = [TaskFieldSet("lot", value, 1)]
        assert given(TASK_OPENED, within=within).when(SetTaskField("lot", value)) == expected
    for value in fits_not:
        refused = given(TASK_OPENED, within=within).when(SetTaskField("lot", value))
        refused.refused(UnfitValue, field="value")


def test_a_task_is_completed_with_what_was_required_when_it_was_opened() -> None:
    required = replace(LOT, is_required=True)
    given(TASK_OPENED, within=project_after(required)).when(CompleteTask()).refused(RequiredFieldMissing)
    in_review = given(*IN_REVIEW, within=project_after(DEFINED, required)).when(MoveTask("Done"))
    assert in_review.refused(RequiredFieldMissing).message == "The required field lot has no value."
    was_set = (TASK_OPENED, TaskFieldSet("lot", "A", 1))
    assert len(given(*was_set, within=project_after(required)).when(CompleteTask()).events) == 1
    for events in (
        (replace(required, defined_at=NINE + HOUR),),  # required only after the task was opened
        (LOT, LOT_2),
        (required, replace(LOT_2, is_required=False)),
        (required, FieldRetired("lot")),
    ):
        assert len(given(TASK_OPENED, within=project_after(*events)).when(CompleteTask()).events) == 1
    given(TASK_OPENED, within=project_after(required, LOT_2)).when(CompleteTask()).refused(
        RequiredFieldMissing
    )


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (DEFINE, {"states": ()}, "states"),
        (DEFINE, {"states": (*STATES, STATES[1])}, "states"),
        (DEFINE, {"states": tuple(WorkflowState(f"S{n}", StateCategory.OPEN) for n in range(51))}, "states"),
        (DEFINE, {"states": STATES[1:]}, "states.0"),
        (DEFINE, {"transitions": (WAYS[0], WAYS[0])}, "transitions"),
        (DEFINE, {"transitions": (*SHORT, WorkflowTransition("New", "Gone"))}, "transitions.1"),
        (DEFINE, {"transitions": WAYS[:1]}, "transitions"),
        (REVISE, {"transitions": ()}, "transitions"),
        (STATES[0], {"name": ""}, "name"),
        (WAYS[0], {"to_state": "New"}, "toState"),
        (WAYS[0], {"roles": (Role.AUDITOR,)}, "roles"),
        (MoveTask("Done"), {"state": ""}, "state"),
        (SetTaskField("lot", "A"), {"value": " "}, "value"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(command: Any, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)
    assert refusal.value.field == field
