"""Who is asking: the bearer token of a request or of a WebSocket, checked."""

import asyncio
import time
from typing import Final

from api.problems import Problem
from infra.settings import Settings
from infra.tokens import Actor, BadToken, KeysAway, verify

REALM: Final = 'Bearer realm="fairlead"'
SCHEME: Final = "bearer "
KEPT_SECONDS: Final = 5.0
"""How long a good token is taken as checked; less than the clock skew that its expiry allows for anyway."""
KEPT_MAX: Final = 10_000


class SignedIn:
    """The tokens of the last seconds: a busy client's signature is not checked again at each request."""

    def __init__(self, settings: Settings) -> None:
        """Check tokens as `settings` say."""
        self._settings = settings
        self._kept: dict[str, tuple[Actor, float]] = {}

    async def actor(self, authorization: str | None) -> Actor:
        """Return who an `Authorization` value stands for; raise `Problem`: 401, or 503 for want of a key."""
        if authorization is None or not authorization.lower().startswith(SCHEME):
            raise Problem(401, "TOKEN_MISSING", "A bearer token is needed.", {"WWW-Authenticate": REALM})
        token = authorization[len(SCHEME) :].strip()
        kept = self._kept.get(token)
        if kept is not None and time.monotonic() - kept[1] < KEPT_SECONDS:
            return kept[0]
        actor = await self._checked(token)
        if len(self._kept) >= KEPT_MAX:
            self._kept.clear()
        self._kept[token] = actor, time.monotonic()
        return actor

    async def _checked(self, token: str) -> Actor:
        try:
            if self._settings.token_secret is not None:
                return verify(token, self._settings)
            return await asyncio.to_thread(verify, token, self._settings)  # it may ask for the keys
        except BadToken as bad:
            challenge = f'{REALM}, error="invalid_token", error_description="{bad}"'
            raise Problem(401, f"TOKEN_{bad.code}", str(bad), {"WWW-Authenticate": challenge}) from None
        except KeysAway as away:
            raise Problem(503, "UNAVAILABLE", str(away), {"Retry-After": "5"}) from None
