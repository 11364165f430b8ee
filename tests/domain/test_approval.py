"""What may happen to a request for approval, and to a task that needs one before it is completed.

Longer than other files: each rule of its subject has its test here.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.approval.automation import (
    ApproveAutomatically,
    ApprovedAutomatically,
    MarkStepOverdue,
    RuleDoesNotApprove,
    StepOverdue,
)
from domain.approval.deciding import (
    ApprovalRejected,
    Approved,
    ApproveStep,
    NotTheApprover,
    OwnRequest,
    RejectApproval,
    StepApproved,
    StepNotBegun,
    UnknownStep,
)
from domain.approval.requesting import (
    ApprovalRequested,
    ApprovalWithdrawn,
    NotTheRequester,
    RequestApproval,
    WithdrawApproval,
)
from domain.approval.state import ApprovalDecided
from domain.elapsed import OutOfOrder
from domain.errors import AlreadyExists, Malformed, ProjectClosed, UnknownApproval
from domain.ids import ApprovalId
from domain.project import MemberNamed
from domain.project import ProjectClosed as Closed
from domain.project.approval_paths import ApprovalPathRevised, UnknownApprovalPath
from domain.project.approval_rules import ApprovalRuleRetired
from domain.roles import Role
from domain.task import CompleteTask, ReopenTask, TaskClosed, TaskReopened
from domain.task.approval import (
    ApprovalMissing,
    RecordTaskApproval,
    RequireApproval,
    TaskApprovalRequired,
    TaskApproved,
)
from tests.domain.test_approval_paths import BUYER, DEFINED, LEAD, RULED
from tests.domain.test_task_ending import COMPLETED
from tests.examples import (
    ANNA,
    BEN,
    CUT,
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    NINE,
    NOON,
    PROJECT_ID,
    STRANGER,
    TASK_OPENED,
    project_after,
)
from tests.spec import Then, given

CARL = UUID(int=14)
TEAM = (MemberNamed(CARL, Role.MEMBER, None), DEFINED)
PROJECT = project_after(*TEAM)
RULING = project_after(*TEAM, RULED)
REQUEST = RequestApproval(PROJECT_ID, "purchase", "A welding robot", 200_000, CUT)
REQUESTED = ApprovalRequested(
    project_id=PROJECT_ID,
    subject="A welding robot",
    amount_cents=200_000,
    path_code="purchase",
    path_version=1,
    steps=(LEAD, BUYER),
    task_id=CUT,
    rule_code=None,
    requested_by=CARL,
    requested_at=NINE,
    due_at=NINE + 8 * HOUR,  # a working day of 480 minutes
)
SMALL = replace(REQUESTED, amount_cents=50_000, steps=(LEAD,), rule_code="small")
BUYER_DUE = NINE + 2 * DAY + 3 * HOUR  # 960 working minutes after Monday noon
LEAD_APPROVED = StepApproved("Lead", ANNA, NOON, 180, 180, is_within_deadline=True, next_due_at=BUYER_DUE)
AUTOMATIC = ApprovedAutomatically("small", "purchase", 1, NINE, MONDAY, 0)
TUESDAY_NOON = NOON + DAY
REJECTED = ApprovalRejected(
    step="Lead",
    approver_id=ANNA,
    cause="Too dear",
    path_code="purchase",
    path_version=1,
    rejected_at=NOON,
    rejected_on=MONDAY,
    step_elapsed_minutes=180,
    step_working_minutes=180,
    is_within_deadline=True,
    elapsed_minutes=180,
    working_minutes=180,
)
OVERDUE = StepOverdue("Lead", REQUESTED.due_at, BEN)


def after(*events: object, within: Any = PROJECT) -> Any:
    return given(*events, within=within)


def approved(
    *, by: UUID, at: Any = NOON, step: str = "Lead", events: tuple[object, ...] = (REQUESTED,)
) -> Then:
    return after(*events).when(ApproveStep(step), at=at, by=by)


def test_a_request_runs_under_the_path_version_of_its_day_and_skips_steps_below_their_amount() -> None:
    assert after().when(REQUEST, at=NINE, by=CARL) == [REQUESTED]
    small = replace(REQUEST, amount_cents=99_999)
    (event,) = after().when(small, at=NINE, by=CARL).events
    assert event.steps == (LEAD,)
    revised = project_after(*TEAM, ApprovalPathRevised("purchase", 2, (LEAD,), 2, 1, "Slow", None))
    (event,) = after(within=revised).when(REQUEST, at=NINE, by=CARL).events
    assert (event.path_version, event.steps) == (2, (LEAD,))
    assert approved(by=ANNA) == [LEAD_APPROVED]


def test_the_rule_that_approves_a_request_is_named_in_it() -> None:
    wish = replace(REQUEST, amount_cents=50_000)
    assert after(within=RULING).when(wish, at=NINE, by=CARL) == [SMALL]
    (event,) = after(within=RULING).when(replace(wish, amount_cents=50_001), at=NINE, by=CARL).events
    assert event.rule_code is None


def test_a_request_is_made_once_on_a_path_there_is() -> None:
    assert after(REQUESTED).when(REQUEST, by=CARL) == []
    after(REQUESTED).when(REQUEST, by=BEN).refused(AlreadyExists)
    after(REQUESTED).when(replace(REQUEST, amount_cents=1), by=CARL).refused(AlreadyExists)
    unknown = replace(REQUEST, path_code="travel")
    after().when(unknown).refused(UnknownApprovalPath, field="pathCode")


def test_a_deadline_counts_working_minutes() -> None:
    friday = NINE + timedelta(days=4, hours=7)  # 16:00 in Vienna: an hour that day, seven on Monday
    (event,) = after().when(REQUEST, at=friday, by=CARL).events
    assert event.due_at == NINE + timedelta(days=7, hours=7)


def test_a_step_is_approved_by_whoever_has_its_role_or_stands_in_and_the_last_one_approves_all() -> None:
    assert approved(by=ANNA) == [LEAD_APPROVED]
    assert approved(by=BEN) == [replace(LEAD_APPROVED, approver_id=BEN)]
    final = StepApproved("Buyer", BEN, TUESDAY_NOON, 1_440, 480, is_within_deadline=True, next_due_at=None)
    before = (REQUESTED, LEAD_APPROVED)
    assert approved(by=BEN, at=TUESDAY_NOON, step="Buyer", events=before) == [
        final,
        Approved("purchase", 1, TUESDAY_NOON, MONDAY + DAY, 1_620, 660),
    ]
    assert approved(by=ANNA, events=(REQUESTED, LEAD_APPROVED)) == []
    late = approved(by=ANNA, at=REQUESTED.due_at + MINUTE).events[0]
    assert (late.is_within_deadline, late.elapsed_minutes, late.working_minutes) == (False, 481, 480)
    assert approved(by=ANNA, at=REQUESTED.due_at).events[0].is_within_deadline


def test_nobody_else_decides_and_the_refusal_names_the_step() -> None:
    other = replace(REQUESTED, requested_by=STRANGER)
    refusal = approved(by=CARL, events=(other,)).refused(NotTheApprover, field="step")
    assert refusal.message == "Somebody else decides on the step Lead."
    before = (other, LEAD_APPROVED)
    approved(by=CARL, step="Buyer", events=before).refused(NotTheApprover, field="step")
    reject = RejectApproval("Lead", "No")
    after(other).when(reject, by=CARL).refused(NotTheApprover, field="step")


@pytest.mark.parametrize("command", [ApproveStep("Lead"), RejectApproval("Lead", "No")], ids=["yes", "no"])
def test_nobody_decides_on_their_own_request(command: object) -> None:
    own = replace(REQUESTED, requested_by=ANNA)
    after(own).when(command, by=ANNA).refused(OwnRequest)


def test_steps_are_decided_in_their_order() -> None:
    refusal = approved(by=BEN, step="Buyer").refused(StepNotBegun, field="step")
    assert "Lead" in refusal.message
    approved(by=BEN, step="Board").refused(UnknownStep, field="step")
    approved(by=ANNA, at=NINE - MINUTE).refused(OutOfOrder)


def test_a_request_is_rejected_at_a_step() -> None:
    reject = RejectApproval("Lead", "Too dear")
    assert after(REQUESTED).when(reject, by=ANNA) == [REJECTED]
    assert after(REQUESTED, REJECTED).when(reject, by=ANNA) == []
    at_the_second = RejectApproval("Buyer", "Too dear")
    (event,) = after(REQUESTED, LEAD_APPROVED).when(at_the_second, at=TUESDAY_NOON, by=BEN).events
    assert (event.step_elapsed_minutes, event.step_working_minutes) == (1_440, 480)
    assert (event.elapsed_minutes, event.working_minutes) == (1_620, 660)


def test_only_whoever_asked_takes_a_request_back() -> None:
    assert after(REQUESTED).when(WithdrawApproval(), by=CARL) == [ApprovalWithdrawn(NOON)]
    assert after(REQUESTED, ApprovalWithdrawn(NOON)).when(WithdrawApproval(), by=CARL) == []
    after(REQUESTED).when(WithdrawApproval(), by=ANNA).refused(NotTheRequester)


@pytest.mark.parametrize("end", [REJECTED, ApprovalWithdrawn(NOON), replace(AUTOMATIC, approved_at=NOON)])
def test_what_has_ended_is_not_decided_again(end: object) -> None:
    commands: list[object] = [ApproveStep("Lead")]
    if end is not REJECTED:
        commands.append(RejectApproval("Lead", "No"))
    if not isinstance(end, ApprovalWithdrawn):
        commands.append(WithdrawApproval())
    for command in commands:
        after(REQUESTED, end).when(command, by=ANNA).refused(ApprovalDecided)


def test_a_rule_approves_what_it_means_once() -> None:
    by_rule = ApproveAutomatically("small")
    assert after(SMALL, within=RULING).when(by_rule, at=NINE) == [AUTOMATIC]
    assert after(SMALL, AUTOMATIC, within=RULING).when(by_rule, at=NINE) == []


@pytest.mark.parametrize(
    ("events", "within", "refusal"),
    [
        ((SMALL,), PROJECT, RuleDoesNotApprove),
        ((SMALL,), project_after(*TEAM, RULED, ApprovalRuleRetired("small")), RuleDoesNotApprove),
        ((REQUESTED,), RULING, RuleDoesNotApprove),
        ((REQUESTED, LEAD_APPROVED), RULING, RuleDoesNotApprove),
        ((replace(SMALL, steps=(LEAD, BUYER)), LEAD_APPROVED), RULING, RuleDoesNotApprove),
        ((SMALL, ApprovalWithdrawn(NOON)), RULING, ApprovalDecided),
    ],
    ids=["no rule", "retired", "above", "above and begun", "begun", "withdrawn"],
)
def test_a_rule_that_does_not_approve_is_refused(
    events: tuple[object, ...], within: Any, refusal: type[Exception]
) -> None:
    refused: Any = refusal
    after(*events, within=within).when(ApproveAutomatically("small"), at=NINE).refused(refused)


def test_a_step_is_overdue_once_when_its_own_deadline_passes() -> None:
    due_at = REQUESTED.due_at
    mark = MarkStepOverdue("Lead", due_at)
    assert after(REQUESTED).when(mark, at=due_at) == [OVERDUE]
    assert after(REQUESTED, OVERDUE).when(mark, at=due_at) == []
    for moot in (LEAD_APPROVED, REJECTED, ApprovalWithdrawn(NOON)):
        assert after(REQUESTED, moot).when(mark, at=due_at) == []
    assert after(REQUESTED).when(replace(mark, due_at=due_at + MINUTE), at=due_at) == []
    second = MarkStepOverdue("Buyer", BUYER_DUE)
    assert after(REQUESTED, OVERDUE, LEAD_APPROVED).when(second, at=BUYER_DUE) == [
        StepOverdue("Buyer", BUYER_DUE, ANNA)
    ]


def test_an_overdue_step_is_still_decided() -> None:
    at = REQUESTED.due_at + HOUR
    (event,) = approved(by=BEN, at=at, events=(REQUESTED, OVERDUE)).events
    assert (event.approver_id, event.is_within_deadline) == (BEN, False)


def test_nothing_is_decided_in_a_closed_project_nor_before_it_is_asked_for() -> None:
    closed = project_after(*TEAM, Closed())
    for command in (ApproveStep("Lead"), WithdrawApproval(), ApproveAutomatically("small"), REQUEST):
        after(REQUESTED, within=closed).when(command, by=ANNA).refused(ProjectClosed)
    after().when(ApproveStep("Lead")).refused(UnknownApproval)


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (REQUEST, {"path_code": "A b"}, "pathCode"),
        (REQUEST, {"subject": ""}, "subject"),
        (REQUEST, {"amount_cents": -1}, "amountCents"),
        (RejectApproval("Lead", "No"), {"cause": ""}, "cause"),
        (RequireApproval("purchase"), {"path_code": ""}, "pathCode"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(
    command: object, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field


REQUIRED = TaskApprovalRequired("purchase")
GIVEN = TaskApproved(ApprovalId(UUID(int=71)), "purchase")


def test_a_task_may_need_an_approval_before_it_is_completed() -> None:
    require = RequireApproval("purchase")
    assert after(TASK_OPENED).when(require) == [REQUIRED]
    assert after(TASK_OPENED, REQUIRED).when(require) == []
    after(TASK_OPENED).when(RequireApproval("travel")).refused(UnknownApprovalPath, field="pathCode")
    after(TASK_OPENED, COMPLETED).when(require).refused(TaskClosed)


def test_a_task_that_needs_an_approval_is_not_completed_without_it() -> None:
    refusal = after(TASK_OPENED, REQUIRED).when(CompleteTask()).refused(ApprovalMissing)
    assert "purchase" in refusal.message
    assert after(TASK_OPENED, REQUIRED, GIVEN).when(CompleteTask()) == [COMPLETED]
    assert after(TASK_OPENED, GIVEN, REQUIRED).when(CompleteTask()) == [COMPLETED]
    other = replace(GIVEN, path_code="travel")
    after(TASK_OPENED, REQUIRED, other).when(CompleteTask()).refused(ApprovalMissing)
    again = (TASK_OPENED, REQUIRED, GIVEN, COMPLETED, TaskReopened("Not done", NOON, MONDAY))
    assert after(*again).when(CompleteTask()) == [COMPLETED]
    assert after(TASK_OPENED, REQUIRED).when(ReopenTask("x")) == []


def test_a_task_learns_of_an_approval_once() -> None:
    record = RecordTaskApproval(ApprovalId(UUID(int=71)), "purchase")
    assert after(TASK_OPENED, REQUIRED).when(record) == [GIVEN]
    assert after(TASK_OPENED, REQUIRED, GIVEN).when(record) == []
    assert after(TASK_OPENED, COMPLETED).when(record) == [GIVEN]
