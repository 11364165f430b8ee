"""What may happen to a project's pilots and its roll-out."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed, StillAhead
from domain.project.gates import Gate, GateOverridden
from domain.project.pilots import (
    EvaluatePilot,
    PilotEvaluated,
    PilotNotEvaluated,
    PilotNotRecommended,
    PilotStarted,
    StartPilot,
    UnknownPilot,
)
from domain.project.rollout import (
    AlreadyLive,
    GoLiveRecorded,
    PlanRolloutWave,
    RecordGoLive,
    RolloutWavePlanned,
    RolloutWaveStarted,
    StartRolloutWave,
    UnknownWave,
    WaveStarted,
    months_later,
)
from tests.examples import ANNA, MONDAY, PROJECT_STORY
from tests.spec import given

SHOP = UUID(int=61)
PILOT = PilotStarted(SHOP, "Workshop 1", MONDAY)
EVALUATE = EvaluatePilot(SHOP, "Half the e-mail", is_recommended=True)
EVALUATED = PilotEvaluated(SHOP, "Half the e-mail", is_recommended=True, evaluated_on=MONDAY)
AGAINST = replace(EVALUATED, outcome="Nobody used it", is_recommended=False)
PILOTED = (*PROJECT_STORY, PILOT, EVALUATED)
PLAN = PlanRolloutWave(1, ("Plant A", "Plant B"), MONDAY)
WAVE = RolloutWavePlanned(1, ("Plant A", "Plant B"), MONDAY)
WAVE_STARTED = RolloutWaveStarted(1, MONDAY)
LIVE = GoLiveRecorded(MONDAY, date(2026, 6, 2))
OVERRIDDEN = GateOverridden(Gate.PILOT, None, ANNA, "Contract")


def test_a_pilot_starts_once_in_one_unit() -> None:
    assert given(*PROJECT_STORY).when(StartPilot(SHOP, "Workshop 1")) == [PILOT]
    assert given(*PROJECT_STORY, PILOT).when(StartPilot(SHOP, "Workshop 1")) == []
    given(*PROJECT_STORY, PILOT).when(StartPilot(SHOP, "Office")).refused(AlreadyExists, field="pilotId")


def test_a_pilot_is_evaluated_and_may_be_evaluated_anew() -> None:
    assert given(*PROJECT_STORY, PILOT).when(EVALUATE) == [EVALUATED]
    assert given(*PILOTED).when(EVALUATE) == []
    assert given(*PROJECT_STORY, PILOT, AGAINST).when(EVALUATE) == [EVALUATED]
    given(*PROJECT_STORY).when(EVALUATE).refused(UnknownPilot, field="pilotId")


def test_a_wave_is_planned_and_may_be_planned_anew_until_it_starts() -> None:
    assert given(*PROJECT_STORY).when(PLAN) == [WAVE]
    assert given(*PROJECT_STORY, WAVE).when(PLAN) == []
    later = replace(PLAN, planned_on=MONDAY + timedelta(days=7))
    assert given(*PROJECT_STORY, WAVE).when(later) == [replace(WAVE, planned_on=later.planned_on)]
    given(*PILOTED, WAVE, WAVE_STARTED).when(later).refused(WaveStarted, field="number")
    assert given(*PILOTED, WAVE, WAVE_STARTED).when(PLAN) == []


def test_a_wave_starts_once() -> None:
    assert given(*PILOTED, WAVE).when(StartRolloutWave(1)) == [WAVE_STARTED]
    assert given(*PILOTED, WAVE, WAVE_STARTED).when(StartRolloutWave(1)) == []
    given(*PILOTED).when(StartRolloutWave(1)).refused(UnknownWave, field="number")


def test_a_product_goes_live_on_one_day_and_is_assessed_for_three_months() -> None:
    assert given(*PILOTED).when(RecordGoLive(MONDAY)) == [LIVE]
    assert given(*PILOTED, LIVE).when(RecordGoLive(MONDAY)) == []
    earlier = RecordGoLive(MONDAY - timedelta(days=1))
    given(*PILOTED, LIVE).when(earlier).refused(AlreadyLive, field="wentLiveOn")
    tomorrow = RecordGoLive(MONDAY + timedelta(days=1))
    given(*PILOTED).when(tomorrow).refused(StillAhead, field="wentLiveOn")


@pytest.mark.parametrize("command", [StartRolloutWave(1), RecordGoLive(MONDAY)])
@pytest.mark.parametrize(
    ("so_far", "refusal"),
    [
        ((), PilotNotEvaluated),
        ((PILOT,), PilotNotEvaluated),
        ((PILOT, AGAINST), PilotNotRecommended),
        ((PILOT, EVALUATED, AGAINST), PilotNotRecommended),
    ],
    ids=["no pilot", "not evaluated", "against", "against in the end"],
)
def test_pilots_come_first(command: object, so_far: tuple[object, ...], refusal: type) -> None:
    before = (*PROJECT_STORY, WAVE, *so_far)
    given(*before).when(command).refused(refusal)
    expected = LIVE if isinstance(command, RecordGoLive) else WAVE_STARTED
    assert given(*before, OVERRIDDEN).when(command) == [expected]


def test_one_pilot_that_speaks_for_it_is_enough() -> None:
    other = UUID(int=62)
    against = replace(AGAINST, pilot_id=other)
    before = (*PILOTED, replace(PILOT, pilot_id=other), against)
    assert given(*before).when(RecordGoLive(MONDAY)) == [LIVE]


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2026, 1, 31), date(2026, 4, 30)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2026, 9, 30), date(2026, 12, 30)),
    ],
)
def test_three_months_later_is_the_same_day_or_the_last_of_its_month(day: date, later: date) -> None:
    assert months_later(day, 3) == later


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (StartPilot(SHOP, "x"), {"unit": ""}, "unit"),
        (EVALUATE, {"outcome": ""}, "outcome"),
        (PLAN, {"number": 0}, "number"),
        (PLAN, {"units": ()}, "units"),
        (PLAN, {"units": ("A", "A")}, "units"),
        (PLAN, {"units": ("A", "")}, "units.1"),
        (PLAN, {"planned_on": MONDAY.replace(year=2300)}, "plannedOn"),
        (RecordGoLive(MONDAY), {"went_live_on": MONDAY.replace(year=1960)}, "wentLiveOn"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(
    command: object, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field
