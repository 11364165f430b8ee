"""Publishing the log to one incarnation of the topic: confirmed batches in position order, and heartbeats."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg import Connection

from infra.broker import Broker
from infra.incarnation import Incarnation
from infra.log_reader import Record, read
from infra.relay_progress import Mark, report, save
from infra.topic import Heartbeat, heartbeat_headers, key_bytes, partition_of, record_headers

BATCH_EVENTS_MAX: Final = 2_000
REPORT_SECONDS: Final = 0.2
SIGN_OF_LIFE_SECONDS: Final = 5.0
EMPTY_BODY: Final = b"{}"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When heartbeats are due: for a partition behind the others, and for each as a sign of life."""

    behind_seconds: float = 0.1
    sign_of_life_seconds: float = 5.0


@dataclass(slots=True)
class Channel:
    """One partition: filled up to `position`, last event at `previous`; `told` is what its consumers know.

    `behind_since` and `told_at` are seconds of the monotonic clock.
    """

    number: int
    position: int
    previous: int
    told: int
    told_at: float
    behind_since: float | None = None


class Publishing:
    """Publishes through one database connection and one broker, until either fails; then it is made anew."""

    def __init__(
        self, connection: Connection[Any], broker: Broker, incarnation: Incarnation, rhythm: Rhythm
    ) -> None:
        """Go on from where `incarnation` stands."""
        self._connection = connection
        self._broker = broker
        self._incarnation = incarnation
        self._rhythm = rhythm
        now = time.monotonic()
        self._channels = [
            Channel(number, mark.position, mark.previous, told, now)
            for number, (mark, told) in enumerate(incarnation.standings)
        ]
        self._head: tuple[int, UUID | None] = (0, None)
        self._reported: tuple[int, float] = (-1, 0.0)

    @property
    def positions(self) -> list[int]:
        """Return how far each partition is filled."""
        return [channel.position for channel in self._channels]

    @property
    def published(self) -> int:
        """Return the position up to which every partition is filled."""
        return min(self.positions)

    def publish(self, check: Callable[[], None]) -> int:
        """Publish, confirm and write down the next batch; return how many records the log had.

        A partition behind the others gets what it lacks; those ahead of the batch get nothing.
        """
        records = read(self._connection, self.published, limit=BATCH_EVENTS_MAX)
        if not records:
            return 0
        touched = self._send(records)
        self._broker.confirm(check)
        last = records[-1]
        for channel in self._channels:
            channel.position = max(channel.position, last.position)
        if last.position > self._head[0]:
            self._head = last.position, last.event_id
        self._save(touched)
        return len(records)

    def beat(self, now: float, check: Callable[[], None]) -> None:
        """Send and confirm the heartbeats that are due at `now`."""
        due = [channel for channel in self._channels if self._is_due(channel, now)]
        for channel in due:
            beat = Heartbeat(
                channel.position,
                channel.previous,
                self._incarnation.log_id,
                self._event_at(channel.position),
            )
            headers = heartbeat_headers(beat, uuid4(), datetime.now(UTC))
            self._broker.send(channel.number, None, EMPTY_BODY, headers)
            channel.told, channel.told_at, channel.behind_since = channel.position, now, None
        if due:
            self._broker.confirm(check)

    def report(self, now: float) -> None:
        """Write down how far everything is, when that changed, but not too often; or as a sign of life."""
        published, reported_at = self._reported
        is_due = self.published != published and now - reported_at >= REPORT_SECONDS
        if is_due or now - reported_at >= SIGN_OF_LIFE_SECONDS:
            self._save(self._channels)
            report(self._connection, published=self.published, problem=None)
            self._reported = self.published, now

    def seconds_until_due(self, now: float) -> float:
        """Return how long nothing is to be done, unless the log grows."""
        rhythm = self._rhythm
        due = [channel.told_at + rhythm.sign_of_life_seconds for channel in self._channels]
        due += [
            channel.behind_since + rhythm.behind_seconds
            for channel in self._channels
            if channel.behind_since is not None
        ]
        if self._reported[0] != self.published:
            due.append(self._reported[1] + REPORT_SECONDS)
        return max(0.0, min(due) - now)

    def _send(self, records: list[Record]) -> list[Channel]:
        channels, log_id, partitions = self._channels, self._incarnation.log_id, len(self._channels)
        touched: dict[int, Channel] = {}
        now = time.monotonic()
        for record in records:
            key = record.key
            channel = channels[partition_of(key, partitions)]
            if record.position <= channel.position:
                continue
            headers = record_headers(record, channel.previous, log_id)
            self._broker.send(channel.number, key_bytes(key), record.data, headers)
            channel.previous = channel.told = record.position
            channel.told_at, channel.behind_since = now, None
            touched[channel.number] = channel
        return list(touched.values())

    def _is_due(self, channel: Channel, now: float) -> bool:
        if channel.told < channel.position and channel.behind_since is None:
            channel.behind_since = now
        is_behind = (
            channel.behind_since is not None and now - channel.behind_since >= self._rhythm.behind_seconds
        )
        return is_behind or now - channel.told_at >= self._rhythm.sign_of_life_seconds

    def _event_at(self, position: int) -> UUID | None:
        """Return the id of the event at a position, None at 0."""
        if position == 0 or position == self._head[0]:
            return self._head[1] if position else None
        return read(self._connection, position - 1, limit=1)[0].event_id

    def _save(self, channels: list[Channel]) -> None:
        marks = {channel.number: Mark(channel.position, channel.previous) for channel in channels}
        save(self._connection, self._broker.topic, self._incarnation.shape.topic_id, marks)
