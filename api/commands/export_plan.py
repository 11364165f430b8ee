"""`fairlead export-plan`: a project's plan as MS Project XML, which MS Project and our importer open."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.commands import addressed_settings, fail


def export_plan(
    project: Annotated[UUID, typer.Argument(help="The project's id.")],
    output: Annotated[Path, typer.Option(help="The file to write; one that is there is replaced.")],
) -> None:
    """Write a project's plan, as it is now, as MS Project XML (MSPDI)."""
    from api.commands.reaching import database
    from domain.errors import UnknownProject
    from infra.codec import codec
    from infra.exporting.reading import exported
    from infra.keys import keys_of

    settings = addressed_settings()
    with database(settings, purpose="export") as connection, keys_of(settings) as keys:
        row = connection.execute("SELECT coalesce(max(position), 0) FROM log.event").fetchone()
        until = 0 if row is None else int(row[0])
        try:
            plan, xml = exported(
                settings.addresses[0], codec().with_keys(keys), project, (until, datetime.now(UTC))
            )
        except UnknownProject as refusal:
            fail(refusal.message)
    try:
        output.write_bytes(xml)
    except OSError as problem:
        fail(f"{output} cannot be written: {problem.strerror}.")
    typer.echo(f"{len(plan.tasks)} tasks written to {output}, as of position {until}.")
