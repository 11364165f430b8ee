"""The relay: every event reaches the topic, in order, whatever is killed, emptied, recreated or restored.

Longer than other files: each rule of its subject has its test here.
"""

import gc
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from infra.database import connect
from infra.embedded import EmbeddedBroker
from infra.relay import CHECK_SECONDS, IDLE_SECONDS_MAX
from infra.relay_progress import RelayState, relay_state
from tests.apache_kafka import ApacheKafka
from tests.infra.relaying import PARTITIONS, Projects, query, reading, relaying, wait_until
from tests.processes import Forked
from tests.services import Databases

PROCESS = """
import sys
from infra.relay import run
from infra.settings import Settings
run(Settings(database_url=sys.argv[1], kafka_bootstrap=sys.argv[2], topic=sys.argv[3], partitions=4))
"""


@pytest.fixture
def topic() -> str:
    """Give a topic name of the test's own."""
    return f"fairlead-{uuid4()}"


@pytest.fixture
def outage() -> Generator[None]:
    """Collect here the sockets kafka-python leaves behind when it finds no broker; see `LEAVES_SOCKETS`."""
    yield
    gc.collect()


LEAVES_SOCKETS = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)


@contextmanager
def administering(bootstrap: str) -> Generator[KafkaAdminClient]:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        yield admin
    finally:
        admin.close()


def state(database_url: str) -> RelayState:
    with connect(database_url, application="test") as connection:
        return relay_state(connection)


def problem(database_url: str) -> str:
    return state(database_url).problem or ""


def wait_published(database_url: str, head: int) -> None:
    wait_until(lambda: state(database_url).published == head, f"everything up to {head} is published")


def check_a_busy_log(database_url: str, bootstrap: str, topic: str) -> None:
    """Append from two threads while a relay publishes: the topic is the log, once, in order."""
    projects = [Projects.made(database_url, 10), Projects.made(database_url, 10)]
    writers = [threading.Thread(target=each.append, args=(20,), kwargs={"events": 3}) for each in projects]
    with relaying(database_url, bootstrap, topic), reading(bootstrap, topic) as reader:
        for writer in writers:
            writer.start()
        for writer in writers:
            while writer.is_alive():
                reader.poll()
        reader.read_to(1_200)
    reader.assert_equals(projects[0].records())
    assert (reader.dropped, reader.holes) == (0, 0)


def test_a_busy_log_is_published_once_and_in_order(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    check_a_busy_log(database_url, embedded_broker.bootstrap, topic)


def test_a_busy_log_is_published_once_and_in_order_to_kafka(
    database_url: str, apache_kafka: ApacheKafka, topic: str
) -> None:
    check_a_busy_log(database_url, apache_kafka.bootstrap, topic)


def test_partitions_without_events_reach_the_head_by_heartbeats_and_then_rest(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    projects = Projects.made(database_url, 1)
    head = projects.append(3)
    bootstrap = embedded_broker.bootstrap
    with (
        relaying(database_url, bootstrap, topic, sign_of_life_seconds=60),
        reading(bootstrap, topic) as reader,
    ):
        reader.read_to(head)
        assert len(reader.taken) == 1
        last = projects.records()[-1]
        assert {beat[:2] for _, beat in reader.heartbeats} == {(head, 0)}
        assert {beat.head for _, beat in reader.heartbeats} == {last.event_id}
        assert len(reader.heartbeats) == PARTITIONS - 1
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            reader.poll()
        assert len(reader.heartbeats) == PARTITIONS - 1
        reader.read_to(projects.append())
    reader.assert_equals(projects.records())


def test_an_idle_topic_shows_signs_of_life(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    Projects.made(database_url, 1)
    bootstrap = embedded_broker.bootstrap
    with (
        relaying(database_url, bootstrap, topic, sign_of_life_seconds=0.1),
        reading(bootstrap, topic) as reader,
    ):
        wait_until(lambda: reader.poll() or len(reader.heartbeats) >= 3 * PARTITIONS, "signs of life")
    assert {(beat.position, beat.head) for _, beat in reader.heartbeats} == {(0, None)}


def check_a_killed_leader(database_url: str, bootstrap: str, topic: str) -> None:
    """Kill the leader in the midst of its work: the standby takes over, and only duplicates come of it."""
    projects = Projects.made(database_url, 20)
    with process(database_url, bootstrap, topic) as first:
        wait_until(lambda: state(database_url).leader_since, "the first relay leads")
        with process(database_url, bootstrap, topic) as second:
            wait_until(lambda: relays(database_url) == 2, "the second relay stands by")
            led_since = state(database_url).leader_since
            head = projects.append(4, events=100)
            wait_until(lambda: progress(database_url) > 0, "the first relay has published a batch")
            first.send(signal.SIGKILL)
            assert progress(database_url) < head
            wait_until(lambda: state(database_url).leader_since != led_since, "the second leads", seconds=5)
            with reading(bootstrap, topic) as reader:
                reader.read_to(head)
            reader.assert_equals(projects.records())
            assert reader.holes == 0
            second.send(signal.SIGTERM)
            assert second.wait(10) == 0


def process(database_url: str, bootstrap: str, topic: str) -> Forked:
    """Run a relay in a process of its own."""
    return Forked(PROCESS, database_url, bootstrap, topic, is_mute=True)


def progress(database_url: str) -> int:
    position: int = query(database_url, "SELECT coalesce(max(position), 0) FROM rows.relay_progress")[0]
    return position


def relays(database_url: str) -> int:
    count: int = query(
        database_url,
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'fairlead relay'",
    )[0]
    return count


def test_a_killed_leader_is_replaced(database_url: str, embedded_broker: EmbeddedBroker, topic: str) -> None:
    check_a_killed_leader(database_url, embedded_broker.bootstrap, topic)


def test_a_killed_leader_is_replaced_with_kafka(
    database_url: str, apache_kafka: ApacheKafka, topic: str
) -> None:
    check_a_killed_leader(database_url, apache_kafka.bootstrap, topic)


def test_a_leader_that_loses_its_database_connection_leads_again(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    projects = Projects.made(database_url, 5)
    bootstrap = embedded_broker.bootstrap
    with relaying(database_url, bootstrap, topic), reading(bootstrap, topic) as reader:
        reader.read_to(projects.append())
        led_since = state(database_url).leader_since
        query(
            database_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'fairlead relay'",
        )
        reader.read_to(projects.append())
        assert state(database_url).leader_since != led_since
    reader.assert_equals(projects.records())


def test_a_crash_before_progress_is_written_makes_duplicates_only(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    projects = Projects.made(database_url, 10)
    head = projects.append(10)
    bootstrap = embedded_broker.bootstrap
    with reading(bootstrap, topic) as reader:
        with relaying(database_url, bootstrap, topic):
            reader.read_to(head)
        query(database_url, "UPDATE rows.relay_progress SET position = 0, previous = 0")
        with relaying(database_url, bootstrap, topic):
            reader.read_to(projects.append())
    reader.assert_equals(projects.records())
    assert (reader.dropped, reader.holes) == (head, 0)


def test_a_relay_goes_on_where_the_last_one_stopped(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    projects = Projects.made(database_url, 10)
    bootstrap = embedded_broker.bootstrap
    with reading(bootstrap, topic) as reader:
        for _ in range(2):
            head = projects.append(5)
            with relaying(database_url, bootstrap, topic):
                reader.read_to(head)
                wait_published(database_url, head)
    reader.assert_equals(projects.records())
    assert (reader.dropped, reader.holes) == (0, 0)


@LEAVES_SOCKETS
@pytest.mark.usefixtures("outage")
def test_a_broker_that_lost_everything_is_filled_again(
    database_url: str, private_broker: EmbeddedBroker, topic: str
) -> None:
    projects = Projects.made(database_url, 10)
    bootstrap = private_broker.bootstrap
    with relaying(database_url, bootstrap, topic):
        with reading(bootstrap, topic) as reader:
            reader.read_to(projects.append(3))
        private_broker.process.kill()
        private_broker.process.wait()
        head = projects.append(3)
        wait_until(lambda: "did not" in problem(database_url), "the state tells of the outage")
        assert state(database_url).published < head
        private_broker.start()
        wait_published(database_url, head)
        assert problem(database_url) == ""
        with reading(bootstrap, topic) as reader:
            reader.read_to(projects.head())
    reader.assert_equals(projects.records())


@LEAVES_SOCKETS
@pytest.mark.usefixtures("outage")
def test_a_killed_broker_is_noticed_though_there_is_nothing_to_publish(
    database_url: str, private_broker: EmbeddedBroker, topic: str
) -> None:
    head = Projects.made(database_url, 2).append()
    with relaying(database_url, private_broker.bootstrap, topic):
        wait_published(database_url, head)
        private_broker.process.kill()
        private_broker.process.wait()
        noticed = CHECK_SECONDS + IDLE_SECONDS_MAX
        wait_until(lambda: "ConnectionRefused" in problem(database_url), "that is told", 2 * noticed)


@LEAVES_SOCKETS
@pytest.mark.usefixtures("outage")
def test_a_killed_kafka_is_waited_for(database_url: str, apache_kafka: ApacheKafka, topic: str) -> None:
    projects = Projects.made(database_url, 10)
    with relaying(database_url, apache_kafka.bootstrap, topic):
        wait_published(database_url, projects.append(3))
        apache_kafka.kill()
        head = projects.append(3)
        wait_until(lambda: "did not" in problem(database_url), "the state tells of the outage")
        apache_kafka.start()
        wait_published(database_url, head)
        with reading(apache_kafka.bootstrap, topic) as reader:
            reader.read_to(head)
    reader.assert_equals(projects.records())
    assert reader.holes == 0


def check_a_deleted_topic(database_url: str, bootstrap: str, topic: str) -> None:
    projects = Projects.made(database_url, 10)
    with relaying(database_url, bootstrap, topic, sign_of_life_seconds=60), administering(bootstrap) as admin:
        with reading(bootstrap, topic) as reader:
            reader.read_to(projects.append(3))
        [before] = admin.describe_topics([topic])
        admin.delete_topics([topic])
        wait_until(lambda: admin.describe_topics([topic])[0]["error_code"] == 0, "the topic is made again")
        assert admin.describe_topics([topic])[0]["topic_id"] != before["topic_id"]
        with reading(bootstrap, topic) as reader:
            reader.read_to(projects.append())
    reader.assert_equals(projects.records())
    assert reader.holes == 0


def test_a_deleted_topic_is_made_and_filled_again(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    check_a_deleted_topic(database_url, embedded_broker.bootstrap, topic)


def test_a_deleted_topic_is_made_and_filled_again_in_kafka(
    database_url: str, apache_kafka: ApacheKafka, topic: str
) -> None:
    check_a_deleted_topic(database_url, apache_kafka.bootstrap, topic)


def test_a_partition_that_was_emptied_is_filled_again_alone(
    database_url: str, apache_kafka: ApacheKafka, topic: str
) -> None:
    projects = Projects.made(database_url, 10)
    bootstrap = apache_kafka.bootstrap
    with relaying(database_url, bootstrap, topic, sign_of_life_seconds=60):
        with reading(bootstrap, topic) as reader:
            head = projects.append(3)
            reader.read_to(head)
        with administering(bootstrap) as admin:
            admin.delete_records({TopicPartition(topic, 1): -1})
        with reading(bootstrap, topic) as reader:
            reader.read_to(head)
    reader.assert_equals(projects.records())
    assert (reader.dropped, reader.holes) == (0, 0)


def test_a_topic_ahead_of_a_restored_log_is_refused_until_it_is_deleted(
    database_url: str, databases: Databases, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    projects = Projects.made(database_url, 3)
    bootstrap = embedded_broker.bootstrap
    projects.append(2)
    restored = Projects(databases.create(like=database_url), dict(projects.versions))
    head = projects.append(2)
    with relaying(database_url, bootstrap, topic), reading(bootstrap, topic) as reader:
        reader.read_to(head)
    with relaying(restored.database_url, bootstrap, topic):
        wait_until(lambda: "is at position 12" in problem(restored.database_url), "the relay refuses")
        assert "the log only at 6" in problem(restored.database_url)
        restored.append(5)
        wait_until(lambda: "another event" in problem(restored.database_url), "the relay refuses")
        with administering(bootstrap) as admin:
            admin.delete_topics([topic])
        wait_published(restored.database_url, restored.head())
        with reading(bootstrap, topic) as reader:
            reader.read_to(restored.head())
    reader.assert_equals(restored.records())
    databases.drop(restored.database_url)


def test_another_logs_topic_is_refused_and_left_alone(
    database_url: str, databases: Databases, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    bootstrap = embedded_broker.bootstrap
    other = Projects.made(databases.create(), 3)
    head = other.append(2)
    with reading(bootstrap, topic) as reader:
        with relaying(other.database_url, bootstrap, topic):
            reader.read_to(head)
        Projects.made(database_url, 3).append(9)
        with relaying(database_url, bootstrap, topic):
            wait_until(lambda: "events of another log" in problem(database_url), "the relay refuses")
        reader.poll(200)
    reader.assert_equals(other.records())
    databases.drop(other.database_url)


def test_a_topic_with_somebody_elses_records_is_refused(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    bootstrap = embedded_broker.bootstrap
    with administering(bootstrap) as admin:
        admin.create_topics({topic: {"num_partitions": PARTITIONS, "replication_factor": 1}})
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    producer.send(topic, b"hello", partition=2).get(10)
    producer.close()
    Projects.made(database_url, 1).append()
    with relaying(database_url, bootstrap, topic):
        wait_until(lambda: "not Fairlead's" in problem(database_url), "the relay refuses")


def test_a_filled_topic_of_another_shape_is_refused(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    projects = Projects.made(database_url, 2)
    bootstrap = embedded_broker.bootstrap
    with relaying(database_url, bootstrap, topic):
        wait_published(database_url, projects.append())
    with relaying(database_url, bootstrap, topic, partitions=6):
        wait_until(lambda: "4 partitions, the settings say 6" in problem(database_url), "the relay refuses")


def test_an_empty_topic_that_a_clients_question_made_is_made_anew(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    bootstrap = embedded_broker.bootstrap
    consumer = KafkaConsumer(topic, bootstrap_servers=bootstrap)
    with administering(bootstrap) as admin:

        def partitions() -> int:
            return len(admin.describe_topics([topic])[0]["partitions"])

        wait_until(lambda: consumer.poll(timeout_ms=50) or partitions() == 4, "the topic is there")
        consumer.close()
        projects = Projects.made(database_url, 10)
        head = projects.append(2)
        with relaying(database_url, bootstrap, topic, partitions=6):
            wait_published(database_url, head)
        assert partitions() == 6


@LEAVES_SOCKETS
@pytest.mark.usefixtures("outage")
def test_the_relay_waits_for_a_broker_that_is_not_there_yet(
    database_url: str, private_broker: EmbeddedBroker, topic: str
) -> None:
    private_broker.stop()
    head = Projects.made(database_url, 2).append()
    with relaying(database_url, private_broker.bootstrap, topic):
        wait_until(lambda: "did not connect" in problem(database_url), "the state tells that there is none")
        private_broker.start()
        wait_published(database_url, head)


def test_a_database_without_a_relay_says_so(database_url: str) -> None:
    Projects.made(database_url, 1)
    assert state(database_url) == RelayState(None, 0, "No relay has run yet.", None)


def test_the_state_tells_lag_and_readiness(
    database_url: str, embedded_broker: EmbeddedBroker, topic: str
) -> None:
    head = Projects.made(database_url, 2).append(2)
    with relaying(database_url, embedded_broker.bootstrap, topic):
        wait_published(database_url, head)
        seen = state(database_url)
    assert not state(database_url).is_led
    assert seen.updated_at is not None
    assert (seen.lag(head), seen.lag(head + 5)) == (0, 5)
    assert seen.is_ready(head, seen.updated_at)
    assert not seen.is_ready(head + 1_001, seen.updated_at)
    assert not seen.is_ready(head, seen.updated_at.replace(year=seen.updated_at.year + 1))
