"""What the relay writes down: how far each partition of an incarnation is filled, and how it is doing.

Written without waiting for the disk: a crash of the server may set it back a moment; records are sent twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection

LEADER_LOCK: Final = 7021946210
INSTALL_LOCK: Final = 7021946211
SILENT_SECONDS_MAX: Final = 15.0
READY_LAG_MAX: Final = 1_000

_IS_LED: Final = (
    "SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    f" AND classid = {LEADER_LOCK >> 32} AND objid = {LEADER_LOCK & 0xFFFFFFFF}"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS rows.relay_progress (
    topic text NOT NULL,
    topic_id uuid NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL,
    previous bigint NOT NULL,
    PRIMARY KEY (topic, topic_id, partition)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS rows.relay_state (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    leader_since timestamptz NOT NULL,
    published bigint NOT NULL,
    problem text,
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 50);
"""


class Mark(NamedTuple):
    """A partition holds all its events up to `position`; the last of them is at `previous` (0: none)."""

    position: int
    previous: int


@dataclass(frozen=True, slots=True)
class RelayState:
    """How the relay is doing: all events up to `published` are in the topic; `problem` None means well.

    Times are aware UTC, None when no relay ever led. `is_led`: somebody holds the leader's lock, which the
    server frees as soon as the leader's process is gone.
    """

    leader_since: datetime | None
    published: int
    problem: str | None
    updated_at: datetime | None
    is_led: bool = False

    def lag(self, head: int) -> int:
        """Return how many of the log's `head` events are not yet published."""
        return max(0, head - self.published)

    def is_alive(self, now: datetime) -> bool:
        """Say whether somebody leads and wrote in the last `SILENT_SECONDS_MAX` before `now` (aware UTC)."""
        silent = timedelta(seconds=SILENT_SECONDS_MAX)
        return self.is_led and self.updated_at is not None and now - self.updated_at <= silent

    def is_ready(self, head: int, now: datetime) -> bool:
        """Say whether a relay leads, has no problem, and is at most `READY_LAG_MAX` events behind `head`."""
        return self.is_alive(now) and self.problem is None and self.lag(head) <= READY_LAG_MAX


def install(connection: Connection[Any]) -> None:
    """Create the tables where they are missing; safe beside others doing the same."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (INSTALL_LOCK,))
        connection.execute(_TABLES)


def load(connection: Connection[Any], topic: str, topic_id: UUID) -> dict[int, Mark]:
    """Return the progress in one incarnation of the topic, by partition; forget that of earlier ones."""
    connection.execute(
        "DELETE FROM rows.relay_progress WHERE topic = %s AND topic_id <> %s", (topic, topic_id)
    )
    rows = connection.execute(
        "SELECT partition, position, previous FROM rows.relay_progress WHERE topic = %s AND topic_id = %s",
        (topic, topic_id),
    ).fetchall()
    return {partition: Mark(position, previous) for partition, position, previous in rows}


def save(connection: Connection[Any], topic: str, topic_id: UUID, marks: Mapping[int, Mark]) -> None:
    """Write down the progress of some partitions, in one statement."""
    connection.execute(
        "INSERT INTO rows.relay_progress (topic, topic_id, partition, position, previous)"
        " SELECT %s, %s, * FROM unnest(%s::int[], %s::bigint[], %s::bigint[])"
        " ON CONFLICT (topic, topic_id, partition)"
        " DO UPDATE SET position = excluded.position, previous = excluded.previous",
        (topic, topic_id, list(marks), *_columns(marks.values())),
        prepare=True,
    )


def report(connection: Connection[Any], *, published: int | None, problem: str | None) -> None:
    """Write down how the leader is doing; `published` None leaves it as it was."""
    connection.execute(
        "INSERT INTO rows.relay_state AS state (leader_since, published, problem, updated_at)"
        " VALUES (clock_timestamp(), coalesce(%(published)s::bigint, 0), %(problem)s, clock_timestamp())"
        " ON CONFLICT (is_only) DO UPDATE SET published = coalesce(%(published)s::bigint, state.published),"
        " problem = excluded.problem, updated_at = excluded.updated_at",
        {"published": published, "problem": problem},
        prepare=True,
    )


def report_leader(connection: Connection[Any]) -> None:
    """Write down that another process began to lead just now."""
    connection.execute(
        "INSERT INTO rows.relay_state (leader_since, published, updated_at)"
        " VALUES (clock_timestamp(), 0, clock_timestamp()) ON CONFLICT (is_only)"
        " DO UPDATE SET leader_since = excluded.leader_since, updated_at = excluded.updated_at"
    )


def relay_state(connection: Connection[Any]) -> RelayState:
    """Return how the relay is doing."""
    row = None
    if connection.execute("SELECT to_regclass('rows.relay_state')").fetchone() != (None,):
        row = connection.execute(
            "SELECT leader_since, published, problem, updated_at,"
            f" EXISTS ({_IS_LED}) FROM rows.relay_state".encode()
        ).fetchone()
    return RelayState(None, 0, "No relay has run yet.", None) if row is None else RelayState(*row)


def _columns(marks: Iterable[Mark]) -> tuple[list[int], list[int]]:
    taken = list(marks)
    return [mark.position for mark in taken], [mark.previous for mark in taken]
