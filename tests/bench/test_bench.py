"""Every bench runs, on next to nothing, and says what it found in the shape promised; never how fast."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.__main__ import BENCHES
from tests.apache_kafka import missing_tools

ROOT = Path(__file__).resolve().parents[2]


def bench(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_shape(name: str, events: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bench(name, "--events", str(events), "--json"))
    assert set(found) == {"name", "ratios", "figures"}
    assert found["name"] == name
    for ratio in found["ratios"]:
        assert 0 < ratio["min"] <= ratio["median"] <= ratio["max"]
        assert ratio["bound"] in {"at least", "at most"}
        assert ratio["runs"] > 1
    assert all(figure["unit"] and figure["value"] >= 0 for figure in found["figures"])
    return found


@pytest.mark.parametrize(
    ("name", "events", "ratios"),
    [
        ("append", 64, 7),
        ("mutation", 40, 0),
        ("rebuild", 100, 3),
        ("growth", 300, 3),
        ("as_of", 100, 5),
        ("critical_path", 60, 3),
        ("proof", 300, 2),
        ("history", 100, 5),
        ("forecast", 10, 1),
    ],
)
def test_a_bench_says_its_ratios_and_figures(name: str, events: int, ratios: int) -> None:
    assert len(check_shape(name, events)["ratios"]) == ratios


@pytest.mark.xdist_group("apache_kafka")
@pytest.mark.skipif(bool(missing_tools()), reason="Apache Kafka needs Java 17 and Maven")
def test_the_bench_through_apache_kafka_says_its_ratios_and_figures() -> None:
    assert len(check_shape("visible", 20)["ratios"]) == 2


def test_levelling_says_how_many_finishes_it_reached(shared_data: Path) -> None:
    assert shared_data.is_dir()
    found = json.loads(bench("levelling", "--events", "2", "--json"))
    assert [ratio["name"] for ratio in found["ratios"]] == [
        "share at the optimum after 5 s",
        "mean gap in percent after 1 s",
        "plans that break a rule",
    ]
    assert found["figures"][0]["value"] == 2


def test_help_lists_every_bench() -> None:
    text = bench("--help")
    assert all(f"  {name} " in text for name in BENCHES)
