"""Fixtures for all tests, Hypothesis's profile, and which tests of a run go to which worker."""

import os
import sys
from collections.abc import Generator

import pytest
import structlog
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.services"]

# Tests start dozens of programs: where the environment keeps no bytecode each would compile all anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,  # a shared machine is slow at times; a test's own limit is pytest's timeout
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many workers `-n auto` starts: one more than cores, for a test often waits for a server."""
    del config
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests that share what is made once: `--dist loadgroup` keeps a group in one worker.

    That is the one Apache Kafka of all tests, and what a fixture makes once for a module.
    """
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        if "one_apache_kafka" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("apache_kafka"))
        elif _shares(item):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def _shares(item: pytest.Item) -> bool:
    """Return whether a test uses a fixture that is made once for its module."""
    known = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}  # noqa: SLF001 - pytest says it nowhere else
    return any(each.scope == "module" for definitions in known.values() for each in definitions)


@pytest.fixture(autouse=True)
def unconfigured_logs() -> Generator[None]:
    """Leave logs as they come: a command run in this process configures them, and they would stay so."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        for module in list(sys.modules.values()):
            log = vars(module).get("_log")
            if isinstance(log, type(structlog.get_logger())):
                vars(log).pop("bind", None)  # it keeps what it was configured with when it was first used
