"""A log in memory: streams as lists of events, commands answered once; what an import needs of one."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.decider import Decider, fold
from domain.handling import Answer, Entry, Loaded, Owner, handle
from domain.recorded import Issued


@dataclass(frozen=True)
class Outcome:
    """How many events a command made, 0 when it had been answered before."""

    events: int


@dataclass
class MemoryLog:
    """Streams by id; `sent` counts the commands handed in for real."""

    events: dict[UUID, list[Any]] = field(default_factory=dict[UUID, list[Any]])
    times: list[Issued[Any]] = field(default_factory=list[Issued[Any]])
    deciders: dict[UUID, Decider[Any, Any, Any]] = field(default_factory=dict[UUID, Decider[Any, Any, Any]])
    states: dict[UUID, Loaded] = field(default_factory=dict[UUID, Loaded])
    owners: dict[UUID, Owner] = field(default_factory=dict[UUID, Owner])
    answers: dict[UUID, Answer] = field(default_factory=dict[UUID, Answer])
    sent: int = 0

    async def submit(self, issued: Issued[Any], decider: Decider[Any, Any, Any]) -> Outcome:
        self.sent += 1
        before = self.answers.get(issued.command_id)
        if before is not None:
            return Outcome(0)
        answer = await handle(decider, issued, _Handling(self), lambda _issued, _decider, _project: None)
        return Outcome(answer.event_count)

    async def load(self, decider: Decider[Any, Any, Any], stream: UUID) -> Loaded:
        del decider
        return self.states.get(stream, Loaded(None, 0))

    async def owner(self, stream: UUID) -> Owner | None:
        return self.owners.get(stream)

    async def answered(self, command_ids: frozenset[UUID]) -> frozenset[UUID]:
        return command_ids & self.answers.keys()

    def folded(self) -> dict[UUID, Any]:
        """Return every stream's state, folded anew from its events."""
        return {stream: fold(self.deciders[stream], events) for stream, events in self.events.items()}

    def of_kind(self, kind: str) -> list[Any]:
        """Return the states of all streams of one kind of aggregate."""
        return [self.states[stream].state for stream, owner in self.owners.items() if owner.kind == kind]

    def all_events(self, kind: type) -> list[Any]:
        """Return all events of a type, stream by stream."""
        return [event for events in self.events.values() for event in events if isinstance(event, kind)]


@dataclass
class _Handling:
    """The log as `handle` sees it."""

    log: MemoryLog

    @asynccontextmanager
    async def turn(self, stream: UUID) -> AsyncIterator[None]:
        del stream
        yield

    async def load(
        self, decider: Decider[Any, Any, Any], stream: UUID, *, fresh: bool, opening: bool
    ) -> Loaded:
        del fresh, opening
        return await self.log.load(decider, stream)

    async def owner(self, stream: UUID) -> Owner | None:
        return await self.log.owner(stream)

    async def projects_of(self, person: UUID) -> Sequence[UUID]:
        del person
        return ()

    async def answered(self, issued: Issued[Any]) -> Answer | None:
        return self.log.answers.get(issued.command_id)

    async def append(self, entry: Entry) -> Answer:
        stream = entry.issued.stream
        version = entry.version + len(entry.events)
        self.log.states[stream] = Loaded(entry.after, version)
        self.log.deciders[stream] = entry.decider
        self.log.events.setdefault(stream, []).extend(entry.events)
        self.log.times.extend(entry.issued for _ in entry.events)
        if entry.version == 0:
            self.log.owners[stream] = Owner(entry.decider.name, entry.project_id)
        answer = Answer(stream, version, len(self.log.times), len(entry.events))
        self.log.answers[entry.issued.command_id] = answer
        return answer
