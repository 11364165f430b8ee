"""The projector's side of the topic: partitions by consumer group, from the end, never trusted."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.errors import KafkaError

from infra.kafka_clients import close, knock, opened
from infra.topic import BadRecord, Delivered, Heartbeat, delivered

GROUP: Final = "fairlead.projector"
SESSION_TIMEOUT_MS: Final = 6_000
FETCH_WAIT_MS: Final = 10
POLL_RECORDS_MAX: Final = 2_000
METADATA_AGE_MS_MAX: Final = 5_000

_log: Final = structlog.get_logger(__name__)


class TopicAway(Exception):
    """The broker cannot be reached, or does not have the topic."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one poll brought: (partition, what was delivered) in its order, and which partitions are ours."""

    delivered: list[tuple[int, Delivered | Heartbeat]]
    partitions: frozenset[int]
    is_new_assignment: bool


class Consumer:
    """A member of the projectors' group. Offsets are not kept: the checkpoints are the read side's own."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        """Join the group; raise `TopicAway` when there is no broker."""
        self._assigned = _Assigned()
        try:
            knock(bootstrap)
            self._consumer: Any = opened(
                KafkaConsumer,
                bootstrap,
                group_id=f"{GROUP}.{topic}",
                enable_auto_commit=False,
                auto_offset_reset="latest",
                fetch_max_wait_ms=FETCH_WAIT_MS,
                session_timeout_ms=SESSION_TIMEOUT_MS,
                heartbeat_interval_ms=SESSION_TIMEOUT_MS // 3,
                max_poll_records=POLL_RECORDS_MAX,
                metadata_max_age_ms=METADATA_AGE_MS_MAX,
                metrics_enabled=False,
            )
            self._consumer.subscribe([topic], listener=self._assigned)
        except (KafkaError, OSError) as fault:
            raise TopicAway from fault

    def poll(self, timeout_seconds: float) -> Fetched:
        """Return what was delivered within the timeout; raise `TopicAway` on a fault of the broker."""
        try:
            polled: dict[Any, list[Any]] = self._consumer.poll(timeout_ms=int(timeout_seconds * 1000))
            is_new = self._assigned.is_new
            if is_new:
                self._seek_to_end()
        except (KafkaError, OSError) as fault:
            raise TopicAway from fault
        found = [
            (at.partition, place)
            for at, messages in polled.items()
            for message in messages
            if (place := _ours(message)) is not None
        ]
        return Fetched(found, self._assigned.partitions, is_new)

    def gather(self, fetched: Fetched, seconds: float) -> Fetched:
        """Return what was fetched and what comes within so many seconds, as far as one batch has room."""
        end = time.monotonic() + seconds
        while not fetched.is_new_assignment and len(fetched.delivered) < POLL_RECORDS_MAX:
            left = end - time.monotonic()
            if left <= 0:
                break
            more = self.poll(left)
            fetched = Fetched(fetched.delivered + more.delivered, more.partitions, more.is_new_assignment)
        return fetched

    def _seek_to_end(self) -> None:
        """Begin at the end of what is ours: the log itself tells what came before."""
        self._assigned.is_new = False
        mine = self._consumer.assignment()
        if mine:
            self._consumer.seek_to_end(*mine)
            for each in mine:
                self._consumer.position(each)

    def close(self) -> None:
        """Leave the group."""
        close(self._consumer)


def _ours(message: Any) -> Delivered | Heartbeat | None:
    """Return what a record says, None for one somebody else wrote: the log shows if anything is missing."""
    try:
        return delivered(message)
    except BadRecord:
        _log.warning("foreign_record", partition=message.partition, offset=message.offset)
        return None


class _Assigned(ConsumerRebalanceListener):
    """Remembers which partitions the group gave us."""

    def __init__(self) -> None:
        self.partitions: frozenset[int] = frozenset()
        self.is_new = False

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        self.partitions -= {each.partition for each in revoked}

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self.partitions |= {each.partition for each in assigned}
        self.is_new = True
