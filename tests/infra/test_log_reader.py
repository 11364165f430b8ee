"""Shares of the log: each key in one of them, whatever number there is, and about as many events in each."""

from collections import Counter
from collections.abc import Iterator

import pytest

from infra.database import connect
from infra.log_reader import Record, Share, even_shares, head, read
from tests.infra.story import Story, told
from tests.services import Databases


@pytest.fixture(scope="module")
def log(databases: Databases) -> Iterator[str]:
    url = databases.create()
    told(url, Story(seed=39, projects=7), 200)
    yield url
    databases.drop(url)


def read_by(url: str, shares: list[Share]) -> list[list[Record]]:
    with connect(url, application="test") as connection:
        return [read(connection, 0, share=share) for share in shares]


def whole(url: str) -> list[Record]:
    with connect(url, application="test") as connection:
        return read(connection, 0)


def evenly(url: str, number: int) -> list[Share]:
    with connect(url, application="test") as connection:
        return even_shares(connection, head(connection), number)


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_each_key_is_in_one_share(log: str, number: int) -> None:
    events = whole(log)
    for shares in (evenly(log, number), [Share.numbered(each, number) for each in range(number)]):
        found = read_by(log, shares)
        assert sorted(each.position for share in found for each in share) == [
            each.position for each in events
        ]
        assert sum(len({each.key for each in share}) for share in found) == len({each.key for each in events})


def test_even_shares_differ_by_no_more_than_the_longest_key(log: str) -> None:
    sizes = sorted(map(len, read_by(log, evenly(log, 3))))
    assert sizes[-1] - sizes[0] <= max(Counter(each.key for each in whole(log)).values())


def test_what_is_remembered_as_verified_in_shares_stays_in_them(log: str) -> None:
    with connect(log, application="test") as connection:
        for number in range(3):
            mine = connection.execute(
                "SELECT position FROM log.event"
                " WHERE (uuid_hash(coalesce(project_id, stream)) & 65535) %% 3 = %s ORDER BY 1",
                (number,),
            ).fetchall()
            assert [(each.position,) for each in read(connection, 0, share=Share.numbered(number, 3))] == mine
