"""Reaching a running Fairlead from the command line: its database, its log, work that a signal stops."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, TypeVar
from uuid import UUID

import psycopg
import uvloop
from psycopg_pool import PoolTimeout

from api.authorise import permitting
from api.commands import fail
from domain.handling import Authorise, Contended
from domain.roles import Role
from infra.codec import codec
from infra.database import APPLICATION_ROLE, connect
from infra.event_log import EventLog
from infra.importing.log_port import LogPort
from infra.keys import keys_of
from infra.log_writer import LogAway
from infra.masters import BadMasterKey, WrongMasterKey
from infra.reads import reads_pool
from infra.settings import Settings
from infra.tokens import Actor

STOPPED: Final = "Stopped before the end; run it again to go on."
AWAY: Final = "The database does not answer; try again when it does."
NO_LOG: Final = "This database holds no log of Fairlead: has it been started on it once?"

T = TypeVar("T")


@contextmanager
def database(settings: Settings, *, purpose: str) -> Generator[psycopg.Connection[Any]]:
    """Connect to the log's database; end with one sentence when it does not answer or holds no log."""
    with said_plainly(), connect(settings.addresses[0], application=purpose) as connection:
        yield connection


@contextmanager
def said_plainly() -> Generator[None]:
    """End with one sentence where the database is away, holds no log, or somebody pressed Ctrl-C."""
    try:
        yield
    except (psycopg.OperationalError, PoolTimeout, LogAway, Contended) as fault:
        fail(_why(fault))
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        fail(NO_LOG)
    except (WrongMasterKey, BadMasterKey) as problem:
        fail(str(problem))
    except (KeyboardInterrupt, asyncio.CancelledError):
        fail(STOPPED)


def _why(fault: Exception) -> str:
    """Return a sentence on a database that is away, or that answers and refuses."""
    _, is_refused, reason = str(fault).partition("FATAL:")
    if f'role "{APPLICATION_ROLE}" does not exist' in reason:
        return NO_LOG
    return f"The database refuses: {reason.strip().splitlines()[0]}." if is_refused else AWAY


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
        return uvloop.run(stoppable())
