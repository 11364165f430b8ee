"""GraphQL over HTTP and WebSocket: the token first, then the size, then the words."""

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Final, cast
from uuid import uuid4

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.exceptions import ConnectionRejectionError
from strawberry.fastapi import GraphQLRouter
from strawberry.http.exceptions import NonJsonMessageReceived
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UNSET, UnsetType
from structlog.contextvars import bound_contextvars

from api.context import Context, Engine
from api.faults import SENTENCES, UNAVAILABLE
from api.problems import Problem
from api.reading import Asked, parse, read
from api.replying import REQUEST_ID, encoded, problem_reply, result_reply
from api.schema import Schema

PATH: Final = "/graphql"
ANSWER_SECONDS_MAX: Final = 60.0
OVER_HTTP: Final = frozenset({OperationType.QUERY, OperationType.MUTATION})
_SANE_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class Messages(ASGIWebSocketAdapter):
    """The messages of a WebSocket: objects, nothing else."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """Yield each message; raise `NonJsonMessageReceived` for one that is no object."""
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            if not isinstance(message, dict):
                raise NonJsonMessageReceived
            yield message


class Router(GraphQLRouter[Context, None]):
    """Strawberry's router with an HTTP side of our own: nothing a client sends makes it fail."""

    websocket_adapter_class = Messages

    def __init__(self, schema: Schema) -> None:
        """Answer from `schema` at `PATH`: requests by POST, WebSockets by graphql-transport-ws."""
        super().__init__(
            schema,
            path=PATH,
            graphql_ide=None,
            allow_queries_via_get=False,
            context_getter=_websocket_context,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
        )
        over_websocket = [route for route in self.routes if isinstance(route, WebSocketRoute)]
        self._late: set[asyncio.Task[ExecutionResult]] = set()
        self.routes[:] = [Route(PATH, self.answer, methods=["POST"]), *over_websocket]

    async def answer(self, request: Request) -> Response:
        """Answer one request; what is wrong with it is said with a status and a code."""
        request_id = _request_id(request)
        with bound_contextvars(request_id=request_id):
            try:
                return await self._answer(request, request_id)
            except Problem as problem:
                return problem_reply(request, problem, request_id)

    async def _answer(self, request: Request, request_id: str) -> Response:
        engine: Engine = request.app.state.engine
        actor = await engine.signed_in.actor(request.headers.get("authorization"))
        with bound_contextvars(actor_id=str(actor.actor_id)):
            asked = await read(request)
            result = await self._in_time(asked, Context(engine, request_id, actor))
            return result_reply(request, result, request_id)

    async def _in_time(self, asked: Asked, context: Context) -> ExecutionResult:
        """Execute a request; one that is not done in time, as where the database hangs, is left to itself.

        It is not cancelled: that would wait for the database once more. An import takes as long as it does.
        """
        seconds = ANSWER_SECONDS_MAX + context.engine.settings.command_deadline_seconds
        work = asyncio.create_task(self._execute(asked, context))
        try:
            done, _ = await asyncio.wait({work}, timeout=seconds)
            if not done and context.is_long:
                await asyncio.wait({work})
        except asyncio.CancelledError:
            work.cancel()
            raise
        if not work.done():
            self._late.add(work)
            work.add_done_callback(self._ended)
            raise Problem(503, UNAVAILABLE, SENTENCES[UNAVAILABLE], {"Retry-After": "5"})
        return work.result()

    def _ended(self, work: asyncio.Task[ExecutionResult]) -> None:
        """Forget a request that nobody waits for any more, whatever came of it."""
        self._late.discard(work)
        if not work.cancelled():
            work.exception()

    async def _execute(self, asked: Asked, context: Context) -> ExecutionResult:
        try:
            return await self.schema.execute(
                asked.query,
                variable_values=asked.variables,
                operation_name=asked.operation_name,
                context_value=context,
                allowed_operation_types=OVER_HTTP,
            )
        except CannotGetOperationTypeError as problem:
            raise Problem(400, "MALFORMED", problem.as_http_error_reason()) from None
        except InvalidOperationTypeError:
            raise Problem(400, "MALFORMED", "Subscriptions are answered over a WebSocket only.") from None

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """Check the token that opens a WebSocket: in its first message's payload, else in its handshake."""
        try:
            context.signed_in = await context.engine.signed_in.actor(_authorization(context))
        except Problem:
            raise ConnectionRejectionError from None
        return cast("UnsetType", UNSET)

    def decode_json(self, data: str | bytes) -> object:
        """Return a WebSocket message's value; raise `NonJsonMessageReceived`."""
        try:
            return parse(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
        except Problem:
            raise NonJsonMessageReceived from None

    def encode_json(self, data: object) -> str:
        """Return a WebSocket message's text."""
        return encoded(data).decode()


def _authorization(context: Context) -> str | None:
    parameters = cast("dict[str, object]", context.connection_params or {})
    given = parameters.get("authorization", parameters.get("Authorization"))
    if isinstance(given, str):
        return given
    return None if context.request is None else context.request.headers.get("authorization")


async def _websocket_context(connection: HTTPConnection) -> Context:
    return Context(connection.app.state.engine, _request_id(connection))


def _request_id(connection: HTTPConnection) -> str:
    """Return the id the client gave its request where it is a sane one, else a new one."""
    given = connection.headers.get(REQUEST_ID, "")
    return given if _SANE_ID.fullmatch(given) else uuid4().hex
