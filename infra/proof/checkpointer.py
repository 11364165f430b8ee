"""The checkpointer: one leader, elected by the database, grows the tree and signs its head when it is due.

The tree and the log lie in one database, and each page of leaves is one transaction, so that a crash at any
point leaves a whole tree; what it had not yet written is read from the log again.
"""

import threading
import time
from typing import Any, Final

import psycopg
import structlog
from psycopg import Connection

from domain.operation import DECIDER
from infra.codec import Codec
from infra.database import connect
from infra.log_reader import head, log_id
from infra.proof import checkpoints, keys, store
from infra.proof.checkpoints import Checkpoint, origin_of
from infra.proof.growth import PAGE_RECORDS, Growth, TreeRefused
from infra.proof.keys import Unsignable
from infra.proof.notes import BadNote, SignerKey
from infra.proof.paths import edge_of, places, whole
from infra.proof.state import report, report_leader
from infra.proof.witnesses import kept, telling
from infra.settings import Settings

LEADER_LOCK: Final = 7021946220
STANDBY_SECONDS: Final = 0.5
IDLE_SECONDS: Final = 0.5
SIGN_OF_LIFE_SECONDS: Final = 5.0
BACKOFF_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
WISHED: Final = "fairlead_proof"
"""A notification on this channel asks for a checkpoint at once."""

_log: Final = structlog.get_logger(__name__)


class OlderLog(Exception):
    """A witness keeps a checkpoint that the log does not fit: it was restored from an older backup."""

    def __init__(self, why: str) -> None:
        """Say why, and what to do."""
        super().__init__(
            f"The topic of checkpoints {why}, as after restoring an older database: restore the right one,"
            " or name another topic, and let those know who keep checkpoints."
        )


class Checkpointer:
    """One checkpointer; any number may run, one of them leads."""

    def __init__(self, settings: Settings, *, page_records: int = PAGE_RECORDS) -> None:
        """Prove the log of `settings`, with their key, at their rhythm, to their witnesses."""
        self._settings = settings
        self._database_url = settings.addresses[0]
        self._page_records = page_records
        self._codec = Codec([DECIDER])
        self._stop = threading.Event()
        self._problem: str | None = None
        self._growth: Growth | None = None
        self._kept: str | None = None
        self._said_at = float("-inf")

    def stop(self) -> None:
        """Make `run` issue what is missing and return; from any thread or a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Stand by, lead when the lock is free, through every fault of the database, until stopped."""
        failures = 0
        while not self._stop.is_set():
            try:
                with connect(self._database_url, application="checkpointer") as connection:
                    if self._leads(connection):
                        failures = 0
                        self._lead(connection)
            except psycopg.Error as fault:
                self._say(f"The log's database does not answer ({type(fault).__name__}).")
                self._stop.wait(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
                failures += 1

    def _leads(self, connection: Connection[Any]) -> bool:
        """Wait for the tables and the lock, kept as long as the connection; False when stopped before."""
        while not self._stop.is_set():
            row = connection.execute(
                "SELECT to_regclass('proof.state') IS NOT NULL AND pg_try_advisory_lock(%s)", (LEADER_LOCK,)
            ).fetchone()
            if row == (True,):
                _log.info("checkpointer_leads")
                return True
            self._stop.wait(STANDBY_SECONDS)
        return False

    def _lead(self, connection: Connection[Any]) -> None:
        """Issue checkpoints until stopped, and once more then."""
        report_leader(connection)
        connection.execute(f"LISTEN {WISHED}".encode())
        origin = origin_of(log_id(connection))
        self._growth = None
        self._kept = kept(self._settings, origin)
        with telling(self._settings, origin):
            while not self._stop.is_set():
                self._prove(connection, origin)
                self._await_turn(connection)
            self._prove(connection, origin)

    def _prove(self, connection: Connection[Any], origin: str) -> None:
        """Bring the tree to the head of the log and issue a checkpoint; write down what kept it from that."""
        key: SignerKey | None = None
        problem: str | None = None
        try:
            key = self._signer(connection, origin)
        except Unsignable as refusal:
            problem = str(refusal)
        try:
            self._grow(connection)
            self._check_kept(connection, origin)
            if key is not None:
                self._issue(connection, origin, key)
        except (TreeRefused, store.Overtaken, OlderLog) as refusal:
            self._growth, problem = None, str(refusal)
        self._say(problem)
        report(connection, problem)

    def _signer(self, connection: Connection[Any], origin: str) -> SignerKey:
        """Return the key that may sign now, named in the log if it is its first; raise `Unsignable`."""
        key = keys.signer(self._settings, origin)
        known = keys.announced(connection, self._codec)
        if not known:
            from infra.proof.announcing import announce_first  # noqa: PLC0415 - once for a log, with all aggregates

            announce_first(self._database_url, key.verifier)
            known = keys.announced(connection, self._codec)
        last = store.latest(connection)
        keys.check(key.verifier, known, None if last is None else last.verifier_key)
        return key

    def _grow(self, connection: Connection[Any]) -> None:
        """Add leaves up to where the head of the log is now."""
        growth = self._growth = self._growth or Growth(connection, page_records=self._page_records)
        goal = head(connection)
        while growth.grow() and growth.edge.size < goal:
            self._give_sign(connection)

    def _check_kept(self, connection: Connection[Any], origin: str) -> None:
        """Raise `OlderLog` where the topic keeps a checkpoint that this log does not fit.

        Log and tree lie in one database: restored together they agree, and another history would be signed.
        """
        if self._kept is None:
            return
        size = store.size(connection)
        try:
            told = checkpoints.opened(self._kept, keys.announced(connection, self._codec), origin=origin)
        except BadNote as problem:
            raise OlderLog(f"holds one that no key of this log signed ({problem})") from None
        if told.size > size:
            raise OlderLog(f"proves {told.size} records and the log has {size}")
        if edge_of(told.size, store.tiles(connection, places([whole(told.size)]))).root != told.root:
            raise OlderLog(f"proves another log up to position {told.size}")
        self._kept = None

    def _issue(self, connection: Connection[Any], origin: str, key: SignerKey) -> None:
        """Sign and write down a checkpoint of the tree, where it has grown since the last one."""
        last, edge = store.latest(connection), (self._growth or Growth(connection)).edge
        if edge.size == 0 or (last is not None and last.size >= edge.size):
            return
        checkpoint = Checkpoint(origin, edge.size, edge.root)
        if store.issue(connection, checkpoint, checkpoint.signed(key), verifier_key=str(key.verifier)):
            _log.info("checkpoint_issued", size=edge.size)

    def _await_turn(self, connection: Connection[Any]) -> None:
        """Wait until the next checkpoint is due or wished for, and give signs of life meanwhile."""
        due_at = time.monotonic() + self._settings.checkpoint_seconds
        while not self._stop.is_set() and (now := time.monotonic()) < due_at:
            self._give_sign(connection)
            for _ in connection.notifies(timeout=min(IDLE_SECONDS, due_at - now), stop_after=1):
                return

    def _give_sign(self, connection: Connection[Any]) -> None:
        """Write down a sign of life if the last one is old."""
        if time.monotonic() - self._said_at >= SIGN_OF_LIFE_SECONDS:
            report(connection, self._problem)
            self._said_at = time.monotonic()

    def _say(self, problem: str | None) -> None:
        """Log a change from well to not well, or back, once."""
        if problem is not None and problem != self._problem:
            _log.warning("checkpointer_waits", problem=problem)
        if problem is None and self._problem is not None:
            _log.info("checkpointer_goes_on")
        self._problem = problem
