"""Projectors on a topic: each event folded once, whatever is killed, lost, repeated or mixed up.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
import gc
import random
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from domain.operation import OPERATIONS, RetryParked, SkipParked
from infra.database import connect
from infra.embedded import EmbeddedBroker
from infra.event_log import EventLog
from infra.kafka_clients import close
from infra.log_reader import Record, log_id
from infra.topic import key_bytes, partition_of, record_headers
from tests.apache_kafka import ApacheKafka
from tests.examples import NINE
from tests.infra.relaying import query, relaying, wait_until
from tests.infra.story import (
    PARTITIONS,
    Story,
    assert_rows_are_the_fold,
    issued,
    say,
    tell,
    told,
    whole,
)
from tests.infra.test_parking import insert
from tests.infra.test_rebuild import lag, projecting
from tests.processes import Forked

PROCESS = """
import sys
from infra.projector import run
from infra.settings import Settings
run(Settings(database_url=sys.argv[1], kafka_bootstrap=sys.argv[2], topic=sys.argv[3], partitions=4))
"""

LEAVES_SOCKETS = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture
def topic() -> str:
    """Give a topic name of the test's own."""
    return f"fairlead-{uuid4()}"


@pytest.fixture
def outage() -> Generator[None]:
    """Collect here the sockets kafka-python leaves behind when it finds no broker."""
    yield
    gc.collect()


def go_on(url: str, story: Story, commands: int = 25) -> None:
    async def telling() -> None:
        async with EventLog(url) as log:
            await tell(log, story.going_on(commands))

    asyncio.run(telling())


def wait_folded(url: str) -> None:
    wait_until(lambda: lag(url) == 0, "every row is at the head of the log")


@contextmanager
def process(url: str, bootstrap: str, topic: str) -> Generator[Forked]:
    with Forked(PROCESS, url, bootstrap, topic, is_mute=True) as running:
        yield running
        running.send(signal.SIGTERM)
        running.wait(20)


def test_rows_follow_the_topic(database_url: str, embedded_broker: EmbeddedBroker, topic: str) -> None:
    follows(database_url, embedded_broker.bootstrap, topic)


def test_rows_follow_the_topic_of_apache_kafka(
    database_url: str, apache_kafka: ApacheKafka, topic: str
) -> None:
    follows(database_url, apache_kafka.bootstrap, topic)


def follows(url: str, bootstrap: str, topic: str) -> None:
    story = Story(seed=41, projects=4)
    told(url, story, 30)
    with relaying(url, bootstrap, topic), projecting(url, bootstrap, topic):
        for _ in range(4):
            go_on(url, story)
            wait_folded(url)
    assert_rows_are_the_fold(url)


def test_deliveries_that_are_repeated_mixed_up_lost_or_foreign_change_nothing(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    story = Story(seed=42, projects=4)
    told(database_url, story, 30)
    admin = KafkaAdminClient(bootstrap_servers=embedded_broker.bootstrap)
    admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    with projecting(database_url, embedded_broker.bootstrap, topic):
        wait_folded(database_url)
        for round_ in range(4):
            before = len(whole(database_url))
            go_on(database_url, story)
            deliver_badly(database_url, embedded_broker.bootstrap, topic, before, random.Random(round_))
            wait_folded(database_url)
    close(admin)
    assert_rows_are_the_fold(database_url)


def deliver_badly(url: str, bootstrap: str, topic: str, since: int, chance: random.Random) -> None:
    """Send records as no relay would: some twice, some never, some too early, and some of somebody else."""
    with connect(url, application="test") as connection:
        own = log_id(connection)
    previous: dict[int, int] = {}
    sent: list[tuple[Record, int, UUID]] = []
    for record in whole(url):
        partition = partition_of(record.key, PARTITIONS)
        if record.position > since or chance.random() < 0.1:
            sent += [(record, previous.get(partition, 0), own)] * chance.choice([0, 1, 1, 2])
            if chance.random() < 0.1:
                sent.append((record._replace(data=b"{}"), previous.get(partition, 0), uuid4()))
        previous[partition] = record.position
    for _ in range(len(sent) // 4):
        sent.insert(chance.randrange(len(sent)), sent.pop(chance.randrange(len(sent))))
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for record, before, log in sent:
        partition = partition_of(record.key, PARTITIONS)
        headers = record_headers(record, before, log)
        producer.send(topic, record.data, key_bytes(record.key), headers, partition=partition)
        if chance.random() < 0.1:
            producer.send(topic, b"nonsense", partition=partition)
    producer.flush(10)
    close(producer)


def test_of_two_projectors_one_killed_the_other_takes_over(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    story = Story(seed=43, projects=4)
    told(database_url, story, 20)
    bootstrap = embedded_broker.bootstrap
    with (
        relaying(database_url, bootstrap, topic),
        process(database_url, bootstrap, topic) as killed,
        projecting(database_url, bootstrap, topic),
    ):
        wait_until(lambda: projectors(database_url) == 2, "both run")
        go_on(database_url, story)
        wait_folded(database_url)
        telling = threading.Thread(target=go_on, args=(database_url, story, 100))
        telling.start()
        killed.send(signal.SIGKILL)
        killed.wait()
        telling.join()
        wait_folded(database_url)
    assert_rows_are_the_fold(database_url)


def projectors(url: str) -> int:
    statement = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fairlead projector'"
        " AND datname = current_database()"
    )
    return int(query(url, statement)[0])


@LEAVES_SOCKETS
@pytest.mark.usefixtures("outage")
def test_with_the_broker_away_rows_go_on_and_with_it_back_too(
    database_url: str, private_broker: EmbeddedBroker, topic: str
) -> None:
    story = Story(seed=44, projects=3)
    told(database_url, story, 20)
    bootstrap = private_broker.bootstrap
    with relaying(database_url, bootstrap, topic), projecting(database_url, bootstrap, topic):
        wait_folded(database_url)
        for is_away in (True, False):
            if is_away:
                private_broker.stop()
            else:
                private_broker.start()
            go_on(database_url, story)
            wait_folded(database_url)
    assert_rows_are_the_fold(database_url)


@LEAVES_SOCKETS
@pytest.mark.usefixtures("outage")
def test_with_no_broker_at_all_rows_follow_the_log(database_url: str, topic: str) -> None:
    story = Story(seed=45)
    told(database_url, story, 20)
    with projecting(database_url, "127.0.0.1:1", topic):
        for _ in range(2):
            go_on(database_url, story, 10)
            wait_folded(database_url)
    assert_rows_are_the_fold(database_url)


def test_operators_decide_by_commands_what_becomes_of_a_parked_key(database_url: str, topic: str) -> None:
    story = Story(seed=46)
    told(database_url, story, 30)
    project, stream = story.tasks[0]
    at = insert(database_url, "task.waved_at.v9", b"{}", stream)
    with projecting(database_url, "127.0.0.1:1", topic):
        wait_until(lambda: standing(database_url) == 1, "the key is parked")
        decide(database_url, RetryParked("no such model", project), "one")
        decide(database_url, RetryParked("task_board", project), "two")
        wait_folded(database_url)
        assert standing(database_url) == 1
        decide(database_url, SkipParked("task_board", at), "three")
        wait_until(lambda: standing(database_url) == 0, "the key is free")
        assert query(database_url, "SELECT model, position FROM rows.skipped") == ("task_board", at)
    query(database_url, "DELETE FROM rows.skipped")
    with projecting(database_url, "127.0.0.1:1", topic):
        wait_until(
            lambda: query(database_url, "SELECT count(*) FROM rows.skipped") == (1,), "it is known again"
        )


def standing(url: str) -> int:
    """Return how many keys the task board has parked."""
    is_there = query(url, "SELECT to_regclass('rows.parked') IS NOT NULL")
    return (
        int(query(url, "SELECT count(*) FROM rows.parked WHERE model = 'task_board'")[0])
        if is_there == (True,)
        else 0
    )


def decide(url: str, command: object, name: str) -> None:
    async def deciding() -> None:
        async with EventLog(url) as log:
            await say(log, issued(command, OPERATIONS, NINE, name))

    asyncio.run(deciding())
