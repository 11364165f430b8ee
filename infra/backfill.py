"""Loading history: while somebody does, timers stand still.

A timer compares the instant something is due with the clock. Of history that is just being loaded everything
is long due, also what is dealt with by a command that comes a moment later. Timers that wait until the rows
hold all of it decide on the whole story, and what they find is dated to its own instant all the same.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from psycopg import Connection

from infra.database import connect

BACKFILL_LOCK: Final = 7021946205


@contextmanager
def backfilling(database_url: str) -> Generator[None]:
    """Hold the timers of every process until the end, or until this process ends."""
    with connect(database_url, application="backfill") as connection:
        connection.execute("SELECT pg_advisory_lock_shared(%s)", (BACKFILL_LOCK,))
        yield


def is_backfilling(connection: Connection[Any]) -> bool:
    """Say whether somebody loads history into this database."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND ((classid::bigint << 32) | objid::bigint) = %s)",
        (BACKFILL_LOCK,),
    ).fetchone()
    return row == (True,)
