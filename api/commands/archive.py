"""`fairlead archive`: a closed project's part of the log and of the rows' history, into Parquet files."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.commands import addressed_settings, fail


def archive(
    project: Annotated[UUID, typer.Option(help="A closed project.")],
    output: Annotated[
        Path | None,
        typer.Option(help="The log file, PROJECT.parquet by default; the rows go beside it."),
    ] = None,
    *,
    is_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Write every record of a closed project, and every version of its rows, to two Parquet files.

    The log and the rows stay as they are. `fairlead replay --from-archive FILE` answers from the file alone.
    """
    from api.commands.reaching import database
    from api.commands.showing import progress
    from domain.errors import Refusal
    from infra.archive import archive as run
    from infra.archive import rows_file
    from infra.codec import codec
    from projections.all import ALL

    path = output or Path(f"{project}.parquet")
    settings = addressed_settings()
    try:
        with (
            database(settings, purpose="archive") as connection,
            progress("Archiving", "events") as step,
        ):
            done = run(connection, project, path, models=ALL, events=codec(), progress=step)
    except Refusal as refusal:
        fail(refusal.message)
    except OSError as fault:
        fail(f"{path} cannot be written: {fault.strerror or type(fault).__name__}.")
    if is_json:
        files = {"file": str(path), "rows_file": str(rows_file(path))}
        typer.echo(json.dumps({**asdict(done), **files}, default=str))
        return
    typer.echo(f"{path}: {done.records} events of log {done.log_id}, as of position {done.position}.")
    typer.echo(f"{rows_file(path)}: {done.row_versions} versions of rows.")
