"""What an event costs on a long log against a short one: to append it, to project it, to query by index."""

import time
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Final

from bench.application import CONCURRENT, in_loop, new_project, work_off
from bench.as_of import make_rows, page_seconds, projects_of
from bench.log_filling import fill
from bench.measuring import divided, percentile, say
from bench.place import Place
from bench.report import Ratio, Report
from infra.codec import codec
from infra.database import connect
from infra.event_log import EventLog
from infra.log_reader import head, pages
from infra.projecting import Projecting
from infra.projector import CATCH_UP_PAGE_EVENTS
from infra.read_side import positions
from infra.reads import Filter, Listing
from infra.rebuild import live_tables
from infra.serving import Serving
from infra.settings import Settings
from projections.all import ALL

EVENTS: Final = 1_000_000
SHORT_TIMES: Final = 100
ROUNDS: Final = 5
TASKS: Final = 640
PAGES: Final = 100
FIRST: Final = 50
TIMES_MAX: Final = 1.3


def run(place: Place, events: int) -> Report:
    """Measure on a log of `events` events and on one of a hundredth, by turns on one server."""
    tasks = min(TASKS, max(CONCURRENT, events // SHORT_TIMES))
    short = max(events // SHORT_TIMES, 1)
    logs = {events: place.database(), short: place.database()}
    for count, database_url in logs.items():
        fill(database_url, count)
        make_rows(database_url)
    found: dict[tuple[str, int], list[float]] = {}
    for number in range(ROUNDS):
        for count in sorted(logs, reverse=number % 2 == 0):
            for way, seconds in _costs(logs[count], tasks):
                found.setdefault((way, count), []).append(seconds)
        taken = (f"{way} at {count:,} {1e6 * seconds[-1]:,.0f} µs" for (way, count), seconds in found.items())
        say(f"round {number + 1} of {ROUNDS}: {', '.join(taken)}")
    report = Report("growth")
    for way in ("append", "projection", "query"):
        name = f"{way}: {events:,} events against {short:,}"
        ratios = divided(found[way, events], found[way, short])
        report.ratios.append(Ratio(name, ratios, TIMES_MAX, is_limit=True))
        for count in logs:
            each = "a page" if way == "query" else "an event"
            microseconds = [1e6 * seconds for seconds in found[way, count]]
            report.add_figure(f"{way}, {each}, {count:,} events", microseconds, "µs")
    return report


def _costs(database_url: str, tasks: int) -> Iterator[tuple[str, float]]:
    """Yield the seconds of each way: append some events, project them, read pages."""
    yield "append", in_loop(_append_seconds(database_url, tasks))
    yield "projection", _catch_up_seconds(database_url)
    yield "query", in_loop(_query_seconds(database_url))


async def _append_seconds(database_url: str, tasks: int) -> float:
    """Return the seconds of one event, `CONCURRENT` at once."""
    async with EventLog(database_url) as log:
        return 1 / await work_off(log, await new_project(log), tasks)


def _catch_up_seconds(database_url: str) -> float:
    """Fold what the rows do not have yet, as a projector that reads the log; return seconds an event."""
    partitions = Settings().partitions
    with connect(database_url, application="bench") as connection:
        connection.execute("SET synchronous_commit = off")
        tables = live_tables(database_url, connection, ALL, codec(), partitions)
        projecting = Projecting(connection, tables, codec(), partitions)
        after = min(positions(connection).values())
        up_to = head(connection)
        started = time.perf_counter()
        since = after
        for page in pages(connection, after, up_to=up_to, limit=CATCH_UP_PAGE_EVENTS):
            reached = page[-1].position
            projecting.project(
                page, dict.fromkeys(range(partitions), since), dict.fromkeys(range(partitions), reached)
            )
            since = reached
        return (time.perf_counter() - started) / (up_to - after)


async def _query_seconds(database_url: str) -> float:
    """Return the median seconds of a page of one project's tasks by due day."""
    async with Serving(database_url, partitions=Settings().partitions, stale_after_seconds=5) as serving:
        projects = await projects_of(serving)
        taken = [
            await page_seconds(serving, Listing((Filter("project_id", "=", each),), "DUE", FIRST))
            for each in islice(cycle(projects), PAGES)
        ]
    return percentile(taken, 50)
