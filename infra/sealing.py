"""Personal texts as they are stored: each encrypted under the key of the person it is of.

In the JSON of an event a personal text that is not empty is an object in place of the string:

    {"personal":"BASE64"}

BASE64 (RFC 4648, section 4, padded) holds, in this order:

| bytes | what |
|---|---|
| 16 | the person: the bytes of the UUID of a member, or of whoever issued the command |
| 12 | nonce, random |
| n | cipher text of the JSON string that would stand there otherwise, in UTF-8, quotes and escapes included |
| 16 | tag |

The cipher is AES-256-GCM under the person's key; additional data are the 20 bytes `fairlead.personal.v1`, the
person's 16 bytes and the 16 bytes of the UUID of the event's stream. A reason is stored likewise: the text of
such an object in place of the text. No blanks stand in the object, so that its bytes are found without
parsing: within a JSON string the quotation marks would be escaped. A string that is not of this form is a
text from before there were keys.
"""

import binascii
import dataclasses
import hashlib
import hmac
import os
import re
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.copies import maker
from domain.personal import ERASED, OF_ACTOR, OF_STREAM, Personal

MARK: Final = b'{"personal":"'
_END: Final = b'"}'
ERASED_JSON: Final = msgspec.json.encode(ERASED)
PERSON_BYTES: Final = 16
_NONCE_END: Final = PERSON_BYTES + 12
_CONTEXT: Final = b"fairlead.personal.v1"
_TOKEN_BYTES_MIN: Final = _NONCE_END + 16 + 1
_BEGINNING: Final = re.compile(rb'\{"personal":"([A-Za-z0-9+/]{24})')


_APART: Final = re.compile(ERASED + r"\\u0000[0-9a-f]{24}")


class BadSeal(Exception):
    """A sealed text was not made under this key, for this stream, or was altered."""


class PersonKey:
    """The key of one person, ready to use."""

    __slots__ = ("_cipher", "_context", "_digest_secret", "_person")

    def __init__(self, person: UUID, key: bytes) -> None:
        """Take the 32 bytes of a key."""
        self._person = person.bytes
        self._context = _CONTEXT + person.bytes
        self._cipher = AESGCM(key)
        self._digest_secret = hmac.digest(key, b"fairlead.digest.v1", "sha256")

    def seal(self, text: bytes, stream: bytes) -> bytes:
        """Return the sealed form of a JSON string, for the stream with these bytes."""
        nonce = os.urandom(12)
        token = self._person + nonce + self._cipher.encrypt(nonce, text, self._context + stream)
        return b'%b%b"}' % (MARK, binascii.b2a_base64(token, newline=False))

    def open(self, token: bytes, stream: bytes) -> bytes:
        """Return the JSON string in a token; raise `BadSeal`."""
        nonce, sealed = token[PERSON_BYTES:_NONCE_END], token[_NONCE_END:]
        try:
            return self._cipher.decrypt(nonce, sealed, self._context + stream)
        except InvalidTag:
            raise BadSeal from None

    def digest(self, body: bytes) -> bytes:
        """Return 32 bytes that stand for `body`, and tell nothing of it without this key."""
        return hashlib.blake2b(body, key=self._digest_secret, digest_size=32).digest()


def erased(token: bytes) -> bytes:
    """Return what stands for a text whose key is gone, as a JSON string."""
    del token
    return ERASED_JSON


def erased_apart(token: bytes) -> bytes:
    """Return the same, such that two texts stay two: no text holds NUL, which `merged` looks for."""
    return b'"%b\\u0000%b"' % (ERASED.encode(), token[PERSON_BYTES:_NONCE_END].hex().encode())


def merged(text: str) -> str:
    """Return JSON with each text of `erased_apart` as `erased`."""
    return _APART.sub(ERASED, text)


def opened(
    data: bytes,
    stream: UUID,
    key_of: Callable[[bytes], PersonKey | None],
    instead: Callable[[bytes], bytes] = erased,
) -> bytes:
    """Return an event's bytes with every sealed text readable, or `instead` where `key_of` has no key."""
    within = stream.bytes
    first, *rest = data.split(MARK)
    pieces = [first]
    for part in rest:
        text, _, behind = part.partition(_END)
        token = _token(text)
        if token is None:
            pieces += [MARK, part]
            continue
        key = key_of(token[:PERSON_BYTES])
        pieces += [instead(token) if key is None else key.open(token, within), behind]
    return b"".join(pieces)


def _token(text: bytes) -> bytes | None:
    """Return what the BASE64 of a sealed text stands for, None where it is none."""
    try:
        token = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return None
    return token if len(token) >= _TOKEN_BYTES_MIN else None


def is_sealed(data: bytes) -> bool:
    """Say whether some bytes are one sealed text and nothing else."""
    is_whole = data.startswith(MARK) and data.endswith(_END)
    return is_whole and _token(data[len(MARK) : -len(_END)]) is not None


def persons_in(data: bytes) -> Iterator[bytes]:
    """Yield the person (16 bytes) of each sealed text."""
    for beginning in _BEGINNING.findall(data):
        yield binascii.a2b_base64(beginning)[:PERSON_BYTES]


def search_term(person: UUID) -> bytes:
    """Return what is in the stored bytes of every event that holds a text of a person."""
    return MARK + binascii.b2a_base64(person.bytes, newline=False)[:21]


Seal = Callable[[str, UUID | str | None], Any]
"""Seals a text; whose it is: None for the actor's, `stream`, or a person."""

Plan = Callable[[Any, Any, Seal], Any]
"""Returns what stands for a value that is a part of the given one, its texts sealed."""


def plan_of(hint: Any) -> Plan | None:
    """Return how to seal a value of some type, None where it holds no personal text."""
    if hasattr(hint, "__supertype__"):
        return plan_of(hint.__supertype__)
    if get_origin(hint) is Annotated:
        marks = [each for each in hint.__metadata__ if isinstance(each, Personal)]
        return _text(marks[0].of) if marks else plan_of(get_args(hint)[0])
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _fields(hint)
    return _parts(hint)


def _parts(hint: Any) -> Plan | None:
    found = [plan for part in get_args(hint) if (plan := plan_of(part)) is not None]
    if not found:
        return None
    (only,) = found  # two personal parts would need telling apart
    if get_origin(hint) in (Union, UnionType):
        return lambda value, within, seal: None if value is None else only(value, within, seal)
    if get_origin(hint) is tuple:
        return lambda value, within, seal: tuple(only(each, within, seal) for each in value)
    raise AssertionError(f"personal texts cannot stand in {hint}")


def _text(of: str) -> Plan:
    if of == OF_ACTOR:
        return lambda value, _, seal: seal(value, None) if value else value
    if of == OF_STREAM:
        return lambda value, _, seal: seal(value, of) if value else value
    return lambda value, within, seal: seal(value, getattr(within, of)) if value else value


def _fields(kind: type) -> Plan | None:
    hints = get_type_hints(kind, include_extras=True)
    names = [each.name for each in dataclasses.fields(kind)]
    plans = [(place, plan) for place, name in enumerate(names) if (plan := plan_of(hints[name])) is not None]
    if not plans:
        return None
    read, make = attrgetter(*names), maker(kind)

    def sealed(value: Any, within: Any, seal: Seal) -> Any:
        del within
        values = [*read(value)] if len(names) > 1 else [read(value)]
        for place, plan in plans:
            values[place] = plan(values[place], value, seal)
        return make(*values)

    return sealed


def owners_in(hint: Any) -> frozenset[str]:
    """Return the `of` of each personal text in a type."""
    if hasattr(hint, "__supertype__"):
        return owners_in(hint.__supertype__)
    marked = [each.of for each in getattr(hint, "__metadata__", ()) if isinstance(each, Personal)]
    parts: Iterable[Any] = get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        parts = get_type_hints(hint, include_extras=True).values()
    return frozenset(marked).union(*map(owners_in, parts))


def all_persons(data: Iterable[bytes]) -> set[bytes]:
    """Return the persons of all sealed texts in some events' bytes."""
    return {person for each in data if MARK in each for person in persons_in(each)}
