"""What may happen to a project.

Longer than other files: each rule of its subject has its test here.
"""

from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain import errors
from domain.calendar import CalendarWithoutWorkingTime, WorkingCalendar, office_hours
from domain.decider import Context
from domain.errors import AlreadyExists, Malformed, UnknownProject
from domain.ids import TaskId
from domain.project import (
    CloseProject,
    DepartmentNamed,
    LagUnit,
    LinkCycle,
    LinkKind,
    LinkTasks,
    MemberNamed,
    MemberRemoved,
    NameDepartment,
    NameMember,
    OpenProject,
    ProjectClosed,
    ProjectOpened,
    ProjectRenamed,
    RemoveMember,
    RenameProject,
    SetWorkingCalendar,
    TasksLinked,
    TasksUnlinked,
    UnknownDepartment,
    UnlinkTasks,
    WorkingCalendarSet,
    ongoing,
)
from domain.roles import Role
from tests.examples import (
    ANNA,
    BEN,
    CUT,
    MONDAY,
    MORNINGS,
    NOON,
    PAINT,
    PROJECT,
    PROJECT_OPENED,
    PROJECT_STORY,
    STRANGER,
    WELD,
    project_after,
)
from tests.spec import given, state_after

LINK = LinkTasks(CUT, WELD, LinkKind.FS, 0, LagUnit.WORKING)
LINKED = TasksLinked(CUT, WELD, LinkKind.FS, 0, LagUnit.WORKING)


def linked(predecessor_id: UUID, successor_id: UUID) -> TasksLinked:
    return replace(LINKED, predecessor_id=predecessor_id, successor_id=successor_id)


def test_a_project_opens_in_its_time_zone() -> None:
    assert given().when(OpenProject("Line 4", "Europe/Vienna")) == [
        ProjectOpened("Line 4", "Europe/Vienna", NOON)
    ]


def test_a_project_opens_in_utc_unless_it_names_a_zone() -> None:
    assert given().when(OpenProject("Line 4")) == [ProjectOpened("Line 4", "UTC", NOON)]


def test_the_same_project_opened_again_is_open_already() -> None:
    assert given(PROJECT_OPENED).when(OpenProject("Line 4", "Europe/Vienna")) == []


def test_the_id_of_another_project_is_taken() -> None:
    given(PROJECT_OPENED).when(OpenProject("Line 5")).refused(AlreadyExists)


def test_the_id_of_a_closed_project_is_taken() -> None:
    opened_again = OpenProject("Line 4", "Europe/Vienna")
    given(PROJECT_OPENED, ProjectClosed()).when(opened_again).refused(AlreadyExists)


def test_a_project_needs_a_known_time_zone() -> None:
    with pytest.raises(Malformed) as refusal:
        OpenProject("Line 4", "Mars/Olympus")
    assert refusal.value.field == "timeZone"


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "Line\0"])
@pytest.mark.parametrize("command", [OpenProject, RenameProject, NameDepartment])
def test_names_are_neither_blank_nor_long(command: type, name: str) -> None:
    with pytest.raises(Malformed) as refusal:
        command(name)
    assert refusal.value.field == "name"


def test_a_project_is_renamed() -> None:
    assert given(PROJECT_OPENED).when(RenameProject("Line 5")) == [ProjectRenamed("Line 5")]
    assert state_after(PROJECT_OPENED, ProjectRenamed("Line 5")).charter.name == "Line 5"


def test_a_project_keeps_the_name_it_has() -> None:
    assert given(PROJECT_OPENED).when(RenameProject("Line 4")) == []


def test_a_project_closes_once() -> None:
    assert given(PROJECT_OPENED).when(CloseProject()) == [ProjectClosed()]
    assert given(PROJECT_OPENED, ProjectClosed()).when(CloseProject()) == []


@pytest.mark.parametrize(
    "command",
    [
        RenameProject("Line 4"),
        NameDepartment("Assembly"),
        NameMember(ANNA, Role.MEMBER, None),
        RemoveMember(STRANGER),
        SetWorkingCalendar(MORNINGS),
        LINK,
        UnlinkTasks(CUT, WELD),
    ],
)
def test_nothing_changes_in_a_closed_project(command: object) -> None:
    given(*PROJECT_STORY, ProjectClosed()).when(command).refused(errors.ProjectClosed)


def test_a_command_to_no_project_is_refused() -> None:
    given().when(CloseProject()).refused(UnknownProject)


def test_a_department_is_named_once() -> None:
    assert given(PROJECT_OPENED).when(NameDepartment("Assembly")) == [DepartmentNamed("Assembly")]
    assert given(*PROJECT_STORY).when(NameDepartment("Assembly")) == []


def test_a_member_joins_in_a_role() -> None:
    joins = NameMember(STRANGER, Role.MEMBER, "Assembly")
    assert given(*PROJECT_STORY).when(joins) == [MemberNamed(STRANGER, Role.MEMBER, "Assembly", MONDAY)]


def test_a_member_joins_without_a_department() -> None:
    assert given(PROJECT_OPENED).when(NameMember(BEN, Role.MEMBER, None)) == [
        MemberNamed(BEN, Role.MEMBER, None, MONDAY)
    ]


@pytest.mark.parametrize(("role", "department"), [(Role.MEMBER, "Assembly"), (Role.PROJECT_MANAGER, None)])
def test_another_role_or_department_names_the_member_again(role: Role, department: str | None) -> None:
    assert given(*PROJECT_STORY).when(NameMember(ANNA, role, department)) == [
        MemberNamed(ANNA, role, department, MONDAY)
    ]


def test_a_member_named_alike_stays_as_they_are() -> None:
    assert given(*PROJECT_STORY).when(NameMember(ANNA, Role.PROJECT_MANAGER, "Assembly")) == []


def test_a_member_joins_only_for_a_department_of_the_project() -> None:
    joins = NameMember(BEN, Role.MEMBER, "Sales")
    given(*PROJECT_STORY).when(joins).refused(UnknownDepartment, field="department")


@pytest.mark.parametrize("role", [Role.MANAGEMENT, Role.AUDITOR, Role.ADMINISTRATOR, Role.SYSTEM])
def test_a_role_of_the_organisation_is_none_within_a_project(role: Role) -> None:
    with pytest.raises(Malformed) as refusal:
        NameMember(ANNA, role, None)
    assert refusal.value.field == "role"


def test_a_member_leaves_once() -> None:
    assert given(*PROJECT_STORY).when(RemoveMember(ANNA)) == [MemberRemoved(ANNA)]
    assert given(*PROJECT_STORY, MemberRemoved(ANNA)).when(RemoveMember(ANNA)) == []


def test_only_those_on_the_team_have_a_role() -> None:
    assert PROJECT.role_of(ANNA) is Role.PROJECT_MANAGER
    assert PROJECT.role_of(STRANGER) is None
    assert project_after(MemberRemoved(ANNA)).role_of(ANNA) is None


def test_a_calendar_is_set_for_all_or_for_one_department() -> None:
    assert given(PROJECT_OPENED).when(SetWorkingCalendar(MORNINGS)) == [
        WorkingCalendarSet("standard", MORNINGS)
    ]
    for_purchasing = SetWorkingCalendar(MORNINGS, name="Purchasing")
    assert given(PROJECT_OPENED).when(for_purchasing) == [WorkingCalendarSet("Purchasing", MORNINGS)]


def test_the_calendar_in_force_is_not_set_again() -> None:
    before = WorkingCalendarSet("standard", MORNINGS)
    assert given(PROJECT_OPENED, before).when(SetWorkingCalendar(MORNINGS)) == []
    shorter = replace(MORNINGS, holidays=(date(2026, 4, 6),))
    assert given(PROJECT_OPENED, before).when(SetWorkingCalendar(shorter)) == [
        WorkingCalendarSet("standard", shorter)
    ]


def test_a_calendar_needs_working_time_in_its_week() -> None:
    with pytest.raises(CalendarWithoutWorkingTime):
        SetWorkingCalendar(WorkingCalendar("UTC", ((),) * 7))


def test_a_department_works_on_its_own_calendar_else_the_standard_else_office_hours() -> None:
    all_day = replace(MORNINGS, time_zone="UTC")
    assert PROJECT.calendar_of("Purchasing") == office_hours("Europe/Vienna")
    standard = WorkingCalendarSet("standard", all_day)
    assert project_after(standard).calendar_of("Purchasing") == all_day
    both = project_after(standard, WorkingCalendarSet("Purchasing", MORNINGS))
    assert both.calendar_of("Purchasing") == MORNINGS
    assert both.calendar_of("Assembly") == both.calendar_of(None) == all_day


def test_a_day_begins_at_midnight_of_the_project() -> None:
    before_midnight = datetime(2026, 3, 2, 23, 59, tzinfo=ZoneInfo("Europe/Vienna"))
    assert PROJECT.local_day(before_midnight) == date(2026, 3, 2)
    assert PROJECT.local_day(before_midnight.astimezone(ZoneInfo("Asia/Tokyo"))) == date(2026, 3, 2)


def test_two_tasks_are_linked() -> None:
    assert given(PROJECT_OPENED).when(LINK) == [LINKED]


def test_a_link_as_it_is_changes_nothing() -> None:
    assert given(PROJECT_OPENED, LINKED).when(LINK) == []


@pytest.mark.parametrize(
    "change", [{"kind": LinkKind.SS}, {"lag_minutes": -60}, {"lag_unit": LagUnit.ELAPSED}]
)
def test_a_link_is_replaced_by_one_of_another_kind_or_lag(change: dict[str, object]) -> None:
    changed = replace(LINKED, **change)  # type: ignore[arg-type]
    assert given(PROJECT_OPENED, LINKED).when(replace(LINK, **change)) == [changed]  # type: ignore[arg-type]
    assert given(PROJECT_OPENED, LINKED, changed).when(LINK) == [LINKED]


def test_a_task_cannot_wait_for_itself() -> None:
    with pytest.raises(Malformed) as refusal:
        replace(LINK, successor_id=CUT)
    assert refusal.value.field == "successorId"


@pytest.mark.parametrize("lag", [5_256_001, -5_256_001, True])
def test_a_lag_is_ten_years_at_most(lag: int) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(LINK, lag_minutes=lag)
    assert refusal.value.field == "lagMinutes"


def test_a_circle_of_links_is_refused_and_names_its_tasks() -> None:
    links = (LINKED, linked(WELD, PAINT), linked(CUT, UUID(int=99)))
    back = LinkTasks(PAINT, CUT, LinkKind.SS, 0, LagUnit.WORKING)
    refusal = given(PROJECT_OPENED, *links).when(back).refused(LinkCycle)
    assert refusal.message == f"These tasks would wait for each other: {PAINT} → {CUT} → {WELD} → {PAINT}."


def test_two_tasks_cannot_wait_for_each_other() -> None:
    refusal = given(PROJECT_OPENED, linked(WELD, CUT)).when(LINK).refused(LinkCycle)
    assert refusal.message.endswith(f"{CUT} → {WELD} → {CUT}.")


def test_ways_that_meet_again_are_no_circle() -> None:
    links = (LINKED, linked(CUT, PAINT))
    meets = replace(LINK, predecessor_id=WELD, successor_id=PAINT)
    assert given(PROJECT_OPENED, *links).when(meets) == [linked(WELD, PAINT)]


def test_a_circle_can_be_closed_once_it_was_opened_elsewhere() -> None:
    story = (LINKED, linked(WELD, PAINT), TasksUnlinked(WELD, PAINT))
    back = replace(LINK, predecessor_id=PAINT, successor_id=CUT)
    assert given(PROJECT_OPENED, *story).when(back) == [linked(PAINT, CUT)]


def test_a_long_chain_is_searched_to_its_end() -> None:
    tasks = [TaskId(UUID(int=1_000 + n)) for n in range(2_000)]
    chain = [linked(first, second) for first, second in pairwise(tasks)]
    back = replace(LINK, predecessor_id=tasks[-1], successor_id=tasks[0])
    given(PROJECT_OPENED, *chain).when(back).refused(LinkCycle)


def test_a_link_is_taken_away_once() -> None:
    assert given(PROJECT_OPENED, LINKED).when(UnlinkTasks(CUT, WELD)) == [TasksUnlinked(CUT, WELD)]
    assert given(PROJECT_OPENED).when(UnlinkTasks(CUT, WELD)) == []
    assert given(PROJECT_OPENED, LINKED).when(UnlinkTasks(WELD, CUT)) == []


def test_a_project_is_needed_by_what_belongs_to_one() -> None:
    with pytest.raises(AssertionError):
        ongoing(Context(NOON, ANNA))
