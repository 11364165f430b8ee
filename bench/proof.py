"""The tree of proofs on a long log and a short one: 1,000 leaves more, a leaf, a proof, a signature."""

import hashlib
import time
import timeit
from collections.abc import Callable
from random import Random
from typing import Any, Final

from psycopg import Connection

from bench.log_filling import fill
from bench.measuring import divided, percentile, say
from bench.place import Place
from bench.report import Ratio, Report
from infra.database import connect
from infra.log_reader import log_id, read
from infra.proof import store
from infra.proof.checkpoints import Checkpoint, origin_of
from infra.proof.growth import PAGE_RECORDS, Growth
from infra.proof.notes import SignerKey
from infra.proof.paths import hash_of, inclusion, places
from infra.proof.record_bytes import leaf_hash, record_bytes

EVENTS: Final = 1_000_000
SHORT_TIMES: Final = 100
ROUNDS: Final = 7
LEAVES: Final = 1_000
CHUNK: Final = 200
TRIES: Final = 300
PROOFS: Final = 200
TIMES_MAX: Final = 1.5
LEAF_MICROSECONDS_MAX: Final = 3.0


def run(place: Place, events: int) -> Report:
    """Grow the tree of a log of `events` and of one of a hundredth by turns, `LEAVES` at a time."""
    short = max(events // SHORT_TIMES, 1)
    logs = {short: place.database(), events: place.database()}
    report = Report("proof")
    for size, database_url in logs.items():
        fill(database_url, size + ROUNDS * LEAVES)
        report.add_figure(
            f"the tree of {size:,}, by pages of 5,000", [_grown(database_url, size)], "µs a leaf"
        )
    found: dict[int, list[float]] = {size: [] for size in logs}
    for number in range(ROUNDS):
        for size in sorted(logs, reverse=number % 2 == 0):
            found[size].append(_step(logs[size]))
    report.ratios.append(
        Ratio(
            f"append {LEAVES:,} leaves: at {events:,} against {short:,}",
            divided(found[events], found[short]),
            TIMES_MAX,
            is_limit=True,
        )
    )
    for size in logs:
        milliseconds = [1e3 * seconds for seconds in found[size]]
        report.add_figure(f"append {LEAVES:,} leaves at {size:,}, read and stored", milliseconds, "ms")
    _measure_hashing(report, logs[short])
    _measure_reading(report, logs[events])
    return report


def _grown(database_url: str, size: int) -> float:
    """Grow the tree from nothing up to `size`; return the microseconds a leaf took, its record read."""
    with connect(database_url, application="bench") as connection:
        began = time.perf_counter()
        while (at := store.size(connection)) < size:
            growth = Growth(connection, page_records=min(PAGE_RECORDS, size - at))
            for _ in range(max(1, (size - at) // PAGE_RECORDS)):
                growth.grow()
        say(f"the tree has {size:,} leaves")
        return 1e6 * (time.perf_counter() - began) / size


def _step(database_url: str) -> float:
    """Return the seconds that the next `LEAVES` take as one page: read, hashed, stored, from a cold start."""
    with connect(database_url, application="bench") as connection:
        began = time.perf_counter()
        if Growth(connection, page_records=LEAVES).grow() != LEAVES:
            raise AssertionError("the log has too few events for another step")
        return time.perf_counter() - began


def _measure_hashing(report: Report, database_url: str) -> None:
    with connect(database_url, application="bench") as connection:
        records = read(connection, 0, limit=CHUNK)
        origin = origin_of(log_id(connection))
    raw = [b"\x00" + record_bytes(record) for record in records]
    key = SignerKey(origin, bytes(32))
    leaf = _least(lambda: [leaf_hash(record) for record in records], len(records))
    ratio = [microseconds / LEAF_MICROSECONDS_MAX for microseconds in leaf]
    report.ratios.append(Ratio("a leaf, of 3 µs", ratio, 1, is_limit=True))
    report.add_figure("a leaf: bytes of the record and their hash", leaf, "µs")
    hashes = _least(lambda: [hashlib.sha256(each).digest() for each in raw], len(raw))
    report.add_figure("of that, SHA-256 alone", hashes, "µs")
    report.add_figure("bytes of a record", [sum(map(len, raw)) / len(raw) - 1], "bytes")
    signed = _least(lambda: Checkpoint(origin, 1, bytes(32)).signed(key), 1)
    report.add_figure("a checkpoint signed", signed, "µs")


def _measure_reading(report: Report, database_url: str) -> None:
    with connect(database_url, application="bench") as connection:
        random, size = Random(1), store.size(connection)
        taken = [_proof_seconds(connection, random.randrange(size), size) for _ in range(PROOFS)]
        began = time.perf_counter()
        store.edge(connection)
        start = 1e3 * (time.perf_counter() - began)
    report.add_figure(f"an inclusion proof from tiles, of {size:,}, p50", [1e3 * percentile(taken, 50)], "ms")
    report.add_figure("the right edge read at a start", [start], "ms")


def _proof_seconds(connection: Connection[Any], index: int, size: int) -> float:
    began = time.perf_counter()
    spans = inclusion(index, size)
    tiles = store.tiles(connection, places(spans))
    _ = [hash_of(span, tiles) for span in spans]
    return time.perf_counter() - began


def _least(work: Callable[[], object], count: int) -> list[float]:
    """Return the microseconds of one of `count`: the least of each round, not disturbed by other work."""
    return [1e6 * min(timeit.repeat(work, number=1, repeat=TRIES)) / count for _ in range(ROUNDS)]
