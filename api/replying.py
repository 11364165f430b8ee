"""The answer to a GraphQL request: its media type, its status, its bytes."""

import json
from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from strawberry.types.execution import ExecutionResult

from api.problems import Problem

GRAPHQL_JSON: Final = "application/graphql-response+json"
REQUEST_ID: Final = "X-Request-Id"


def media_type(request: Request) -> str:
    """Return the media type to answer in: the newer one for those who name it, plain JSON for all others."""
    return GRAPHQL_JSON if GRAPHQL_JSON in request.headers.get("accept", "") else "application/json"


def encoded(value: object) -> bytes:
    """Return JSON bytes; what a client sent may be in them, halves of surrogate pairs included."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()


def result_reply(request: Request, result: ExecutionResult, request_id: str) -> Response:
    """Return the answer to what was executed, or to a document that could not be."""
    is_refused = (
        result.data is None and bool(result.errors) and not any(error.path for error in result.errors or ())
    )
    value: dict[str, Any] = {} if is_refused else {"data": result.data}
    if result.errors:
        value["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        value["extensions"] = result.extensions
    status = 400 if is_refused and media_type(request) == GRAPHQL_JSON else 200
    return reply(request, status, value, request_id)


def problem_reply(request: Request, problem: Problem, request_id: str) -> Response:
    """Return the answer to a request that is wrong before any of it is GraphQL."""
    error = {"message": str(problem), "extensions": {"code": problem.code, "requestId": request_id}}
    return reply(request, problem.status, {"errors": [error]}, request_id, problem.headers)


def reply(
    request: Request, status: int, value: object, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer with the request's id."""
    kind = f"{media_type(request)}; charset=utf-8"
    return Response(encoded(value), status, {"Content-Type": kind, REQUEST_ID: request_id, **(headers or {})})
