"""The approval queue, the versions of paths, and what requests set going: every branch of their folds."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.approval.automation import ApproveAutomatically, MarkStepOverdue
from domain.approval.deciding import Approved, StepApproved
from domain.approval.requesting import ApprovalWithdrawn
from domain.approval.state import ApprovalStatus
from domain.ids import ApprovalId
from domain.project.approval_paths import ApprovalPathRevised
from domain.roles import Role
from domain.task.approval import RecordTaskApproval
from projections import approval_paths, approval_queue, approval_routing
from projections.read_model import ReadModel, Wish
from projections.task_board import READ_MODEL as BOARD
from tests.domain.test_approval import (
    AUTOMATIC,
    BUYER_DUE,
    CARL,
    GIVEN,
    LEAD_APPROVED,
    OVERDUE,
    REJECTED,
    REQUESTED,
    REQUIRED,
    SMALL,
    TUESDAY_NOON,
)
from tests.domain.test_approval_paths import DEFINED, LEAD
from tests.examples import ANNA, BEN, CUT, DAY, MONDAY, NINE, NOON, TASK_OPENED
from tests.projections.folding import STREAM, observed, row_after, rows_after, seen

QUEUE, PATHS, ROUTING = approval_queue.READ_MODEL, approval_paths.READ_MODEL, approval_routing.READ_MODEL
BUYER_APPROVED = StepApproved(
    "Buyer", BEN, TUESDAY_NOON, 1_440, 480, is_within_deadline=True, next_due_at=None
)
APPROVED = Approved("purchase", 1, TUESDAY_NOON, MONDAY + DAY, 1_620, 660)
ALL_STEPS = (REQUESTED, LEAD_APPROVED, BUYER_APPROVED, APPROVED)
WITHDRAWN = ApprovalWithdrawn(NOON)
REVISED = ApprovalPathRevised("purchase", 2, (LEAD,), 2, 1, "Too slow", UUID(int=31))
PATH = (("path", "purchase"), ("version", "1"))


def asked(*events: object) -> tuple[Any, ...]:
    """Return what the queue says is to be decided: which step, by which role and members, since and until."""
    row = row_after(QUEUE, *events)
    return row.step, row.approver_role, row.approver_ids, row.waiting_since, row.due_at


def test_the_queue_says_who_has_to_decide_what_since_when_and_until_when() -> None:
    assert asked(REQUESTED) == ("Lead", Role.PROJECT_MANAGER, (), NINE, REQUESTED.due_at)
    assert asked(REQUESTED, LEAD_APPROVED) == ("Buyer", None, (BEN,), NOON, BUYER_DUE)
    row = row_after(QUEUE, REQUESTED)
    assert (row.subject, row.amount_cents, row.task_id) == ("A welding robot", 200_000, CUT)
    assert (row.path_code, row.path_version, row.steps) == ("purchase", 1, REQUESTED.steps)
    assert (row.requested_by, row.requested_at, row.status) == (CARL, NINE, ApprovalStatus.PENDING)


def test_an_overdue_step_asks_the_substitute_as_well_until_it_is_decided() -> None:
    row = row_after(QUEUE, REQUESTED, OVERDUE)
    assert (row.is_overdue, row.approver_ids, row.due_at) == (True, (BEN,), REQUESTED.due_at)
    alone = replace(OVERDUE, substitute_id=None)
    assert row_after(QUEUE, REQUESTED, alone).approver_ids == ()
    row = row_after(QUEUE, REQUESTED, OVERDUE, LEAD_APPROVED)
    assert (row.is_overdue, row.approver_ids) == (False, (BEN,))


@pytest.mark.parametrize(
    ("events", "status"),
    [
        (ALL_STEPS, ApprovalStatus.APPROVED),
        ((SMALL, AUTOMATIC), ApprovalStatus.APPROVED),
        ((REQUESTED, REJECTED), ApprovalStatus.REJECTED),
        ((REQUESTED, OVERDUE, WITHDRAWN), ApprovalStatus.WITHDRAWN),
    ],
)
def test_whoever_need_not_decide_any_more_is_not_asked(
    events: tuple[object, ...], status: ApprovalStatus
) -> None:
    row = row_after(QUEUE, *events)
    assert (row.status, row.is_overdue) == (status, False)
    assert asked(*events) == (None, None, (), None, None)


def test_the_queue_keeps_each_decision_with_its_minutes() -> None:
    first, second = row_after(QUEUE, *ALL_STEPS).decisions
    assert (first.step, first.approver_id, first.is_approved, first.elapsed_minutes) == (
        "Lead",
        ANNA,
        True,
        180,
    )
    assert (second.decided_at, second.working_minutes, second.is_within_deadline) == (TUESDAY_NOON, 480, True)
    row = row_after(QUEUE, REQUESTED, REJECTED)
    assert (row.cause, row.decided_on, row.decided_at) == ("Too dear", MONDAY, NOON)
    (decision,) = row.decisions
    assert (decision.is_approved, decision.decided_at, decision.elapsed_minutes) == (False, NOON, 180)


def test_decisions_are_observed_by_path_and_version_and_those_of_rules_apart() -> None:
    share = ("approval_automatic_share", "")
    tuesday = MONDAY + DAY
    assert observed(QUEUE, *ALL_STEPS) == {
        ("approval_time", ""): (tuesday, 1_620, None),
        share: (tuesday, 1, False),
    }
    assert observed(QUEUE, REQUESTED, REJECTED)["approval_time", ""] == (MONDAY, 180, None)
    assert observed(QUEUE, SMALL, AUTOMATIC) == {share: (MONDAY, 1, True)}
    for events in ((REQUESTED,), (REQUESTED, LEAD_APPROVED), (REQUESTED, WITHDRAWN)):
        assert observed(QUEUE, *events) == {}
    assert QUEUE.observe is not None
    found = [each.dimensions for each in QUEUE.observe(row_after(QUEUE, *ALL_STEPS))]
    assert found == [PATH, PATH]


def versions(*events: object) -> list[Any]:
    return sorted(rows_after(PATHS, *events).values(), key=lambda row: row.version)


def test_each_version_of_a_path_shows_its_steps_and_what_led_to_it() -> None:
    (first,) = versions(DEFINED)
    assert (first.path_code, first.version, first.name) == ("purchase", 1, "Purchases")
    assert (first.steps, first.step_count, first.step_count_before) == (DEFINED.steps, 2, None)
    assert (first.defined_at, first.superseded_at) == (NOON, None)
    first, second = versions(DEFINED, REVISED)
    assert (first.steps, first.superseded_at) == (DEFINED.steps, NOON)
    assert (second.version, second.step_count_before, second.step_count) == (2, 2, 1)
    assert (second.cause, second.feedback_id, second.superseded_at) == ("Too slow", UUID(int=31), None)


def test_decisions_count_for_the_version_they_ran_under() -> None:
    late = replace(REJECTED, path_version=2)
    first, second = versions(DEFINED, REVISED, APPROVED, APPROVED, AUTOMATIC, late)
    assert (first.approved_count, first.rejected_count, first.automatic_count) == (2, 0, 1)
    assert (first.decided_count, first.elapsed_minutes_sum, first.working_minutes_sum) == (2, 3_240, 1_320)
    assert (second.approved_count, second.rejected_count, second.automatic_count) == (0, 1, 0)
    assert (second.decided_count, second.elapsed_minutes_sum, second.working_minutes_sum) == (1, 180, 180)


@pytest.mark.parametrize(
    ("events", "due_at"),
    [
        ((REQUESTED,), REQUESTED.due_at),
        ((REQUESTED, LEAD_APPROVED), BUYER_DUE),
        ((REQUESTED, OVERDUE), None),
        ((REQUESTED, OVERDUE, LEAD_APPROVED), BUYER_DUE),
        ((REQUESTED, LEAD_APPROVED, BUYER_APPROVED), None),
        (ALL_STEPS, None),
        ((SMALL, AUTOMATIC), None),
        ((REQUESTED, REJECTED), None),
        ((REQUESTED, WITHDRAWN), None),
    ],
)
def test_a_step_is_due_until_it_is_decided_or_overdue(events: tuple[object, ...], due_at: object) -> None:
    assert row_after(ROUTING, *events).due_at == due_at


def test_what_is_due_is_marked_as_overdue_at_its_instant() -> None:
    on_due = ROUTING.on_due
    assert on_due is not None
    first = Wish("approval", STREAM, MarkStepOverdue("Lead", REQUESTED.due_at), REQUESTED.due_at)
    assert on_due(row_after(ROUTING, REQUESTED)) == first
    second = Wish("approval", STREAM, MarkStepOverdue("Buyer", BUYER_DUE), BUYER_DUE)
    assert on_due(row_after(ROUTING, REQUESTED, LEAD_APPROVED)) == second
    with pytest.raises(AssertionError):
        on_due(row_after(ROUTING, REQUESTED, WITHDRAWN))


def reactions(*events: object) -> Iterator[Wish]:
    """Return what the last of some events calls for."""
    assert ROUTING.react is not None
    yield from ROUTING.react(seen(events[-1]), row_after(ROUTING, *events))


def test_a_request_a_rule_approves_calls_for_that_and_an_approval_for_its_task_to_know() -> None:
    by_rule = Wish("approval", STREAM, ApproveAutomatically("small"), NOON)
    assert list(reactions(SMALL)) == [by_rule]
    to_task = Wish("task", CUT, RecordTaskApproval(ApprovalId(STREAM), "purchase"), NOON)
    assert list(reactions(*ALL_STEPS)) == [to_task]
    assert list(reactions(SMALL, AUTOMATIC)) == [to_task]
    assert list(reactions(replace(SMALL, task_id=None), AUTOMATIC)) == []
    for events in ((REQUESTED,), ALL_STEPS[:3], (REQUESTED, REJECTED), (REQUESTED, WITHDRAWN)):
        assert list(reactions(*events)) == []


def test_a_task_shows_the_approval_it_needs_and_has() -> None:
    card = row_after(BOARD, TASK_OPENED, REQUIRED)
    assert (card.required_path_code, card.approved_path_codes) == ("purchase", ())
    assert row_after(BOARD, TASK_OPENED, REQUIRED, GIVEN).approved_path_codes == ("purchase",)


@pytest.mark.parametrize("model", [QUEUE, PATHS, ROUTING], ids=lambda model: model.name)
def test_what_goes_on_must_have_begun(model: ReadModel[Any]) -> None:
    with pytest.raises(AssertionError):
        model.evolve(None, seen(REJECTED))
