"""The commands of `fairlead`, one file for each group, and what they share: settings and how they fail."""

from typing import NoReturn

import typer

from infra import logs
from infra.data_folder import attached
from infra.settings import LOG_LEVELS, BadSettings, Settings

WRONG_USE = 2


def settings() -> Settings:
    """Return the settings of the environment; end with one sentence for each bad one."""
    try:
        return Settings.from_environment()
    except BadSettings as bad:
        fail(str(bad), code=WRONG_USE)


def addressed_settings() -> Settings:
    """Return the settings with addresses of PostgreSQL and the broker: as set, or of the running Fairlead.

    What is logged meanwhile goes to standard error: standard output is for what a command answers.
    """
    found = attached(settings())
    if found is None:
        fail(
            f"No Fairlead runs on {settings().data_dir}: start one with `fairlead up`, "
            "or set FAIRLEAD_DATABASE_URL and FAIRLEAD_KAFKA_BOOTSTRAP."
        )
    logs.configure(level=max(found.log_level, "warning", key=LOG_LEVELS.index), style=found.log_format)
    return found


def fail(sentence: str, *, code: int = 1) -> NoReturn:
    """Say on standard error what is wrong and end with `code`."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)
