"""A closed project's archive: the log's own records, which fold to the same states."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet
import pytest

from domain.errors import UnknownProject
from domain.project import CloseProject
from domain.project.legal_holds import LiftProjectLegalHold, PlaceProjectLegalHold, ProjectOnLegalHold
from infra.archive import NotAnArchive, NotClosed, archive, records_of
from infra.codec import codec
from infra.database import connect
from infra.event_log import EventLog
from infra.replay import folded, replay
from tests.infra.story import Story, issued, say, told, whole

HOLD = uuid4()


def close(url: str, story: Story) -> None:
    async def closing() -> None:
        async with EventLog(url) as log:
            await say(log, issued(CloseProject(), story.project(0), story.at, "close"))

    asyncio.run(closing())


def hold(url: str, story: Story, command: object) -> None:
    async def holding() -> None:
        async with EventLog(url) as log:
            await say(log, issued(command, story.project(0), story.at, type(command).__name__))

    asyncio.run(holding())


def test_an_archive_answers_as_the_log_does(database_url: str, tmp_path: Path) -> None:
    story = Story(seed=91, projects=2)
    told(database_url, story, 120)
    project, path = story.project(0), tmp_path / "p.parquet"
    with connect(database_url, application="test") as connection:
        for refused, why in ((project, NotClosed), (uuid4(), UnknownProject)):
            with pytest.raises(why):
                archive(connection, refused, path, events=codec())
        assert list(tmp_path.iterdir()) == []
        close(database_url, story)
        hold(database_url, story, PlaceProjectLegalHold(HOLD, "A claim"))
        with pytest.raises(ProjectOnLegalHold):
            archive(connection, project, path, events=codec())
        hold(database_url, story, LiftProjectLegalHold(HOLD, "Settled"))
        done = archive(connection, project, path, events=codec())
        log = whole(database_url)
        kept = [*records_of(path)]
        assert sorted(kept) == [each for each in log if each.project_id == project]
        assert (done.position, done.records) == (len(log), len(kept))
        for until in (len(log), len(log) // 2, 5):
            wanted = (each for each in kept if each.position <= until)
            again = replay(connection, codec(), until=until, project_id=project)
            assert [*folded(wanted, codec())] == [*again]


def test_a_file_that_is_no_whole_archive_is_not_believed(database_url: str, tmp_path: Path) -> None:
    story = Story(seed=92, projects=1)
    told(database_url, story, 60)
    close(database_url, story)
    path = tmp_path / "p.parquet"
    with connect(database_url, application="test") as connection:
        archive(connection, story.project(0), path, events=codec())
    other = tmp_path / "other.parquet"
    pa.parquet.write_table(pa.table({"position": [1]}), other)
    with pytest.raises(NotAnArchive):
        next(records_of(other))
    with pytest.raises(NotAnArchive):
        next(records_of(tmp_path / "nothing"))
    good, whole_file, found = [*records_of(path)], path.read_bytes(), 0
    for at in range(100, len(whole_file), len(whole_file) // 20):
        path.write_bytes(whole_file[:at] + bytes([whole_file[at] ^ 1]) + whole_file[at + 1 :])
        try:
            assert [*records_of(path)] == good, "a file that is not whole was believed"
        except NotAnArchive:
            found += 1
    assert found > 10
    path.write_bytes(whole_file[:-9])
    with pytest.raises(NotAnArchive):
        [*records_of(path)]


def test_a_stream_with_a_hole_says_so(database_url: str) -> None:
    records = told(database_url, Story(seed=93, projects=1), 40)
    of_project = sorted((each for each in records if each.project_id), key=lambda r: (r.stream, r.version))
    longest = max((each.stream for each in of_project), key=[r.stream for r in of_project].count)
    for missing in (1, 2):
        left = [each for each in of_project if (each.stream, each.version) != (longest, missing)]
        problems = [each.problem for each in folded(left, codec()) if each.problem is not None]
        assert problems == [f"Version {missing} is missing."]
