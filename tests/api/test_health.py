"""`/health/ready`: 200 when log, relay and projectors are up and caught up, else 503 with which is not."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from api.health import KEPT_SECONDS
from infra.database import connect
from infra.database import install as install_log
from infra.relay_progress import LEADER_LOCK, READY_LAG_MAX, install, report, report_leader
from tests.api.conftest import Api, opened, settings_for
from tests.api.projecting import project

pytestmark = pytest.mark.anyio

ODD_EVENT = (
    "INSERT INTO log.event SELECT %s, uuidv7(), uuidv7(), 1, 'task.teleported.v1', NULL, uuidv7(), uuidv7(),"
    " NULL, uuidv7(), NULL, now(), now() - make_interval(secs => %s), '{}'"
)


@contextmanager
def projector(database_url: str) -> Generator[None]:
    """Be connected as a projector is."""
    with connect(database_url, application="projector"):
        yield


@contextmanager
def relay(api: Api, *, published: int, problem: str | None = None) -> Generator[None]:
    """Lead as a relay does, and write down how it goes."""
    with connect(api.database_url, application="relay") as connection:
        install(connection)
        connection.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,))
        report_leader(connection)
        report(connection, published=published, problem=problem)
        yield


def add_event(api: Api, position: int, *, age_seconds: float) -> None:
    with connect(api.database_url, application="test") as connection:
        connection.execute(ODD_EVENT, (position, age_seconds))


async def problems(api: Api) -> dict[str, str]:
    """Return what is wrong, part by part, as it stands now."""
    await asyncio.sleep(KEPT_SECONDS)
    reply = await api.client.get("/health/ready")
    found: dict[str, Any] = reply.json()
    named = {name: each["problem"] for name, each in found["checks"].items() if not each["is_up"]}
    assert reply.status_code == (503 if named else 200)
    assert found["is_ready"] == (not named)
    return named


async def test_the_process_lives_whatever_is_away(api: Api) -> None:
    assert (await api.client.get("/health/live")).json() == {"is_live": True}


async def test_rows_that_were_never_built_are_missing(database_url: str) -> None:
    install_log(database_url)
    async with opened(settings_for(database_url)) as api:
        with relay(api, published=0), projector(database_url):
            assert await problems(api) == {"projector": "The rows have not been built yet."}
            await project(database_url)
            assert await problems(api) == {}


async def test_it_names_the_part_that_is_missing(api: Api) -> None:
    assert await problems(api) == {"relay": "No relay leads.", "projector": "No projector runs."}
    with relay(api, published=0):
        assert set(await problems(api)) == {"projector"}
    with projector(api.database_url):
        with relay(api, published=0):
            assert await problems(api) == {}
        assert await problems(api) == {"relay": "No relay leads."}
        with relay(api, published=0, problem="The broker does not answer."):
            assert await problems(api) == {"relay": "The broker does not answer."}


async def test_rows_are_behind_once_the_oldest_event_they_lack_is_five_seconds_old(api: Api) -> None:
    await project(api.database_url)
    with relay(api, published=3), projector(api.database_url):
        add_event(api, 1, age_seconds=0)
        assert await problems(api) == {}
        await project(api.database_url)
        add_event(api, 2, age_seconds=7)
        (sentence,) = (await problems(api)).values()
        assert sentence.startswith("The rows of partition ")
        assert " 1 events, 7 s, behind the log." in sentence


async def test_a_relay_far_behind_is_not_ready(api: Api) -> None:
    await project(api.database_url)
    with relay(api, published=0), projector(api.database_url):
        add_event(api, READY_LAG_MAX + 1, age_seconds=0)
        await project(api.database_url)
        assert await problems(api) == {"relay": f"The relay is {READY_LAG_MAX + 1} events behind the log."}
