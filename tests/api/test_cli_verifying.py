"""`fairlead verify`, `export` and `verify-bundle` as somebody types them: what they say, exit codes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from infra.database import connect
from infra.log_reader import head
from tests.infra.story import named
from tests.infra.verify.proven import proven, signer, with_all_rights
from tests.services import Databases

pytestmark = pytest.mark.xdist_group("verify")
PROJECT = str(named("project 5 0"))


@pytest.fixture(scope="module")
def logged(databases: Databases) -> str:
    url = databases.create()
    proven(url)
    return url


class Line:
    """A command line on a database, with a data folder of its own."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "FAIRLEAD_DATABASE_URL": database_url,
            "FAIRLEAD_KAFKA_BOOTSTRAP": "127.0.0.1:9",
            "FAIRLEAD_TOKEN_SECRET": "s" * 32,
            "FAIRLEAD_MASTER_KEY": "A" * 43,
            "FAIRLEAD_DATA_DIR": str(folder),
        }

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(app, words, env=self.environment)

    def told(self, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run(*words, "--json").stdout)
        return found


@pytest.fixture
def line(logged: str, tmp_path: Path) -> Line:
    return Line(logged, tmp_path)


def test_a_whole_log_is_said_to_be_well_and_remembered(line: Line, logged: str) -> None:
    found = line.told("verify", "--skip-rows")
    with connect(logged, application="test") as connection:
        last = head(connection)
    assert (found["ok"], found["first_fault"], found["events"]) == (True, None, last)
    assert found["checkpoints"] >= 1
    assert found["seconds"] > 0
    assert str(last) in (line.folder / "verified.json").read_text()
    again = line.run("verify", "--skip-rows", "--resume")
    assert again.exit_code == 0
    assert "All is well" in again.stdout
    assert line.told("verify", "--skip-rows", "--resume")["events"] < last


def test_a_replay_of_a_project_that_is_not_there_says_so(line: Line) -> None:
    nobody = "00000000-0000-0000-0000-000000000404"
    for words in ((), ("--json",), ("--output", str(line.folder / "replayed"))):
        done = line.run("replay", "--until", "100", "--project", nobody, *words)
        assert (done.exit_code, done.stdout) == (1, "")
        assert f"There is no project {nobody} in the log as of 100." in done.stderr
    assert line.run("replay", "--until", "1", "--project", PROJECT).exit_code == 1, "it was opened later"
    assert line.run("replay", "--until", "100", "--project", PROJECT).exit_code == 0
    assert not (line.folder / "replayed").exists()


def test_what_cannot_be_read_is_no_success(line: Line) -> None:
    done = line.run("verify")  # the rows of most read models were never made here
    assert done.exit_code == 1
    assert "unreadable" in done.stdout
    (line.folder / "verified.json").write_text("nonsense")
    assert line.run("verify", "--skip-rows").exit_code == 1
    done = line.run("verify", "--skip-rows", "--state", str(line.folder / "away" / "kept.json"))
    assert (done.exit_code, isinstance(done.exception, SystemExit)) == (1, True)
    assert "cannot be written" in done.stderr


def test_a_fault_ends_with_exit_code_1_and_is_named(
    databases: Databases, logged: str, tmp_path: Path
) -> None:
    url = databases.create(like=logged)
    with with_all_rights(url) as connection:
        connection.execute("UPDATE log.event SET reason = 'because' WHERE position = 9")
    found = Line(url, tmp_path).told("verify", "--skip-rows")
    assert (found["ok"], found["first_fault"]["position"], found["first_fault"]["kind"]) == (
        False,
        9,
        "byte changed",
    )
    assert Line(url, tmp_path).run("verify", "--skip-rows").exit_code == 1
    databases.drop(url)


def test_keys_and_checkpoints_from_elsewhere_are_trusted(line: Line, logged: str) -> None:
    key = str(signer(logged).verifier)
    other = str(signer(logged, b"x" * 32).verifier)
    assert line.run("verify", "--skip-rows", "--key", key).exit_code == 0
    assert line.run("verify", "--skip-rows", "--key", other).exit_code == 1
    assert line.run("verify", "--skip-rows", "--key", "nonsense").exit_code == 2
    with connect(logged, application="test") as connection:
        row = connection.execute("SELECT note FROM proof.checkpoint ORDER BY size LIMIT 1").fetchone()
    assert row is not None
    kept = line.folder / "kept.checkpoint"
    kept.write_text(row[0])
    assert line.run("verify", "--skip-rows", "--checkpoint", str(kept)).exit_code == 0
    kept.write_text("nonsense\n")
    assert line.run("verify", "--skip-rows", "--checkpoint", str(kept)).exit_code == 1


def test_an_export_is_recorded_and_its_bundle_verified(line: Line, logged: str) -> None:
    bundle = line.folder / "bundle.zip"
    done = line.run("export", str(bundle), "--project", PROJECT, "--to", "100", "--format", "csv")
    assert done.exit_code == 0, done.output
    checked = line.run("verify-bundle", str(bundle), "--key", str(signer(logged).verifier))
    assert checked.exit_code == 0, checked.output
    with connect(logged, application="test") as connection:
        rows = connection.execute(
            "SELECT convert_from(data, 'UTF8')::json FROM log.event WHERE type = 'access.recorded.v1'"
        ).fetchall()
    assert [(row[0]["query"], row[0]["within"]) for row in rows] == [("export", PROJECT)]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--to", "999999"), 1, "PAST_HEAD"),
        (("--from", "9", "--to", "8"), 1, "EMPTY_RANGE"),
        (("--to", "2001-01-01T00:00:00Z"), 1, "BEFORE_FIRST"),
        (("--project", "00000000-0000-0000-0000-000000000404"), 1, "UNKNOWN_PROJECT"),
        (("--key", "nonsense"), 2, "BAD_KEY"),
        (("--format", "pdf"), 2, "format"),
        (("--from", "soon"), 2, "neither a position nor a time"),
    ],
)
def test_an_export_of_what_there_is_not_is_refused(
    line: Line, words: Sequence[str], code: int, said: str
) -> None:
    done = line.run("export", str(line.folder / "bundle"), *words)
    assert (done.exit_code, said in done.output) == (code, True), done.output
    assert not (line.folder / "bundle").exists()


def test_a_damaged_bundle_is_refused_with_its_code(line: Line) -> None:
    (line.folder / "bundle.zip").write_bytes(b"PK")
    assert "truncated" in line.run("verify-bundle", str(line.folder / "bundle.zip")).output
    for missing in ("nowhere", "nowhere.zip"):
        done = line.run("verify-bundle", str(line.folder / missing))
        assert (done.exit_code, "There is no file or folder" in done.output) == (2, True)
    (line.folder / "empty").mkdir()
    done = line.run("verify-bundle", str(line.folder / "empty"))
    assert (done.exit_code, "truncated" in done.output) == (1, True)
