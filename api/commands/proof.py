"""`fairlead proof`: the log's checkpoints and the keys that sign them; naming the key that follows."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer

from api.commands import WRONG_USE, addressed_settings, fail
from api.commands.token import DEVELOPER

if TYPE_CHECKING:
    from infra.settings import Settings


PROVEN_SECONDS_MAX: Final = 90.0

app = typer.Typer(
    help="Show the latest checkpoint of the log and the keys it names; name the key that follows.",
    invoke_without_command=True,
)

_Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]


@app.callback()
def proof(context: typer.Context) -> None:
    """Show the latest checkpoint and the keys when nothing else is asked for."""
    if context.invoked_subcommand is None:
        show()


@app.command()
def show(*, is_json: _Json = False) -> None:
    """Show the latest checkpoint and the keys that the log names, the latest last."""
    from api.commands.reaching import database
    from infra.codec import codec
    from infra.log_reader import log_id
    from infra.proof import keys, store
    from infra.proof.checkpoints import origin_of
    from infra.proof.keys import Unsignable

    with database(addressed_settings(), purpose="proof") as connection:
        origin, head = origin_of(log_id(connection)), store.latest(connection)
        try:
            known = [str(key) for key in keys.announced(connection, codec())]
        except Unsignable as problem:
            fail(str(problem))
    told = {"origin": origin, "keys": known, "checkpoint": None if head is None else head.note}
    if is_json:
        typer.echo(json.dumps(told))
        return
    typer.echo(f"origin {origin}")
    for key in known:
        typer.echo(f"key    {key}")
    typer.echo("No checkpoint was issued yet." if head is None else f"\n{head.note}", nl=head is None)


@app.command()
def announce(
    file: Annotated[Path, typer.Argument(help="The file of the key that follows; made where there is none.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")],
    actor: Annotated[
        UUID, typer.Option("--as", metavar="ACTOR", help="Whom the decision is recorded under.")
    ] = DEVELOPER,
    *,
    is_json: _Json = False,
) -> None:
    """Name in the log the key that signs its checkpoints next, and wait until the old one signed that.

    Then put FILE in the place of the old key: FAIRLEAD_PROOF_KEY_FILE, or proof.key in the data folder.
    """
    from api.commands.commanding import run_until_stopped
    from domain.errors import Refusal

    settings = addressed_settings()
    key = _verifier_key(settings, file)
    try:
        position = run_until_stopped(_announced(settings, key, reason, actor))
    except Refusal as refusal:
        fail(refusal.message)
    size = _proven(settings, position)
    if is_json:
        typer.echo(json.dumps({"key": key, "position": position, "checkpoint_size": size}))
        return
    typer.echo(f"The log names {key} at position {position}.")
    if size is None:
        fail(f"No checkpoint covers that yet: see `fairlead status` before {file} takes the old key's place.")
    typer.echo(f"The checkpoint of {size} covers that: {file} may take the old key's place now.")


def _verifier_key(settings: "Settings", file: Path) -> str:
    """Return what checks the signatures of the key in `file`, made where there is none."""
    from api.commands.reaching import database
    from infra.data_folder import kept_secret
    from infra.log_reader import log_id
    from infra.proof.checkpoints import origin_of
    from infra.proof.notes import SignerKey
    from infra.settings import secret_of

    try:
        secret = secret_of(file.read_text("ascii") if file.exists() else kept_secret(file))
    except (OSError, ValueError) as fault:
        fail(f"{file} cannot be read or made: {fault}", code=WRONG_USE)
    if secret is None:
        fail(f"{file} does not hold 32 bytes in Base64.", code=WRONG_USE)
    with database(settings, purpose="proof") as connection:
        return str(SignerKey(origin_of(log_id(connection)), secret).verifier)


async def _announced(settings: "Settings", key: str, reason: str, actor: UUID) -> int:
    """Name a key in the log; return the position of the decision, or of an earlier one to the same end."""
    from datetime import UTC, datetime

    from api.commands.commanding import log_of
    from api.ids import new_id
    from domain import shape
    from domain.handling import handle
    from domain.operation import DECIDER, OPERATIONS, AnnounceProofKey
    from domain.recorded import Issued

    shape.text(reason, "reason", shape.REASON_LENGTH_MAX)
    command: Any = AnnounceProofKey(key)
    async with log_of(settings, actor) as (log, may):
        issued = Issued(command, OPERATIONS, new_id(), actor, datetime.now(UTC), reason)
        return (await handle(DECIDER, issued, log, may)).position


def _proven(settings: "Settings", position: int) -> int | None:
    """Ask for a checkpoint and wait for one that covers a position; return its size, None when none came."""
    from api.commands.reaching import database
    from infra.proof.asking import proven

    with database(settings, purpose="proof") as connection:
        return proven(connection, position, seconds=PROVEN_SECONDS_MAX)
