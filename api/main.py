"""The composition root: the one place where the parts are put together."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI

from api import log_files
from api.authorise import as_fairlead
from api.calendar_feeds import calendar_routes
from api.context import Engine
from api.disclosing import route
from api.health import Looking, checks_of, routes
from api.limits import BODY_BYTES_MAX
from api.metrics import Metrics
from api.plan_export import plan_export_routes
from api.router import Router
from api.schema import build
from api.signing_in import SignedIn
from infra.access_log import AccessLog
from infra.codec import codec
from infra.collecting import collect_seldom
from infra.database import connect
from infra.database import install as install_log
from infra.event_log import EventLog
from infra.keys import keys_of
from infra.read_side import install as install_books
from infra.serving import Serving
from infra.settings import Settings

SHUTDOWN_SECONDS_MAX: Final = 10
CONNECTIONS_WAITING_MAX: Final = 1_024


class NoDatabase(Exception):
    """The API was started without the address of its PostgreSQL."""


def create_app(settings: Settings) -> FastAPI:
    """Return the application; while it runs, `app.state.engine` holds the open parts."""
    database_url = settings.database_url
    if database_url is None:
        raise NoDatabase("FAIRLEAD_DATABASE_URL is not set.")
    metrics = Metrics()
    looking = Looking(database_url)
    checks = checks_of(looking, metrics.condition)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        await asyncio.to_thread(prepare, database_url)
        async with AsyncExitStack() as parts:
            events = codec().with_keys(parts.enter_context(keys_of(settings)))
            log = await parts.enter_async_context(
                EventLog(database_url, deadline_seconds=settings.command_deadline_seconds, events=events)
            )
            serving = await parts.enter_async_context(
                Serving(
                    database_url,
                    partitions=settings.partitions,
                    stale_after_seconds=settings.stale_after_seconds,
                    events=events,
                )
            )
            access = await parts.enter_async_context(AccessLog(log, as_fairlead))
            engine = Engine(settings, log, metrics, SignedIn(settings), serving, access)
            parts.callback(engine.levelling.close)
            app.state.engine = engine
            yield

    app = FastAPI(title="Fairlead", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.checks, app.state.looking = checks, looking
    app.include_router(Router(build()))
    app.routes.extend(
        [*routes(checks), *log_files.routes(), route(), *calendar_routes(), *plan_export_routes()]
    )
    return app


def prepare(database_url: str) -> None:
    """Create the log and the read side's books where they are missing."""
    install_log(database_url)
    with connect(database_url, application="api") as connection:
        install_books(connection)


class Server(uvicorn.Server):
    """uvicorn, except that a signal which stopped it is done with: `run` returns."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Stop at SIGINT and SIGTERM, and do not send them to this process again afterwards."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def server(settings: Settings) -> Server:
    """Return a server of the API, not yet started."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=BODY_BYTES_MAX,
        backlog=CONNECTIONS_WAITING_MAX,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
    )
    return Server(config)


def serve(settings: Settings) -> None:
    """Serve the API until SIGTERM or SIGINT, then let running requests end, for a bounded time."""
    made = server(settings)
    collect_seldom()
    made.run()
