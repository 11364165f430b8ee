"""What queries need: the rows of every read model, how fresh they are, and who may see whose."""

from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from psycopg.sql import SQL

from infra.codec import Codec, codec
from infra.freshness import Freshness
from infra.parking import PARKED, ParkedKey
from infra.reads import AsyncPool, Rows, fetch, reads_pool
from infra.schedules import Schedules
from infra.topic import partition_of
from projections.all import ALL


class Serving:
    """The read side for one event loop; use as an async context manager."""

    def __init__(
        self, database_url: str, *, partitions: int, stale_after_seconds: float, events: Codec | None = None
    ) -> None:
        """Serve from `database_url`; a query that asks for more than there is waits `stale_after_seconds`."""
        self.pool: AsyncPool = reads_pool(database_url)
        self.freshness = Freshness(
            database_url, partitions=partitions, stale_after_seconds=stale_after_seconds
        )
        self.rows: Mapping[str, Rows] = {model.name: Rows(self.pool, model) for model in ALL}
        self.schedules = Schedules(self.pool)
        self.codec: Codec = events or codec()
        self._partitions = partitions
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._stack.enter_async_context(self.pool)
        await self._stack.enter_async_context(self.freshness)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them."""
        await self._stack.aclose()

    def partitions_of(self, keys: Iterable[UUID] | None) -> tuple[int, ...] | None:
        """Return the partitions that hold the events of these keys (projects); None stands for all."""
        if keys is None:
            return None
        return tuple({partition_of(key, self._partitions) for key in keys})

    async def position_at(self, moment: datetime) -> int:
        """Return the last position recorded at or before a moment (aware), 0 before the first."""
        rows = await fetch(self.pool, SQL("SELECT log.position_at(%s)"), [moment])
        return int(rows[0][0])

    async def head(self) -> int:
        """Return the last position of the log."""
        rows = await fetch(self.pool, SQL("SELECT coalesce(max(position), 0) FROM log.event"), [])
        return int(rows[0][0])

    async def recorded_at(self, position: int) -> datetime | None:
        """Return when the event at a position was recorded (UTC), None where there is none."""
        statement = SQL("SELECT recorded_at FROM log.event WHERE position = %s")
        rows: list[tuple[Any, ...]] = await fetch(self.pool, statement, [position])
        return rows[0][0] if rows else None

    async def parked(self) -> list[ParkedKey]:
        """Return every parked key, the longest waiting first."""
        rows = await fetch(self.pool, SQL(PARKED), [])
        return [ParkedKey(*row) for row in rows]

    async def projects_of(self, actor_id: UUID) -> tuple[UUID, ...]:
        """Return the projects that an actor is on the team of, now."""
        statement = SQL("SELECT project_id FROM rows.project_overview WHERE member_ids @> ARRAY[%s::uuid]")
        rows: list[tuple[Any, ...]] = await fetch(self.pool, statement, [actor_id])
        return tuple(row[0] for row in rows)
