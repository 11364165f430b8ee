"""Forecasts on ten years of a company's tasks: what was promised comes true about as often as was said.

The later years are asked here. docs/planning.md has all figures, also those which miss the mark.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import Shift, WorkingCalendar, working_minutes_between
from infra.importing import sip
from infra.importing.kinds import beside
from infra.importing.rows import Ending, TaskRow
from infra.importing.source import open_source
from projections.forecast.backtest import Past, promises
from projections.forecast.past import TaskPast
from projections.forecast.scoring import Promise, Subject, score
from projections.forecast.throughput import Draw

SEVEN_HOURS = (Shift(9 * 60, 13 * 60), Shift(14 * 60, 17 * 60))


@pytest.fixture(scope="module")
def past(shared_data: Path) -> Past:
    file = shared_data / "sip" / "Sip-task-info.csv.gz"
    options = beside(file)
    assert options.dates is not None
    assert options.holidays is not None
    holidays = sip.bank_holidays(options.holidays)
    rows = [row for row in sip.read(open_source(file), options.dates, holidays) if isinstance(row, TaskRow)]
    days = tuple(sorted(day for day in holidays if 2003 < day.year < 2017))
    calendar = WorkingCalendar(sip.TIME_ZONE, (SEVEN_HOURS,) * 5 + ((), ()), days)
    of_task: dict[str, list[TaskRow]] = {}
    for row in rows:
        of_task.setdefault(row.key, []).append(row)
    tasks = [_task(each, calendar) for each in of_task.values()]
    last = max(each.completed_on for each in tasks if each.completed_on is not None)
    return Past(tasks, {each.project_id: calendar for each in tasks}, last)


def _task(rows: Sequence[TaskRow], calendar: WorkingCalendar) -> TaskPast:
    row = rows[0]
    assert type(row.opened) is date
    ended = row.ended if type(row.ended) is date else None
    is_done = row.ending is Ending.COMPLETED
    elapsed = None
    if is_done and ended is not None and type(row.started) is date:
        elapsed = working_minutes_between(calendar, _at(row.started, 9), _at(ended, 17))
    return TaskPast(
        uuid5(NAMESPACE_OID, row.key),
        uuid5(NAMESPACE_OID, row.project),
        _at(row.opened, 9),
        row.opened,
        row.estimate_minutes,
        tuple(sorted(each.member or "" for each in rows)),
        completed_on=ended if is_done else None,
        worked_minutes=sum(each.spent_minutes or 0 for each in rows) if is_done else 0,
        elapsed_minutes=elapsed,
        cancelled_on=ended if row.ending is Ending.CANCELLED else None,
    )


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(sip.TIME_ZONE))


@pytest.fixture(scope="module")
def made(past: Past) -> list[Promise]:
    return list(promises(past, date(2010, 1, 1), date(2014, 12, 31), Draw(1, 500)))


@pytest.mark.parametrize("subject", Subject)
def test_what_is_promised_comes_true_as_often_as_said(made: Sequence[Promise], subject: Subject) -> None:
    found = score([each for each in made if each.subject is subject])
    assert found.count > 190
    kept = found.kept.p50, found.kept.p85, found.kept.p95
    assert kept == pytest.approx((0.50, 0.85, 0.95), abs=0.05)
    assert found.against_velocity > 0.2
    assert found.against_estimate is not None
    assert found.against_estimate > 0.2
