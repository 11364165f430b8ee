"""The keys of persons: made once, gone for every process once erased, wrapped anew with no event touched."""

import os
import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.project.needs import StakeholderRegistered, StakeholderRole
from domain.recorded import Issued
from domain.task import ReopenTask, TaskRetitled
from infra import keys as keys_module
from infra.codec import Place, codec
from infra.database import connect, install
from infra.erasing import delete_key
from infra.keys import FRESH_SECONDS, Erased, Keys, NoKey
from infra.masters import BadMasterKey, Masters, WrongMasterKey, masters, new_master
from infra.rotation import begin, end, rotate
from tests.examples import NOON
from tests.infra.relaying import query, wait_until
from tests.services import Databases

STREAM = UUID(int=12)
RETITLED = TaskRetitled("Paint")


@pytest.fixture(scope="module")
def one_url(databases: Databases) -> Generator[str]:
    url = databases.create()
    install(url)
    yield url
    databases.drop(url)


@pytest.fixture
def url(one_url: str) -> str:
    query(one_url, "DELETE FROM keys.person_key")
    return one_url


def kept(path: Path, *secrets: str) -> Masters:
    path.write_text("\n".join(secrets), "ascii")
    return Masters(path=path)


def persons(count: int) -> list[bytes]:
    return [uuid4().bytes for _ in range(count)]


def test_processes_that_make_a_key_at_once_have_the_same(url: str) -> None:
    wanted = persons(20)
    held = [Keys(url, Masters("m" * 43)) for _ in range(4)]
    threads = [threading.Thread(target=each.make, args=(wanted,)) for each in held]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for person in wanted:
        [first, *others] = [each.sealing(person).digest(b"x") for each in held]
        assert others == [first] * 3
    for each in held:
        each.close()


def test_an_erasure_is_noticed_by_a_process_that_holds_the_key(url: str) -> None:
    person = uuid4()
    with Keys(url, Masters("m" * 43)) as other, connect(url, application="test") as connection:
        stored = codec().with_keys(other).encode(RETITLED, Place(person, STREAM))
        delete_key(connection, person)
        delete_key(connection, person)
        wait_until(lambda: not other.is_fresh, "the keys are to be compared again", FRESH_SECONDS * 3)
        events = codec().with_keys(other)
        events.prepare([stored])
        assert events.decode("task.retitled.v1", stored, STREAM) == TaskRetitled("erased")
        other.make([person.bytes])
        with pytest.raises(Erased):
            events.encode(RETITLED, Place(person, STREAM))
        with pytest.raises(Erased):
            events.digest(Issued(ReopenTask("Broken"), STREAM, uuid4(), person, NOON))


def test_what_others_record_of_somebody_erased_is_erased_from_the_start(url: str) -> None:
    anna, ben = uuid4(), uuid4()
    with Keys(url, Masters("m" * 43)) as keys, connect(url, application="test") as connection:
        delete_key(connection, ben)
        events = codec().with_keys(keys)
        known = StakeholderRegistered(ben, "Ben", StakeholderRole.SPONSOR, None, "Peace", ben)
        stored = events.encode(known, Place(anna, STREAM))
        assert b'"name":"erased"' in stored
        opened = events.decode("project.stakeholder_registered.v1", stored, STREAM)
        assert opened == replace(known, name="erased")


def test_who_never_wrote_is_erased_for_the_future(url: str) -> None:
    person = uuid4()
    with Keys(url, Masters("m" * 43)) as keys, connect(url, application="test") as connection:
        delete_key(connection, person)
        with pytest.raises(Erased):
            keys.sealing(person.bytes)


def test_a_key_that_is_not_there_was_not_erased(url: str) -> None:
    with Keys(url, Masters("m" * 43)) as keys, pytest.raises(NoKey):
        keys.key(uuid4().bytes)


def test_no_more_keys_are_kept_than_there_is_room_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "KEPT_MAX", 3)
    wanted = persons(5)
    with Keys(url, Masters("m" * 43)) as keys:
        keys.make(wanted[:3])
        keys.load(wanted)
        keys.sealing(wanted[4])
        assert not keys.has(wanted)
        assert all(keys.sealing(person) for person in wanted)


def test_the_wrong_master_key_is_told_in_one_sentence(url: str) -> None:
    with Keys(url, Masters("m" * 43)) as keys:
        keys.check()  # nothing is wrapped yet
        keys.make(persons(1))
        keys.check()
    with Keys(url, Masters(new_master())) as wrong, pytest.raises(WrongMasterKey, match="is not the one"):
        wrong.check()
    with Keys(url, Masters(f"{new_master()},{'m' * 43}")) as both:
        both.check()


@pytest.mark.parametrize("text", ["", "short", "m" * 44, ",".join(["m" * 43] * 9)])
def test_what_is_no_master_key_is_refused(text: str) -> None:
    with pytest.raises(BadMasterKey):
        masters(text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadMasterKey):
        Masters(path=tmp_path / "none").all()


def test_both_alphabets_of_base64_name_the_same_key() -> None:
    secret = bytes([255] * 32)
    [plain, safe] = masters("/" * 42 + "8=" + "," + "_" * 42 + "8")
    assert plain == safe
    assert plain.secret == secret


def test_a_rotation_stopped_half_way_goes_on_and_processes_notice_it(url: str, tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    known = kept(path, new_master())
    wanted = persons(600)
    with Keys(url, known) as running, connect(url, application="test") as connection:
        running.make(wanted)
        events = codec().with_keys(running)
        stored = [events.encode(RETITLED, Place(UUID(bytes=each), STREAM)) for each in wanted]
        begin(connection, path)
        with pytest.raises(KeyboardInterrupt):
            rotate(connection, known, _stop)
        assert not end(connection, path)
        begin(connection, path)  # the one begun is gone on with
        assert len(known.all()) == 2
        seen: list[tuple[int, int]] = []
        assert rotate(connection, known, lambda done, whole: seen.append((done, whole))) == 100
        assert seen == [(100, 100)]
        assert end(connection, path)
        assert len(known.all()) == 1
        assert path.stat().st_mode & 0o777 == 0o600
        with Keys(url, known) as afresh:
            afresh.check()
            opened = codec().with_keys(afresh)
            assert {opened.decode("task.retitled.v1", each, STREAM) for each in stored} == {RETITLED}
        running.make(persons(1))  # wrapped by the new one, which it was not started with
        assert len(ids(url)) == 1


def _stop(done: int, whole: int) -> None:
    del done, whole
    raise KeyboardInterrupt


def ids(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("SELECT master_id FROM keys.person_key")}


def test_a_rotation_without_the_old_master_changes_nothing(url: str, tmp_path: Path) -> None:
    with Keys(url, Masters("m" * 43)) as keys:
        keys.make(persons(2))
    before = ids(url)
    with connect(url, application="test") as connection, pytest.raises(WrongMasterKey):
        rotate(connection, kept(tmp_path / "file", new_master()), lambda _done, _whole: None)
    assert ids(url) == before


def test_a_log_from_before_there_were_keys_gets_their_tables(url: str) -> None:
    query(url, "DROP SCHEMA keys CASCADE")
    assert install(url)
    assert not install(url)
    with Keys(url, Masters("m" * 43)) as keys:
        keys.make([os.urandom(16)])
