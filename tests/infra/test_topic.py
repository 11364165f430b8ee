"""The topic's contract: what is written can be read back, by us and by any CloudEvents library."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as kafkas_murmur2

from infra.log_reader import Record
from infra.topic import (
    POSITION_MAX,
    BadRecord,
    Delivered,
    Headers,
    Heartbeat,
    delivered,
    heartbeat_headers,
    key_bytes,
    murmur2,
    partition_of,
    record_headers,
)

LOG = UUID("01a20a91-42e4-7c70-842c-15e9d490fd09")
NOW = datetime(2026, 1, 31, 12, 30, 0, 5, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
RECORDS = st.builds(
    Record,
    position=st.integers(1, POSITION_MAX),
    event_id=st.uuids(),
    stream=st.uuids(),
    version=st.integers(1, 2**31 - 1),
    type=st.just("task.opened.v1"),
    project_id=st.none() | st.uuids(),
    actor_id=st.uuids(),
    correlation_id=st.uuids(),
    causation_id=st.none() | st.uuids(),
    command_id=st.uuids(),
    reason=st.none() | TEXTS,
    occurred_at=TIMES,
    recorded_at=TIMES,
    data=st.binary(max_size=40),
)
RECORD = Record(
    12, UUID(int=1), UUID(int=2), 3, "task.opened.v1", UUID(int=4), UUID(int=5), UUID(int=6), UUID(int=7),
    UUID(int=8), "asked by phone: ä", NOW, NOW, b'{"title":"Dig"}',
)  # fmt: skip
BEAT = Heartbeat(12, 9, LOG, UUID(int=1))


@dataclass(frozen=True)
class Sent:
    """A record as a Kafka client hands it over."""

    headers: Sequence[tuple[str, bytes]]
    value: bytes | None


@given(st.binary(max_size=64))
def test_our_hash_is_the_one_of_kafkas_clients(data: bytes) -> None:
    assert murmur2(data) == kafkas_murmur2(data)


@given(st.uuids(), st.integers(1, 64))
def test_a_key_is_in_the_partition_any_kafka_client_would_choose(key: UUID, partitions: int) -> None:
    assert partition_of(key, partitions) == (kafkas_murmur2(key_bytes(key)) & 0x7FFFFFFF) % partitions


@given(RECORDS, st.data())
def test_a_record_read_back_is_the_one_that_was_sent(record: Record, data: st.DataObject) -> None:
    previous = data.draw(st.integers(0, record.position - 1))
    sent = Sent(record_headers(record, previous, LOG), record.data)
    assert delivered(sent) == Delivered(record, previous, LOG)


@given(st.integers(0, POSITION_MAX), st.none() | st.uuids(), st.data())
def test_a_heartbeat_read_back_is_the_one_that_was_sent(
    position: int, head: UUID | None, data: st.DataObject
) -> None:
    beat = Heartbeat(position, data.draw(st.integers(0, position)), LOG, head)
    assert delivered(Sent(heartbeat_headers(beat, UUID(int=3), NOW), b"{}")) == beat


def test_a_cloudevents_library_reads_a_record() -> None:
    message = KafkaMessage(dict(record_headers(RECORD, 9, LOG)), key_bytes(RECORD.key), RECORD.data)
    event = from_binary(message, JSONFormat())
    assert event.get_data() == {"title": "Dig"}
    assert event.get_attributes() == {
        "specversion": "1.0",
        "id": str(RECORD.event_id),
        "source": f"urn:fairlead:log:{LOG}",
        "type": "task.opened.v1",
        "subject": str(RECORD.stream),
        "time": NOW,
        "datacontenttype": "application/json",
        "partitionkey": str(RECORD.project_id),
        "position": "12",
        "previous": "9",
        "version": "3",
        "project": str(RECORD.project_id),
        "actor": str(RECORD.actor_id),
        "correlation": str(RECORD.correlation_id),
        "causation": str(RECORD.causation_id),
        "command": str(RECORD.command_id),
        "reason": "asked by phone: ä",
        "recorded": "2026-01-31T12:30:00.000005Z",
    }


def test_a_cloudevents_library_reads_a_heartbeat() -> None:
    event = from_binary(
        KafkaMessage(dict(heartbeat_headers(BEAT, UUID(int=3), NOW)), None, b"{}"), JSONFormat()
    )
    assert event.get_type() == "fairlead.heartbeat.v1"
    assert event.get_data() == {}
    assert event.get_extension("position") == "12"
    assert event.get_extension("previous") == "9"
    assert event.get_extension("head") == str(UUID(int=1))


@pytest.mark.parametrize(
    "missing",
    [
        name
        for name, _ in record_headers(
            RECORD._replace(project_id=None, causation_id=None, reason=None), 9, LOG
        )
        if name != "content-type"
    ],
)
def test_a_record_without_one_of_its_headers_is_not_ours(missing: str) -> None:
    with pytest.raises(BadRecord):
        delivered(Sent([header for header in record_headers(RECORD, 9, LOG) if header[0] != missing], b"{}"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_source", b"urn:other:thing"),
        ("ce_source", b"urn:fairlead:log:none"),
        ("ce_position", b"9"),
        ("ce_position", b"-1"),
        ("ce_position", b"9223372036854775808"),
        ("ce_position", b"twelve"),
        ("ce_previous", b"-1"),
        ("ce_id", b"1"),
        ("ce_type", b"\xff"),
        ("ce_time", b"yesterday"),
        ("ce_recorded", b"2026-01-31T12:30:00"),
        ("ce_reason", b"\xff"),
    ],
)
def test_a_record_with_a_header_that_makes_no_sense_is_not_ours(name: str, value: bytes) -> None:
    headers: Headers = [
        (known, value if known == name else held) for known, held in record_headers(RECORD, 9, LOG)
    ]
    with pytest.raises(BadRecord):
        delivered(Sent(headers, b"{}"))


def test_a_deletion_mark_and_a_bare_message_are_not_ours() -> None:
    for sent in (Sent(record_headers(RECORD, 9, LOG), None), Sent([], b"hello")):
        with pytest.raises(BadRecord):
            delivered(sent)
