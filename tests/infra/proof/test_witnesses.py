"""Witnesses: each checkpoint is sent to whoever is named; who fails holds up nobody, and is seen to fail."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from infra.database import connect
from infra.embedded import EmbeddedBroker, free_port
from infra.proof.state import WitnessState
from infra.proof.store import Issued
from infra.proof.witnesses import TRIES_MAX, NotTold, Telling, Webhook
from tests.infra.proof.proving import assert_proven, checkpointing, issued, problem, settings_of, state
from tests.infra.relaying import Projects, wait_until
from tests.services import Databases


class Hook(BaseHTTPRequestHandler):
    """Keeps what is posted to it, and answers as its server says."""

    server: "Listening"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.server.got.append((status, body))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
        del format, arguments


class Listening(HTTPServer):
    """A webhook on this machine."""

    def __init__(self, statuses: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.statuses = statuses
        self.got: list[tuple[int, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/checkpoints?secret=1"

    @property
    def taken(self) -> list[str]:
        return [body for status, body in self.got if status == 200]


@contextmanager
def listening(*statuses: int) -> Generator[Listening]:
    server = Listening(list(statuses))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def told(database_url: str, name: str) -> WitnessState:
    return next(each for each in state(database_url).witnesses if each.name == name)


def is_told(database_url: str, name: str, size: int) -> bool:
    return any(each.name == name and each.size >= size for each in state(database_url).witnesses)


def prove(database_url: str, projects: Projects, times: int, **more: Any) -> None:
    """Issue some checkpoints, one after the other, with witnesses around."""
    with checkpointing(settings_of(database_url, **more)):
        for _ in range(times):
            head = projects.append()
            wait_until(lambda head=head: state(database_url).size >= head, "the log is proven")
        wait_until(
            lambda: (
                all(
                    is_told(database_url, each.name, projects.head())
                    for each in state(database_url).witnesses
                )
                and state(database_url).witnesses
            ),
            "the witnesses were told",
        )


def test_a_webhook_gets_each_checkpoint_in_order_through_a_failure(database_url: str) -> None:
    projects = Projects.made(database_url, 1)
    with listening(500, 200, 302) as hook:
        for times in (1, 3):  # it begins with the latest checkpoint there is, and misses none from there on
            prove(database_url, projects, times, witness_url=hook.url)
        assert len(hook.taken) >= 4
        assert hook.taken == [each.note for each in issued(database_url)][-len(hook.taken) :]
    seen = told(database_url, "webhook")
    assert (seen.size, seen.problem) == (projects.head(), None)
    assert seen.failed_at is not None


def test_a_witness_that_is_away_holds_up_nothing_and_is_seen(database_url: str) -> None:
    projects = Projects.made(database_url, 1)
    away = f"http://127.0.0.1:{free_port()}/secret"
    with checkpointing(settings_of(database_url, witness_url=away)):
        for _ in range(3):
            head = projects.append()
            wait_until(lambda head=head: state(database_url).size >= head, "the log is proven")
        wait_until(lambda: bool(state(database_url).witnesses), "the witness is noted")
    seen = told(database_url, "webhook")
    assert seen.problem == "127.0.0.1 does not answer (URLError)."
    assert seen.failed_at is not None
    assert_proven(database_url)


def test_a_checkpoint_is_given_up_after_some_tries(database_url: str) -> None:
    projects = Projects.made(database_url, 1)
    projects.append()
    with checkpointing(settings_of(database_url)):
        wait_until(lambda: state(database_url).size >= projects.head(), "the log is proven")
    with listening(*[503] * 20) as hook, connect(database_url, application="test") as connection:
        work = Telling(database_url, [Webhook(hook.url)], retry_seconds=(0.0,))
        for _ in range(TRIES_MAX + 3):
            work.tell_all(connection)
        assert [body for _, body in hook.got] == [issued(database_url)[-1].note] * TRIES_MAX
    seen = told(database_url, "webhook")
    assert (seen.size, seen.problem) == (projects.head(), "It answers with status 503.")


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_is_no_success_is_none(status: int) -> None:
    checkpoint = Issued(1, b"r" * 32, "key", "note", datetime.now(UTC))
    with listening(status) as hook:
        with pytest.raises(NotTold, match=str(status)):
            Webhook(hook.url).tell(checkpoint)
        assert hook.got == [(status, "note")]


def test_a_topic_keeps_each_checkpoint(database_url: str, embedded_broker: EmbeddedBroker) -> None:
    projects = Projects.made(database_url, 1)
    topic = f"checkpoints-{uuid4()}"
    for _ in range(2):  # a witness begins with the latest checkpoint there is
        prove(database_url, projects, 1, kafka_bootstrap=embedded_broker.bootstrap, witness_topic=topic)
    consumer: Any = KafkaConsumer(
        bootstrap_servers=embedded_broker.bootstrap, group_id=None, auto_offset_reset="earliest"
    )
    consumer.assign([TopicPartition(topic, 0)])
    notes: list[str] = []

    def poll() -> bool:
        for messages in consumer.poll(timeout_ms=50).values():
            notes.extend(message.value.decode() for message in messages)
        return len(notes) >= 2

    try:
        wait_until(poll, "the topic holds both checkpoints")
    finally:
        consumer.close()
    assert notes == [each.note for each in issued(database_url)][-len(notes) :]


def test_nothing_is_signed_for_an_older_log_than_the_topic_knows(
    databases: Databases, embedded_broker: EmbeddedBroker
) -> None:
    url = databases.create()
    projects, topic = Projects.made(url, 1), f"checkpoints-{uuid4()}"
    named = {"kafka_bootstrap": embedded_broker.bootstrap, "witness_topic": topic}
    projects.append()
    with checkpointing(settings_of(url)):
        wait_until(lambda: state(url).size >= projects.head(), "the log is proven")
    older = databases.create(like=url)  # log and tree as they were then
    prove(url, projects, 1, **named)
    with checkpointing(settings_of(older, **named)):
        wait_until(lambda: "records and the log has" in problem(older), "the older log is refused")
        Projects.made(older, 3).append(3)
        wait_until(lambda: "another log" in problem(older), "so it is when it has grown otherwise")
    assert issued(older)[-1].size < issued(url)[-1].size
    prove(url, projects, 1, **named)  # the right one goes on
    for each in (url, older):
        databases.drop(each)
