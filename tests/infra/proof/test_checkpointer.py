"""The checkpointer: every head it signs is the log's, whatever is killed, restored, altered or run twice.

Longer than other files: each rule of its subject has its test here.
"""

import base64
import random
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.operation import OPERATIONS
from infra.database import connect, install
from infra.log_reader import read
from infra.proof import store
from infra.proof.asking import proven
from infra.proof.growth import Growth, LogAltered, LogShorter
from infra.proof.keys import Unsignable, signer
from infra.proof.store import Overtaken
from tests.infra.proof.announcing import announce
from tests.infra.proof.proving import (
    assert_proven,
    checkpointing,
    issued,
    key_of,
    problem,
    settings_of,
    state,
)
from tests.infra.relaying import Projects, query, wait_until
from tests.processes import Forked

PROCESS = """
import sys
from pathlib import Path
from tests.infra.proof.proving import settings_of
from infra.proof.checkpointer import Checkpointer
Checkpointer(settings_of(sys.argv[1], None, proof_key_file=Path(sys.argv[2])), page_records=3).run()
"""


def wait_proven(database_url: str, size: int) -> None:
    wait_until(lambda: state(database_url).size >= size, f"{size} records are proven")


@contextmanager
def altered(database_url: str, statement: str) -> Generator[psycopg.Connection[Any]]:
    """Show the log after what only its owner can do and nobody should; it is undone at the end."""
    with psycopg.connect(database_url) as connection:
        connection.execute("ALTER TABLE log.event DISABLE TRIGGER event_is_immutable")
        connection.execute(statement.encode())
        yield connection
        connection.rollback()


def test_checkpoints_follow_the_log_and_prove_it(database_url: str) -> None:
    projects = Projects.made(database_url, 3)
    with checkpointing(settings_of(database_url)):
        for _ in range(4):
            wait_proven(database_url, projects.append(5, events=7))
    found = assert_proven(database_url)
    assert len(found) >= 4
    assert found[-1].size == projects.head() == 4 * 3 * 5 * 7 + 1
    assert {each.verifier_key for each in found} == {str(key_of(database_url).verifier)}
    assert state(database_url).problem(found[-1].issued_at) is None


def test_the_key_is_named_in_the_log_before_it_signs(database_url: str) -> None:
    projects = Projects.made(database_url, 1)
    with checkpointing(settings_of(database_url)):
        wait_proven(database_url, 1)
    [first] = [each for each in projects.records() if each.stream == OPERATIONS]
    assert first.type == "operation.proof_key_announced.v1"
    assert first.position <= issued(database_url)[0].size
    with checkpointing(settings_of(database_url)):
        wait_proven(database_url, projects.append())
    assert len([each for each in projects.records() if each.stream == OPERATIONS]) == 1


def test_a_log_at_rest_gets_no_further_checkpoints(database_url: str) -> None:
    projects = Projects.made(database_url, 1)
    with checkpointing(settings_of(database_url)):
        wait_proven(database_url, projects.append())
        time.sleep(5 * 0.1)
    count = len(issued(database_url))
    with checkpointing(settings_of(database_url)):
        time.sleep(3 * 0.1)
    assert len(issued(database_url)) == count


def test_a_checkpoint_is_issued_when_it_is_wished_for_and_at_the_end(database_url: str) -> None:
    projects = Projects.made(database_url, 1)
    with checkpointing(replace(settings_of(database_url), checkpoint_seconds=60)):
        wait_proven(database_url, 1)
        head = projects.append(3)
        query(database_url, "SELECT pg_notify('fairlead_proof', '')")
        wait_proven(database_url, head)
        head = projects.append(3)
    assert state(database_url).size == head
    assert_proven(database_url)


def test_killed_at_any_point_it_goes_on_and_never_contradicts_itself(
    database_url: str, tmp_path: Path
) -> None:
    projects = Projects.made(database_url, 4)
    key = tmp_path / "proof.key"
    key.write_text(settings_of(database_url).proof_key or "")
    with Forked(PROCESS, database_url, key, is_mute=True):
        wait_proven(database_url, 1)
        projects.append(10, events=5)
    with checkpointing(settings_of(database_url)):
        wait_proven(database_url, projects.append())
    assert_proven(database_url)


def test_whatever_statement_its_connection_breaks_at_it_goes_on(database_url: str) -> None:
    projects = Projects.made(database_url, 4)
    delays = random.Random(3)
    with checkpointing(settings_of(database_url), page_records=9):
        for _ in range(8):
            projects.append(2, events=5)
            time.sleep(delays.uniform(0, 0.2))
            query(
                database_url,
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'fairlead checkpointer'",
            )
        wait_proven(database_url, projects.append())
    assert_proven(database_url)


def test_two_of_them_do_not_fork_the_log(database_url: str) -> None:
    projects = Projects.made(database_url, 2)
    leading, standing_by = checkpointing(settings_of(database_url)), checkpointing(settings_of(database_url))
    with leading as leader, standing_by:
        wait_proven(database_url, projects.append(10))
        leader.stop()
        wait_proven(database_url, projects.append(10))
    assert_proven(database_url)


def test_whoever_was_overtaken_writes_nothing(database_url: str) -> None:
    projects = Projects.made(database_url, 1)
    projects.append(5, events=3)
    with connect(database_url, application="test") as connection:
        slow, quick = Growth(connection, page_records=4), Growth(connection, page_records=7)
        assert quick.grow() == 7
        with pytest.raises(Overtaken):
            slow.grow()
        assert Growth(connection).edge == quick.edge == store.edge(connection)
        assert quick.grow() == 7
        assert quick.grow() == 1
        assert quick.grow() == 0


def test_growing_in_two_threads_gives_one_tree(database_url: str) -> None:
    projects = Projects.made(database_url, 2)
    projects.append(60, events=5)

    def grow(page_records: int) -> None:
        with connect(database_url, application="test") as connection:
            for _ in range(400):
                try:
                    growth = Growth(connection, page_records=page_records)
                    while growth.grow():
                        pass
                except Overtaken:
                    continue
                return

    threads = [threading.Thread(target=grow, args=(number,)) for number in (13, 29)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with connect(database_url, application="test") as connection:
        assert store.size(connection) == 600
    with checkpointing(settings_of(database_url)):
        wait_proven(database_url, 601)
    assert_proven(database_url)


CHANGES = {
    "DELETE FROM log.event WHERE position > 7": LogShorter,
    "UPDATE log.event SET data = data || ' '::bytea WHERE position = 10": LogAltered,
    "UPDATE log.event SET actor_id = uuidv7() WHERE position = 10": LogAltered,
    "UPDATE log.event SET recorded_at = recorded_at + interval '1us' WHERE position = 10": LogAltered,
    "UPDATE log.event SET reason = NULL WHERE position = 10": LogAltered,
    "DELETE FROM log.event WHERE position = 10": LogAltered,
    "DELETE FROM log.event WHERE position = 12": LogAltered,
}


def test_another_log_than_the_tree_was_made_of_is_refused(database_url: str) -> None:
    projects = Projects.made(database_url, 1)
    with checkpointing(settings_of(database_url)):
        wait_proven(database_url, 1)
        wait_proven(database_url, projects.append(9))
    assert projects.append(5) == 15
    before = issued(database_url)
    for change, refusal in CHANGES.items():
        with altered(database_url, change) as connection, pytest.raises(refusal):
            Growth(connection).grow()
    with altered(database_url, next(iter(CHANGES))) as connection:
        connection.commit()
    with checkpointing(settings_of(database_url)):
        wait_until(lambda: "restored" in problem(database_url), "the shorter log is refused")
        assert "position 10" in problem(database_url)
        assert state(database_url).problem(before[-1].issued_at) is not None
    assert issued(database_url) == before


def test_tree_and_checkpoints_are_never_changed(database_url: str) -> None:
    projects = Projects.made(database_url, 1)
    with checkpointing(settings_of(database_url)):
        wait_proven(database_url, projects.append())
    for table in ("strip", "checkpoint"):
        for statement in ("UPDATE proof.{} SET {} = {}", "DELETE FROM proof.{}", "TRUNCATE proof.{}"):
            column = {"strip": "start", "checkpoint": "size"}[table]
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                query(database_url, statement.format(table, column, column))


def test_without_a_key_the_tree_grows_and_nothing_is_signed(database_url: str) -> None:
    projects = Projects.made(database_url, 1)
    head = projects.append(3)
    with checkpointing(settings_of(database_url, None)):
        wait_until(lambda: "FAIRLEAD_PROOF_KEY_FILE" in problem(database_url), "it says that it has no key")
    with connect(database_url, application="test") as connection:
        assert store.size(connection) == head
    assert issued(database_url) == []


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 43, b"A" * 44])
def test_a_key_that_is_none_is_said(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "proof.key"
    file.write_bytes(content)
    with pytest.raises(Unsignable, match="key of the log's checkpoints"):
        signer(settings_of("", None, proof_key_file=file), "fairlead/x")


def test_a_key_is_read_in_either_alphabet(tmp_path: Path) -> None:
    secret = b"\xfb\xff" * 16
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        file = tmp_path / "proof.key"
        file.write_bytes(encode(secret) + b"\n")
        assert signer(settings_of("", None, proof_key_file=file), "fairlead/x").secret == secret


def test_a_key_is_followed_by_the_one_the_log_names(database_url: str) -> None:
    projects = Projects.made(database_url, 1)
    old, new = key_of(database_url), key_of(database_url, b"n" * 32)
    with checkpointing(settings_of(database_url)):
        wait_proven(database_url, projects.append())
    with checkpointing(settings_of(database_url, new.secret)):
        wait_until(lambda: "fairlead proof announce" in problem(database_url), "a strange key is refused")
    announce(database_url, new.verifier)
    with checkpointing(settings_of(database_url)):
        wait_proven(database_url, projects.append())
    with checkpointing(settings_of(database_url, new.secret)):
        wait_proven(database_url, projects.append())
    with checkpointing(settings_of(database_url)):
        wait_until(lambda: "followed by another" in problem(database_url), "the old key signs no more")
    found = assert_proven(database_url)
    signers = list(dict.fromkeys(each.verifier_key for each in found))
    assert signers == [str(old.verifier), str(new.verifier)]


def test_announcing_a_key_twice_adds_nothing(database_url: str) -> None:
    install(database_url)
    key = key_of(database_url).verifier
    assert [announce(database_url, key).event_count for _ in range(2)] == [1, 0]
    with connect(database_url, application="test") as connection:
        assert [each.type for each in read(connection, 0)] == ["operation.proof_key_announced.v1"]


def test_a_checkpoint_that_is_asked_for_comes_before_it_is_due(database_url: str) -> None:
    projects = Projects.made(database_url, 1)
    with checkpointing(settings_of(database_url, checkpoint_seconds=60.0)):
        wait_until(lambda: state(database_url).size >= projects.head(), "the first one is issued")
        wanted = projects.append()
        with connect(database_url, application="test") as connection:
            assert proven(connection, wanted, seconds=30) == wanted
            assert proven(connection, 1, seconds=0) == wanted


def test_where_nothing_issues_checkpoints_none_is_waited_for(database_url: str) -> None:
    Projects.made(database_url, 1)
    with connect(database_url, application="test") as connection:
        assert proven(connection, 1, seconds=30) is None
