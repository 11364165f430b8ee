"""Connections to PostgreSQL: one role that may only read and add, one schema applied once."""

import asyncio
from contextlib import suppress
from importlib.resources import files
from typing import Any, Final

import psycopg
from psycopg import sql

APPLICATION_ROLE: Final = "fairlead"
SCHEMA_LOCK: Final = 7021946200
CONNECT_SECONDS_MAX: Final = 5
SILENT_MILLISECONDS_MAX: Final = 11_000
"""How long a server may confirm nothing of what was sent to it, as long as one is asked that is idle."""
SCHEMAS: Final = {
    "log.event": "event_log.sql",
    "keys.person_key": "keys.sql",
    "proof.strip": "proof.sql",
    "log.event_by_id": "log_indexes.sql",
}
"""What is applied where a table or index is missing, in this order; a log from before it gets it too."""


def connect(database_url: str, *, application: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Open an autocommit connection as the application role; `application` names it in the server's views."""
    return psycopg.connect(database_url, autocommit=True, **session(application))


async def connect_async(database_url: str, *, application: str) -> psycopg.AsyncConnection[tuple[Any, ...]]:
    """Open the same connection for an event loop.

    Cancelled half-way it is opened to the end, then closed: psycopg leaves it to the garbage collector, and
    until then the half-open session holds up what waits for all sessions of the server: DROP DATABASE.
    """
    connecting = psycopg.AsyncConnection.connect(database_url, autocommit=True, **session(application))
    opening = asyncio.ensure_future(connecting)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        await _closed(opening)
        raise


async def _closed(opening: asyncio.Future[psycopg.AsyncConnection[tuple[Any, ...]]]) -> None:
    with suppress(psycopg.Error):
        await (await opening).close()


def check_alive(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """Raise `OperationalError` where the server has ended an idle connection; it is not asked.

    Of an idle connection nothing is to be read but the server's last words and the end, if they came.
    """
    for _ in ("last words", "end"):
        connection.pgconn.consume_input()


def session(application: str) -> dict[str, Any]:
    """Return the connection parameters of every session: UTC, UTF-8, bounded, with the least privilege."""
    return {
        "application_name": f"fairlead {application}",
        "connect_timeout": CONNECT_SECONDS_MAX,
        "options": f"-c role={APPLICATION_ROLE} -c timezone=UTC -c client_encoding=UTF8",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": SILENT_MILLISECONDS_MAX,
    }


def install(database_url: str) -> bool:
    """Create role, log and tree where they are missing, as the owner; return whether anything was created.

    Several processes may call it at once: the first does it, the others wait and find it done.
    """
    with psycopg.connect(database_url, connect_timeout=CONNECT_SECONDS_MAX) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
        missing = [
            file
            for table, file in SCHEMAS.items()
            if connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() == (None,)
        ]
        if missing:
            _create_role(connection)
        for file in missing:
            connection.execute(files("infra").joinpath(file).read_bytes())
        return bool(missing)


def _create_role(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Create the application role where the cluster has none yet; roles are shared by all its databases."""
    role = sql.Identifier(APPLICATION_ROLE)
    try:
        with connection.transaction():
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        pass  # another database of this cluster has it already
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
