"""What may happen to a project's approval paths and to the rules that approve by themselves."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed
from domain.ids import FeedbackId
from domain.project import NotOnTheTeam
from domain.project.approval_paths import (
    ApprovalPathDefined,
    ApprovalPathRevised,
    ApprovalStep,
    DefineApprovalPath,
    ReviseApprovalPath,
    UnknownApprovalPath,
)
from domain.project.approval_rules import (
    ApprovalRuleDefined,
    ApprovalRuleRetired,
    DefineApprovalRule,
    RetireApprovalRule,
    UnknownApprovalRule,
)
from domain.roles import Role
from tests.examples import ANNA, BEN, PROJECT_STORY, STRANGER
from tests.spec import given, state_after

LEAD = ApprovalStep("Lead", 480, approver_role=Role.PROJECT_MANAGER, substitute_id=BEN)
BUYER = ApprovalStep("Buyer", 960, approver_id=BEN, substitute_id=ANNA, amount_from_cents=100_000)
DEFINE = DefineApprovalPath("purchase", "Purchases", (LEAD, BUYER))
DEFINED = ApprovalPathDefined("purchase", "Purchases", (LEAD, BUYER))
REVISE = ReviseApprovalPath("purchase", (LEAD,), "Too slow", FeedbackId(UUID(int=31)))
REVISED = ApprovalPathRevised("purchase", 2, (LEAD,), 2, 1, "Too slow", UUID(int=31))
RULE = DefineApprovalRule("small", "purchase", 50_000)
RULED = ApprovalRuleDefined("small", "purchase", 50_000)


def test_a_path_is_defined_once() -> None:
    assert given(*PROJECT_STORY).when(DEFINE) == [DEFINED]
    assert given(*PROJECT_STORY, DEFINED).when(DEFINE) == []
    other = replace(DEFINE, steps=(LEAD,))
    given(*PROJECT_STORY, DEFINED).when(other).refused(AlreadyExists, field="pathCode")
    given(*PROJECT_STORY, DEFINED, REVISED).when(DEFINE).refused(AlreadyExists, field="pathCode")


def test_each_revision_is_a_version_with_its_reason_and_the_steps_before_and_after() -> None:
    assert given(*PROJECT_STORY, DEFINED).when(REVISE) == [REVISED]
    assert given(*PROJECT_STORY, DEFINED, REVISED).when(REVISE) == []
    back = ReviseApprovalPath("purchase", (LEAD, BUYER), "Too quick")
    assert given(*PROJECT_STORY, DEFINED, REVISED).when(back) == [
        ApprovalPathRevised("purchase", 3, (LEAD, BUYER), 1, 2, "Too quick", None)
    ]
    given(*PROJECT_STORY).when(REVISE).refused(UnknownApprovalPath, field="pathCode")


@pytest.mark.parametrize(
    ("step", "field"),
    [
        (replace(BUYER, approver_id=STRANGER), "steps.1.approverId"),
        (replace(BUYER, substitute_id=STRANGER), "steps.1.substituteId"),
    ],
)
@pytest.mark.parametrize("command", [DEFINE, REVISE], ids=["defined", "revised"])
def test_whoever_decides_is_on_the_team(command: Any, step: ApprovalStep, field: str) -> None:
    before = (*PROJECT_STORY, DEFINED) if command is REVISE else PROJECT_STORY
    given(*before).when(replace(command, steps=(LEAD, step))).refused(NotOnTheTeam, field=field)


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ((), "steps"),
        ((LEAD, replace(BUYER, name="Lead")), "steps"),
        (tuple(replace(LEAD, name=str(number)) for number in range(21)), "steps"),
        ((BUYER,), "steps"),
        ((LEAD, replace(BUYER, name=" ")), "steps.1.name"),
        ((replace(LEAD, deadline_working_minutes=0),), "steps.0.deadlineWorkingMinutes"),
        ((LEAD, replace(BUYER, amount_from_cents=-1)), "steps.1.amountFromCents"),
        ((replace(LEAD, approver_id=ANNA),), "steps.0.approverRole"),
        ((replace(LEAD, approver_role=None),), "steps.0.approverRole"),
        ((replace(LEAD, approver_role=Role.AUDITOR),), "steps.0.approverRole"),
        ((LEAD, replace(BUYER, substitute_id=BEN)), "steps.1.substituteId"),
    ],
)
@pytest.mark.parametrize("command", [DEFINE, REVISE], ids=["defined", "revised"])
def test_steps_that_make_no_path_are_refused(
    command: Any, steps: tuple[ApprovalStep, ...], field: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, steps=steps)
    assert refusal.value.field == field


def test_a_rule_is_defined_once_on_a_path_there_is() -> None:
    before = (*PROJECT_STORY, DEFINED)
    assert given(*before).when(RULE) == [RULED]
    assert given(*before, RULED).when(RULE) == []
    larger = replace(RULE, amount_max_cents=60_000)
    given(*before, RULED).when(larger).refused(AlreadyExists, field="ruleCode")
    given(*PROJECT_STORY).when(RULE).refused(UnknownApprovalPath, field="pathCode")


def test_a_rule_is_retired_for_good() -> None:
    before, retired = (*PROJECT_STORY, DEFINED, RULED), ApprovalRuleRetired("small")
    assert given(*before).when(RetireApprovalRule("small")) == [retired]
    assert given(*before, retired).when(RetireApprovalRule("small")) == []
    given(*before, retired).when(RULE).refused(AlreadyExists, field="ruleCode")
    given(*PROJECT_STORY).when(RetireApprovalRule("small")).refused(UnknownApprovalRule, field="ruleCode")


def test_the_oldest_rule_in_force_that_approves_an_amount_on_a_path_is_named() -> None:
    story = (*PROJECT_STORY, DEFINED, RULED, replace(RULED, rule_code="larger", amount_max_cents=90_000))
    rules = state_after(*story).approval_rules
    assert rules.approving("purchase", 50_000) == "small"
    assert rules.approving("purchase", 50_001) == "larger"
    assert rules.approving("purchase", 90_001) is None
    assert rules.approving("travel", 1) is None
    retired = state_after(*story, ApprovalRuleRetired("small")).approval_rules
    assert retired.approving("purchase", 1) == "larger"


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (DEFINE, {"path_code": "Purchase"}, "pathCode"),
        (DEFINE, {"name": ""}, "name"),
        (REVISE, {"path_code": ""}, "pathCode"),
        (REVISE, {"cause": ""}, "cause"),
        (RULE, {"rule_code": "1"}, "ruleCode"),
        (RULE, {"path_code": "A b"}, "pathCode"),
        (RULE, {"amount_max_cents": -1}, "amountMaxCents"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(
    command: object, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field
