"""Announcing keys in tests, as an administrator does."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

from api.authorise import permitting
from domain.handling import Answer, handle
from domain.operation import DECIDER, OPERATIONS, AnnounceProofKey
from domain.recorded import Issued
from domain.roles import Role
from infra.event_log import EventLog
from infra.proof.notes import VerifierKey
from infra.tokens import Actor

ADMINISTRATOR = Actor(uuid4(), frozenset({Role.ADMINISTRATOR}))


def announce(database_url: str, key: VerifierKey) -> Answer:
    """Name a key in the log and return the answer."""
    now = datetime.now(UTC)
    issued = Issued(AnnounceProofKey(str(key)), OPERATIONS, uuid4(), ADMINISTRATOR.actor_id, now)

    async def issue() -> Answer:
        async with EventLog(database_url) as log:
            return await handle(DECIDER, issued, log, permitting(ADMINISTRATOR))

    return asyncio.run(issue())
