"""Events as stored bytes and back: stable names, typed decoding, upcasting; the library's mappers."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

import msgspec
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from domain.aggregates import AGGREGATES
from domain.decider import Decider, Upcast
from domain.recorded import Issued

_ENCODER: Final = msgspec.json.Encoder()


class UnknownEvent(Exception):
    """The log holds an event name this version of Fairlead does not know: it is from a newer one."""


class BadEvent(Exception):
    """An event's stored bytes do not have the shape its name promises."""


class BrokenUpcast(AssertionError):
    """The chain from an older event name does not end at a known event."""


class Codec:
    """Stored names to event types and back, for the aggregates given; upcasts are checked here, at start."""

    def __init__(self, deciders: Iterable[Decider[Any, Any, Any]]) -> None:
        """Learn every event of `deciders`; raise `BrokenUpcast` for a gap, a circle or a taken name."""
        deciders = tuple(deciders)
        self._names: dict[type, str] = {}
        self._decode: dict[str, Callable[[bytes], Any]] = {}
        for decider in deciders:
            for name, event_type in decider.events.items():
                if name in self._decode or event_type in self._names:
                    raise AssertionError(f"the event {name} is declared twice")
                self._names[event_type] = name
                self._decode[name] = msgspec.json.Decoder(event_type).decode
        for decider in deciders:
            for name in decider.upcasts:
                if name in self._decode:
                    raise BrokenUpcast(f"the upcast from {name} hides an event of this name")
                self._decode[name] = self._upcasting(name, decider.upcasts, decider.events)
        self._check_versions()

    def _check_versions(self) -> None:
        """Raise `BrokenUpcast` where an earlier version of an event cannot be read: it may be stored."""
        for name in self._names.values():
            event, _, version = name.rpartition(".v")
            for earlier in range(1, int(version)):
                if f"{event}.v{earlier}" not in self._decode:
                    raise BrokenUpcast(f"there is {name}, and no upcast from {event}.v{earlier}")

    def _upcasting(
        self, name: str, upcasts: Mapping[str, Upcast], events: Mapping[str, type]
    ) -> Callable[[bytes], Any]:
        chain: list[Upcast] = []
        current = name
        while current in upcasts:
            if current in events or len(chain) > len(upcasts):
                raise BrokenUpcast(f"the upcast from {name} goes in a circle or beyond the event {current}")
            chain.append(upcasts[current])
            current = upcasts[current].to
        if current not in events:
            raise BrokenUpcast(f"the upcast from {name} ends at {current}, which is no event")
        event_type = events[current]

        def decode(data: bytes) -> object:
            body: dict[str, Any] = msgspec.json.decode(data)
            for step in chain:
                body = step.transform(body)
            return cast("object", msgspec.convert(body, event_type, strict=False))

        return decode

    @property
    def names(self) -> frozenset[str]:
        """Return every stored name that can be read, upcast ones included."""
        return frozenset(self._decode)

    def name(self, event: object) -> str:
        """Return the stored name of an event, such as `task.completed.v1`."""
        return self._names[type(event)]

    def encode(self, event: object) -> bytes:
        """Return the bytes of an event: UTF-8 JSON, fields in declared order."""
        return _ENCODER.encode(event)

    def decode(self, name: str, data: bytes) -> Any:
        """Return the event; raise `UnknownEvent` or `BadEvent`."""
        decode = self._decode.get(name)
        if decode is None:
            raise UnknownEvent(name)
        try:
            return decode(data)
        except Exception as problem:  # an upcast and the checks of a value may raise anything
            raise BadEvent(f"{name}: {type(problem).__name__}") from problem


@cache
def codec() -> Codec:
    """Return the codec of all aggregates."""
    return Codec(AGGREGATES)


def digest(issued: Issued[Any]) -> bytes:
    """Return the SHA-256 of what a command asks for: two commands with one id must ask for the same."""
    said_at = issued.at if issued.is_backdated else None
    body = (
        type(issued.command).__qualname__,
        issued.stream,
        issued.command,
        issued.actor_id,
        issued.reason,
        issued.expected_version,
        said_at,
    )
    return hashlib.sha256(_ENCODER.encode(body)).digest()


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
        event = self._codec.decode(stored_event.topic, stored_event.state)
        return Step(_uuid(stored_event.originator_id), stored_event.originator_version, event)


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
