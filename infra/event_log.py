"""The event log as commands see it: states by fold, kept in memory; appending through the one writer.

Longer than other files: what is kept in memory is right only as long as loading and appending agree on it.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from types import TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar, cast, get_type_hints
from uuid import UUID

import psycopg
from eventsourcing.application import AggregateNotFoundError, Repository
from eventsourcing.persistence import EventStore
from psycopg_pool import PoolTimeout

from domain.decider import Decider
from domain.errors import CommandRepeated
from domain.handling import Answer, Conflict, Entry, Loaded, Owner
from domain.recorded import Issued
from infra.codec import Codec, codec, digest
from infra.keys_at_hand import KeysAtHand
from infra.log_writer import LogAway, LogWriter, Verdict
from infra.mappers import EventMapper, Kept, SnapshotMapper, Step
from infra.recorder import LogRecorder, SnapshotRecorder, reading_pool

KEPT_MAX: Final = 50_000
SNAPSHOT_EVERY_EVENTS: Final = 500

PROJECTS_OF: Final = """
    SELECT project_id FROM log.event
    WHERE actor_id = %(person)s AND project_id IS NOT NULL AND recorded_at <= %(known_at)s
    UNION
    SELECT project_id FROM log.event
    WHERE (type LIKE 'project.member_named.v%%' OR type LIKE 'project.stakeholder_registered.v%%')
      AND position(%(text)s IN data) > 0 AND recorded_at <= %(known_at)s
    ORDER BY project_id"""
"""The projects in which somebody wrote anything, or was named, by a moment."""
_NEW: Final = Loaded(None, 0)

P = ParamSpec("P")
T = TypeVar("T")


class EventLog:
    """Implements `domain.handling.Streams` on PostgreSQL; an async context manager, for one event loop."""

    def __init__(
        self, database_url: str, *, deadline_seconds: float = 10.0, events: Codec | None = None
    ) -> None:
        """Read and append at `database_url`; a command waits `deadline_seconds` at most for the log."""
        self._deadline_seconds = deadline_seconds
        self.codec = events or codec()
        self._pool = reading_pool(database_url, application="log")
        self._writer = LogWriter(database_url, self.codec, deadline_seconds=deadline_seconds)
        self._events = EventStore(EventMapper(self.codec), LogRecorder(self._pool, self.codec.prepare))
        self._repositories: dict[str, Repository[UUID]] = {}
        self._kept: dict[tuple[str, UUID], Loaded] = {}
        self._owners: dict[UUID, Owner] = {}
        self._epoch = -1
        self._keys = None if self.codec.keys is None else KeysAtHand(self.codec.keys, self._reading)
        self._turns: dict[UUID, tuple[asyncio.Lock, int]] = {}

    async def __aenter__(self) -> Self:
        """Start the writer."""
        self._writer.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what is queued and close every connection."""
        await self._writer.stop()
        await asyncio.to_thread(self._pool.close)

    def turn(self, stream: UUID) -> "Turn":
        """Let the commands of this process to one stream pass one after the other, in order of arrival."""
        return Turn(self._turns, stream)

    async def load(
        self, decider: Decider[Any, Any, Any], stream: UUID, *, fresh: bool, opening: bool
    ) -> Loaded:
        """Return a stream's state; raise `LogAway` when the log cannot be read."""
        epoch = await self._settled()
        kept = self._kept.get((decider.name, stream))
        if not fresh and kept is not None:
            return kept
        if not fresh and opening:
            return _NEW
        loaded = await (
            self._reading(self.read, decider, stream)
            if kept is None
            else self._reading(self._read_on, decider, stream, kept)
        )
        if epoch == self._epoch:
            self._keep(decider, stream, loaded)
        return loaded

    async def _settled(self) -> int:
        """Forget states that hold texts of somebody erased meanwhile; return which erasure was the last."""
        if self._keys is not None:
            epoch = await self._keys.epoch()
            if epoch != self._epoch:
                self._kept.clear()
                self._epoch = epoch
        return self._epoch

    def read(self, decider: Decider[Any, Any, Any], stream: UUID) -> Loaded:
        """Read a stream from the log and fold it, from its newest snapshot where there is one; blocking."""
        repository = self._repository(decider)
        keys = self.codec.keys
        epoch = None if keys is None else keys.epoch
        try:
            found = repository.get(stream, projector_func=cast("Any", partial(_project, decider)))
        except AggregateNotFoundError:
            return _NEW
        loaded, replayed = cast("tuple[Loaded, int]", found)
        if replayed > SNAPSHOT_EVERY_EVENTS and repository.snapshot_store is not None:
            snapshot = cast("Any", Kept(stream, loaded.version, loaded.state))
            repository.snapshot_store.put([snapshot], epoch=epoch)
        return loaded

    def _read_on(self, decider: Decider[Any, Any, Any], stream: UUID, kept: Loaded) -> Loaded:
        """Return what became of a state that is kept: a stream only grows, so that its rest is enough.

        Where the event that the state ends with is not there, the log is another one: all of it is read.
        """
        steps = cast("Iterator[Step]", self._events.get(stream, gt=kept.version - 1))
        last = next(steps, None)
        if last is None or last[1] != kept.version:
            return self.read(decider, stream)
        found = _project(decider, None, chain([Kept(stream, kept.version, kept.state)], steps))
        return kept if found is None else found[0]

    async def owner(self, stream: UUID) -> Owner | None:
        """Return what kind of aggregate a stream is and whose; neither ever changes."""
        known = self._owners.get(stream)
        if known is None:
            known = await self._reading(self._read_owner, stream)
            if known is not None:
                _bounded(self._owners)[stream] = known
        return known

    async def projects_of(self, person: UUID) -> Sequence[UUID]:
        """Return the projects in which somebody wrote anything, or was ever named."""
        return await self._reading(self._read_projects, person)

    async def answered(self, issued: Issued[Any]) -> Answer | None:
        """Return what this command id was answered before; raise `CommandRepeated` for another body."""
        row = await self._reading(self._read_answer, issued.command_id)
        if row is None:
            return None
        if row[0] not in (digest(issued), await self.digest(issued)):
            raise CommandRepeated(field="commandId")
        return Answer(*row[1:])

    async def digest(self, issued: Issued[Any]) -> bytes:
        """Return what stands for all that a command asks for; raise `LogAway` or `Erased`."""
        return await self._reading(self.codec.digest, issued)

    async def append(self, entry: Entry) -> Answer:
        """Append a command's events, or none of them.

        Raises `Conflict`, `CommandRepeated`, `LogAway`, or `Erased` where they would be an erased person's.
        """
        if self._keys is not None:
            await self._keys.have(self.codec.persons(entry.issued, entry.events))
        return await self._answer(entry, await self._writer.append(entry))

    async def _answer(self, entry: Entry, verdict: Verdict) -> Answer:
        stream = entry.issued.stream
        if verdict.kind == "appended":
            if entry.events:
                self._keep(entry.decider, stream, Loaded(entry.after, verdict.version))
                if stream not in self._owners:
                    _bounded(self._owners)[stream] = Owner(entry.decider.name, entry.project_id)
        elif verdict.kind == "other_body":
            answer = await self.answered(entry.issued)  # the digest may be from before there were keys
            if answer is None:
                raise AssertionError("a repeated command has no answer")
            return answer
        elif verdict.kind == "conflict":
            raise Conflict
        return Answer(verdict.stream or stream, verdict.version, verdict.position, verdict.event_count)

    def _repository(self, decider: Decider[Any, Any, Any]) -> Repository[UUID]:
        repository = self._repositories.get(decider.name)
        if repository is None:
            mapper = SnapshotMapper(get_type_hints(decider.evolve)["return"], decider.name)
            snapshots = EventStore(mapper, SnapshotRecorder(self._pool, mapper.topic))
            repository = Repository(self._events, snapshot_store=snapshots)
            self._repositories[decider.name] = repository
        return repository

    def _keep(self, decider: Decider[Any, Any, Any], stream: UUID, loaded: Loaded) -> None:
        if loaded.version:
            self._kept.pop((decider.name, stream), None)
            _bounded(self._kept)[decider.name, stream] = loaded

    def _read_owner(self, stream: UUID) -> Owner | None:
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT type, project_id FROM log.event WHERE stream = %s AND version = 1", (stream,)
            ).fetchone()
        return None if row is None else Owner(row[0].partition(".")[0], row[1])

    def _read_projects(self, person: UUID) -> list[UUID]:
        with self._pool.connection() as connection:
            now = {"person": person, "text": str(person).encode(), "known_at": "infinity"}
            rows = connection.execute(PROJECTS_OF, now)
            return [project_id for (project_id,) in rows.fetchall()]

    def _read_answer(self, command_id: UUID) -> tuple[Any, ...] | None:
        with self._pool.connection() as connection:
            return connection.execute(
                "SELECT digest, stream, version, position, event_count FROM log.command"
                " WHERE command_id = %s",
                (command_id,),
            ).fetchone()

    async def _reading(self, read: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Read in a thread; one that hangs with the server is left to itself."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await asyncio.to_thread(read, *arguments, **named)
        except (psycopg.OperationalError, PoolTimeout, TimeoutError) as fault:
            raise LogAway from fault


class Turn:
    """One command's turn at a stream; `turns` holds the lock of each stream, and how many are at it."""

    __slots__ = ("_stream", "_turns")

    def __init__(self, turns: dict[UUID, tuple[asyncio.Lock, int]], stream: UUID) -> None:
        """Wait for a turn at `stream`, once entered."""
        self._turns = turns
        self._stream = stream

    async def __aenter__(self) -> None:
        """Wait for those that came before."""
        lock, waiting = self._turns.get(self._stream) or (asyncio.Lock(), 0)
        self._turns[self._stream] = lock, waiting + 1
        try:
            await lock.acquire()
        except BaseException:  # cancelled while it waits, too
            self._leave()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the next one pass."""
        self._turns[self._stream][0].release()
        self._leave()

    def _leave(self) -> None:
        lock, waiting = self._turns[self._stream]
        if waiting == 1:
            del self._turns[self._stream]
        else:
            self._turns[self._stream] = lock, waiting - 1


def _project(
    decider: Decider[Any, Any, Any], initial: None, steps: Iterable[Step | Kept]
) -> tuple[Loaded, int] | None:
    """Fold a stream as the library asks: None for nothing, else the state and how many events it took."""
    del initial
    state: Any = None
    version = replayed = 0
    evolve = decider.evolve
    for step in steps:
        if type(step) is Kept:
            state = step.state
        else:
            state = evolve(state, step[2])
            replayed += 1
        version = step[1]
    return (Loaded(state, version), replayed) if version else None


def _bounded(kept: dict[Any, Any]) -> dict[Any, Any]:
    """Return the dictionary with room for one more: the longest untouched entry goes."""
    if len(kept) >= KEPT_MAX:
        del kept[next(iter(kept))]
    return kept
