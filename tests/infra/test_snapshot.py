"""What one request reads is of one moment, also when a statement of it fails half-way."""

import asyncio

import psycopg
import pytest
from psycopg.sql import SQL

from infra.database import connect, install
from infra.read_side import install as install_books
from infra.reads import AsyncPool, fetch, reads_pool
from infra.snapshot import MomentPassed, Snapshots

REACHED = SQL("SELECT min(position) FROM rows.checkpoint")


def moved(url: str, position: int) -> None:
    """Let the rows move on, as a projector does."""
    with connect(url, application="test") as connection:
        connection.execute(
            "INSERT INTO rows.checkpoint VALUES (0, %s) ON CONFLICT (partition)"
            " DO UPDATE SET position = excluded.position",
            (position,),
        )


async def failing(pool: AsyncPool) -> None:
    with pytest.raises(psycopg.DataError):
        await fetch(pool, SQL("SELECT %s::int"), ["no number"])


def test_after_a_failure_a_request_goes_on_only_at_its_own_moment(database_url: str) -> None:
    install(database_url)
    with connect(database_url, application="test") as connection:
        install_books(connection)
    moved(database_url, 1)

    async def ask() -> None:
        async with reads_pool(database_url) as pool, Snapshots(pool) as snapshots:
            await snapshots.enter(1, None)
            await failing(pool)
            assert await fetch(pool, REACHED, []) == [(1,)]
            await asyncio.to_thread(moved, database_url, 2)
            assert await fetch(pool, REACHED, []) == [(1,)]
            await failing(pool)
            for _ in range(2):
                with pytest.raises(MomentPassed):
                    await fetch(pool, REACHED, [])
            await snapshots.enter(2, None)

    asyncio.run(ask())
