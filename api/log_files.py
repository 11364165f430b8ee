"""The log's proof for strangers: checkpoint, tiles, proofs and keys, as files that anyone may fetch and keep.

They hold hashes, sizes and public keys, nothing of what was recorded, and so need no token.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import psycopg
from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.context import Engine
from infra.proof import reading
from infra.proof.keys import Unsignable
from infra.proof.tile_paths import read_path

AT_ONCE_MAX: Final = 2
"""How many are answered at once: the connections of those who have a token are not for strangers to take."""

POSITION_DIGITS_MAX: Final = 18
MUTABLE: Final = {"Cache-Control": "public, max-age=3"}
IMMUTABLE: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
TEXT: Final = "text/plain; charset=utf-8"

Found = Callable[[Engine, str], Awaitable[Response | None]]


def routes() -> list[Route]:
    """Return the addresses."""
    places = asyncio.Semaphore(AT_ONCE_MAX)

    def route(path: str, found: Found, missing: str) -> Route:
        async def answer(request: Request) -> Response:
            try:
                async with places:
                    answer = await found(request.app.state.engine, request.path_params.get("name", ""))
            except (psycopg.Error, PoolTimeout, Unsignable):
                return _plain("The log's database does not answer.", 503, {"Retry-After": "1"})
            return answer or _plain(missing, 404, {"Cache-Control": "no-store"})

        return Route(path, answer, methods=["GET"])

    return [
        route("/log/checkpoint", _checkpoint, "No checkpoint was issued yet."),
        route("/log/keys", _keys, "No key was named yet."),
        route("/log/proof/{name}", _proof, "No checkpoint covers such a position."),
        route("/log/tile/{name:path}", _tile, "No checkpoint covers such a tile."),
    ]


async def _checkpoint(engine: Engine, name: str) -> Response | None:
    del name
    head = await reading.latest(engine.serving.pool)
    return None if head is None else _plain(head.note, 200, MUTABLE)


async def _keys(engine: Engine, name: str) -> Response | None:
    del name
    known = await reading.announced(engine.serving.pool, engine.serving.codec)
    return _plain("".join(f"{key}\n" for key in known), 200, MUTABLE) if known else None


async def _proof(engine: Engine, name: str) -> Response | None:
    if not name.isascii() or not name.isdecimal() or len(name) > POSITION_DIGITS_MAX:
        return None
    head = await reading.latest(engine.serving.pool)
    if head is None or not 1 <= int(name) <= head.size:
        return None
    return _plain((await reading.bundle(engine.serving.pool, int(name), head)).text, 200, MUTABLE)


async def _tile(engine: Engine, name: str) -> Response | None:
    named = read_path(name)
    found = None if named is None else await reading.tile(engine.serving.pool, *named)
    if found is None:
        return None
    return Response(found, headers=IMMUTABLE, media_type="application/octet-stream")


def _plain(text: str, status: int, headers: dict[str, str]) -> Response:
    return Response(text, status, headers, TEXT)
