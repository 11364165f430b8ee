"""`fairlead export`: a part of the log as a bundle that a stranger can check; `verify-bundle` checks one."""

import re
import tarfile
import tempfile
import zipfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer

from api.commands import WRONG_USE, addressed_settings, fail
from api.commands.token import DEVELOPER

if TYPE_CHECKING:
    from infra.access_log import Look
    from infra.export.range import Place
    from infra.export.writing import Exported, Order
    from infra.settings import Settings

PROVEN_SECONDS_MAX: Final = 10.0
UNPACKED_BYTES_MAX: Final = 100 * 2**30
_FORMS: Final = ("native", "ocsf", "csv")
_WHERE: Final = "A position, or a time with its offset such as 2026-03-31T09:00:00Z (as recorded)."


def export(  # noqa: PLR0913, PLR0917 - the options of the command
    target: Annotated[Path, typer.Argument(help="A folder to make; or a file that ends with .tar or .zip.")],
    project: Annotated[UUID | None, typer.Option(help="Only the records of this project.")] = None,
    begin: Annotated[str | None, typer.Option("--from", help=f"The first. {_WHERE}")] = None,
    end: Annotated[str | None, typer.Option("--to", help=f"The last. {_WHERE}")] = None,
    actor: Annotated[UUID | None, typer.Option(help="Only what this actor did.")] = None,
    form: Annotated[
        str, typer.Option("--format", help="native; ocsf or csv write the records in that form as well.")
    ] = "native",
    key: Annotated[
        str | None, typer.Option(help="The verifier key the checkpoint must be signed by; else the log's.")
    ] = None,
    exported_by: Annotated[
        UUID, typer.Option("--as", metavar="ACTOR", help="Who exports, for the record of who looked.")
    ] = DEVELOPER,
) -> None:
    """Export records with their proofs, and all that a stranger needs to check them offline.

    The export itself is recorded: see the query auditAccess.
    """
    from infra.export.range import Wished

    if form not in _FORMS:
        fail(f"The format is one of {', '.join(_FORMS)}, not {form[:80]!r}.", code=WRONG_USE)
    wished = Wished(project, actor, _place(begin), _place(end))
    done = _exported(addressed_settings(), (wished, target, form), key, exported_by)
    typer.echo(
        f"{done.records:,} records of positions {done.begin} to {done.end}, proven by the checkpoint of"
        f" {done.checkpoint_size:,}, are in {target}."
    )


def _exported(settings: "Settings", wanted: Any, key: str | None, exported_by: UUID) -> "Exported":
    from api.commands.commanding import run_until_stopped
    from api.commands.reaching import database
    from api.commands.showing import progress
    from domain.errors import Refusal
    from infra.access_log import Look
    from infra.export.writing import Unprovable, measured
    from infra.export.writing import export as run
    from infra.proof.notes import BadKey, BadNote

    try:
        with database(settings, purpose="export") as connection, progress("Exporting", "positions") as step:
            order = _order(connection, wanted, key)
            look = Look(exported_by, "export", order.wished.actor, order.wished.project)
            run_until_stopped(_noted(settings, look, measured(connection, order)))
            done = run(connection, order, step)
    except Refusal as refusal:
        fail(f"{refusal.code}: {refusal.message}")
    except BadKey as bad:
        fail(f"BAD_KEY: {bad}", code=WRONG_USE)
    except BadNote as bad:
        fail(f"WRONG_KEY: {bad}")
    except Unprovable as altered:
        fail(f"RECORD_CHANGED: {altered} See `fairlead verify`.")
    except OSError as fault:
        fail(f"The bundle cannot be written: {fault}")
    return done


def _order(connection: Any, wanted: Any, text: str | None) -> "Order":
    """Return what is to be exported: up to now, unless it ends earlier, with a checkpoint that covers it.

    Where none is coming, what is behind the latest one is left out, and that is said. The key is the one
    given, or the one that signed the latest checkpoint.
    """
    from infra.export.range import NothingProven, settled
    from infra.export.writing import Order
    from infra.log_reader import head
    from infra.proof import store
    from infra.proof.asking import proven
    from infra.proof.notes import VerifierKey

    wished, target, form = wanted
    key = None if text is None else VerifierKey.parse(text)
    if store.latest(connection) is not None:
        settled(connection, wished)  # nobody waits for what is refused all the same
    last = head(connection)
    if wished.end is None and proven(connection, last, seconds=PROVEN_SECONDS_MAX) is None:
        typer.echo(
            f"No checkpoint covers the log up to its head {last} (see `fairlead status`):"
            " what is behind the latest one is left out.",
            err=True,
        )
    latest = store.latest(connection)
    if latest is None:
        raise NothingProven
    return Order(wished, target, key or VerifierKey.parse(latest.verifier_key), form)


async def _noted(settings: "Settings", look: "Look", entries: int) -> None:
    """Record who exports what, before anything is handed out; raise `LogAway`."""
    from api.authorise import as_fairlead
    from api.commands.commanding import log_of
    from infra.access_log import AccessLog
    from infra.log_writer import LogAway

    async with log_of(settings, look.actor_id) as (log, _), AccessLog(log, as_fairlead) as access:
        access.note(look, entries, datetime.now(UTC))
        if not await access.flush():
            raise LogAway


def _place(text: str | None) -> "Place | None":
    """Return the position or the moment that a text names; end with a sentence where it names none."""
    if text is None or re.fullmatch(r"[0-9]{1,18}", text):
        return None if text is None else int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{text[:80]!r} is neither a position nor a time such as 2026-03-31T09:00:00Z.", code=WRONG_USE)
    if moment.utcoffset() is None:
        fail("A time needs an offset from UTC, such as Z or +02:00.", code=WRONG_USE)
    return moment


def verify_bundle(
    bundle: Annotated[Path, typer.Argument(help="A folder, or a .tar or .zip, that `export` wrote.")],
    key: Annotated[str | None, typer.Option(help="The log's verifier key, from elsewhere.")] = None,
) -> None:
    """Check a bundle as its own verify.py does, with no database."""
    from infra.export.verifier import Refused, check

    if not bundle.exists():
        fail(f"There is no file or folder {bundle}.", code=WRONG_USE)
    with ExitStack() as stack:
        try:
            folder = _unpacked(stack, bundle)
            manifest = check(folder, key)
        except Refused as refused:
            fail(f"{refused.code}: {refused}")
        except (tarfile.TarError, zipfile.BadZipFile, EOFError) as fault:
            fail(f"truncated: {bundle} is no whole archive ({type(fault).__name__}).")
        except OSError as fault:
            fail(f"{bundle} cannot be read ({fault.strerror}).", code=WRONG_USE)
        typer.echo(f"{manifest['records']} records of {manifest['origin']} are in the log as shown.")


def _unpacked(stack: ExitStack, bundle: Path) -> Path:
    """Return the folder of a bundle, unpacked for as long as the stack lasts."""
    if bundle.suffix not in {".tar", ".zip"}:
        return bundle
    scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    if bundle.suffix == ".tar":
        with tarfile.open(bundle) as tar:
            tar.extractall(scratch, filter="data")
    else:
        with zipfile.ZipFile(bundle) as packed:
            if sum(each.file_size for each in packed.infolist()) > UNPACKED_BYTES_MAX:
                fail(f"{bundle} is too large once unpacked.")
            packed.extractall(scratch)  # noqa: S202 - it writes nothing outside
    return next((folder for folder in scratch.iterdir() if folder.is_dir()), scratch)
