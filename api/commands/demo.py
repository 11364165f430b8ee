"""`fairlead demo`: the article's case performed through the same commands as everybody's, and its figures."""

from typing import Annotated

import typer

from api.commands import addressed_settings


def demo(
    *, is_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False
) -> None:
    """Load eighteen months of a manufacturer that brings Fairlead to its projects, and show what they say.

    400 people, 60 projects, 12,000 tasks, always the same; what was loaded before is not loaded again. Best
    on a data folder of its own (FAIRLEAD_DATA_DIR): there is no way to take it out of a log again.
    """
    from api.commands.demo_run import performed, shown

    told = performed(addressed_settings())
    if is_json:
        typer.echo(told.to_json())
    else:
        shown(told)
    if not told.is_as_told:
        raise typer.Exit(1)
