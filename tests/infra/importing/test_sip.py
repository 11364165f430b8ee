"""The SiP task table: joined with its dates, contradictions refused, every real row answered for."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from domain.task import TaskCompleted
from infra.importing import sip
from infra.importing.kinds import Kind, beside, plan_of
from infra.importing.report import REPORT_SUFFIX, ImportReport, write_report
from infra.importing.rows import Ending, Refused, TaskRow
from infra.importing.source import UnreadableFile, open_source
from tests.infra.importing.memory_log import MemoryLog
from tests.infra.importing.runs import run

# The table is imported once: in a run with several workers, by one of them.
pytestmark = pytest.mark.xdist_group("sip")

HEADER = (
    "TaskNumber,Summary,Priority,RaisedByID,AssignedToID,AuthorisedByID,StatusCode,ProjectCode,"
    "ProjectBreakdownCode,Category,SubCategory,HoursEstimate,HoursActual,DeveloperID,DeveloperHoursActual,"
    "TaskPerformance,DeveloperPerformance\n"
)
DATES = "TaskNumber,EstimateOn,StartedOn,CompletedOn\n"


def row(status: str = "FINISHED", estimate: str = "14", hours: str = "1.75", developer: str = "58") -> str:
    return (
        f'7,"Flag it’s on",1,58,58,6,"{status}","PC2","PBC42","Development",'  # noqa: RUF001 - as in the real one
        f'"Bug",{estimate},1.75,{developer},{hours},0,0\n'
    )


def read(rows: str, dates: str = "7,02-Nov-04,03-Nov-04,16-Nov-04\n") -> list[TaskRow | Refused]:
    tasks = open_source((HEADER + rows).encode("cp1252"))
    return list(sip.read(tasks, open_source((DATES + dates).encode())))


def test_a_row_is_joined_with_its_dates() -> None:
    [read_row] = read(row())
    assert isinstance(read_row, TaskRow)
    assert read_row.title == "Flag it’s on"  # noqa: RUF001 - as in the real one
    assert (read_row.opened, read_row.started, read_row.ended) == (
        date(2004, 11, 2),
        date(2004, 11, 3),
        date(2004, 11, 16),
    )
    assert (read_row.estimate_minutes, read_row.spent_minutes, read_row.member) == (840, 105, "58")
    assert (read_row.line, read_row.ending, read_row.due_on) == (2, Ending.COMPLETED, date(2004, 11, 3))
    assert "due_day_derived" in read_row.notes


@pytest.mark.parametrize(
    ("rows", "dates", "code"),
    [
        (row(), "7,02-Nov-04,01-Nov-04,16-Nov-04\n", "STARTED_BEFORE_ESTIMATED"),
        (row(), "7,02-Nov-04,05-Nov-04,04-Nov-04\n", "COMPLETED_BEFORE_STARTED"),
        (row(), "7,02-Nov-04,,01-Nov-04\n", "COMPLETED_BEFORE_ESTIMATED"),
        (row(), "7,02-Nov-04,03-Nov-04,\n", "COMPLETED_WITHOUT_DAY"),
        (row("ESTIMATED"), "7,02-Nov-04,,03-Nov-04\n", "COMPLETED_AND_OPEN"),
        (row(), "7,31-Feb-04,,\n", "UNREADABLE_DATE"),
        (row(), "7,2004-11-02,,\n", "UNREADABLE_DATE"),
        (row(), "7,,03-Nov-04,\n", "NO_ESTIMATE_DAY"),
        (row(), "8,02-Nov-04,,\n", "NO_DATES"),
        (row(), "7,02-Nov-04,,\n7,03-Nov-04,,\n", "DATES_DISAGREE"),
        (row("TEMPLATE"), "7,02-Nov-04,,\n", "TEMPLATE_TASK"),
        (row("DONE?"), "7,02-Nov-04,,\n", "UNKNOWN_STATUS"),
        (row(estimate="NA"), "7,02-Nov-04,,03-Nov-04\n", "UNREADABLE_HOURS"),
        (row(estimate="-1"), "7,02-Nov-04,,03-Nov-04\n", "UNREADABLE_HOURS"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused_with_its_hours(rows: str, dates: str, code: str) -> None:
    [refused] = read(rows, dates)
    assert isinstance(refused, Refused)
    assert (refused.line, refused.code, refused.minutes) == (2, code, 105)
    assert refused.sentence.endswith(".")


def test_the_same_task_and_developer_twice_is_refused() -> None:
    first, second = read(row() + row(hours="3"))
    assert isinstance(first, TaskRow)
    assert second == Refused(3, "REPEATED_ROW", "Task 7 has a row of developer 58 already.", 180)


def test_statuses_say_how_a_task_ended() -> None:
    open_dates = "7,02-Nov-04,03-Nov-04,\n"
    endings = [
        read(row(status), open_dates)[0] for status in ("ESTIMATED", "AUTHORISE", "CHRONICLE", "CANCELLED")
    ]
    assert [(each.ending, each.ended) for each in endings if isinstance(each, TaskRow)] == [
        (Ending.OPEN, None),
        (Ending.OPEN, None),
        (Ending.OPEN, None),
        (Ending.CANCELLED, date(2004, 11, 3)),
    ]


def test_the_due_day_is_where_the_estimate_is_used_up() -> None:
    friday = date(2004, 11, 5)
    assert sip.due_on(friday, 1) == friday
    assert sip.due_on(friday, 421) == date(2004, 11, 8)
    assert sip.due_on(friday, 421, {date(2004, 11, 8)}) == date(2004, 11, 9)
    assert sip.due_on(date(2004, 11, 6), 420) == date(2004, 11, 8)


def test_holidays_are_days_or_refused() -> None:
    assert sip.bank_holidays(open_source(b"HOLIDAYS\n\n1-Jan-1998\n")) == {date(1998, 1, 1)}
    with pytest.raises(UnreadableFile, match="Line 2"):
        sip.bank_holidays(open_source(b"HOLIDAYS\nsoon\n"))


@dataclass(frozen=True)
class Imported:
    """The real table imported twice, and how many events there were after the first time."""

    log: MemoryLog
    first: ImportReport
    second: ImportReport
    events: int


@pytest.fixture(scope="module")
def imported(shared_data: Path) -> Imported:
    path = shared_data / "sip" / "Sip-task-info.csv.gz"
    source = open_source(path)
    plan = plan_of(Kind.SIP, source, beside(path))
    log = MemoryLog()
    first = run(plan, log, source)
    events = sum(map(len, log.events.values()))
    return Imported(log, first, run(plan, log, source), events)


def test_every_row_of_the_real_table_is_answered_for(imported: Imported) -> None:
    first = imported.first
    endings = (first.rows, first.created, first.changed, first.unchanged, len(first.refused))
    assert endings == (12_299, 12_242, 0, 0, 57)
    assert Counter(each.code for each in first.refused) == {
        "STARTED_BEFORE_ESTIMATED": 48,
        "TEMPLATE_TASK": 7,
        "COMPLETED_BEFORE_STARTED": 2,
    }
    assert first.set_up_refused == ()


def test_the_hours_of_the_real_table_reconcile_to_the_minute(imported: Imported) -> None:
    first = imported.first
    assert first.reconciled
    minutes = (first.minutes_in, first.minutes_on_tasks, first.minutes_refused)
    assert minutes == (5_700_162, 5_686_575, 13_587)
    assert sum(task.spent_minutes for task in imported.log.of_kind("task")) == first.minutes_on_tasks


def test_a_second_run_of_the_real_table_changes_nothing(imported: Imported) -> None:
    second = imported.second
    assert (second.created, second.changed, second.unchanged) == (0, 0, 12_242)
    assert (second.refused, second.reconciled) == (imported.first.refused, True)
    # The second run's own record is all there is more.
    assert sum(map(len, imported.log.events.values())) == imported.events + 1


def test_the_real_table_becomes_tasks_on_which_can_be_asked(imported: Imported) -> None:
    log = imported.log
    assert [len(log.of_kind(kind)) for kind in ("task", "project", "member")] == [10_218, 20, 22]
    completed = log.all_events(TaskCompleted)
    on_time = Counter(event.completed_on.year for event in completed if event.completed_on <= event.due_on)
    assert (len(completed), on_time[2004], on_time[2014]) == (8_131, 24, 184)


def test_the_report_is_written_whole_and_alone(imported: Imported, tmp_path: Path) -> None:
    path = tmp_path / f"sip{REPORT_SUFFIX}"
    path.write_text("an older one", "utf-8")
    write_report(imported.first, path)
    written = json.loads(path.read_text("utf-8"))
    assert (written["rows"], written["reconciled"], len(written["refusals"])) == (12_299, True, 57)
    assert list(tmp_path.iterdir()) == [path]


def test_without_its_dates_the_table_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "Sip-task-info.csv"
    path.write_text(HEADER, "utf-8")
    with pytest.raises(UnreadableFile, match="est-act-dates"):
        plan_of(Kind.SIP, open_source(path), beside(path))
