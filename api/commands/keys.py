"""`fairlead keys`: the master key that the keys of personal texts are wrapped by."""

import json
from typing import Annotated

import typer

from api.commands import addressed_settings, fail

app = typer.Typer(help="The master key of personal texts.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """Show what there is when nothing else is asked for."""


@app.command()
def rotate(
    *, is_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False
) -> None:
    """Wrap every person's key by a new master key; no event is touched, and nothing need be stopped.

    In a data folder the new key is made and the old one taken out at the end. Elsewhere put the new key
    first in FAIRLEAD_MASTER_KEY_FILE, the old one in the next line, and take that out afterwards. Stopped
    half-way, run it again: it goes on.
    """
    from api.commands.reaching import database
    from api.commands.showing import progress
    from infra import rotation
    from infra.data_folder import MASTER_NAME
    from infra.masters import masters_of

    settings = addressed_settings()
    known = masters_of(settings)
    if known is None:
        fail("No master key is set: FAIRLEAD_MASTER_KEY_FILE or FAIRLEAD_MASTER_KEY.")
    path = known.path
    is_ours = path is not None and path == settings.data_dir.resolve() / MASTER_NAME
    with database(settings, purpose="keys") as connection, progress("Rotating", "keys") as step:
        if path is not None and is_ours:
            rotation.begin(connection, path)
        count = rotation.rotate(connection, known, step)
        is_over = rotation.end(connection, path) if path is not None and is_ours else False
    said = "The old master key was taken out." if is_over else "The old master key is needed no more."
    typer.echo(json.dumps({"rotated": count}) if is_json else f"{count} keys were wrapped anew. {said}")
