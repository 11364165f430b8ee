"""`fairlead keys`, and processes that are given the wrong master key."""

from pathlib import Path

import pytest

from infra.database import install
from infra.keys import Keys
from infra.masters import Masters, new_master
from tests.api.running import CommandLine
from tests.api.test_cli import AWAY, nothing

OLD, NEW = "m" * 43, "n" * 43


@pytest.fixture
def url(database_url: str) -> str:
    """Give a log with keys wrapped by the old master."""
    install(database_url)
    with Keys(database_url, Masters(OLD)) as keys:
        keys.make([bytes([number]) * 16 for number in range(20)])
    return database_url


def fairlead(folder: Path, url: str, master: str) -> CommandLine:
    return nothing(folder, **{**AWAY, "FAIRLEAD_DATABASE_URL": url, "FAIRLEAD_MASTER_KEY": master})


def test_with_the_wrong_master_key_nothing_starts(tmp_path: Path, url: str) -> None:
    done = fairlead(tmp_path, url, new_master()).run("api")
    assert done.returncode == 1
    assert done.stdout == ""
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith("The master key is not the one")


def test_a_rotation_wraps_all_keys_and_then_the_old_master_is_needed_no_more(
    tmp_path: Path, url: str
) -> None:
    without = fairlead(tmp_path, url, NEW).run("keys", "rotate")
    assert (without.returncode, "is not the one" in without.stderr) == (1, True)
    done = fairlead(tmp_path, url, f"{NEW},{OLD}").told("keys", "rotate")
    assert done == {"rotated": 20}
    with Keys(url, Masters(NEW)) as keys:
        keys.check()
