"""Change plans, risks, retrospective actions, pilots, waves and going live: every branch of their folds."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.project.change_plan import ChangePlanApproved, ChangePlanDrafted
from domain.project.gates import Gate, GateOverridden
from domain.project.pilots import PilotEvaluated, PilotStarted
from domain.project.retrospectives import ActionClosed, ActionRaised
from domain.project.risks import (
    RiskMaterialised,
    RiskMitigated,
    RiskReassessed,
    RiskRegistered,
    RiskResponse,
    RiskStatus,
)
from domain.project.rollout import GoLiveRecorded, RolloutWavePlanned, RolloutWaveStarted
from projections import change_plans, go_live, pilots, retrospective_actions, risk_register, rollout_waves
from projections.delivery_plan import GateOverride
from projections.read_model import ReadModel
from projections.risk_register import exposure_cents
from tests.examples import ANNA, BEN, MONDAY, NOON
from tests.projections.folding import only_row_after, rows_after, seen

ONE = UUID(int=1)
DRAFTED = ChangePlanDrafted("Mondays", "", "Survey")
REGISTERED = RiskRegistered(ONE, "Steel is late", 30, 500_001, RiskResponse.TRANSFER, "Stock")
RAISED = ActionRaised(ONE, 1, BEN, "Fewer clicks", MONDAY)
PILOT = PilotStarted(ONE, "Workshop 1", MONDAY)
WAVE = RolloutWavePlanned(1, ("Plant A",), MONDAY)


def test_a_change_plan_shows_what_is_missing_and_who_approved_it() -> None:
    row = only_row_after(change_plans.READ_MODEL, DRAFTED)
    assert (row.communication_rhythm, row.missing_parts) == ("Mondays", ("risk plan",))
    assert (row.drafted_at, row.is_approved) == (NOON, False)
    approved = (replace(DRAFTED, risk_plan="Monthly"), ChangePlanApproved(ANNA))
    row = only_row_after(change_plans.READ_MODEL, DRAFTED, *approved)
    assert (row.missing_parts, row.is_approved) == ((), True)
    assert (row.approver_id, row.approved_at) == (ANNA, NOON)
    row = only_row_after(change_plans.READ_MODEL, *approved, DRAFTED)
    assert (row.is_approved, row.approver_id, row.approved_at) == (False, None, None)


def test_a_risk_goes_from_open_through_mitigated_to_materialised() -> None:
    row = only_row_after(risk_register.READ_MODEL, REGISTERED)
    assert (row.status, row.exposure_cents, row.registered_at) == (RiskStatus.OPEN, 150_000, NOON)
    story = (REGISTERED, RiskReassessed(ONE, 50, 600_000), RiskMitigated(ONE, "Second mill", 10, 600_000))
    assert only_row_after(risk_register.READ_MODEL, *story[:2]).exposure_cents == 300_000
    row = only_row_after(risk_register.READ_MODEL, *story)
    assert (row.status, row.measures, row.exposure_cents) == (RiskStatus.MITIGATED, ("Second mill",), 60_000)
    row = only_row_after(risk_register.READ_MODEL, *story, RiskMaterialised(ONE, "Fire"))
    assert (row.status, row.issue, row.materialised_at) == (RiskStatus.MATERIALISED, "Fire", NOON)
    assert (row.probability_percent, row.impact_cents) == (10, 600_000)


@pytest.mark.parametrize(
    ("percent", "impact", "exposure"),
    [(0, 10**15, 0), (100, 10**15, 10**15), (1, 350, 3), (50, 1, 0), (33, 100, 33)],
)
def test_exposure_is_probability_times_impact_rounded_down(percent: int, impact: int, exposure: int) -> None:
    assert exposure_cents(percent, impact) == exposure


def test_an_action_is_open_until_it_is_closed() -> None:
    row = only_row_after(retrospective_actions.READ_MODEL, RAISED)
    assert (row.action_id, row.owner_id, row.due_on, row.is_open) == (ONE, BEN, MONDAY, True)
    row = only_row_after(retrospective_actions.READ_MODEL, RAISED, ActionClosed(ONE, "Three", MONDAY))
    assert (row.is_open, row.closed_on, row.outcome) == (False, MONDAY, "Three")


def test_a_pilot_is_evaluated_as_it_was_last() -> None:
    row = only_row_after(pilots.READ_MODEL, PILOT)
    assert (row.pilot_id, row.unit, row.is_recommended) == (ONE, "Workshop 1", None)
    against = PilotEvaluated(ONE, "Slow", is_recommended=False, evaluated_on=MONDAY)
    row = only_row_after(
        pilots.READ_MODEL, PILOT, against, replace(against, outcome="Fast", is_recommended=True)
    )
    assert (row.outcome, row.is_recommended, row.evaluated_on) == ("Fast", True, MONDAY)


def test_a_wave_is_planned_anew_and_starts() -> None:
    later = replace(WAVE, units=("Plant A", "Plant B"))
    row = only_row_after(rollout_waves.READ_MODEL, WAVE, later, RolloutWaveStarted(1, MONDAY))
    assert (row.number, row.units, row.is_started) == (1, ("Plant A", "Plant B"), True)
    assert (row.planned_on, row.started_on) == (MONDAY, MONDAY)


def test_going_live_shows_its_window_and_how_it_came_without_a_pilot() -> None:
    overridden = GateOverridden(Gate.PILOT, None, ANNA, "Law")
    row = only_row_after(go_live.READ_MODEL, overridden)
    assert (row.is_live, row.went_live_on) == (False, None)
    assert row.overrides == (GateOverride(Gate.PILOT, ANNA, "Law", NOON),)
    until = date(2026, 6, 2)
    row = only_row_after(go_live.READ_MODEL, overridden, GoLiveRecorded(MONDAY, until))
    assert (row.is_live, row.went_live_on, row.assessed_until) == (True, MONDAY, until)
    assert rows_after(go_live.READ_MODEL, GateOverridden(Gate.COVERAGE, 1, ANNA, "x")) == {}


@pytest.mark.parametrize(
    ("model", "event"),
    [
        (change_plans.READ_MODEL, ChangePlanApproved(ANNA)),
        (risk_register.READ_MODEL, RiskMaterialised(ONE, "Fire")),
        (retrospective_actions.READ_MODEL, ActionClosed(ONE, "Three", MONDAY)),
        (pilots.READ_MODEL, PilotEvaluated(ONE, "Slow", is_recommended=False, evaluated_on=MONDAY)),
        (rollout_waves.READ_MODEL, RolloutWaveStarted(1, MONDAY)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_goes_on_must_have_begun(model: ReadModel[Any], event: object) -> None:
    with pytest.raises(AssertionError):
        model.evolve(None, seen(event))
