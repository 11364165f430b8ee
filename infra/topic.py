"""The topic's contract: what a record of the log, and a heartbeat, look like in Kafka.

A record of the log is a CloudEvents 1.0 event in Kafka's binary binding. Its value is the stored bytes,
untouched; personal texts in it, and the reason, are sealed (`infra.sealing`). Its key is the text of the
project's id (of the stream's where there is no project), so that any CloudEvents library can show it as
`partitionkey`; the partition is murmur2 of those bytes, as every Kafka client's default chooses it.

| header | holds |
|---|---|
| `ce_specversion`, `content-type` | `1.0`, `application/json` |
| `ce_id`, `ce_type`, `ce_subject` | the event's id, its stored name, its stream |
| `ce_source` | `urn:fairlead:log:` and the id of the log |
| `ce_time`, `ce_recorded` | when it occurred, when it was recorded: RFC 3339, UTC |
| `ce_position` | its place in the log: 1, 2, 3, … over all partitions |
| `ce_previous` | the position of the event before it in its partition, 0 for the first |
| `ce_version` | its place in its stream |
| `ce_actor`, `ce_correlation`, `ce_command` | ids |
| `ce_project`, `ce_causation`, `ce_reason` | only where there is one |

A heartbeat has no key, the value `{}`, the type `fairlead.heartbeat.v1`, and says that its partition is
complete up to `ce_position`: `ce_previous` is the last event's position there, `ce_head` (absent in an empty
log) the id of the event at `ce_position`, in whichever partition. A heartbeat is no link of the chain: the
event after it names the event before it.

The rule for a consumer, with one checkpoint for each partition, 0 at first:
  position <= checkpoint   drop it: it was seen before
  previous <= checkpoint   take it; the checkpoint is now its position
  otherwise                a hole: read the log from the checkpoint
`position`, `previous` and value depend on the log and the number of partitions alone: whoever sends a record,
and however often, it is the same. A position fits 63 bits.
Longer than other files: what is written and how it is read back stand side by side.
"""

import struct
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from infra.log_reader import Record

HEARTBEAT: Final = "fairlead.heartbeat.v1"
SOURCE: Final = "urn:fairlead:log:"
KEYS_KEPT_MAX: Final = 65_536
POSITION_MAX: Final = 2**63 - 1

Headers = list[tuple[str, bytes]]

_SPECVERSION: Final = ("ce_specversion", b"1.0")
_CONTENT_TYPE: Final = ("content-type", b"application/json")
_HEARTBEAT_TYPE: Final = ("ce_type", HEARTBEAT.encode())
_MIX: Final = 0x5BD1E995
_SEED: Final = 0x9747B28C
_MASK: Final = 0xFFFFFFFF


class BadRecord(Exception):
    """A record of the topic does not keep the contract: somebody else wrote it."""


class Message(Protocol):
    """A record of the topic as any Kafka client hands it over; kafka-python's `ConsumerRecord` is one."""

    @property
    def key(self) -> bytes | None:
        """Return the key."""
        ...

    @property
    def value(self) -> bytes | None:
        """Return the body."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Return names and values in order."""
        ...


class Delivered(NamedTuple):
    """A record of the log as it came from the topic, and the position of the one before it there."""

    record: Record
    previous: int
    log_id: UUID


class Heartbeat(NamedTuple):
    """A partition is complete up to `position`, the place of the event `head`; its last is at `previous`."""

    position: int
    previous: int
    log_id: UUID
    head: UUID | None


def key_bytes(key: UUID) -> bytes:
    """Return the key of a record as it stands in the topic: the id's text, 36 bytes."""
    return _known_text(key)


@lru_cache(KEYS_KEPT_MAX)
def partition_of(key: UUID, partitions: int) -> int:
    """Return the partition of `partitions` (at least 1) Kafka's default partitioner puts a key into."""
    return (murmur2(key_bytes(key)) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Return the 32-bit hash Kafka's clients agree on (org.apache.kafka.common.utils.Utils.murmur2)."""
    whole = len(data) & ~3
    mixed = _SEED ^ len(data)
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        product = (word * _MIX) & _MASK
        product ^= product >> 24
        mixed = ((mixed * _MIX) & _MASK) ^ ((product * _MIX) & _MASK)
    if len(data) > whole:
        mixed = ((mixed ^ int.from_bytes(data[whole:], "little")) * _MIX) & _MASK
    mixed = ((mixed ^ (mixed >> 13)) * _MIX) & _MASK
    return mixed ^ (mixed >> 15)


def record_headers(record: Record, previous: int, log_id: UUID) -> Headers:
    """Return the headers of a record of log `log_id` whose predecessor in its partition is at `previous`."""
    command, correlation = record.command_id, record.correlation_id
    command_text = _id(command)
    headers: Headers = [
        _SPECVERSION,
        _CONTENT_TYPE,
        ("ce_id", _id(record.event_id)),
        ("ce_source", _source(log_id)),
        ("ce_type", record.type.encode()),
        ("ce_subject", _id(record.stream)),
        ("ce_time", _instant(record.occurred_at)),
        ("ce_recorded", _instant(record.recorded_at)),
        ("ce_position", b"%d" % record.position),
        ("ce_previous", b"%d" % previous),
        ("ce_version", b"%d" % record.version),
        ("ce_actor", _known_text(record.actor_id)),
        ("ce_correlation", command_text if correlation == command else _id(correlation)),
        ("ce_command", command_text),
    ]
    if record.project_id is not None:
        headers.append(("ce_project", _known_text(record.project_id)))
    if record.causation_id is not None:
        headers.append(("ce_causation", _id(record.causation_id)))
    if record.reason is not None:
        headers.append(("ce_reason", record.reason.encode()))
    return headers


def heartbeat_headers(beat: Heartbeat, beat_id: UUID, at: datetime) -> Headers:
    """Return the headers of a heartbeat sent at `at` (aware UTC)."""
    headers: Headers = [
        _SPECVERSION,
        _CONTENT_TYPE,
        ("ce_id", _id(beat_id)),
        ("ce_source", _source(beat.log_id)),
        _HEARTBEAT_TYPE,
        ("ce_time", _instant(at)),
        ("ce_position", b"%d" % beat.position),
        ("ce_previous", b"%d" % beat.previous),
    ]
    if beat.head is not None:
        headers.append(("ce_head", _id(beat.head)))
    return headers


def delivered(message: Message) -> Delivered | Heartbeat:
    """Return what a record of the topic says; raise `BadRecord` when it does not keep the contract."""
    try:
        found = _delivered(dict(message.headers), message.value)
    except (KeyError, ValueError, TypeError, AttributeError) as problem:
        name = f"{type(problem).__name__}: {problem}"
        raise BadRecord(f"A record of the topic is not one of Fairlead's ({name[:200]}).") from problem
    return found


def _delivered(headers: dict[str, bytes], value: bytes | None) -> Delivered | Heartbeat:
    if headers["ce_specversion"] != b"1.0":
        raise ValueError("no CloudEvents 1.0")
    kind = headers["ce_type"].decode()
    return _heartbeat(headers) if kind == HEARTBEAT else _event(headers, kind, value)


def _event(headers: dict[str, bytes], kind: str, value: bytes | None) -> Delivered:
    position, previous = _place(headers)
    if value is None or not previous < position:
        raise ValueError("an event needs a body and a place behind its predecessor")
    project, causation = headers.get("ce_project"), headers.get("ce_causation")
    reason = headers.get("ce_reason")
    correlation, command = headers["ce_correlation"], headers["ce_command"]
    command_id = UUID(command.decode())
    record = Record(
        position,
        UUID(headers["ce_id"].decode()),
        UUID(headers["ce_subject"].decode()),
        int(headers["ce_version"]),
        kind,
        None if project is None else _known_id(project),
        _known_id(headers["ce_actor"]),
        command_id if correlation == command else UUID(correlation.decode()),
        None if causation is None else UUID(causation.decode()),
        command_id,
        None if reason is None else reason.decode(),
        _moment(headers["ce_time"]),
        _moment(headers["ce_recorded"]),
        value,
    )
    return Delivered(record, previous, _log_id(headers["ce_source"]))


def _heartbeat(headers: dict[str, bytes]) -> Heartbeat:
    position, previous = _place(headers)
    head = headers.get("ce_head")
    log_id = _log_id(headers["ce_source"])
    return Heartbeat(position, previous, log_id, None if head is None else UUID(head.decode()))


def _place(headers: dict[str, bytes]) -> tuple[int, int]:
    position, previous = int(headers["ce_position"]), int(headers["ce_previous"])
    if not 0 <= previous <= position <= POSITION_MAX:
        raise ValueError("position and previous contradict each other")
    return position, previous


def _id(value: UUID) -> bytes:
    return str(value).encode()


def _instant(moment: datetime) -> bytes:
    return moment.isoformat().replace("+00:00", "Z").encode()


def _moment(text: bytes) -> datetime:
    moment = datetime.fromisoformat(text.decode())
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


@lru_cache(16)
def _source(log_id: UUID) -> bytes:
    return f"{SOURCE}{log_id}".encode()


@lru_cache(16)
def _log_id(source: bytes) -> UUID:
    kind, _, log_id = source.decode().rpartition(":")
    if kind + ":" != SOURCE:
        raise ValueError("its source is no log of Fairlead")
    return UUID(log_id)


@lru_cache(4_096)
def _known_text(value: UUID) -> bytes:
    """Return the text of an id of which there are few: actors and projects."""
    return _id(value)


@lru_cache(4_096)
def _known_id(text: bytes) -> UUID:
    """Return an id of which there are few: actors and projects."""
    return UUID(text.decode())
