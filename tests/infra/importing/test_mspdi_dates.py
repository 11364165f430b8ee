"""Dates that MS Project computed itself: from its start a task's duration leads to its finish, and back."""

from collections.abc import Iterator
from datetime import UTC, date
from pathlib import Path
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import WorkingAxis, epoch_minute
from infra.importing import markup
from infra.importing import mspdi_fields as fields
from infra.importing.mspdi_calendars import read_calendar
from infra.importing.plan_calendars import working_calendar
from infra.importing.source import open_source

ZONE = "Europe/London"
DATED = {
    "baselines.xml": 1,
    "sample.xml": 15,
    "task-dates-project2019-mspdi.xml": 10,
    "task-links-project2019-mspdi.xml": 16,
}
"""How many tasks of each file have dates that their duration leads to, by their own or the plan's calendar.
"""

BY_SHIFTS = 48_000
"""The duration of a task of `sample.xml` that is left out: two people work on it, in shifts of their own."""


def axes(root: Element) -> dict[str, WorkingAxis]:
    calendars = {
        row.uid: row
        for each in fields.children(root, "Calendars", "Calendar")
        for row in [read_calendar(each, date(2030, 1, 1))]
    }
    return {uid: WorkingAxis([working_calendar(uid, calendars, ZONE)], date(2010, 1, 1)) for uid in calendars}


def minute(task: Element, field: str) -> int:
    found = fields.moment(task, field)
    assert found is not None
    return epoch_minute(found.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC))


def planned(root: Element) -> Iterator[tuple[Element, str]]:
    own = fields.text(root, "CalendarUID") or "1"
    for task in fields.children(root, "Tasks", "Task"):
        is_leaf = fields.text(task, "UID") != "0" and not fields.flag(task, "Summary")
        if is_leaf and fields.minutes(task, "Duration") != BY_SHIFTS:
            calendar = fields.text(task, "CalendarUID")
            yield task, own if calendar in (None, "-1") else calendar


@pytest.mark.parametrize("name", DATED)
def test_a_tasks_duration_leads_from_its_start_to_its_finish(name: str, shared_data: Path) -> None:
    root = markup.parse(open_source(shared_data / "mpxj" / name))
    lines = axes(root)
    seen = 0
    for task, calendar in planned(root):
        axis, duration = lines[calendar], fields.minutes(task, "Duration")
        start, finish = (minute(task, field) for field in ("Start", "Finish"))
        begun = axis.worked_until(start)
        assert axis.worked_until(finish) - begun == duration, fields.text(task, "Name")
        done = begun + duration  # which its file calls 17:00 here, 08:00 the next day there
        assert finish in (axis.first_instant(done), axis.last_instant(done))
        assert start in (axis.first_instant(done - duration), axis.last_instant(done - duration))
        seen += 1
    assert seen == DATED[name]
