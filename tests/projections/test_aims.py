"""The read models of a project's aims and of its value: every branch of their folds and what they say."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.project.kpis import Direction, KpiDefined, KpiFormulaRevised
from domain.project.needs import (
    NeedRecorded,
    PainCategory,
    PainPointLinkedToKpi,
    PainPointRecorded,
    StakeholderRegistered,
    StakeholderRole,
)
from domain.project.success import (
    CriterionAssessed,
    SuccessCriterionDefined,
    SuccessDimension,
    ValueConsensusReached,
    ValueStatementAgreed,
    ValueStatementProposed,
)
from domain.project.targets import Improvement, KpiBaselineFixed, KpiTargetSet
from domain.project.value import BenefitRecorded, CostKind, CostRecorded, EntryCorrected, EntrySide
from projections import (
    costs_and_benefits,
    delivery_success,
    kpi_targets,
    pain_points,
    stakeholder_map,
    success_criteria,
    value_consensus,
)
from projections.costs_and_benefits import ValueEntry
from projections.delivery_success import JudgedCriterion
from projections.kpi_targets import FormulaVersion, measured_over, target_hundredths
from projections.read_model import Observation, ReadModel, part_id
from projections.stakeholder_map import StakeholderNeed
from projections.success_criteria import Assessment
from tests.examples import ANNA, MONDAY, NOON
from tests.projections.folding import STREAM, seen

ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)

REGISTERED = StakeholderRegistered(ONE, "Eva", StakeholderRole.SPONSOR, "Sales", "Profit", None)
PAIN = PainPointRecorded(ONE, PainCategory.SCHEDULE_LAG, "Late")
DEFINED = KpiDefined("lead_time", "minutes", Direction.LOWER, 1, "From opening")
FIXED = KpiBaselineFixed("lead_time", date(2026, 1, 1), date(2026, 1, 30), 120_00, 1)
SET = KpiTargetSet("lead_time", Improvement.RELATIVE, -50, date(2026, 6, 30))
LIVE = SuccessCriterionDefined(ONE, SuccessDimension.TECHNOLOGY, "Live")
USED = SuccessCriterionDefined(TWO, SuccessDimension.PEOPLE, "Used")
PROPOSED = ValueStatementProposed(ONE, "Half", (TWO, THREE))
SPENT = CostRecorded(ONE, 100, "EUR", MONDAY, CostKind.LICENCE)
GAINED = BenefitRecorded(TWO, 300, "EUR", MONDAY, "lead_time")
CORRECTED = EntryCorrected(THREE, TWO, EntrySide.BENEFIT, -50, "EUR", MONDAY, "Counted twice")


def rows_after(model: ReadModel[Any], events: Iterable[object]) -> dict[UUID, Any]:
    """Return the rows these events of one project lead to, by key."""
    rows: dict[UUID, Any] = {}
    for version, event in enumerate(events, start=1):
        assert type(event) in model.folds
        for key in model.keys(seen(event, version)):
            rows[key] = model.evolve(rows.get(key), seen(event, version))
    return rows


def only(model: ReadModel[Any], *events: object) -> Any:
    ((key, row),) = rows_after(model, events).items()
    assert (row.key, row.project_id) == (key, STREAM)
    return row


def met(criterion_id: UUID, *, is_met: bool = True) -> CriterionAssessed:
    return CriterionAssessed(criterion_id, is_met, "Seen")


@pytest.mark.parametrize(
    ("module", "event"),
    [
        (stakeholder_map, NeedRecorded(TWO, ONE, "A list")),
        (pain_points, PainPointLinkedToKpi(ONE, "lead_time")),
        (kpi_targets, FIXED),
        (success_criteria, met(ONE)),
        (value_consensus, ValueStatementAgreed(ONE, TWO)),
    ],
)
def test_what_never_began_cannot_go_on(module: Any, event: object) -> None:
    with pytest.raises(AssertionError):
        module.evolve(None, seen(event))


def test_a_stakeholder_gathers_needs() -> None:
    row = only(stakeholder_map.READ_MODEL, REGISTERED, NeedRecorded(TWO, ONE, "A list"))
    assert (row.stakeholder_id, row.name, row.role, row.department) == (ONE, "Eva", REGISTERED.role, "Sales")
    assert (row.interest, row.member_id) == ("Profit", None)
    assert row.needs == (StakeholderNeed(TWO, "A list"),)
    both = rows_after(stakeholder_map.READ_MODEL, (REGISTERED, replace(REGISTERED, stakeholder_id=TWO)))
    assert {row.stakeholder_id for row in both.values()} == {ONE, TWO}


def test_a_pain_point_gathers_kpis() -> None:
    linked = (PainPointLinkedToKpi(ONE, "lead_time"), PainPointLinkedToKpi(ONE, "cycle_time"))
    row = only(pain_points.READ_MODEL, PAIN, *linked)
    assert (row.pain_point_id, row.category, row.text, row.recorded_at) == (ONE, PAIN.category, "Late", NOON)
    assert row.kpi_codes == ("lead_time", "cycle_time")


def test_a_kpi_gathers_formulas_a_baseline_and_a_target() -> None:
    row = only(kpi_targets.READ_MODEL, DEFINED, KpiFormulaRevised("lead_time", 2, "From start"), FIXED, SET)
    assert (row.code, row.unit, row.direction) == ("lead_time", "minutes", Direction.LOWER)
    assert row.formulas == (FormulaVersion(1, "From opening"), FormulaVersion(2, "From start"))
    assert (row.baseline_begins_on, row.baseline_ends_on) == (FIXED.begins_on, FIXED.ends_on)
    assert (row.baseline_hundredths, row.baseline_formula_version) == (120_00, 1)
    assert (row.improvement, row.change, row.target_hundredths, row.by_on) == (
        Improvement.RELATIVE,
        -50,
        60_00,
        date(2026, 6, 30),
    )


def test_a_target_without_a_baseline_is_never_folded() -> None:
    with pytest.raises(AssertionError):
        only(kpi_targets.READ_MODEL, DEFINED, SET)


@pytest.mark.parametrize(
    ("baseline", "improvement", "change", "target"),
    [
        (60_00, Improvement.RELATIVE, 30, 78_00),
        (120_00, Improvement.RELATIVE, -50, 60_00),
        (67_00, Improvement.POINTS, 22, 89_00),
        (67_00, Improvement.POINTS, -22, 45_00),
        (1, Improvement.RELATIVE, 50, 2),
    ],
)
def test_a_target_is_relative_or_in_points(
    baseline: int, improvement: Improvement, change: int, target: int
) -> None:
    assert target_hundredths(baseline, improvement, change) == target


@pytest.mark.parametrize(
    ("as_of_on", "window"),
    [
        (date(2026, 1, 30), None),
        (date(2026, 1, 31), (date(2026, 1, 31), date(2026, 1, 31))),
        (date(2026, 2, 10), (date(2026, 1, 31), date(2026, 2, 10))),
        (date(2026, 6, 30), (date(2026, 6, 1), date(2026, 6, 30))),
        (date(2026, 12, 31), (date(2026, 6, 1), date(2026, 6, 30))),
    ],
)
def test_a_target_is_judged_by_a_window_as_long_as_the_baselines_and_after_it(
    as_of_on: date, window: tuple[date, date] | None
) -> None:
    assert measured_over(only(kpi_targets.READ_MODEL, DEFINED, FIXED, SET), as_of_on) == window
    assert measured_over(only(kpi_targets.READ_MODEL, DEFINED, FIXED), as_of_on) is None


def test_a_criterion_keeps_every_judgement() -> None:
    row = only(success_criteria.READ_MODEL, LIVE)
    assert (row.criterion_id, row.dimension, row.text, row.is_met) == (ONE, LIVE.dimension, "Live", None)
    judged = only(success_criteria.READ_MODEL, LIVE, met(ONE), met(ONE, is_met=False))
    assert judged.is_met is False
    assert judged.assessments == (
        Assessment(is_met=True, evidence="Seen", assessed_at=NOON, assessed_by=ANNA),
        Assessment(is_met=False, evidence="Seen", assessed_at=NOON, assessed_by=ANNA),
    )


@pytest.mark.parametrize(
    ("events", "met_count", "is_success"),
    [
        ((LIVE,), 0, False),
        ((LIVE, met(ONE)), 1, False),
        ((LIVE, USED, met(ONE)), 1, False),
        ((LIVE, USED, met(TWO)), 1, False),
        ((LIVE, USED, met(ONE), met(TWO)), 2, True),
        ((LIVE, USED, met(ONE), met(TWO), met(ONE, is_met=False)), 1, False),
        ((USED, met(TWO)), 1, True),
    ],
)
def test_success_needs_every_criterion_and_one_beyond_technology(
    events: tuple[object, ...], met_count: int, *, is_success: bool
) -> None:
    row = only(delivery_success.READ_MODEL, *events)
    assert (row.met_count, row.is_success) == (met_count, is_success)
    first = events[0]
    assert isinstance(first, SuccessCriterionDefined)
    assert row.criteria[0].criterion_id == first.criterion_id
    assert all(isinstance(each, JudgedCriterion) for each in row.criteria)


def test_a_consensus_says_who_is_missing_until_it_is_reached() -> None:
    row = only(value_consensus.READ_MODEL, PROPOSED, ValueStatementAgreed(ONE, THREE))
    assert (row.statement_id, row.text, row.proposed_at) == (ONE, "Half", NOON)
    assert (row.agreed_ids, row.missing_ids, row.reached_at) == ((THREE,), (TWO,), None)
    agreed = (ValueStatementAgreed(ONE, THREE), ValueStatementAgreed(ONE, TWO))
    reached = (PROPOSED, *agreed, ValueConsensusReached(ONE, (TWO, THREE)))
    row = only(value_consensus.READ_MODEL, *reached)
    assert (row.agreed_ids, row.missing_ids, row.reached_at) == ((THREE, TWO), (), NOON)
    anew = only(value_consensus.READ_MODEL, *reached, replace(PROPOSED, statement_id=TWO))
    assert (anew.agreed_ids, anew.missing_ids, anew.reached_at) == ((), (TWO, THREE), None)


def test_each_entry_counts_on_its_day_as_a_cost_or_a_benefit() -> None:
    rows = rows_after(costs_and_benefits.READ_MODEL, (SPENT, GAINED, CORRECTED))
    keys = [part_id(STREAM, "entry", each) for each in (ONE, TWO, THREE)]
    assert list(rows) == keys
    cost, benefit, counter = rows.values()
    assert cost == ValueEntry(keys[0], STREAM, ONE, EntrySide.COST, MONDAY, 100, "EUR", kind=CostKind.LICENCE)
    assert (benefit.side, benefit.kpi_code, benefit.kind) == (EntrySide.BENEFIT, "lead_time", None)
    assert (counter.side, counter.corrects_id, counter.cause) == (EntrySide.BENEFIT, TWO, "Counted twice")
    euro = (("currency", "EUR"),)
    assert [list(costs_and_benefits.observe(row)) for row in rows.values()] == [
        [Observation("cost", MONDAY, 100, dimensions=euro)],
        [Observation("benefit", MONDAY, 300, dimensions=euro)],
        [Observation("benefit", MONDAY, -50, dimensions=euro)],
    ]
