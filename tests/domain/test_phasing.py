"""What may happen to the phase a task is planned in."""

import pytest

from domain.errors import Malformed
from domain.project.phases import PhaseClosed, PhaseOver, PhasePlanned, PhaseStarted, UnknownPhase
from domain.task import TaskCancelled, TaskClosed
from domain.task.phasing import PlanTaskInPhase, TaskPlannedInPhase
from tests.examples import MONDAY, NINE, TASK_OPENED, project_after
from tests.spec import given

FIRST, SECOND = PhasePlanned(1, "Usable", ()), PhasePlanned(2, "Data flows", ())
OVER = PhaseStarted(1, MONDAY, is_delivery_start=True), PhaseClosed(1, MONDAY, 0, 0)
WITHIN, LATER = project_after(FIRST, SECOND), project_after(FIRST, SECOND, *OVER)
IN_FIRST = TaskPlannedInPhase(1)


def test_a_task_is_planned_in_a_phase_and_taken_out_of_it_again() -> None:
    assert given(TASK_OPENED, within=WITHIN).when(PlanTaskInPhase(1)) == [IN_FIRST]
    assert given(TASK_OPENED, IN_FIRST, within=WITHIN).when(PlanTaskInPhase(1)) == []
    assert given(TASK_OPENED, IN_FIRST, within=WITHIN).when(PlanTaskInPhase(2)) == [TaskPlannedInPhase(2)]
    assert given(TASK_OPENED, IN_FIRST, within=WITHIN).when(PlanTaskInPhase(None)) == [
        TaskPlannedInPhase(None)
    ]
    assert given(TASK_OPENED, within=WITHIN).when(PlanTaskInPhase(None)) == []


def test_nothing_is_planned_in_a_phase_that_is_over_and_what_it_left_goes_on_to_the_next() -> None:
    given(TASK_OPENED, within=LATER).when(PlanTaskInPhase(1)).refused(PhaseOver, field="phase")
    assert given(TASK_OPENED, IN_FIRST, within=LATER).when(PlanTaskInPhase(1)) == []
    assert given(TASK_OPENED, IN_FIRST, within=LATER).when(PlanTaskInPhase(2)) == [TaskPlannedInPhase(2)]


def test_only_a_task_under_way_is_planned_and_only_in_a_phase_of_its_project() -> None:
    given(TASK_OPENED).when(PlanTaskInPhase(1)).refused(UnknownPhase, field="phase")
    given(TASK_OPENED, within=WITHIN).when(PlanTaskInPhase(3)).refused(UnknownPhase, field="phase")
    closed = given(TASK_OPENED, IN_FIRST, TaskCancelled("No need", NINE), within=WITHIN)
    closed.when(PlanTaskInPhase(None)).refused(TaskClosed)


@pytest.mark.parametrize("number", [0, 101])
def test_a_number_out_of_bounds_is_malformed(number: int) -> None:
    with pytest.raises(Malformed) as refused:
        PlanTaskInPhase(number)
    assert refused.value.field == "phase"
