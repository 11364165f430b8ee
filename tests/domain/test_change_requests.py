"""What may happen to a project's baselines and to the requests that change its plan."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed
from domain.project.baselines import BaselineInForce, BaselineSet, SetBaseline
from domain.project.change_requests import (
    ApplyChangeRequest,
    ApproveChangeRequest,
    ChangeKind,
    ChangeRequestApproved,
    ChangeRequestDecided,
    ChangeRequested,
    ChangeRequestNotApproved,
    ChangeRequestRejected,
    OwnChangeRequest,
    PlanRevised,
    RejectChangeRequest,
    RequestChange,
    UnknownChangeRequest,
)
from domain.task import SetTaskBaseline, TaskBaselineSet
from domain.task.baseline import BaselineClosed
from tests.examples import ANNA, BEN, NINE, NOON, PROJECT_STORY, TASK_OPENED, project_after
from tests.spec import given

CHANGE, OTHER = UUID(int=71), UUID(int=72)
SET = SetBaseline(0, "As sold", "Signed on Friday")
BASELINE = BaselineSet(0, "As sold", "Signed on Friday", None, None, None)
REQUEST = RequestChange(CHANGE, "Move later", "Steel is late", ChangeKind.SCHEDULE, 10, 500_000)
REQUESTED = ChangeRequested(CHANGE, "Move later", "Steel is late", ChangeKind.SCHEDULE, 10, 500_000, BEN)
APPROVE, APPROVED = ApproveChangeRequest(CHANGE), ChangeRequestApproved(CHANGE, ANNA)
REJECT, REJECTED = RejectChangeRequest(CHANGE, "Too dear"), ChangeRequestRejected(CHANGE, ANNA, "Too dear")
APPLY = ApplyChangeRequest(CHANGE, 1)
REVISED = PlanRevised(CHANGE, 1)
SECOND = BaselineSet(1, "Move later", "Steel is late", 0, CHANGE, BEN)
PLANNED = (*PROJECT_STORY, BASELINE)
DECIDED = (*PLANNED, REQUESTED, APPROVED)
APPLIED = (*DECIDED, REVISED, SECOND)


def test_the_first_baseline_is_set_once_by_a_lead() -> None:
    assert given(*PROJECT_STORY).when(SET) == [BASELINE]
    assert given(*PLANNED).when(SET) == []
    assert given(*PROJECT_STORY).when(replace(SET, number=3)) == [replace(BASELINE, number=3)]


@pytest.mark.parametrize("change", [{"title": "As built"}, {"cause": "x"}, {"number": 1}], ids=str)
def test_a_plan_with_a_baseline_is_only_revised_by_a_change_request(change: dict[str, object]) -> None:
    given(*PLANNED).when(replace(SET, **change)).refused(BaselineInForce)  # type: ignore[arg-type]


def test_a_baseline_that_was_set_takes_in_no_more_tasks() -> None:
    within = project_after(BASELINE)
    late = SetTaskBaseline(0, NINE, NOON, 120, None)
    given(TASK_OPENED, within=within).when(late).refused(BaselineClosed, field="number")
    kept = TaskBaselineSet(0, NINE, NOON, 120, None)
    assert given(TASK_OPENED, kept, within=within).when(late) == []
    assert given(TASK_OPENED, within=within).when(replace(late, number=1)) == [replace(kept, number=1)]


def test_a_change_is_requested_once_in_ones_own_name() -> None:
    assert given(*PROJECT_STORY).when(REQUEST, by=BEN) == [REQUESTED]
    assert given(*PROJECT_STORY, REQUESTED).when(REQUEST, by=BEN) == []
    assert given(*PROJECT_STORY, REQUESTED).when(REQUEST, by=ANNA) == []
    given(*APPLIED).when(replace(REQUEST, impact_days=11), by=BEN).refused(AlreadyExists, field="changeId")


def test_a_change_is_approved_by_somebody_else_than_who_asked() -> None:
    assert given(*PLANNED, REQUESTED).when(APPROVE) == [APPROVED]
    assert given(*DECIDED).when(APPROVE) == []
    assert given(*APPLIED).when(APPROVE) == []
    given(*PLANNED, REQUESTED).when(APPROVE, by=BEN).refused(OwnChangeRequest)
    given(*DECIDED).when(APPROVE, by=BEN).refused(OwnChangeRequest)


def test_a_change_is_rejected_by_somebody_else_than_who_asked() -> None:
    assert given(*PLANNED, REQUESTED).when(REJECT) == [REJECTED]
    assert given(*PLANNED, REQUESTED, REJECTED).when(REJECT) == []
    given(*PLANNED, REQUESTED).when(REJECT, by=BEN).refused(OwnChangeRequest)


def test_a_decision_stands() -> None:
    given(*PLANNED, REQUESTED, REJECTED).when(APPROVE).refused(ChangeRequestDecided)
    given(*DECIDED).when(REJECT).refused(ChangeRequestDecided)
    given(*APPLIED).when(REJECT).refused(ChangeRequestDecided)


def test_an_approved_change_revises_the_plan_and_its_baseline() -> None:
    assert given(*DECIDED).when(APPLY) == [REVISED, SECOND]
    assert given(*APPLIED).when(APPLY) == []
    given(*APPLIED).when(replace(APPLY, baseline_number=2)).refused(AlreadyExists, field="baselineNumber")


def test_a_change_within_the_baseline_leaves_it_in_force() -> None:
    within = replace(APPLY, baseline_number=None)
    assert given(*DECIDED).when(within) == [PlanRevised(CHANGE, None)]
    assert given(*DECIDED, PlanRevised(CHANGE, None)).when(within) == []
    given(*DECIDED, PlanRevised(CHANGE, None)).when(replace(SET, number=1)).refused(BaselineInForce)


def test_a_change_sets_the_first_baseline_of_a_plan_without_one() -> None:
    first = replace(SECOND, replaced_number=None)
    assert given(*PROJECT_STORY, REQUESTED, APPROVED).when(APPLY) == [REVISED, first]


def test_each_revision_replaces_the_reference_before_it() -> None:
    again = replace(REQUESTED, change_id=OTHER)
    story = (*APPLIED, again, replace(APPROVED, change_id=OTHER))
    third = BaselineSet(2, "Move later", "Steel is late", 1, OTHER, BEN)
    assert given(*story).when(ApplyChangeRequest(OTHER, 2)) == [PlanRevised(OTHER, 2), third]


def test_a_baseline_number_is_used_once() -> None:
    given(*DECIDED).when(replace(APPLY, baseline_number=0)).refused(AlreadyExists, field="baselineNumber")


def test_only_an_approved_change_is_applied() -> None:
    given(*PLANNED, REQUESTED).when(APPLY).refused(ChangeRequestNotApproved)
    given(*PLANNED, REQUESTED, REJECTED).when(APPLY).refused(ChangeRequestNotApproved)


@pytest.mark.parametrize("command", [APPROVE, REJECT, APPLY], ids=lambda each: type(each).__name__)
def test_what_was_not_requested_is_unknown(command: object) -> None:
    given(*PLANNED).when(command).refused(UnknownChangeRequest, field="changeId")


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (SET, {"number": -1}, "number"),
        (SET, {"number": 11}, "number"),
        (SET, {"title": ""}, "title"),
        (SET, {"cause": " "}, "cause"),
        (REQUEST, {"title": "x" * 201}, "title"),
        (REQUEST, {"cause": ""}, "cause"),
        (REQUEST, {"impact_days": 3_651}, "impactDays"),
        (REQUEST, {"impact_days": -3_651}, "impactDays"),
        (REQUEST, {"impact_cents": -(10**15) - 1}, "impactCents"),
        (REJECT, {"cause": ""}, "cause"),
        (APPLY, {"baseline_number": 11}, "baselineNumber"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(
    command: object, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field
