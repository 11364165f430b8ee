"""Giving commands from the command line: the log, opened for somebody, and work that a signal stops."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

import uvloop

from api.authorise import permitting
from api.commands import fail
from api.commands.reaching import AWAY, said_plainly
from domain.handling import Authorise, Contended
from domain.roles import Role
from infra.codec import codec
from infra.event_log import EventLog
from infra.importing.log_port import LogPort
from infra.keys import keys_of
from infra.log_writer import LogAway
from infra.reads import reads_pool
from infra.settings import Settings
from infra.tokens import Actor

T = TypeVar("T")


@asynccontextmanager
async def log_of(settings: Settings, actor_id: UUID) -> AsyncGenerator[tuple[EventLog, Authorise]]:
    """Open the log for the commands of `actor_id`: whoever may open its database acts as an administrator."""
    may = permitting(Actor(actor_id, frozenset({Role.ADMINISTRATOR})))
    with keys_of(settings) as keys:
        async with EventLog(
            settings.addresses[0],
            deadline_seconds=settings.command_deadline_seconds,
            events=codec().with_keys(keys),
        ) as log:
            yield log, may


@asynccontextmanager
async def log_port(settings: Settings, actor_id: UUID) -> AsyncGenerator[LogPort]:
    """Open the log for an import by `actor_id`."""
    async with log_of(settings, actor_id) as (log, may), reads_pool(settings.addresses[0]) as pool:
        yield LogPort(log, pool, log.codec, may)


def run_until_stopped(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` and return what it returns; SIGINT and SIGTERM cancel it, and it ends with a sentence."""

    async def stoppable() -> T:
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        if task is not None:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, task.cancel)
        return await work

    with said_plainly(), contextlib.closing(work):
        try:
            return uvloop.run(stoppable())
        except (LogAway, Contended):
            fail(AWAY)
