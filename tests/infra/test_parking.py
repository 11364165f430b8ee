"""Parking: an event that cannot be folded holds up its key in the models that fold it, and nothing else."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest
from psycopg.sql import SQL, Identifier

from domain import task
from domain.aggregates import AGGREGATES
from domain.operation import OPERATIONS, RetryParked, SkipParked
from domain.recorded import Recorded
from infra.codec import Codec, codec
from infra.database import connect
from infra.event_log import EventLog
from infra.log_reader import head, read
from infra.parking import ParkedKey, parked
from infra.projector import skips
from infra.read_side import skipped_positions
from infra.rebuild import rebuild
from projections.all import ALL
from tests.examples import NINE
from tests.infra.relaying import query
from tests.infra.story import (
    PARTITIONS,
    Story,
    folded,
    issued,
    live,
    projecting,
    ready,
    recorded,
    rows_of,
    say,
    told,
    whole,
)

INSERT = """
INSERT INTO log.event (position, event_id, stream, version, type, project_id, actor_id, correlation_id,
                       command_id, occurred_at, recorded_at, data)
SELECT (SELECT max(position) + 1 FROM log.event), uuidv7(), e.stream, e.version + 1, %s, e.project_id,
       e.actor_id, e.correlation_id, uuidv7(), e.occurred_at, e.recorded_at, %s
FROM log.event e WHERE e.stream = %s ORDER BY e.version DESC LIMIT 1
"""


OF_TASKS = [model.name for model in ALL if "task" in model.aggregates]
"""The read models that park what they cannot read of a task."""


class Newer(Codec):
    """A codec that knows one event more."""

    def decode(self, name: str, data: bytes, stream: UUID | None = None) -> object:
        return task.TaskEstimated(7) if name == "task.waved_at.v9" else super().decode(name, data, stream)


def insert(url: str, name: str, data: bytes, stream: UUID) -> int:
    """Append an event as a newer version of Fairlead would, and return its position."""
    query(url, INSERT, name, data, stream)
    return int(query(url, "SELECT max(position) FROM log.event")[0])


def project_all(url: str, events: Codec | None = None) -> None:
    with connect(url, application="test") as connection:
        records = read(connection, 0)
        everywhere = range(PARTITIONS)
        at = projecting(connection, events=events)
        at.project(records, dict.fromkeys(everywhere, 0), dict.fromkeys(everywhere, head(connection)))


def standing(url: str) -> list[ParkedKey]:
    with connect(url, application="test") as connection:
        return parked(connection)


def assert_folded(
    url: str, log: Sequence[Recorded[object]], *, without: frozenset[tuple[str, int]] = frozenset()
) -> None:
    """Compare the rows with the fold of a log without some (model, position) pairs."""
    with connect(url, application="test") as connection:
        for tables in live(connection):
            name = tables.model.name
            rows = rows_of(
                folded(tables.model, [each for each in log if (name, each.position) not in without])
            )
            statement = SQL("SELECT {} FROM {}").format(Identifier(tables.shape.key), tables.name())
            found = connection.execute(statement).fetchall()
            assert {key for (key,) in found} == set(rows)
            kept = tables.load(connection, list(rows))
            assert {key: version.row for key, version in kept.items()} == rows


@pytest.fixture
def story(database_url: str) -> Story:
    """Give a story whose rows are built."""
    story = Story(seed=21, projects=2)
    told(database_url, story, 60)
    ready(database_url)
    return story


@pytest.mark.parametrize(
    ("name", "data"),
    [("task.waved_at.v9", b"{}"), ("task.opened.v1", b"{not json"), ("task.opened.v1", b"{}")],
)
def test_an_event_nobody_can_read_parks_its_project_in_the_models_that_fold_it(
    database_url: str, story: Story, name: str, data: bytes
) -> None:
    project, stream = story.tasks[0]
    before = recorded(whole(database_url))
    at = insert(database_url, name, data, stream)
    # the rest of the story is told by another one, so that nobody decides on the stream that cannot be read
    other = Story(seed=22, projects=1)
    told(database_url, other, 40)
    project_all(database_url)
    keys = standing(database_url)
    assert {(key.model, key.key, key.position, key.type) for key in keys} == {
        (model, project, at, name) for model in OF_TASKS
    }
    assert {key.attempts for key in keys} == {3}
    log = before + recorded(whole(database_url)[at:])
    assert_folded(database_url, log)
    [done] = rebuild(database_url, ALL[:1], codec(), partitions=PARTITIONS)
    assert done.differences == 0
    assert {(each.model, each.key, each.position) for each in standing(database_url)} == {
        (model, project, at) for model in OF_TASKS
    }


def test_an_event_of_an_aggregate_nobody_knows_parks_nothing(database_url: str, story: Story) -> None:
    insert(database_url, "weather.rained.v1", b"{}", story.tasks[0][1])
    project_all(database_url)
    assert standing(database_url) == []


def test_a_parked_key_is_freed_in_order_by_a_codec_that_knows_the_event(
    database_url: str, story: Story
) -> None:
    project, stream = story.tasks[0]
    insert(database_url, "task.waved_at.v9", b"{}", stream)
    insert(database_url, "task.estimated.v1", b'{"minutes":8}', stream)
    project_all(database_url)
    assert len(standing(database_url)) == len(OF_TASKS)
    newer = Newer(AGGREGATES)
    with connect(database_url, application="test") as connection:
        for model in OF_TASKS:
            standing_before = len(parked(connection))
            assert not projecting(connection).retry(model, project)
            assert len(parked(connection)) == standing_before
            assert projecting(connection, events=newer).retry(model, project)
            assert projecting(connection, events=newer).retry(model, project)
        assert projecting(connection).retry("no such model", project)
    assert standing(database_url) == []
    assert_folded(database_url, recorded(whole(database_url), newer))


def test_what_is_skipped_is_left_out_now_and_in_every_rebuild(database_url: str, story: Story) -> None:
    project, stream = story.tasks[0]
    at = insert(database_url, "task.waved_at.v9", b"{}", stream)
    insert(database_url, "task.estimated.v1", b'{"minutes":8}', stream)
    project_all(database_url)

    async def decide() -> None:
        async with EventLog(database_url) as log:
            for model in OF_TASKS:
                await say(log, issued(SkipParked(model, at), OPERATIONS, NINE, f"skip {model}"))
                await say(log, issued(RetryParked(model, project), OPERATIONS, NINE, f"retry {model}"))

    asyncio.run(decide())
    with connect(database_url, application="test") as connection:
        assert skips(connection, codec()) == [(model, at) for model in OF_TASKS]
        for model in OF_TASKS:
            connection.execute("INSERT INTO rows.skipped VALUES (%s, %s)", (model, at))
        assert skipped_positions(connection) == {(model, at) for model in OF_TASKS}
        assert all(projecting(connection).retry(model, project) for model in OF_TASKS)
    newer = recorded(whole(database_url), Newer(AGGREGATES))
    without = frozenset((model, at) for model in OF_TASKS)
    assert_folded(database_url, newer, without=without)
    rebuild(database_url, ALL, codec(), partitions=PARTITIONS)
    assert standing(database_url) == []
    assert_folded(database_url, newer, without=without)
