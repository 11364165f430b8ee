"""Plans saved by MS Project: calendars, outline, links, work and baselines, of made-up and of real files.

Longer than other files: each rule of its subject has its test here.
"""

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from domain.calendar import Shift
from domain.task import Task, TaskAssigned, TaskBaseline
from domain.task.state import Constraint, ConstraintKind
from infra.importing import mspdi
from infra.importing.kinds import Kind, Options
from infra.importing.mspdi_rows import LinkRow
from infra.importing.report import ImportReport
from infra.importing.source import UnreadableFile, open_source
from tests.infra.importing.memory_log import MemoryLog
from tests.infra.importing.runs import import_file

HEAD = """<Project xmlns="http://schemas.microsoft.com/project"><Name>roof.xml</Name><Title>Roof</Title>
<CreationDate>2024-01-02T08:00:00</CreationDate><LastSaved>2024-02-01T18:00:00</LastSaved>
<StartDate>2024-01-03T08:00:00</StartDate><FinishDate>2024-03-01T17:00:00</FinishDate><CalendarUID>1</CalendarUID>
"""
WEEK = "".join(
    f"<WeekDay><DayType>{day}</DayType><DayWorking>1</DayWorking><WorkingTimes><WorkingTime>"
    "<FromTime>22:00:00</FromTime><ToTime>00:00:00</ToTime></WorkingTime></WorkingTimes></WeekDay>"
    for day in range(2, 7)
)
CALENDARS = f"""<Calendars><Calendar><UID>1</UID><Name>Nights</Name><IsBaseCalendar>1</IsBaseCalendar>
<WeekDays>{WEEK}</WeekDays><WorkWeeks><WorkWeek>
<TimePeriod><FromDate>2024-01-08T00:00:00</FromDate><ToDate>2024-01-09T23:59:00</ToDate></TimePeriod>
<WeekDays><WeekDay><DayType>2</DayType><DayWorking>0</DayWorking></WeekDay></WeekDays></WorkWeek>
</WorkWeeks></Calendar>
<Calendar><UID>5</UID><Name>Ann</Name><IsBaseCalendar>0</IsBaseCalendar><BaseCalendarUID>1</BaseCalendarUID>
<Exceptions><Exception><TimePeriod><FromDate>2024-01-10T00:00:00</FromDate><ToDate>2024-01-10T23:59:00</ToDate>
</TimePeriod><Type>1</Type><DayWorking>0</DayWorking></Exception></Exceptions></Calendar></Calendars>"""
RESOURCES = """<Resources><Resource><UID>0</UID><Type>1</Type></Resource>
<Resource><UID>1</UID><Name>Ann</Name><Type>1</Type><Group>Roofers</Group></Resource>
<Resource><UID>2</UID><Name>Slates</Name><Type>0</Type></Resource></Resources>"""


def task(uid: int, level: int, more: str = "") -> str:
    return (
        f"<Task><UID>{uid}</UID><Name>Task {uid}</Name><OutlineLevel>{level}</OutlineLevel>"
        f"<CreateDate>2024-01-02T09:00:00</CreateDate><Finish>2024-02-15T17:00:00</Finish>{more}</Task>\n"
    )


def assignment(task_uid: int, resource: int, work: str) -> str:
    return (
        f"<Assignment><UID>{task_uid}{resource}</UID><TaskUID>{task_uid}</TaskUID><ResourceUID>{resource}</ResourceUID>"
        f"<ActualWork>{work}</ActualWork></Assignment>\n"
    )


def imported(*parts: str) -> tuple[ImportReport, MemoryLog]:
    log = MemoryLog()
    source = open_source((HEAD + "".join(parts) + "</Project>").encode(), "roof.xml")
    return import_file(Kind.MSPDI, source, Options(time_zone="Europe/Paris"), log), log


def tasks_of(log: MemoryLog) -> dict[str, Task]:
    return {each.title: each for each in log.of_kind("task")}


DONE = (
    "<PercentComplete>100</PercentComplete><ActualStart>2024-01-03T08:00:00</ActualStart>"
    "<ActualFinish>2024-01-04T17:00:00</ActualFinish><Work>PT16H0M0S</Work><ActualWork>PT12H30M30S</ActualWork>"
    "<Baseline><Number>0</Number><Start>2024-01-03T08:00:00</Start><Finish>2024-01-05T17:00:00</Finish>"
    "<Work>PT16H0M0S</Work><Cost>12345</Cost></Baseline>"
)
SMALL_PLAN = (
    CALENDARS,
    RESOURCES,
    "<Tasks>",
    task(0, 0, "<Summary>1</Summary>"),
    task(1, 1, "<Summary>1</Summary><Duration>PT99H0M0S</Duration>"),
    task(2, 2, DONE),
    task(3, 2, "<Milestone>1</Milestone><Deadline>2024-02-20T17:00:00</Deadline>"),
    task(
        4,
        1,
        "<Duration>PT8H0M0S</Duration><PercentComplete>40</PercentComplete>"
        "<ActualStart>2024-01-05T08:00:00</ActualStart>",
    ),
    "</Tasks><Assignments>",
    assignment(2, 1, "PT12H30M30S"),
    assignment(2, 2, "PT400H0M0S"),
    assignment(4, -65535, "PT1H0M0S"),
    "</Assignments>",
)


def test_a_small_plan_is_answered_for_and_its_work_reconciles() -> None:
    report, _ = imported(*SMALL_PLAN)
    assert [(each.code, each.minutes) for each in report.refused] == [
        ("RESOURCE_IS_NO_PERSON", 0),
        ("UNKNOWN_RESOURCE", 0),
    ]
    assert (report.minutes_in, report.minutes_on_tasks, report.reconciled) == (810, 810, True)


def test_the_outline_the_work_and_the_days_due_are_kept() -> None:
    _, log = imported(*SMALL_PLAN)
    tasks = tasks_of(log)
    second, fourth = tasks["Task 2"], tasks["Task 4"]
    assert tasks["Task 1"].estimate_minutes is None
    assert second.parent_id is not None
    assert log.states[second.parent_id].state is tasks["Task 1"]
    assert (second.estimate_minutes, second.spent_minutes, second.due_on) == (960, 750, date(2024, 1, 5))
    assert second.completed_at == datetime(2024, 1, 4, 16, tzinfo=UTC)
    assert second.baselines[0] == TaskBaseline(
        datetime(2024, 1, 3, 7, tzinfo=UTC), datetime(2024, 1, 5, 16, tzinfo=UTC), 960, 12345
    )
    assert (tasks["Task 3"].due_on, tasks["Task 3"].estimate_minutes) == (date(2024, 2, 20), None)
    assert (fourth.percent, fourth.due_on, fourth.spent_minutes) == (40, date(2024, 2, 15), 60)


@pytest.mark.parametrize(
    ("number", "kind"),
    [(1, "ALAP"), (2, "MSO"), (3, "MFO"), (4, "SNET"), (5, "SNLT"), (6, "FNET"), (7, "FNLT")],
)
def test_a_constraint_keeps_its_kind_and_its_time(number: int, kind: str) -> None:
    constraint = (
        f"<ConstraintType>{number}</ConstraintType><ConstraintDate>2024-02-12T08:00:00</ConstraintDate>"
    )
    parts = ("<Tasks>", task(1, 1, constraint), task(2, 1, "<ConstraintType>0</ConstraintType>"), "</Tasks>")
    report, log = imported(*parts)
    assert report.refused == ()
    at = None if kind == "ALAP" else datetime(2024, 2, 12, 7, tzinfo=UTC)
    tasks = tasks_of(log)
    assert tasks["Task 1"].constraint == Constraint(ConstraintKind[kind], at)
    assert tasks["Task 2"].constraint == Constraint()
    source = open_source((HEAD + "".join(parts) + "</Project>").encode(), "roof.xml")
    again = import_file(Kind.MSPDI, source, Options(time_zone="Europe/Paris"), log)
    assert (again.created, again.changed, again.refused) == (0, 0, ())


def test_milestones_and_deadlines_are_kept_apart_from_the_day_due() -> None:
    _, log = imported(*SMALL_PLAN)
    tasks = tasks_of(log)
    third, fourth = tasks["Task 3"], tasks["Task 4"]
    assert (third.is_milestone, third.deadline_on, third.due_on) == (
        True,
        date(2024, 2, 20),
        date(2024, 2, 20),
    )
    assert (fourth.is_milestone, fourth.deadline_on, fourth.due_on) == (False, None, date(2024, 2, 15))


def test_calendars_take_what_they_leave_out_from_their_base() -> None:
    _, log = imported(*SMALL_PLAN)
    [project] = log.of_kind("project")
    assert project.team.departments == {"Roofers"}
    standard, own = project.working_time.calendars["standard"], project.working_time.calendars["Ann"]
    assert standard.week[0] == (Shift(22 * 60, 24 * 60),)
    assert standard.week[6] == ()
    assert standard.holidays == (date(2024, 1, 8),)
    assert own.week == standard.week
    assert own.holidays == (date(2024, 1, 8), date(2024, 1, 10))


def test_a_small_plan_a_second_time_changes_nothing() -> None:
    report, log = imported(*SMALL_PLAN)
    source = open_source((HEAD + "".join(SMALL_PLAN) + "</Project>").encode(), "roof.xml")
    again = import_file(Kind.MSPDI, source, Options(time_zone="Europe/Paris"), log)
    assert (again.created, again.changed, again.unchanged) == (0, 0, report.created + report.unchanged)


@pytest.mark.parametrize(
    ("lag_format", "lag", "minutes", "is_elapsed"),
    [
        (7, 4800, 480, False),
        (8, 14400, 1440, True),
        (39, -4800, -480, False),
        (19, 50, 240, False),
        (52, 25, 120, True),
    ],
)
def test_a_lag_is_in_tenths_of_a_minute_or_in_percent(
    lag_format: int, lag: int, minutes: int, *, is_elapsed: bool
) -> None:
    link = (
        f"<PredecessorLink><PredecessorUID>1</PredecessorUID><Type>3</Type><LinkLag>{lag}</LinkLag>"
        f"<LagFormat>{lag_format}</LagFormat></PredecessorLink>"
    )
    tasks = f"<Tasks>{task(1, 1, '<Duration>PT8H0M0S</Duration>')}{task(2, 1, link)}</Tasks></Project>"
    _, rows = mspdi.read(open_source((HEAD + tasks).encode()))
    [found] = [row for row in rows if isinstance(row, LinkRow)]
    assert (found.kind, found.lag_minutes, found.is_elapsed) == ("SS", minutes, is_elapsed)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (task(1, 1, "<PercentComplete>100</PercentComplete>"), "NO_COMPLETION_DAY"),
        (
            task(
                1,
                1,
                "<ActualStart>2024-01-05T08:00:00</ActualStart><ActualFinish>2024-01-04T08:00:00</ActualFinish>",
            ),
            "TASK_OUT_OF_ORDER",
        ),
        (task(1, 1, "<ActualStart>soon</ActualStart>"), "UNREADABLE_DATE"),
        (task(1, 1, "<Duration>8 hours</Duration>"), "UNREADABLE_DURATION"),
        (task(1, 1, "<IsNull>1</IsNull>"), "BLANK_TASK"),
        (task(1, -1), "UNREADABLE_NUMBER"),
        (task(1, 1, "<Duration>PT99999999H0M0S</Duration>"), "UNREADABLE_DURATION"),
        (
            task(0, 0) + task(1, 1, "<PredecessorLink><PredecessorUID>0</PredecessorUID></PredecessorLink>"),
            "UNKNOWN_PART",
        ),
        (task(1, 1) + task(1, 1), "REPEATED_ID"),
        (
            task(1, 1, "<PredecessorLink><PredecessorUID>9</PredecessorUID></PredecessorLink>"),
            "UNKNOWN_PREDECESSOR",
        ),
        (task(1, 1, "<Baseline><Number>11</Number></Baseline>"), "MALFORMED"),
        (task(1, 1, "<ConstraintType>8</ConstraintType>"), "UNKNOWN_CONSTRAINT"),
        (task(1, 1, "<ConstraintType>4</ConstraintType>"), "NO_CONSTRAINT_DATE"),
    ],
)
def test_a_record_that_makes_no_sense_is_refused(parts: str, code: str) -> None:
    report, _ = imported("<Tasks>", parts, "</Tasks>")
    assert [each.code for each in report.refused] == [code]
    assert report.reconciled


def test_what_belongs_to_a_refused_task_is_refused_with_it() -> None:
    link = "<PredecessorLink><PredecessorUID>1</PredecessorUID></PredecessorLink>"
    report, log = imported(
        "<Tasks>",
        task(1, 1, "<PercentComplete>100</PercentComplete>"),
        task(2, 2),
        task(3, 1, link),
        "</Tasks><Assignments>",
        assignment(1, -65535, "PT2H0M0S"),
        "</Assignments>",
    )
    assert Counter(each.code for each in report.refused) == {"NO_COMPLETION_DAY": 1, "UNKNOWN_PART": 3}
    assert (report.minutes_refused, report.reconciled) == (120, True)
    assert set(tasks_of(log)) == {"Task 3"}


def test_somebody_assigned_twice_is_assigned_once_and_books_all_their_work() -> None:
    parts = (
        RESOURCES,
        "<Tasks>",
        task(2, 1, DONE),
        "</Tasks><Assignments>",
        assignment(2, 1, "PT1H") * 2,
        "</Assignments>",
    )
    report, log = imported(*parts)
    assert len(report.refused) == 1
    assert (tasks_of(log)["Task 2"].spent_minutes, len(log.all_events(TaskAssigned))) == (120, 1)
    source = open_source((HEAD + "".join(parts) + "</Project>").encode(), "roof.xml")
    again = import_file(Kind.MSPDI, source, Options(time_zone="Europe/Paris"), log)
    assert (again.created, again.changed, again.refused) == (0, 0, report.refused)


def test_a_calendar_or_resource_with_a_taken_id_is_refused() -> None:
    twice = RESOURCES.replace("<UID>2</UID>", "<UID>1</UID>")
    report, _ = imported(CALENDARS.replace("<UID>5</UID>", "<UID>1</UID>"), twice)
    assert [each.code for each in report.refused] == ["REPEATED_ID", "REPEATED_ID"]
    assert report.reconciled


def test_a_circle_of_links_is_refused_where_it_closes() -> None:
    def link(uid: int) -> str:
        return f"<PredecessorLink><PredecessorUID>{uid}</PredecessorUID></PredecessorLink>"

    report, log = imported("<Tasks>", task(1, 1, link(2)), task(2, 1, link(1)), "</Tasks>")
    assert [each.code for each in report.refused] == ["LINK_CYCLE"]
    [project] = log.of_kind("project")
    assert sum(len(links) for links in project.plan.links.values()) == 1


def test_other_xml_is_no_plan() -> None:
    with pytest.raises(UnreadableFile, match="no MS Project XML"):
        mspdi.read(open_source(b"<html/>"))
