"""What clients are told when something goes wrong: a stable code; a fault of ours is logged and masked."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from psycopg import OperationalError

from domain.errors import Refusal
from domain.handling import Contended
from infra.codec import UnknownEvent
from infra.log_writer import LogAway

UNAVAILABLE: Final = "UNAVAILABLE"
INTERNAL: Final = "INTERNAL"
SENTENCES: Final[Mapping[str, str]] = {
    UNAVAILABLE: "Fairlead cannot do this just now: ask again, and send a command again with its commandId.",
    INTERNAL: "Something went wrong within Fairlead; the request id helps to find out what.",
}

_log: Final = structlog.get_logger(__name__)


class CommandFailed(Exception):
    """A command failed for a reason of ours, its cause; it can be sent again with its id."""

    def __init__(self, command_id: UUID) -> None:
        """Keep which command it was."""
        self.command_id = command_id
        super().__init__(str(command_id))


def code_of(fault: BaseException) -> str:
    """Return the code of a fault: `UNAVAILABLE` for one of the moment, else `INTERNAL`.

    An event from a newer version is of the moment: a process of that version answers the command. So is a
    database that does not answer, or not in time.
    """
    of_the_moment = LogAway | Contended | TimeoutError | UnknownEvent | OperationalError
    return UNAVAILABLE if isinstance(fault, of_the_moment) else INTERNAL


def shown(error: GraphQLError, extensions: Mapping[str, Any]) -> GraphQLError:
    """Return an error as clients see it, with `extensions` added; log it if it is a fault."""
    cause = _cause(error)
    if isinstance(cause, Refusal):
        field = {} if cause.field is None else {"field": cause.field}
        return _coded(error, cause.message, {**extensions, "code": cause.code, **field})
    if cause is None or (error.path is None and error.nodes):
        return _coded(
            error, error.message, {**extensions, "code": _client_code(error), **(error.extensions or {})}
        )
    if isinstance(cause, CommandFailed):
        extensions = {**extensions, "commandId": str(cause.command_id)}
        cause = cause.__cause__ or cause
    code = code_of(cause)
    _log.error("request_failed", code=code, path=error.path, exc_info=cause)
    return _coded(error, SENTENCES[code], {**extensions, "code": code})


def _cause(error: GraphQLError) -> BaseException | None:
    """Return the exception beneath an error, None where it is graphql-core's own or one raised as such."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _client_code(error: GraphQLError) -> str:
    """Return the code of a request that does not fit the contract: its syntax, or else its form."""
    return "SYNTAX" if isinstance(error, GraphQLSyntaxError) else "MALFORMED"


def _coded(error: GraphQLError, message: str, extensions: Mapping[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=dict(extensions),
    )
