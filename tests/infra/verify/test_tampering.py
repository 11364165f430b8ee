"""Whoever has all rights in the database is found out: what was done, and where first.

Longer than other files: each rule of its subject has its test here.
"""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from infra.proof.store import first as first_issued
from infra.verify.faults import Fault, Kind
from infra.verify.heads import Head
from tests.infra.verify.proven import MODELS, PAGE, rewrite, signer, verified, with_all_rights

pytestmark = pytest.mark.xdist_group("verify")
Connection = psycopg.Connection[Any]
AT = 2 * PAGE + 7
MOVE = "UPDATE log.event SET position = %s WHERE position = %s"


def head_of(connection: Connection) -> int:
    row = connection.execute("SELECT max(position) FROM log.event").fetchone()
    assert row is not None
    return int(row[0])


def test_a_whole_log_is_well_and_all_of_it_was_looked_at(whole: str) -> None:
    report = verified(whole)
    assert report.fault is None
    assert report.is_ok
    assert report.events == report.decided == report.head == report.proven_to
    assert report.checkpoints == -(-report.head // PAGE)
    assert report.models == len(MODELS)


def change(connection: Connection) -> None:
    connection.execute("UPDATE log.event SET reason = 'because' WHERE position = %s", (AT,))


def change_time(connection: Connection) -> None:
    connection.execute(
        "UPDATE log.event SET occurred_at = occurred_at + interval '1 microsecond' WHERE position = %s", (AT,)
    )


def remove(connection: Connection) -> None:
    connection.execute("DELETE FROM log.event WHERE position = %s", (AT,))


def remove_and_close_up(connection: Connection) -> None:
    remove(connection)
    shift(connection, AT + 1, -1)


def insert(connection: Connection) -> None:
    shift(connection, AT, 1)
    connection.execute(
        "INSERT INTO log.event SELECT %s, uuidv7(), uuidv7(), 1, type, project_id, actor_id, correlation_id,"
        " causation_id, uuidv7(), reason, occurred_at, recorded_at, data FROM log.event WHERE position = %s",
        (AT, AT - 1),
    )


def shift(connection: Connection, since: int, by: int) -> None:
    """Move all records from a position on; by way of positions that are free."""
    connection.execute(
        "UPDATE log.event SET position = position + 1000000 WHERE position >= %s AND position < 1000000",
        (since,),
    )
    connection.execute(
        "UPDATE log.event SET position = position - 1000000 + %s WHERE position >= 1000000", (by,)
    )


def swap(connection: Connection) -> None:
    for there, here in ((0, AT), (AT, AT + 90), (AT + 90, 0)):
        connection.execute(MOVE, (there, here))


def cut(connection: Connection) -> None:
    connection.execute("DELETE FROM log.event WHERE position >= %s", (AT,))


def cut_with_the_tree(connection: Connection) -> None:
    """Cut all but the answers that commands got."""
    cut(connection)
    connection.execute("DELETE FROM proof.checkpoint WHERE size >= %s", (AT,))
    rewrite(connection, None)


def cut_the_checkpoints_leave_it(connection: Connection) -> None:
    """Cut everything down to a checkpoint that was signed later."""
    cut(connection)
    connection.execute("DELETE FROM log.command WHERE position >= %s", (AT,))
    rewrite_tree_only(connection)


def rewrite_tree_only(connection: Connection) -> None:
    connection.execute(
        "DELETE FROM proof.checkpoint WHERE size > %s AND size < %s", (AT, head_of(connection))
    )
    rewrite(connection, None)


def sign_anew(connection: Connection) -> None:
    """Change a record and make tree and checkpoints anew, with a key of one's own."""
    change(connection)
    rewrite(connection, b"x" * 32)


def fork(connection: Connection) -> None:
    """Change a record and make tree and later checkpoints anew, with the right key; one is left as it was."""
    change(connection)
    last = connection.execute("SELECT max(size) FROM proof.checkpoint").fetchone()
    kept = connection.execute("SELECT * FROM proof.checkpoint WHERE size = %s", last).fetchone()
    rewrite(connection, since=2 * PAGE)
    connection.execute("DELETE FROM proof.checkpoint WHERE size = %s", last)
    assert kept is not None
    connection.execute("INSERT INTO proof.checkpoint VALUES (%s, %s, %s, %s, %s)", kept)


def change_a_leaf(connection: Connection) -> None:
    connection.execute(
        "UPDATE proof.strip SET hashes = overlay(hashes PLACING '\\x00ff'::bytea FROM 1)"
        " WHERE level = 0 AND start = (SELECT max(start) FROM proof.strip WHERE level = 0 AND start <= %s)",
        (2 * PAGE,),
    )


def lose_a_leaf(connection: Connection) -> None:
    connection.execute("DELETE FROM proof.strip WHERE level = 0 AND start = %s", (2 * PAGE,))


def change_an_upper_hash(connection: Connection) -> None:
    connection.execute(
        "UPDATE proof.strip SET hashes = overlay(hashes PLACING '\\x00ff'::bytea FROM 1) WHERE level = 1"
    )


def lose_the_checkpoints(connection: Connection) -> None:
    connection.execute("DELETE FROM proof.checkpoint")


def change_a_row(connection: Connection) -> None:
    connection.execute(
        "UPDATE rows.task_board SET title = 'Another' WHERE task_id = %s", (_task(connection),)
    )


def _task(connection: Connection) -> Any:
    row = connection.execute("SELECT task_id FROM rows.task_board ORDER BY from_position LIMIT 1").fetchone()
    assert row is not None
    return row[0]


def change_a_total(connection: Connection) -> None:
    connection.execute(
        "UPDATE rows.task_board_day_total SET value_sum = value_sum + 1 WHERE observation_count > 0"
    )


TAMPERED: dict[str, tuple[Callable[[Connection], None], Kind, int | None]] = {
    "a reason is changed": (change, Kind.BYTE_CHANGED, AT),
    "a time is changed": (change_time, Kind.BYTE_CHANGED, AT),
    "a record is removed": (remove, Kind.RECORD_REMOVED, AT),
    "a record is removed and the gap closed": (remove_and_close_up, Kind.RECORD_REMOVED, AT),
    "a record is inserted": (insert, Kind.RECORD_INSERTED, AT),
    "two records are swapped": (swap, Kind.RECORDS_SWAPPED, AT),
    "the tail is cut": (cut, Kind.TAIL_CUT, AT),
    "the tail is cut, and the tree": (cut_with_the_tree, Kind.TAIL_CUT, AT),
    "the tail is cut, tree and answers, but for the later checkpoints": (
        cut_the_checkpoints_leave_it,
        Kind.TAIL_CUT,
        None,
    ),
    "tree and checkpoints are made anew": (sign_anew, Kind.SIGNED_BY_ANOTHER_KEY, None),
    "two histories are signed": (fork, Kind.FORKED, None),
    "a leaf of the tree is changed": (change_a_leaf, Kind.BYTE_CHANGED, 2 * PAGE + 1),
    "a leaf of the tree is lost": (lose_a_leaf, Kind.UNREADABLE, 2 * PAGE + 1),
    "a hash of the tree is changed": (change_an_upper_hash, Kind.BYTE_CHANGED, 1),
    "there is no checkpoint": (lose_the_checkpoints, Kind.UNREADABLE, 0),
    "a row is changed": (change_a_row, Kind.ROW_NOT_THE_FOLD, None),
    "a day total is changed": (change_a_total, Kind.ROW_NOT_THE_FOLD, 0),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_done_to_the_log_is_found_and_named(copy: str, what: str) -> None:
    tamper, kind, position = TAMPERED[what]
    with with_all_rights(copy) as connection:
        tamper(connection)
    fault = verified(copy).fault
    assert fault is not None
    assert fault.kind is kind, fault
    assert position in (None, fault.position), fault


def test_an_event_that_no_command_leads_to_is_found_though_all_else_agrees(copy: str) -> None:
    with with_all_rights(copy) as connection:
        at = head_of(connection) + 1
        connection.execute(
            "INSERT INTO log.event SELECT %s, uuidv7(), stream, (SELECT max(version) + 1 FROM log.event e"
            " WHERE e.stream = o.stream), type, project_id, actor_id, correlation_id, causation_id, event_id,"
            " reason, occurred_at, recorded_at, data FROM log.event o WHERE type = 'task.opened.v1'"
            " ORDER BY position LIMIT 1",
            (at,),
        )
        connection.execute(
            "INSERT INTO log.command SELECT command_id, ''::bytea, stream, version, position, 1"
            " FROM log.event WHERE position = %s",
            (at,),
        )
        rewrite(connection, since=at - 1)
    fault = verified(copy).fault
    assert fault is not None
    assert (fault.position, fault.kind) == (at, Kind.ILLEGAL_TRANSITION)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("ALTER TABLE log.event DISABLE TRIGGER event_is_immutable", "log.event is off"),
        ("ALTER TABLE log.event ENABLE TRIGGER event_is_immutable", "log.event is off"),
        ("DROP TRIGGER command_is_immutable ON log.command", "log.command is missing"),
        (
            """CREATE OR REPLACE TRIGGER strip_is_immutable BEFORE DELETE ON proof.strip
               FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
               ALTER TABLE proof.strip ENABLE ALWAYS TRIGGER strip_is_immutable""",
            "proof.strip is another one",
        ),
        (
            """CREATE OR REPLACE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql
               AS $$ BEGIN RETURN NULL; END $$""",
            "log.event is another one",
        ),
    ],
)
def test_a_log_that_refuses_changes_no_more_is_not_well(copy: str, statement: str, what: str) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute(statement.encode())
    assert verified(copy).fault == Fault(0, Kind.UNPROTECTED, f"The trigger that refuses changes of {what}.")


def test_what_was_done_is_said_before_what_let_it_be_done(copy: str) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute("ALTER TABLE log.event DISABLE TRIGGER event_is_immutable")
        change(connection)
    fault = verified(copy).fault
    assert fault is not None
    assert (fault.position, fault.kind) == (AT, Kind.BYTE_CHANGED)


def test_a_history_made_anew_with_the_right_key_is_found_by_what_somebody_kept(copy: str) -> None:
    report = verified(copy)
    kept = Head(report.verified_to, report.root, "the last verification")
    with with_all_rights(copy) as connection:
        change(connection)
        rewrite(connection)
        issued = first_issued(connection, 1)
    assert issued is not None
    assert verified(copy).fault is None, "whoever holds the key and the database needs no witness to lie"
    fault = verified(copy, heads=(kept,)).fault
    assert fault is not None
    assert fault.kind is Kind.FORKED


def test_only_keys_that_are_trusted_count(whole: str) -> None:
    assert verified(whole, keys=(signer(whole).verifier,)).is_ok
    fault = verified(whole, keys=(signer(whole, b"x" * 32).verifier,)).fault
    assert fault == Fault(PAGE, Kind.SIGNED_BY_ANOTHER_KEY, fault.sentence if fault else "")


def test_a_verification_goes_on_where_another_came_to(whole: str) -> None:
    for after in (1, AT, verified(whole).head):
        report = verified(whole, after=after)
        assert report.fault is None
        assert report.events <= report.head - after + 3  # it begins with a whole command


def test_what_lies_before_is_believed_but_what_comes_to_it_is_judged(copy: str) -> None:
    with with_all_rights(copy) as connection:
        change(connection)
    assert verified(copy, after=AT + PAGE).is_ok
    assert not verified(copy, after=AT - 1).is_ok


def test_several_processes_find_the_same(copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.verify.work.TOGETHER_EVENTS_MIN", 1)
    from infra.verify.run import verify  # noqa: PLC0415
    from infra.verify.work import Wanted  # noqa: PLC0415

    assert verify(Wanted(copy, 4, processes=2)).is_ok
    with with_all_rights(copy) as connection:
        swap(connection)
    fault = verify(Wanted(copy, 4, processes=2)).fault
    assert fault is not None
    assert (fault.position, fault.kind) == (AT, Kind.RECORDS_SWAPPED)
