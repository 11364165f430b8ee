"""A plan written as MS Project XML is read back to the same plan, also when it came from MS Project."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.calendar import DayException, Shift, WorkingCalendar
from domain.levelling.linking import lag_minutes
from domain.levelling.plans import Plan, duration_minutes
from domain.levelling.problem import Activity
from domain.member import Member
from domain.project import STANDARD, LagUnit, Link, LinkKind, Project, TasksLinked, WorkingCalendarSet
from domain.project.resources import ResourceDefined, ResourceKind
from domain.roles import Role
from domain.task import (
    Task,
    TaskAssigned,
    TaskBaselineSet,
    TaskCompleted,
    TaskDueDateSet,
    TaskEstimated,
    TaskProgressed,
    TaskStarted,
    TimeSpent,
)
from domain.task.resourcing import TaskResourceAssigned
from domain.task.scheduling import TaskConstrained, TaskDeadlineSet, TaskDurationSet, TaskMilestoneSet
from domain.task.state import ConstraintKind
from infra.exporting.mspdi import plan_mspdi_xml
from infra.importing.kinds import Kind, Options
from infra.importing.source import open_source
from tests.examples import ANNA, BEN, CUT, DAY, HOUR, MONDAY, NINE, PAINT, PROJECT_ID, TASK_OPENED, WELD
from tests.examples import project_after as project
from tests.infra.importing.memory_log import MemoryLog
from tests.infra.importing.runs import import_file
from tests.spec import state_after

SAW = UUID(int=501)
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
NIGHTS = WorkingCalendar(
    "Europe/Vienna",
    ((Shift(22 * 60, 24 * 60),),) * 4 + ((), (Shift(0, 6 * 60), Shift(7 * 60, 8 * 60)), ()),
    (date(2026, 5, 1),),
    (DayException(date(2026, 5, 2), (Shift(60, 120),)),),
)


def task(title: str, *more: Any, **changes: Any) -> Task:
    found: Task = state_after(replace(TASK_OPENED, title=title, **changes), *more)
    return found


def plan() -> Plan:
    """Return a plan with one of everything that the format can hold."""
    within = project(
        ResourceDefined(SAW, ResourceKind.EQUIPMENT, "Saw", 200, (), None),
        WorkingCalendarSet("Nights", NIGHTS),
        TasksLinked(CUT, WELD, LinkKind.FS, -90, LagUnit.WORKING),
        TasksLinked(WELD, PAINT, LinkKind.SS, 0, LagUnit.ELAPSED, 50),
    )
    baseline = TaskBaselineSet(0, NINE, NINE + DAY, 480, 1_000)
    done = TaskCompleted(NINE + 5 * HOUR, MONDAY, None, None, 300, None, None)
    tasks = {
        UUID(int=600): task("Frame & <roof>", description="Two\nlines"),
        CUT: task("Cut", TaskEstimated(480), TaskAssigned(ANNA), TaskStarted(NINE),
                  TimeSpent(90, MONDAY, None), done, parent_id=UUID(int=600)),
        WELD: task("Weld", TaskEstimated(300), TaskDurationSet(600, is_elapsed=False), TaskStarted(NINE),
                   TaskProgressed(40), TaskResourceAssigned(SAW, 50, None), TaskDueDateSet(date(2026, 4, 9)),
                   parent_id=UUID(int=600)),
        PAINT: task("Paint", TaskConstrained(ConstraintKind.FNLT, NINE + 9 * DAY), TaskAssigned(BEN),
                    baseline, TaskDeadlineSet(date(2026, 4, 8)), TaskDueDateSet(date(2026, 4, 8))),
        UUID(int=601): task("Handed over", TaskMilestoneSet(is_milestone=True)),
    }  # fmt: skip
    return Plan(PROJECT_ID, within, tasks)


MEMBERS = {
    key: Member(name, f"{name.lower()}@example.org", Role.MEMBER, "", NINE)
    for key, name in ((ANNA, "Anna"), (BEN, "Ben"))
}


def said(plan: Plan, names: Mapping[UUID, str]) -> dict[str, Any]:
    """Return what a plan says, with titles in place of ids, whatever the order."""
    titles = {key: each.title for key, each in plan.tasks.items()}
    summaries = {each.parent_id for each in plan.tasks.values()}
    links = [
        (titles[before], titles[after], link.kind, _lag(plan, before, link), link.lag_unit)
        for before, followers in plan.project.plan.links.items()
        for after, link in followers.items()
    ]
    tasks = [
        (
            each.title,
            each.description,
            titles.get(each.parent_id or PROJECT_ID),
            each.status,
            0 if key in summaries else duration_minutes(each),
            None if key in summaries else each.estimate_minutes or 0,
            each.due_on,
            each.deadline_on,
            each.constraint,
            each.is_milestone,
            (each.opened_at, each.started_at, each.completed_at),
            each.percent if each.completed_at is None else 100,
            each.spent_minutes,
            each.baselines,
            sorted(names[member] for member in each.assignee_ids),
        )
        for key, each in plan.tasks.items()
    ]
    days = [date(2026, month, day) for month in (4, 5) for day in range(1, 31)]
    calendars = {
        name: [plan.project.calendar_of(name).shifts_on(day) for day in days]
        for name in {STANDARD, *plan.project.working_time.calendars}
    }
    return {
        "name": plan.project.charter.name,
        "links": sorted(links, key=repr),
        "tasks": sorted(tasks, key=repr),
        "calendars": calendars,
    }


def _lag(plan: Plan, before: UUID, link: Link) -> int:
    return lag_minutes(link, Activity(before, duration_minutes(plan.tasks[before])))


def read_back(xml: bytes, zone: str) -> tuple[Plan, dict[UUID, Member], list[tuple[str, str]]]:
    """Return the plan that the importer makes of a file, its people, and what it refused."""
    log = MemoryLog()
    report = import_file(Kind.MSPDI, open_source(xml, "plan.xml"), Options(time_zone=zone), log)
    found = {stream: loaded.state for stream, loaded in log.states.items()}
    ((project_id, within),) = [(key, each) for key, each in found.items() if isinstance(each, Project)]
    tasks = {key: each for key, each in found.items() if isinstance(each, Task)}
    members = {key: each for key, each in found.items() if isinstance(each, Member)}
    refused = [(each.code, each.sentence) for each in report.refused]
    return Plan(project_id, within, tasks), members, refused


def names(members: Mapping[UUID, Member]) -> dict[UUID, str]:
    return {key: each.name for key, each in members.items()}


def test_a_plan_is_written_for_eyes_too() -> None:
    lines = plan_mspdi_xml(plan(), {}, NOW).decode().splitlines()
    assert f"  <Name>{plan().project.charter.name}</Name>" in lines
    assert max(line.count("<") for line in lines) == 2


def test_a_plan_is_read_back_the_same_but_for_equipment() -> None:
    before = plan()
    found, members, refused = read_back(plan_mspdi_xml(before, MEMBERS, NOW), "Europe/Vienna")
    assert said(found, names(members)) == said(before, names(MEMBERS))
    assert [code for code, _ in refused] == ["RESOURCE_IS_NO_PERSON", "UNKNOWN_RESOURCE"]


@pytest.mark.parametrize("name", ["sample.xml", "task-links-project2019-mspdi.xml", "mspdiresource.xml"])
def test_a_plan_of_ms_project_comes_back_the_same(shared_data: Path, name: str) -> None:
    source = (shared_data / "mpxj" / name).read_bytes()
    first, members, _ = read_back(source, "Europe/London")
    saved_at = datetime(2019, 7, 1, tzinfo=UTC)
    second, others, refused = read_back(plan_mspdi_xml(first, members, saved_at), "Europe/London")
    assert refused == []
    assert said(second, names(others)) == said(first, names(members))
