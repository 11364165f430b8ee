"""One proven log for all tests of verification and export, and copies of it to be tampered with."""

from collections.abc import Generator

import pytest

from tests.infra.verify.proven import proven
from tests.services import Databases


@pytest.fixture(scope="session")
def whole(databases: Databases) -> str:
    """Give a log with a story, rows and checkpoints; nobody changes it."""
    url = databases.create()
    proven(url)
    return url


@pytest.fixture
def copy(databases: Databases, whole: str) -> Generator[str]:
    """Give a copy of it."""
    url = databases.create(like=whole)
    yield url
    databases.drop(url)
