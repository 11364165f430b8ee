"""A projector at rest: it waits for news of the log, and is awake when there are any."""

import pytest

from infra import resting
from infra.database import connect, install
from infra.resting import Resting


def test_whoever_rests_wakes_when_the_log_grows(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    install(database_url)
    monkeypatch.setattr(resting, "IDLE_SECONDS", 0.0)
    monkeypatch.setattr(resting, "REST_SECONDS", 0.01)
    with connect(database_url, application="test") as one, connect(database_url, application="test") as other:
        rested = Resting(one)
        assert [rested.rests() for _ in range(3)] == [True, True, True]
        other.execute("SELECT pg_notify('fairlead_log', '1')")
        assert not rested.rests()
        assert rested.rests()


def test_nobody_rests_who_has_just_been_busy(database_url: str) -> None:
    install(database_url)
    with connect(database_url, application="test") as connection:
        rested = Resting(connection)
        assert not rested.rests()
        rested.wake()
        assert not rested.rests()
