"""Fixtures for all tests, Hypothesis's profile, and Apache Kafka's tests kept together in one worker."""

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests that use the one Apache Kafka: `--dist loadgroup` keeps a group in one worker."""
    for item in items:
        if "one_apache_kafka" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("apache_kafka"))


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
