"""`fairlead import` for real: the whole SiP table into the log, stopped, carried on, and again.

On a database alone: an import goes through the log, and what folds it has a long log of its own in the
demonstration.
"""

import gzip
import json
import signal
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infra.database import install
from infra.importing.report import REPORT_SUFFIX
from tests.api.running import CommandLine
from tests.infra.importing.runs import HEADER, MAPPING
from tests.infra.importing.test_source import BILLION_LAUGHS
from tests.services import Databases

ROWS, REFUSED = 12_299, 57
MINUTES_IN, MINUTES_ON_TASKS, MINUTES_REFUSED = 5_700_162, 5_686_575, 13_587
EVENTS = 73_568
RECORDED = (
    "SELECT count(*) FROM log.event WHERE type <> 'import_run.recorded.v1' AND type NOT LIKE 'operation.%'"
)


class Logged(CommandLine):
    """The command line on a log of its own, whose events are folded by nobody."""

    def __init__(self, database_url: str, folder: Path) -> None:
        super().__init__(
            FAIRLEAD_DATABASE_URL=database_url,
            FAIRLEAD_KAFKA_BOOTSTRAP="127.0.0.1:9",
            FAIRLEAD_TOKEN_SECRET="s" * 32,
            FAIRLEAD_MASTER_KEY="k" * 43,
            FAIRLEAD_DATA_DIR=str(folder),
        )
        self.database_url = database_url

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def logged(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Logged:
    url = databases.create()
    install(url)
    return Logged(url, tmp_path_factory.mktemp("data"))


def import_sip(logged: Logged, shared_data: Path, report: Path) -> Any:
    file = shared_data / "sip" / "Sip-task-info.csv.gz"
    found = logged.told("import", str(file), "--kind", "sip", "--report", str(report))
    assert json.loads(report.read_text("utf-8")) == found
    return found


def totals(report: Any) -> dict[str, Any]:
    names = ("rows", "refused", "minutesIn", "minutesOnTasks", "minutesRefused", "reconciled", "setUpRefused")
    return {name: report[name] for name in names}


EXPECTED = {
    "rows": ROWS,
    "refused": REFUSED,
    "minutesIn": MINUTES_IN,
    "minutesOnTasks": MINUTES_ON_TASKS,
    "minutesRefused": MINUTES_REFUSED,
    "reconciled": True,
    "setUpRefused": [],
}


def test_ten_years_of_tasks_are_imported_stopped_carried_on_and_known_again(
    logged: Logged, shared_data: Path, tmp_path: Path
) -> None:
    stop_in_the_middle(logged, shared_data, tmp_path)
    begun = logged.rows(RECORDED)[0][0]
    assert 0 < begun < EVENTS

    first = import_sip(logged, shared_data, tmp_path / "first.json")
    assert totals(first) == EXPECTED
    assert first["created"] + first["changed"] + first["unchanged"] == ROWS - REFUSED
    assert first["created"] > 0
    assert logged.rows(RECORDED) == [(EVENTS,)]

    again = import_sip(logged, shared_data, tmp_path / "again.json")
    assert totals(again) == EXPECTED
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, ROWS - REFUSED)
    assert logged.rows(RECORDED) == [(EVENTS,)]
    assert replayed_minutes(logged) == MINUTES_ON_TASKS


def stop_in_the_middle(logged: Logged, shared_data: Path, tmp_path: Path) -> None:
    file, report = shared_data / "sip" / "Sip-task-info.csv.gz", tmp_path / "stopped.json"
    importing = logged.begin("import", str(file), "--kind", "sip", "--report", str(report))
    end = time.monotonic() + 120
    while logged.rows(RECORDED)[0][0] < 2_000 and time.monotonic() < end:
        time.sleep(0.05)
    importing.send_signal(signal.SIGINT)
    out, err = importing.communicate(timeout=30)
    assert importing.returncode == 1
    assert out == ""
    assert "Stopped before the end; run it again to go on." in err
    assert not report.exists()


def replayed_minutes(logged: Logged) -> int:
    """Return the minutes on all tasks as the log alone has them."""
    head = logged.rows("SELECT max(position) FROM log.event")[0][0]
    done = logged.run("replay", "--until", str(head), "--json")
    assert done.returncode == 0
    streams = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(streams) == logged.rows("SELECT count(*) FROM log.event WHERE version = 1")[0][0]
    return sum(each["state"]["spent_minutes"] for each in streams if each["kind"] == "task")


def test_a_plan_of_ms_project_is_shown_to_people(logged: Logged, shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "mpxj" / "mspdiresource.xml"
    report = tmp_path / "plan.json"
    dry = logged.run("import", str(file), "--kind", "mspdi", "--time-zone", "Europe/London", "--dry-run")
    assert dry.returncode == 0
    assert "A dry run of mspdiresource.xml" in dry.stdout
    done = logged.run("import", str(file), "--kind", "mspdi", "--report", str(report))
    assert done.returncode == 0
    assert "RESOURCE_IS_NO_PERSON" in done.stdout
    assert "Rows: 21 in, 21 answered for." in done.stdout
    assert "Totals reconciled." in done.stdout
    assert json.loads(report.read_text("utf-8"))["reconciled"]


def test_a_table_leaves_its_report_beside_itself(logged: Logged, tmp_path: Path) -> None:
    table, mapping = tmp_path / "roof.csv", tmp_path / "mapping.json"
    table.write_text(HEADER + "7,Slates,Ann,02/01/2024,,,,2\n8,Gutter,Ann,never,,,,1\n", "utf-8")
    mapping.write_bytes(MAPPING)
    done = logged.told("import", str(table), "--kind", "table", "--mapping", str(mapping))
    assert (done["created"], done["refused"], done["reconciled"]) == (1, 1, True)
    assert json.loads((tmp_path / f"roof.csv{REPORT_SUFFIX}").read_text("utf-8")) == done


def files(folder: Path) -> dict[str, Path]:
    made = {
        "bomb.xml": BILLION_LAUGHS,
        "bomb.csv.gz": gzip.compress(bytes(40 * 1024**2)),
        "damaged.csv.gz": gzip.compress(b"a,b\n")[:-6],
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
    with (folder / "huge.csv").open("wb") as huge:
        huge.truncate(2 * 1024**3)
    return {name: folder / name for name in (*made, "huge.csv")}


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        ("bomb.xml", "mspdi", "entit"),
        ("bomb.csv.gz", "sip", "100 times its size"),
        ("damaged.csv.gz", "sip", "damaged"),
        ("huge.csv", "table", "larger than 64 MiB"),
    ],
)
def test_a_hostile_file_is_refused_with_a_sentence(
    logged: Logged, tmp_path: Path, name: str, kind: str, sentence: str
) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_bytes(MAPPING)
    before = logged.rows("SELECT max(position) FROM log.event")
    done = logged.run("import", str(files(tmp_path)[name]), "--kind", kind, "--mapping", str(mapping))
    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stdout == ""
    assert logged.rows("SELECT max(position) FROM log.event") == before


@pytest.mark.parametrize(
    "line",
    [
        "nowhere.csv --kind sip",
        "pyproject.toml --kind excel",
        "pyproject.toml --kind table",
        "pyproject.toml",
    ],
)
def test_wrong_use_is_told_before_anything_is_done(logged: Logged, line: str) -> None:
    done = logged.run("import", *line.split())
    assert done.returncode == 2
    assert done.stderr
    assert done.stdout == ""
