"""What may happen to a project's change plan and its risks."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain import errors
from domain.errors import AlreadyExists, Malformed
from domain.project import ProjectClosed
from domain.project.change_plan import (
    ApproveChangePlan,
    ChangePlanApproved,
    ChangePlanDrafted,
    ChangePlanIncomplete,
    ChangePlanMissing,
    DraftChangePlan,
)
from domain.project.risks import (
    MitigateRisk,
    RaiseRiskToIssue,
    ReassessRisk,
    RegisterRisk,
    RiskIsIssue,
    RiskMaterialised,
    RiskMitigated,
    RiskReassessed,
    RiskRegistered,
    RiskResponse,
    UnknownRisk,
)
from tests.examples import ANNA, BEN, PROJECT_STORY
from tests.spec import given, state_after

DRAFT = DraftChangePlan("Mondays by mail", "Reviewed each month", "Survey after a quarter")
DRAFTED = ChangePlanDrafted("Mondays by mail", "Reviewed each month", "Survey after a quarter")
APPROVED = ChangePlanApproved(ANNA)
LATE = UUID(int=31)
REGISTER = RegisterRisk(LATE, "Steel is late", 30, 500_000, RiskResponse.TRANSFER, "Buy from stock")
REGISTERED = RiskRegistered(LATE, "Steel is late", 30, 500_000, RiskResponse.TRANSFER, "Buy from stock")
ISSUE = RiskMaterialised(LATE, "The mill burnt down")


def test_a_change_plan_is_drafted_once_as_it_reads() -> None:
    assert given(*PROJECT_STORY).when(DRAFT) == [DRAFTED]
    assert given(*PROJECT_STORY, DRAFTED).when(DRAFT) == []


def test_a_change_plan_is_approved_in_the_name_of_whoever_does_it() -> None:
    assert given(*PROJECT_STORY, DRAFTED).when(ApproveChangePlan(), by=BEN) == [ChangePlanApproved(BEN)]
    assert given(*PROJECT_STORY, DRAFTED, APPROVED).when(ApproveChangePlan(), by=BEN) == []


def test_there_must_be_a_change_plan_to_approve() -> None:
    given(*PROJECT_STORY).when(ApproveChangePlan()).refused(ChangePlanMissing)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("communication_rhythm", "communication rhythm"),
        ("risk_plan", "risk plan"),
        ("performance_assessment", "performance assessment"),
    ],
)
def test_a_change_plan_with_an_empty_part_is_not_approved(part: str, name: str) -> None:
    drafted = replace(DRAFTED, **{part: " "})
    refusal = given(*PROJECT_STORY, drafted).when(ApproveChangePlan()).refused(ChangePlanIncomplete)
    assert name in refusal.message


def test_a_plan_written_anew_needs_a_new_approval() -> None:
    anew = replace(DRAFTED, risk_plan="Reviewed each week")
    assert state_after(*PROJECT_STORY, DRAFTED, APPROVED).change_plan.is_approved
    assert not state_after(*PROJECT_STORY, DRAFTED, APPROVED, anew).change_plan.is_approved
    assert given(*PROJECT_STORY, DRAFTED, APPROVED, anew).when(ApproveChangePlan()) == [APPROVED]


def test_a_risk_is_registered_once() -> None:
    assert given(*PROJECT_STORY).when(REGISTER) == [REGISTERED]
    assert given(*PROJECT_STORY, REGISTERED).when(REGISTER) == []


def test_the_id_of_another_risk_is_taken() -> None:
    other = replace(REGISTER, title="Steel is dear")
    given(*PROJECT_STORY, REGISTERED).when(other).refused(AlreadyExists, field="riskId")


def test_a_risk_is_reassessed() -> None:
    story = (*PROJECT_STORY, REGISTERED)
    assert given(*story).when(ReassessRisk(LATE, 50, 600_000)) == [RiskReassessed(LATE, 50, 600_000)]
    assert given(*story).when(ReassessRisk(LATE, 30, 500_000)) == []
    assert given(*story, RiskReassessed(LATE, 50, 600_000)).when(ReassessRisk(LATE, 50, 600_000)) == []


def test_a_risk_is_mitigated_by_a_measure_that_leaves_less_of_it() -> None:
    mitigate = MitigateRisk(LATE, "Second supplier", 10, 500_000)
    mitigated = RiskMitigated(LATE, "Second supplier", 10, 500_000)
    assert given(*PROJECT_STORY, REGISTERED).when(mitigate) == [mitigated]
    assert given(*PROJECT_STORY, REGISTERED, mitigated).when(mitigate) == []
    further = MitigateRisk(LATE, "Third supplier", 10, 500_000)
    assert given(*PROJECT_STORY, REGISTERED, mitigated).when(further) == [
        RiskMitigated(LATE, "Third supplier", 10, 500_000)
    ]


def test_a_risk_comes_true_once_and_is_then_no_longer_likely_or_unlikely() -> None:
    raise_it = RaiseRiskToIssue(LATE, "The mill burnt down")
    assert given(*PROJECT_STORY, REGISTERED).when(raise_it) == [ISSUE]
    assert given(*PROJECT_STORY, REGISTERED, ISSUE).when(raise_it) == []
    for command in (ReassessRisk(LATE, 50, 1), MitigateRisk(LATE, "Prayer", 50, 1)):
        given(*PROJECT_STORY, REGISTERED, ISSUE).when(command).refused(RiskIsIssue)


@pytest.mark.parametrize(
    "command",
    [ReassessRisk(LATE, 50, 1), MitigateRisk(LATE, "Prayer", 50, 1), RaiseRiskToIssue(LATE, "Fire")],
)
def test_a_risk_there_is_not_is_refused(command: object) -> None:
    given(*PROJECT_STORY).when(command).refused(UnknownRisk, field="riskId")


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (DRAFT, {"communication_rhythm": "x" * 10_001}, "communicationRhythm"),
        (DRAFT, {"risk_plan": "x" * 10_001}, "riskPlan"),
        (DRAFT, {"performance_assessment": "x" * 10_001}, "performanceAssessment"),
        (REGISTER, {"title": " "}, "title"),
        (REGISTER, {"probability_percent": 101}, "probabilityPercent"),
        (REGISTER, {"impact_cents": -1}, "impactCents"),
        (REGISTER, {"contingency": ""}, "contingency"),
        (ReassessRisk(LATE, 1, 1), {"probability_percent": -1}, "probabilityPercent"),
        (MitigateRisk(LATE, "x", 1, 1), {"measure": ""}, "measure"),
        (MitigateRisk(LATE, "x", 1, 1), {"impact_cents": 10**15 + 1}, "impactCents"),
        (RaiseRiskToIssue(LATE, "x"), {"issue": ""}, "issue"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(
    command: object, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field


@pytest.mark.parametrize("command", [DRAFT, ApproveChangePlan(), REGISTER], ids=lambda c: type(c).__name__)
def test_nothing_changes_in_a_closed_project(command: object) -> None:
    given(*PROJECT_STORY, ProjectClosed()).when(command).refused(errors.ProjectClosed)
