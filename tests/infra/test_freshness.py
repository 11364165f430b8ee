"""Freshness: a checkpoint that moved is known from its notification, or by looking where that is too long."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra import freshness
from infra.database import connect, install
from infra.freshness import Freshness, Stale
from infra.read_side import Positions, begin, move
from infra.read_side import install as install_books

MANY = 1_000


@contextmanager
def looked_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have nobody look by themselves: what comes to be known then was told."""
    with monkeypatch.context() as patch:
        patch.setattr(freshness, "POLL_SECONDS", 60.0)
        yield


async def known_after(url: str, partitions: int, moved: Positions) -> Positions:
    """Return what is known of `partitions` once the `moved` ones are known to have come as far."""
    watching = Freshness(url, partitions=partitions, stale_after_seconds=20)
    with connect(url, application="test") as connection:
        begin(connection, partitions)
        async with watching:
            while not watching.head:  # not listening yet
                connection.execute("SELECT pg_notify('fairlead_log', '1')")
                await asyncio.sleep(0.01)
            move(connection, moved)
            for partition, position in moved.items():
                await watching.wait(position, [partition])
            return {partition: watching.reached([partition]) for partition in range(partitions)}


@pytest.fixture
def books_url(database_url: str) -> str:
    install(database_url)
    with connect(database_url, application="test") as connection:
        install_books(connection)
    return database_url


def test_what_moved_is_told(books_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with looked_once(monkeypatch):
        known = asyncio.run(known_after(books_url, 4, {1: 7, 3: 9}))
    assert known == {0: 0, 1: 7, 2: 0, 3: 9}


def test_of_more_partitions_than_can_be_told_one_looks(
    books_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    everywhere = {partition: 2**40 + partition for partition in range(MANY)}
    with looked_once(monkeypatch):
        assert asyncio.run(known_after(books_url, MANY, everywhere)) == everywhere


def test_older_news_does_not_take_back_what_is_known(books_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def told() -> int:
        watching = Freshness(books_url, partitions=1, stale_after_seconds=20)
        with connect(books_url, application="test") as connection:
            begin(connection, 1)
            move(connection, {0: 8})
            async with watching:
                await watching.wait(8)
                connection.execute("SELECT pg_notify('fairlead_rows', '0:5')")
                connection.execute("SELECT pg_notify('fairlead_log', '12')")
                assert await watching.wait_for_head(0) == 12
                return watching.reached()

    with looked_once(monkeypatch):
        assert asyncio.run(told()) == 8


def test_what_nobody_of_ours_says_is_looked_up(books_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def told() -> int:
        watching = Freshness(books_url, partitions=1, stale_after_seconds=20)
        with connect(books_url, application="test") as connection:
            begin(connection, 1)
            async with watching:
                for channel in ("fairlead_rows", "fairlead_log"):
                    for news in ("x", "0:", "0:1,", "-1", "²", "0:" + "9" * 30):
                        connection.execute("SELECT pg_notify(%s, %s)", (channel, news))
                move(connection, {0: 8})
                await watching.wait(8)
                return watching.reached()

    with looked_once(monkeypatch):
        assert asyncio.run(told()) == 8


def test_rows_that_do_not_come_are_waited_for_no_longer_than_allowed(books_url: str) -> None:
    async def waited() -> None:
        async with Freshness(books_url, partitions=1, stale_after_seconds=0.05) as watching:
            await watching.wait(1)

    with pytest.raises(Stale):
        asyncio.run(waited())
