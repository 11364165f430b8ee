"""Reactions and timers: the commands that process managers want, issued once each, as Fairlead itself."""

import asyncio
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID, uuid5

import msgspec
import psycopg
import structlog
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from domain.aggregates import AGGREGATES
from domain.decider import Decider
from domain.errors import NotPermitted, Refusal
from domain.handling import Contended, handle
from domain.ids import SYSTEM_ACTOR
from domain.project import Project
from domain.recorded import Issued
from domain.roles import Role
from infra.backfill import is_backfilling
from infra.codec import BadEvent, Codec, UnknownEvent, codec
from infra.columns import shape_of
from infra.database import connect
from infra.event_log import EventLog
from infra.log_writer import LogAway
from infra.reads import view
from projections.read_model import ReadModel, Wish

LEADER_LOCK: Final = 7021946204
TICK_SECONDS: Final = 0.25
BATCH_MAX: Final = 100
TRIED_KEPT_MAX: Final = 10_000

Due = tuple[UUID, datetime]
"""A row's key and the instant it is due."""

Wanted = tuple[Issued[Any], Decider[Any, Any, Any]]

_log: Final = structlog.get_logger(__name__)
_DECIDERS: Final[Mapping[str, Decider[Any, Any, Any]]] = {decider.name: decider for decider in AGGREGATES}


def as_system(issued: Issued[Any], decider: Decider[Any, Any, Any], project: Project | None) -> None:
    """Permit what Fairlead itself may do; raise `NotPermitted` for anything else."""
    del project
    if Role.SYSTEM not in decider.commands[type(issued.command)]:
        raise NotPermitted


class Reactions:
    """Issues what process managers want and what is due; one process at a time leads, the others stand by."""

    def __init__(
        self, database_url: str, models: Iterable[ReadModel[Any]], events: Codec | None = None
    ) -> None:
        """Serve the process managers among `models`."""
        self._database_url = database_url
        self._codec = events or codec()
        self._timed = [model for model in models if model.on_due is not None]
        self._tried: dict[str, dict[Due, None]] = {model.name: {} for model in self._timed}
        self._unread: dict[UUID, None] = {}

    def run(self, stop: threading.Event) -> None:
        """Issue until `stop` is set, through every fault of the database."""
        while not stop.is_set():
            try:
                with connect(self._database_url, application="reactions") as connection:
                    asyncio.run(self._lead(connection, stop))
            except psycopg.Error as fault:
                _log.warning("reactions_wait_for_database", fault=type(fault).__name__)
                stop.wait(1)

    async def _lead(self, connection: Connection[Any], stop: threading.Event) -> None:
        async with EventLog(self._database_url, events=self._codec) as log:
            while not stop.is_set():
                if _is_leader(connection):
                    try:
                        await self._tick(connection, log)
                    except (LogAway, Contended):
                        _log.warning("reactions_wait_for_log")
                await asyncio.to_thread(stop.wait, TICK_SECONDS)

    async def _tick(self, connection: Connection[Any], log: EventLog) -> None:
        for group in side_by_side(wishes(connection, self._unread)):
            outcomes = await asyncio.gather(
                *(self._issue(log, *each) for each in group), return_exceptions=True
            )
            ids = {each[0].command_id: outcome for each, outcome in zip(group, outcomes, strict=True)}
            for command_id in [each for each, outcome in ids.items() if outcome is False]:
                _remember(self._unread, command_id)
            done = [each for each, outcome in ids.items() if outcome is True]
            connection.execute("DELETE FROM rows.wish WHERE command_id = ANY(%s)", (done,))
            for fault in outcomes:
                if isinstance(fault, BaseException):
                    raise fault
        if not is_backfilling(connection):
            await self._tick_timers(connection, log)

    async def _tick_timers(self, connection: Connection[Any], log: EventLog) -> None:
        for model in self._timed:
            tried = self._tried[model.name]
            if len(tried) > BATCH_MAX:
                tried = self._tried[model.name] = still_due(connection, model, tried)
            for place, wish in due(connection, model, tried):
                await self._issue(log, _of_timer(place[0], wish), _DECIDERS[wish.aggregate])
                _remember(tried, place)

    async def _issue(self, log: EventLog, issued: Issued[Any], decider: Decider[Any, Any, Any]) -> bool:
        """Issue a command; return whether it was answered, be it by a refusal."""
        try:
            answer = await handle(decider, issued, log, as_system)
            outcome = "appended" if answer.event_count else "already_true"
        except Refusal as refusal:
            outcome = refusal.code
        except (UnknownEvent, BadEvent) as problem:
            _log.exception("reaction_unreadable", stream=str(issued.stream), problem=type(problem).__name__)
            return False
        _log.info("reaction_issued", action=type(issued.command).__name__, outcome=outcome)
        return True


def _remember(kept: dict[Any, None], what: object) -> None:
    """Keep what was tried, so that it is neither asked for nor logged again; the oldest goes for it."""
    kept[what] = None
    if len(kept) > TRIED_KEPT_MAX:
        del kept[next(iter(kept))]


def _of_timer(key: UUID, wish: Wish) -> Issued[Any]:
    """Return what is wanted of the row `key`: several of one stream may be due at the same instant."""
    command_id = uuid5(key, f"{wish.stream}:{type(wish.command).__name__}:{wish.at.isoformat()}")
    return Issued(wish.command, wish.stream, command_id, SYSTEM_ACTOR, wish.at, is_backdated=True)


def _is_leader(connection: Connection[Any]) -> bool:
    """Take the lead if nobody has it; it is kept as long as the connection lasts."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        " AND ((classid::bigint << 32) | objid::bigint) = %(key)s AND granted)"
        " OR pg_try_advisory_lock(%(key)s)",
        {"key": LEADER_LOCK},
    ).fetchone()
    return row == (True,)


def wishes(connection: Connection[Any], unread: Collection[UUID] = ()) -> Sequence[Wanted]:
    """Return the next commands process managers want, `unread` aside, in the order of their events.

    Those one event calls for come in the order of their instants.
    """
    rows = connection.execute(
        "SELECT command_id, aggregate, stream, command_type, command, at, correlation_id, causation_id"
        " FROM rows.wish WHERE command_id <> ALL(%s) ORDER BY position, at, command_id LIMIT %s",
        (list(unread), BATCH_MAX),
    ).fetchall()
    return [(_issued(*row), _DECIDERS[row[1]]) for row in rows]


def side_by_side(wanted: Iterable[Wanted]) -> Iterator[list[Wanted]]:
    """Yield commands in their order, those together that may be issued at once: of one kind, to many streams.

    A command of another kind, or the next one to a stream, may need what those before it did.
    """
    group: dict[UUID, Wanted] = {}
    for each in wanted:
        issued = each[0]
        first = next(iter(group.values()), each)[0]
        if issued.stream in group or type(issued.command) is not type(first.command):
            yield list(group.values())
            group = {}
        group[issued.stream] = each
    if group:
        yield list(group.values())


def _issued(  # noqa: PLR0913, PLR0917 - the columns of the table
    command_id: UUID,
    aggregate: str,
    stream: UUID,
    command_type: str,
    command: str,
    at: datetime,
    correlation_id: UUID,
    causation_id: UUID,
) -> Issued[Any]:
    types = {each.__name__: each for each in _DECIDERS[aggregate].commands}
    wanted: object = msgspec.json.decode(command, type=cast("Any", types[command_type]))
    return Issued(
        wanted,
        stream,
        command_id,
        SYSTEM_ACTOR,
        at,
        correlation_id=correlation_id,
        causation_id=causation_id,
        is_backdated=True,
    )


def due(
    connection: Connection[Any], model: ReadModel[Any], tried: Collection[Due] = ()
) -> Sequence[tuple[Due, Wish]]:
    """Return what is to be issued because its instant has come, `tried` aside, the earliest first."""
    if model.on_due is None or not _is_built(connection, model):
        return []
    shape = shape_of(model.row)
    rows = connection.execute(
        SQL(
            "SELECT due_at, {columns} FROM {rows} r WHERE due_at <= clock_timestamp() AND NOT EXISTS"
            " (SELECT FROM unnest(%s::uuid[], %s::timestamptz[]) AS t (key, at)"
            " WHERE t.key = r.{key} AND t.at = r.due_at) ORDER BY due_at LIMIT %s"
        ).format(
            columns=SQL(", ").join(map(Identifier, shape.names)),
            rows=view(model.name),
            key=Identifier(shape.key),
        ),
        (*_columns(tried), BATCH_MAX),
    ).fetchall()
    return [((row[1], row[0]), model.on_due(shape.load(row[1:]))) for row in rows]


def still_due(connection: Connection[Any], model: ReadModel[Any], tried: Collection[Due]) -> dict[Due, None]:
    """Return those of `tried` that are still due: refused, or not folded yet."""
    if not _is_built(connection, model):
        return {}
    rows = connection.execute(
        SQL(
            "SELECT t.key, t.at FROM unnest(%s::uuid[], %s::timestamptz[]) WITH ORDINALITY AS t (key, at, n)"
            " JOIN {rows} r ON r.{key} = t.key AND r.due_at = t.at ORDER BY t.n"
        ).format(rows=view(model.name), key=Identifier(shape_of(model.row).key)),
        _columns(tried),
    )
    return dict.fromkeys(rows)


def _columns(tried: Collection[Due]) -> tuple[list[UUID], list[datetime]]:
    return [key for key, _ in tried], [at for _, at in tried]


def _is_built(connection: Connection[Any], model: ReadModel[Any]) -> bool:
    return connection.execute("SELECT to_regclass(%s)", (f"rows.{model.name}",)).fetchone() != (None,)
