"""The command line: `fairlead`. Each command is a function in its own file under `api/commands`."""

from typing import Final

import typer

from api.commands import (
    archive,
    demo,
    events,
    export,
    export_plan,
    forecast,
    importing,
    keys,
    parked,
    processes,
    proof,
    rebuild,
    replay,
    status,
    token,
    up,
    verify,
)
from infra.collecting import collect_seldom

HELP: Final = """Fairlead, the system of record for delivering projects.

Each command ends with exit code 0 when it did what was asked and found all well, with 1 when it did not,
saying what is wrong, and with 2 when it was asked wrongly: an argument, an option or a setting.
"""

app = typer.Typer(
    name="fairlead",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(up.up)
app.command()(token.token)
app.command()(status.status)
app.command("import")(importing.import_)
app.command("export-plan")(export_plan.export_plan)
app.command()(replay.replay)
app.command()(archive.archive)
app.command()(demo.demo)
app.command()(rebuild.rebuild)
app.command()(verify.verify)
app.command()(export.export)
app.command("verify-bundle")(export.verify_bundle)
app.add_typer(parked.app, name="parked")
app.add_typer(proof.app, name="proof")
app.add_typer(events.app, name="events")
app.add_typer(forecast.app, name="forecast")
app.add_typer(keys.app, name="keys")
app.command()(processes.api)
app.command()(processes.relay)
app.command()(processes.projector)


def main() -> None:
    """Run the command line; what a command loads before it begins is many objects, and all of them stay."""
    collect_seldom()
    app()


if __name__ == "__main__":
    main()
