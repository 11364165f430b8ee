"""A Fairlead started by `fairlead up` as a newcomer starts it, its commands, and its API, from outside."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from infra.data_folder import running, with_keys
from infra.embedded import free_port
from infra.settings import Settings
from infra.tokens import mint
from tests.api.conftest import ADMINISTRATOR, mutation

REPOSITORY = Path(__file__).resolve().parents[2]
READY_SECONDS_MAX = 60
COMMAND_SECONDS_MAX = 300


class Up:
    """A Fairlead started by `fairlead up` on a folder and a port of its own."""

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it deaf to SIGINT, as a shell starts background jobs, and return the first line it prints."""
        self.process = subprocess.Popen(
            ["sh", "-c", 'trap "" INT; exec "$0" -m api.cli up', sys.executable],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("FAIRLEAD_")}
        return {**clean, "FAIRLEAD_DATA_DIR": str(self.folder), "FAIRLEAD_PORT": str(self.port)}

    @property
    def programs(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return self.process.wait(READY_SECONDS_MAX)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start one of its commands."""
        return subprocess.Popen(
            [sys.executable, "-m", "api.cli", *words],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of its commands to the end."""
        process = self.begin(*words)
        out, err = process.communicate(timeout=COMMAND_SECONDS_MAX)
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def told(self, *words: str) -> Any:
        """Run a command that must end well with `--json`, and return what it says."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    @property
    def database_url(self) -> str:
        found = running(self.folder)
        assert found is not None
        return found.database_url

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def made(self, name: str, /, **given: Any) -> str:
        """Send one mutation that must succeed, and return the id of what it changed."""
        settings = with_keys(Settings(data_dir=self.folder))
        token = mint(ADMINISTRATOR, settings, valid_seconds=60)
        reply = httpx.post(
            f"http://127.0.0.1:{self.port}/graphql",
            json={"query": mutation(name), "variables": {"input": given}},
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        ).json()
        payload = reply["data"][name]
        assert payload["userErrors"] == [], payload
        made: str = payload["id"]
        return made
