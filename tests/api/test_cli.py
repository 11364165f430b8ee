"""The command line where nothing runs, or what runs is away: a sentence and an exit code, no traceback."""

from pathlib import Path

import pytest
import typer

from api.cli import app
from domain.roles import ORGANISATION_ROLES, Role
from tests.api.running import CommandLine

COMMANDS = (
    "status",
    "import pyproject.toml --kind sip",
    "replay --until 1",
    "rebuild --check",
    "verify",
    "export bundle.zip",
    "parked",
    "parked retry task_board 00000000-0000-4000-8000-000000000001 --reason again",
    "events tail",
)
BAD_FOLDER = "FAIRLEAD_DATA_DIR must be a folder that can be written"
AWAY = {
    "FAIRLEAD_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
    "FAIRLEAD_KAFKA_BOOTSTRAP": "127.0.0.1:9",
    "FAIRLEAD_TOKEN_SECRET": "s" * 32,
    "FAIRLEAD_MASTER_KEY": "k" * 43,
}


def nothing(folder: Path, **more: str) -> CommandLine:
    """Return the command line on a folder on which no Fairlead runs, with further variables."""
    return CommandLine(FAIRLEAD_DATA_DIR=str(folder), FAIRLEAD_PORT="1", **more)


@pytest.mark.parametrize("line", COMMANDS)
def test_where_nothing_runs_that_is_said(tmp_path: Path, line: str) -> None:
    done = nothing(tmp_path).run(*line.split())
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"No Fairlead runs on {tmp_path}: start one with `fairlead up`")


@pytest.mark.parametrize("line", ["status", "replay --until 1", "rebuild", "parked", "events tail"])
def test_a_database_that_is_away_is_told_in_a_sentence(tmp_path: Path, line: str) -> None:
    done = nothing(tmp_path, **AWAY).run(*line.split())
    assert (done.returncode, done.stdout) == (1, "")
    assert "The database does not answer; try again when it does." in done.stderr


def test_a_database_without_a_log_is_told_from_one(tmp_path: Path, database_url: str) -> None:
    done = nothing(tmp_path, **{**AWAY, "FAIRLEAD_DATABASE_URL": database_url}).run("status")
    assert done.returncode == 1
    assert "holds no log" in done.stderr


def test_help_names_every_command() -> None:
    done = nothing(Path()).run_apart("--help")
    assert done.returncode == 0
    for name in ("up", "status", "token", "import", "replay", "rebuild", "parked", "events"):
        assert f" {name} " in done.stdout


def test_help_says_what_exit_codes_mean_and_each_command_keeps_to_it(tmp_path: Path) -> None:
    line = nothing(tmp_path)
    shown = " ".join(line.run("--help").stdout.split())
    assert "exit code 0 when it did what was asked and found all well" in shown
    for name in typer.main.get_group(app).commands:
        assert line.run(name, "--no-such-option").returncode == 2, name


def test_a_token_is_offered_only_roles_that_it_can_carry() -> None:
    shown = nothing(Path()).run("token", "--help").stdout
    for role in Role:
        assert (role.value in shown) is (role in ORGANISATION_ROLES)


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [
        (
            "/proc/fairlead",
            f"{BAD_FOLDER}, not /proc/fairlead (No such file or directory).",
        ),
        (__file__, f"FAIRLEAD_DATA_DIR names no folder: {__file__!r}."),
    ],
)
def test_a_data_folder_that_cannot_be_made_is_told_in_a_sentence(folder: str, sentence: str) -> None:
    line = nothing(Path(folder))
    for done in (line.run_apart("up"), line.run("token")):  # `up` takes the signals of its process
        assert (done.returncode, done.stdout, done.stderr.strip()) == (2, "", sentence)
