"""The problems of PSPLIB's set j30, and what is known to be their best.

Kolisch, Sprecher: PSPLIB - a project scheduling problem library (1996). The files are found in
`../shared/data/psplib`, beside the repository; where they come from is said there.
"""

import csv
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

from domain.levelling.problem import Activity, Bound, Problem

FOLDER: Final = Path(__file__).parents[2] / "shared" / "data" / "psplib"
ARCHIVE: Final = "j30.sm.tar.gz"
SUFFIX: Final = ".sm"
OPTIMA: Final = "j30.optimum.csv"
_NUMBERS: Final = re.compile(r"^\s*\d[\d\s]*$")


def problems(folder: Path = FOLDER) -> dict[str, Problem]:
    """Return the problems by the names of their files; raise `FileNotFoundError` without the archive."""
    found: dict[str, Problem] = {}
    with tarfile.open(folder / ARCHIVE) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(SUFFIX) else None
            if file is not None:
                found[Path(member.name).name] = problem_of(file.read().decode("latin-1"))
    return dict(sorted(found.items(), key=lambda named: [int(n) for n in re.findall(r"\d+", named[0])]))


def optima(folder: Path = FOLDER) -> dict[str, int]:
    """Return the least makespans by the names of the problems' files."""
    with (folder / OPTIMA).open(newline="") as file:
        return {row["problem"]: int(row["optimum"]) for row in csv.DictReader(file)}


def problem_of(text: str) -> Problem:
    """Return the problem that a file of single-mode jobs describes."""
    _, _, rest = text.partition("PRECEDENCE RELATIONS:")
    precedence, _, rest = rest.partition("REQUESTS/DURATIONS:")
    requests, _, availabilities = rest.partition("RESOURCEAVAILABILITIES:")
    followers = {job: row for job, _, _, *row in _rows(precedence)}
    resources = [UUID(int=1_000 + number) for number, _ in enumerate(_rows(availabilities)[0])]
    activities: dict[UUID, Activity] = {}
    for job, _, duration, *units in _rows(requests):
        uses = {resource: used for resource, used in zip(resources, units, strict=True) if used}
        activities[UUID(int=job)] = Activity(UUID(int=job), duration, uses)
    bounds = [Bound(UUID(int=job), UUID(int=other)) for job, row in followers.items() for other in row]
    return Problem(activities, bounds, dict(zip(resources, _rows(availabilities)[0], strict=True)))


def _rows(section: str) -> list[list[int]]:
    return [[int(word) for word in line.split()] for line in section.splitlines() if _NUMBERS.match(line)]


def broken(problem: Problem, starts: Mapping[UUID, int]) -> list[str]:
    """Return what a plan breaks, unit of time by unit of time: written apart from all that makes plans."""
    found = [f"{key} has no start" for key in problem.activities.keys() - starts.keys()]
    ends = {key: at + problem.activities[key].duration for key, at in starts.items()}
    found += [f"{key} starts before 0" for key, at in starts.items() if at < 0]
    found += [
        f"{bound.after} does not wait for {bound.before}"
        for bound in problem.bounds
        if starts[bound.after] < ends[bound.before]
    ]
    for resource, capacity in problem.capacities.items():
        for moment in range(max(ends.values(), default=0)):
            used = sum(
                activity.uses.get(resource, 0)
                for key, activity in problem.activities.items()
                if starts[key] <= moment < ends[key]
            )
            if used > capacity:
                found.append(f"{used} of {capacity} units of {resource} are used at {moment}")
    return found
