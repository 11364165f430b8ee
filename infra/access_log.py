"""Who looked at audit data, written down beside the answers: counted in memory, appended in batches.

Looks are added up by who asked what about what, and every few seconds each sum becomes a stream of its own
in the log, of one event, in the name of whoever looked. All of them are in one transaction of the writer, so
that reading costs the log a commit in `FLUSH_SECONDS`, however much is read.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Final, NamedTuple, Self
from uuid import UUID, uuid4

import structlog

from domain.access import DECIDER, RecordAccess
from domain.errors import Refusal
from domain.handling import Authorise, Streams, handle
from domain.ids import SYSTEM_ACTOR
from domain.recorded import Issued
from infra.log_writer import LogAway

FLUSH_SECONDS: Final = 5.0
LOOKS_MAX: Final = 10_000
BATCH_MAX: Final = 500
STOP_TRIES_MAX: Final = 3

_log: Final = structlog.get_logger(__name__)


class Look(NamedTuple):
    """Who asked what, about which thing and which project, if one."""

    actor_id: UUID
    query: str
    subject: UUID | None = None
    within: UUID | None = None


@dataclass(slots=True)
class Tally:
    """How often, how many entries, and when (aware UTC)."""

    times: int
    entries: int
    first_at: datetime
    last_at: datetime


class AccessLog:
    """Keeps the looks of one process until they are in the log; an async context manager."""

    def __init__(
        self, streams: Streams, authorise: Authorise, *, flush_seconds: float = FLUSH_SECONDS
    ) -> None:
        """Append to `streams` every `flush_seconds`; `authorise` permits what Fairlead itself does."""
        self._streams = streams
        self._authorise = authorise
        self._flush_seconds = flush_seconds
        self._tallies: dict[Look, Tally] = {}
        self._unwritten: list[Issued[RecordAccess]] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to write."""
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what is left; what the log does not take is said line by line, never lost in silence."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for _ in range(STOP_TRIES_MAX):
            if await self.flush():
                return
        for each in self._unwritten:
            command = each.command
            _log.error("access_not_recorded", actor=str(each.actor_id), query=command.query, at=str(each.at))

    def note(self, look: Look, entries: int, at: datetime) -> None:
        """Count a look at so many entries, `at` (aware UTC); raise `LogAway` where there is no room for it.

        There is room unless the log has been away for long: then nobody looks without being seen.
        """
        tally = self._tallies.get(look)
        if tally is None:
            if len(self._tallies) + len(self._unwritten) >= LOOKS_MAX:
                raise LogAway
            self._tallies[look] = Tally(1, entries, at, at)
            return
        tally.times += 1
        tally.entries += entries
        tally.last_at = max(tally.last_at, at)

    async def flush(self) -> bool:
        """Append what was counted, and return whether all of it is in the log now."""
        tallies, self._tallies = self._tallies, {}
        self._unwritten += [_issued(look, tally) for look, tally in tallies.items()]
        while self._unwritten:
            batch = self._unwritten[:BATCH_MAX]
            left = await self._append(batch)
            self._unwritten[: len(batch)] = left
            if left:
                return False
        return True

    async def _append(self, batch: Sequence[Issued[RecordAccess]]) -> list[Issued[RecordAccess]]:
        """Append a batch and return what failed; their ids make a repetition harmless."""
        outcomes = await asyncio.gather(
            *(handle(DECIDER, each, self._streams, self._authorise) for each in batch),
            return_exceptions=True,
        )
        failed = [
            (each, outcome)
            for each, outcome in zip(batch, outcomes, strict=True)
            if isinstance(outcome, BaseException)
        ]
        if failed:
            _log.warning("access_waits_for_log", looks=len(failed), fault=type(failed[0][1]).__name__)
        return [_again(each, outcome) for each, outcome in failed]

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._flush_seconds)
            await self.flush()


def _issued(look: Look, tally: Tally) -> Issued[RecordAccess]:
    access_id = uuid4()
    command = RecordAccess(
        look.query, look.subject, look.within, tally.times, tally.entries, tally.first_at, tally.last_at
    )
    return Issued(command, access_id, access_id, look.actor_id, tally.last_at)


def _again(issued: Issued[RecordAccess], outcome: BaseException) -> Issued[RecordAccess]:
    """Return what is tried next: of somebody who was erased nothing is recorded, so Fairlead says it then."""
    if isinstance(outcome, Refusal) and issued.actor_id != SYSTEM_ACTOR:
        _log.warning("access_of_nobody", actor=str(issued.actor_id), refusal=outcome.code)
        return replace(issued, actor_id=SYSTEM_ACTOR)
    return issued
