"""The library's recorder interface over our log, for reading streams; appending is the event log's."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NoReturn
from uuid import UUID

from eventsourcing.persistence import AggregateRecorder, StoredEvent
from psycopg import Connection
from psycopg_pool import ConnectionPool

from infra.database import session
from infra.keys import is_epoch

READERS_MAX: Final = 8
WAIT_SECONDS_MAX: Final = 5.0
STREAM_LENGTH_MAX: Final = 10_000_000

Pool = ConnectionPool[Connection[tuple[Any, ...]]]


def reading_pool(database_url: str, *, application: str) -> Pool:
    """Return a pool of at most `READERS_MAX` autocommit connections, opened as they are needed."""
    return ConnectionPool(
        database_url,
        kwargs={"autocommit": True, **session(application)},
        min_size=0,
        max_size=READERS_MAX,
        timeout=WAIT_SECONDS_MAX,
        open=True,
        name=application,
        check=ConnectionPool.check_connection,
    )


class LogRecorder(AggregateRecorder):
    """Reads the streams of `log.event`."""

    def __init__(self, pool: Pool, prepare: Callable[[Iterable[bytes]], None] = lambda _: None) -> None:
        """Read through `pool`; `prepare` is shown the events' bytes before they are decoded."""
        self._pool = pool
        self._prepare = prepare

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> NoReturn:
        """Refuse: there is one way into the log, `EventLog.append`, which gives each command its verdict."""
        del stored_events, kwargs
        raise AssertionError("events are appended by EventLog.append")

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """Return events of one stream by version."""
        order = "DESC" if desc else "ASC"
        with self._pool.connection() as connection:
            rows = (
                connection.cursor(binary=True)
                .execute(
                    "SELECT version, type, data FROM log.event"
                    " WHERE stream = %s AND version > %s AND version <= %s"
                    f" ORDER BY version {order} LIMIT %s",
                    (originator_id, gt or 0, STREAM_LENGTH_MAX if lte is None else lte, limit),
                    prepare=True,
                )
                .fetchall()
            )
        self._prepare(data for _, _, data in rows)
        return [StoredEvent(originator_id, version, name, data) for version, name, data in rows]


class SnapshotRecorder(AggregateRecorder):
    """Keeps snapshots of one aggregate's streams in `log.snapshot`, the newest of each."""

    def __init__(self, pool: Pool, topic: str) -> None:
        """Keep snapshots whose topic is `topic`: others were written by other code and are passed over."""
        self._pool = pool
        self._topic = topic

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        """Keep snapshots and drop older ones of the same streams.

        With an `epoch` they are kept only if nobody was erased since: they may hold texts of whoever was.
        """
        epoch: int | None = kwargs.get("epoch")
        with self._pool.connection() as connection, connection.transaction():
            if epoch is not None and not is_epoch(connection, epoch):
                return
            connection.execute("SET LOCAL synchronous_commit = off")  # one lost in a crash is made again
            for stored in stored_events:
                connection.execute(
                    "DELETE FROM log.snapshot"
                    " WHERE originator_id = %s AND (originator_version < %s OR topic <> %s)",
                    (stored.originator_id, stored.originator_version, stored.topic),
                )
                connection.execute(
                    "INSERT INTO log.snapshot (originator_id, originator_version, topic, state)"
                    " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    (stored.originator_id, stored.originator_version, stored.topic, stored.state),
                )

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """Return snapshots of one stream by version."""
        order = "DESC" if desc else "ASC"
        with self._pool.connection() as connection:
            rows = connection.cursor(binary=True).execute(
                "SELECT originator_version, topic, state FROM log.snapshot"
                " WHERE originator_id = %s AND topic = %s"
                " AND originator_version > %s AND originator_version <= %s"
                f" ORDER BY originator_version {order} LIMIT %s",
                (originator_id, self._topic, gt or 0, STREAM_LENGTH_MAX if lte is None else lte, limit),
                prepare=True,
            )
            return [StoredEvent(originator_id, version, topic, state) for version, topic, state in rows]
