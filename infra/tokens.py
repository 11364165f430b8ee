"""Who is asking: bearer tokens (JWT), checked; and minted where there is no identity provider."""

import json
import threading
import time
import urllib.request
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, cast
from uuid import UUID

from joserfc import errors, jwt
from joserfc.jwk import KeySet, KeySetSerialization, OctKey

from domain.roles import ORGANISATION_ROLES, Role
from infra.settings import Settings

TOKEN_BYTES_MAX: Final = 8_192
CLOCK_SKEW_SECONDS: Final = 30
KEYS_BYTES_MAX: Final = 1_000_000
KEYS_KEPT_SECONDS: Final = 300.0
KEYS_ASKED_AGAIN_SECONDS: Final = 15.0  # for a key id not seen before, or after a failure: not more often
KEYS_WAIT_SECONDS: Final = 5.0
SECRET_ALGORITHMS: Final = ("HS256",)
PUBLIC_ALGORITHMS: Final = ("RS256", "ES256", "EdDSA", "Ed25519")
SENTENCES: Final = {
    "EXPIRED": "The token has expired.",
    "FORGED": "The token was not issued for this service by the one it trusts.",
    "MALFORMED": "The token is malformed.",
}
_MADE_FOR: Final = ("iss", "aud", "nbf")  # by whom, for whom, from when
_FORGERIES: Final = (
    errors.BadSignatureError,
    errors.ConflictAlgorithmError,
    errors.InvalidKeyCurveError,
    errors.InvalidKeyIdError,
    errors.KeyParameterError,
    errors.MissingKeyError,
    errors.UnsupportedAlgorithmError,
)

# The name EdDSA is old since RFC 9864 and still what identity providers send.
warnings.filterwarnings("ignore", "EdDSA is deprecated", errors.SecurityWarning)


class BadToken(Exception):
    """A token that proves nothing; `code` is EXPIRED, FORGED or MALFORMED."""

    def __init__(self, code: Literal["EXPIRED", "FORGED", "MALFORMED"]) -> None:
        """Keep the code; the sentence follows from it."""
        self.code = code
        super().__init__(SENTENCES[code])


class KeysAway(Exception):
    """The identity provider's keys cannot be had, so no token can be checked."""


class NotMintable(Exception):
    """Tokens come from an identity provider here; Fairlead holds no key to sign one."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, and with which roles across the whole organisation."""

    actor_id: UUID
    roles: frozenset[Role]


def mint(actor: Actor, settings: Settings, *, valid_seconds: int) -> str:
    """Return a token for `actor` that expires after `valid_seconds`; raise `NotMintable` without a secret."""
    if settings.token_secret is None:
        raise NotMintable("Tokens come from the identity provider here: there is no FAIRLEAD_TOKEN_SECRET.")
    now = int(time.time())
    claims = {
        "sub": str(actor.actor_id),
        "roles": sorted(actor.roles),
        "iss": settings.token_issuer,
        "aud": settings.token_audience,
        "iat": now,
        "exp": now + valid_seconds,
    }
    return jwt.encode({"alg": SECRET_ALGORITHMS[0]}, claims, OctKey.import_key(settings.token_secret))


def verify(token: str, settings: Settings) -> Actor:
    """Return who the token stands for, with those of its roles that hold across the organisation.

    Raises `BadToken`, or `KeysAway` when the identity provider's keys cannot be had (known after 5 s).
    """
    if len(token) > TOKEN_BYTES_MAX or not token.isascii():
        raise BadToken("MALFORMED")
    try:
        claims = _checked(token, settings)
    except errors.ExpiredTokenError:
        raise BadToken("EXPIRED") from None
    except errors.InvalidClaimError as wrong:
        raise BadToken("FORGED" if wrong.claim in _MADE_FOR else "MALFORMED") from None
    except _FORGERIES:
        raise BadToken("FORGED") from None
    except (errors.JoseError, ValueError, TypeError, RecursionError):  # what parsers raise on rubbish
        raise BadToken("MALFORMED") from None
    return _actor(claims)


def _checked(token: str, settings: Settings) -> dict[str, object]:
    decoded = _decoded(token, settings)
    registry = jwt.JWTClaimsRegistry(
        leeway=CLOCK_SKEW_SECONDS,
        iss={"essential": True, "value": settings.token_issuer},
        aud={"essential": True, "value": settings.token_audience},
        sub={"essential": True},
        exp={"essential": True},
    )
    registry.validate(decoded.claims)
    return decoded.claims


def _decoded(token: str, settings: Settings) -> jwt.Token:
    """Check the signature, by the algorithms of the configured kind of key, whatever the token asks for."""
    if settings.token_secret is not None:
        return jwt.decode(token, OctKey.import_key(settings.token_secret), algorithms=SECRET_ALGORITHMS)
    keys = _public_keys(settings)
    try:
        return jwt.decode(token, keys.get(), algorithms=PUBLIC_ALGORITHMS)
    except errors.InvalidKeyIdError:  # the provider may have a new key
        return jwt.decode(
            token, keys.get(kept_seconds=KEYS_ASKED_AGAIN_SECONDS), algorithms=PUBLIC_ALGORITHMS
        )


def _actor(claims: dict[str, object]) -> Actor:
    subject, roles = claims["sub"], claims.get("roles", [])
    if not isinstance(subject, str) or not isinstance(roles, list):
        raise BadToken("MALFORMED")
    try:
        actor_id = UUID(subject)
    except ValueError:
        raise BadToken("MALFORMED") from None
    named = {role for role in cast("list[object]", roles) if isinstance(role, str)}
    return Actor(actor_id, frozenset(role for role in ORGANISATION_ROLES if role.value in named))


class _PublicKeys:
    """The identity provider's keys, kept for a while; thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._keys: KeySet | None = None
        self._asked_at = float("-inf")

    def get(self, *, kept_seconds: float = KEYS_KEPT_SECONDS) -> KeySet:
        """Return the keys, at most `kept_seconds` old when the provider answers; raise `KeysAway`."""
        with self._lock:
            kept = kept_seconds if self._keys else KEYS_ASKED_AGAIN_SECONDS
            if time.monotonic() - self._asked_at >= kept:
                self._asked_at = time.monotonic()
                self._keys = self._fetched() or self._keys
            if self._keys is None:
                raise KeysAway("The keys that check tokens cannot be had just now.")
            return self._keys

    def _fetched(self) -> KeySet | None:
        try:
            return KeySet.import_key_set(cast("KeySetSerialization", json.loads(self._read())))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, errors.JoseError):
            return None

    def _read(self) -> bytes:
        if self._settings.jwks_file is not None:
            with self._settings.jwks_file.open("rb") as file:
                return file.read(KEYS_BYTES_MAX)
        url = self._settings.jwks_url or ""
        with urllib.request.urlopen(url, timeout=KEYS_WAIT_SECONDS) as answer:  # noqa: S310 - https, see Settings
            return bytes(answer.read(KEYS_BYTES_MAX))


@lru_cache(maxsize=8)
def _public_keys(settings: Settings) -> _PublicKeys:
    return _PublicKeys(settings)
