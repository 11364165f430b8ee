"""Master keys: what the keys of persons are wrapped by; they come with the settings, not the database."""

import base64
import binascii
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.settings import Settings

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
MASTERS_MAX: Final = 8
_WRAPPING: Final = b"fairlead.key.v1"


class BadMasterKey(Exception):
    """A master key is not 32 bytes in base64, or there is none, or there are too many."""


class WrongMasterKey(Exception):
    """The keys of persons are wrapped by another master key than those given."""

    def __init__(self) -> None:
        """Say so in one sentence."""
        super().__init__(
            "The master key is not the one that the keys of personal texts are wrapped by: set "
            "FAIRLEAD_MASTER_KEY or FAIRLEAD_MASTER_KEY_FILE to that one. Nothing was started."
        )


class Master(NamedTuple):
    """One master key and the name it is known by beside what it wrapped: a digest that does not tell it."""

    master_id: str
    secret: bytes

    def wrap(self, key: bytes, person: UUID) -> bytes:
        """Return a person's key encrypted: nonce (12 bytes), cipher text (32), tag (16)."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self.secret).encrypt(nonce, key, _WRAPPING + person.bytes)

    def unwrap(self, wrapped: bytes, person: UUID) -> bytes:
        """Return a person's key; raise `WrongMasterKey` when it was wrapped otherwise."""
        nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return AESGCM(self.secret).decrypt(nonce, sealed, _WRAPPING + person.bytes)
        except InvalidTag:
            raise WrongMasterKey from None


@dataclass(frozen=True, slots=True)
class Masters:
    """Where the master keys are: in a text, or in a file that is read anew each time it is asked for."""

    text: str | None = None
    path: Path | None = None

    def all(self) -> tuple[Master, ...]:
        """Return the master keys, the one in use first; raise `BadMasterKey`."""
        if self.path is None:
            return masters(self.text or "")
        try:
            return masters(self.path.read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError) as fault:
            raise BadMasterKey(
                f"The file of the master key cannot be read: {type(fault).__name__}."
            ) from None


def masters_of(settings: Settings) -> Masters | None:
    """Return where the settings say the master keys are, None where they say nothing."""
    if settings.master_key is None and settings.master_key_file is None:
        return None
    return Masters(settings.master_key, settings.master_key_file)


def masters(text: str) -> tuple[Master, ...]:
    """Return the master keys of a text, one in each line or between commas; raise `BadMasterKey`."""
    parts = text.replace(",", "\n").split()
    if not 1 <= len(parts) <= MASTERS_MAX:
        raise BadMasterKey(f"There must be one to {MASTERS_MAX} master keys.")
    return tuple(map(_master, parts))


def new_master() -> str:
    """Return a new master key as text: 32 random bytes in base64 of the URL-safe kind."""
    return secrets.token_urlsafe(KEY_BYTES)


def _master(text: str) -> Master:
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        secret = base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise BadMasterKey("A master key must be 32 bytes in base64: openssl rand -base64 32")
    return Master(hashlib.sha256(b"fairlead master" + secret).hexdigest()[:16], secret)
