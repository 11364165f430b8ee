"""The whole log verified: records, tree, checkpoints and rules; with the rows, of a shorter log."""

import time
from multiprocessing import get_context
from typing import Any, Final

from bench.log_filling import fill
from bench.measuring import say
from bench.place import Place
from bench.report import Ratio, Report
from bench.watching import Watched
from infra.codec import codec
from infra.database import connect
from infra.log_reader import log_id
from infra.proof import store
from infra.proof.checkpoints import Checkpoint, origin_of
from infra.proof.growth import Growth
from infra.proof.notes import SignerKey
from infra.read_side import install
from infra.rebuild import rebuild
from infra.settings import Settings
from infra.verify.run import Wanted, verify
from projections.all import ALL

EVENTS: Final = 1_000_000
ROUNDS: Final = 3
ROWS_EVENTS_MAX: Final = 100_000
RATE_MIN: Final = 1_000_000 / 90
SECRET: Final = bytes(range(32))


def run(place: Place, events: int) -> Report:
    """Verify a log of `events` events three times without its rows, and a shorter one once with them."""
    whole = _proven(place, events)
    rates: list[float] = []
    cpu: list[float] = []
    memory: list[float] = []
    for number in range(ROUNDS):
        seconds, watched = _measured(whole, is_with_rows=False)
        rates.append(events / seconds)
        cpu.append(1e6 * watched.cpu_seconds / events)
        memory.append(watched.peak_megabytes)
        say(f"round {number + 1} of {ROUNDS}: {rates[-1]:,.0f} events/s, {cpu[-1]:.1f} µs CPU an event")
    fewer = min(events, ROWS_EVENTS_MAX)
    shorter = whole if fewer == events else _proven(place, fewer)
    _build_rows(shorter)
    seconds, watched = _measured(shorter, is_with_rows=True)
    report = Report("verify")
    report.ratios.append(
        Ratio(f"events a second, of {RATE_MIN:,.0f}", [rate / RATE_MIN for rate in rates], 1)
    )
    report.add_figure("events in the log", [events], "events")
    report.add_figure("verified without rows", rates, "events/s")
    report.add_figure("CPU of our processes without rows", cpu, "µs/event")
    report.add_figure("peak memory of our processes without rows", memory, "MB")
    report.add_figure("events in the log whose rows were compared", [fewer], "events")
    report.add_figure("verified with rows", [fewer / seconds], "events/s")
    report.add_figure("CPU of our processes with rows", [1e6 * watched.cpu_seconds / fewer], "µs/event")
    return report


def _proven(place: Place, events: int) -> str:
    """Fill a log, and let a tree follow it with a checkpoint for each page."""
    database_url = place.database()
    fill(database_url, events)
    with connect(database_url, application="bench") as connection:
        key = SignerKey(origin_of(log_id(connection)), SECRET)
        growth = Growth(connection)
        while growth.grow():
            head = Checkpoint(key.name, growth.edge.size, growth.edge.root)
            store.issue(connection, head, head.signed(key), verifier_key=str(key.verifier))
    return database_url


def _build_rows(database_url: str) -> None:
    with connect(database_url, application="bench") as connection:
        install(connection)
    rebuild(database_url, ALL, codec(), partitions=Settings().partitions)


def _measured(database_url: str, *, is_with_rows: bool) -> tuple[float, Watched]:
    """Verify in a process of its own; return its seconds, and what it and those it started used."""
    context = get_context("spawn")
    seconds = context.Value("d", 0.0)
    process = context.Process(target=_verify, args=(database_url, is_with_rows, seconds))
    process.start()
    with Watched(process.pid or 0) as watched:
        process.join()
    if process.exitcode != 0:
        raise AssertionError("the verification failed; its process said why")
    return float(seconds.value), watched


def _verify(database_url: str, is_with_rows: bool, seconds: Any) -> None:  # noqa: ANN401, FBT001 - shared value
    with connect(database_url, application="bench") as connection:
        key = SignerKey(origin_of(log_id(connection)), SECRET).verifier
    started = time.perf_counter()
    wanted = Wanted(database_url, Settings().partitions, ALL if is_with_rows else (), (key,))
    report = verify(wanted)
    seconds.value = time.perf_counter() - started
    if report.fault is not None:
        raise AssertionError(f"a whole log is said to be at fault: {report.fault}")
