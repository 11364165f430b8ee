"""The delivery plan, its scenarios and their coverage: every branch of their folds."""

from uuid import UUID

import pytest

from domain.project.gates import Gate, GateOverridden
from domain.project.phases import PhaseClosed, PhasePlanned, PhaseStarted
from domain.project.retrospectives import RetrospectiveHeld
from domain.project.scenarios import (
    HighFrequencySet,
    ScenarioCovered,
    ScenarioReclassified,
    ScenarioRegistered,
)
from projections import delivery_plan, scenario_coverage, scenarios
from projections.delivery_plan import GateOverride, PhaseStatus
from projections.read_model import part_id
from tests.examples import ANNA, MONDAY, NOON
from tests.projections.folding import STREAM, only_row_after, rows_after, seen

FIRST = PhasePlanned(1, "First usable product", ("Tasks",))
SECOND = PhasePlanned(2, "Data flows", ())
A, B, C = (UUID(int=number) for number in range(3))
OFTEN_A = ScenarioRegistered(A, "Book time", 250, 1, is_high_frequency=True)
OFTEN_B = ScenarioRegistered(B, "See the plan", 52, 1, is_high_frequency=True)
RARE = ScenarioRegistered(C, "Close the year", 1, 2, is_high_frequency=False)
COVERED = ScenarioCovered(A, 1, is_high_frequency=True)


def test_a_phase_is_planned_and_planned_anew() -> None:
    rows = rows_after(delivery_plan.READ_MODEL, FIRST, SECOND, PhasePlanned(1, "MVP", ("Tasks", "Gantt")))
    row = rows[part_id(STREAM, "phase", 1)]
    assert (row.number, row.name, row.modules) == (1, "MVP", ("Tasks", "Gantt"))
    assert (row.status, row.started_on) == (PhaseStatus.PLANNED, None)
    assert rows[part_id(STREAM, "phase", 2)].name == "Data flows"


def test_a_phase_starts_is_looked_back_on_and_closes() -> None:
    story = (FIRST, PhaseStarted(1, MONDAY, is_delivery_start=True), RetrospectiveHeld(1, "Good", MONDAY))
    row = only_row_after(delivery_plan.READ_MODEL, *story)
    assert (row.status, row.started_on, row.is_delivery_start) == (PhaseStatus.STARTED, MONDAY, True)
    assert (row.retrospective_held_on, row.retrospective_summary) == (MONDAY, "Good")
    row = only_row_after(delivery_plan.READ_MODEL, *story, PhaseClosed(1, MONDAY, 4, 5))
    assert (row.status, row.closed_on) == (PhaseStatus.CLOSED, MONDAY)
    assert (row.covered_count_at_close, row.high_frequency_count_at_close) == (4, 5)


def test_a_phase_shows_who_overrode_its_gates_and_why() -> None:
    row = only_row_after(
        delivery_plan.READ_MODEL,
        FIRST,
        GateOverridden(Gate.COVERAGE, 1, ANNA, "Moving"),
        GateOverridden(Gate.PILOT, None, ANNA, "Law"),
    )
    assert row.overrides == (GateOverride(Gate.COVERAGE, ANNA, "Moving", NOON),)


def test_a_phase_counts_the_high_frequency_scenarios_it_is_to_cover() -> None:
    rows = rows_after(delivery_plan.READ_MODEL, FIRST, SECOND, OFTEN_A, OFTEN_B, RARE, COVERED)
    first, second = rows[part_id(STREAM, "phase", 1)], rows[part_id(STREAM, "phase", 2)]
    assert (first.covered_count, first.high_frequency_count) == (1, 2)
    assert (second.covered_count, second.high_frequency_count) == (0, 0)


@pytest.mark.parametrize(
    ("event", "covered", "of_all"),
    [
        (ScenarioCovered(C, 2, is_high_frequency=False), 1, 2),
        (ScenarioReclassified(A, 1, is_high_frequency=False, is_covered=True), 0, 1),
        (ScenarioReclassified(B, 1, is_high_frequency=False, is_covered=False), 1, 1),
        (ScenarioReclassified(C, 2, is_high_frequency=True, is_covered=False), 1, 3),
        (ScenarioReclassified(C, 2, is_high_frequency=True, is_covered=True), 2, 3),
    ],
    ids=str,
)
def test_coverage_is_of_the_whole_project_and_follows_reclassification(
    event: object, covered: int, of_all: int
) -> None:
    row = only_row_after(scenario_coverage.READ_MODEL, OFTEN_A, OFTEN_B, RARE, COVERED, event)
    assert (row.covered_count, row.high_frequency_count) == (covered, of_all)
    assert row.percent == covered * 100 // of_all
    assert row.is_enough == (covered * 100 >= 80 * of_all)


def test_where_nothing_is_used_often_there_is_no_percentage() -> None:
    row = only_row_after(scenario_coverage.READ_MODEL, HighFrequencySet(12), RARE)
    assert (row.uses_per_year_min, row.percent, row.is_enough) == (12, None, False)


def test_four_of_five_are_enough() -> None:
    five = [ScenarioRegistered(UUID(int=n), "x", 52, 1, is_high_frequency=True) for n in range(5)]
    four = [ScenarioCovered(UUID(int=n), 1, is_high_frequency=True) for n in range(4)]
    assert not only_row_after(scenario_coverage.READ_MODEL, *five, *four[:3]).is_enough
    assert only_row_after(scenario_coverage.READ_MODEL, *five, *four).is_enough


def test_a_scenario_is_covered_and_reclassified() -> None:
    row = only_row_after(scenarios.READ_MODEL, OFTEN_A)
    assert (row.scenario_id, row.title, row.uses_per_year, row.phase) == (A, "Book time", 250, 1)
    assert (row.is_high_frequency, row.is_covered, row.covered_at) == (True, False, None)
    row = only_row_after(
        scenarios.READ_MODEL,
        OFTEN_A,
        COVERED,
        ScenarioReclassified(A, 1, is_high_frequency=False, is_covered=True),
    )
    assert (row.is_high_frequency, row.is_covered, row.covered_at) == (False, True, NOON)


@pytest.mark.parametrize("module", [delivery_plan, scenarios], ids=lambda module: module.__name__)
def test_what_goes_on_must_have_begun(module: object) -> None:
    with pytest.raises(AssertionError):
        module.READ_MODEL.evolve(None, seen(COVERED))  # type: ignore[attr-defined]
