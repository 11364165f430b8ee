"""Erasures that are cut off: killed at any step they go on and end; a key still in memory writes nothing."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest

from infra.codec import codec
from infra.database import connect
from infra.erasing import delete_key
from infra.log_reader import head
from infra.read_side import positions
from tests.api.projecting import PARTITIONS
from tests.api.test_erasure import (
    BEN,
    DIRECTOR,
    MARA,
    MASTER,
    SECRET,
    Story,
    api_of,
    keyed,
    project,
    retitle,
    set_up,
)
from tests.infra.grepping import tables_with
from tests.infra.relaying import query, wait_until
from tests.processes import Forked
from tests.services import Databases

ERASING: Final = f"""
import sys, threading
from infra.codec import codec
from infra.erasing import Erasing
from infra.keys import Keys
from infra.masters import Masters
from projections.all import ALL
with Keys(sys.argv[1], Masters("{MASTER}")) as keys:
    Erasing(sys.argv[1], ALL, codec().with_keys(keys), {PARTITIONS}).run(threading.Event())
"""
PROJECTOR: Final = f"""
import sys
from infra.projector import run
from infra.settings import Settings
run(Settings(database_url=sys.argv[1], kafka_bootstrap="127.0.0.1:9", partitions={PARTITIONS},
             master_key="{MASTER}"))
"""
STEPS: Final = (
    ("looking for decisions", "SELECT FROM keys.looked_through FOR UPDATE", "erasing"),
    ("moving the epoch", "SELECT FROM keys.epoch FOR UPDATE", "erasing"),
    ("deleting snapshots, before the key is gone", "LOCK log.snapshot IN SHARE MODE", "erasing"),
    ("emptying the pages of keys", "LOCK keys.person_key IN ACCESS SHARE MODE", "erasing"),
    ("switching to the new rows", "SELECT FROM rows.checkpoint FOR UPDATE", "rebuild"),
    ("dropping the old rows", "LOCK rows.task_board_{live} IN ACCESS SHARE MODE", "rebuild"),
    ("dropping rows that were left", "LOCK rows.task_board_{left} IN ACCESS SHARE MODE", "erasing"),
    ("recording that it is complete", "SELECT pg_advisory_xact_lock(7021946201)", "writer"),
    ("noting that it is done", "SELECT FROM keys.erasure FOR UPDATE", "erasing"),
)
"""Where a process is killed: what it does, a lock that holds it up there, and which session waits for it."""

DONE: Final = "SELECT count(*) FROM keys.erasure WHERE done_at IS NOT NULL"
GENERATION: Final = "SELECT generation FROM rows.read_model WHERE name = 'task_board'"


@pytest.fixture
def story(databases: Databases, one_database: str) -> Generator[Story]:
    with psycopg.connect(databases.server.database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            (one_database.rpartition("/")[2],),
        )
    story = Story(databases.create(like=one_database))
    yield story
    databases.drop(story.url)


def waits(url: str, holding: psycopg.Connection[Any], application: str) -> Callable[[], bool]:
    """Return what says whether a session called `application` waits for a lock that `holding` has."""
    statement = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE %s = ANY (pg_blocking_pids(pid)) AND application_name = %s"
    )
    wanted = holding.info.backend_pid, f"fairlead {application}"
    return lambda: query(url, statement, *wanted) != (0,)


def killed_while(url: str, lock: str, application: str) -> None:
    """Kill an erasing process that waits for a lock, as a machine that goes down: its sessions end too."""
    with psycopg.connect(url) as connection:
        (live,) = query(url, GENERATION)
        connection.execute(lock.format(live=live, left=live - 1).encode())
        with Forked(ERASING, url, is_mute=True):
            wait_until(waits(url, connection, application), f"{application} waits for: {lock}")
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def written_and_decided(story: Story) -> None:
    async with api_of(story.url) as api:
        await set_up(api, story)
        told = {"title": f"By {SECRET}", "description": f"{SECRET} says", "reason": SECRET}
        await api.of(MARA).made("openTask", projectId=story.project, **told)
        await asyncio.to_thread(project, story.url)
        await api.done("eraseMember", memberId=str(MARA.actor_id), cause="A letter")
        await api.of(DIRECTOR).done("approveMemberErasure", memberId=str(MARA.actor_id))


def test_an_erasure_killed_at_each_of_its_steps_goes_on_and_ends(story: Story) -> None:
    url = story.url
    asyncio.run(written_and_decided(story))
    assert tables_with(url, SECRET)
    for _, lock, application in STEPS:
        killed_while(url, lock, application)
        assert query(url, DONE) == (0,)
    with Forked(ERASING, url, is_mute=True):
        wait_until(lambda: query(url, DONE) == (1,), "it is done")
    assert tables_with(url, SECRET) == set()
    completed = "SELECT count(*) FROM log.event WHERE type = 'member.erasure_completed.v1'"
    assert query(url, completed) == (1,)
    boards = (
        "SELECT array_agg(relname::text) FROM pg_class WHERE relnamespace = 'rows'::regnamespace"
        " AND relkind = 'r' AND relname ~ '^task_board_[0-9]+$'"
    )
    assert query(url, boards) == ([f"task_board_{query(url, GENERATION)[0]}"],)


def test_a_projector_process_that_holds_a_key_writes_nothing_with_it_after_the_erasure(story: Story) -> None:
    url, last = story.url, f"{uuid4()} was here"
    with keyed(url) as keys:
        asyncio.run(ben_writes(story))
        with Forked(PROJECTOR, url, is_mute=True), psycopg.connect(url) as holding:
            wait_until(lambda: is_folded(url), "the projector has folded what Ben wrote, and so has his key")
            holding.execute("SELECT FROM rows.checkpoint FOR UPDATE")
            asyncio.run(retitle(story, codec().with_keys(keys), last))
            wait_until(
                waits(url, holding, "projector"), "it has read the new title, and is about to write it"
            )
            with connect(url, application="test") as other:
                delete_key(other, BEN.actor_id)
            holding.rollback()
            wait_until(lambda: is_folded(url), "it has written it")
            assert tables_with(url, last) == set()
    assert query(url, "SELECT title FROM rows.task_board WHERE task_id = %s", story.of_ben) == ("erased",)


async def ben_writes(story: Story) -> None:
    async with api_of(story.url) as api:
        await set_up(api, story)
        await api.of(BEN).done("describeTask", taskId=story.of_ben, description="Ben's")


def is_folded(url: str) -> bool:
    with connect(url, application="test") as connection:
        return set(positions(connection).values()) == {head(connection)}
