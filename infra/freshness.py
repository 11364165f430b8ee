"""Freshness: how far the rows are, and waiting until they are as far as somebody has seen the log to be."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from types import TracebackType
from typing import Any, Final, Self

import psycopg
import structlog
from psycopg.sql import SQL, Identifier

from domain.errors import Refusal
from infra.database import connect_async
from infra.read_side import positions_told

RECONNECT_SECONDS: Final = 0.5
POLL_SECONDS: Final = 1.0
ROWS_CHANNEL: Final = "fairlead_rows"
LOG_CHANNEL: Final = "fairlead_log"

_POSITION: Final = re.compile(r"[0-9]{1,19}")

_log: Final = structlog.get_logger(__name__)


class Stale(Refusal):
    """The rows did not get as far as was asked within the time allowed: the answer would have been old."""

    sentence = "The rows have not reached this position yet; ask again."


class Freshness:
    """Knows the checkpoint of each partition, by notification; use as an async context manager.

    It looks when it begins, where a notification does not say all, and after a second without one.
    """

    def __init__(self, database_url: str, *, partitions: int, stale_after_seconds: float) -> None:
        """Watch the checkpoints of `partitions` partitions; `wait` gives up after `stale_after_seconds`."""
        self._database_url = database_url
        self._partitions = partitions
        self._stale_after_seconds = stale_after_seconds
        self._reached: dict[int, int] = {}
        self._head = 0
        self._moved = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to watch."""
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def reached(self, partitions: Iterable[int] | None = None) -> int:
        """Return the position up to which these partitions (by default all there are) are in the rows."""
        wanted = range(self._partitions) if partitions is None else partitions
        return min((self._reached.get(partition, 0) for partition in wanted), default=0)

    @property
    def head(self) -> int:
        """Return the last position of the log that this process has heard of."""
        return self._head

    async def wait(self, position: int, partitions: Iterable[int] | None = None) -> None:
        """Return once these partitions are in the rows up to `position`; raise `Stale` past the bound."""
        wanted = None if partitions is None else tuple(partitions)
        try:
            async with asyncio.timeout(self._stale_after_seconds), self._moved:
                await self._moved.wait_for(lambda: self.reached(wanted) >= position)
        except TimeoutError:
            raise Stale from None

    async def wait_for_head(self, position: int) -> int:
        """Return the head of the log once it is behind `position`."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._head > position)
        return self._head

    async def _watch(self) -> None:
        while True:
            try:
                connection = await connect_async(self._database_url, application="freshness")
                async with connection:
                    await self._follow(connection)
            except psycopg.Error as fault:  # the books themselves may still be missing
                _log.warning("freshness_waits_for_database", fault=type(fault).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _follow(self, connection: psycopg.AsyncConnection[Any]) -> None:
        for channel in (ROWS_CHANNEL, LOG_CHANNEL):
            await connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        await self._look(connection)
        while True:
            heard = [each async for each in connection.notifies(timeout=POLL_SECONDS, stop_after=1)]
            if not (heard and await self._take(heard)):
                await self._look(connection)

    async def _take(self, heard: Sequence[psycopg.Notify]) -> bool:
        """Take what notifications say, which may be older than what is known; return whether that is all."""
        moved = [positions_told(each.payload) for each in heard if each.channel == ROWS_CHANNEL]
        told = [each.payload for each in heard if each.channel == LOG_CHANNEL]
        heads = [int(each) for each in told if _POSITION.fullmatch(each)]
        async with self._moved:
            self._head = max([self._head, *heads])
            for partition, position in chain.from_iterable(each.items() for each in moved):
                self._reached[partition] = max(position, self._reached.get(partition, 0))
            self._moved.notify_all()
        return all(moved) and len(heads) == len(told)

    async def _look(self, connection: psycopg.AsyncConnection[Any]) -> None:
        cursor = await connection.execute(_CHECKPOINTS)
        rows = await cursor.fetchall()
        async with self._moved:
            self._head = rows[0][2] if rows else self._head
            self._reached = {partition: position for partition, position, _ in rows if partition is not None}
            self._moved.notify_all()


_CHECKPOINTS: Final = (
    "SELECT c.partition, c.position, h.position FROM"
    " (SELECT coalesce(max(position), 0) AS position FROM log.event) h"
    " LEFT JOIN rows.checkpoint c ON true"
)
