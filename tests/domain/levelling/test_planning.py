"""A plan as a levelling problem, its loads and overloads, and a first levelled plan of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.calendar import Shift, WorkingCalendar, epoch_minute, instant_at
from domain.levelling.axis import Axis, BeyondAxis, shared
from domain.levelling.explaining import MoveCause, moved
from domain.levelling.heuristic import first_plans
from domain.levelling.loading import day_loads, overloads
from domain.levelling.planning import Levelling, PlanTooLarge, ResourceShort, check_solvable, levelling_of
from domain.levelling.plans import NoSharedTime, Plan
from domain.project import LagUnit, LinkKind, TasksLinked, WorkingCalendarSet
from domain.project.placements import Placement, TasksPlaced
from domain.project.resources import ResourceDefined, ResourceKind
from domain.task import Task, TaskAssigned, TaskCompleted, TaskEstimated, TaskProgressed, TaskStarted
from domain.task.resourcing import TaskResourceAssigned
from domain.task.scheduling import TaskConstrained
from domain.task.state import ConstraintKind
from tests.examples import ANNA, BEN, CUT, DAY, HOUR, MONDAY, NINE, PAINT, PROJECT_ID, TASK_OPENED, WELD
from tests.examples import project_after as project
from tests.spec import state_after

SAW = UUID(int=501)
ANNA_DEFINED = ResourceDefined(ANNA, ResourceKind.PERSON, "Anna", 100, (), None)
SAW_DEFINED = ResourceDefined(SAW, ResourceKind.EQUIPMENT, "Saw", 200, (), None)
TUESDAY = NINE + DAY
FIVE = NINE + 8 * HOUR


def task(hours: int, *more: Any, of: UUID | None = ANNA, units: int = 100) -> Task:
    used = [] if of is None else [TaskResourceAssigned(of, units, None)]
    found: Task = state_after(TASK_OPENED, TaskEstimated(60 * hours), *used, *more)
    return found


def levelled(tasks: dict[UUID, Task], *events: Any, at: datetime = NINE) -> tuple[Plan, Levelling]:
    plan = Plan(PROJECT_ID, project(ANNA_DEFINED, SAW_DEFINED, *events), tasks)
    return plan, levelling_of([plan], at)


def spans(levelling: Levelling, starts: dict[UUID, int]) -> dict[UUID, tuple[datetime, datetime]]:
    finish = levelling.problem.activities
    return {
        key: (instant_at(starts[key]), instant_at(finish[key].finish(starts[key])))
        for key in levelling.project_of
    }


def test_an_axis_counts_work_over_its_pauses() -> None:
    axis = Axis(((10, 20), (30, 40)))
    assert [axis.work_until(time) for time in (0, 10, 15, 20, 25, 30, 40, 99)] == [
        0,
        0,
        5,
        10,
        10,
        10,
        20,
        20,
    ]
    assert [axis.first_at(time) for time in (0, 10, 19, 20, 30)] == [10, 10, 19, 30, 30]
    assert [axis.finish(start, 5) for start in (10, 15, 18, 30)] == [15, 20, 33, 35]
    assert [axis.start(finish, 5) for finish in (15, 20, 25, 35)] == [10, 15, 16, 30]
    with pytest.raises(BeyondAxis):
        axis.finish(38, 5)
    with pytest.raises(BeyondAxis):
        axis.first_at(40)
    assert shared([axis, Axis(((15, 32), (35, 36)))]).stretches == ((15, 20), (30, 32), (35, 36))


def test_tasks_are_planned_in_working_time_from_now_on_and_after_what_they_wait_for() -> None:
    link = TasksLinked(CUT, WELD, LinkKind.FS, 60, LagUnit.WORKING)
    elapsed = TasksLinked(WELD, PAINT, LinkKind.SS, 30, LagUnit.ELAPSED)
    _, found = levelled({CUT: task(8), WELD: task(4), PAINT: task(1, of=SAW)}, link, elapsed)
    assert spans(found, dict(found.planned)) == {
        CUT: (NINE, FIVE),
        WELD: (TUESDAY + HOUR, TUESDAY + 5 * HOUR),
        PAINT: (TUESDAY + HOUR + HOUR / 2, TUESDAY + 2 * HOUR + HOUR / 2),
    }


def test_a_lead_lets_a_task_begin_before_the_end_of_what_it_waits_for() -> None:
    lead = TasksLinked(CUT, WELD, LinkKind.FS, -120, LagUnit.WORKING)
    both = TasksLinked(CUT, PAINT, LinkKind.FF, 0, LagUnit.WORKING)
    _, found = levelled({CUT: task(8), WELD: task(4), PAINT: task(2)}, lead, both)
    assert spans(found, dict(found.planned))[WELD] == (NINE + 6 * HOUR, TUESDAY + 2 * HOUR)
    assert spans(found, dict(found.planned))[PAINT] == (NINE + 6 * HOUR, FIVE)


def test_what_began_goes_on_and_what_is_done_only_lets_others_begin() -> None:
    begun = task(8, TaskStarted(NINE - DAY), TaskProgressed(75))
    done = task(8, TaskStarted(NINE - DAY), TaskCompleted(NINE, MONDAY, None, None, 60, None, None))
    link = TasksLinked(WELD, PAINT, LinkKind.FS, 120, LagUnit.ELAPSED)
    _, found = levelled({CUT: begun, WELD: done, PAINT: task(1)}, link)
    assert list(found.movable()) == [PAINT]
    assert spans(found, dict(found.planned)) == {
        CUT: (NINE, NINE + 2 * HOUR),
        PAINT: (NINE + 2 * HOUR, NINE + 3 * HOUR),
    }


@pytest.mark.parametrize(
    ("kind", "start", "is_fixed"),
    [
        (ConstraintKind.SNET, TUESDAY + HOUR, False),
        (ConstraintKind.FNET, NINE + 7 * HOUR, False),
        (ConstraintKind.MSO, TUESDAY + HOUR, True),
        (ConstraintKind.MFO, NINE + 7 * HOUR, True),
        (ConstraintKind.SNLT, NINE, False),
        (ConstraintKind.FNLT, NINE, False),
    ],
)
def test_a_constraint_places_a_task(kind: ConstraintKind, start: datetime, *, is_fixed: bool) -> None:
    _, found = levelled({CUT: task(2, TaskConstrained(kind, TUESDAY + HOUR))})
    assert instant_at(found.planned[CUT]) == start
    assert (list(found.movable()) == []) is is_fixed


def test_a_constraint_that_has_passed_or_cannot_be_kept_leaves_the_task_to_the_plan() -> None:
    missed = task(8, TaskConstrained(ConstraintKind.FNLT, NINE + HOUR))
    passed = task(8, TaskConstrained(ConstraintKind.MSO, NINE - DAY))
    _, found = levelled({CUT: missed, WELD: passed})
    assert found.problem.activities[CUT].latest is None
    assert [instant_at(found.planned[key]) for key in (CUT, WELD)] == [NINE, NINE]


def test_a_placement_is_where_a_task_starts_at_the_earliest() -> None:
    placed = TasksPlaced(UUID(int=1), (Placement(CUT, TUESDAY, TUESDAY + HOUR),))
    _, found = levelled({CUT: task(1)}, placed)
    assert instant_at(found.planned[CUT]) == TUESDAY


def test_a_link_of_a_summary_holds_back_all_within_it() -> None:
    summary = UUID(int=600)
    within = [replace(task(hours), parent_id=summary) for hours in (1, 3)]
    link = TasksLinked(summary, PAINT, LinkKind.FS, 0, LagUnit.WORKING)
    _, found = levelled({summary: task(99), CUT: within[0], WELD: within[1], PAINT: task(1)}, link)
    assert instant_at(found.planned[PAINT]) == NINE + 3 * HOUR
    assert summary not in found.project_of


def test_the_load_of_each_day_and_its_overloads_name_their_tasks() -> None:
    plan, found = levelled({CUT: task(10), WELD: task(4), PAINT: task(4, of=SAW, units=150)})
    monday, tuesday, saw = day_loads([plan], found, found.planned, MONDAY, MONDAY + timedelta(days=9))
    assert (monday.resource_id, monday.day, monday.load_minutes, monday.capacity_minutes) == (
        ANNA,
        MONDAY,
        720,
        480,
    )
    assert (monday.peak_percent, monday.is_overloaded, set(monday.task_ids)) == (200, True, {CUT, WELD})
    assert (tuesday.load_minutes, tuesday.is_overloaded, tuesday.task_ids) == (120, False, (CUT,))
    assert (saw.load_minutes, saw.capacity_minutes, saw.is_overloaded) == (360, 960, False)
    (over,) = overloads(found, found.planned)
    assert (over.resource_id, instant_at(over.begin), instant_at(over.end)) == (ANNA, NINE, NINE + 4 * HOUR)
    assert (over.peak_percent, over.capacity_percent, set(over.task_ids)) == (200, 100, {CUT, WELD})


def test_a_first_levelled_plan_has_no_overload_and_says_why_tasks_move() -> None:
    link = TasksLinked(WELD, PAINT, LinkKind.FS, 60, LagUnit.WORKING)
    _, found = levelled({CUT: task(6), WELD: task(4), PAINT: task(1, of=SAW)}, link)
    starts = next(first_plans(found.problem, 1))
    assert list(overloads(found, starts)) == []
    starts |= {
        WELD: epoch_minute(NINE),
        PAINT: epoch_minute(NINE + 5 * HOUR),
        CUT: epoch_minute(NINE + 4 * HOUR),
    }
    moves = {move.task_id: move for move in moved(found, starts)}
    assert moves.keys() == {CUT}
    assert (moves[CUT].cause, moves[CUT].resource_id, moves[CUT].task_ids) == (
        MoveCause.RESOURCE,
        ANNA,
        (WELD,),
    )
    late = {
        CUT: epoch_minute(NINE),
        WELD: epoch_minute(TUESDAY + HOUR),
        PAINT: epoch_minute(TUESDAY + 6 * HOUR),
    }
    later = {**starts, **late}
    found_moves = {move.task_id: move for move in moved(found, later)}
    assert (found_moves[PAINT].cause, found_moves[PAINT].task_ids) == (MoveCause.PREDECESSOR, (WELD,))
    assert found_moves[WELD].cause is MoveCause.OBJECTIVE


def test_two_projects_share_the_resources_they_have_in_common() -> None:
    both = [
        Plan(UUID(int=number), project(ANNA_DEFINED), {UUID(int=number * 100): task(8)}) for number in (1, 2)
    ]
    found = levelling_of(both, NINE)
    starts = next(first_plans(found.problem, 1))
    assert sorted(instant_at(start) for start in starts.values()) == [NINE, TUESDAY]
    assert [over.task_ids for over in overloads(found, found.planned)] == [(UUID(int=100), UUID(int=200))]


def test_a_task_is_worked_on_by_the_calendars_of_its_people_and_its_equipment() -> None:
    mornings = WorkingCalendar("Europe/Vienna", ((Shift(8 * 60, 12 * 60),),) * 5 + ((), ()))
    nights = WorkingCalendar("Europe/Vienna", ((Shift(20 * 60, 23 * 60),),) * 5 + ((), ()))
    calendars = (WorkingCalendarSet("Mornings", mornings), WorkingCalendarSet("Nights", nights))
    part_time = replace(ANNA_DEFINED, calendar_name="Mornings")
    _, found = levelled({CUT: task(4)}, *calendars, part_time)
    assert spans(found, dict(found.planned))[CUT] == (NINE, TUESDAY)
    sawn = task(4, TaskResourceAssigned(SAW, 1, None))
    _, found = levelled({CUT: sawn}, *calendars, part_time)
    assert spans(found, dict(found.planned))[CUT] == (NINE, TUESDAY)
    with pytest.raises(NoSharedTime):
        levelled({CUT: sawn}, *calendars, part_time, replace(SAW_DEFINED, calendar_name="Nights"))


def test_a_resource_is_used_while_it_works_though_others_go_on_with_the_task() -> None:
    mornings = WorkingCalendar("Europe/Vienna", ((Shift(8 * 60, 12 * 60),),) * 5 + ((), ()))
    part_time = WorkingCalendarSet("Mornings", mornings), replace(ANNA_DEFINED, calendar_name="Mornings")
    both = task(8, TaskAssigned(BEN))
    plan, found = levelled({CUT: both}, *part_time)
    assert spans(found, dict(found.planned))[CUT] == (NINE, FIVE)
    (load,) = day_loads([plan], found, found.planned, MONDAY, MONDAY)
    assert (load.load_minutes, load.capacity_minutes, load.is_overloaded) == (180, 240, False)


def test_more_than_there_is_or_too_many_tasks_are_refused() -> None:
    for short in (task(4, of=SAW, units=201), task(4, of=UUID(int=999))):
        plan, found = levelled({CUT: short})
        with pytest.raises(ResourceShort):
            check_solvable(found)
        (over,) = overloads(found, found.planned)
        (load,) = day_loads([plan], found, found.planned, MONDAY, MONDAY)
        assert (over.task_ids, load.is_overloaded) == ((CUT,), True)
    _, many = levelled({UUID(int=number): task(0, of=None) for number in range(1, 2_002)})
    with pytest.raises(PlanTooLarge):
        check_solvable(many)


def test_the_day_due_is_over_at_midnight_where_the_project_is() -> None:
    due = replace(task(1), due_on=date(2026, 3, 29))
    _, found = levelled({CUT: due})
    assert found.problem.activities[CUT].due == epoch_minute(datetime(2026, 3, 29, 22, tzinfo=UTC))
