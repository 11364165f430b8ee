"""Events as stored bytes and back: stable names, typed decoding, upcasting; personal texts sealed, opened.

Longer than other files: here, and nowhere else, personal texts are sealed and opened.
"""

import copy
import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

import msgspec

from domain.decider import Decider
from domain.personal import OF_ACTOR, OF_STREAM
from domain.recorded import Issued
from infra.keys import Erased, Keys, NoKey
from infra.sealing import (
    ERASED_JSON,
    MARK,
    BadSeal,
    Plan,
    all_persons,
    erased,
    erased_apart,
    is_sealed,
    opened,
    owners_in,
    persons_in,
    plan_of,
)
from infra.upcasting import BrokenUpcast, upcasting

__all__ = ["BadEvent", "BrokenUpcast", "Codec", "MissingKey", "Place", "UnknownEvent", "codec", "digest"]

_ENCODER: Final = msgspec.json.Encoder()
_OF_ACTOR: Final = frozenset({OF_ACTOR})


class UnknownEvent(Exception):
    """The log holds an event name this version of Fairlead does not know: it is from a newer one."""


class BadEvent(Exception):
    """An event's stored bytes do not have the shape its name promises."""


class MissingKey(BadEvent):
    """A personal text cannot be read, and not because somebody was erased: its key is not there."""


class Place(NamedTuple):
    """Where an event is recorded: by whom, in which stream; personal texts are sealed for it."""

    actor_id: UUID
    stream: UUID


class Codec:
    """Stored names to event types and back, for the aggregates given; upcasts are checked here, at start.

    With `keys` personal texts are sealed and opened; without, they are stored readable, and a sealed one is
    a `MissingKey`.
    """

    def __init__(self, deciders: Iterable[Decider[Any, Any, Any]]) -> None:
        """Learn every event of `deciders`; raise `BrokenUpcast` for a gap, a circle or a taken name."""
        deciders = tuple(deciders)
        self.keys: Keys | None = None
        self.instead = erased
        self._deciders = deciders
        self._plans: dict[type, Plan | None] = {}
        self._owners: dict[type, frozenset[str]] = {}
        self._names: dict[type, str] = {}
        self._decode: dict[str, Callable[[bytes], Any]] = {}
        for decider in deciders:
            for name, event_type in decider.events.items():
                if name in self._decode or event_type in self._names:
                    raise AssertionError(f"the event {name} is declared twice")
                self._names[event_type] = name
                self._decode[name] = msgspec.json.Decoder(event_type).decode
                self._plans[event_type] = plan_of(event_type)
                self._owners[event_type] = owners_in(event_type)
        for decider in deciders:
            for name in decider.upcasts:
                if name in self._decode:
                    raise BrokenUpcast(f"the upcast from {name} hides an event of this name")
                self._decode[name] = upcasting(name, decider.upcasts, decider.events)
        self._check_versions()

    def _check_versions(self) -> None:
        """Raise `BrokenUpcast` where an earlier version of an event cannot be read: it may be stored."""
        for name in self._names.values():
            event, _, version = name.rpartition(".v")
            for earlier in range(1, int(version)):
                if f"{event}.v{earlier}" not in self._decode:
                    raise BrokenUpcast(f"there is {name}, and no upcast from {event}.v{earlier}")

    @property
    def is_whole(self) -> bool:
        """Say whether this is the codec of all aggregates, which another process has too."""
        return type(self) is Codec and self._deciders == _aggregates()

    @property
    def names(self) -> frozenset[str]:
        """Return every stored name that can be read, upcast ones included."""
        return frozenset(self._decode)

    def name(self, event: object) -> str:
        """Return the stored name of an event, such as `task.completed.v2`."""
        return self._names[type(event)]

    def with_keys(self, keys: Keys | None) -> Self:
        """Return the same codec with keys."""
        other = copy.copy(self)
        other.keys = keys
        return other

    def telling_erased_apart(self) -> Self:
        """Return the same codec, where two erased texts differ as they did; for showing see `merged`."""
        other = copy.copy(self)
        other.instead = erased_apart
        return other

    def encode(self, event: object, place: Place | None = None) -> bytes:
        """Return the bytes of an event: UTF-8 JSON, fields in declared order, personal texts sealed.

        With keys there must be a place. Raises `Erased`, or what the database does where a key is not kept.
        """
        plan = self._plans[type(event)]
        if plan is None or self.keys is None:
            return _ENCODER.encode(event)
        if place is None:
            raise AssertionError("a personal text is sealed for a place in the log")
        actor, stream = place.actor_id.bytes, place.stream.bytes

        def seal(text: str, of: UUID | str | None) -> msgspec.Raw:
            person = actor if of is None else _person(of, stream)
            return msgspec.Raw(self._sealed(text, person, actor, stream))

        return _ENCODER.encode(plan(event, event, seal))

    def seal(self, text: str | None, place: Place) -> str | None:
        """Return a reason as it is stored: sealed where there are keys."""
        if not text or self.keys is None:
            return text
        actor = place.actor_id.bytes
        return self._sealed(text, actor, actor, place.stream.bytes).decode()

    def persons(self, issued: Issued[Any], events: Sequence[object]) -> set[bytes]:
        """Return whose keys it takes to record a command: the actor's, and of each text the one it is of."""
        actor, stream = issued.actor_id.bytes, issued.stream.bytes
        found = {actor}
        for event in events:
            plan = self._plans[type(event)]
            if plan is not None and not self._owners[type(event)] <= _OF_ACTOR:
                plan(event, event, lambda _, of: found.add(actor if of is None else _person(of, stream)))
        return found

    def _sealed(self, text: str, person: bytes, actor: bytes, stream: bytes) -> bytes:
        if self.keys is None:
            raise AssertionError("sealed without keys")
        try:
            key = self.keys.sealing(person)
        except Erased:
            if person == actor:
                raise
            return ERASED_JSON  # somebody else records a text of theirs
        return key.seal(_ENCODER.encode(text), stream)

    def decode(self, name: str, data: bytes, stream: UUID | None = None) -> Any:
        """Return an event of `stream`, which sealed texts need, those of erased persons as `erased`.

        Raises `UnknownEvent`, `BadEvent`, which `MissingKey` is too, or what the database does where a key
        is not kept.
        """
        decode = self._decode.get(name)
        if decode is None:
            raise UnknownEvent(name)
        if MARK in data:
            if stream is None:
                raise AssertionError("a personal text is opened for the stream it was sealed for")
            data = self.opened(data, stream)
        try:
            return decode(data)
        except Exception as problem:  # an upcast and the checks of a value may raise anything
            raise BadEvent(f"{name}: {type(problem).__name__}") from problem

    def opened(self, data: bytes, stream: UUID) -> bytes:
        """Return an event's bytes, or a reason's, with readable texts; raise as `decode` does."""
        if MARK not in data:
            return data
        if self.keys is None:
            raise MissingKey("there are no keys here")
        try:
            return opened(data, stream, self.keys.key, self.instead)
        except NoKey as problem:
            raise MissingKey(f"there is no key of {problem}") from None
        except BadSeal:
            raise BadEvent("a sealed text was altered") from None

    def reason(self, stored: str | None, stream: UUID) -> str | None:
        """Return a reason readable; raise as `decode` does."""
        if stored is None or not stored.startswith(MARK.decode()):
            return stored
        opened_reason = self.opened(stored.encode(), stream)
        return msgspec.json.decode(opened_reason, type=str)

    def disclosed(self, token: str, stream: UUID) -> tuple[UUID, str | None]:
        """Return whose a sealed text of `stream` is, and it, None once erased; raise as `decode` does."""
        sealed = b'%b%b"}' % (MARK, token.encode("ascii", "replace"))
        if not is_sealed(sealed):
            raise BadEvent("no sealed text")
        [person] = persons_in(sealed)
        text = self.opened(sealed, stream)
        is_erased = self.keys is not None and self.keys.key(person) is None
        return UUID(bytes=person), None if is_erased else msgspec.json.decode(text, type=str)

    def prepare(self, data: Iterable[bytes | str | None]) -> None:
        """Read the keys it takes to open some events' bytes and reasons, all at once."""
        if self.keys is not None:
            found = (each.encode() if isinstance(each, str) else each for each in data if each)
            self.keys.load(all_persons(found))

    def digest(self, issued: Issued[Any]) -> bytes:
        """Return what tells whether two commands with one id ask for the same; keyed, where there are keys.

        Raises `Erased`, or what the database does.
        """
        if self.keys is None:
            return digest(issued)
        return self.keys.sealing(issued.actor_id.bytes).digest(_body(issued))


def _person(of: UUID | str, stream: bytes) -> bytes:
    return stream if of == OF_STREAM else UUID(str(of)).bytes


@cache
def codec() -> Codec:
    """Return the codec of all aggregates."""
    return Codec(_aggregates())


def _aggregates() -> Sequence[Decider[Any, Any, Any]]:
    from domain.aggregates import AGGREGATES  # noqa: PLC0415 - half a second, which relay and `status` do without

    return AGGREGATES


def digest(issued: Issued[Any]) -> bytes:
    """Return the SHA-256 of what a command asks for: two commands with one id must ask for the same."""
    return hashlib.sha256(_body(issued)).digest()


def _body(issued: Issued[Any]) -> bytes:
    said_at = issued.at if issued.is_backdated else None
    return _ENCODER.encode(
        (
            type(issued.command).__qualname__,
            issued.stream,
            issued.command,
            issued.actor_id,
            issued.reason,
            issued.expected_version,
            said_at,
        )
    )
