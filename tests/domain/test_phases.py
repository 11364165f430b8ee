"""What may happen to a project's phases and scenarios, and which gates stand on the way."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed, Refusal
from domain.project.change_plan import ChangePlanApproved, ChangePlanDrafted
from domain.project.gates import Gate, GateOverridden, OverrideGate
from domain.project.phases import (
    ChangePlanNotApproved,
    ClosePhase,
    CoverageTooLow,
    PhaseClosed,
    PhaseNotStarted,
    PhaseOver,
    PhasePlanned,
    PhaseStarted,
    PlanPhase,
    StartPhase,
    UnknownPhase,
)
from domain.project.retrospectives import RetrospectiveHeld, RetrospectiveMissing
from domain.project.scenarios import (
    HighFrequencySet,
    MarkScenarioCovered,
    RegisterScenario,
    ScenarioCovered,
    ScenarioReclassified,
    ScenarioRegistered,
    SetHighFrequency,
    UnknownScenario,
)
from tests.examples import ANNA, BEN, MONDAY, PROJECT_STORY
from tests.spec import given, state_after

PLAN = PlanPhase(1, "First usable product", ("Tasks", "Gantt"))
PLANNED = PhasePlanned(1, "First usable product", ("Tasks", "Gantt"))
SECOND = PhasePlanned(2, "Data flows", ("ERP",))
APPROVED = (ChangePlanDrafted("a", "b", "c"), ChangePlanApproved(ANNA))
READY = (*PROJECT_STORY, *APPROVED, PLANNED, SECOND)
STARTED = PhaseStarted(1, MONDAY, is_delivery_start=True)
HELD = RetrospectiveHeld(1, "It went well", MONDAY)
UNDER_WAY = (*READY, STARTED)
BOOKING, REPORT = UUID(int=41), UUID(int=42)


def scenario(number: int, *, uses_per_year: int = 250) -> ScenarioRegistered:
    return ScenarioRegistered(UUID(int=100 + number), f"S{number}", uses_per_year, 1, uses_per_year >= 52)


def covered(number: int) -> ScenarioCovered:
    return ScenarioCovered(UUID(int=100 + number), 1, is_high_frequency=True)


FIVE = tuple(map(scenario, range(5)))
FOUR_OF_FIVE = (*FIVE, *map(covered, range(4)))
THREE_OF_FIVE = FOUR_OF_FIVE[:-1]


def overridden(gate: Gate, phase: int | None) -> GateOverridden:
    return GateOverridden(gate, phase, ANNA, "The board wants it")


def test_a_phase_is_planned_once_as_it_is_and_may_be_planned_anew() -> None:
    assert given(*PROJECT_STORY).when(PLAN) == [PLANNED]
    assert given(*READY).when(PLAN) == []
    fewer = replace(PLAN, modules=("Tasks",))
    assert given(*UNDER_WAY).when(fewer) == [replace(PLANNED, modules=("Tasks",))]
    assert state_after(*UNDER_WAY, replace(PLANNED, modules=("Tasks",))).phases.by_number[1].is_started


def test_delivery_starts_with_the_first_phase_started() -> None:
    assert given(*READY).when(StartPhase(1)) == [STARTED]
    assert given(*UNDER_WAY).when(StartPhase(2)) == [PhaseStarted(2, MONDAY, is_delivery_start=False)]
    assert given(*UNDER_WAY).when(StartPhase(1)) == []


@pytest.mark.parametrize("command", [StartPhase(9), ClosePhase(9)])
def test_a_phase_there_is_not_is_refused(command: object) -> None:
    given(*READY).when(command).refused(UnknownPhase, field="number")


@pytest.mark.parametrize("so_far", [(), APPROVED[:1], (*APPROVED, ChangePlanDrafted("a", "b", "d"))])
def test_no_delivery_starts_without_an_approved_change_plan(so_far: tuple[object, ...]) -> None:
    before = (*PROJECT_STORY, PLANNED, *so_far)
    given(*before).when(StartPhase(1)).refused(ChangePlanNotApproved)
    assert given(*before, overridden(Gate.CHANGE_PLAN, 1)).when(StartPhase(1)) == [STARTED]


def test_an_override_holds_for_its_own_phase_only() -> None:
    before = (*PROJECT_STORY, PLANNED, SECOND, overridden(Gate.CHANGE_PLAN, 2))
    given(*before).when(StartPhase(1)).refused(ChangePlanNotApproved)


def test_a_phase_closes_after_its_retrospective_with_enough_coverage() -> None:
    before = (*UNDER_WAY, *FOUR_OF_FIVE, HELD)
    assert given(*before).when(ClosePhase(1)) == [PhaseClosed(1, MONDAY, 4, 5)]
    assert given(*before, PhaseClosed(1, MONDAY, 4, 5)).when(ClosePhase(1)) == []


def test_a_phase_that_was_not_started_does_not_close() -> None:
    given(*READY).when(ClosePhase(1)).refused(PhaseNotStarted, field="number")


def test_no_phase_closes_without_its_retrospective() -> None:
    before = (*UNDER_WAY, *FOUR_OF_FIVE)
    given(*before).when(ClosePhase(1)).refused(RetrospectiveMissing)
    allowed = given(*before, overridden(Gate.RETROSPECTIVE, 1))
    assert allowed.when(ClosePhase(1)) == [PhaseClosed(1, MONDAY, 4, 5)]
    given(*before, overridden(Gate.RETROSPECTIVE, 2)).when(ClosePhase(1)).refused(RetrospectiveMissing)


def test_the_first_phase_needs_eighty_percent_and_is_told_both_numbers() -> None:
    before = (*UNDER_WAY, *THREE_OF_FIVE, HELD)
    refusal = given(*before).when(ClosePhase(1)).refused(CoverageTooLow)
    assert refusal.message == "3 of 5 high-frequency scenarios are covered: 60 % of the 80 % that are needed."
    allowed = given(*before, overridden(Gate.COVERAGE, 1))
    assert allowed.when(ClosePhase(1)) == [PhaseClosed(1, MONDAY, 3, 5)]


def test_where_nothing_is_registered_nothing_is_covered() -> None:
    given(*UNDER_WAY, HELD).when(ClosePhase(1)).refused(CoverageTooLow)


def test_what_is_rarely_used_does_not_count() -> None:
    rare = tuple(scenario(number, uses_per_year=51) for number in range(5, 25))
    assert given(*UNDER_WAY, *FOUR_OF_FIVE, *rare, HELD).when(ClosePhase(1)) == [PhaseClosed(1, MONDAY, 4, 5)]


def test_later_phases_close_whatever_is_covered() -> None:
    before = (*UNDER_WAY, PhaseStarted(2, MONDAY, is_delivery_start=False), replace(HELD, phase=2))
    assert given(*before).when(ClosePhase(2)) == [PhaseClosed(2, MONDAY, 0, 0)]


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (replace(PLAN, name="Other"), "number"),
        (StartPhase(1), "number"),
        (RegisterScenario(BOOKING, "Book", 250, 1), "phase"),
        (OverrideGate(Gate.COVERAGE, "Late", 1), "phase"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_closed_phase_changes_no_more(command: object, field: str) -> None:
    given(*UNDER_WAY, PhaseClosed(1, MONDAY, 4, 5)).when(command).refused(PhaseOver, field=field)


def test_a_gate_is_overridden_once_by_name_and_for_a_reason() -> None:
    override = OverrideGate(Gate.COVERAGE, "The board wants it", 1)
    event = GateOverridden(Gate.COVERAGE, 1, BEN, "The board wants it")
    assert given(*READY).when(override, by=BEN) == [event]
    assert given(*READY, event).when(override) == []


def test_a_gate_of_a_phase_there_is_not_is_refused() -> None:
    given(*READY).when(OverrideGate(Gate.RETROSPECTIVE, "x", 9)).refused(UnknownPhase, field="phase")


def test_a_scenario_is_registered_once_and_is_of_high_frequency_from_weekly_on() -> None:
    weekly = RegisterScenario(BOOKING, "Book time", 52, 1)
    registered = ScenarioRegistered(BOOKING, "Book time", 52, 1, is_high_frequency=True)
    assert given(*READY).when(weekly) == [registered]
    assert given(*READY, registered).when(weekly) == []
    assert given(*READY).when(replace(weekly, uses_per_year=51)) == [
        replace(registered, uses_per_year=51, is_high_frequency=False)
    ]
    given(*READY, registered).when(replace(weekly, title="x")).refused(AlreadyExists, field="scenarioId")
    given(*READY).when(replace(weekly, phase=9)).refused(UnknownPhase, field="phase")


def test_a_scenario_is_covered_once() -> None:
    assert given(*READY, *FIVE).when(MarkScenarioCovered(UUID(int=100))) == [covered(0)]
    assert given(*READY, *FOUR_OF_FIVE).when(MarkScenarioCovered(UUID(int=100))) == []
    given(*READY).when(MarkScenarioCovered(REPORT)).refused(UnknownScenario, field="scenarioId")


def test_what_counts_as_high_frequency_is_the_projects_own() -> None:
    monthly = scenario(7, uses_per_year=12)
    assert given(*READY, scenario(1), monthly).when(SetHighFrequency(12)) == [
        HighFrequencySet(12),
        ScenarioReclassified(monthly.scenario_id, 1, is_high_frequency=True, is_covered=False),
    ]
    assert given(*READY, scenario(1), covered(1)).when(SetHighFrequency(251)) == [
        HighFrequencySet(251),
        ScenarioReclassified(UUID(int=101), 1, is_high_frequency=False, is_covered=True),
    ]
    assert given(*READY).when(SetHighFrequency(52)) == []
    after = state_after(*READY, HighFrequencySet(12))
    assert after.scenarios.uses_per_year_min == 12


def test_coverage_follows_a_reclassification() -> None:
    reclassified = ScenarioReclassified(UUID(int=100), 1, is_high_frequency=False, is_covered=True)
    assert state_after(*READY, *FOUR_OF_FIVE, reclassified).scenarios.coverage == (3, 4)


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (PLAN, {"number": 0}, "number"),
        (PLAN, {"number": 101}, "number"),
        (PLAN, {"name": ""}, "name"),
        (PLAN, {"modules": ("",)}, "modules.0"),
        (PLAN, {"modules": ("A", "A")}, "modules"),
        (PLAN, {"modules": tuple(map(str, range(101)))}, "modules"),
        (RegisterScenario(BOOKING, "x", 1, 1), {"title": ""}, "title"),
        (RegisterScenario(BOOKING, "x", 1, 1), {"uses_per_year": 0}, "usesPerYear"),
        (SetHighFrequency(1), {"uses_per_year_min": 0}, "usesPerYearMin"),
        (OverrideGate(Gate.PILOT, "x"), {"cause": " "}, "cause"),
        (OverrideGate(Gate.PILOT, "x"), {"phase": 1}, "phase"),
        (OverrideGate(Gate.COVERAGE, "x", 1), {"phase": None}, "phase"),
        (OverrideGate(Gate.COVERAGE, "x", 1), {"phase": 2}, "phase"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(
    command: object, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field


def test_refusals_have_stable_codes() -> None:
    refusals: tuple[type[Refusal], ...] = (ChangePlanNotApproved, RetrospectiveMissing, CoverageTooLow)
    assert [refusal().code for refusal in refusals] == [
        "CHANGE_PLAN_NOT_APPROVED",
        "RETROSPECTIVE_MISSING",
        "COVERAGE_TOO_LOW",
    ]
