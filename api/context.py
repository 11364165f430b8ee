"""What a resolver is given: who asks, under which request id, and the parts all requests share."""

import asyncio
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import strawberry
from strawberry.fastapi import BaseContext

from api.metrics import Metrics
from api.signing_in import SignedIn
from infra.access_log import AccessLog
from infra.event_log import EventLog
from infra.levelling.runs import Runs
from infra.serving import Serving
from infra.settings import Settings
from infra.tokens import Actor

PLANS_AT_ONCE_MAX: Final = 2
"""How many plans are computed at once, each in a thread; others wait."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The open parts of a running Fairlead that all requests share."""

    settings: Settings
    log: EventLog
    metrics: Metrics
    signed_in: SignedIn
    serving: Serving
    access: AccessLog
    importing: asyncio.Lock = field(default_factory=asyncio.Lock)
    levelling: Runs = field(default_factory=Runs)
    planning: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PLANS_AT_ONCE_MAX))


class NotSignedIn(Exception):
    """A WebSocket was used before its token was checked; the protocol prevents it."""


@dataclass
class Context(BaseContext):
    """One request, or one WebSocket connection; `is_long`: its work may take as long as it does."""

    engine: Engine
    request_id: str
    signed_in: Actor | None = None
    is_long: bool = False

    @property
    def actor(self) -> Actor:
        """Return who asks."""
        if self.signed_in is None:
            raise NotSignedIn
        return self.signed_in


Info: TypeAlias = strawberry.Info[Context, None]
