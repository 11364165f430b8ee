"""The critical path of plans saved by MS Project: its own dates and slack come out of its own links."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from xml.etree.ElementTree import Element

import pytest

from domain.calendar import WorkingAxis, WorkingCalendar, epoch_minute
from domain.project import LinkKind
from domain.schedule import Activity, Dependency, Network, Schedule, SlackMode, schedule
from domain.schedule.crew import Crew, crew_of
from domain.task.state import Constraint
from infra.importing import markup
from infra.importing import mspdi_fields as fields
from infra.importing.mspdi import read
from infra.importing.mspdi_rows import AssignmentRow, CalendarRow, LinkRow, PlanTaskRow, ResourceRow
from infra.importing.plan_calendars import working_calendar
from infra.importing.source import open_source

SAMPLE: Final = "sample.xml"
LINKS: Final = "task-links-project2019-mspdi.xml"
STAFFED: Final = "mspdiresource.xml"


def test_ms_projects_links_lead_to_its_dates_and_slack(shared_data: Path) -> None:
    compared = list(differences(shared_data / "mpxj" / LINKS, SlackMode.MSPROJECT))
    assert len(compared) == 16
    assert [each for each in compared if any(each[1].values())] == []


def test_the_textbook_gives_the_predecessors_of_its_start_links_less_slack(shared_data: Path) -> None:
    compared = dict(differences(shared_data / "mpxj" / LINKS, SlackMode.TEXTBOOK))
    apart = {uid: each["TotalSlack"] for uid, each in compared.items() if any(each.values())}
    assert apart == {"11": -480, "13": -960}


@pytest.mark.parametrize("mode", SlackMode)
def test_the_sample_plan_has_ms_projects_dates_and_slack_in_both_modes(
    mode: SlackMode, shared_data: Path
) -> None:
    compared = list(differences(shared_data / "mpxj" / SAMPLE, mode))
    assert len(compared) == 19
    assert [each for each in compared if any(each[1].values())] == []


def test_a_task_of_people_in_two_shifts_has_ms_projects_dates(shared_data: Path) -> None:
    compared = dict(differences(shared_data / "mpxj" / STAFFED, SlackMode.MSPROJECT))
    assert len(compared) == 3
    assert [each for each in compared.items() if any(each[1].values())] == []
    network = network_of(shared_data / "mpxj" / STAFFED)
    found = schedule(network).of(UUID(int=2))
    assert found.early_start_at == datetime(2006, 8, 25, 8, tzinfo=UTC)
    assert found.early_finish_at == datetime(2006, 8, 30, 8, tzinfo=UTC)
    alone = schedule(replace(network, crews={})).of(UUID(int=2))
    assert alone.early_finish_at == datetime(2006, 9, 1, 17, tzinfo=UTC)


def differences(path: Path, mode: SlackMode) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield each task by its id, and by how many working minutes its figures differ from the file's."""
    network = network_of(path)
    axis = WorkingAxis([network.standard], date(2018, 1, 1))
    found = schedule(network, mode)
    for element in fields.children(markup.parse(open_source(path)), "Tasks", "Task"):
        uid = fields.text(element, "UID") or ""
        if uid != "0":
            yield uid, dict(_compared(axis, found, element, uid))


def _compared(axis: WorkingAxis, found: Schedule, element: Element, uid: str) -> Iterator[tuple[str, int]]:
    of = found.of(UUID(int=int(uid)))
    for name, instant in (
        ("EarlyStart", of.early_start_at),
        ("EarlyFinish", of.early_finish_at),
        ("LateFinish", of.late_finish_at),
    ):
        said = fields.moment(element, name)
        assert said is not None
        yield name, axis.worked_until(epoch_minute(instant)) - axis.worked_until(_minute(said))
    for name, minutes in (("TotalSlack", of.total_slack_minutes), ("FreeSlack", of.free_slack_minutes)):
        yield name, minutes - fields.number(element, name, 0) // 10
    yield "Critical", of.is_critical - fields.flag(element, "Critical")


def _minute(local: datetime) -> int:
    return epoch_minute(local.replace(tzinfo=UTC))


def network_of(path: Path) -> Network:
    head, rows = read(open_source(path))
    known: list[Any] = list(rows)
    assert head.start_at is not None
    calendars = calendars_of(known)
    return Network(
        head.start_at.replace(tzinfo=UTC),
        calendars[head.calendar_uid],
        [activity(row) for row in known if isinstance(row, PlanTaskRow) and row.depth],
        [dependency(row) for row in known if isinstance(row, LinkRow)],
        calendars,
        crews_of(known),
    )


def calendars_of(rows: list[Any]) -> dict[str, WorkingCalendar]:
    known = {row.uid: row for row in rows if isinstance(row, CalendarRow)}
    return {uid: working_calendar(uid, known, "UTC") for uid in known}


def crews_of(rows: list[Any]) -> dict[UUID, Crew]:
    """Return the calendars of the people on each task, by the ids they have in the file."""
    own = {row.uid: row.calendar_uid for row in rows if isinstance(row, ResourceRow) and row.is_work}
    on: dict[UUID, set[str | None]] = {}
    for row in rows:
        if isinstance(row, AssignmentRow) and row.resource_uid in own:
            on.setdefault(UUID(int=int(row.task_uid)), set()).add(own[row.resource_uid])
    return {task: crew_of(people, ()) for task, people in on.items()}


def activity(row: PlanTaskRow) -> Activity:
    kind, at = row.constraint
    return Activity(
        UUID(int=int(row.uid)),
        row.duration_minutes,
        parent_id=None if row.parent_uid is None else UUID(int=int(row.parent_uid)),
        constraint=Constraint(kind, instant(at)),
        started_at=instant(row.actual_start_at),
        finished_at=instant(row.actual_finish_at),
    )


def instant(local: datetime | None) -> datetime | None:
    return None if local is None else local.replace(tzinfo=UTC)


def dependency(row: LinkRow) -> Dependency:
    first, second = (UUID(int=int(uid)) for uid in (row.predecessor_uid, row.successor_uid))
    return Dependency(first, second, LinkKind[row.kind], row.lag_minutes, row.is_elapsed)
