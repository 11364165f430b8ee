"""Batches into rows: whatever is split, repeated or missing, the rows are the pure fold of the log."""

from collections.abc import Sequence
from itertools import pairwise
from threading import Thread
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL

from infra.database import connect
from infra.log_reader import Record
from infra.projecting import Hole, Projecting, Superseded
from infra.read_side import positions
from infra.rebuild import rebuild
from projections.all import ALL
from tests.infra.relaying import query, wait_until
from tests.infra.story import (
    PARTITIONS,
    Said,
    Story,
    assert_rows_are_the_fold,
    codec,
    live,
    projecting,
    ready,
    said,
    told,
)
from tests.processes import Forked
from tests.services import Databases

PROCESS = """
import sys
from infra.database import connect
from infra.log_reader import head, pages
from tests.infra.story import PARTITIONS, projecting
url = sys.argv[1]
with connect(url, application="to be killed") as connection:
    at = projecting(connection)
    reached = 0
    for page in pages(connection, 0, up_to=head(connection), limit=7):
        since, reached = reached, page[-1].position
        at.project(page, dict.fromkeys(range(PARTITIONS), 0), dict.fromkeys(range(PARTITIONS), reached))
        print(reached, flush=True)
"""


@pytest.fixture(scope="module")
def log_of_a_story(databases: Databases) -> tuple[str, list[Record]]:
    """Give one database with a story in its log and empty rows."""
    url = databases.create()
    records = told(url, Story(seed=3, projects=3), 150)
    return url, records


def empty(url: str) -> None:
    """Take the rows back to before the first event; only what holds something is truncated."""
    with connect(url, application="test") as connection, connection.transaction():
        names = [tables.name(kind) for tables in live(connection) for kind in tables.kinds]
        held = [
            name
            for name in names
            if connection.execute(SQL("SELECT EXISTS (SELECT FROM {})").format(name)).fetchone() == (True,)
        ]
        if held:
            connection.execute(SQL("TRUNCATE {}").format(SQL(", ").join(held)))
        connection.execute("UPDATE rows.checkpoint SET position = 0")
        connection.execute("UPDATE rows.read_model SET position = 0")
        connection.execute("DELETE FROM rows.wish")


def project(at: Projecting, batch: Sequence[Record], since: int) -> None:
    everywhere = range(PARTITIONS)
    at.project(batch, dict.fromkeys(everywhere, since), dict.fromkeys(everywhere, batch[-1].position))


@pytest.fixture(scope="module")
def built(log_of_a_story: tuple[str, list[Record]]) -> tuple[str, list[Record], Said]:
    url, records = log_of_a_story
    ready(url)
    assert_rows_are_the_fold(url)
    return url, records, said(url)


@settings(max_examples=15)
@given(data=st.data())
def test_any_split_and_any_repetition_of_batches_gives_the_same(
    built: tuple[str, list[Record], Said], data: st.DataObject
) -> None:
    url, records, expected = built
    cuts = data.draw(st.lists(st.integers(1, len(records) - 1), max_size=12, unique=True).map(sorted))
    again = data.draw(st.lists(st.integers(0, len(cuts)), max_size=4))
    empty(url)
    with connect(url, application="test") as connection:
        at = projecting(connection)
        edges = [0, *cuts, len(records)]
        batches = [(records[a:b], a) for a, b in pairwise(edges)]
        for number, (batch, since) in enumerate(batches):
            project(at, batch, since)
            for back in again:
                if back <= number:
                    project(at, records[edges[back] : edges[number + 1]], edges[back])
    assert said(url) == expected
    assert_rows_are_the_fold(url)


def test_a_batch_that_begins_behind_the_checkpoint_is_a_hole_and_changes_nothing(
    built: tuple[str, list[Record], Said],
) -> None:
    url, records, _ = built
    empty(url)
    with connect(url, application="test") as connection:
        at = projecting(connection)
        project(at, records[:10], 0)
        before = said(url)
        with pytest.raises(Hole):
            project(at, records[20:30], 20)
        assert positions(connection) == dict.fromkeys(range(PARTITIONS), 10)
    assert said(url) == before


def test_tables_that_are_no_longer_live_are_not_written(databases: Databases) -> None:
    url = databases.create()
    records = told(url, Story(seed=4), 20)
    ready(url)
    with connect(url, application="test") as connection:
        stale = projecting(connection)
        rebuild(url, ALL[:1], codec(), partitions=PARTITIONS)
        with pytest.raises(Superseded):
            project(stale, records, 0)
        with pytest.raises(Superseded):
            stale.retry(ALL[0].name, records[0].key)
    databases.drop(url)


@pytest.mark.parametrize("after", [1, 3, 8])
def test_a_projector_killed_between_any_two_steps_leaves_whole_batches(
    built: tuple[str, list[Record], Said], after: int
) -> None:
    url, records, expected = built
    empty(url)
    with Forked(PROCESS, url) as killed:
        for _ in range(after):
            killed.stdout.readline()
    with connect(url, application="test") as connection:
        wait_until(lambda: others(connection) == 0, "the killed one's session is gone")
        reached = positions(connection)
        assert len(set(reached.values())) == 1
        project(projecting(connection), records, 0)
    assert said(url) == expected


def test_a_projector_that_loses_its_database_in_the_middle_of_a_batch_writes_all_or_nothing(
    built: tuple[str, list[Record], Said],
) -> None:
    url, records, expected = built
    empty(url)
    with connect(url, application="test") as blocker, connect(url, application="to be cut") as cut:
        at = projecting(cut)
        with blocker.transaction():
            last = [each for each in live(blocker) if expected[each.model.name][2]][-1]
            blocker.execute(SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(last.name()))
            thread = Thread(target=cut_once_blocked, args=(url, cut.info.backend_pid))
            thread.start()
            with pytest.raises(psycopg.OperationalError):
                project(at, records, 0)
            thread.join()
    with connect(url, application="test") as connection:
        assert set(positions(connection).values()) == {0}
        assert all(not rows for _, _, rows in said(url).values())
        project(projecting(connection), records, 0)
    assert said(url) == expected


def cut_once_blocked(url: str, pid: int) -> None:
    """End a session as soon as it waits for a lock."""
    waiting = "SELECT wait_event_type FROM pg_stat_activity WHERE pid = %s"
    wait_until(lambda: query(url, waiting, pid) == ("Lock",), "the batch waits for its last table")
    query(url, "SELECT pg_terminate_backend(%s)", pid)


def others(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fairlead to be killed'"
        " AND datname = current_database()"
    ).fetchone()
    return 0 if row is None else int(row[0])
