"""A page of 50 as of past positions against the same page now, on a long log."""

import time
from random import Random
from typing import Any, Final
from uuid import UUID

import psycopg

from bench.application import in_loop
from bench.log_filling import fill
from bench.measuring import divided, percentile, say
from bench.place import Place
from bench.report import Ratio, Report
from infra.codec import codec
from infra.database import connect
from infra.reads import Filter, Listing
from infra.rebuild import live_tables
from infra.serving import Serving
from infra.settings import Settings
from projections.all import ALL

EVENTS: Final = 1_000_000
ROUNDS: Final = 3
PAGES: Final = 200
FIRST: Final = 50
ROUND_SECONDS_MAX: Final = 3.0


def run(place: Place, events: int) -> Report:
    """Read pages of tasks, of one project and of all, now and as of random positions by turns."""
    database_url = place.database()
    fill(database_url, events)
    make_rows(database_url)
    return in_loop(compared(database_url, events))


def make_rows(database_url: str) -> None:
    """Build all read models of a database and let the planner know their tables."""
    with connect(database_url, application="bench") as connection:
        live_tables(database_url, connection, ALL, codec(), Settings().partitions)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
    say("rows built")


async def compared(database_url: str, events: int) -> Report:
    """Return the report of pages as of random positions against the same pages now."""
    report = Report("as_of")
    report.add_figure("events in the log", [events], "events")
    random = Random(1)
    async with Serving(database_url, partitions=Settings().partitions, stale_after_seconds=5) as serving:
        projects = await projects_of(serving)
        for name, is_filtered, order, is_descending in (
            ("a project's tasks by opening", True, "OPENED", False),
            ("a project's tasks by due day", True, "DUE", False),
            ("a project's tasks, newest first", True, "OPENED", True),
            ("all tasks by opening", False, "OPENED", False),
            ("all tasks, newest first", False, "OPENED", True),
        ):
            now: list[float] = []
            then: list[float] = []
            for _ in range(ROUNDS):
                taken: tuple[list[float], list[float]] = ([], [])
                end = time.monotonic() + ROUND_SECONDS_MAX
                for _ in range(min(PAGES, events)):
                    if time.monotonic() > end:
                        break
                    filters = (Filter("project_id", "=", random.choice(projects)),) if is_filtered else ()
                    position = random.randrange(events // 10, events + 1)
                    for as_of, seconds in zip((None, position), taken, strict=True):
                        listing = Listing(filters, order, FIRST, is_descending, as_of=as_of)
                        seconds.append(await page_seconds(serving, listing))
                now.append(1e3 * percentile(taken[0], 50))
                then.append(1e3 * percentile(taken[1], 50))
            say(f"{name}: now {now[-1]:.2f} ms, as of {then[-1]:.2f} ms")
            report.ratios.append(Ratio(name, divided(then, now), 2, is_limit=True))
            report.add_figure(f"{name}: now, p50", now, "ms")
            report.add_figure(f"{name}: as of, p50", then, "ms")
    return report


async def projects_of(serving: Serving) -> list[UUID]:
    """Return the ids of all projects."""
    listing = Listing((), "OPENED", 200)
    rows: list[Any] = (await serving.rows["project_overview"].page(listing)).rows
    return [row.project_id for row in rows]


async def page_seconds(serving: Serving, listing: Listing) -> float:
    """Read one page of tasks and return the seconds it took."""
    started = time.perf_counter()
    await serving.rows["task_board"].page(listing)
    return time.perf_counter() - started
