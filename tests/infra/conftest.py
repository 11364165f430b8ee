"""Logs with the tables of all rows; the programs of a stranger, in Go, that check what we hand out."""

import os
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from infra.database import install
from tests.infra.story import ready
from tests.services import Databases

STRANGER = Path(__file__).parent / "proof" / "stranger"


@pytest.fixture(scope="session")
def with_tables(databases: Databases) -> str:
    """Give an empty log with the tables of all rows, to be copied: making them takes a second."""
    url = databases.create()
    install(url)
    ready(url)
    return url


@pytest.fixture
def readable_url(databases: Databases, with_tables: str) -> Generator[str]:
    """Give the address of such a log, dropped afterwards; process managers look ahead from its beginning."""
    url = databases.create(like=with_tables)
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the stranger's programs, from a copy: nothing they do changes what is committed."""
    go = shutil.which("go", path=f"{os.environ.get('PATH', '')}:/usr/local/go/bin")
    if go is None:
        pytest.skip("there is no Go here to verify our proofs with")
    folder = tmp_path_factory.mktemp("stranger")
    shutil.copytree(STRANGER, folder, dirs_exist_ok=True)
    (folder / "built").mkdir()
    environment = {**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [go, *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )

    fetched = run("mod", "download")
    if fetched.returncode:
        pytest.skip(f"Go's module proxy does not hand out golang.org/x/mod: {fetched.stderr.strip()}")
    built = run("build", "-o", "built/", ".", "./exported")
    assert built.returncode == 0, built.stderr
    return folder / "built" / "stranger"
