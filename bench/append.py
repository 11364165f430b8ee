"""Commands through the application against PostgreSQL alone, the library's recorder and UmaDB, with fsync."""

import time
from contextlib import ExitStack
from typing import Final
from uuid import UUID

import psycopg

from api.ids import new_id
from bench.append_peers import (
    CLIENTS,
    insert,
    insert_one_by_one,
    insert_with_library,
    library_recorder,
    raw_rows,
    raw_table,
    uma_db,
)
from bench.application import CONCURRENT, EVENTS_A_TASK, a_task, in_loop, new_project, send, work_off
from bench.loading import load_seconds
from bench.measuring import alternated, divided, percentile
from bench.place import Place
from bench.report import Ratio, Report
from bench.stories import BEGIN, Story, Told
from domain import project, task
from infra.event_log import EventLog

EVENTS: Final = 6_000
ROUNDS: Final = 5
ALONE: Final = 200


def run(place: Place, events: int) -> Report:
    """Append `events` events each way, each round; then one command at a time, and loading a long stream."""
    report = Report("append")
    _throughput(place, max(events // EVENTS_A_TASK, 1), report)
    _alone(place, min(ALONE, events), report)
    loads = alternated(load_seconds(place), ROUNDS)
    fold, kept, library = loads["fold"], loads["snapshot"], loads["library"]
    report.ratios.append(
        Ratio("load 1,000 events, no snapshot yet, against the library", divided(library, fold), 3)
    )
    report.ratios.append(
        Ratio("load 1,000 events, from its snapshot, against the library", divided(library, kept), 3)
    )
    for name, seconds in loads.items():
        report.add_figure(f"load 1,000 events: {name}", [each * 1e3 for each in seconds], "ms")
    return report


def _throughput(place: Place, tasks: int, report: Report) -> None:
    database_url, raw, library = place.database(), place.database(), place.empty_database()
    raw_table(raw)
    position = 0

    def events() -> list[Told]:
        nonlocal position
        told = told_tasks(tasks)
        position += len(told)
        return told

    def inserted(connections: int) -> float:
        before = position
        return insert_one_by_one(raw, raw_rows(events(), before), connections)

    with ExitStack() as stack:
        uma, recorder = stack.enter_context(uma_db(place)), stack.enter_context(library_recorder(library))
        rates = alternated(
            {
                "Fairlead": lambda: _through_application(database_url, tasks),
                "one connection": lambda: inserted(1),
                "8 connections": lambda: inserted(CLIENTS),
                "library": lambda: insert_with_library(recorder, events()),
                "UmaDB": lambda: uma.append(events()),
            },
            ROUNDS,
        )
    ours = rates["Fairlead"]
    for peer, name, target in (
        ("one connection", "single-row INSERTs from one connection", 5.0),
        ("8 connections", "8 such connections at once", 1.5),
        ("library", "eventsourcing's recorder with 8 threads", 10.0),
        ("UmaDB", "UmaDB with 8 clients", 2.0),
    ):
        report.ratios.append(Ratio(f"against {name}", divided(ours, rates[peer]), target))
    report.add_figure("events each way and round", [tasks * EVENTS_A_TASK], "events")
    for name, values in rates.items():
        report.add_figure(
            f"{name}{f', {CONCURRENT} concurrent' if values is ours else ''}", values, "events/s"
        )


def told_tasks(tasks: int) -> list[Told]:
    """Return the events that `work_off` leaves of as many tasks, `CONCURRENT` told side by side."""
    home = Story(project.DECIDER, new_id(), None, UUID(int=7), BEGIN)
    list(home.tell(project.OpenProject("Line 1", "Europe/Vienna"), BEGIN))
    told: list[Told] = []
    for first in range(0, tasks, CONCURRENT):
        numbers = range(first, min(first + CONCURRENT, tasks))
        stories = [Story(task.DECIDER, new_id(), home, UUID(int=7), BEGIN) for _ in numbers]
        scripts = [a_task(number, home.stream) for number in numbers]
        for commands in zip(*scripts, strict=True):
            for story, command in zip(stories, commands, strict=True):
                told += story.tell(command, BEGIN)
    return told


def _through_application(database_url: str, tasks: int) -> float:
    async def work() -> float:
        async with EventLog(database_url) as log:
            return await work_off(log, await new_project(log), tasks)

    return in_loop(work())


def _alone(place: Place, count: int, report: Report) -> None:
    """Measure one command at a time against one raw INSERT at a time, turn by turn on the same server."""
    database_url = place.database()
    raw_table(database_url)
    ours: list[float] = []
    raw: list[float] = []
    for number in range(ROUNDS):
        rows = raw_rows(told_tasks(count // EVENTS_A_TASK + 1), number * 2 * ALONE)
        mine, theirs = in_loop(_turn_by_turn(database_url, rows))
        ours.append(percentile(mine, 50))
        raw.append(percentile(theirs, 50))
    report.ratios.append(
        Ratio("one command alone: latency against one INSERT", divided(ours, raw), 2.5, is_limit=True)
    )
    report.add_figure("one command alone, p50", [each * 1e3 for each in ours], "ms")
    report.add_figure("one INSERT alone, p50", [each * 1e3 for each in raw], "ms")


async def _turn_by_turn(database_url: str, rows: list[tuple[object, ...]]) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    raw: list[float] = []
    async with EventLog(database_url) as log:
        project_id = await new_project(log)
        with psycopg.connect(database_url, autocommit=True) as connection:
            remaining = iter(rows)
            while len(raw) < len(rows):
                stream = new_id()
                for command in a_task(len(raw), project_id):
                    started = time.perf_counter()
                    await send(log, task.DECIDER, stream, command)
                    ours.append(time.perf_counter() - started)
                    started = time.perf_counter()
                    insert(connection, next(remaining))
                    raw.append(time.perf_counter() - started)
    return ours, raw
