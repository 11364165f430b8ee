"""Records decoded many at once, for those who fold them: what cannot be read stands there as `Unreadable`."""

from collections.abc import Sequence
from typing import Any

from domain.recorded import Recorded
from infra.codec import BadEvent, Codec, UnknownEvent
from infra.log_reader import Record


class Unreadable:
    """Stands where an event could not be decoded; the read models that fold its aggregate park its key."""

    def __init__(self, problem: UnknownEvent | BadEvent) -> None:
        """Keep why."""
        self.problem = problem


def decoded(record: Record, codec: Codec) -> Recorded[Any]:
    """Return the event of a record, or `Unreadable` in its place."""
    try:
        return record.decoded(codec)
    except (UnknownEvent, BadEvent) as problem:
        return Recorded(*record[:13], Unreadable(problem))


def decoded_all(records: Sequence[Record], codec: Codec) -> list[Recorded[Any]]:
    """Return the events of some records as `decoded` does, their keys read all at once."""
    codec.prepare(text for record in records for text in (record.data, record.reason))
    return [decoded(record, codec) for record in records]
