"""Rotating the master key: every key of a person is wrapped anew, no event is touched, and it can be resumed.

In a data folder the new key is put before the old one in the file; when nothing is wrapped by the old one any
more, it is taken out. Elsewhere whoever keeps the settings does both: the new key first, the old one after it
until `rotate` has said that none is left.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from infra.data_folder import replace_private
from infra.keys import MAKING_LOCK
from infra.masters import Master, Masters, WrongMasterKey, masters, new_master

PAGE_KEYS: Final = 500

Progress = Callable[[int, int], None]


def begin(connection: Connection[Any], path: Path) -> None:
    """Put a new master key first in a data folder's file, unless a rotation was begun and is not through."""
    kept = path.read_text(encoding="ascii")
    if len(masters(kept)) == 1 or not _by_others(connection, masters(kept)[0]):
        replace_private(path, f"{new_master()}\n{kept}")


def rotate(connection: Connection[Any], known: Masters, progress: Progress) -> int:
    """Wrap every key by the first master, a page in each transaction; return how many were.

    `progress` is told (done, all of them). Raises `WrongMasterKey` for one that no known master wrapped.
    """
    by_id = {master.master_id: master for master in known.all()}
    first = known.all()[0]
    whole = _by_others(connection, first)
    done = 0
    while count := _page(connection, by_id, first):
        done += count
        progress(done, max(whole, done))
    connection.execute("VACUUM (FULL) keys.person_key")  # no page keeps what the old master unwraps
    return done


def end(connection: Connection[Any], path: Path) -> bool:
    """Take old master keys out of a data folder's file; return whether it could: nothing needs them."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (MAKING_LOCK,))
        first, *_ = path.read_text(encoding="ascii").split()
        if _by_others(connection, masters(first)[0]):
            return False
        replace_private(path, f"{first}\n")
    return True


def _page(connection: Connection[Any], by_id: dict[str, Master], first: Master) -> int:
    with connection.transaction():
        rows = connection.execute(
            "SELECT person, master_id, wrapped FROM keys.person_key"
            " WHERE master_id <> %s LIMIT %s FOR UPDATE",
            (first.master_id, PAGE_KEYS),
        ).fetchall()
        again = [(first.master_id, _wrapped_anew(by_id, first, *row), row[0]) for row in rows]
        connection.cursor().executemany(
            "UPDATE keys.person_key SET master_id = %s, wrapped = %s WHERE person = %s", again
        )
    return len(rows)


def _wrapped_anew(
    by_id: dict[str, Master], first: Master, person: UUID, master_id: str, wrapped: bytes
) -> bytes:
    if master_id not in by_id:
        raise WrongMasterKey
    return first.wrap(by_id[master_id].unwrap(wrapped, person), person)


def _by_others(connection: Connection[Any], first: Master) -> int:
    row = connection.execute(
        "SELECT count(*) FROM keys.person_key WHERE master_id <> %s", (first.master_id,)
    ).fetchone()
    return 0 if row is None else int(row[0])
