"""`fairlead api`, `relay` and `projector`: one process each, running until it is told to stop."""

from api.commands import addressed_settings
from infra import logs
from infra.settings import Settings


def api() -> None:
    """Serve GraphQL, health and metrics over HTTP until told to stop."""
    from api.main import serve

    serve(_with_right_keys(_ready("api")))


def relay() -> None:
    """Publish the event log to Kafka until told to stop; one leads, others stand by."""
    from infra.relay import run

    run(_ready("relay"))


def projector() -> None:
    """Fold the events into rows until told to stop; several share the partitions."""
    from infra.projector import run

    run(_with_right_keys(_ready("projector")))


def _ready(process: str) -> Settings:
    settings = addressed_settings()
    logs.configure(level=settings.log_level, style=settings.log_format, process=process)
    return settings


def _with_right_keys(settings: Settings) -> Settings:
    """Return the settings; end with one sentence where their master key is not the one in use."""
    from api.commands.reaching import said_plainly
    from infra.database import install
    from infra.keys import keys_of

    with said_plainly():
        install(settings.addresses[0])
        with keys_of(settings):
            return settings
