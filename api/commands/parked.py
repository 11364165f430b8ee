"""`fairlead parked`: keys that wait because an event could not be folded; tried again, or skipped."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from api.commands import WRONG_USE, addressed_settings, fail
from api.commands.token import DEVELOPER

PROJECTED_SECONDS_MAX: Final = 10.0
POLL_SECONDS: Final = 0.1
DONE_SECONDS: Final = 0.5

app = typer.Typer(
    help="Show keys that wait because an event of theirs could not be folded; try again, or skip the event.",
    invoke_without_command=True,
)

_Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]
_Model = Annotated[str, typer.Argument(help="The read model it waits in, such as task_board.")]
_Reason = Annotated[str, typer.Option(help="Why, for the audit trail.")]
_As = Annotated[UUID, typer.Option("--as", metavar="ACTOR", help="Whom the decision is recorded under.")]


@app.callback()
def parked(context: typer.Context) -> None:
    """List what is parked when nothing else is asked for."""
    if context.invoked_subcommand is None:
        list_parked()


@app.command("list")
def list_parked(*, is_json: _Json = False) -> None:
    """List every parked key, the longest waiting first."""
    from api.commands.reaching import database
    from infra.condition import look
    from infra.parking import parked as read_parked

    with database(addressed_settings(), purpose="parked") as connection:
        found = read_parked(connection) if look(connection).folded else []
    if is_json:
        typer.echo(json.dumps({"parked": [asdict(each) for each in found]}, default=str))
        return
    for each in found:
        typer.echo(
            f"{each.model} {each.key}: at position {each.position} ({each.type}) since"
            f" {each.parked_at:%Y-%m-%d %H:%M:%S} UTC, {each.attempts} attempts: {each.problem}"
        )
    if not found:
        typer.echo("Nothing is parked.")


@app.command()
def retry(
    model: _Model,
    key: Annotated[UUID, typer.Argument(help="The key that waits.")],
    reason: _Reason,
    actor: _As = DEVELOPER,
    *,
    is_json: _Json = False,
) -> None:
    """Try to fold again what waits behind KEY in MODEL."""
    from domain.operation import RetryParked

    _issue(RetryParked(_known(model), key), reason, actor, is_json=is_json)


@app.command()
def skip(
    model: _Model,
    position: Annotated[int, typer.Argument(min=1, help="The event's position in the log.")],
    reason: _Reason,
    actor: _As = DEVELOPER,
    *,
    is_json: _Json = False,
) -> None:
    """Leave the event at POSITION out of MODEL for good, in every rebuild too."""
    from domain.operation import SkipParked

    _issue(SkipParked(_known(model), position), reason, actor, is_json=is_json)


def _known(model: str) -> str:
    from projections.all import ALL

    names = [each.name for each in ALL]
    if model not in names:
        fail(f"There is no read model {model!r}; there are {', '.join(names)}.", code=WRONG_USE)
    return model


def _issue(command: Any, reason: str, actor: UUID, *, is_json: bool) -> None:
    """Issue an operating decision, wait until the projectors have passed it, and say what is parked then."""
    from api.commands.commanding import run_until_stopped
    from domain.errors import Refusal

    try:
        position, left = run_until_stopped(_decided(command, reason, actor))
    except Refusal as refusal:
        fail(refusal.message)
    if is_json:
        typer.echo(json.dumps({"position": position, "parked": left}))
        return
    waiting = "not yet known" if left is None else left
    typer.echo(f"Decided, at position {position}. Keys parked in all: {waiting}.")


async def _decided(command: Any, reason: str, actor: UUID) -> tuple[int, int | None]:
    """Return the decision's position and how many keys are parked then, None when not known in time."""
    from datetime import UTC, datetime

    from api.commands.commanding import log_of
    from api.commands.reaching import database
    from api.ids import new_id
    from domain import shape
    from domain.handling import handle
    from domain.operation import DECIDER, OPERATIONS, NotParked
    from domain.recorded import Issued
    from infra.condition import look
    from infra.parking import parked as read_parked
    from infra.parking import waits_for

    shape.text(reason, "reason", shape.REASON_LENGTH_MAX)
    settings = addressed_settings()
    with database(settings, purpose="parked") as connection:
        if not (look(connection).folded and waits_for(command, read_parked(connection))):
            raise NotParked
    issued = Issued(command, OPERATIONS, new_id(), actor, datetime.now(UTC), reason)
    async with log_of(settings, actor) as (log, may):
        answer = await handle(DECIDER, issued, log, may)
    try:
        async with asyncio.timeout(PROJECTED_SECONDS_MAX):
            return answer.position, await _left(settings.addresses[0], answer.position)
    except TimeoutError:
        return answer.position, None


async def _left(database_url: str, position: int) -> int:
    """Return how many keys are parked once the rows have reached `position` and the decision is done."""
    from infra.condition import look
    from infra.database import connect

    with connect(database_url, application="parked") as connection:
        while True:
            condition = look(connection)
            if min((each.position for each in condition.folded.values()), default=0) >= position:
                await asyncio.sleep(DONE_SECONDS)  # a projector acts on a decision once it has folded it
                return look(connection).parked
            await asyncio.sleep(POLL_SECONDS)
