"""`fairlead verify`: the whole log, its tree, its checkpoints and its rows, and the first thing wrong."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.commands import WRONG_USE, addressed_settings, fail

if TYPE_CHECKING:
    from infra.proof.notes import VerifierKey
    from infra.settings import Settings
    from infra.verify.heads import Head
    from infra.verify.memory import Verified
    from infra.verify.run import Report
    from infra.verify.work import Wanted

MEMORY: Final = "verified.json"

_Keys = Annotated[
    list[str] | None,
    typer.Option("--key", help="A verifier key to trust, NAME+KEYID+KEY; else those that the log names."),
]
_Checkpoint = Annotated[
    Path | None, typer.Option(help="A checkpoint that somebody kept: the log must still begin with it.")
]
_Memory = Annotated[
    Path | None,
    typer.Option("--state", help=f"Where to remember what was verified; {MEMORY} in the data folder."),
]


def verify(  # noqa: PLR0913 - the options of the command
    key: _Keys = None,
    checkpoint: _Checkpoint = None,
    state: _Memory = None,
    *,
    is_resumed: Annotated[
        bool, typer.Option("--resume", help="Go on from where the last one came; what is before is believed.")
    ] = False,
    is_log_only: Annotated[
        bool, typer.Option("--skip-rows", help="Only log, tree and checkpoints: not the rows.")
    ] = False,
    is_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Walk the whole log and name the first position that is wrong, and what is wrong with it.

    Each record is hashed and held against the tree, the tree against every checkpoint, each event against the
    rules of its aggregate, and the rows against the fold of the log. Exit 1 when anything is wrong or could
    not be read.
    """
    from infra.verify.memory import BadMemory

    settings = addressed_settings()
    file = state or settings.data_dir / MEMORY
    try:
        report = _verified(
            settings, file, (key or [], checkpoint), is_resumed=is_resumed, rows=not is_log_only
        )
    except BadMemory as bad:
        fail(str(bad))
    typer.echo(json.dumps(_json(report)) if is_json else _said(report))
    if not report.is_ok:
        raise typer.Exit(1)


def _verified(
    settings: "Settings", file: Path, trusted: tuple[list[str], Path | None], *, is_resumed: bool, rows: bool
) -> "Report":
    from api.commands.reaching import database
    from api.commands.showing import progress
    from infra.codec import codec
    from infra.keys import keys_of
    from infra.log_reader import log_id
    from infra.rebuild import RebuildUnderWay
    from infra.verify.memory import Verified, remember, remembered
    from infra.verify.run import verify as run
    from infra.verify.work import ErasureUnderWay

    def keep(verified: Verified) -> None:
        remember(file, verified)

    try:
        with (
            database(settings, purpose="verify") as connection,
            keys_of(settings) as keys,
            progress("Verifying", "events") as step,
        ):
            known = remembered(file, log_id(connection))
            wanted = _wanted(settings, connection, trusted, known, is_resumed=is_resumed, rows=rows)
            wanted = replace(wanted, events=codec().with_keys(keys))
            report = run(wanted, step, keep)
    except RebuildUnderWay:
        fail("Another process is rebuilding the rows; try again when it is done, or give --skip-rows.")
    except ErasureUnderWay:
        fail("Somebody is being erased; try again when that is done, or give --skip-rows.")
    if report.is_ok and report.verified_to:
        keep(Verified(report.log_id, report.verified_to, report.root.hex()))
    return report


def _wanted(  # noqa: PLR0913 - each its own
    settings: "Settings",
    connection: Any,
    trusted: tuple[list[str], Path | None],
    known: "Verified | None",
    *,
    is_resumed: bool,
    rows: bool,
) -> "Wanted":
    """Return what is to be verified; end with a sentence where a key or a checkpoint is none."""
    from infra.verify.heads import Head
    from infra.verify.work import Wanted
    from projections.all import ALL

    texts, checkpoint = trusted
    keys = _keys(texts)
    heads = [] if checkpoint is None else [_head(connection, checkpoint, keys)]
    if known is not None:
        heads.append(Head(known.position, bytes.fromhex(known.root), "the last verification"))
    return Wanted(
        settings.addresses[0],
        settings.partitions,
        ALL if rows else (),
        keys,
        heads,
        known.position if known is not None and is_resumed else 0,
        known.reached if known is not None and is_resumed else (),
    )


def _keys(texts: list[str]) -> "list[VerifierKey]":
    from infra.proof.notes import BadKey, VerifierKey

    try:
        return [VerifierKey.parse(text) for text in texts]
    except BadKey as bad:
        fail(str(bad), code=WRONG_USE)


def _head(connection: Any, file: Path, keys: "list[VerifierKey]") -> "Head":
    from infra.proof.notes import BadNote
    from infra.verify.run import head_of

    try:
        return head_of(connection, file.read_text(), keys, whence=f"the checkpoint in {file.name}")
    except (OSError, UnicodeDecodeError) as fault:
        fail(f"{file} cannot be read ({fault}).", code=WRONG_USE)
    except BadNote as bad:
        fail(f"{file} is no checkpoint of this log: {bad}")


def _json(report: "Report") -> dict[str, Any]:
    fault = report.fault
    return {
        "ok": report.is_ok,
        "events": report.events,
        "decided_again": report.decided,
        "checkpoints": report.checkpoints,
        "seconds": report.seconds,
        "head": report.head,
        "proven_to": report.proven_to,
        "models": report.models,
        "first_fault": fault and {"position": fault.position, "kind": fault.kind, "sentence": fault.sentence},
    }


def _said(report: "Report") -> str:
    walked = (
        f"{report.events:,} events, {report.decided:,} of them decided again,"
        f" {report.checkpoints:,} checkpoints up to {report.proven_to}"
        f" of {report.head}, the rows of {report.models} read models"
    )
    if report.fault is None:
        return f"All is well: {walked}, in {report.seconds:.1f} s."
    where = f"At position {report.fault.position}" if report.fault.position else "Of the whole"
    return f"{where}: {report.fault.kind}. {report.fault.sentence}\nWalked: {walked}."
