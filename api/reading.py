"""The body of a GraphQL request: bytes, bounded; JSON of any shape; then the parts a request may have."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final, NoReturn, cast

import orjson
from starlette.requests import ClientDisconnect, Request

from api.limits import BODY_BYTES_MAX
from api.problems import Problem

JSON: Final = "application/json"
READ_BYTES_MAX: Final = 8 * BODY_BYTES_MAX
"""A client that has sent this much is cut off; one that stops before still hears why it is refused."""
BODY_SECONDS_MAX: Final = 30
_END: Final = {"Connection": "close"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One GraphQL request: the document, which operation of it, with which variables."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None


async def read(request: Request) -> Asked:
    """Return what a request asks; raise `Problem`."""
    return asked(await body_of(request))


async def body_of(request: Request) -> object:
    """Return the JSON value of a request's body; raise `Problem`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON:
        raise Problem(415, "MALFORMED", f"The body must be {JSON}.")
    return parse(await _body(request))


async def _body(request: Request) -> bytes:
    """Return the body; of one that is too large no more than a part is read, none of it kept."""
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            async for chunk in request.stream():
                size += len(chunk)
                if size > READ_BYTES_MAX:
                    break
                if size <= BODY_BYTES_MAX:
                    chunks.append(chunk)
    except ClientDisconnect:
        raise Problem(400, "MALFORMED", "The body ended early.") from None
    except TimeoutError:
        raise Problem(
            408, "TOO_SLOW", f"A body must arrive within {BODY_SECONDS_MAX} seconds.", _END
        ) from None
    if size > BODY_BYTES_MAX:
        raise Problem(413, "TOO_LARGE", f"A body has at most {BODY_BYTES_MAX} bytes.", _END)
    return b"".join(chunks)


def parse(body: bytes) -> object:
    """Return the JSON value of a body; raise `Problem`.

    Halves of surrogate pairs are let through, for the command to refuse them with the field they are in.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Problem(400, "MALFORMED", "The body is not JSON in UTF-8, or is nested too deeply.") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def asked(value: object) -> Asked:
    """Return the parts of a request's JSON value; raise `Problem`."""
    if isinstance(value, list):
        raise Problem(400, "MALFORMED", "One request at a time: batches are not answered.")
    if not isinstance(value, dict):
        raise Problem(400, "MALFORMED", "The body must be an object with a query.")
    parts = cast("dict[str, Any]", value)
    query, name, variables = parts.get("query"), parts.get("operationName"), parts.get("variables")
    if not isinstance(query, str) or not query:
        raise Problem(400, "MALFORMED", "The query must be a text.")
    if not isinstance(name, str | None):
        raise Problem(400, "MALFORMED", "The operationName must be a text.")
    if not isinstance(variables, dict | None) or not isinstance(parts.get("extensions"), dict | None):
        raise Problem(400, "MALFORMED", "The variables and the extensions must be objects.")
    return Asked(query, name, cast("dict[str, Any] | None", variables))
