"""`python -m bench.profiled_api [FILE]`: what `fairlead api` runs; its profile while it serves into FILE."""

import cProfile
import sys

from api.main import serve, server
from infra import logs
from infra.collecting import collect_seldom
from infra.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = Settings.from_environment()
    logs.configure(level=settings.log_level, style="json", process="api")
    if len(sys.argv) == 1:
        serve(settings)
        return
    made = server(settings)
    collect_seldom()
    profile = cProfile.Profile()
    profile.runcall(made.run)
    profile.dump_stats(sys.argv[1])


if __name__ == "__main__":
    main()
