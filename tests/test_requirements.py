"""The hash-locked files: each package with its hashes, no registry's address, both files of one mind."""

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
FILES = ("requirements.txt", "requirements-dev.txt")


def locked(name: str) -> dict[str, str]:
    text = (REPOSITORY / name).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("name", FILES)
def test_each_line_is_a_package_or_one_of_its_hashes(name: str) -> None:
    shape = re.compile(r"[a-z0-9-]+==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    lines = (REPOSITORY / name).read_text().splitlines()
    assert [line for line in lines if not shape.fullmatch(line)] == []


def test_the_tools_come_on_top_of_the_very_same_packages() -> None:
    running, developing = (locked(name) for name in FILES)
    assert running.items() <= developing.items()


def test_everything_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["embedded"],
        *project["dependency-groups"]["install"],
        *project["dependency-groups"]["dev"],
    ]
    names = {re.split(r"[\[<>=]", line)[0].lower() for line in wanted}
    assert names <= locked("requirements-dev.txt").keys()
