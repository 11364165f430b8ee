"""Every bench runs, on next to nothing, and says what it found in the shape promised; never how fast.

In this process and on the worker's PostgreSQL, but for one, which is run as people run it: a server and
imports of its own would be most of what each takes.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bench import report
from bench.__main__ import BENCHES
from bench.place import Place
from infra.guard import Guard
from tests.apache_kafka import missing_tools
from tests.services import Databases

ROOT = Path(__file__).resolve().parents[2]
FEW = {"ROUNDS": 2, "REPEATS": 2, "RUNS": 200, "LESSONS": 200}
"""What is repeated less often than for people who want to know how fast it is."""

Bench = Callable[[str, int], dict[str, Any]]


@pytest.fixture
def bench(guard: Guard, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Run a bench with so many events; return what it reports."""

    def run(name: str, events: int) -> dict[str, Any]:
        module = import_module(f"bench.{name}")
        for few, count in FEW.items():
            if hasattr(module, few):
                monkeypatch.setattr(module, few, count)
        return report.as_json(module.run(Place(tmp_path, guard, databases.server), events))

    return run


def typed(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_shape(found: dict[str, Any], name: str, ratios: int) -> None:
    assert set(found) == {"name", "ratios", "figures"}
    assert found["name"] == name
    assert len(found["ratios"]) == ratios
    for ratio in found["ratios"]:
        assert 0 < ratio["min"] <= ratio["median"] <= ratio["max"]
        assert ratio["bound"] in {"at least", "at most"}
        assert ratio["runs"] > 1
    assert all(figure["unit"] and figure["value"] >= 0 for figure in found["figures"])


@pytest.mark.parametrize(
    ("name", "events", "ratios"),
    [
        ("append", 64, 7),
        ("mutation", 40, 0),
        ("rebuild", 100, 3),
        ("growth", 300, 3),
        ("as_of", 100, 5),
        ("critical_path", 60, 3),
        ("history", 100, 5),
        ("forecast", 10, 1),
    ],
)
def test_a_bench_says_its_ratios_and_figures(bench: Bench, name: str, events: int, ratios: int) -> None:
    check_shape(bench(name, events), name, ratios)


def test_a_bench_is_run_from_the_command_line() -> None:
    check_shape(json.loads(typed("proof", "--events", "300", "--json")), "proof", 2)


@pytest.mark.xdist_group("apache_kafka")
@pytest.mark.skipif(bool(missing_tools()), reason="Apache Kafka needs Java 17 and Maven")
def test_the_bench_through_apache_kafka_says_its_ratios_and_figures(bench: Bench) -> None:
    check_shape(bench("visible", 20), "visible", 2)


def test_levelling_says_how_many_finishes_it_reached(bench: Bench, shared_data: Path) -> None:
    assert shared_data.is_dir()
    found = bench("levelling", 2)
    assert [ratio["name"] for ratio in found["ratios"]] == [
        "share at the optimum after 5 s",
        "mean gap in percent after 1 s",
        "plans that break a rule",
    ]
    assert found["figures"][0]["value"] == 2


def test_help_lists_every_bench() -> None:
    text = typed("--help")
    assert all(f"  {name} " in text for name in BENCHES)
