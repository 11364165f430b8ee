"""One command's way through the API: read, handled, answered; denied, it leaves its record."""

import asyncio
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final

import structlog

from api.authorise import permitting, record_denial
from api.computing import filled
from api.context import Context
from api.faults import INTERNAL, CommandFailed, code_of
from api.forms import Form
from api.kinds import Given
from api.payloads import Payload, done, refused
from domain.decider import Decider
from domain.errors import NotPermitted, Refusal
from domain.handling import Answer, handle
from domain.recorded import Issued

DONE: Final = "DONE"
_log: Final = structlog.get_logger(__name__)


async def issue(context: Context, form: Form, given: Given) -> Payload:
    """Handle one mutation and return its payload; what is no refusal rises, to be masked."""
    started = perf_counter()
    outcome = INTERNAL
    try:
        payload = await _payload(context, form, given)
        outcome = payload.user_errors[0].code if payload.user_errors else DONE
    except Exception as fault:
        outcome = code_of(fault.__cause__ or fault)
        raise
    finally:
        seconds = perf_counter() - started
        context.engine.metrics.command(form.name, outcome, seconds)
        _log.info("command_handled", action=form.name, outcome=outcome, milliseconds=round(seconds * 1000, 3))
    return payload


async def _payload(context: Context, form: Form, given: Given) -> Payload:
    command_id = None
    try:
        command_id = form.command_id(given)
        wished = form.issued(given, command_id, context.actor.actor_id, datetime.now(UTC))
        issued = await filled(context, wished)
        answer = await _handled(context, form.decider, issued)
    except Refusal as refusal:
        return refused(form.decider.name, command_id, refusal)
    return done(form.decider.name, command_id, answer)


async def _handled(context: Context, decider: Decider[Any, Any, Any], issued: Issued[Any]) -> Answer:
    try:
        return await handled(context, decider, issued)
    except Refusal:
        raise
    except Exception as fault:
        raise CommandFailed(issued.command_id) from fault


async def handled(context: Context, decider: Decider[Any, Any, Any], issued: Issued[Any]) -> Answer:
    """Handle a command within its deadline; raise a Refusal, `TimeoutError`, or another fault.

    A denied one leaves its record first, and only that.
    """
    engine = context.engine
    async with asyncio.timeout(engine.settings.command_deadline_seconds):
        try:
            answer = await handle(decider, issued, engine.log, permitting(context.actor))
        except NotPermitted:
            await record_denial(issued, engine.log, denied_at=datetime.now(UTC))
            raise
    engine.metrics.head(answer.position)
    return answer
