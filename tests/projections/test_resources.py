"""Resources, assignments and changes of the schedule: every branch of their folds."""

from datetime import date
from uuid import UUID

import pytest

from domain.levelling.problem import Objective
from domain.project.placements import Move, Placement, ScheduleChangeRequested, TasksPlaced
from domain.project.resources import ResourceDefined, ResourceKind, ResourceRated, ResourceRetired
from domain.task.resourcing import TaskPrioritised, TaskResourceAssigned, TaskResourceUnassigned
from projections import assignments, resources, schedule_changes, task_board
from projections.resources import HourlyRate
from tests.examples import ANNA, CUT, HOUR, MONDAY, NINE, NOON, TASK_OPENED
from tests.projections.folding import only_row_after, row_after, rows_after, seen

CHANGE = UUID(int=71)
ANNA_DEFINED = ResourceDefined(ANNA, ResourceKind.PERSON, "Anna", 80, ("welding",), "standard", ANNA)
RATED = ResourceRated(ANNA, 50_00, "EUR", MONDAY)
ASSIGNED = TaskResourceAssigned(ANNA, 50, "welding")
MOVE = Move(CUT, NINE, NOON, NINE + HOUR, NOON + HOUR)


def test_a_resource_keeps_its_rates_by_day_until_it_is_retired() -> None:
    first = ResourceRated(ANNA, 40_00, "EUR", date(2026, 1, 1))
    row = only_row_after(
        resources.READ_MODEL, ANNA_DEFINED, RATED, first, ResourceRated(ANNA, 60_00, "EUR", MONDAY)
    )
    assert (row.resource_id, row.kind, row.name, row.capacity_percent) == (
        ANNA,
        ResourceKind.PERSON,
        "Anna",
        80,
    )
    assert (row.skills, row.calendar_name, row.defined_at) == (("welding",), "standard", NOON)
    assert row.rates == (HourlyRate(date(2026, 1, 1), 40_00, "EUR"), HourlyRate(MONDAY, 60_00, "EUR"))
    again = only_row_after(resources.READ_MODEL, ANNA_DEFINED, RATED, ANNA_DEFINED)
    assert (again.rates, again.is_retired) == ((HourlyRate(MONDAY, 50_00, "EUR"),), False)
    gone = only_row_after(resources.READ_MODEL, ANNA_DEFINED, RATED, ResourceRetired(ANNA))
    assert (gone.rates, gone.is_retired) == ((), True)


def test_an_assignment_is_gone_once_it_is_taken_back() -> None:
    model = assignments.READ_MODEL
    row = only_row_after(model, ASSIGNED)
    assert (row.resource_id, row.units_percent, row.skill, row.assigned_at) == (ANNA, 50, "welding", NOON)
    assert only_row_after(model, ASSIGNED, TaskResourceAssigned(ANNA, 20, None)).units_percent == 20
    (key,) = model.keys(seen(ASSIGNED))
    assert tuple(model.keys(seen(TaskResourceUnassigned(ANNA)))) == (key,)
    assert model.evolve(row, seen(TaskResourceUnassigned(ANNA))) is None


def test_a_change_of_the_schedule_says_what_it_moves_and_when_it_did() -> None:
    asked = ScheduleChangeRequested(CHANGE, Objective.FINISH, (MOVE,))
    row = only_row_after(schedule_changes.READ_MODEL, asked)
    assert (row.change_id, row.objective, row.move_count, row.moves) == (CHANGE, Objective.FINISH, 1, (MOVE,))
    assert (row.requested_at, row.applied_at) == (NOON, None)
    placed = TasksPlaced(CHANGE, (Placement(CUT, NINE + HOUR, NOON + HOUR),))
    assert only_row_after(schedule_changes.READ_MODEL, asked, placed).applied_at == NOON


def test_the_board_shows_how_important_a_task_is() -> None:
    assert row_after(task_board.READ_MODEL, TASK_OPENED).priority == 500
    assert row_after(task_board.READ_MODEL, TASK_OPENED, TaskPrioritised(900)).priority == 900


def test_a_rate_of_a_resource_that_was_never_defined_is_no_row() -> None:
    with pytest.raises(AssertionError):
        rows_after(resources.READ_MODEL, RATED)
