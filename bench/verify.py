"""The whole log verified: records, tree, checkpoints and rules; and with all rows."""

import time
from dataclasses import dataclass
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
from infra.verify.run import verify
from infra.verify.work import Wanted
from projections.all import ALL

EVENTS: Final = 1_000_000
ROUNDS: Final = 3
SECONDS_MAX: Final = 90
"""For a million events; of another number as many less or more."""
SECRET: Final = bytes(range(32))


def run(place: Place, events: int) -> Report:
    """Verify a log of `events` events three times by turns, without its rows and with all of them."""
    database_url = _proven(place, events)
    _build_rows(database_url)
    report = Report("verify")
    allowed = SECONDS_MAX * events / EVENTS
    found: dict[str, list[_Used]] = {"without rows": [], "with all rows": []}
    for number in range(ROUNDS):
        for name, used in found.items():
            used.append(_measured(place, database_url, is_with_rows=name == "with all rows"))
            cpu = 1e6 * (used[-1].own_seconds + used[-1].server_seconds) / events
            say(f"round {number + 1} of {ROUNDS}, {name}: {used[-1].seconds:.1f} s, {cpu:.1f} µs CPU/event")
    for name, used in found.items():
        shares = [each.seconds / allowed for each in used]
        report.ratios.append(Ratio(f"seconds {name}, of {allowed:.0f}", shares, 1, is_limit=True))
    report.add_figure("events in the log", [events], "events")
    for name, used in found.items():
        own = [1e6 * each.own_seconds / events for each in used]
        server = [1e6 * each.server_seconds / events for each in used]
        report.add_figure(f"verified {name}", [events / each.seconds for each in used], "events/s")
        report.add_figure(f"CPU of our processes {name}", own, "µs/event")
        report.add_figure(f"CPU of PostgreSQL {name}", server, "µs/event")
        report.add_figure(f"peak memory of our processes {name}", [each.megabytes for each in used], "MB")
    return report


@dataclass(frozen=True, slots=True)
class _Used:
    """What a verification took: by the clock, of our processors and PostgreSQL's, and of memory."""

    seconds: float
    own_seconds: float
    server_seconds: float
    megabytes: float


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


def _measured(place: Place, database_url: str, *, is_with_rows: bool) -> _Used:
    """Verify in a process of its own; return what it, those it started and PostgreSQL used."""
    context = get_context("spawn")
    seconds = context.Value("d", 0.0)
    process = context.Process(target=_verify, args=(database_url, is_with_rows, seconds))
    process.start()
    with Watched(process.pid or 0) as watched, Watched(place.server.process.pid) as server:
        process.join()
    if process.exitcode != 0:
        raise AssertionError("the verification failed; its process said why")
    return _Used(float(seconds.value), watched.cpu_seconds, server.cpu_seconds, watched.peak_megabytes)


def _verify(database_url: str, is_with_rows: bool, seconds: Any) -> None:  # noqa: ANN401, FBT001 - shared value
    with connect(database_url, application="bench") as connection:
        key = SignerKey(origin_of(log_id(connection)), SECRET).verifier
    started = time.perf_counter()
    wanted = Wanted(database_url, Settings().partitions, ALL if is_with_rows else (), (key,))
    report = verify(wanted)
    seconds.value = time.perf_counter() - started
    if report.fault is not None:
        raise AssertionError(f"a whole log is said to be at fault: {report.fault}")
