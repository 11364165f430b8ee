"""The relay's side of the broker: the one typed door to kafka-python's admin client, producer and consumer.

What was measured and shapes this file (kafka-python 3.0.12, Apache Kafka 4.4, Tansu 0.6):
- Both brokers give a topic a new id each time it is made; Tansu, in memory, forgets topics when it restarts.
- Tansu counts record batches, not records, as a partition's end offset: good enough to tell empty from not
  empty; the true end comes with what is fetched. It cannot delete records: the request ends the connection.
- Tansu stores what is sent to a deleted topic, and spoils with it the next topic of that name: that one takes
  and hands over nothing, until it is deleted once more while nobody sends, or the broker restarts.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError, KafkaTimeoutError, TopicAlreadyExistsError
from kafka.structs import TopicPartition

from infra.kafka_clients import close, knock, opened
from infra.topic import Headers, Message

ANSWER_MS_MAX: Final = 5_000
DELIVERY_SECONDS_MAX: Final = 30.0
LAST_RECORD_SECONDS_MAX: Final = 5.0
SLICE_SECONDS: Final = 0.5
EARLIEST: Final = -2
LATEST: Final = -1
MESSAGE_BYTES_MAX: Final = 4 * 1024 * 1024
PRODUCER_BATCH_BYTES: Final = 256 * 1024
LINGER_MS: Final = 100

PRODUCER: Final = {
    "enable_idempotence": True,
    "acks": "all",
    "linger_ms": LINGER_MS,  # `confirm` ends it at once: what is sent together goes out in one request
    "metrics_enabled": False,
    "batch_size": PRODUCER_BATCH_BYTES,
    "max_request_size": MESSAGE_BYTES_MAX,
    "max_block_ms": ANSWER_MS_MAX,
    "request_timeout_ms": ANSWER_MS_MAX,
    "delivery_timeout_ms": int(DELIVERY_SECONDS_MAX * 1000),
}
_FAULTS: Final = (KafkaError, OSError, ValueError)

TOPIC_CONFIGURATION: Final = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "max.message.bytes": str(MESSAGE_BYTES_MAX),
}


class BrokerFault(Exception):
    """The broker could not be reached or did not do what was asked; trying again later is all one can do."""


class Shape(NamedTuple):
    """An incarnation of the topic: its id, new each time it is made, and its number of partitions."""

    topic_id: UUID
    partitions: int


class Broker:
    """Connections for one topic; a context manager, for one thread. Every method may raise `BrokerFault`."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        """Prepare connections to `bootstrap` (host:port, several with commas)."""
        self._bootstrap = bootstrap
        self.topic = topic
        self._clients: Final[list[Any]] = []
        self._sent: list[Any] = []
        self._admin: Any = None
        self._producer: Any = None

    def __enter__(self) -> Self:
        """Connect."""
        try:
            with self._asking("connect"):
                knock(self._bootstrap)
                self._admin = self._opened(KafkaAdminClient, request_timeout_ms=ANSWER_MS_MAX)
                self._producer = self._opened(KafkaProducer, **PRODUCER)
        except BrokerFault:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        self.close()

    def close(self) -> None:
        """Close every connection at once; what was sent and not confirmed may or may not arrive."""
        for client in reversed(self._clients):
            close(client)

    def reach(self) -> None:
        """Raise `BrokerFault` at once where nothing takes a connection: clients go on trying for seconds."""
        with self._asking("take a connection"):
            knock(self._bootstrap)

    def shape(self) -> Shape | None:
        """Return the topic's incarnation, None where there is no such topic; about a millisecond."""
        with self._asking("describe the topic"):
            [found] = self._admin.describe_topics([self.topic])
            if found["error_code"] or not found["partitions"]:
                return None
            return Shape(UUID(str(found["topic_id"])), len(found["partitions"]))

    def create_topic(self, partitions: int) -> None:
        """Create the topic, kept for ever; do nothing when somebody else was faster."""
        wish = {"num_partitions": partitions, "replication_factor": -1, "configs": TOPIC_CONFIGURATION}
        with self._asking("create the topic"), suppress(TopicAlreadyExistsError):
            self._admin.create_topics({self.topic: wish}, wait_for_metadata=True)

    def delete_topic(self) -> None:
        """Delete the topic with all it holds."""
        with self._asking("delete the topic"):
            self._admin.delete_topics([self.topic])

    def bounds(self, partitions: int) -> list[tuple[int, int]]:
        """Return (begin, end) of each partition, equal where it is empty; Tansu's end may be too low."""
        places: list[Any] = [TopicPartition(self.topic, number) for number in range(partitions)]
        with self._asking("tell its offsets"):
            begins = self._admin.list_partition_offsets(dict.fromkeys(places, EARLIEST))
            ends = self._admin.list_partition_offsets(dict.fromkeys(places, LATEST))
        return [(begins[place].offset, ends[place].offset) for place in places]

    def last_records(self, partitions: int) -> dict[int, Message]:
        """Return the last record of each partition that has one."""
        ends = {number: end for number, (begin, end) in enumerate(self.bounds(partitions)) if end > begin}
        if not ends:
            return {}
        with self._asking("hand over its last records"):
            consumer = self._opened(
                KafkaConsumer,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="latest",
                fetch_max_wait_ms=10,
                max_partition_fetch_bytes=MESSAGE_BYTES_MAX,
            )
            places: dict[Any, int] = {TopicPartition(self.topic, number): end for number, end in ends.items()}
            try:
                return _last_records(consumer, places)
            finally:
                self._clients.remove(consumer)
                close(consumer)

    def send(self, partition: int, key: bytes | None, value: bytes, headers: Headers) -> None:
        """Take one record to be sent; `confirm` sends what was taken and says what became of it."""
        try:
            sent = self._producer.send(self.topic, value=value, key=key, headers=headers, partition=partition)
        except _FAULTS as fault:
            raise self._fault("take a record", fault) from fault
        self._sent.append(sent)

    def confirm(self, check: Callable[[], None]) -> None:
        """Send what was taken, wait until it is stored; `check`, called while that takes long, may raise."""
        end = time.monotonic() + DELIVERY_SECONDS_MAX
        while not all(sent.is_done for sent in self._sent):
            try:
                self._producer.flush(timeout=SLICE_SECONDS)
            except KafkaTimeoutError:
                check()
                if time.monotonic() > end:
                    raise BrokerFault(f"The broker at {self._bootstrap} confirms nothing.") from None
        with self._asking("store a record"):
            for sent in self._sent:
                if sent.exception is not None:
                    raise sent.exception
        self._sent.clear()

    def _opened(self, kind: Any, **options: Any) -> Any:
        client = opened(kind, self._bootstrap, **options)
        self._clients.append(client)
        return client

    @contextmanager
    def _asking(self, wish: str) -> Generator[None]:
        try:
            yield
        except _FAULTS as fault:
            raise self._fault(wish, fault) from fault

    def _fault(self, wish: str, fault: Exception) -> BrokerFault:
        name = f"{type(fault).__name__}: {fault}".replace("\n", " ")[:200].rstrip(": ")
        return BrokerFault(f"The broker at {self._bootstrap} did not {wish} ({name}).")


def _last_records(consumer: Any, ends: dict[Any, int]) -> dict[int, Message]:
    """Read the last record of each partition: at the end told first, then at the end that came with it."""
    consumer.assign(list(ends))
    for place, end in ends.items():
        consumer.seek(place, end - 1)
    last: dict[int, Message] = {}
    open_places = set(ends)
    give_up = time.monotonic() + LAST_RECORD_SECONDS_MAX
    while open_places:
        if time.monotonic() > give_up:
            raise KafkaTimeoutError("the end of a partition was not reached")
        polled: dict[Any, list[Message]] = consumer.poll(timeout_ms=100)
        for place, messages in polled.items():
            last[place.partition] = messages[-1]
        for place in list(open_places):
            end = max(ends[place], consumer.highwater(place) or 0)
            if consumer.position(place) >= end:
                open_places.discard(place)
            else:
                consumer.seek(place, end - 1)
    return last
