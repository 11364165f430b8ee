"""Witnesses: whoever is sent each checkpoint, so that we cannot show others another log later.

A witness that fails holds up nobody: each checkpoint is tried a few times, then given up, and the next one is
sent; it says more than the one before anyway. What went wrong last is written down.
"""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import psycopg
import structlog
from psycopg import Connection

from infra.broker import Broker, BrokerFault
from infra.database import connect
from infra.proof import store
from infra.proof.state import report_witness, told
from infra.proof.store import Issued
from infra.settings import Settings

ANSWER_SECONDS_MAX: Final = 5.0
TRIES_MAX: Final = 5
POLL_SECONDS: Final = 0.5
RETRY_SECONDS: Final = (0.5, 1.0, 2.0, 4.0)
LEAVE_SECONDS_MAX: Final = 10.0
PROBLEM_LENGTH_MAX: Final = 300

_log: Final = structlog.get_logger(__name__)


class NotTold(Exception):
    """A witness did not take a checkpoint; the sentence says why."""


class Witness(Protocol):
    """Somebody who is sent checkpoints."""

    @property
    def name(self) -> str:
        """Return the name it is known under in `fairlead status`."""
        ...

    def tell(self, issued: Issued) -> None:
        """Send one checkpoint; raise `NotTold`."""
        ...


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nobody: a checkpoint goes where the settings say, or nowhere."""

    def redirect_request(self, *arguments: object, **named: object) -> None:
        """Follow no redirect: its status is then raised as an error."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that checkpoints are posted to, as text; any status of 2xx means that it has them."""

    url: str

    @property
    def name(self) -> str:
        """Return the name it is known under; its address may hold a secret."""
        return "webhook"

    def tell(self, issued: Issued) -> None:
        """Post the signed note; raise `NotTold`."""
        headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "fairlead"}
        asked = urllib.request.Request(self.url, issued.note.encode(), headers, method="POST")  # noqa: S310 - http or https, by the settings
        try:
            with urllib.request.build_opener(_NoRedirect).open(asked, timeout=ANSWER_SECONDS_MAX):
                return
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise NotTold(f"It answers with status {refusal.code}.") from None
        except (OSError, HTTPException) as fault:
            host = urlsplit(self.url).hostname
            raise NotTold(f"{host} does not answer ({type(fault).__name__}).") from None


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic that keeps checkpoints: key = the log's origin, value = the note, one partition."""

    bootstrap: str
    topic: str
    origin: str

    @property
    def name(self) -> str:
        """Return the name it is known under."""
        return "kafka"

    def tell(self, issued: Issued) -> None:
        """Send the signed note and wait until it is stored; raise `NotTold`."""
        end = time.monotonic() + ANSWER_SECONDS_MAX

        def check() -> None:
            if time.monotonic() > end:
                raise BrokerFault("The broker does not confirm the checkpoint.")

        try:
            with Broker(self.bootstrap, self.topic) as broker:
                if broker.shape() is None:
                    broker.create_topic(1)
                broker.send(0, self.origin.encode(), issued.note.encode(), [])
                broker.confirm(check)
        except BrokerFault as fault:
            raise NotTold(str(fault)) from None

    def last(self) -> str | None:
        """Return the last note of this log that the topic keeps, None for none; raise `BrokerFault`."""
        with Broker(self.bootstrap, self.topic) as broker:
            found = None if broker.shape() is None else broker.last_records(1).get(0)
        if found is None or found.value is None or found.key != self.origin.encode():
            return None
        return found.value.decode(errors="replace")


def kept(settings: Settings, origin: str) -> str | None:
    """Return the last checkpoint that the topic of checkpoints keeps, None where there is none to read."""
    if settings.witness_topic is None:
        return None
    topic = Topic(settings.addresses[1], settings.witness_topic, origin)
    try:
        return topic.last()
    except BrokerFault as fault:
        _log.warning("witness_not_asked", witness=topic.name, problem=str(fault)[:PROBLEM_LENGTH_MAX])
        return None


def chosen(settings: Settings, origin: str) -> list[Witness]:
    """Return the witnesses that the settings name."""
    witnesses: list[Witness] = []
    if settings.witness_url is not None:
        witnesses.append(Webhook(settings.witness_url))
    if settings.witness_topic is not None:
        witnesses.append(Topic(settings.addresses[1], settings.witness_topic, origin))
    return witnesses


@dataclass(slots=True)
class _Attempts:
    """How often the next checkpoint was tried in vain, and when it is tried again (monotonic seconds)."""

    count: int = 0
    due_at: float = 0.0


@dataclass(slots=True)
class Telling:
    """Tells every witness every checkpoint, in order, from a thread of its own."""

    database_url: str
    witnesses: Sequence[Witness]
    retry_seconds: Sequence[float] = RETRY_SECONDS
    stop: threading.Event = field(default_factory=threading.Event)
    attempts: dict[str, _Attempts] = field(default_factory=dict[str, _Attempts])

    def run(self) -> None:
        """Tell until stopped, through every fault of the database."""
        while not self.stop.is_set():
            try:
                with connect(self.database_url, application="witnesses") as connection:
                    while not self.stop.is_set():
                        self.tell_all(connection)
                        self.stop.wait(POLL_SECONDS)
            except psycopg.Error as fault:
                _log.warning("witnesses_wait_for_database", fault=type(fault).__name__)
                self.stop.wait(1)

    def tell_all(self, connection: Connection[Any]) -> None:
        """Tell each witness the checkpoints it does not have yet, until one of them fails."""
        for witness in self.witnesses:
            while not self.stop.is_set() and self._tell_next(connection, witness):
                pass

    def _tell_next(self, connection: Connection[Any], witness: Witness) -> bool:
        """Tell a witness its next checkpoint if it is due; say whether it was told."""
        attempts = self.attempts.setdefault(witness.name, _Attempts())
        size = told(connection, witness.name)
        issued = store.latest(connection) if size is None else store.first(connection, size + 1)
        if issued is None or time.monotonic() < attempts.due_at:
            return False
        try:
            witness.tell(issued)
        except NotTold as failure:
            self._failed(connection, witness, issued, failure)
            return False
        self.attempts[witness.name] = _Attempts()
        report_witness(connection, witness.name, issued.size, None)
        return True

    def _failed(
        self, connection: Connection[Any], witness: Witness, issued: Issued, failure: NotTold
    ) -> None:
        """Write down a failure; after the last try the checkpoint counts as gone by."""
        attempts, problem = self.attempts[witness.name], str(failure)[:PROBLEM_LENGTH_MAX]
        attempts.count += 1
        is_last = attempts.count >= TRIES_MAX
        wait_seconds = self.retry_seconds[min(attempts.count, len(self.retry_seconds)) - 1]
        attempts.due_at = time.monotonic() + wait_seconds
        _log.warning("witness_not_told", witness=witness.name, size=issued.size, problem=problem)
        report_witness(connection, witness.name, issued.size if is_last else issued.size - 1, problem)
        if is_last:
            self.attempts[witness.name] = _Attempts()


@contextmanager
def telling(settings: Settings, origin: str) -> Generator[None]:
    """Tell the witnesses meanwhile; at the end, wait a little for what is under way."""
    witnesses = chosen(settings, origin)
    if not witnesses:
        yield
        return
    work = Telling(settings.addresses[0], witnesses)
    thread = threading.Thread(target=work.run, name="witnesses", daemon=True)
    thread.start()
    try:
        yield
    finally:
        work.stop.set()
        thread.join(LEAVE_SECONDS_MAX)
