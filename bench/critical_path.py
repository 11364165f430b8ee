"""The critical path: a full pass on one core, and how long a change takes until its schedule can be read."""

import gc
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from uuid import UUID

import psycopg

from api.ids import new_id
from bench.application import in_loop, send
from bench.log_filling import copy_events
from bench.measuring import percentile, say
from bench.place import Place
from bench.report import Ratio, Report
from bench.stories import Told
from domain import project, task
from domain.calendar import Shift, WorkingCalendar
from domain.project import LagUnit, LinkKind
from domain.schedule import Activity, Dependency, Network, Schedule, SlackMode, schedule
from domain.schedule.crew import crew_of
from domain.task.scheduling import SetDuration, TaskDurationSet
from infra.codec import codec
from infra.database import connect
from infra.event_log import EventLog
from infra.log_reader import read
from infra.projecting import Projecting
from infra.projector import CATCH_UP_PAGE_EVENTS
from infra.read_side import positions
from infra.reads import PAGE_MAX
from infra.rebuild import live_tables
from infra.schedule_history import Seen, Stretch, moves
from infra.schedule_lists import ScheduleFilter, ScheduleOrder, listed
from infra.schedules import planned as computed
from infra.serving import Serving
from infra.settings import Settings
from projections import plans
from projections.all import ALL

EVENTS: Final = 10_000
"""How many tasks the plan has; it has twice as many links."""
PASSES: Final = 9
CHANGES: Final = 9
ASKED: Final = 3
PASS_MILLISECONDS_MAX: Final = 150
CHANGE_MILLISECONDS_MAX: Final = 400
FACTORY: Final = WorkingCalendar("Europe/Vienna", ((Shift(480, 720), Shift(780, 1_020)),) * 5 + ((), ()))
MONDAY: Final = datetime(2026, 3, 2, 7, tzinfo=UTC)
PROJECT: Final = UUID(int=1)
SHIFTS: Final = 5
REACH: Final = 200
"""How many tasks back a task waits for another at most."""


def run(place: Place, events: int) -> Report:
    """Time passes over a plan of `events` tasks and twice as many links, then changes of it in a database."""
    network = plan_of(events)
    gc.collect()
    gc.freeze()  # as `fairlead api` does: what stays for good is not looked through again and again
    report = Report("critical_path")
    report.add_figure("tasks", [events], "tasks")
    report.add_figure("links", [len(network.dependencies)], "links")
    for mode in SlackMode:
        taken = [_pass_milliseconds(network, mode) for _ in range(PASSES)]
        say(f"a pass, {mode}: {percentile(taken, 50):,.0f} ms of CPU")
        name = f"milliseconds of a full pass, slack as {mode}"
        report.ratios.append(Ratio(name, taken, PASS_MILLISECONDS_MAX, is_limit=True))
    in_shifts = [_pass_milliseconds(staffed(network), SlackMode.TEXTBOOK) for _ in range(PASSES)]
    report.add_figure(f"a full pass where each task is worked on in one of {SHIFTS} shifts", in_shifts, "ms")
    database_url = place.database()
    _fill(database_url, network)
    changes = in_loop(_change_milliseconds(database_url, network))
    name = "milliseconds from a commit until the schedule that follows is read"
    totals = [total for total, _, _ in changes]
    report.ratios.append(Ratio(name, totals, CHANGE_MILLISECONDS_MAX, is_limit=True))
    report.add_figure("of which folding the event into rows", [folded for _, folded, _ in changes], "ms")
    report.add_figure("of which this process's own CPU", [own for _, _, own in changes], "ms")
    narrowed, gone_through = in_loop(_asked_milliseconds(database_url, network))
    report.add_figure("own CPU of narrowing a schedule to what is critical, by finish", narrowed, "ms")
    name = "own CPU of a page of a task's history of dates, over the last revisions"
    report.add_figure(name, gone_through, "ms")
    return report


def plan_of(tasks: int) -> Network:
    """Return a plan of tasks of 0 to 19 hours, with links of all kinds and lags, the same each time."""
    random = Random(1)
    activities = [Activity(UUID(int=n + 2), 60 * random.randrange(20)) for n in range(tasks)]
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < min(2 * tasks, tasks * (tasks - 1) // 4):
        second = random.randrange(1, tasks)
        pairs.add((random.randrange(max(0, second - REACH), second), second))
    links = [
        Dependency(
            activities[first].task_id,
            activities[second].task_id,
            random.choice(list(LinkKind)),
            60 * random.randrange(-2, 5),
        )
        for first, second in sorted(pairs)
    ]
    return Network(MONDAY, FACTORY, activities, links)


def staffed(network: Network) -> Network:
    """Return a plan whose tasks are each worked on by somebody with one of `SHIFTS` calendars."""
    random = Random(2)
    calendars = {
        str(number): WorkingCalendar(
            FACTORY.time_zone,
            ((Shift(300 + 30 * number, 700), Shift(760, 1_000 + 30 * number)),) * 5 + ((), ()),
        )
        for number in range(SHIFTS)
    }
    crews = {each.task_id: crew_of([str(random.randrange(SHIFTS))], ()) for each in network.activities}
    return replace(network, calendars=calendars, crews=crews)


def _pass_milliseconds(network: Network, mode: SlackMode) -> float:
    started = time.process_time()
    schedule(network, mode)
    return 1e3 * (time.process_time() - started)


def _fill(database_url: str, network: Network) -> None:
    """Put a plan's events into an empty log, and fold them."""
    told = list(_told(network))
    ids = [new_id() for _ in told]
    with psycopg.connect(database_url, autocommit=True) as connection:
        copy_events(connection, 0, told, ids)
    with connect(database_url, application="bench") as connection:
        live_tables(database_url, connection, ALL, codec(), Settings().partitions)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
    say(f"a plan of {len(told):,} events folded")


def _told(network: Network) -> Iterator[Told]:
    versions = iter(range(1, 10**9))

    def of_project(event: object) -> Told:
        return Told(project.DECIDER, PROJECT, next(versions), PROJECT, PROJECT, MONDAY, event)

    yield of_project(project.ProjectOpened("Line 1", "Europe/Vienna", MONDAY))
    yield of_project(project.WorkingCalendarSet(project.STANDARD, FACTORY))
    for each in network.activities:
        opened = task.TaskOpened(PROJECT, "Weld", "", None, MONDAY, MONDAY.date())
        lasts = TaskDurationSet(each.duration_minutes, is_elapsed=False)
        for version, event in enumerate((opened, lasts), start=1):
            yield Told(task.DECIDER, each.task_id, version, PROJECT, PROJECT, MONDAY, event)
    for link in network.dependencies:
        ends = link.predecessor_id, link.successor_id
        yield of_project(project.TasksLinked(*ends, link.kind, link.lag_minutes, LagUnit.WORKING))


async def _change_milliseconds(database_url: str, network: Network) -> list[tuple[float, float, float]]:
    """Return for each of several changes the milliseconds until its schedule is read, of folding, of own CPU.

    The clock runs from when the command is committed: the event is folded as a projector does that reads the
    log, and the schedule computed anew.
    """
    found: list[tuple[float, float, float]] = []
    partitions = Settings().partitions
    with connect(database_url, application="bench") as connection:
        connection.execute("SET synchronous_commit = off")
        tables = live_tables(database_url, connection, ALL, codec(), partitions)
        projecting = Projecting(connection, tables, codec(), partitions)
        async with (
            EventLog(database_url) as log,
            Serving(database_url, partitions=partitions, stale_after_seconds=5) as serving,
        ):
            await _read(serving, network.activities[0].task_id)
            for number in range(CHANGES):
                stream = network.activities[number % len(network.activities)].task_id
                minutes = 60 * (30 + number)
                await send(log, task.DECIDER, stream, SetDuration(minutes))
                started, own = time.perf_counter(), time.process_time()
                _fold(connection, projecting, partitions)
                folded = time.perf_counter() - started
                seen = await _read(serving, stream)
                total, own = time.perf_counter() - started, time.process_time() - own
                if seen != minutes:
                    raise AssertionError("the change is not in the schedule")
                found.append((1e3 * total, 1e3 * folded, 1e3 * own))
    say(f"a change is read after {percentile([total for total, _, _ in found], 50):,.0f} ms")
    return found


async def _asked_milliseconds(database_url: str, network: Network) -> tuple[list[float], list[float]]:
    """Return the milliseconds of CPU of narrowed lists, and those of pages of history."""
    narrowed: list[float] = []
    gone_through: list[float] = []
    own, critical = network.activities[-1].task_id, ScheduleFilter(is_critical=True)
    async with Serving(database_url, partitions=Settings().partitions, stale_after_seconds=5) as serving:
        last = Stretch(PROJECT, 0, await serving.head(), is_descending=True)
        plan = (await serving.rows[plans.READ_MODEL.name].get([PROJECT]))[PROJECT]
        for _ in range(ASKED):
            planned = computed(plan, await serving.schedules.parts(plan), SlackMode.TEXTBOOK)
            started = time.process_time()
            listed(planned, critical, ScheduleOrder.FINISH, ())
            narrowed.append(1e3 * (time.process_time() - started))
            started = time.process_time()
            await moves(serving, last, PAGE_MAX, SlackMode.TEXTBOOK, lambda of: _finish(of, own))
            gone_through.append(1e3 * (time.process_time() - started))
    return narrowed, gone_through


def _finish(found: Schedule, task_id: UUID) -> Seen:
    return Seen(found.of(task_id).early_finish_at if found.has(task_id) else None)


def _fold(connection: psycopg.Connection[Any], projecting: Projecting, partitions: int) -> None:
    """Fold what the rows do not have yet."""
    after = min(positions(connection).values())
    page = read(connection, after, limit=CATCH_UP_PAGE_EVENTS)
    each = range(partitions)
    projecting.project(page, dict.fromkeys(each, after), dict.fromkeys(each, page[-1].position))


async def _read(serving: Serving, task_id: UUID) -> int:
    """Return the minutes that a task takes in its project's schedule, as the rows have it now."""
    plan = (await serving.rows[plans.READ_MODEL.name].get([PROJECT]))[PROJECT]
    found = (await serving.schedules.of(plan, SlackMode.TEXTBOOK)).schedule
    return found.graph.minutes[found.graph.number_of[task_id.int]]
