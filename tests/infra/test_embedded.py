"""Embedded servers: private, durable, alone on their folder, and never left behind."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from infra.data_folder import AlreadyRunning, held
from infra.embedded import EmbeddedBroker, EmbeddedPostgres, NotStarted
from infra.guard import Guard, Program, is_running, stop

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS_MAX = 30


def standing(folder: Path) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.infra.standing", str(folder)], cwd=REPOSITORY, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout:
        return process, json.loads(process.stdout.readline())


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + SECONDS_MAX
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def living(pids: list[int]) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(pid))
    return [process for process in found if is_running(process)]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_parent_that_is_killed_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    parent, told = standing(tmp_path / "data")
    names = {process.name()[:8] for process in living(told["pids"])}
    assert {"postgres", "tansu-v0"} <= names
    parent.send_signal(number)
    parent.wait()
    assert eventually(lambda: not living(told["pids"]))
    assert "database system is shut down" in (tmp_path / "data" / "postgres.log").read_text()


def test_a_start_right_after_a_killed_one_waits_and_finds_the_data(tmp_path: Path) -> None:
    parent, told = standing(tmp_path / "data")
    with psycopg.connect(told["database_url"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    parent.kill()
    successor, told_again = standing(tmp_path / "data")
    parent.wait()
    try:
        with psycopg.connect(told_again["database_url"]) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        assert password(told["database_url"]) == password(told_again["database_url"])
    finally:
        successor.terminate()
        successor.wait()


def test_a_killed_server_comes_back_at_its_address_with_what_it_acknowledged(
    private_postgres: EmbeddedPostgres,
) -> None:
    url = private_postgres.database_url
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    private_postgres.process.kill()
    private_postgres.process.wait()
    started = retried(private_postgres.start)
    assert started
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def retried(start: Callable[[], object]) -> bool:
    """Start a server whose killed predecessor's sessions may take a moment to go."""
    for _ in range(20):
        try:
            start()
        except NotStarted:
            time.sleep(0.1)
        else:
            return True
    return False


def test_a_pid_file_left_by_a_crash_that_names_a_stranger_is_no_obstacle(
    guard: Guard, tmp_path: Path
) -> None:
    server = EmbeddedPostgres(guard, tmp_path / "postgres", tmp_path / "postgres.log")
    server.start()
    server.stop()
    data = tmp_path / "postgres" / "data"
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")
    server.start()
    server.stop()


def test_a_start_that_was_killed_half_way_is_begun_again(guard: Guard, tmp_path: Path) -> None:
    (tmp_path / "postgres.new" / "data").mkdir(parents=True)
    (tmp_path / "postgres.new" / "data" / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(guard, tmp_path / "postgres", tmp_path / "postgres.log")
    server.start()
    server.stop()


def test_a_damaged_data_folder_is_told_in_a_sentence(guard: Guard, tmp_path: Path) -> None:
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    (tmp_path / "postgres" / "password").write_text("x")
    server = EmbeddedPostgres(guard, tmp_path / "postgres", tmp_path / "postgres.log")
    with pytest.raises(NotStarted, match=r"^PostgreSQL did not start: .*postgres"):
        server.start()


def test_the_database_is_for_its_owner_only(private_postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    secret = tmp_path / "postgres" / "password"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "postgres").stat().st_mode) == 0o700
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            private_postgres.database_url.replace(password(private_postgres.database_url), "guess")
        )
    listening = {
        entry.laddr.ip
        for entry in psutil.Process(private_postgres.process.pid).net_connections()
        if entry.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}
    with psycopg.connect(private_postgres.database_url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)


def test_a_broker_that_is_killed_comes_back_at_its_address(private_broker: EmbeddedBroker) -> None:
    before = private_broker.bootstrap
    private_broker.process.kill()
    private_broker.process.wait()
    private_broker.start()
    assert private_broker.bootstrap == before


def test_a_second_owner_of_a_folder_is_told_who_has_it(tmp_path: Path) -> None:
    with (
        held(tmp_path, address="http://127.0.0.1:8080/graphql"),
        pytest.raises(AlreadyRunning) as caught,
        held(tmp_path, address="http://127.0.0.1:9090/graphql"),
    ):
        pass
    assert str(caught.value) == (
        f"Fairlead already runs on {tmp_path}: process {os.getpid()}, at http://127.0.0.1:8080/graphql."
    )
    with held(tmp_path, address="http://127.0.0.1:9090/graphql"):
        pass


def test_a_program_that_will_not_stop_is_killed(guard: Guard, tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"
    program = Program(name="stubborn", command=[sys.executable, "-c", stubborn], log=log, grace_seconds=1)
    process = guard.start(program)
    assert eventually(lambda: log.read_text() == "up\n")
    assert stop(program, process) == -signal.SIGKILL


def password(database_url: str) -> str:
    return database_url.partition("fairlead_owner:")[2].partition("@")[0]
