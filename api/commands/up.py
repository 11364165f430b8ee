"""`fairlead up`: everything on this machine, in the foreground, with PostgreSQL and the broker embedded."""

import os
import signal
from dataclasses import replace
from typing import Annotated

import typer

from api.commands import WRONG_USE, fail
from api.commands import settings as read_settings


def up(
    *,
    follow_parent: Annotated[
        bool, typer.Option("--follow-parent", help="Stop when the process that started this one ends.")
    ] = False,
) -> None:
    """Run Fairlead here until Ctrl-C: PostgreSQL, a broker, relay, projector and API, data in one folder."""
    from api.foreground import PortTaken, run
    from infra import logs
    from infra.data_folder import AlreadyRunning, held, with_keys, with_proof_key
    from infra.embedded import NotStarted
    from infra.guard import Guard
    from infra.settings import BadSettings
    from infra.supervisor import GaveUp

    settings = read_settings()
    if not settings.is_embedded:
        fail(
            "With FAIRLEAD_DATABASE_URL set nothing is embedded: run `fairlead api`, `relay` and `projector`."
        )
    settings = replace(settings, data_dir=settings.data_dir.resolve())
    logs.configure(level=settings.log_level, style=settings.log_format, process="up")
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts background jobs deaf to SIGINT
        signal.signal(number, signal.default_int_handler)
    try:
        with held(settings.data_dir, address=settings.graphql_url) as lock, Guard(holds=[lock]) as guard:
            keyed = with_proof_key(with_keys(settings))
            run(keyed, guard, follows=os.getppid() if follow_parent else None)
    except KeyboardInterrupt:
        return
    except BadSettings as bad:
        fail(str(bad), code=WRONG_USE)
    except (AlreadyRunning, NotStarted, GaveUp, PortTaken, OSError) as fault:
        fail(str(fault))
