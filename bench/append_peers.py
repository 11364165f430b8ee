"""The peers of `append`: PostgreSQL alone, the library's recorder, UmaDB, each storing the same events."""

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Barrier
from typing import Any, Final

import psycopg
import umadb
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from api.ids import new_id
from bench.library_projection import address, stored
from bench.place import Place
from bench.stories import Told
from infra.codec import codec
from infra.embedded import LOCALHOST, free_port

CLIENTS: Final = 8
START_SECONDS_MAX: Final = 20.0
_UMADB: Final = "from umadb.umadb_server_cli import main; main()"
_INSERT: Final = (
    "INSERT INTO events (position, event_id, stream, version, type, project_id, actor_id, correlation_id,"
    " command_id, occurred_at, recorded_at, data) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def raw_table(database_url: str) -> None:
    """Make a table like the log's, its indexes included."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE events (LIKE log.event INCLUDING ALL)")


def raw_rows(told: Sequence[Told], after: int) -> list[tuple[Any, ...]]:
    """Return events as rows of that table, ready to insert behind position `after`."""
    encode, name = codec().encode, codec().name
    rows: list[tuple[Any, ...]] = []
    for position, each in enumerate(told, after + 1):
        event_id, command_id = new_id(), new_id()
        who = (each.project_id, each.actor_id, command_id, command_id)
        data = encode(each.event)
        rows.append(
            (position, event_id, each.stream, each.version, name(each.event), *who, each.at, each.at, data)
        )
    return rows


def insert(connection: psycopg.Connection[Any], row: tuple[Any, ...]) -> None:
    """Insert one row in a transaction of its own: one round trip, as fast as psycopg can."""
    connection.execute(_INSERT, row, prepare=True, binary=True)


def insert_one_by_one(database_url: str, rows: Sequence[tuple[Any, ...]], connections: int) -> float:
    """Insert each row in a transaction of its own, shared out to some connections; return rows a second."""
    with ExitStack() as stack:
        opened = [
            stack.enter_context(psycopg.connect(database_url, autocommit=True)) for _ in range(connections)
        ]

        def work(number: int) -> None:
            for row in rows[number::connections]:
                insert(opened[number], row)

        return at_once(work, connections, len(rows))


def at_once(work: Callable[[int], None], workers: int, count: int) -> float:
    """Run `work` in as many threads, begun together; return how many of `count` were done a second."""
    barrier = Barrier(workers + 1)

    def begin(number: int) -> None:
        barrier.wait()
        work(number)

    with ThreadPoolExecutor(workers) as pool:
        done = [pool.submit(begin, number) for number in range(workers)]
        barrier.wait()
        started = time.perf_counter()
        for each in done:
            each.result()
        return count / (time.perf_counter() - started)


@contextmanager
def library_recorder(database_url: str) -> Generator[PostgresApplicationRecorder]:
    """Open the library's recorder with a connection for each client."""
    datastore = PostgresDatastore(**address(database_url), pool_size=CLIENTS)
    recorder = PostgresApplicationRecorder(datastore)
    recorder.create_table()
    try:
        yield recorder
    finally:
        datastore.close()


def insert_with_library(recorder: PostgresApplicationRecorder, told: Sequence[Told]) -> float:
    """Insert each event by itself, shared out to `CLIENTS` threads; return events a second."""
    events = stored(told)

    def work(number: int) -> None:
        for event in events[number::CLIENTS]:
            recorder.insert_events([event])

    return at_once(work, CLIENTS, len(events))


@dataclass(frozen=True, slots=True)
class UmaDb:
    """A running UmaDB server."""

    url: str

    def append(self, told: Sequence[Told]) -> float:
        """Append each event by itself, unconditionally, from `CLIENTS` clients; return events a second."""
        encode, name = codec().encode, codec().name
        events = [
            umadb.Event(
                name(each.event), encode(each.event), [str(each.stream), str(each.project_id)], new_id()
            )
            for each in told
        ]
        clients = [umadb.Client(self.url) for _ in range(CLIENTS)]

        def work(number: int) -> None:
            for event in events[number::CLIENTS]:
                clients[number].append([event])

        return at_once(work, CLIENTS, len(events))


@contextmanager
def uma_db(place: Place) -> Generator[UmaDb]:
    """Start a UmaDB server from its wheel, as it comes; it ends with the place."""
    listen = f"{LOCALHOST}:{free_port()}"
    options = ("--listen", listen, "--db-path", str(place.folder / "uma.db"))
    program = place.python("umadb", "-c", _UMADB, *options, environment={})
    process = place.guard.start(program)
    client = umadb.Client(f"http://{listen}")
    end = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            client.head()
        except umadb.TransportError:
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            break
    yield UmaDb(f"http://{listen}")
