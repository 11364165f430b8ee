"""A source imported again after it changed: what went on is taken over, history is not rewritten."""

import asyncio
from uuid import uuid4

import pytest

from domain.member import ChangeMemberRole
from domain.recorded import Issued
from domain.roles import Role
from domain.task import TaskRetitled
from infra.importing.take import DECIDERS
from tests.infra.importing.memory_log import MemoryLog
from tests.infra.importing.runs import ACTOR, NOW, import_csv

ROW = "7,Slates,Ann,02/01/2024,03/01/2024,05/01/2024,04/01/2024,2\n"


def test_a_changed_title_is_a_change() -> None:
    log = MemoryLog()
    import_csv("7,Slates,Ann,02/01/2024,,,,\n", log)
    assert import_csv("7,Tiles,Ann,02/01/2024,,,,\n", log).changed == 1
    assert log.all_events(TaskRetitled) == [TaskRetitled("Tiles")]
    assert import_csv("7,Tiles,Ann,02/01/2024,,,,\n", log).unchanged == 1


def test_a_task_that_went_on_is_a_change_and_its_work_grows_by_the_difference() -> None:
    log = MemoryLog()
    import_csv("7,Slates,Ann,02/01/2024,03/01/2024,,,2\n", log)
    report = import_csv("7,Slates,Ann,02/01/2024,03/01/2024,05/01/2024,,5\n", log)
    [task] = log.of_kind("task")
    assert (report.changed, report.minutes_on_tasks, report.reconciled) == (1, 300, True)
    assert (task.spent_minutes, task.completed_at is not None) == (300, True)
    again = import_csv("7,Slates,Ann,02/01/2024,03/01/2024,05/01/2024,,5\n", log)
    assert (again.unchanged, log.of_kind("task")[0].spent_minutes) == (1, 300)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("7,Slates,Ann,02/01/2024,,,,5\n", "7,Slates,Ann,02/01/2024,,,,2\n", "HOURS_CHANGED"),
        ("7,Slates,Ann,02/01/2024,,,,\n", "7,Slates,Ann,03/01/2024,,,,\n", "HISTORY_DIFFERS"),
        ("7,S,Ann,02/01/2024,04/01/2024,,,\n", "7,S,Ann,02/01/2024,03/01/2024,,,\n", "HISTORY_DIFFERS"),
        ("7,S,Ann,02/01/2024,,05/01/2024,,\n", "7,S,Ann,02/01/2024,,06/01/2024,,\n", "HISTORY_DIFFERS"),
        ("7,S,Ann,02/01/2024,,05/01/2024,,\n", "7,S,Ann,02/01/2024,,05/01/2024,09/01/2024,\n", "TASK_CLOSED"),
    ],
)
def test_history_is_not_rewritten(before: str, after: str, code: str) -> None:
    log = MemoryLog()
    import_csv(before, log)
    states = log.folded()
    report = import_csv(after, log)
    assert ([each.code for each in report.refused], report.reconciled) == ([code], True)
    assert {key: state for key, state in log.folded().items() if key in states} == states


def test_what_people_changed_since_is_left_alone() -> None:
    log = MemoryLog()
    import_csv(ROW, log)
    member = next(stream for stream, owner in log.owners.items() if owner.kind == "member")
    promotion = Issued(ChangeMemberRole(Role.MANAGEMENT), member, uuid4(), ACTOR, NOW)
    asyncio.run(log.submit(promotion, DECIDERS["member"]))
    assert import_csv(ROW + "8,Gutter,Ann,01/01/2024,,,,\n", log).created == 1
    assert log.states[member].state.role is Role.MANAGEMENT


def test_when_several_rows_of_a_task_changed_their_work_it_cannot_be_told_apart() -> None:
    log = MemoryLog()
    row = "7,Slates,Ann,02/01/2024,,,,2\n"
    import_csv(row + row.replace("Ann", "Bob"), log)
    more = row.replace(",2\n", ",3\n")
    report = import_csv(more + more.replace("Ann", "Bob"), log)
    assert [each.code for each in report.refused] == ["HOURS_CHANGED", "HOURS_CHANGED"]
    assert log.of_kind("task")[0].spent_minutes == 240
