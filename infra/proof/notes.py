"""Signed notes with Ed25519 (C2SP signed-note): texts that anyone checks with their signer's public key.

Keys are written as Go's `golang.org/x/mod/sumdb/note` writes them: `NAME+KEYID+BASE64(0x01 || key)`.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

NOTE_BYTES_MAX: Final = 100_000
SIGNATURES_MAX: Final = 64
KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 4
ED25519: Final = b"\x01"
NAME: Final = re.compile(r"[^\s+]{1,200}")

_DASH: Final = "\N{EM DASH} "
_UNFIT: Final = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")


class BadNote(Exception):
    """The text is not a signed note, or not one that is signed by a key that is trusted."""


class ForgedNote(BadNote):
    """A signature is said to be by a key that is trusted, and is not."""


class BadKey(Exception):
    """The text is not a key."""


def decoded(text: str) -> bytes | None:
    """Return what a text in Base64 stands for; None where it is not written in the one way there is."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return raw if base64.b64encode(raw).decode() == text else None


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """What checks the notes of one signer: its name (no spaces, no plus) and its public key, 32 bytes."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `NAME+KEYID+KEY`; raise `BadKey` for all else, such as a key id that is not the key's."""
        name, _, rest = text.partition("+")
        given, _, encoded = rest.partition("+")
        raw = decoded(encoded)
        if raw is None or not NAME.fullmatch(name) or len(raw) != 1 + KEY_BYTES or raw[:1] != ED25519:
            raise BadKey("A verifier key looks like NAME+KEYID+BASE64 and is an Ed25519 key.")
        key = cls(name, raw[1:])
        if key.key_id.hex() != given:
            raise BadKey("The verifier key's id is not that of its name and key.")
        return key

    @property
    def key_id(self) -> bytes:
        """Return the first four bytes of SHA-256(name || 0x0A || 0x01 || public key)."""
        named = self.name.encode() + b"\n" + ED25519 + self.public
        return hashlib.sha256(named).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """Return the key as `parse` reads it."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    def signed(self, text: str, signature: bytes) -> bool:
        """Say whether this key's owner made `signature` for `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class SignerKey:
    """What signs notes under a name: an Ed25519 key made from a secret of 32 bytes."""

    name: str
    secret: bytes

    @property
    def verifier(self) -> VerifierKey:
        """Return what checks its notes."""
        public = Ed25519PrivateKey.from_private_bytes(self.secret).public_key()
        return VerifierKey(self.name, public.public_bytes_raw())

    def note(self, text: str) -> str:
        """Return `text`, which ends with a newline, as a note signed by this key."""
        if not text.endswith("\n") or _UNFIT.search(text):
            raise AssertionError("a note's text ends with a newline and holds no other control character")
        signature = Ed25519PrivateKey.from_private_bytes(self.secret).sign(text.encode())
        line = base64.b64encode(self.verifier.key_id + signature).decode()
        return f"{text}\n{_DASH}{self.name} {line}\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who is said to have signed, under which key id (4 bytes), and the signature."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its newline at the end, and its signatures, not yet checked."""

    text: str
    signatures: tuple[Signature, ...]


def parse(note: str) -> Note:
    """Read a note, at most `NOTE_BYTES_MAX` long; raise `BadNote`. Its signatures are not checked."""
    if len(note) > NOTE_BYTES_MAX or _UNFIT.search(note):
        raise BadNote("The note is too long, or holds control characters.")
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not text or not lines.endswith("\n"):
        raise BadNote("A note is a text, an empty line, and signature lines.")
    written = lines[:-1].split("\n")
    if len(written) > SIGNATURES_MAX:
        raise BadNote(f"The note has more than {SIGNATURES_MAX} signatures.")
    return Note(text + "\n", tuple(map(_signature, written)))


def opened(note: str, keys: Iterable[VerifierKey]) -> Note:
    """Return a note some of `keys` signed, with their signatures only.

    Raises `ForgedNote` when one of them is named and did not sign, `BadNote` when none of them is.
    """
    found = parse(note)
    known = {(key.name, key.key_id): key for key in keys}
    trusted = [each for each in found.signatures if (each.name, each.key_id) in known]
    for each in trusted:
        if not known[each.name, each.key_id].signed(found.text, each.signature):
            raise ForgedNote(f"The signature of {each.name} does not belong to this text.")
    if not trusted:
        raise BadNote("No key that is known signed this note.")
    return Note(found.text, tuple(trusted))


def _signature(line: str) -> Signature:
    if line.startswith(_DASH):
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        raw = decoded(encoded)
        if raw is not None and NAME.fullmatch(name) and len(raw) > KEY_ID_BYTES:
            return Signature(name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])
    raise BadNote("A signature line is a dash, a name, and a signature in Base64.")
