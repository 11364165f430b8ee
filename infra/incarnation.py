"""Where the topic stands: which incarnation it is, how far it is filled, and whether it is this log's."""

from typing import Any, Final, NamedTuple
from uuid import UUID

import structlog
from psycopg import Connection

from infra import relay_progress
from infra.broker import Broker, BrokerFault, Shape
from infra.log_reader import head, log_id, read
from infra.relay_progress import Mark
from infra.topic import BadRecord, Delivered, Heartbeat, Message, delivered

NOTHING: Final = Mark(0, 0)

_log: Final = structlog.get_logger(__name__)


class TopicRefused(Exception):
    """The topic is not one this log may be published to; nothing is sent until that changes."""


class TopicAhead(TopicRefused):
    """The topic holds what the log does not: the database was restored, or the topic is another log's."""


class WrongPartitions(TopicRefused):
    """The topic holds records in another number of partitions than the settings say."""


class Standing(NamedTuple):
    """One partition: how far it is filled, and the last position that its consumers were told of."""

    mark: Mark
    told: int


class Incarnation(NamedTuple):
    """The topic as it is now, for one log; `standings` by partition number."""

    shape: Shape
    log_id: UUID
    standings: list[Standing]


def found(connection: Connection[Any], broker: Broker, partitions: int) -> Incarnation:
    """Return how the topic stands, created where it is missing; raise `BrokerFault` or `TopicRefused`."""
    shape = _shaped(broker, partitions)
    last = {number: _read(broker, message) for number, message in broker.last_records(partitions).items()}
    log, at_head = log_id(connection), head(connection)  # after the topic: the log only grows
    for seen in last.values():
        _verify(connection, broker.topic, seen, log, at_head)
    saved = relay_progress.load(connection, broker.topic, shape.topic_id)
    standings = [_standing(saved.get(n, NOTHING), last.get(n), at_head) for n in range(partitions)]
    return Incarnation(shape, log, standings)


def is_as_before(broker: Broker, incarnation: Incarnation, positions: list[int]) -> bool:
    """Say whether the topic is still the same, and no partition that was filled is empty now."""
    if broker.shape() != incarnation.shape:
        return False
    bounds = broker.bounds(incarnation.shape.partitions)
    return all(begin < end or position == 0 for (begin, end), position in zip(bounds, positions, strict=True))


def _shaped(broker: Broker, partitions: int) -> Shape:
    """Return the topic's shape, made where it is missing, made anew where it is empty and of another shape.

    Such a one is a broker's automatic creation, for a client that asked about the topic before the relay did.
    """
    shape = broker.shape()
    if shape is not None and shape.partitions != partitions:
        if any(begin < end for begin, end in broker.bounds(shape.partitions)):
            raise WrongPartitions(
                f"The topic {broker.topic} has {shape.partitions} partitions, the settings say {partitions}:"
                " set FAIRLEAD_PARTITIONS to its number, or delete the topic to have it filled again."
            )
        _log.warning("topic_remade", topic=broker.topic, partitions=partitions, had=shape.partitions)
        broker.delete_topic()
        shape = None
    if shape is None:
        broker.create_topic(partitions)
        shape = broker.shape()
        _log.info("topic_created", topic=broker.topic, partitions=partitions)
    if shape is None or shape.partitions != partitions:
        raise BrokerFault(f"The broker does not show the topic {broker.topic} that it just created.")
    return shape


def _read(broker: Broker, message: Message) -> Delivered | Heartbeat:
    try:
        return delivered(message)
    except BadRecord as problem:
        raise TopicAhead(
            f"The topic {broker.topic} holds records that are not Fairlead's: name another, or delete it."
        ) from problem


def _verify(
    connection: Connection[Any], topic: str, seen: Delivered | Heartbeat, log: UUID, at_head: int
) -> None:
    """Raise `TopicAhead` unless what the topic says of its last position is what the log says."""
    position, event_id = _claim(seen)
    remedy = "delete the topic to have it filled from this log, or restore the right database."
    if seen.log_id != log:
        raise TopicAhead(f"The topic {topic} holds the events of another log, {seen.log_id}: {remedy}")
    if position > at_head:
        raise TopicAhead(
            f"The topic {topic} is at position {position} and the log only at {at_head}, as after"
            f" restoring an older database: {remedy}"
        )
    if position > 0 and event_id != read(connection, position - 1, limit=1)[0].event_id:
        raise TopicAhead(f"The topic {topic} has another event at position {position} than the log: {remedy}")


def _claim(seen: Delivered | Heartbeat) -> tuple[int, UUID | None]:
    if isinstance(seen, Delivered):
        return seen.record.position, seen.record.event_id
    return seen.position, seen.head


def _standing(saved: Mark, last: Delivered | Heartbeat | None, at_head: int) -> Standing:
    """Go on where progress says, but never from behind the last record; an empty partition begins anew."""
    if last is None:
        return Standing(NOTHING, 0)
    position = _claim(last)[0]
    if saved.position > at_head:
        saved = NOTHING
    if position < saved.position:
        previous = position if isinstance(last, Delivered) else last.previous
        return Standing(Mark(position, previous), position)
    return Standing(saved, position)
