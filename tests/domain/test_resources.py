"""What may happen to a project's resources, to what tasks need of them, and to where tasks are placed."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed
from domain.levelling.problem import Objective
from domain.project import NotOnTheTeam
from domain.project.change_requests import (
    ApplyChangeRequest,
    ChangeKind,
    ChangeRequestApproved,
    ChangeRequested,
    PlanRevised,
)
from domain.project.placements import Move, Placement, ScheduleChangeRequested, TasksPlaced
from domain.project.resources import (
    DefineResource,
    OverCapacity,
    ResourceDefined,
    ResourceKind,
    ResourceRated,
    ResourceRetired,
    RetireResource,
    SetResourceRate,
    UnknownResource,
    UnknownSkill,
)
from domain.project.schedule_changes import RequestScheduleChange
from domain.project.value import CostKind, CostRecorded, OtherCurrency
from domain.project.working_time import UnknownCalendar
from domain.task import TaskClosed
from domain.task.ending import TaskCancelled
from domain.task.resourcing import (
    AssignResource,
    PrioritiseTask,
    TaskPrioritised,
    TaskResourceAssigned,
    TaskResourceUnassigned,
    UnassignResource,
)
from tests.examples import ANNA, BEN, CUT, DAY, HOUR, MONDAY, NINE, NOON, PROJECT_STORY, STRANGER, TASK_OPENED
from tests.examples import project_after as project
from tests.spec import given, state_after

SAW, CHANGE = UUID(int=501), UUID(int=71)
DEFINE = DefineResource(ANNA, ResourceKind.PERSON, "Anna", 80, ("welding",))
DEFINED = ResourceDefined(ANNA, ResourceKind.PERSON, "Anna", 80, ("welding",), None, ANNA)
RATE, RATED = SetResourceRate(ANNA, 50_00, "EUR", MONDAY), ResourceRated(ANNA, 50_00, "EUR", MONDAY)
KNOWN = (*PROJECT_STORY, DEFINED)
USE = AssignResource(ANNA, 50, "welding")
USED = TaskResourceAssigned(ANNA, 50, "welding")
MOVE = Move(CUT, NINE, NOON, NINE + DAY, NOON + DAY + HOUR)
ASK = RequestScheduleChange(CHANGE, "Level", "Anna is overloaded", Objective.FINISH, (MOVE,))
ASKED = (
    ChangeRequested(CHANGE, "Level", "Anna is overloaded", ChangeKind.SCHEDULE, 2, 0, ANNA),
    ScheduleChangeRequested(CHANGE, Objective.FINISH, (MOVE,)),
)


def test_a_resource_is_defined_changed_rated_and_retired() -> None:
    assert given(*PROJECT_STORY).when(DEFINE) == [DEFINED]
    assert given(*KNOWN).when(DEFINE) == []
    assert given(*KNOWN).when(replace(DEFINE, skills=())) == [replace(DEFINED, skills=())]
    assert given(*KNOWN).when(RATE) == [RATED]
    assert given(*KNOWN, RATED).when(RATE) == []
    assert given(*KNOWN).when(RetireResource(ANNA)) == [ResourceRetired(ANNA)]
    assert given(*KNOWN, ResourceRetired(ANNA)).when(RetireResource(ANNA)) == []


def test_a_rate_holds_from_its_day_until_the_next_one() -> None:
    later = ResourceRated(ANNA, 60_00, "EUR", MONDAY + timedelta(days=7))
    resource = state_after(*KNOWN, later, RATED).resources.by_id[ANNA]
    days = (MONDAY - timedelta(days=1), MONDAY, MONDAY + timedelta(days=8))
    assert [resource.rate_cents_on(day) for day in days] == [None, 50_00, 60_00]


def test_equipment_is_nobody_and_a_person_is_on_the_team() -> None:
    saw = DefineResource(SAW, ResourceKind.EQUIPMENT, "Saw", 200)
    assert given(*PROJECT_STORY).when(saw) == [
        ResourceDefined(SAW, ResourceKind.EQUIPMENT, "Saw", 200, (), None, None)
    ]
    stranger = replace(DEFINE, resource_id=STRANGER)
    given(*PROJECT_STORY).when(stranger).refused(NotOnTheTeam, field="resourceId")
    other_kind = replace(DEFINE, kind=ResourceKind.EQUIPMENT)
    given(*KNOWN).when(other_kind).refused(AlreadyExists, field="kind")
    moon = replace(DEFINE, calendar_name="Moon")
    given(*PROJECT_STORY).when(moon).refused(UnknownCalendar, field="calendarName")


def test_all_that_a_project_costs_is_in_one_currency() -> None:
    given(*KNOWN, RATED).when(replace(RATE, currency="CNY")).refused(OtherCurrency, field="currency")
    cost = CostRecorded(UUID(int=1), 100, "CNY", MONDAY, CostKind.LICENCE)
    given(*KNOWN, cost).when(RATE).refused(OtherCurrency, field="currency")
    given(*PROJECT_STORY).when(RATE).refused(UnknownResource, field="resourceId")


def test_a_task_takes_no_more_than_there_is_and_only_for_a_skill_there_is() -> None:
    within = project(DEFINED)
    assert given(TASK_OPENED, within=within).when(USE) == [USED]
    assert given(TASK_OPENED, USED, within=within).when(USE) == []
    over = given(TASK_OPENED, within=within).when(replace(USE, units_percent=81))
    over.refused(OverCapacity, field="unitsPercent")
    unskilled = given(TASK_OPENED, within=within).when(replace(USE, skill="diving"))
    unskilled.refused(UnknownSkill, field="skill")
    given(TASK_OPENED).when(USE).refused(UnknownResource, field="resourceId")
    assert given(TASK_OPENED, USED, within=within).when(UnassignResource(ANNA)) == [
        TaskResourceUnassigned(ANNA)
    ]
    assert given(TASK_OPENED, within=within).when(UnassignResource(ANNA)) == []
    closed = TaskCancelled("No", NOON)
    given(TASK_OPENED, closed, within=within).when(USE).refused(TaskClosed)


def test_a_task_is_as_important_as_was_last_said() -> None:
    assert given(TASK_OPENED).when(PrioritiseTask(900)) == [TaskPrioritised(900)]
    assert given(TASK_OPENED).when(PrioritiseTask(500)) == []


def test_a_change_of_the_schedule_is_a_change_request_that_places_tasks_once_it_is_applied() -> None:
    assert given(*PROJECT_STORY).when(ASK) == list(ASKED)
    assert given(*PROJECT_STORY, *ASKED).when(ASK, by=BEN) == []
    other = replace(ASK, objective=Objective.COST)
    given(*PROJECT_STORY, *ASKED).when(other).refused(AlreadyExists, field="changeId")
    approved = ChangeRequestApproved(CHANGE, BEN)
    placed = TasksPlaced(CHANGE, (Placement(CUT, MOVE.start_at, MOVE.finish_at),))
    applied = given(*PROJECT_STORY, *ASKED, approved).when(ApplyChangeRequest(CHANGE))
    assert applied == [PlanRevised(CHANGE, None), placed]
    state = state_after(*PROJECT_STORY, *ASKED, approved, PlanRevised(CHANGE, None), placed)
    assert state.placements.by_task == {CUT: placed.placements[0]}


@pytest.mark.parametrize(
    ("kind", "content", "field"),
    [
        (DefineResource, (ANNA, ResourceKind.PERSON, " "), "name"),
        (DefineResource, (ANNA, ResourceKind.PERSON, "x", 0), "capacityPercent"),
        (DefineResource, (ANNA, ResourceKind.PERSON, "x", 1, ("a", "a")), "skills"),
        (DefineResource, (ANNA, ResourceKind.PERSON, "x", 1, ("",)), "skills"),
        (DefineResource, (ANNA, ResourceKind.PERSON, "x", 1, (), ""), "calendarName"),
        (SetResourceRate, (ANNA, -1, "EUR", MONDAY), "hourlyRateCents"),
        (SetResourceRate, (ANNA, 1, "euro", MONDAY), "currency"),
        (SetResourceRate, (ANNA, 1, "EUR", date(1900, 1, 1)), "fromOn"),
        (AssignResource, (ANNA, 0), "unitsPercent"),
        (AssignResource, (ANNA, 1, ""), "skill"),
        (PrioritiseTask, (1_001,), "priority"),
        (RequestScheduleChange, (CHANGE, "x", "x", Objective.FINISH, ()), "moves"),
        (RequestScheduleChange, (CHANGE, "x", "x", Objective.FINISH, (MOVE, MOVE)), "moves"),
        (
            RequestScheduleChange,
            (CHANGE, "x", "x", Objective.FINISH, (replace(MOVE, finish_at=NINE),)),
            "moves.0.finishAt",
        ),
    ],
)
def test_what_is_out_of_bounds_is_refused(kind: Any, content: tuple[Any, ...], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        kind(*content)
    assert refusal.value.field == field
