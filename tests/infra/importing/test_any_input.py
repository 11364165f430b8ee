"""Whatever a table or plan holds: each row is answered for, or the file is refused; nothing else happens."""

import csv
import io
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Refusal
from infra.importing.kinds import Kind, Options
from infra.importing.report import ImportReport
from infra.importing.source import open_source
from tests.infra.importing.memory_log import MemoryLog
from tests.infra.importing.runs import import_csv, import_file
from tests.infra.importing.test_mspdi import HEAD, SMALL_PLAN

DAYS = st.sampled_from(
    ["", "02/01/2024", "03/01/2024", "04/01/2024", "31/02/2024", "01/01/0001", "31/12/9999"]
)
CELLS = st.one_of(st.text(max_size=20), st.sampled_from(["", "7", "8", "Ann", "a@b", "x" * 300]))
HOURS = st.one_of(st.sampled_from(["", "0", "1.5", "-1", "1e9", "NaN", "0.001"]), st.text(max_size=4))
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS, DAYS, DAYS, DAYS, DAYS, HOURS), max_size=8)
PLAN = HEAD + "".join(SMALL_PLAN) + "</Project>"


def written(rows: list[tuple[str, ...]]) -> str:
    held = io.StringIO(newline="")
    csv.writer(held).writerows(rows)
    return held.getvalue()


def imported_twice(rows: str) -> tuple[ImportReport, ImportReport] | None:
    log = MemoryLog()
    try:
        return import_csv(rows, log), import_csv(rows, log)
    except Refusal:
        return None


@given(ROWS)
@settings(max_examples=150)
def test_any_table_is_answered_for_and_a_second_run_changes_nothing(rows: list[tuple[str, ...]]) -> None:
    text = written(rows)
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    reports = imported_twice(text)
    if reports is not None:
        first, second = reports
        assert first.reconciled
        assert second.reconciled
        assert (second.created, second.changed) == (0, 0)
        assert second.unchanged == first.created + first.unchanged


FIELDS = [found.span(1) for found in re.finditer(r">([^<>]*)</", PLAN)]
ODD = st.one_of(
    st.sampled_from(
        ["", "0", "-1", "1", "2", "7", "127", "-65535", "9" * 15, "1e300", "NaN", "P", "PT-5H", "PT1H"]
    ),
    st.sampled_from(
        ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "2024-13-01T00:00:00", "1969-01-01T00:00:00"]
    ),
    st.sampled_from(["2200-12-31T23:59:00+14:00", "2024-06-01T00:00:00", "24:00:00", "23:59:59", "x" * 300]),
)


@given(st.dictionaries(st.sampled_from(FIELDS), ODD, min_size=1, max_size=5))
@settings(max_examples=200)
def test_any_field_of_a_plan_may_hold_anything(odd: dict[tuple[int, int], str]) -> None:
    text = PLAN
    for (start, end), value in sorted(odd.items(), reverse=True):
        text = text[:start] + value + text[end:]
    source = open_source(text.encode())
    log = MemoryLog()
    try:
        first = import_file(Kind.MSPDI, source, Options(), log)
    except Refusal:
        return
    second = import_file(Kind.MSPDI, source, Options(), log)
    assert first.reconciled
    assert second.reconciled
    assert (second.created, second.changed, second.refused) == (0, 0, first.refused)
