"""A projector at rest: while nothing comes it waits for news of the log instead of asking the broker."""

import time
from typing import Any, Final

from psycopg import Connection

IDLE_SECONDS: Final = 1.0
REST_SECONDS: Final = 0.5


class Resting:
    """Says whether there is nothing to do, and waits then; for the one connection of a projector.

    A long poll at the broker would do as well, but the embedded one answers those late: a projector at work
    asks every few milliseconds, which is a fifth of a core while nothing happens.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        """Be awake at first."""
        self._connection = connection
        self._busy_at = time.monotonic()
        self._is_listening = False

    def wake(self) -> None:
        """Know that something came."""
        self._busy_at = time.monotonic()
        if self._is_listening:
            self._connection.execute("UNLISTEN fairlead_log")
            self._is_listening = False

    def rests(self) -> bool:
        """Return whether nothing came for a while, having waited for the log to grow, `REST_SECONDS` at most.

        The broker is asked once more between listening to the log and waiting for it, so that nothing which
        came meanwhile is waited for.
        """
        if time.monotonic() - self._busy_at < IDLE_SECONDS:
            return False
        if not self._is_listening:
            self._connection.execute("LISTEN fairlead_log")
            self._is_listening = True
            return True
        has_news = bool(list(self._connection.notifies(timeout=REST_SECONDS, stop_after=1)))
        if has_news:
            self.wake()
        return not has_news
