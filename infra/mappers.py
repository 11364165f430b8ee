"""The library's mappers: events of a stream and snapshots of its state, by our names and our codec."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from infra.codec import Codec

_ENCODER: Final = msgspec.json.Encoder()


class Step(NamedTuple):
    """An event of a stream as the library hands it to a projector function."""

    originator_id: UUID
    originator_version: int
    event: Any


class Kept(NamedTuple):
    """A snapshot of a stream as the library hands it to a projector function."""

    originator_id: UUID
    originator_version: int
    state: Any


class EventMapper(Mapper[UUID]):
    """The library's mapper with our stable names and typed decoding instead of Python paths."""

    def __init__(self, events: Codec) -> None:
        """Map with `events`; the transcoder the library asks for is never used."""
        super().__init__(JSONTranscoder())
        self._codec = events

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return the stored form of a step."""
        event = domain_event.event
        return StoredEvent(
            domain_event.originator_id,
            domain_event.originator_version,
            self._codec.name(event),
            self._codec.encode(event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Step:
        """Return the step a stored event stands for; raise `UnknownEvent` or `BadEvent`."""
        stream = _uuid(stored_event.originator_id)
        event = self._codec.decode(stored_event.topic, stored_event.state, stream)
        return Step(stream, stored_event.originator_version, event)


class SnapshotMapper(Mapper[UUID]):
    """States as snapshots; one written by another version of `domain/` is not recognised, and so not used."""

    def __init__(self, state_type: object, name: str) -> None:
        """Map states of `state_type`, of the aggregate called `name`."""
        super().__init__(JSONTranscoder())
        self.topic = f"{name}.{domain_fingerprint()}"
        self._decoder = msgspec.json.Decoder(state_type)

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return the stored form of a snapshot."""
        return StoredEvent(
            domain_event.originator_id,
            domain_event.originator_version,
            self.topic,
            _ENCODER.encode(domain_event.state),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Kept:
        """Return the snapshot that a stored one stands for."""
        state = self._decoder.decode(stored_event.state)
        return Kept(_uuid(stored_event.originator_id), stored_event.originator_version, state)


@cache
def domain_fingerprint() -> str:
    """Return a short digest of the source of `domain/`: what a snapshot means changes only with it."""
    sources = sorted((str(path), path.read_bytes()) for path in _sources(files("domain")))
    return hashlib.sha256(repr(sources).encode()).hexdigest()[:16]


def _sources(folder: Any) -> Iterable[Any]:
    for path in folder.iterdir():
        if path.is_dir():
            yield from _sources(path)
        elif path.name.endswith(".py"):
            yield path


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
