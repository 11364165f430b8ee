"""The event log as an import uses it: commands handled like anybody's, states read many at once."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, LiteralString, TypeVar
from uuid import UUID

import psycopg
from psycopg.sql import SQL
from psycopg_pool import PoolTimeout

from domain.aggregates import AGGREGATES
from domain.decider import Decider
from domain.handling import Authorise, Loaded, Owner, Streams, handle
from domain.recorded import Issued
from infra.codec import Codec
from infra.log_writer import LogAway
from infra.reads import AsyncPool, fetch

STREAMS_AT_ONCE_MAX: Final = 256
"""The most streams one reading asks for; the others wait for the next."""

_DECIDERS: Final[Mapping[str, Decider[Any, Any, Any]]] = {decider.name: decider for decider in AGGREGATES}
_EVENTS: Final = (
    "SELECT stream, version, type, data FROM log.event WHERE stream = ANY(%s) ORDER BY stream, version"
)
_OWNERS: Final = "SELECT stream, type, project_id FROM log.event WHERE stream = ANY(%s) AND version = 1"
_ANSWERED: Final = "SELECT command_id FROM log.command WHERE command_id = ANY(%s)"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a command: how many events it made."""

    events: int


class LogPort:
    """What `run_import` asks of the log: `submit`; `load`, `owner` and `answered` read fresh each time.

    Look-ups that come while one is under way go together into the next: many rows cost few statements.
    """

    def __init__(self, log: Streams, pool: AsyncPool, codec: Codec, authorise: Authorise) -> None:
        """Send commands through `log`, each checked by `authorise`; read through `pool`, which is open."""
        self._log = log
        self._pool = pool
        self._codec = codec
        self._authorise = authorise
        self.position = 0
        """The last position of the log that a command sent from here was answered with."""
        self._states: _Together[Loaded] = _Together(self._read_states, Loaded(None, 0))
        self._owners: _Together[Owner | None] = _Together(self._read_owners, None)

    async def submit(self, issued: Issued[Any], decider: Decider[Any, Any, Any]) -> Sent:
        """Handle one command; raise its Refusal, `Contended`, or a fault of the log."""
        answer = await handle(decider, issued, self._log, self._authorise)
        self.position = max(self.position, answer.position)
        return Sent(answer.event_count)

    async def load(self, decider: Decider[Any, Any, Any], stream: UUID) -> Loaded:
        """Return the state of a stream now, None at version 0 where there is none of this kind."""
        del decider
        return await self._states.get(stream)

    async def owner(self, stream: UUID) -> Owner | None:
        """Return whose a stream is, None where there is no such stream."""
        return await self._owners.get(stream)

    async def answered(self, command_ids: frozenset[UUID]) -> frozenset[UUID]:
        """Return those of the ids under which a command was answered before."""
        return frozenset(row[0] for row in await self._fetch(_ANSWERED, command_ids))

    async def _read_states(self, streams: Iterable[UUID]) -> dict[UUID, Loaded]:
        """Fold the streams, each by the decider its own events name."""
        states: dict[UUID, Loaded] = {}
        rows = await self._fetch(_EVENTS, streams)
        if self._codec.keys is not None:
            await asyncio.to_thread(self._codec.prepare, [row[3] for row in rows])
        for stream, version, name, data in rows:
            before = states.get(stream)
            event = self._codec.decode(name, data, stream)
            evolve = _DECIDERS[name.partition(".")[0]].evolve
            states[stream] = Loaded(evolve(before and before.state, event), version)
        return states

    async def _read_owners(self, streams: Iterable[UUID]) -> dict[UUID, Owner | None]:
        rows = await self._fetch(_OWNERS, streams)
        return {stream: Owner(name.partition(".")[0], project_id) for stream, name, project_id in rows}

    async def _fetch(self, statement: LiteralString, ids: Iterable[UUID]) -> list[tuple[Any, ...]]:
        try:
            return await fetch(self._pool, SQL(statement), [list(ids)])
        except (psycopg.OperationalError, PoolTimeout) as fault:
            raise LogAway from fault


@dataclass(slots=True)
class _Together(Generic[T]):
    """Look-ups gathered while the one before is under way; what is not found is `missing`."""

    read: Callable[[Iterable[UUID]], Coroutine[Any, Any, Mapping[UUID, T]]]
    missing: T
    _waiting: dict[UUID, "asyncio.Future[T]"] = field(default_factory=dict[UUID, "asyncio.Future[T]"])
    _reading: asyncio.Task[None] | None = None

    async def get(self, key: UUID) -> T:
        """Return what is there for a key, read after this call."""
        found = self._waiting.get(key)
        if found is None:
            found = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_waiting())
        return await asyncio.shield(found)

    async def _read_waiting(self) -> None:
        while self._waiting:
            taken = {key: self._waiting.pop(key) for key in list(self._waiting)[:STREAMS_AT_ONCE_MAX]}
            try:
                found = await self.read(taken)
            except Exception as fault:  # noqa: BLE001 - handed to everyone who waits for it
                _fail(taken.values(), fault)
            else:
                for key, future in taken.items():
                    future.set_result(found.get(key, self.missing))


def _fail(futures: Iterable["asyncio.Future[Any]"], fault: Exception) -> None:
    for future in futures:
        future.set_exception(fault)
        future.exception()  # one that nobody waits for any more is not reported as forgotten
