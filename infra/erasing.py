"""Erasing: once a member's erasure is decided, their key is deleted, and what was folded with it is rebuilt.

The log decides: this follows it, and every step may be done twice. Killed between two of them, the next
process goes on where `keys.erasure` says. After the last one nothing that is stored can be read as the
person's texts any more, and the log says so in an event.
"""

import asyncio
import re
import threading
from collections.abc import Iterable
from dataclasses import is_dataclass
from datetime import UTC, datetime
from typing import Any, Final, get_args, get_type_hints
from uuid import UUID, uuid5

import psycopg
import structlog
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from domain.handling import Contended, handle
from domain.ids import SYSTEM_ACTOR
from domain.member import DECIDER as MEMBER
from domain.member.erasure import CompleteMemberErasure
from domain.recorded import Issued
from infra.codec import Codec
from infra.database import connect
from infra.event_log import EventLog
from infra.log_reader import head
from infra.log_writer import LogAway
from infra.reactions import as_system
from infra.read_side import generations
from infra.rebuild import REBUILD_LOCK, RebuildUnderWay, rebuild
from infra.sealing import search_term
from infra.tables import KINDS, SCHEMA
from projections.read_model import ReadModel

LEADER_LOCK: Final = 7021946206
TICK_SECONDS: Final = 0.5
DECIDED: Final = "member.erased.v1"
_OF_A_GENERATION: Final = re.compile(rf"(?P<name>.+)_(?P<number>[0-9]+)({'|'.join(KINDS)})")

_log: Final = structlog.get_logger(__name__)


class Erasing:
    """Carries out erasures; one process at a time does, the others stand by."""

    def __init__(
        self, database_url: str, models: Iterable[ReadModel[Any]], events: Codec, partitions: int
    ) -> None:
        """Erase from `database_url`, whose read models are `models`; without keys there is nothing to do."""
        self._database_url = database_url
        self._models = tuple(models)
        self._codec = events
        self._partitions = partitions

    def run(self, stop: threading.Event) -> None:
        """Erase until `stop` is set, through every fault of the database."""
        while self._codec.keys is not None and not stop.is_set():
            try:
                with connect(self._database_url, application="erasing") as connection:
                    while not stop.is_set():
                        self.step(connection)
                        stop.wait(TICK_SECONDS)
            except (RebuildUnderWay, LogAway, Contended, psycopg.Error) as fault:
                _log.info("erasing_waits", reason=type(fault).__name__)
                stop.wait(TICK_SECONDS)

    def step(self, connection: Connection[Any]) -> None:
        """Carry out what was decided and is not done; nothing where another process leads."""
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,)).fetchone()
        if row != (True,):
            return
        try:
            look_for_decisions(connection)
            for person, position in pending(connection):
                self._finish(connection, person, position)
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", (LEADER_LOCK,))

    def _finish(self, connection: Connection[Any], person: UUID, position: int) -> None:
        """Rebuild what was folded from a person's texts, then say that the erasure is complete."""
        delete_key(connection, person)
        for table in (SQL("keys.person_key"), SQL("log.snapshot")):
            connection.execute(SQL("VACUUM (FULL) {}").format(table))  # no page keeps what was there
        if self._codec.keys is not None:
            self._codec.keys.refresh()
        aggregates = aggregates_of(connection, person)
        affected = [each for each in self._models if each.aggregates & aggregates and holds_text(each.row)]
        if affected:
            rebuild(self._database_url, affected, self._codec, partitions=self._partitions)
        drop_unused(connection)
        asyncio.run(self._complete(person, position))
        connection.execute("UPDATE keys.erasure SET done_at = clock_timestamp() WHERE person = %s", (person,))
        _log.info("member_erased", position=position, models_rebuilt=len(affected))

    async def _complete(self, person: UUID, position: int) -> None:
        command_id = uuid5(person, f"erased at {position}")
        now = datetime.now(UTC)
        issued: Issued[Any] = Issued(CompleteMemberErasure(), person, command_id, SYSTEM_ACTOR, now)
        async with EventLog(self._database_url, events=self._codec) as log:
            await handle(MEMBER, issued, log, as_system)


def holds_text(hint: Any) -> bool:
    """Say whether a value of some type, such as a row, may hold a text that somebody wrote."""
    parts: Iterable[Any] = get_args(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        parts = get_type_hints(hint).values()
    return hint is str or any(map(holds_text, parts))


def look_for_decisions(connection: Connection[Any]) -> None:
    """Note the erasures that the log decided since the last time."""
    with connection.transaction():
        end = head(connection)
        row = connection.execute("SELECT position FROM keys.looked_through FOR UPDATE").fetchone()
        if row is None or row[0] >= end:
            return
        connection.execute(
            "INSERT INTO keys.erasure (person, position) SELECT stream, position FROM log.event"
            " WHERE position > %s AND position <= %s AND type = %s ON CONFLICT DO NOTHING",
            (row[0], end, DECIDED),
        )
        connection.execute("UPDATE keys.looked_through SET position = %s", (end,))


def pending(connection: Connection[Any]) -> list[tuple[UUID, int]]:
    """Return (person, position of the decision) of each erasure under way, the oldest first."""
    return connection.execute(
        "SELECT person, position FROM keys.erasure WHERE done_at IS NULL ORDER BY position"
    ).fetchall()


def delete_key(connection: Connection[Any], person: UUID) -> None:
    """Delete a person's key for good, in one transaction with the snapshots, which may hold their texts.

    Who keeps keys in memory sees that the epoch moved.
    """
    with connection.transaction():
        row = connection.execute(
            "SELECT FROM keys.person_key WHERE person = %s AND erased_at IS NOT NULL", (person,)
        ).fetchone()
        if row is not None:
            return
        connection.execute("UPDATE keys.epoch SET number = number + 1")
        connection.execute(
            "INSERT INTO keys.person_key (person, erased_at) VALUES (%s, clock_timestamp())"
            " ON CONFLICT (person) DO UPDATE SET wrapped = NULL, master_id = NULL,"
            " erased_at = clock_timestamp()",
            (person,),
        )
        connection.execute("DELETE FROM log.snapshot")


def drop_unused(connection: Connection[Any]) -> None:
    """Drop the tables of rows that a rebuild left which was killed: they hold texts, and nobody reads them.

    Raises `RebuildUnderWay` while another one fills its own.
    """
    with connection.transaction():
        row = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (REBUILD_LOCK,)).fetchone()
        if row != (True,):
            raise RebuildUnderWay
        live = {(name, each.generation) for name, each in generations(connection).items()}
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition",
            (SCHEMA,),
        ).fetchall()
        for (table,) in tables:
            found = _OF_A_GENERATION.fullmatch(table)
            if found and (found["name"], int(found["number"])) not in live:
                connection.execute(SQL("DROP TABLE {}").format(Identifier(SCHEMA, table)))


def aggregates_of(connection: Connection[Any], person: UUID) -> frozenset[str]:
    """Return the aggregates whose events hold a text of a person."""
    rows = connection.execute(
        "SELECT DISTINCT split_part(type, '.', 1) FROM log.event WHERE position(%s IN data) > 0",
        (search_term(person),),
    ).fetchall()
    return frozenset(name for (name,) in rows)
