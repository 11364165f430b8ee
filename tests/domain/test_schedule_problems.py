"""Critical paths that somebody else computed: 480 problems of PSPLIB with their length."""

import re
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from domain.calendar import Shift, WorkingCalendar
from domain.schedule import Activity, Dependency, Network, schedule

ROUND_THE_CLOCK = WorkingCalendar("UTC", ((Shift(0, 1_440),),) * 7)
START = datetime(2026, 3, 2, tzinfo=UTC)


def problems(archive: Path) -> Iterator[tuple[str, str]]:
    with tarfile.open(archive) as packed:
        for member in packed:
            file = packed.extractfile(member)
            if file is not None and member.name.endswith(".sm"):
                yield member.name, file.read().decode()


def table(text: str, title: str) -> list[list[int]]:
    """Return the lines of numbers under a title."""
    lines = text.split(title, 1)[1].splitlines()[1:]
    found: list[list[int]] = []
    for line in lines:
        if line.startswith("*"):
            break
        if re.match(r"\s*\d", line):
            found.append([int(number) for number in line.split()])
    return found


def network(text: str) -> Network:
    links = [
        Dependency(UUID(int=first), UUID(int=second))
        for first, _, _, *following in table(text, "PRECEDENCE RELATIONS:")
        for second in following
    ]
    jobs = [Activity(UUID(int=job), minutes) for job, _, minutes, *_ in table(text, "REQUESTS/DURATIONS:")]
    return Network(START, ROUND_THE_CLOCK, jobs, links)


def test_the_480_problems_of_psplib_are_as_long_as_they_say(shared_data: Path) -> None:
    seen = 0
    for name, text in problems(shared_data / "psplib" / "j30.sm.tar.gz"):
        ((*_, length),) = table(text, "PROJECT INFORMATION:")
        found = schedule(network(text))
        assert (found.finish_at - START).total_seconds() / 60 == length, name
        assert any(found.of(UUID(int=job)).is_critical for job in range(1, 33))
        seen += 1
    assert seen == 480
