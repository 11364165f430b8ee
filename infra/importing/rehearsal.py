"""An import decided in memory: the same handling as for real, over states loaded once, with nothing written.

A row is rehearsed before anything of it is sent, so that it is taken whole or refused whole.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from domain.decider import Decider
from domain.handling import Answer, Entry, Loaded, Owner, handle
from domain.recorded import Issued


class Seen(Protocol):
    """What the log holds already."""

    async def load(self, decider: Decider[Any, Any, Any], stream: UUID) -> Loaded:
        """Return the state of a stream now, None at version 0 where there is none."""
        ...

    async def owner(self, stream: UUID) -> Owner | None:
        """Return whose a stream is, None where there is no such stream."""
        ...

    async def answered(self, command_ids: frozenset[UUID]) -> frozenset[UUID]:
        """Return those of the ids under which a command was answered before, whatever its body was."""
        ...


@dataclass(slots=True)
class Rehearsal:
    """The states an import has come to, on top of what was seen."""

    seen: Seen
    _states: dict[UUID, Loaded] = field(default_factory=dict[UUID, Loaded])
    _owners: dict[UUID, Owner] = field(default_factory=dict[UUID, Owner])

    def draft(self) -> "Draft":
        """Return a place to try commands on top of this, kept only when it is `keep`-ed."""
        return Draft(self)

    def keep(self, draft: "Draft") -> None:
        """Take over what a draft has come to."""
        self._states |= draft.states
        self._owners |= draft.owners

    def forget(self, stream: UUID) -> None:
        """Drop what is known of a stream, because for real it went otherwise."""
        self._states.pop(stream, None)
        self._owners.pop(stream, None)

    async def load(self, decider: Decider[Any, Any, Any], stream: UUID) -> Loaded:
        """Return the state a stream has come to."""
        known = self._states.get(stream)
        if known is None:
            known = self._states[stream] = await self.seen.load(decider, stream)
        return known

    async def owner(self, stream: UUID) -> Owner | None:
        """Return whose a stream is."""
        known = self._owners.get(stream)
        if known is None:
            known = await self.seen.owner(stream)
            if known is not None:
                self._owners[stream] = known
        return known


@dataclass(slots=True)
class Draft:
    """Commands tried on top of a rehearsal; the log as `handle` sees it."""

    base: Rehearsal
    states: dict[UUID, Loaded] = field(default_factory=dict[UUID, Loaded])
    owners: dict[UUID, Owner] = field(default_factory=dict[UUID, Owner])

    async def attempt(self, decider: Decider[Any, Any, Any], issued: Issued[Any]) -> int:
        """Decide a command and return how many events it makes; raise its Refusal."""
        answer = await handle(decider, issued, self, _allow)
        return answer.event_count

    def turn(self, stream: UUID) -> AbstractAsyncContextManager[None]:
        """Let commands pass: an item's are issued one after the other anyway."""
        del stream
        return nullcontext()

    async def load(
        self, decider: Decider[Any, Any, Any], stream: UUID, *, fresh: bool, opening: bool
    ) -> Loaded:
        """Return the state a stream has come to in this draft."""
        del fresh, opening
        return self.states.get(stream) or await self.base.load(decider, stream)

    async def owner(self, stream: UUID) -> Owner | None:
        """Return whose a stream is, those begun in this draft included."""
        return self.owners.get(stream) or await self.base.owner(stream)

    async def projects_of(self, person: UUID) -> Sequence[UUID]:
        """Return nothing: an import erases nobody."""
        del person
        return ()

    async def answered(self, issued: Issued[Any]) -> Answer | None:
        """Return None: what was answered before is left out before it is tried."""
        del issued
        return None

    async def append(self, entry: Entry) -> Answer:
        """Take over what a command decided."""
        version = entry.version + len(entry.events)
        stream = entry.issued.stream
        self.states[stream] = Loaded(entry.after, version)
        if entry.version == 0 and entry.events:
            self.owners[stream] = Owner(entry.decider.name, entry.project_id)
        return Answer(stream, version, 0, len(entry.events))


def _allow(issued: object, decider: object, project: object) -> None:
    """Permit everything: permission is asked for when a command is sent."""
    del issued, decider, project
