"""The fixtures themselves: each gives a working server."""

import uuid

import psycopg
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from infra.embedded import EmbeddedBroker
from tests.apache_kafka import ApacheKafka


def test_a_test_database_is_empty_and_its_own(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchone()
    assert tables == (0,)


def test_the_embedded_broker_gives_back_what_it_was_given(embedded_broker: EmbeddedBroker) -> None:
    assert round_trip(embedded_broker.bootstrap) == [b"one", b"two"]


def test_apache_kafka_keeps_what_it_acknowledged_when_killed(apache_kafka: ApacheKafka) -> None:
    topic = f"t-{uuid.uuid4()}"
    produce(apache_kafka.bootstrap, topic)
    apache_kafka.kill()
    assert not apache_kafka.is_running
    apache_kafka.start()
    assert consume(apache_kafka.bootstrap, topic) == [b"one", b"two"]


def round_trip(bootstrap: str) -> list[bytes]:
    topic = f"t-{uuid.uuid4()}"
    produce(bootstrap, topic)
    return consume(bootstrap, topic)


def produce(bootstrap: str, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    for value in (b"one", b"two"):
        producer.send(topic, value).get(timeout=20)
    producer.close()


def consume(bootstrap: str, topic: str) -> list[bytes]:
    consumer = KafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    values = [next(consumer).value, next(consumer).value]
    consumer.close()
    return values
