"""Following the log by position: every record once, in order, through faults of the database."""

import time
from collections.abc import Iterator
from typing import Any, Final

import psycopg
from psycopg import Connection

from infra.database import connect
from infra.log_reader import Record, read

PAGE_RECORDS: Final = 1_000
WAKE_SECONDS_MAX: Final = 1.0
RECONNECT_SECONDS: Final = 0.5


def follow(database_url: str, after: int) -> Iterator[Record]:
    """Yield every record behind position `after`, for ever; it goes on where a connection broke off."""
    while True:
        try:
            with connect(database_url, application="tail") as connection:
                connection.execute("LISTEN fairlead_log")
                while True:
                    for record in pending(connection, after):
                        yield record
                        after = record.position
                    _await_news(connection)
        except psycopg.OperationalError:
            time.sleep(RECONNECT_SECONDS)


def pending(connection: Connection[Any], after: int) -> Iterator[Record]:
    """Yield every record behind position `after` that there is, a page at a time."""
    while page := read(connection, after, limit=PAGE_RECORDS):
        yield from page
        after = page[-1].position


def _await_news(connection: Connection[Any]) -> None:
    for _ in connection.notifies(timeout=WAKE_SECONDS_MAX, stop_after=1):
        pass
