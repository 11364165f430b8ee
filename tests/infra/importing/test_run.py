"""Running an import: each row ends as one thing, a second run changes nothing, history stays."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.decider import Decider
from domain.errors import NotPermitted
from domain.import_run import ImportRecorded, RefusalsListed
from domain.recorded import Issued
from domain.task import CompleteTask, SpendTime, StartTask, TimeSpent
from infra.importing.kinds import Kind, Options, plan_of
from infra.importing.mapping import mapping_of
from infra.importing.plan import ImportPlan
from infra.importing.run import IN_FLIGHT_MAX, Run, run_import
from infra.importing.source import Source, open_source
from tests.infra.importing.memory_log import MemoryLog, Outcome
from tests.infra.importing.runs import ACTOR, HEADER, MAPPING, NOW, import_csv, run

ROW = "7,Slates,Ann,02/01/2024,03/01/2024,05/01/2024,04/01/2024,2\n"


def table(rows: str) -> tuple[Source, ImportPlan]:
    source = open_source((HEADER + rows).encode(), "roof.csv")
    return source, plan_of(Kind.TABLE, source, Options(mapping=mapping_of(MAPPING)))


@dataclass
class FlakyLog(MemoryLog):
    """A log that refuses, or fails at, commands of one type; it notes how many it was given at once."""

    refuses: type | None = None
    fails: type | None = None
    at_once: int = 0
    at_once_max: int = 0
    order: list[tuple[UUID, str]] = field(default_factory=list[tuple[UUID, str]])

    async def submit(self, issued: Issued[Any], decider: Decider[Any, Any, Any]) -> Outcome:
        self.at_once += 1
        self.at_once_max = max(self.at_once_max, self.at_once)
        await asyncio.sleep(0)
        try:
            if self.fails is not None and isinstance(issued.command, self.fails):
                raise ConnectionError("the log is away")
            if self.refuses is not None and isinstance(issued.command, self.refuses):
                raise NotPermitted
            self.order.append((issued.stream, type(issued.command).__name__))
            return await super().submit(issued, decider)
        finally:
            self.at_once -= 1


def test_commands_happened_when_the_source_says_and_name_their_run() -> None:
    log = MemoryLog()
    report = import_csv(ROW, log)
    spent = next(issued for issued in log.times if isinstance(issued.command, SpendTime))
    assert spent.at.isoformat() == "2024-01-05T16:00:00+00:00"
    assert (spent.actor_id, spent.correlation_id, spent.is_backdated) == (ACTOR, report.run_id, True)
    assert spent.reason == "Import of roof.csv"
    assert [issued.at for issued in log.times if issued.stream == spent.stream] == sorted(
        issued.at for issued in log.times if issued.stream == spent.stream
    )


def test_several_rows_of_a_task_are_one_task_with_several_members() -> None:
    log = MemoryLog()
    report = import_csv(ROW + ROW.replace("Ann", "Bob").replace(",2\n", ",3\n"), log)
    [task] = log.of_kind("task")
    assert (report.created, task.spent_minutes, len(task.assignee_ids)) == (2, 300, 2)
    assert task.completed_at is not None


def test_equal_rows_each_book_their_work_once() -> None:
    log = MemoryLog()
    assert import_csv(ROW + ROW, log).created == 2
    assert import_csv(ROW + ROW, log).unchanged == 2
    assert [event.minutes for event in log.all_events(TimeSpent)] == [120, 120]


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (ROW.replace("Slates,Ann,02/01", "Slates,Bob,01/01"), "ROWS_DISAGREE"),
        (ROW.replace("04/01/2024", "06/01/2024"), "ROWS_DISAGREE"),
    ],
)
def test_rows_of_one_task_must_agree(other: str, code: str) -> None:
    report = import_csv(ROW + other, MemoryLog())
    assert (report.created, [each.code for each in report.refused], report.reconciled) == (1, [code], True)


@pytest.mark.parametrize(
    "row",
    [
        "7,Slates,Ann,05/01/2024,04/01/2024,,,2\n",
        "7,Slates,Ann,02/01/2024,04/01/2024,03/01/2024,,2\n",
        "7,Slates,Ann,05/01/2024,,04/01/2024,,2\n",
    ],
)
def test_times_out_of_order_are_refused_with_their_hours(row: str) -> None:
    log = MemoryLog()
    report = import_csv(row, log)
    assert [(each.line, each.code, each.minutes) for each in report.refused] == [(2, "ROW_OUT_OF_ORDER", 120)]
    assert log.of_kind("task") == []


@pytest.mark.parametrize(
    "row", ["7,Sl\x01ates,Ann,02/01/2024,,,,\n", "7,Slates,Ann,02/01/1969,,,03/01/1969,\n"]
)
def test_what_no_command_may_hold_is_refused(row: str) -> None:
    report = import_csv(row, MemoryLog())
    assert (report.created, len(report.refused), report.reconciled) == (0, 1, True)


def test_a_dry_run_says_what_would_happen_and_sends_nothing() -> None:
    log = MemoryLog()
    dry = import_csv(ROW, log, is_dry_run=True)
    assert (log.sent, dry.created, dry.is_dry_run) == (0, 1, True)
    assert import_csv(ROW, log).created == 1
    assert import_csv(ROW, log, is_dry_run=True).unchanged == 1


def test_a_second_run_sends_only_its_own_record() -> None:
    log = MemoryLog()
    import_csv(ROW, log)
    sent = log.sent
    assert import_csv(ROW, log).unchanged == 1
    assert log.sent == sent + 1


def test_a_row_refused_on_the_way_says_what_had_been_done() -> None:
    source, plan = table(ROW + "8,Gutter,Ann,02/01/2024,,,,\n")
    report = run(plan, FlakyLog(refuses=StartTask), source)
    assert (report.created, report.reconciled, report.minutes_refused) == (1, True, 120)
    [refused] = report.refused
    assert (refused.line, refused.code) == (2, "NOT_PERMITTED")
    assert refused.sentence.endswith("3 of its commands had been carried out.")


def test_what_had_to_be_there_first_is_reported_apart() -> None:
    source, plan = table(ROW)
    broken = [replace(item, wanted=item.wanted[:0]) if item.stage == 0 else item for item in plan.items]
    report = run(replace(plan, items=tuple(broken)), MemoryLog(), source)
    assert [each.code for each in report.refused] == ["UNKNOWN_PROJECT"]
    assert report.set_up_refused == ("UNKNOWN_MEMBER: There is no member with this id.",)


def test_an_import_that_broke_off_is_carried_on_by_the_next() -> None:
    rows = ROW + ROW.replace("Ann", "Bob") + "8,Gutter,Ann,02/01/2024,,03/01/2024,,1\n"
    source, plan = table(rows)
    log = FlakyLog(fails=CompleteTask)
    with pytest.raises(ConnectionError):
        run(plan, log, source)
    assert log.all_events(ImportRecorded) == []
    log.fails = None
    report = run(plan, log, source)
    assert (len(report.refused), report.reconciled, report.minutes_on_tasks) == (0, True, 300)
    assert sum(event.minutes for event in log.all_events(TimeSpent)) == 300
    assert run(plan, log, source).unchanged == 3


def test_at_most_64_are_in_flight_and_a_stream_goes_in_order() -> None:
    rows = "".join(f"{key},Task,Ann,02/01/2024,03/01/2024,04/01/2024,,1\n" for key in range(200))
    source, plan = table(rows)
    log = FlakyLog()
    report = run(plan, log, source)
    assert report.created == 200
    assert 1 < log.at_once_max <= IN_FLIGHT_MAX
    task = next(stream for stream, owner in log.owners.items() if owner.kind == "task")
    assert [name for stream, name in log.order if stream == task] == [
        "OpenTask",
        "AssignTask",
        "StartTask",
        "SpendTime",
        "CompleteTask",
    ]


def test_progress_counts_rows_up_to_all() -> None:
    told: list[tuple[int, int]] = []
    source, plan = table(ROW + "8,,,,,,,\n")
    log = MemoryLog()
    importing = run_import(
        plan, log.submit, log, Run(uuid4(), ACTOR, NOW, source), lambda done, rows: told.append((done, rows))
    )
    asyncio.run(importing)
    assert told[0] == (1, 2)
    assert told[-1] == (2, 2)


def test_the_run_is_recorded_with_all_its_refusals() -> None:
    source, plan = table("".join(f"{key},,,,,,,\n" for key in range(5_003)))
    log = MemoryLog()
    report = run(plan, log, source)
    [recorded] = log.all_events(ImportRecorded)
    [listed] = log.all_events(RefusalsListed)
    assert (recorded.kind, recorded.source_name, recorded.sha256) == ("table", "roof.csv", source.sha256)
    assert (recorded.rows, recorded.refused, len(recorded.refusals), len(listed.refusals)) == (
        5_003,
        5_003,
        5_000,
        3,
    )
    assert report.reconciled
