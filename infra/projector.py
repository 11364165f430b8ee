"""The projector: takes what Kafka delivers into the rows, and reads the log itself where that is not enough.

Kafka tells it early and cheaply what is new; it is never trusted to be complete. A record at or before the
checkpoint is dropped; one whose `previous` lies behind the checkpoint shows a hole, and a partition that
stands still while the log goes on is behind: both are read from the log up to its head.
Longer than other files: whatever comes in any order, the checkpoint is moved in one place.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from types import FrameType
from typing import Any, Final

import psycopg
import structlog

from domain.operation import OPERATIONS, ParkedRetried, ParkedSkipped
from infra.codec import Codec, codec
from infra.collecting import collect_seldom
from infra.consumer import Consumer, Fetched, TopicAway
from infra.database import connect
from infra.database import install as install_log
from infra.decoding import decoded
from infra.erasing import Erasing
from infra.keys import keys_of
from infra.log_reader import Record, head, log_id, read, read_stream
from infra.parking import parked, skip
from infra.projecting import Hole, Projecting, Superseded
from infra.reactions import Reactions
from infra.read_side import install, positions
from infra.rebuild import RebuildUnderWay, live_tables
from infra.resting import Resting
from infra.settings import Settings
from infra.topic import Delivered
from projections.all import ALL
from projections.read_model import ReadModel

CATCH_UP_PAGE_EVENTS: Final = 2_000
POLL_SECONDS: Final = 0.2
REST_POLL_SECONDS: Final = 0.03
BEHIND_SECONDS: Final = 2.0
BUSY_EVENTS_MIN: Final = 32
GATHER_SECONDS: Final = 0.1
"""A batch costs 20 ms whatever is in it: after one of so many events, the next is given time to grow."""
BACKOFF_SECONDS_MAX: Final = 2.0
REBUILD_POLL_SECONDS: Final = 0.5
STATEMENTS_KEPT_MAX: Final = 1_000
"""Each batch goes round all read models: with fewer, each statement would be planned anew each time."""

_log: Final = structlog.get_logger(__name__)


class Projector:
    """One projector process; any number may run, each with the partitions its consumer group gives it."""

    def __init__(  # noqa: PLR0913 - the whole wiring of a process, by keyword
        self,
        database_url: str,
        *,
        bootstrap: str,
        topic: str,
        partitions: int,
        models: Sequence[ReadModel[Any]],
        events: Codec | None = None,
    ) -> None:
        """Project the topic's log into `models`."""
        self._database_url = database_url
        self._partitions = partitions
        self._models = tuple(models)
        self._codec = events or codec()
        self._new_consumer: Callable[[], Consumer] = lambda: Consumer(bootstrap, topic)

    def run(self, stop: threading.Event) -> None:
        """Project until `stop` is set, through every fault of database and broker."""
        pause = 0.05
        while not stop.is_set():
            try:
                with connect(self._database_url, application="projector") as connection:
                    session = self._session(connection)
                    pause = 0.05
                    session.run(stop)
            except Superseded as model:
                _log.info("read_model_switched", model=str(model))
            except RebuildUnderWay:
                _log.info("projector_waits_for_rebuild")
                stop.wait(REBUILD_POLL_SECONDS)
            except psycopg.OperationalError as fault:
                _log.warning("projector_waits_for_database", fault=type(fault).__name__)
                stop.wait(pause)
                pause = min(pause * 2, BACKOFF_SECONDS_MAX)

    def _session(self, connection: psycopg.Connection[Any]) -> "Session":
        connection.execute(
            "SET synchronous_commit = off"  # rows and checkpoint are lost together, or not at all
        )
        connection.prepared_max = STATEMENTS_KEPT_MAX
        install(connection)
        tables = live_tables(self._database_url, connection, self._models, self._codec, self._partitions)
        projecting = Projecting(connection, tables, self._codec, self._partitions)
        return Session(connection, projecting, self._partitions, self._new_consumer, self._codec)


class Session:
    """What a projector does while its database connection lasts."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        projecting: Projecting,
        partitions: int,
        new_consumer: Callable[[], Consumer],
        events: Codec,
    ) -> None:
        """Project through `connection`."""
        self._connection = connection
        self._projecting = projecting
        self._all = range(partitions)
        self._new_consumer = new_consumer
        self._codec = events
        self._positions = positions(connection)
        self._log_id = log_id(connection)
        self._moved_at = time.monotonic()
        self._resting = Resting(connection)
        self._is_busy = False

    def run(self, stop: threading.Event) -> None:
        """Catch up, then follow the topic; without a broker follow the log."""
        self._resume_parked()
        self.catch_up(self._all)
        consumer: Consumer | None = None
        try:
            while not stop.is_set():
                consumer = consumer or self._connected()
                self._step(consumer, stop)
        except TopicAway:
            _log.warning("projector_waits_for_broker")
        finally:
            if consumer is not None:
                consumer.close()

    def _connected(self) -> Consumer | None:
        try:
            return self._new_consumer()
        except TopicAway:
            return None

    def _step(self, consumer: Consumer | None, stop: threading.Event) -> None:
        if consumer is None:
            stop.wait(POLL_SECONDS)
            self.catch_up(self._all)
            return
        fetched = consumer.poll(REST_POLL_SECONDS if self._resting.rests() else POLL_SECONDS)
        if self._is_busy:
            fetched = consumer.gather(fetched, GATHER_SECONDS)
        if any(isinstance(place, Delivered) for _, place in fetched.delivered):
            self._resting.wake()
        mine = fetched.partitions or self._all  # a group that does not come about must not hold up the rows
        if fetched.is_new_assignment:
            self.catch_up(mine)
        self._take(fetched)
        if time.monotonic() - self._moved_at > BEHIND_SECONDS:
            self.catch_up(mine)

    def _take(self, fetched: Fetched) -> None:
        """Fold what was delivered; where it does not follow on, read the log."""
        records: list[Record] = []
        reached: dict[int, int] = {}
        holes: set[int] = set()
        for partition, place in fetched.delivered:
            at = reached.get(partition, self._positions.get(partition, 0))
            position = place.record.position if isinstance(place, Delivered) else place.position
            if place.log_id != self._log_id or position <= at or partition in holes:
                continue
            if place.previous > at:
                holes.add(partition)
                continue
            reached[partition] = position
            if isinstance(place, Delivered):
                records.append(place.record)
        self._is_busy = len(records) >= BUSY_EVENTS_MIN
        if reached:
            records.sort(key=lambda record: record.position)
            self._project(records, {p: self._positions.get(p, 0) for p in reached}, reached)
        if holes:
            _log.info("hole_seen", partitions=sorted(holes))
            self.catch_up(holes)

    def catch_up(self, partitions: Iterable[int]) -> None:
        """Read the log from the earliest checkpoint of `partitions` to its head, as far as it is now.

        What comes meanwhile comes from the topic: who followed a busy log here would take it in small bites.
        """
        mine = frozenset(partitions)
        self._moved_at = time.monotonic()
        end = head(self._connection) if mine else 0
        while True:
            self._positions.update({p: at for p, at in positions(self._connection).items() if p in mine})
            low = min((self._positions[p] for p in mine), default=end)
            if low >= end:
                return
            page = read(self._connection, low, limit=CATCH_UP_PAGE_EVENTS)
            records = [record for record in page if self._projecting.partition(record.key) in mine]
            self._project(records, dict.fromkeys(mine, low), dict.fromkeys(mine, page[-1].position))

    def _project(self, records: Sequence[Record], since: dict[int, int], reached: dict[int, int]) -> None:
        started = time.perf_counter()
        try:
            done = self._projecting.project(records, since, reached)
        except Hole:
            self._positions.update(positions(self._connection))
            self.catch_up(reached)
            return
        self._positions.update(done)
        self._moved_at = time.monotonic()
        if records:
            _log.info(
                "batch_projected",
                events=len(records),
                position=records[-1].position,
                milliseconds=round((time.perf_counter() - started) * 1000, 2),
            )
        self._operate(records)

    def _operate(self, records: Sequence[Record]) -> None:
        """Do what operators decided about parked keys: their decisions are events like any other."""
        for record in records:
            if record.stream == OPERATIONS:
                event = decoded(record, self._codec).event
                if isinstance(event, ParkedRetried):
                    self._projecting.retry(event.model, event.key)
                elif isinstance(event, ParkedSkipped):
                    self._skip(event.model, event.position)

    def _skip(self, model: str, position: int) -> None:
        skip(self._connection, model, position)
        for each in parked(self._connection):
            if (each.model, each.position) == (model, position):
                self._projecting.retry(model, each.key)

    def _resume_parked(self) -> None:
        """Learn what was skipped, and try what is parked: we may know events the last one did not."""
        for model, position in skips(self._connection, self._codec):
            skip(self._connection, model, position)
        for each in parked(self._connection):
            self._projecting.retry(each.model, each.key)


def skips(connection: psycopg.Connection[Any], events: Codec) -> list[tuple[str, int]]:
    """Return every (model, position) that an operator decided to leave out, from the log."""
    decisions = (decoded(record, events).event for record in read_stream(connection, OPERATIONS))
    return [(each.model, each.position) for each in decisions if isinstance(each, ParkedSkipped)]


def run(settings: Settings) -> None:
    """Run projector, reactions and erasures until SIGTERM or SIGINT."""
    if settings.database_url is None or settings.kafka_bootstrap is None:
        raise AssertionError("a projector is given the addresses of its database and its broker")
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    install_log(settings.database_url)
    with keys_of(settings) as keys:
        events = codec().with_keys(keys)
        projector = Projector(
            settings.database_url,
            bootstrap=settings.kafka_bootstrap,
            topic=settings.topic,
            partitions=settings.partitions,
            models=ALL,
            events=events,
        )
        beside = [
            threading.Thread(target=Reactions(settings.database_url, ALL, events).run, args=(stop,)),
            threading.Thread(
                target=Erasing(settings.database_url, ALL, events, settings.partitions).run, args=(stop,)
            ),
        ]
        collect_seldom()
        for each in beside:
            each.start()
        try:
            projector.run(stop)
        finally:
            stop.set()
            for each in beside:
                each.join()
