"""Reaching the database of a running Fairlead from the command line, and what is said where it is not there.

Every command needs this, so it imports little; `api.commands.commanding` is for those that give commands.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg_pool import PoolTimeout

from api.commands import fail
from infra.database import APPLICATION_ROLE, connect
from infra.masters import BadMasterKey, WrongMasterKey
from infra.settings import Settings

STOPPED: Final = "Stopped before the end; run it again to go on."
AWAY: Final = "The database does not answer; try again when it does."
NO_LOG: Final = "This database holds no log of Fairlead: has it been started on it once?"


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
    except (psycopg.OperationalError, PoolTimeout) as fault:
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
