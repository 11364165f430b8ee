"""The command line, in this process or in one of its own; a Fairlead of `fairlead up`, from outside."""

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
from typer.testing import CliRunner

from api.cli import app
from infra.data_folder import running, with_keys
from infra.embedded import free_port
from infra.settings import Settings
from infra.tokens import mint
from tests.api.conftest import ADMINISTRATOR, mutation

REPOSITORY = Path(__file__).resolve().parents[2]
READY_SECONDS_MAX = 60
COMMAND_SECONDS_MAX = 300


class CommandLine:
    """The commands of `fairlead` with some variables set, and no other of its settings."""

    def __init__(self, **variables: str) -> None:
        self.variables = variables

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("FAIRLEAD_")}
        return {**clean, **self.variables}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to the end in this process: one of its own spends seconds on imports."""
        unset = dict.fromkeys(name for name in os.environ if name.startswith("FAIRLEAD_"))
        done = CliRunner().invoke(app, words, env={**unset, **self.variables})
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own, as a shell does."""
        return subprocess.Popen(
            [sys.executable, "-m", "api.cli", *words],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_apart(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to the end in a process of its own."""
        process = self.begin(*words)
        out, err = process.communicate(timeout=COMMAND_SECONDS_MAX)
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def told(self, *words: str) -> Any:
        """Run a command that must end well with `--json`, and return what it says."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)


class Up(CommandLine):
    """A Fairlead started by `fairlead up` on a folder and a port of its own."""

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        super().__init__(FAIRLEAD_DATA_DIR=str(folder), FAIRLEAD_PORT=str(self.port))
        self.process: subprocess.Popen[str] | None = None
        self.ready = ""

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
        self.ready = self.process.stdout.readline()
        return self.ready

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
