"""The relay: one leader, elected by the database, publishes the log to Kafka; a standby takes over at once.

PostgreSQL is the truth and Kafka the distribution, so that every fault has one cure: connect again, look how
the topic stands, go on from there. Records may be sent twice; none is left out.
`infra.topic` says what they hold.
"""

import logging
import signal
import threading
import time
from types import FrameType
from typing import Any, Final, LiteralString

import psycopg
import structlog
from psycopg import Connection

from infra import relay_progress
from infra.broker import Broker, BrokerFault
from infra.collecting import collect_seldom
from infra.database import connect
from infra.incarnation import Incarnation, TopicRefused, found, is_as_before
from infra.proof.checkpointer import Checkpointer
from infra.publishing import BATCH_EVENTS_MAX, Publishing, Rhythm
from infra.settings import Settings

STANDBY_POLL_SECONDS: Final = 0.2
IDLE_SECONDS_MAX: Final = 0.5
CHECK_SECONDS: Final = 1.0
REFUSED_SECONDS: Final = 1.0
PROVING_SECONDS_MAX: Final = 15.0  # a last checkpoint at the end; what it leaves is proven later
BUSY_EVENTS_MIN: Final = 16
GATHER_SECONDS: Final = 0.02
"""A batch costs 2 ms whatever is in it: where one had so many events, the next is given time to grow."""
BACKOFF_SECONDS: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)

_SESSION: Final[tuple[LiteralString, ...]] = (
    "SET synchronous_commit = off",  # progress lost in a crash means records sent twice, no more
    "SET tcp_keepalives_idle = 5",  # so that the server frees the lock of a leader that was cut off
    "SET tcp_keepalives_interval = 2",
    "SET tcp_keepalives_count = 3",
)

_log: Final = structlog.get_logger(__name__)


class Relay:
    """One relay process; any number may run, one of them leads."""

    def __init__(
        self, database_url: str, *, bootstrap: str, topic: str, partitions: int, rhythm: Rhythm | None = None
    ) -> None:
        """Publish the log at `database_url` to `topic`, made with `partitions` where it is missing."""
        self._database_url = database_url
        self._bootstrap = bootstrap
        self._topic = topic
        self._partitions = partitions
        self._rhythm = rhythm or Rhythm()
        self._stop = threading.Event()
        self._problem: str | None = None

    def stop(self) -> None:
        """Make `run` return, within a second or so; from any thread or a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Stand by, lead when the lock is free, through every fault of database and broker, until stopped."""
        failures = 0
        while not self._stop.is_set():
            try:
                with connect(self._database_url, application="relay") as connection:
                    self._prepare(connection)
                    failures = 0
                    if self._leads(connection):
                        self._lead(connection)
            except psycopg.Error as fault:
                self._say(f"The log does not answer ({type(fault).__name__}).")
                self._pause(failures)
                failures += 1

    def _prepare(self, connection: Connection[Any]) -> None:
        for setting in _SESSION:
            connection.execute(setting)
        relay_progress.install(connection)

    def _leads(self, connection: Connection[Any]) -> bool:
        """Wait for the lock, which lasts as long as the connection; say False when stopped before."""
        is_waiting = False
        while not self._stop.is_set():
            if connection.execute(
                "SELECT pg_try_advisory_lock(%s)", (relay_progress.LEADER_LOCK,)
            ).fetchone() == (True,):
                _log.info("relay_leads", topic=self._topic)
                return True
            if not is_waiting:
                _log.info("relay_stands_by", topic=self._topic)
                is_waiting = True
            self._stop.wait(STANDBY_POLL_SECONDS)
        return False

    def _lead(self, connection: Connection[Any]) -> None:
        """Publish until stopped; wait out faults of the broker, while one of the database ends leading."""
        relay_progress.report_leader(connection)
        connection.execute("LISTEN fairlead_log")
        failures = 0
        while not self._stop.is_set():
            try:
                with Broker(self._bootstrap, self._topic) as broker:
                    incarnation = found(connection, broker, self._partitions)
                    failures = 0
                    self._say(None)
                    self._publish(connection, broker, incarnation)
            except BrokerFault as fault:
                self._say(str(fault), connection)
                self._pause(failures)
                failures += 1
            except TopicRefused as refusal:
                self._say(str(refusal), connection)
                self._stop.wait(REFUSED_SECONDS)

    def _publish(self, connection: Connection[Any], broker: Broker, incarnation: Incarnation) -> None:
        """Publish until stopped or the topic is another one than `incarnation`."""
        publishing = Publishing(connection, broker, incarnation, self._rhythm)
        checked_at = time.monotonic()

        def check() -> None:
            if self._stop.is_set():
                raise BrokerFault("The relay was stopped before the broker confirmed what it was sent.")
            connection.execute("SELECT")
            broker.reach()
            if broker.shape() != incarnation.shape:
                raise BrokerFault("The topic was lost while it was being filled.")

        while not self._stop.is_set():
            count = publishing.publish(check)
            now = time.monotonic()
            publishing.beat(now, check)
            publishing.report(now)
            if now - checked_at >= CHECK_SECONDS:
                broker.reach()
                if not is_as_before(broker, incarnation, publishing.positions):
                    _log.warning("topic_changed", topic=self._topic)
                    return
                checked_at = now
            self._rest(connection, count, publishing.seconds_until_due(now))

    def _rest(self, connection: Connection[Any], count: int, seconds: float) -> None:
        """Wait for news after an empty batch, `seconds` at most; after one of many events let some gather."""
        if count == 0:
            for _ in connection.notifies(timeout=min(seconds, IDLE_SECONDS_MAX), stop_after=1):
                pass
        elif BUSY_EVENTS_MIN <= count < BATCH_EVENTS_MAX:
            self._stop.wait(GATHER_SECONDS)

    def _pause(self, failures: int) -> None:
        self._stop.wait(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])

    def _say(self, problem: str | None, connection: Connection[Any] | None = None) -> None:
        """Log a change from well to not well, or back, once; write it down where the database answers."""
        if self._stop.is_set():
            return
        if problem is not None and self._problem is None:
            _log.warning("relay_waits", problem=problem)
        if problem is None and self._problem is not None:
            _log.info("relay_goes_on")
        self._problem = problem
        if connection is not None:
            relay_progress.report(connection, published=None, problem=problem)


def run(settings: Settings) -> None:
    """Run a relay, and a checkpointer beside it, until SIGTERM or SIGINT.

    Each says a problem once, so kafka-python's own log is off.
    """
    if settings.database_url is None or settings.kafka_bootstrap is None:
        raise AssertionError("a relay is given the addresses of its database and its broker")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    relay = Relay(
        settings.database_url,
        bootstrap=settings.kafka_bootstrap,
        topic=settings.topic,
        partitions=settings.partitions,
    )

    checkpointer = Checkpointer(settings)

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        relay.stop()
        checkpointer.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    proving = threading.Thread(target=checkpointer.run, name="checkpointer", daemon=True)
    collect_seldom()
    proving.start()
    try:
        relay.run()
    finally:
        checkpointer.stop()
        proving.join(PROVING_SECONDS_MAX)
