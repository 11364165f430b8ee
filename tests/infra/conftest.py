"""The programs of a stranger, in Go, that check what we hand out; built once for all tests."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

STRANGER = Path(__file__).parent / "proof" / "stranger"


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
