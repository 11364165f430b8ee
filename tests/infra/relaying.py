"""What the tests of the relay share: a log that fills quickly, a relay in a thread, a consumer."""

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
from kafka import KafkaConsumer, TopicPartition

from domain.decider import Context, Decider
from domain.handling import Entry
from domain.recorded import Issued
from infra.codec import Codec
from infra.database import connect, install
from infra.event_log import EventLog
from infra.kafka_clients import never_create_topics
from infra.log_reader import Record, head, pages
from infra.publishing import Rhythm
from infra.relay import Relay
from infra.topic import Delivered, Heartbeat, delivered, partition_of

PARTITIONS: Final = 4
SECONDS_MAX: Final = 40.0
POLL_SECONDS: Final = 0.05
"""Looked more often, what is asked takes the processor from what is awaited."""
ACTOR: Final = UUID(int=7)


@dataclass(frozen=True, slots=True)
class Note:
    """Write a text down."""

    text: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A text was written down."""

    text: str


@dataclass(frozen=True, slots=True)
class Notes:
    """How many texts were written down."""

    count: int


def _decide(command: Note, notes: Notes | None, context: Context) -> list[Noted]:
    del notes, context
    return [Noted(command.text)]


def _evolve(notes: Notes | None, event: Noted) -> Notes:
    del event
    return Notes(1 + (notes.count if notes else 0))


NOTES: Final[Decider[Note, Notes, Noted]] = Decider(
    name="notes",
    decide=_decide,
    evolve=_evolve,
    events={"notes.noted.v1": Noted},
    commands={Note: frozenset()},
    opens=frozenset({Note}),
    project_of=lambda _: None,
)


@dataclass
class Projects:
    """A log of notes in some projects, one stream each; `versions` by project."""

    database_url: str
    versions: dict[UUID, int]

    @classmethod
    def made(cls, database_url: str, count: int) -> "Projects":
        """Install an empty log and think of `count` projects."""
        install(database_url)
        return cls(database_url, {uuid4(): 0 for _ in range(count)})

    def append(self, times: int = 1, *, events: int = 1, only: Iterable[UUID] | None = None) -> int:
        """Append `times` commands of `events` events to each project, all at once; return the head."""
        asyncio.run(self._append(times, events, list(only or self.versions)))
        return self.head()

    def head(self) -> int:
        with connect(self.database_url, application="test") as connection:
            return head(connection)

    def records(self) -> list[Record]:
        """Return the whole log."""
        with connect(self.database_url, application="test") as connection:
            return [each for page in pages(connection, 0, up_to=head(connection)) for each in page]

    async def _append(self, times: int, events: int, projects: Sequence[UUID]) -> None:
        async with EventLog(self.database_url, events=Codec([NOTES])) as log:
            for _ in range(times):
                await asyncio.gather(*(log.append(self._entry(project, events)) for project in projects))

    def _entry(self, project: UUID, events: int) -> Entry:
        version = self.versions[project]
        self.versions[project] = version + events
        issued = Issued(Note("n"), project, uuid4(), ACTOR, datetime.now(UTC), reason="a reason: ä")
        noted = [Noted(f"note {version + number}") for number in range(events)]
        return Entry(NOTES, issued, project, version, noted, Notes(version + events), {project: version})


@dataclass
class Reader:
    """A consumer that keeps the rule of `infra.topic`, one checkpoint for each partition."""

    bootstrap: str
    topic: str
    partitions: int = PARTITIONS
    checkpoints: dict[int, int] = field(default_factory=dict[int, int])
    taken: dict[int, list[Record]] = field(default_factory=dict[int, list[Record]])
    heartbeats: list[tuple[int, Heartbeat]] = field(default_factory=list[tuple[int, Heartbeat]])
    dropped: int = 0
    holes: int = 0

    def __post_init__(self) -> None:
        """Begin at the beginning of every partition."""
        self._consumer: Any = KafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=10,
        )
        never_create_topics(self._consumer)
        places = [TopicPartition(self.topic, number) for number in range(self.partitions)]
        self._consumer.assign(places)
        self._consumer.seek_to_beginning(*places)

    def close(self) -> None:
        self._consumer.close()

    def read_to(self, position: int) -> None:
        """Read until every partition is known to be complete up to a position."""
        wait_until(lambda: self.poll() >= position, "every partition is complete")

    def poll(self, timeout_ms: int = 50) -> int:
        """Take what is there and return the position up to which every partition is known to be complete."""
        for place, messages in self._consumer.poll(timeout_ms=timeout_ms).items():
            for message in messages:
                self._take(place.partition, delivered(message))
        return min(self.checkpoints.get(number, 0) for number in range(self.partitions))

    def _take(self, partition: int, seen: Delivered | Heartbeat) -> None:
        checkpoint = self.checkpoints.get(partition, 0)
        position = seen.position if isinstance(seen, Heartbeat) else seen.record.position
        if isinstance(seen, Heartbeat):
            self.heartbeats.append((partition, seen))
        if position <= checkpoint:
            self.dropped += not isinstance(seen, Heartbeat)
        elif seen.previous > checkpoint:
            self.holes += 1
        else:
            self.checkpoints[partition] = position
            if isinstance(seen, Delivered):
                self.taken.setdefault(partition, []).append(seen.record)

    def assert_equals(self, records: Sequence[Record]) -> None:
        """Compare what was taken with the log: the same records, byte for byte, in order, in place."""
        expected: dict[int, list[Record]] = {}
        for record in records:
            expected.setdefault(partition_of(record.key, self.partitions), []).append(record)
        assert self.taken == expected


@contextmanager
def reading(bootstrap: str, topic: str) -> Generator[Reader]:
    reader = Reader(bootstrap, topic)
    try:
        yield reader
    finally:
        reader.close()


@contextmanager
def relaying(database_url: str, bootstrap: str, topic: str, **options: Any) -> Generator[Relay]:
    """Run a relay in a thread; it must stop within a few seconds."""
    relay = Relay(
        database_url,
        bootstrap=bootstrap,
        topic=topic,
        partitions=options.pop("partitions", PARTITIONS),
        rhythm=Rhythm(**options),
    )
    thread = threading.Thread(target=relay.run, name="relay")
    thread.start()
    try:
        yield relay
    finally:
        relay.stop()
        thread.join(10)
        assert not thread.is_alive()


def wait_until(is_so: Callable[[], object], what: str, seconds: float = SECONDS_MAX) -> None:
    """Ask again and again; fail, saying what was awaited, after `seconds`."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(POLL_SECONDS)


def query(database_url: str, statement: str, *values: object) -> Any:
    """Return the first row of a statement run as the owner."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        cursor = connection.execute(statement, values)  # pyright: ignore[reportArgumentType, reportCallIssue]
        return cursor.fetchone() if cursor.description else None
