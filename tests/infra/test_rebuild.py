"""Rebuilding beside the live rows: the same bytes, switched at once, while everything goes on."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from infra import filling
from infra import rebuild as rebuilding
from infra.codec import codec
from infra.database import connect, install
from infra.event_log import EventLog
from infra.log_reader import head
from infra.projector import Projector
from infra.read_side import generations, positions
from infra.read_side import install as install_books
from infra.rebuild import REBUILD_LOCK, RebuildUnderWay, Rebuilt, rebuild
from infra.verify.run import check_rows
from infra.verify.work import Wanted
from projections.all import ALL
from tests.infra.relaying import query, wait_until
from tests.infra.story import (
    PARTITIONS,
    Story,
    assert_rows_are_the_fold,
    ready,
    said,
    tell,
    told,
)

NOWHERE = "127.0.0.1:1"


@contextmanager
def projecting(url: str, bootstrap: str = NOWHERE, topic: str = "none") -> Generator[Projector]:
    """Run a projector in a thread; it must stop within a few seconds."""
    stop = threading.Event()
    projector = Projector(url, bootstrap=bootstrap, topic=topic, partitions=PARTITIONS, models=ALL)
    thread = threading.Thread(target=projector.run, args=(stop,), name="projector")
    thread.start()
    try:
        yield projector
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()


def lag(url: str) -> int:
    with connect(url, application="test") as connection:
        if connection.execute("SELECT to_regclass('rows.checkpoint')").fetchone() == (None,):
            return head(connection) + 1
        reached = positions(connection)
        return head(connection) - min(reached.values()) if reached else head(connection) + 1


def is_free(url: str) -> bool:
    """Say whether nobody is rebuilding: a projector that has just built its rows is still tidying up."""
    statement = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"
    with connect(url, application="test") as connection:
        row = connection.execute(statement, (REBUILD_LOCK & 0xFFFFFFFF,)).fetchone()
    return row == (0,)


def all_rebuilt(url: str) -> list[Rebuilt]:
    return rebuild(url, ALL, codec(), partitions=PARTITIONS)


def checked(url: str) -> list[Rebuilt]:
    return check_rows(Wanted(url, PARTITIONS, ALL))


def test_a_rebuild_equals_the_live_rows_byte_for_byte_while_commands_keep_coming(database_url: str) -> None:
    story = Story(seed=31, projects=3)
    told(database_url, story, 80)
    telling = threading.Thread(target=go_on, args=(database_url, story, 400))
    stop, seen = threading.Event(), [0, 0]
    watching = threading.Thread(target=watch, args=(database_url, stop, seen))
    with projecting(database_url):
        wait_until(lambda: lag(database_url) == 0 and is_free(database_url), "the rows are built")
        watching.start()
        telling.start()
        for _ in range(3):
            assert [done.differences for done in all_rebuilt(database_url)] == [0] * len(ALL)
        telling.join()
        assert [done.differences for done in all_rebuilt(database_url)] == [0] * len(ALL)
        wait_until(lambda: lag(database_url) == 0, "the projector carries on")
        stop.set()
        watching.join()
    assert seen[0] > 0
    assert seen[1] == 0, "a reader saw an error or an empty table"
    assert_rows_are_the_fold(database_url)
    live = said(database_url)
    all_rebuilt(database_url)
    assert said(database_url) == live


def go_on(url: str, story: Story, commands: int) -> None:
    async def telling() -> None:
        async with EventLog(url) as log:
            await tell(log, story.going_on(commands))

    asyncio.run(telling())


def watch(url: str, stop: threading.Event, seen: list[int]) -> None:
    """Read the rows again and again: an error ends the thread, and fails the test."""
    with connect(url, application="watch") as connection:
        while not stop.is_set():
            row = connection.execute(
                "SELECT (SELECT count(*) FROM rows.task_board), (SELECT count(*) FROM rows.project_overview)"
            ).fetchone()
            assert row is not None
            seen[0] += 1
            seen[1] += row[0] == 0 or row[1] == 0


def test_a_check_changes_nothing_and_reports_what_was_tampered_with(database_url: str) -> None:
    told(database_url, Story(seed=32), 60)
    ready(database_url)
    before = said(database_url)
    assert [done.differences for done in checked(database_url)] == [0] * len(ALL)
    assert said(database_url) == before
    query(
        database_url,
        "UPDATE rows.task_board SET title = 'forged'"
        " WHERE task_id = (SELECT task_id FROM rows.task_board LIMIT 1)",
    )
    found = {done.model: done.differences for done in checked(database_url)}
    assert found["task_board"] == 2  # a version too many, a version too few
    assert sum(count or 0 for count in found.values()) == 2
    [done, *_] = all_rebuilt(database_url)
    assert done.differences == 2
    assert said(database_url) == before


def test_rows_that_moved_on_since_the_live_ones_stood_still_are_no_difference(database_url: str) -> None:
    story = Story(seed=37, projects=3)
    told(database_url, story, 60)
    ready(database_url)
    go_on(database_url, story, 60)
    assert [done.differences for done in all_rebuilt(database_url)] == [0] * len(ALL)
    assert_rows_are_the_fold(database_url)


def test_a_process_manager_keeps_no_history_and_its_rows_are_compared_all_the_same(database_url: str) -> None:
    told(database_url, Story(seed=38), 60)
    ready(database_url)
    kept = {model.name for model in ALL if model.has_history}
    assert {model.name for model in ALL} - kept == {
        "activity_clock", "approval_routing", "forecast_clock", "incident_clock", "release_clock",
        "resolution_clock",
    }  # fmt: skip
    [tables] = query(
        database_url,
        "SELECT array_agg(relname::text) FROM pg_class WHERE relkind = 'v' AND relname LIKE '%%_history'",
    )
    assert set(tables) == {f"{name}_history" for name in kept}
    query(
        database_url,
        "UPDATE rows.activity_clock SET is_active = NOT is_active"
        " WHERE row_id = (SELECT row_id FROM rows.activity_clock LIMIT 1)",
    )
    found = {done.model: done.differences for done in all_rebuilt(database_url) if done.differences}
    assert found == {"activity_clock": 2}  # a row too many, a row too few


def test_one_rebuild_at_a_time(database_url: str) -> None:
    told(database_url, Story(seed=33), 10)
    ready(database_url)
    with connect(database_url, application="other") as other:
        other.execute("SELECT pg_advisory_lock(%s)", (REBUILD_LOCK,))
        with pytest.raises(RebuildUnderWay):
            all_rebuilt(database_url)


def test_two_projectors_that_start_at_once_both_come_to_the_head(database_url: str) -> None:
    install(database_url)
    told(database_url, Story(seed=34), 60)
    with projecting(database_url), projecting(database_url):
        wait_until(lambda: lag(database_url) == 0, "the rows are built")
        go_on(database_url, Story(seed=34), 5)
        wait_until(lambda: lag(database_url) == 0, "the rows follow")
    assert_rows_are_the_fold(database_url)


def test_a_long_log_is_filled_by_several_processes_to_the_same_rows(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(database_url, Story(seed=35, projects=5), 120)
    ready(database_url)
    before = said(database_url)
    monkeypatch.setattr(rebuilding, "TOGETHER_EVENTS_MIN", 1)
    assert [done.differences for done in all_rebuilt(database_url)] == [0] * len(ALL)
    assert said(database_url) == before


def test_a_log_of_more_rows_than_are_kept_in_memory_is_filled_to_the_same_rows(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(database_url, Story(seed=36, projects=5), 120)
    ready(database_url)
    before = said(database_url)
    monkeypatch.setattr(filling, "KEPT_MAX", 3)
    monkeypatch.setattr(rebuilding, "PAGE_EVENTS", 40)
    assert [done.differences for done in all_rebuilt(database_url)] == [0] * len(ALL)
    assert said(database_url) == before


def test_a_read_model_that_is_no_more_is_retired(database_url: str) -> None:
    told(database_url, Story(seed=36), 20)
    ready(database_url)
    ready(database_url, ALL[1:])
    with connect(database_url, application="test") as connection:
        assert set(generations(connection)) == {model.name for model in ALL[1:]}
        assert connection.execute("SELECT to_regclass('rows.task_board')").fetchone() == (None,)
    ready(database_url)
    assert_rows_are_the_fold(database_url)


def test_checkpoints_of_each_read_model_become_those_of_all(database_url: str) -> None:
    install(database_url)
    with connect(database_url, application="test") as connection:
        install_books(connection)
        connection.execute(
            "DROP TABLE rows.checkpoint; ALTER TABLE rows.read_model DROP COLUMN position;"
            " CREATE TABLE rows.checkpoint ("
            " model text, partition integer, position bigint NOT NULL, PRIMARY KEY (model, partition));"
            " INSERT INTO rows.checkpoint VALUES ('a', 0, 5), ('b', 0, 3), ('a', 1, 7), ('b', 1, 7)"
        )
        install_books(connection)
        assert positions(connection) == {0: 3, 1: 7}
        install_books(connection)
        assert positions(connection) == {0: 3, 1: 7}
        assert generations(connection) == {}
