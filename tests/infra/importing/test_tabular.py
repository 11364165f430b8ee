"""Tables of tasks in CSV and Excel, read through a column mapping."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook

from domain.task import Task
from infra.importing import tabular
from infra.importing.kinds import Kind, Options, plan_of
from infra.importing.mapping import BadMapping, mapping_of
from infra.importing.rows import Ending, Refused, TaskRow
from infra.importing.source import UnreadableFile, open_source
from tests.infra.importing.memory_log import MemoryLog
from tests.infra.importing.runs import HEADER, MAPPING, import_csv, run

GIVEN = json.loads(MAPPING)


def changed(**settings: Any) -> bytes:
    return json.dumps(
        {name: value for name, value in {**GIVEN, **settings}.items() if value is not None}
    ).encode()


def read(rows: str, **settings: Any) -> list[TaskRow | Refused]:
    return list(tabular.read(open_source((HEADER + rows).encode()), mapping_of(changed(**settings))))


def test_a_row_becomes_a_task_with_its_work() -> None:
    [row] = read("7,Slates, Ann ,02/01/2024,03/01/2024,05/01/2024,04/01/2024,1.25\n")
    assert row == TaskRow(
        line=2,
        key="Roof/7",
        project="Roof",
        title="Slates",
        description="",
        opened=date(2024, 1, 2),
        started=date(2024, 1, 3),
        ended=date(2024, 1, 5),
        ending=Ending.COMPLETED,
        due_on=date(2024, 1, 4),
        estimate_minutes=None,
        spent_minutes=75,
        member="Ann",
    )


@pytest.mark.parametrize(
    ("settings", "minutes"),
    [({"unit": "minutes"}, 2), ({"unit": "days", "minutes_per_day": 450}, 675), ({"unit": "hours"}, 90)],
)
def test_the_unit_of_work_is_declared(settings: dict[str, Any], minutes: int) -> None:
    [row] = read("7,Slates,Ann,02/01/2024,,,,1.5\n", **settings)
    assert isinstance(row, TaskRow)
    assert row.spent_minutes == minutes
    assert ("hours_rounded_to_minutes" in row.notes) == (settings["unit"] == "minutes")


@pytest.mark.parametrize(
    ("row", "code", "minutes"),
    [
        ("7,Slates,Ann,2024-01-02,,,,1", "UNREADABLE_DATE", 60),
        ("7,Slates,Ann,31/02/2024,,,,1", "UNREADABLE_DATE", 60),
        ("7,Slates,Ann,02/01/2024,,,tomorrow,1", "UNREADABLE_DATE", 60),
        ("7,Slates,Ann,,,,,1", "EMPTY_CELL", 60),
        (",Slates,Ann,02/01/2024,,,,1", "EMPTY_CELL", 60),
        ("7,,Ann,02/01/2024,,,,1", "EMPTY_CELL", 60),
        ("7,Slates,Ann,02/01/2024,,,,a lot", "UNREADABLE_HOURS", 0),
        ("7,Slates,Ann,02/01/2024,,,,-1", "UNREADABLE_HOURS", 0),
        ("7,Slates,Ann,02/01/2024,,,,NaN", "UNREADABLE_HOURS", 0),
        ("7,Slates,Ann,02/01/2024,,,,9e99", "UNREADABLE_HOURS", 0),
        ("7,Slates,Ann,02/01/2024,,,", "UNREADABLE_ROW", 0),
    ],
)
def test_what_does_not_parse_is_refused_and_never_guessed(row: str, code: str, minutes: int) -> None:
    [refused] = read(row + "\n")
    assert isinstance(refused, Refused)
    assert (refused.line, refused.code, refused.minutes) == (2, code, minutes)


def test_completed_and_cancelled_at_once_is_refused() -> None:
    columns = {**GIVEN["columns"], "cancelled": "Due", "due_on": "Started"}
    [refused] = read("7,Slates,Ann,02/01/2024,,05/01/2024,05/01/2024,\n", columns=columns)
    assert isinstance(refused, Refused)
    assert refused.code == "COMPLETED_AND_CANCELLED"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"columns": None}, "no 'columns'"),
        ({"columns": {"key": "Id", "title": "Name"}}, "'opened' needs a column"),
        ({"columns": {**GIVEN["columns"], "colour": "C"}}, "'colour' is no field"),
        ({"columns": {**GIVEN["columns"], "key": 7}}, "'key' is not a name"),
        ({"project": None}, "names the project"),
        ({"date_format": "%d/%m"}, "day, month and year"),
        ({"date_format": None}, "day, month and year"),
        ({"time_zone": "Paris"}, "'time_zone'"),
        ({"time_zone": "../../etc/passwd"}, "'time_zone'"),
        ({"unit": "weeks"}, "hours, minutes or days"),
        ({"unit": "days"}, "minutes_per_day"),
        ({"unit": "days", "minutes_per_day": 2000}, "1 to 1440"),
        ({"encoding": "utf-7"}, "one of utf-8, cp1252"),
        ({"delimiter": "ab"}, "comma"),
        ({"sheet": 3}, "not text"),
        ({"colour": "red"}, "no setting"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadMapping, match=sentence):
        mapping_of(changed(**settings))


@pytest.mark.parametrize("written", ["", "[]", "{", "[" * 100_000, " " * 70_000])
def test_what_is_no_json_object_is_no_mapping(written: str) -> None:
    with pytest.raises(BadMapping):
        mapping_of(written)


def test_a_mapped_column_that_is_missing_is_named() -> None:
    source = open_source(b"Id,Name\n1,Slates\n")
    with pytest.raises(UnreadableFile, match="'Who' is missing"):
        list(tabular.read(source, mapping_of(MAPPING)))
    with pytest.raises(BadMapping, match="needs a column mapping"):
        plan_of(Kind.TABLE, source, Options())


def test_another_encoding_and_delimiter_are_declared() -> None:
    text = "Id;Name;Opened\n1;Dachfläche;02/01/2024\n".encode("cp1252")
    columns = {"key": "Id", "title": "Name", "opened": "Opened"}
    mapping = mapping_of(changed(columns=columns, encoding="cp1252", delimiter=";", unit=None))
    assert mapping.minutes_each == Decimal(1)
    [row] = tabular.read(open_source(text), mapping)
    assert isinstance(row, TaskRow)
    assert row.title == "Dachfläche"
    with pytest.raises(UnreadableFile, match="not utf-8"):
        list(tabular.read(open_source(text), mapping_of(changed(columns=columns, delimiter=";"))))


def test_excel_dates_are_taken_as_they_are_and_times_are_local() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER.strip().split(","))
    day, time = datetime.fromisoformat("2024-07-02"), datetime.fromisoformat("2024-07-02T07:30")
    sheet.append([7.0, "Slates", "Ann", day, time, None, "31/07/2024", 1.1])
    sheet.append([8, "Gutter", "Ann", 45_000, None, None, None, None])
    sheet.append([9, "Chimney", "Ann", day, None, None, None, "=1+1"])
    held = io.BytesIO()
    book.save(held)
    source = open_source(held.getvalue(), "roof.xlsx")
    log = MemoryLog()
    report = run(plan_of(Kind.TABLE, source, Options(mapping=mapping_of(MAPPING))), log, source)
    [task] = log.of_kind("task")
    assert isinstance(task, Task)
    assert task.started_at == datetime(2024, 7, 2, 5, 30, tzinfo=UTC)
    assert task.opened_at == task.started_at  # a bare day gives way to a time given on it
    assert (task.due_on, task.spent_minutes) == (date(2024, 7, 31), 66)
    assert [(each.line, each.code) for each in report.refused] == [
        (3, "UNREADABLE_DATE"),
        (4, "FORMULA_CELL"),
    ]
    assert report.reconciled


def test_csv_and_excel_rows_of_one_key_are_the_same_task() -> None:
    log = MemoryLog()
    import_csv("7,Slates,Ann,02/01/2024,,,,\n", log)
    again = import_csv("7,Slates,Ann,02/01/2024,,,,\n", log)
    assert (again.created, again.unchanged, len(log.of_kind("task"))) == (0, 1, 1)


def test_a_long_title_is_shortened_and_kept_in_the_description() -> None:
    log = MemoryLog()
    report = import_csv(f" 7,{'x' * 201},Ann,02/01/2024,,,,\n", log)
    [task] = log.of_kind("task")
    assert (len(task.title), task.description) == (200, "x" * 201)
    assert report.notes == {"title_shortened": 1}
