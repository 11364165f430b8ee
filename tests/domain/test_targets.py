"""What a project is measured by, what it was before, what it is to become, and when it is a success."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from domain import errors
from domain.errors import AlreadyExists, Malformed
from domain.project import ProjectClosed
from domain.project.kpis import (
    DefineKpi,
    Direction,
    FormulaNotNewer,
    KpiDefined,
    KpiFormulaRevised,
    ReviseKpiFormula,
    UnknownKpi,
)
from domain.project.needs import StakeholderRegistered, StakeholderRole, UnknownStakeholder
from domain.project.success import (
    AgreeValueStatement,
    AssessCriterion,
    CriterionAssessed,
    DefineSuccessCriterion,
    NotAParty,
    NotTheStatement,
    NotThisParty,
    ProposeValueStatement,
    SuccessCriterionDefined,
    SuccessDimension,
    UnknownCriterion,
    ValueConsensusReached,
    ValueStatementAgreed,
    ValueStatementProposed,
)
from domain.project.targets import (
    AgainstDirection,
    BaselineFixed,
    FixKpiBaseline,
    Improvement,
    KpiBaselineFixed,
    KpiTargetSet,
    NoBaseline,
    RelativeToNothing,
    SetKpiTarget,
    TargetBeforeBaselineEnds,
)
from tests.examples import ANNA, BEN, PROJECT_STORY
from tests.spec import given

DEFINE = DefineKpi("on_time_rate", "percent", Direction.HIGHER, 1, "On time of all")
DEFINED = KpiDefined("on_time_rate", "percent", Direction.HIGHER, 1, "On time of all")
REVISE = ReviseKpiFormula("on_time_rate", 2, "On time of all due")
REVISED = KpiFormulaRevised("on_time_rate", 2, "On time of all due")
WINDOW = date(2026, 1, 1), date(2026, 1, 31)
FIX = FixKpiBaseline("on_time_rate", *WINDOW, 6000)
FIXED = KpiBaselineFixed("on_time_rate", *WINDOW, 6000, 1)
SET = SetKpiTarget("on_time_rate", Improvement.RELATIVE, 30, date(2026, 6, 30))
SET_EVENT = KpiTargetSet("on_time_rate", Improvement.RELATIVE, 30, date(2026, 6, 30))

LIVE, HEAD, WORKER, FIRST, SECOND = (UUID(int=number) for number in range(201, 206))
CRITERION = DefineSuccessCriterion(LIVE, SuccessDimension.TECHNOLOGY, "It is live")
CRITERION_DEFINED = SuccessCriterionDefined(LIVE, SuccessDimension.TECHNOLOGY, "It is live")
ASSESS = AssessCriterion(LIVE, is_met=True, evidence="Seen in both workshops")
ASSESSED = CriterionAssessed(LIVE, is_met=True, evidence="Seen in both workshops")
PARTIES = (
    StakeholderRegistered(HEAD, "Eva", StakeholderRole.DEPARTMENT_HEAD, None, "", ANNA),
    StakeholderRegistered(WORKER, "Jo", StakeholderRole.FRONT_LINE, None, "", None),
)
PROPOSE = ProposeValueStatement(FIRST, "Half the waiting", (HEAD, WORKER))
PROPOSED = ValueStatementProposed(FIRST, "Half the waiting", (HEAD, WORKER))


def test_a_kpi_is_defined_once() -> None:
    assert given(*PROJECT_STORY).when(DEFINE) == [DEFINED]
    assert given(*PROJECT_STORY, DEFINED).when(DEFINE) == []
    other = replace(DEFINE, direction=Direction.LOWER)
    given(*PROJECT_STORY, DEFINED).when(other).refused(AlreadyExists, field="code")


def test_a_formula_is_revised_under_a_higher_number() -> None:
    assert given(*PROJECT_STORY, DEFINED).when(REVISE) == [REVISED]
    assert given(*PROJECT_STORY, DEFINED, REVISED).when(REVISE) == []
    for older in (replace(REVISE, definition="Another"), replace(REVISE, formula_version=1)):
        given(*PROJECT_STORY, DEFINED, REVISED).when(older).refused(FormulaNotNewer, field="formulaVersion")


@pytest.mark.parametrize("command", [REVISE, FIX, SET])
def test_only_a_defined_kpi_has_versions_baselines_and_targets(command: object) -> None:
    given(*PROJECT_STORY).when(command).refused(UnknownKpi, field="code")


def test_a_baseline_is_fixed_once_under_the_formula_in_force() -> None:
    assert given(*PROJECT_STORY, DEFINED).when(FIX) == [FIXED]
    assert given(*PROJECT_STORY, DEFINED, FIXED).when(FIX) == []
    assert given(*PROJECT_STORY, DEFINED, REVISED).when(FIX) == [replace(FIXED, formula_version=2)]
    assert given(*PROJECT_STORY, DEFINED, FIXED, REVISED).when(FIX) == []


@pytest.mark.parametrize(
    "change", [{"value_hundredths": 6001}, {"begins_on": date(2025, 1, 1)}, {"ends_on": date(2026, 2, 1)}]
)
def test_a_fixed_baseline_does_not_change(change: dict[str, object]) -> None:
    given(*PROJECT_STORY, DEFINED, FIXED).when(replace(FIX, **change)).refused(BaselineFixed)  # type: ignore[arg-type]


def test_a_target_is_set_and_replaced() -> None:
    before = (*PROJECT_STORY, DEFINED, FIXED)
    assert given(*before).when(SET) == [SET_EVENT]
    assert given(*before, SET_EVENT).when(SET) == []
    points = replace(SET, improvement=Improvement.POINTS)
    assert given(*before, SET_EVENT).when(points) == [replace(SET_EVENT, improvement=Improvement.POINTS)]


def test_a_target_is_measured_against_a_baseline_that_ended() -> None:
    given(*PROJECT_STORY, DEFINED).when(SET).refused(NoBaseline)
    early = replace(SET, by_on=WINDOW[1])
    given(*PROJECT_STORY, DEFINED, FIXED).when(early).refused(TargetBeforeBaselineEnds, field="byOn")


def test_a_target_makes_its_kpi_better() -> None:
    worse = replace(SET, change=-30)
    given(*PROJECT_STORY, DEFINED, FIXED).when(worse).refused(AgainstDirection, field="change")
    lower = replace(DEFINED, direction=Direction.LOWER)
    given(*PROJECT_STORY, lower, FIXED).when(SET).refused(AgainstDirection, field="change")
    assert given(*PROJECT_STORY, lower, FIXED).when(worse) == [replace(SET_EVENT, change=-30)]


def test_nothing_is_relative_to_a_baseline_of_zero() -> None:
    before = (*PROJECT_STORY, DEFINED, replace(FIXED, value_hundredths=0))
    given(*before).when(SET).refused(RelativeToNothing, field="improvement")
    points = replace(SET, improvement=Improvement.POINTS)
    assert given(*before).when(points) == [replace(SET_EVENT, improvement=Improvement.POINTS)]


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (DEFINE, {"code": "On time"}, "code"),
        (DEFINE, {"code": "x" * 65}, "code"),
        (DEFINE, {"unit": ""}, "unit"),
        (DEFINE, {"formula_version": 0}, "formulaVersion"),
        (DEFINE, {"definition": ""}, "definition"),
        (REVISE, {"formula_version": True}, "formulaVersion"),
        (REVISE, {"definition": " "}, "definition"),
        (FIX, {"ends_on": date(2025, 12, 31)}, "endsOn"),
        (FIX, {"begins_on": date(1960, 1, 1)}, "beginsOn"),
        (FIX, {"value_hundredths": 10**12 + 1}, "valueHundredths"),
        (SET, {"change": 0}, "change"),
        (SET, {"change": 10**6 + 1}, "change"),
        (SET, {"by_on": date(2300, 1, 1)}, "byOn"),
        (CRITERION, {"text": ""}, "text"),
        (ASSESS, {"evidence": ""}, "evidence"),
        (PROPOSE, {"text": ""}, "text"),
        (PROPOSE, {"party_ids": ()}, "partyIds"),
        (PROPOSE, {"party_ids": (HEAD, HEAD)}, "partyIds"),
        (PROPOSE, {"party_ids": tuple(UUID(int=n) for n in range(101))}, "partyIds"),
    ],
)
def test_what_is_out_of_shape_is_refused(command: object, change: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field


def test_a_criterion_is_defined_once() -> None:
    assert given(*PROJECT_STORY).when(CRITERION) == [CRITERION_DEFINED]
    assert given(*PROJECT_STORY, CRITERION_DEFINED).when(CRITERION) == []
    other = replace(CRITERION, dimension=SuccessDimension.PEOPLE)
    given(*PROJECT_STORY, CRITERION_DEFINED).when(other).refused(AlreadyExists, field="criterionId")


def test_a_criterion_is_judged_and_judged_anew() -> None:
    assert given(*PROJECT_STORY, CRITERION_DEFINED).when(ASSESS) == [ASSESSED]
    assert given(*PROJECT_STORY, CRITERION_DEFINED, ASSESSED).when(ASSESS) == []
    withdrawn = AssessCriterion(LIVE, is_met=False, evidence="Down for a week")
    assert given(*PROJECT_STORY, CRITERION_DEFINED, ASSESSED).when(withdrawn) == [
        CriterionAssessed(LIVE, is_met=False, evidence="Down for a week")
    ]
    given(*PROJECT_STORY).when(ASSESS).refused(UnknownCriterion, field="criterionId")


def test_a_value_statement_is_proposed_to_stakeholders() -> None:
    assert given(*PROJECT_STORY, *PARTIES).when(PROPOSE) == [PROPOSED]
    assert given(*PROJECT_STORY, *PARTIES, PROPOSED).when(PROPOSE) == []
    given(*PROJECT_STORY, PARTIES[0]).when(PROPOSE).refused(UnknownStakeholder, field="partyIds.1")
    other = replace(PROPOSE, text="A third")
    given(*PROJECT_STORY, *PARTIES, PROPOSED).when(other).refused(AlreadyExists, field="statementId")


def test_consensus_is_reached_when_the_last_party_agrees() -> None:
    before = (*PROJECT_STORY, *PARTIES, PROPOSED)
    first = ValueStatementAgreed(FIRST, WORKER)
    assert given(*before).when(AgreeValueStatement(FIRST, WORKER), by=BEN) == [first]
    assert given(*before, first).when(AgreeValueStatement(FIRST, WORKER), by=BEN) == []
    assert given(*before, first).when(AgreeValueStatement(FIRST, HEAD), by=ANNA) == [
        ValueStatementAgreed(FIRST, HEAD),
        ValueConsensusReached(FIRST, (HEAD, WORKER)),
    ]


def test_another_statement_begins_the_consensus_anew() -> None:
    again = ValueStatementProposed(SECOND, "A third of the waiting", (HEAD, WORKER))
    agreed = ValueStatementAgreed(FIRST, WORKER)
    before = (*PROJECT_STORY, *PARTIES, PROPOSED, agreed, again)
    assert given(*before).when(AgreeValueStatement(SECOND, HEAD)) == [ValueStatementAgreed(SECOND, HEAD)]
    given(*before).when(AgreeValueStatement(FIRST, HEAD)).refused(NotTheStatement, field="statementId")


def test_only_a_named_party_agrees_and_for_themselves_where_they_can() -> None:
    before = (*PROJECT_STORY, *PARTIES)
    agree = AgreeValueStatement(FIRST, HEAD)
    given(*before).when(agree).refused(NotTheStatement, field="statementId")
    without = replace(PROPOSED, party_ids=(WORKER,))
    given(*before, without).when(agree).refused(NotAParty, field="partyId")
    given(*before, PROPOSED).when(agree, by=BEN).refused(NotThisParty, field="partyId")


@pytest.mark.parametrize(
    "command", [DEFINE, REVISE, FIX, SET, CRITERION, ASSESS, PROPOSE, AgreeValueStatement(FIRST, HEAD)]
)
def test_nothing_is_aimed_at_in_a_closed_project(command: object) -> None:
    given(*PROJECT_STORY, ProjectClosed()).when(command).refused(errors.ProjectClosed)
