"""Reading the log by position: the one order that relay, projector, audit and proofs share."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from psycopg import Connection

from domain.recorded import Recorded
from infra.codec import Codec

COLUMNS: Final = (
    "position, event_id, stream, version, type, project_id, actor_id, correlation_id, causation_id,"
    " command_id, reason, occurred_at, recorded_at, data"
)
PAGE_MAX: Final = 20_000
POSITION_MAX: Final = 2**63 - 1
BUCKETS: Final = 65_536
"""How many the keys lie in, by their hash: others, and what is remembered as verified would be of others."""
_BUCKET: Final = "(uuid_hash(coalesce(project_id, stream)) & 65535)"


class Record(NamedTuple):
    """One event as it stands in the log: metadata and undecoded bytes. Times are aware UTC."""

    position: int
    event_id: UUID
    stream: UUID
    version: int
    type: str
    project_id: UUID | None
    actor_id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    command_id: UUID
    reason: str | None
    occurred_at: datetime
    recorded_at: datetime
    data: bytes

    @property
    def key(self) -> UUID:
        """Return what keeps its order in Kafka: the project, or the stream where there is no project."""
        return self.project_id or self.stream

    def decoded(self, codec: Codec) -> Recorded[Any]:
        """Return the event with its metadata; raise `UnknownEvent` or `BadEvent`."""
        event = codec.decode(self.type, self.data, self.stream)
        if self.reason is None:
            return Recorded(*self[:13], event)
        reason = codec.reason(self.reason, self.stream)
        return Recorded(*self[:10], reason, self.occurred_at, self.recorded_at, event)


def head(connection: Connection[Any]) -> int:
    """Return the last position of the log, 0 when it is empty."""
    row = connection.execute("SELECT position FROM log.event ORDER BY position DESC LIMIT 1").fetchone()
    return 0 if row is None else int(row[0])


def log_id(connection: Connection[Any]) -> UUID:
    """Return the identity this log was given when it was created."""
    row = connection.execute("SELECT log_id FROM log.identity").fetchone()
    if row is None:
        raise AssertionError("the log has no identity")
    identity: UUID = row[0]
    return identity


class Share(NamedTuple):
    """Some of the keys, by their buckets: each bit of `buckets` stands for one of them."""

    buckets: bytes

    @classmethod
    def of(cls, buckets: Iterable[int]) -> Self:
        """Return the share with these buckets."""
        bits = bytearray(BUCKETS // 8)
        for each in buckets:
            bits[each // 8] |= 1 << each % 8
        return cls(bytes(bits))

    @classmethod
    def numbered(cls, number: int, shares: int) -> Self:
        """Return share `number` of some that have equally many buckets."""
        return cls.of(range(number, BUCKETS, shares))


WHOLE: Final = Share(bytes([255]) * (BUCKETS // 8))


def even_shares(connection: Connection[Any], up_to: int, number: int) -> list[Share]:
    """Return as many shares of the keys, each with about as many of the events up to position `up_to`."""
    rows = connection.execute(
        f"SELECT {_BUCKET}, count(*) FROM log.event WHERE position <= %s GROUP BY 1 ORDER BY 2 DESC", (up_to,)
    )
    shares: list[list[int]] = [[] for _ in range(number)]
    events = [0] * number
    for bucket, count in rows:
        least = events.index(min(events))
        shares[least].append(bucket)
        events[least] += count
    return [Share.of(each) for each in shares]


def read(
    connection: Connection[Any],
    after: int,
    *,
    up_to: int = POSITION_MAX,
    limit: int = PAGE_MAX,
    share: Share = WHOLE,
) -> list[Record]:
    """Return the records of a share (all by default) in (`after`, `up_to`], in order, at most `limit`."""
    mine = "" if share == WHOLE else f" AND get_bit(%(buckets)s, {_BUCKET}) = 1"
    rows = connection.cursor(binary=True).execute(
        f"SELECT {COLUMNS} FROM log.event WHERE position > %(after)s AND position <= %(up_to)s{mine}"
        " ORDER BY position LIMIT %(limit)s",
        {"after": after, "up_to": up_to, "limit": min(limit, PAGE_MAX), "buckets": share.buckets},
        prepare=True,
    )
    return list(map(Record._make, rows.fetchall()))


def read_key(connection: Connection[Any], key: UUID, *, since: int, up_to: int) -> list[Record]:
    """Return every record of a key from position `since` to `up_to`, both included, in order."""
    rows = connection.cursor(binary=True).execute(
        f"SELECT {COLUMNS} FROM log.event WHERE position BETWEEN %(since)s AND %(up_to)s"
        " AND (project_id = %(key)s OR (stream = %(key)s AND project_id IS NULL)) ORDER BY position",
        {"key": key, "since": since, "up_to": up_to},
    )
    return list(map(Record._make, rows.fetchall()))


def read_stream(connection: Connection[Any], stream: UUID) -> list[Record]:
    """Return every record of one stream, in order."""
    rows = connection.cursor(binary=True).execute(
        f"SELECT {COLUMNS} FROM log.event WHERE stream = %s ORDER BY version", (stream,)
    )
    return list(map(Record._make, rows.fetchall()))


def pages(
    connection: Connection[Any],
    after: int,
    *,
    up_to: int,
    limit: int = PAGE_MAX,
    share: Share = WHOLE,
) -> Iterator[list[Record]]:
    """Yield every record of a share in (`after`, `up_to`], a page at a time."""
    while after < up_to:
        page = read(connection, after, up_to=up_to, limit=limit, share=share)
        if not page:
            return
        yield page
        after = page[-1].position
