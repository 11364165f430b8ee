"""Whether the process lives, whether it is of use, and its figures: three addresses for machines."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
import psycopg
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.context import Engine
from infra.condition import Condition, look
from infra.database import connect

CHECK_SECONDS_MAX: Final = 3.0
KEPT_SECONDS: Final = 0.2
SILENT: Final = "It did not answer in time."
UNKNOWN: Final = "The log's database does not answer, so nothing is known of it."

Check = Callable[[], Awaitable[str | None]]
"""Returns one sentence on what is wrong, None when all is well."""


def routes(checks: Mapping[str, Check]) -> list[Route]:
    """Return the addresses; `checks` are looked up at each request, so parts may add theirs as they start."""

    async def ready(request: Request) -> Response:
        del request
        found = dict(zip(checks, await asyncio.gather(*map(_found, checks.values())), strict=True))
        is_ready = not any(found.values())
        states = {name: {"is_up": problem is None, "problem": problem} for name, problem in found.items()}
        return _json(200 if is_ready else 503, {"is_ready": is_ready, "checks": states})

    return [
        Route("/health/live", _live, methods=["GET"]),
        Route("/health/ready", ready, methods=["GET"]),
        Route("/metrics", _metrics, methods=["GET"]),
    ]


async def _live(request: Request) -> Response:
    del request
    return _json(200, {"is_live": True})


async def _metrics(request: Request) -> Response:
    engine: Engine = request.app.state.engine
    looking: Looking = request.app.state.looking
    try:
        engine.metrics.condition(await asyncio.wait_for(looking.now(), CHECK_SECONDS_MAX))
    except (psycopg.Error, TimeoutError):
        engine.metrics.condition(None)
    return Response(engine.metrics.text(), media_type="text/plain; version=0.0.4")


async def _found(check: Check) -> str | None:
    try:
        return await asyncio.wait_for(check(), CHECK_SECONDS_MAX)
    except TimeoutError:
        return SILENT


class Looking:
    """Looks at the database, at most once at a time and every `KEPT_SECONDS`, however many ask."""

    def __init__(self, database_url: str) -> None:
        """Look at `database_url`."""
        self._database_url = database_url
        self._look: asyncio.Task[Condition] | None = None
        self._began_at = float("-inf")

    async def now(self) -> Condition:
        """Return how everything is doing; raise `psycopg.Error` when the database does not say."""
        is_old = time.monotonic() - self._began_at >= KEPT_SECONDS
        if self._look is None or (self._look.done() and is_old):
            self._began_at = time.monotonic()
            self._look = asyncio.create_task(asyncio.to_thread(self._looked))
        return await asyncio.shield(self._look)

    def _looked(self) -> Condition:
        with connect(self._database_url, application="health") as connection:
            return look(connection)


def checks_of(looking: Looking, note: Callable[[Condition], None]) -> dict[str, Check]:
    """Return the checks of log, relay and projectors; `note` is told what was seen."""

    def check(problem_of: Callable[[Condition], str | None], otherwise: str) -> Check:
        async def checked() -> str | None:
            try:
                condition = await looking.now()
            except psycopg.Error:
                return otherwise
            note(condition)
            return problem_of(condition)

        return checked

    return {
        "log": check(lambda _: None, "The log's database does not answer."),
        "relay": check(lambda condition: condition.relay_problem, UNKNOWN),
        "projector": check(lambda condition: condition.projector_problem, UNKNOWN),
    }


def _json(status: int, value: object) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
