"""`python -m bench.profiled_api [FILE]`: the API as `fairlead api` runs it; its profile into FILE."""

import cProfile
import sys

from api.main import serve
from infra import logs
from infra.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = Settings.from_environment()
    logs.configure(level=settings.log_level, style="json", process="api")
    if len(sys.argv) == 1:
        serve(settings)
        return
    profile = cProfile.Profile()
    profile.runcall(serve, settings)
    profile.dump_stats(sys.argv[1])


if __name__ == "__main__":
    main()
