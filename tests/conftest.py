"""Fixtures for all tests, Hypothesis's profile, and which tests of a run go to which worker."""

import gc
import os
import sys
from collections.abc import Generator

import pytest
import structlog
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.services"]

KAFKA = "apache_kafka"
LONG = (
    KAFKA,
    "tests/api/test_cli_import.py",
    "verify",
    "tests/api/test_up.py",
    "tests/api/test_cli_operating.py",
    "tests/infra/test_projecting.py",
    "tests/infra/test_forecast_calibration.py",
    "tests/infra/test_rebuild.py",
    "tests/infra/test_projector.py",
    "tests/bench/test_bench.py",
)
"""Groups of tests, and files of ungrouped ones, that take longest, the longest first."""

# Tests start dozens of programs: where the environment keeps no bytecode each would compile all anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

gc.disable()  # what is imported and collected stays: looking for garbage in it takes a quarter as long again

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

    That is the one Apache Kafka of all tests, and what a fixture makes once for a module. What takes minutes
    comes first, that the workers end together: `--no-loadscope-reorder` keeps that order.
    """
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        if "one_apache_kafka" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(KAFKA))
        elif _shares(item):
            item.add_marker(pytest.mark.xdist_group(_file(item)))
    items.sort(key=_turn)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Begin to look for garbage, but not among what was there before the first test."""
    gc.freeze()
    gc.enable()


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _shares(item: pytest.Item) -> bool:
    """Return whether a test uses a fixture that is made once for its module."""
    known = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}  # noqa: SLF001 - pytest says it nowhere else
    return any(definitions[-1].scope == "module" for definitions in known.values())


def _turn(item: pytest.Item) -> int:
    """Return the place of a test among those that are begun first; all others come after, as they were."""
    group = item.get_closest_marker("xdist_group")
    name = group.args[0] if group else _file(item)
    return LONG.index(name) if name in LONG else len(LONG)


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
