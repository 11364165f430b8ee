"""What one request reads, read of one moment: a read-only transaction that all its statements share."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final, Self

from psycopg import AsyncConnection, OperationalError
from psycopg.pq import TransactionStatus
from psycopg.sql import Composable
from psycopg_pool import AsyncConnectionPool

from domain.errors import Refusal

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]

_BEGIN: Final = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    " SELECT partition, position, greatest(position, (SELECT max(position) FROM rows.read_model))"
    " FROM rows.checkpoint"
)


class MomentPassed(Refusal):
    """A statement of a request failed, and what the others were to be read with it is of the past now."""

    sentence = "A part of this request failed, and the rows have moved on meanwhile: send it again."


class Snapshot:
    """The rows as one transaction sees them; `reached` says how far each partition is in them."""

    def __init__(self, connection: AsyncConnection[tuple[Any, ...]]) -> None:
        """Read through `connection`, which nobody else uses meanwhile."""
        self.connection = connection
        self._reached: dict[int, tuple[int, int]] = {}
        self._has_passed = False

    async def begin(self) -> None:
        """Begin the transaction and learn how far the rows are in it: one round trip."""
        cursor = await self.connection.execute(_BEGIN)
        cursor.nextset()
        rows: list[tuple[Any, ...]] = await cursor.fetchall()
        self._reached = {partition: (least, most) for partition, least, most in rows}

    def reached(self, partitions: Iterable[int] | None) -> tuple[int, int]:
        """Return (least, most) of how far these partitions (None: all) are in the read models."""
        wanted = tuple(self._reached if partitions is None else partitions)
        found = [self._reached.get(partition, (0, 0)) for partition in wanted]
        return min((least for least, _ in found), default=0), max((most for _, most in found), default=0)

    async def fetch(
        self, statement: Composable, parameters: Sequence[Any] | Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        """Run one reading statement; where another one failed, the transaction is begun anew before.

        Raises `MomentPassed` where the rows have moved since, now and from then on.
        """
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            await self.connection.execute("ROLLBACK")
            before = self._reached
            await self.begin()
            self._has_passed = self._has_passed or self._reached != before
        if self._has_passed:
            raise MomentPassed
        cursor = self.connection.cursor(binary=True)
        return await (await cursor.execute(statement.as_bytes(), parameters)).fetchall()


class Snapshots:
    """The snapshots of one request: one, unless a part of it asks for a position that it has not reached."""

    def __init__(self, pool: Pool) -> None:
        """Open them through `pool`, the first when it is needed."""
        self._pool = pool
        self._opened: list[Snapshot] = []
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Let what the request reads find them."""
        _CURRENT.set(None)
        _OF_REQUEST.set(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End their transactions and give the connections back."""
        _OF_REQUEST.set(None)
        for snapshot in self._opened:
            try:
                with suppress(OperationalError):  # a connection that was lost has no transaction any more
                    await snapshot.connection.rollback()
            finally:
                await self._pool.putconn(snapshot.connection)
        self._opened.clear()

    async def enter(self, position: int, partitions: Iterable[int] | None) -> Snapshot:
        """Return a snapshot in which these partitions are at `position`, which the rows have reached already.

        What the calling task and those it starts read from then on is read in it.
        """
        async with self._opening:
            if not self._opened or self._opened[-1].reached(partitions)[0] < position:
                snapshot = Snapshot(await self._pool.getconn())
                self._opened.append(snapshot)
                await snapshot.begin()
        _CURRENT.set(self._opened[-1])
        return self._opened[-1]


_OF_REQUEST: Final[ContextVar[Snapshots | None]] = ContextVar("snapshots", default=None)
_CURRENT: Final[ContextVar[Snapshot | None]] = ContextVar("snapshot", default=None)


def of_request() -> Snapshots | None:
    """Return the snapshots of the request under way; None where it reads without, such as a mutation."""
    return _OF_REQUEST.get()


def current() -> Snapshot | None:
    """Return the snapshot that is read in, None for none."""
    return _CURRENT.get() if _OF_REQUEST.get() is not None else None
