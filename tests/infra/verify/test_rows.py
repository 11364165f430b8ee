"""Rows against the fold of the log: whatever was done to them is found and counted, and nothing else is.

Longer than other files: each rule of its subject has its test here.
"""

from collections.abc import Callable
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from infra.database import connect
from infra.log_reader import head, read
from infra.read_side import positions
from infra.rebuild import Rebuilt
from infra.tables import Tables
from infra.topic import partition_of
from infra.verify import work as verifying
from infra.verify.faults import Kind
from infra.verify.lines import KINDS, SINCE, VERSIONS, Lines, stored
from infra.verify.pinned import pinned, reading
from infra.verify.run import check_rows, verify
from infra.verify.sums import Differing, Sums
from infra.verify.work import ErasureUnderWay, Wanted
from tests.infra.story import NAMES, PARTITIONS, Story, live, projecting, told
from tests.infra.verify.proven import MODELS, prove, verified, with_all_rights

pytestmark = pytest.mark.xdist_group("verify")
Connection = psycopg.Connection[Any]


def change_a_closed_version(connection: Connection) -> int:
    """Change what a task was called while it was called so; its partition alone is written to."""
    return _done(connection, "UPDATE rows.task_board_1_history_0 SET title = 'Another'")


def change_when_it_ended(connection: Connection) -> int:
    return _done(connection, "UPDATE rows.task_board_1_history_0 SET to_position = to_position + 1")


def change_an_observation(connection: Connection) -> int:
    return _done(connection, "UPDATE rows.task_board_1_observation SET day = day + 1")


def lose_a_closed_version(connection: Connection) -> int:
    return _done(connection, "DELETE FROM rows.task_board_1_history_0")


def _done(connection: Connection, statement: LiteralString) -> int:
    """Do something to the one record that is first by the positions it held at; return from which it did."""
    table = next(word for word in statement.split() if word.startswith("rows."))
    row = connection.execute(
        SQL(
            "{} WHERE ctid = (SELECT ctid FROM {} WHERE to_position > 0"
            " ORDER BY from_position, to_position LIMIT 1) RETURNING from_position"
        ).format(SQL(statement), Identifier(*table.split(".")))
    ).fetchone()
    assert row is not None
    return int(row[0])


def repeat_a_row(connection: Connection) -> int:
    """Let a version be there twice: as a set nothing would differ."""
    row = connection.execute(
        "INSERT INTO rows.task_board_1_history_0 SELECT * FROM rows.task_board_1_history_0"
        " ORDER BY from_position, to_position LIMIT 1 RETURNING from_position"
    ).fetchone()
    assert row is not None
    return int(row[0])


def foretell_a_version(connection: Connection) -> int:
    """Add a version that holds from a position to come."""
    connection.execute(
        "CREATE TEMPORARY TABLE forged AS SELECT * FROM rows.task_flow_1 LIMIT 1;"
        "UPDATE forged SET task_id = uuidv7(), from_position = 1000000000;"
        "INSERT INTO rows.task_flow_1 SELECT * FROM forged"
    )
    return 1_000_000_000


TAMPERED: dict[str, tuple[Callable[[Connection], int], int]] = {
    "a closed version is changed": (change_a_closed_version, 2),
    "a closed version ended elsewhere": (change_when_it_ended, 2),
    "a closed version is lost": (lose_a_closed_version, 1),
    "an observation that is over is changed": (change_an_observation, 2),
    "a version is there twice": (repeat_a_row, 1),
    "a version holds from a position to come": (foretell_a_version, 1),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_done_to_rows_is_counted_and_the_first_position_named(copy: str, what: str) -> None:
    tamper, records = TAMPERED[what]
    with psycopg.connect(copy, autocommit=True) as connection:
        position = tamper(connection)
    fault = verified(copy).fault
    assert fault is not None
    assert (fault.position, fault.kind) == (position, Kind.ROW_NOT_THE_FOLD)
    assert fault.sentence.startswith(f"{records} records of task_")


@pytest.mark.parametrize(
    ("statement", "differences"),
    [
        ("DROP TABLE rows.task_flow_1_history CASCADE", [0, None]),
        ("ALTER TABLE rows.task_flow_1 DROP COLUMN project_id CASCADE", [0, None]),
        ("UPDATE rows.read_model SET fingerprint = '' WHERE name = 'task_flow'", [0, None]),
        ("DELETE FROM rows.checkpoint WHERE partition = 1", [None, None]),
    ],
)
def test_rows_that_cannot_be_compared_are_no_success(
    copy: str, statement: str, differences: list[int | None]
) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute(statement.encode())
    fault = verified(copy).fault
    assert fault is not None
    assert (fault.position, fault.kind) == (0, Kind.UNREADABLE)
    assert ("task_flow" if differences[0] == 0 else "task_board") in fault.sentence
    assert [each.differences for each in checked(copy)] == differences


def test_a_log_whose_rows_were_never_made_is_no_success(copy: str) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute(
            "DROP SCHEMA rows CASCADE; CREATE SCHEMA rows; GRANT ALL ON SCHEMA rows TO fairlead"
        )
    fault = verified(copy).fault
    assert fault is not None
    assert fault.kind is Kind.UNREADABLE
    assert [each.differences for each in checked(copy)] == [None, None]


def test_who_fails_stops_the_others(copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "TOGETHER_EVENTS_MIN", 1)
    monkeypatch.setattr(verifying, "SHARE_EVENTS", 1)

    class Stopped(Exception):
        """Somebody pressed a key."""

    def stop(_at: int, _of: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        verify(Wanted(copy, PARTITIONS, MODELS, processes=2), stop)
    assert verify(Wanted(copy, PARTITIONS, MODELS, processes=1)).is_ok


def checked(url: str) -> list[Rebuilt]:
    return check_rows(Wanted(url, PARTITIONS, MODELS, processes=1))


def test_partitions_may_be_folded_to_different_positions(copy: str) -> None:
    """A projector has come further with one partition than with the others."""
    before = head_of(copy)
    told(copy, Story(8, projects=8), 60)
    prove(copy)
    with connect(copy, application="test") as connection:
        records = read(connection, before)
        mine = partition_of(records[-1].key, PARTITIONS)
        ours = [each for each in records if partition_of(each.key, PARTITIONS) == mine]
        assert 0 < len(ours) < len(records)
        projecting(connection, MODELS).project(ours, {mine: before}, {mine: head(connection)})
        assert len(set(positions(connection).values())) == 2
    assert verified(copy).is_ok
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute("UPDATE rows.checkpoint SET position = %s WHERE partition = %s", (before, mine))
    assert not verified(copy).is_ok


def head_of(url: str) -> int:
    with connect(url, application="test") as connection:
        return head(connection)


def test_what_is_written_while_rows_are_pinned_is_not_seen(copy: str) -> None:
    def counted(connection: Connection, tables: Tables, key: bytes) -> Sums:
        sums = Sums(key)
        for kind in KINDS:
            sums.add(stored(connection, tables, kind))
        return sums

    with pinned(copy, MODELS, PARTITIONS) as rows:
        with psycopg.connect(copy, autocommit=True) as other:
            change_a_closed_version(other)
        tables = rows.tables[0]
        with reading(copy, rows) as then, connect(copy, application="test") as now:
            mine = counted(then, tables, rows.key)
            mine.join(counted(now, tables, rows.key), -1)
    assert len(mine.differing) == 2


def test_an_erasure_under_way_is_not_called_a_fault(copy: str) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute("INSERT INTO keys.erasure (person, position) VALUES (%s, 1)", (NAMES,))
        assert verified(copy).is_ok
        change_a_closed_version(connection)
        with pytest.raises(ErasureUnderWay):
            verified(copy)
        connection.execute("UPDATE keys.erasure SET done_at = clock_timestamp()")
    assert not verified(copy).is_ok


def test_several_processes_and_shares_find_the_same(copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "TOGETHER_EVENTS_MIN", 1)
    monkeypatch.setattr(verifying, "SHARE_EVENTS", 100)
    wanted = Wanted(copy, PARTITIONS, MODELS, processes=2)
    heard: list[tuple[int, int]] = []
    assert verify(wanted, lambda at, of: heard.append((at, of))).is_ok
    assert heard[-1] == (2 * head_of(copy), 2 * head_of(copy))
    assert sorted(heard) == heard
    with psycopg.connect(copy, autocommit=True) as connection:
        position = change_a_closed_version(connection)
    fault = verify(wanted).fault
    assert fault is not None
    assert (fault.position, fault.sentence) == (
        position,
        "2 records of task_board are not the fold of the log.",
    )


def test_a_verification_that_was_stopped_goes_on_with_what_it_had_not_walked(
    copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "TOGETHER_EVENTS_MIN", 1)
    monkeypatch.setattr(verifying, "SHARE_EVENTS", 100)

    class Stopped(Exception):
        """Somebody pressed a key."""

    kept: list[Any] = []

    def stop(verified_so_far: Any) -> None:
        kept.append(verified_so_far)
        if len(kept) == 2:
            raise Stopped

    wanted = Wanted(copy, PARTITIONS, processes=1)
    with pytest.raises(Stopped):
        verify(wanted, remember=stop)
    last = kept[-1]
    assert (last.position, sorted(set(last.reached))) == (head_of(copy), [0, head_of(copy)])
    again = verify(Wanted(copy, PARTITIONS, processes=1, reached=last.reached))
    assert again.is_ok
    assert 0 < again.events < again.head
    with with_all_rights(copy) as connection:
        connection.execute("UPDATE log.event SET reason = 'because'")
    fault = verify(Wanted(copy, PARTITIONS, MODELS, processes=1, reached=last.reached)).fault
    assert fault is not None
    assert fault.kind is Kind.BYTE_CHANGED


def test_a_share_with_a_fault_is_not_remembered_as_verified(copy: str) -> None:
    with with_all_rights(copy) as connection:
        connection.execute("UPDATE log.event SET reason = 'because' WHERE position = 9")
    kept: list[Any] = []
    assert not verify(Wanted(copy, PARTITIONS, processes=1), remember=kept.append).is_ok
    assert kept == []


def test_lines_are_what_postgresql_stores(whole: str) -> None:
    with connect(whole, application="test") as connection:
        for tables in live(connection, MODELS):
            keys = [key for (key,) in connection.execute(SQL("SELECT task_id FROM {}").format(tables.name()))]
            rows = tables.load(connection, keys)
            version = Lines(tables).version
            made = {bytes(version(each.row, None, each.from_position)) for each in rows.values()}
            found = {bytes(line) for line in stored(connection, tables, VERSIONS)}
            assert len(made) == len(keys) > 0
            assert made < found


def test_sums_tell_how_often_a_line_is_there_and_not_in_which_order() -> None:
    def sums(*lines: bytes, key: bytes = b"k" * 32) -> Sums:
        found = Sums(key)
        found.add(lines)
        return found

    def differ(one: Sums, other: Sums) -> bool:
        one.join(other, -1)
        return bool(one.differing)

    a, b = b"a" * 20, b"b" * 20
    assert not differ(sums(a, b), sums(b, a))
    assert differ(sums(a), sums(b))
    assert differ(sums(a, a), sums(a))
    assert differ(sums(a, a, b), sums(a, b, b))
    assert differ(sums(a), sums(a, key=b"x" * 32))


def test_what_differs_is_counted_with_its_least_position() -> None:
    def line(content: bytes, since: int) -> bytes:
        return content + since.to_bytes(8)

    everything = frozenset(range(256))
    mine, theirs = Differing(b"k", everything), Differing(b"k", everything)
    mine.add([line(b"a", 7), line(b"b", 5), line(b"b", 5)])
    theirs.add([line(b"b", 5), line(b"c", 6)])
    mine.less(theirs)
    assert (mine.count, mine.first_position) == (3, 5)
    assert int.from_bytes(line(b"a", 7)[SINCE]) == 7
