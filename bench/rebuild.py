"""All read models rebuilt from the log, history and observations included; and by ProjectionRunner."""

import time
from itertools import islice
from multiprocessing import get_context
from typing import Any, Final

import psycopg

from bench.library_projection import run_sample
from bench.log_filling import fill
from bench.measuring import divided, say
from bench.place import Place
from bench.report import Ratio, Report
from bench.stories import Teller, Told
from bench.watching import Watched
from infra.codec import codec
from infra.database import connect
from infra.read_side import install
from infra.rebuild import rebuild
from infra.settings import Settings
from projections.all import ALL

EVENTS: Final = 1_000_000
ROUNDS: Final = 3
RUNNER_EVENTS_MAX: Final = 10_000
"""As many as take the library's runner about as long as a million take a rebuild: a machine is not equally
fast from one quarter of a minute to the next."""
RATE_MIN: Final = 40_000
MEGABYTES_MAX: Final = 600
RUNNER_TIMES_MIN: Final = 100


def run(place: Place, events: int) -> Report:
    """Rebuild a log of `events` events three times, each time with the library's runner on its first ones."""
    database_url = place.database()
    fill(database_url, events)
    sample = list(islice(Teller().events(events), RUNNER_EVENTS_MAX))
    rates, memory, server_memory, seconds_cpu, runner = _measured(place, database_url, events, sample)
    report = Report("rebuild")
    shares = [megabytes / MEGABYTES_MAX for megabytes in memory]
    report.ratios.append(Ratio(f"events a second, of {RATE_MIN:,}", [rate / RATE_MIN for rate in rates], 1))
    report.ratios.append(
        Ratio(f"peak memory of our processes, of {MEGABYTES_MAX} MB", shares, 1, is_limit=True)
    )
    report.ratios.append(
        Ratio("events a second, against ProjectionRunner", divided(rates, runner), RUNNER_TIMES_MIN)
    )
    report.add_figure("events in the log", [events], "events")
    report.add_figure("rebuilt", rates, "events/s")
    report.add_figure("CPU of our processes", [1e6 * each / events for each in seconds_cpu], "µs/event")
    report.add_figure("peak memory of our processes", memory, "MB")
    report.add_figure("peak memory of PostgreSQL, shared buffers included", server_memory, "MB")
    report.add_figure("ProjectionRunner", runner, "events/s")
    report.add_figure("events ProjectionRunner was given", [len(sample)], "events")
    return report


def _measured(
    place: Place, database_url: str, events: int, sample: list[Told]
) -> tuple[list[float], list[float], list[float], list[float], list[float]]:
    found: list[tuple[float, float, float, float, float]] = []
    for number in range(ROUNDS):
        runner = run_sample(place.database(), sample)
        seconds, watched, server = rebuilt(place, database_url)
        cpu = watched.cpu_seconds
        found.append((events / seconds, watched.peak_megabytes, server.peak_megabytes, cpu, runner))
        say(
            f"round {number + 1} of {ROUNDS}: {events / seconds:,.0f}/s, {watched.peak_megabytes:.0f} MB,"
            f" {1e6 * cpu / events:.1f} µs CPU an event; ProjectionRunner {runner:,.0f} events/s"
        )
    rates, memory, server_memory, seconds_cpu, runners = (list(column) for column in zip(*found, strict=True))
    return rates, memory, server_memory, seconds_cpu, runners


def rebuilt(place: Place, database_url: str) -> tuple[float, Watched, Watched]:
    """Rebuild in a process of its own; return its seconds, and what it and PostgreSQL used meanwhile.

    All that was built before is dropped first: what is measured is folding and switching, not the comparison.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA rows CASCADE")
        connection.execute("CREATE SCHEMA rows AUTHORIZATION fairlead")
        connection.execute("CHECKPOINT")
    with connect(database_url, application="bench") as connection:
        install(connection)
    context = get_context("spawn")
    seconds = context.Value("d", 0.0)
    process = context.Process(target=_rebuild, args=(database_url, seconds))
    process.start()
    with Watched(process.pid or 0) as watched, Watched(place.server.process.pid) as server:
        process.join()
    if process.exitcode != 0:
        raise AssertionError("the rebuild failed; its process said why")
    return float(seconds.value), watched, server


def _rebuild(database_url: str, seconds: Any) -> None:  # noqa: ANN401 - a shared value has no public type
    started = time.perf_counter()
    rebuild(database_url, ALL, codec(), partitions=Settings().partitions)
    seconds.value = time.perf_counter() - started
