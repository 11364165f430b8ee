"""History in partitions: each holds what was closed in its stretch of positions, old ones are not read."""

import asyncio
import threading
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from infra import history
from infra.codec import codec
from infra.database import connect
from infra.history import History
from infra.reads import Listing, Rows, reads_pool
from infra.rebuild import rebuild
from projections import task_board
from projections.all import ALL
from tests.infra.story import PARTITIONS, Story, folded, ready, recorded, rows_of, said, told

POSITIONS = 50


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PARTITION_POSITIONS", POSITIONS)


def partitions(url: str) -> dict[str, tuple[int, int, int]]:
    """Return (number of versions, first and last position that closed one) by partition of the task board."""
    with connect(url, application="test") as connection:
        names = connection.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE c.relname LIKE 'task_board%_history_%' AND c.relkind = 'r' ORDER BY 1"
        ).fetchall()
        found: dict[str, tuple[int, int, int]] = {}
        for (name,) in names:
            statement = SQL("SELECT count(*), min(to_position), max(to_position) FROM {}")
            row = connection.execute(statement.format(Identifier("rows", name))).fetchone()
            assert row is not None
            found[name] = row
        return found


@pytest.mark.usefixtures("short")
def test_each_partition_holds_its_stretch_and_all_positions_are_answered(database_url: str) -> None:
    log = recorded(told(database_url, Story(seed=81), 150))
    ready(database_url)
    parts = partitions(database_url)
    assert len(parts) > 1
    for name, (count, first, last) in parts.items():
        number = int(name.rpartition("_")[2])
        assert count
        assert number == first // POSITIONS == last // POSITIONS

    async def ask() -> None:
        async with reads_pool(database_url) as pool:
            for at in range(0, len(log) + 1, 10):
                page = await Rows(pool, task_board.READ_MODEL).page(Listing((), "OPENED", 200, as_of=at))
                expected = rows_of(folded(task_board.READ_MODEL, log[:at]))
                assert {row.task_id: row for row in page.rows} == expected

    asyncio.run(ask())
    before = said(database_url)
    rebuild(database_url, ALL, codec(), partitions=PARTITIONS)
    assert said(database_url) == before
    assert [*partitions(database_url).values()] == [*parts.values()]


@pytest.mark.usefixtures("short")
def test_what_was_closed_before_is_not_looked_at(database_url: str) -> None:
    records = told(database_url, Story(seed=82), 120)
    ready(database_url, [task_board.READ_MODEL])
    with connect(database_url, application="test") as connection:
        plan = connection.execute(
            "EXPLAIN SELECT * FROM rows.task_board_history WHERE to_position > %s AND from_position <= %s",
            (records[-1].position, records[-1].position),
        ).fetchall()
    read = [line for (line,) in plan if "task_board_1_history_0" in line]
    assert len(partitions(database_url)) > 1
    assert read == []


@pytest.mark.usefixtures("short")
def test_a_partition_that_was_detached_is_asked_again_once_it_is_attached(database_url: str) -> None:
    log = recorded(told(database_url, Story(seed=83), 120))
    ready(database_url, [task_board.READ_MODEL])
    assert "task_board_1_history_0" in partitions(database_url)
    expected = rows_of(folded(task_board.READ_MODEL, log[: POSITIONS // 2]))

    async def board() -> dict[Any, Any]:
        async with reads_pool(database_url) as pool:
            listing = Listing((), "OPENED", 200, as_of=POSITIONS // 2)
            page = await Rows(pool, task_board.READ_MODEL).page(listing)
            return {row.task_id: row for row in page.rows}

    parent, part = "rows.task_board_1_history", "rows.task_board_1_history_0"
    with connect(database_url, application="test") as connection:
        connection.execute(f"ALTER TABLE {parent} DETACH PARTITION {part}".encode())
        assert asyncio.run(board()) != expected
        connection.execute(
            f"ALTER TABLE {parent} ATTACH PARTITION {part} FOR VALUES FROM (0) TO ({POSITIONS})".encode()
        )
    assert asyncio.run(board()) == expected


def test_a_partition_wanted_by_several_at_once_is_made_once(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA rows")
        connection.execute(History("rows", "thing_1_history").ddl(SQL("id int8 NOT NULL")))
    begin = threading.Barrier(4)
    made: list[Any] = []

    def want() -> None:
        mine = History("rows", "thing_1_history")
        with psycopg.connect(database_url, autocommit=True) as connection:
            begin.wait()
            with connection.transaction():
                made.append([mine.partition(connection, number) for number in range(5)])

    threads = [threading.Thread(target=want) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made) == 4
    assert all(each == made[0] for each in made)
