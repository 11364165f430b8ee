"""Sealed texts made readable for those who take events from Kafka: asked over HTTP, authorised, recorded.

POST /personal with a bearer token of an auditor or an administrator, and this JSON:

    {"reason": "monthly report", "values": [{"stream": "UUID", "value": {"personal": "BASE64"}}, …]}

`stream` is the record's `ce_subject`; `value` is what stands in the record (for a reason, the object that
`ce_reason` holds). The answer holds one entry for each value, in order:

    {"position": 71, "values": [{"text": "Paint the wall", "is_erased": false}, …]}

It is recorded before it is given: who, when, why, how many texts, whose. Of an erased person there is
`{"text": "erased", "is_erased": true}`; keys are given to nobody, so that what was kept outside becomes
unreadable with them.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.authorise import as_fairlead, record_denial
from api.context import Engine
from api.faults import SENTENCES, UNAVAILABLE
from api.problems import Problem
from api.reading import body_of
from api.replying import problem_reply, reply
from domain import shape
from domain.disclosure import DECIDER, TEXTS_MAX, RecordDisclosure
from domain.errors import Malformed, Refusal
from domain.handling import Contended, handle
from domain.personal import ERASED
from domain.recorded import Issued
from domain.roles import Role
from infra.codec import BadEvent, Codec, MissingKey
from infra.log_writer import LogAway
from infra.tokens import Actor

PATH: Final = "/personal"
DISCLOSED_TO: Final = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Asked:
    """Sealed texts, each with its stream, and why they are asked for."""

    reason: str
    values: tuple[tuple[UUID, str], ...]


def route() -> Route:
    """Return the address."""
    return Route(PATH, _answer, methods=["POST"])


async def _answer(request: Request) -> Response:
    request_id = uuid4().hex
    engine: Engine = request.app.state.engine
    try:
        actor = await engine.signed_in.actor(request.headers.get("authorization"))
        wanted = asked(await body_of(request))
        found = await _disclosed(engine, actor, wanted)
    except Problem as problem:
        return problem_reply(request, problem, request_id)
    return reply(request, 200, found, request_id)


async def _disclosed(engine: Engine, actor: Actor, wanted: Asked) -> dict[str, Any]:
    try:
        texts = await asyncio.to_thread(_opened, engine.serving.codec, wanted)
        position = await _recorded(engine, actor, wanted, sorted({person for person, _ in texts}))
    except Refusal as refusal:
        raise Problem(403, refusal.code, refusal.message) from None
    except (LogAway, Contended):
        raise Problem(503, UNAVAILABLE, SENTENCES[UNAVAILABLE]) from None
    return {
        "position": position,
        "values": [
            {"text": ERASED if text is None else text, "is_erased": text is None} for _, text in texts
        ],
    }


async def _recorded(engine: Engine, actor: Actor, wanted: Asked, persons: list[UUID]) -> int:
    """Record the disclosure, or its denial; raise the refusal then."""
    command = RecordDisclosure(len(wanted.values), tuple(persons))
    now = datetime.now(UTC)
    record = uuid4()
    issued: Issued[Any] = Issued(command, record, record, actor.actor_id, now, reason=wanted.reason)
    if actor.roles.isdisjoint(DISCLOSED_TO):
        await record_denial(issued, engine.log, denied_at=now)
        raise Problem(403, "NOT_PERMITTED", "This needs one of the roles administrator, auditor.")
    return (await handle(DECIDER, issued, engine.log, as_fairlead)).position


def _opened(events: Codec, wanted: Asked) -> list[tuple[UUID, str | None]]:
    texts: list[tuple[UUID, str | None]] = []
    for index, (stream, sealed) in enumerate(wanted.values):
        try:
            texts.append(events.disclosed(sealed, stream))
        except MissingKey:
            raise Problem(503, UNAVAILABLE, f"There is no key for values.{index}.") from None
        except BadEvent:
            raise Problem(400, "MALFORMED", f"values.{index} is no sealed text of its stream.") from None
    return texts


def asked(body: object) -> Asked:
    """Return what a body asks for; raise `Problem`."""
    parts = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    values: Any = parts.get("values")
    try:
        shape.text(parts.get("reason", ""), "reason", shape.REASON_LENGTH_MAX)
        if not 1 <= len(values) <= TEXTS_MAX:
            raise Problem(400, "MALFORMED", f"There must be 1 to {TEXTS_MAX} values.")
        found = [(UUID(each["stream"]), str(each["value"]["personal"])) for each in values]
    except (Malformed, TypeError, KeyError, ValueError, AttributeError):
        raise Problem(
            400, "MALFORMED", "The body must hold a reason and values, each a stream and a sealed value."
        ) from None
    return Asked(parts["reason"], tuple(found))
