"""`fairlead up` as a newcomer runs it: one ready line, one Fairlead for each folder, nothing left behind."""

import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from domain.roles import Role
from infra.data_folder import running, with_keys
from infra.embedded import free_port
from infra.settings import Settings
from infra.tokens import verify
from tests.api.running import READY_SECONDS_MAX, CommandLine, Up

# One is started for all tests, which stop, kill and start it again: in a run with several workers, in one.


@pytest.fixture(scope="module")
def one_up(tmp_path_factory: pytest.TempPathFactory) -> Generator[Up]:
    started = Up(tmp_path_factory.mktemp("up") / "data")
    yield started
    if started.process is not None:
        started.end(signal.SIGKILL)


@pytest.fixture
def up(one_up: Up) -> Up:
    """Give a Fairlead that runs, which a test may end: it is started again on what is there."""
    if one_up.process is None or one_up.process.poll() is not None:
        one_up.start()
    return one_up


def test_up_prints_one_ready_line_with_an_address_and_a_token_that_work(up: Up) -> None:
    word, address, _, token = up.ready.split()
    assert word == "ready"
    assert address == f"http://127.0.0.1:{up.port}/graphql"
    assert Role.ADMINISTRATOR in verify(token, with_keys(Settings(data_dir=up.folder))).roles
    with urllib.request.urlopen(f"http://127.0.0.1:{up.port}/health/ready", timeout=5) as answer:
        assert answer.status == 200
    found = running(up.folder)
    assert found is not None
    assert found.graphql_url == address


def test_a_second_up_beside_a_running_one_says_so_and_ends(up: Up) -> None:
    second = Up(up.folder, port=free_port()).run_apart("up")
    assert up.process is not None
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr == (
        f"Fairlead already runs on {up.folder}: process {up.process.pid},"
        f" at http://127.0.0.1:{up.port}/graphql.\n"
    )


def test_what_is_killed_comes_back(up: Up) -> None:
    victims = [
        program for program in up.programs if {"relay", "projector", "api"} & set(program.cmdline()[-1:])
    ]
    assert len(victims) == 3
    for victim in victims:
        victim.kill()
    assert answers_again(up)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_a_further_start_carries_on(up: Up, number: signal.Signals) -> None:
    programs = up.programs
    assert up.end(number) == 0
    assert not [program for program in programs if program.is_running()]
    assert running(up.folder) is None
    secret = (up.folder / "token.secret").read_text()
    assert up.start().startswith("ready ")
    assert (up.folder / "token.secret").read_text() == secret


def test_a_killed_up_leaves_nothing_running(up: Up) -> None:
    programs = up.programs
    assert len(programs) >= 6  # the guard, PostgreSQL, the broker, and our three
    up.end(signal.SIGKILL)
    gone, left = psutil.wait_procs(programs, timeout=30)
    assert len(gone) == len(programs), left


def answers_again(up: Up) -> bool:
    end = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < end:
        time.sleep(0.2)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{up.port}/health/ready", timeout=5):
                return True
        except (urllib.error.URLError, ConnectionError):
            continue
    return False


def test_up_on_a_taken_port_says_so_and_ends(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = command_line(tmp_path, port=other.getsockname()[1]).run_apart("up")
    assert done.returncode == 1
    assert "set FAIRLEAD_HOST and FAIRLEAD_PORT" in done.stderr


def test_bad_settings_are_told_one_by_one(tmp_path: Path) -> None:
    done = command_line(tmp_path, port=0, FAIRLEAD_PROT="1").run_apart("up")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "FAIRLEAD_PROT is not a setting; did you mean FAIRLEAD_PORT?",
        "FAIRLEAD_PORT must be a whole number from 1 to 65535, not '0'.",
    ]


def test_relay_without_addresses_says_what_to_do(tmp_path: Path) -> None:
    done = command_line(tmp_path).run("relay")
    assert done.returncode == 1
    assert done.stderr.startswith(f"No Fairlead runs on {tmp_path}: start one with `fairlead up`")


def test_the_token_command_mints_what_the_api_accepts(tmp_path: Path) -> None:
    words = "token --role auditor --role administrator --hours 1"
    told = command_line(tmp_path).told(*words.split())
    actor = verify(told["token"], with_keys(Settings(data_dir=tmp_path)))
    assert actor.roles == {Role.AUDITOR, Role.ADMINISTRATOR}
    assert str(actor.actor_id) == told["actor"]


@pytest.mark.parametrize("options", ["--role member", "--role king", "--hours 0", "--actor me"])
def test_a_senseless_token_is_not_minted(tmp_path: Path, options: str) -> None:
    done = command_line(tmp_path).run("token", *options.split())
    assert done.returncode == 2
    assert done.stdout == ""


def command_line(folder: Path, *, port: int = 8080, **more: str) -> CommandLine:
    return CommandLine(FAIRLEAD_DATA_DIR=str(folder), FAIRLEAD_PORT=str(port), **more)
