"""Naming in the log the key that its first checkpoint is signed with."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid5

from domain.errors import Refusal
from domain.handling import Contended, handle
from domain.ids import SYSTEM_ACTOR
from domain.operation import DECIDER, OPERATIONS, AnnounceProofKey
from domain.recorded import Issued
from infra.event_log import EventLog
from infra.log_writer import LogAway
from infra.proof.keys import Unsignable
from infra.proof.notes import VerifierKey
from infra.reactions import as_system


def announce_first(database_url: str, key: VerifierKey) -> None:
    """Name in the log the key its first checkpoint is signed with, as Fairlead; blocking.

    Raises `Unsignable` when the log does not take it now.
    """
    command_id = uuid5(OPERATIONS, str(key))
    issued = Issued(AnnounceProofKey(str(key)), OPERATIONS, command_id, SYSTEM_ACTOR, datetime.now(UTC))

    async def issue() -> None:
        async with EventLog(database_url) as log:
            await handle(DECIDER, issued, log, as_system)

    try:
        asyncio.run(issue())
    except (LogAway, Contended, Refusal) as fault:
        raise Unsignable(f"The log's key could not be named in the log ({type(fault).__name__}).") from None
