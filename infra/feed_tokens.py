"""Tokens of calendar feeds: fit for a calendar program, because one opens one feed and nothing else.

A token names whose it is and which feed it opens, and is signed for that purpose alone: no other part of
Fairlead takes it, and the feed takes no other token. What its owner may see is looked up at each request.
"""

import hmac
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from joserfc import errors, jwt
from joserfc.jwk import OctKey

from infra.settings import Settings
from infra.tokens import TOKEN_BYTES_MAX, BadToken, NotMintable

AUDIENCE: Final = "fairlead-calendar-feed"
VALID_SECONDS: Final = 365 * 24 * 3_600
_ALGORITHM: Final = "HS256"


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: somebody's own, or with a project that project's."""

    actor_id: UUID
    project_id: UUID | None = None


def mint_feed(feed: Feed, settings: Settings) -> tuple[str, int]:
    """Return a feed's token and when it expires (seconds since 1970); raise `NotMintable` for no secret."""
    expires = int(time.time()) + VALID_SECONDS
    claims = {"sub": str(feed.actor_id), "aud": AUDIENCE, "exp": expires}
    if feed.project_id is not None:
        claims["project"] = str(feed.project_id)
    return jwt.encode({"alg": _ALGORITHM}, claims, _key(settings)), expires


def feed_of(token: str, settings: Settings) -> Feed:
    """Return the feed a token opens; raise `BadToken`, or `NotMintable` without a secret."""
    if len(token) > TOKEN_BYTES_MAX or not token.isascii():
        raise BadToken("MALFORMED")
    key = _key(settings)
    try:
        claims = jwt.decode(token, key, algorithms=[_ALGORITHM]).claims
        registry = jwt.JWTClaimsRegistry(
            aud={"essential": True, "value": AUDIENCE}, sub={"essential": True}, exp={"essential": True}
        )
        registry.validate(claims)
        project = claims.get("project")
        return Feed(UUID(claims["sub"]), None if project is None else UUID(project))
    except errors.ExpiredTokenError:
        raise BadToken("EXPIRED") from None
    except (errors.BadSignatureError, errors.InvalidClaimError):
        raise BadToken("FORGED") from None
    except (errors.JoseError, ValueError, TypeError, AttributeError, RecursionError):
        raise BadToken("MALFORMED") from None


def _key(settings: Settings) -> OctKey:
    """Return the key of feeds, made from the secret so that neither signs for the other."""
    secret = settings.calendar_secret or settings.token_secret
    if secret is None:
        raise NotMintable("Calendar feeds need FAIRLEAD_CALENDAR_SECRET.")
    return OctKey.import_key(hmac.new(secret.encode(), AUDIENCE.encode(), sha256).digest())
