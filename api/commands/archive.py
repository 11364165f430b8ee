"""`fairlead archive`: a closed project's part of the log, into a Parquet file."""

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
        typer.Option(help="The file, PROJECT.parquet by default."),
    ] = None,
    *,
    is_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Write every record of a closed project to a Parquet file, personal texts sealed as in the log.

    The log and the rows stay as they are. `fairlead replay --from-archive FILE` answers from the file alone.
    """
    from api.commands.reaching import database
    from api.commands.showing import progress
    from domain.errors import Refusal
    from infra.archive import archive as run
    from infra.codec import codec
    from infra.keys import keys_of

    path = output or Path(f"{project}.parquet")
    settings = addressed_settings()
    try:
        with (
            database(settings, purpose="archive") as connection,
            keys_of(settings) as keys,
            progress("Archiving", "events") as step,
        ):
            done = run(connection, project, path, events=codec().with_keys(keys), progress=step)
    except Refusal as refusal:
        fail(refusal.message)
    except OSError as fault:
        fail(f"{path} cannot be written: {fault.strerror or type(fault).__name__}.")
    if is_json:
        typer.echo(json.dumps({**asdict(done), "file": str(path)}, default=str))
        return
    typer.echo(f"{path}: {done.records} events of log {done.log_id}, as of position {done.position}.")
