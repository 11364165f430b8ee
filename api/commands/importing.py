"""`fairlead import`: a file of tasks or a plan, taken into the log row by row."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.commands import WRONG_USE, addressed_settings, fail
from api.commands.token import DEVELOPER
from infra.importing.kind import Kind


def import_(  # noqa: PLR0913, PLR0917 - the options of the command
    file: Annotated[Path, typer.Argument(help="The file, plain or gzip.", exists=True, dir_okay=False)],
    kind: Annotated[
        Kind, typer.Option(help="sip: the SiP task table; mspdi: MS Project XML; table: CSV or Excel.")
    ],
    dates: Annotated[
        Path | None,
        typer.Option(
            help="sip: the table of dates; else the one beside the file.", exists=True, dir_okay=False
        ),
    ] = None,
    holidays: Annotated[
        Path | None,
        typer.Option(
            help="sip: the list of bank holidays; else the one beside the file.", exists=True, dir_okay=False
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(help="table: which column means what, a JSON file.", exists=True, dir_okay=False),
    ] = None,
    time_zone: Annotated[
        str, typer.Option(help="mspdi: the zone of its local times, such as Europe/London.")
    ] = "UTC",
    actor: Annotated[
        UUID, typer.Option("--as", metavar="ACTOR", help="Whom the commands are recorded under.")
    ] = DEVELOPER,
    report: Annotated[
        Path | None,
        typer.Option(help="Where the report goes; else beside the file.", dir_okay=False),
    ] = None,
    *,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would happen; nothing is written.")
    ] = False,
    is_json: Annotated[
        bool, typer.Option("--json", help="Answer with the report as one JSON object.")
    ] = False,
) -> None:
    """Import FILE: every row is created, changed, unchanged, or refused with its reason.

    The same file again changes nothing: an import that was stopped is carried on by running it again.
    """
    from api.commands.import_run import Asked, imported
    from api.commands.import_table import shown
    from infra.importing.report import write_report

    if mapping is None and kind is Kind.TABLE:
        fail("A table needs --mapping: a JSON file that says which column means what.", code=WRONG_USE)
    settings = addressed_settings()
    target = None if is_dry_run and report is None else report or _beside(file)
    if target is not None and not os.access(target.parent, os.W_OK):
        fail(f"The report cannot be written to {target.parent}: name a file with --report.", code=WRONG_USE)
    asked = Asked(file, kind, dates, holidays, mapping, time_zone)
    found = imported(asked, settings, actor, at=datetime.now(UTC), is_dry_run=is_dry_run)
    if target is not None:
        write_report(found, target)
    if is_json:
        typer.echo(found.to_json(), nl=False)
    else:
        shown(found, target)
    if found.set_up_refused or not found.reconciled:
        raise typer.Exit(1)


def _beside(file: Path) -> Path:
    """Return where the report goes: beside the file if one may write there, else into this folder."""
    from infra.importing.report import REPORT_SUFFIX

    folder = file.parent if os.access(file.parent, os.W_OK) else Path()
    return folder / f"{file.name}{REPORT_SUFFIX}"
