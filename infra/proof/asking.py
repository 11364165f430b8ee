"""A checkpoint asked for before it is due: for who just changed something and wants the proof of it."""

import time
from datetime import UTC, datetime
from typing import Any, Final

from psycopg import Connection

from infra.proof import store
from infra.proof.checkpointer import WISHED
from infra.proof.state import proof_state

POLL_SECONDS: Final = 0.1


def proven(connection: Connection[Any], position: int, *, seconds: float) -> int | None:
    """Return the size of a checkpoint that covers a position, waiting for it; None when none comes.

    It waits so many seconds at most, and not at all where nothing issues checkpoints just now.
    """
    end = time.monotonic() + seconds
    is_asked = False
    while (head := store.latest(connection)) is None or head.size < position:
        if proof_state(connection).problem(datetime.now(UTC)) is not None or time.monotonic() > end:
            return None
        if not is_asked:
            connection.execute("SELECT pg_notify(%s, '')", (WISHED,))
            is_asked = True
        time.sleep(POLL_SECONDS)
    return head.size
