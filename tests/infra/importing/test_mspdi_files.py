"""Real plans saved by MS Project, answered for record by record."""

from collections import Counter
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from domain.project import LagUnit, LinkKind
from domain.task import Task
from domain.task.state import ConstraintKind
from infra.importing import markup
from infra.importing import mspdi_fields as fields
from infra.importing.kinds import Kind, Options
from infra.importing.mspdi_calendars import read_calendar
from infra.importing.source import open_source
from tests.infra.importing.memory_log import MemoryLog
from tests.infra.importing.runs import import_file

FILES = (
    "baselines.xml",
    "calendar-calendars-project2019-mspdi.xml",
    "calendar-recurring-exceptions-project2016-mspdi.xml",
    "mspdiresource.xml",
    "mspdisplittask.xml",
    "sample.xml",
    "task-dates-project2019-mspdi.xml",
    "task-links-project2019-mspdi.xml",
)


def tasks_of(log: MemoryLog) -> dict[str, Task]:
    return {each.title: each for each in log.of_kind("task")}


def test_recurring_exceptions_are_those_ms_project_wrote_out_itself(shared_data: Path) -> None:
    """The file holds every recurrence twice: as a rule, and day by day for older programs."""
    path = shared_data / "mpxj" / "calendar-recurring-exceptions-project2016-mspdi.xml"
    rules = read_calendar(first_calendar_without("WeekDays", path), date(2050, 1, 1))
    days = read_calendar(first_calendar_without("Exceptions", path), date(2050, 1, 1))
    assert len(rules.days) == 140
    assert rules.days == days.days


def first_calendar_without(part: str, path: Path) -> Element:
    calendar = next(fields.children(markup.parse(open_source(path)), "Calendars", "Calendar"))
    for each in list(fields.children(calendar, part)):
        calendar.remove(each)
    return calendar


@pytest.mark.parametrize("name", FILES)
def test_real_plans_are_answered_for_row_by_row(name: str, shared_data: Path) -> None:
    source = open_source(shared_data / "mpxj" / name)
    log = MemoryLog()
    options = Options(time_zone="Europe/London")
    first = import_file(Kind.MSPDI, source, options, log)
    second = import_file(Kind.MSPDI, source, options, log)
    assert first.reconciled
    assert second.reconciled
    assert first.created > 0
    assert (second.created, second.changed) == (0, 0)
    refused = {
        "baselines.xml": {"FINISH_BEFORE_START": 10},
        "mspdiresource.xml": {"RESOURCE_IS_NO_PERSON": 1},
    }
    assert Counter(each.code for each in first.refused) == refused.get(name, {})
    assert first.set_up_refused == ()


def test_the_real_links_keep_their_kind_and_lag(shared_data: Path) -> None:
    log = MemoryLog()
    source = open_source(shared_data / "mpxj" / "task-links-project2019-mspdi.xml")
    import_file(Kind.MSPDI, source, Options(), log)
    [project] = log.of_kind("project")
    links = [link for ends in project.plan.links.values() for link in ends.values()]
    assert all(link.lag_unit is LagUnit.WORKING for link in links)
    assert Counter((link.kind, link.lag_minutes) for link in links) == {
        (LinkKind.FS, 0): 1,
        (LinkKind.FS, 480): 1,
        (LinkKind.FS, 960): 1,
        (LinkKind.FS, 2400): 1,
        (LinkKind.FS, 4800): 1,
        (LinkKind.SF, 960): 1,
        (LinkKind.SS, 960): 1,
        (LinkKind.FF, 960): 1,
    }


def test_the_real_outline_and_work_are_kept(shared_data: Path) -> None:
    log = MemoryLog()
    import_file(Kind.MSPDI, open_source(shared_data / "mpxj" / "sample.xml"), Options(), log)
    tasks = tasks_of(log)
    parent = tasks["Second Task"].parent_id
    assert parent is not None
    assert log.states[parent].state.title == "First Task"
    assert (tasks["Second Task"].estimate_minutes, len(tasks["Second Task"].assignee_ids)) == (30_000, 2)
    assert [title for title, each in tasks.items() if each.is_milestone] == ["Third task"]
    kinds = Counter(each.constraint.kind for each in log.of_kind("task"))
    assert kinds == {ConstraintKind.ASAP: 15, ConstraintKind.SNET: 4}

    import_file(Kind.MSPDI, open_source(shared_data / "mpxj" / "mspdiresource.xml"), Options(), log)
    tasks = tasks_of(log)
    assert (tasks["Task A"].due_on, len(tasks["Task A"].assignee_ids)) == (date(2006, 8, 30), 3)
    completed = tasks["Completed Task"]
    assert (completed.spent_minutes, completed.due_on) == (960, None)
    assert completed.opened_at == completed.started_at
