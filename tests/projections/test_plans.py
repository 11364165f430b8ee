"""What dates are computed from: links, calendars, and the last event that may have moved a date."""

from dataclasses import replace

from domain.project import (
    CalendarAssigned,
    LagUnit,
    LinkKind,
    MemberNamed,
    MemberRemoved,
    PlanStartSet,
    ProjectRenamed,
    TasksLinked,
    TasksUnlinked,
    WorkingCalendarSet,
)
from domain.roles import Role
from domain.task import TaskDescribed
from domain.task.scheduling import TaskCalendarSet, TaskDurationSet
from projections import member_calendars, plan_links, plans, task_board, working_calendars
from tests.examples import BEN, CUT, MORNINGS, NOON, PROJECT_OPENED, TASK_OPENED, WELD
from tests.projections.folding import STREAM, only_row_after, row_after, rows_after, seen

LINKED = TasksLinked(CUT, WELD, LinkKind.FS, 60, LagUnit.WORKING)
HALF = replace(LINKED, lag_minutes=0, lag_unit=LagUnit.ELAPSED, lag_percent=50)


def test_a_link_is_there_as_it_was_said_last_until_it_is_taken_away() -> None:
    row = only_row_after(plan_links.READ_MODEL, LINKED, HALF)
    assert (row.predecessor_id, row.successor_id, row.kind) == (CUT, WELD, LinkKind.FS)
    assert (row.lag_minutes, row.lag_unit, row.lag_percent) == (0, LagUnit.ELAPSED, 50)
    assert plan_links.READ_MODEL.evolve(row, seen(TasksUnlinked(CUT, WELD))) is None


def test_a_calendar_is_there_by_its_name() -> None:
    nights = replace(MORNINGS, time_zone="UTC")
    first, second = rows_after(
        working_calendars.READ_MODEL,
        WorkingCalendarSet("standard", MORNINGS),
        WorkingCalendarSet("Nights", MORNINGS),
        WorkingCalendarSet("Nights", nights),
    ).values()
    assert (first.name, first.calendar) == ("standard", MORNINGS)
    assert (second.name, second.calendar) == ("Nights", nights)


def test_a_member_has_the_calendar_they_were_assigned_and_a_department() -> None:
    model, named = member_calendars.READ_MODEL, MemberNamed(BEN, Role.MEMBER, "Assembly")
    first = only_row_after(model, named, CalendarAssigned(BEN, "Nights"))
    assert (first.member_id, first.department, first.calendar_name) == (BEN, "Assembly", "Nights")
    again = only_row_after(model, named, CalendarAssigned(BEN, "Nights"), replace(named, department=None))
    assert (again.department, again.calendar_name) == (None, "Nights")
    gone = only_row_after(model, named, MemberRemoved(BEN), CalendarAssigned(BEN, None))
    assert (gone.department, gone.calendar_name) == (None, None)


def test_a_plan_is_revised_by_what_may_move_a_date_and_by_nothing_else() -> None:
    opened = only_row_after(plans.READ_MODEL, PROJECT_OPENED)
    assert (opened.time_zone, opened.start_at, opened.revised_position) == ("Europe/Vienna", None, 1)
    row = only_row_after(plans.READ_MODEL, PROJECT_OPENED, PlanStartSet(NOON), LINKED)
    assert (row.start_at, row.revised_position) == (NOON, 3)
    evolve, keys = plans.READ_MODEL.evolve, plans.READ_MODEL.keys
    of_task = seen(TASK_OPENED, 5)._replace(stream=CUT, project_id=STREAM)
    assert list(keys(of_task)) == [STREAM]
    assert not {TaskDescribed, ProjectRenamed} & plans.READ_MODEL.folds
    after = evolve(row, of_task)
    assert after is not None
    assert after.revised_position == 5
    assert evolve(None, of_task) is None


def test_a_card_shows_how_long_its_task_takes_and_by_which_calendar() -> None:
    card = row_after(
        task_board.READ_MODEL, TASK_OPENED, TaskDurationSet(960, is_elapsed=True), TaskCalendarSet("Nights")
    )
    assert (card.duration_minutes, card.is_duration_elapsed, card.calendar_name) == (960, True, "Nights")
