"""What a plan is made of beside its links: when it begins, lags in percent, whose calendar is whose."""

from dataclasses import replace

import pytest

from domain.errors import Malformed
from domain.project import (
    AssignCalendar,
    CalendarAssigned,
    LagUnit,
    LinkKind,
    LinkTasks,
    NotOnTheTeam,
    PlanStartSet,
    SetPlanStart,
    TasksLinked,
    UnknownCalendar,
    WorkingCalendarSet,
)
from tests.examples import BEN, CUT, MORNINGS, NINE, PROJECT_STORY, STRANGER, WELD, project_after
from tests.spec import given

NIGHTS = WorkingCalendarSet("Nights", replace(MORNINGS, time_zone="UTC"))


def test_a_plan_begins_when_that_is_said() -> None:
    assert given(*PROJECT_STORY).when(SetPlanStart(NINE)) == [PlanStartSet(NINE)]
    assert given(*PROJECT_STORY, PlanStartSet(NINE)).when(SetPlanStart(NINE)) == []
    assert given(*PROJECT_STORY, PlanStartSet(NINE)).when(SetPlanStart(None)) == [PlanStartSet(None)]
    with pytest.raises(Malformed):
        SetPlanStart(NINE.replace(tzinfo=None))


def test_a_lag_may_be_in_percent_of_the_predecessors_duration() -> None:
    link = LinkTasks(CUT, WELD, LinkKind.SS, 0, LagUnit.WORKING, 50)
    linked = TasksLinked(CUT, WELD, LinkKind.SS, 0, LagUnit.WORKING, 50)
    assert given(*PROJECT_STORY).when(link) == [linked]
    assert given(*PROJECT_STORY, linked).when(link) == []
    assert given(*PROJECT_STORY, linked).when(replace(link, lag_percent=None)) == [
        replace(linked, lag_percent=None)
    ]


@pytest.mark.parametrize(("minutes", "percent"), [(60, 50), (0, 10_001), (0, -10_001)])
def test_a_lag_is_said_in_one_way_and_in_bounds(minutes: int, percent: int) -> None:
    with pytest.raises(Malformed) as refusal:
        LinkTasks(CUT, WELD, LinkKind.FS, minutes, LagUnit.WORKING, percent)
    assert refusal.value.field == "lagPercent"


def test_a_member_works_by_the_calendar_they_were_assigned() -> None:
    wish, done = AssignCalendar(BEN, "Nights"), CalendarAssigned(BEN, "Nights")
    given(*PROJECT_STORY).when(wish).refused(UnknownCalendar, field="calendarName")
    assert given(*PROJECT_STORY, NIGHTS).when(wish) == [done]
    assert given(*PROJECT_STORY, NIGHTS, done).when(wish) == []
    stranger = AssignCalendar(STRANGER, "Nights")
    given(*PROJECT_STORY, NIGHTS).when(stranger).refused(NotOnTheTeam, field="memberId")
    assert project_after(NIGHTS, done).calendar_of_member(BEN) == NIGHTS.calendar


def test_else_a_member_works_by_that_of_their_department_or_the_project() -> None:
    assigned = CalendarAssigned(BEN, "Nights")
    after = project_after(WorkingCalendarSet("standard", MORNINGS), NIGHTS, assigned)
    back = given(*PROJECT_STORY, NIGHTS, assigned).when(AssignCalendar(BEN, None))
    assert back == [CalendarAssigned(BEN, None)]
    again = project_after(WorkingCalendarSet("standard", MORNINGS), NIGHTS, assigned, *back.events)
    assert after.calendar_of_member(BEN) == NIGHTS.calendar
    assert again.calendar_of_member(BEN) == again.calendar_of_member(STRANGER) == MORNINGS
