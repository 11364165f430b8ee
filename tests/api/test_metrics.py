"""`/metrics`: what was done, how long it took, and how far everything is, in a bounded number of series."""

import asyncio
import json

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from infra.database import install
from infra.embedded import EmbeddedPostgres
from infra.tokens import mint
from tests.api.conftest import ADMINISTRATOR, Scene, opened, served, settings_for
from tests.api.projecting import PARTITIONS, project
from tests.api.test_health import projector, relay

pytestmark = pytest.mark.anyio

SERIES_MAX = 400


def figure(text: str, name: str) -> float:
    (line,) = [each for each in text.splitlines() if each.startswith(f"{name} ")]
    return float(line.rpartition(" ")[2])


async def test_commands_are_counted_by_outcome_and_timed(scene: Scene) -> None:
    await scene.api.refused("openTask", projectId=scene.project, title="")
    text = (await scene.api.client.get("/metrics")).text
    assert figure(text, 'fairlead_commands_total{action="openProject",outcome="DONE"}') == 2
    assert figure(text, 'fairlead_commands_total{action="openTask",outcome="MALFORMED"}') == 1
    assert figure(text, "fairlead_command_seconds_count") == len(scene.api.events()) + 1
    assert 'fairlead_command_seconds_bucket{le="0.005"}' in text


async def test_it_says_how_far_everything_is(scene: Scene) -> None:
    api = scene.api
    head = len(api.events())
    await project(api.database_url)
    with relay(api, published=head - 2), projector(api.database_url):
        text = (await api.client.get("/metrics")).text
    assert figure(text, "fairlead_log_position") == head
    assert figure(text, "fairlead_relay_published_position") == head - 2
    assert figure(text, "fairlead_relay_lag_events") == 2
    assert figure(text, "fairlead_relay_is_ready") == 1
    assert figure(text, "fairlead_projectors") == 1
    assert figure(text, "fairlead_parked_keys") == 0
    for partition in range(PARTITIONS):
        assert figure(text, f'fairlead_projector_lag_events{{partition="{partition}"}}') == 0
    assert len(text.splitlines()) < SERIES_MAX


async def test_it_answers_while_the_database_is_away(private_postgres: EmbeddedPostgres) -> None:
    install(private_postgres.database_url)
    async with opened(settings_for(private_postgres.database_url)) as api:
        await asyncio.to_thread(private_postgres.stop)
        assert figure((await api.client.get("/metrics")).text, "fairlead_database_is_up") == 0


async def test_open_subscriptions_are_counted(installed_url: str) -> None:

    settings = settings_for(installed_url)
    async with served(settings) as address, httpx.AsyncClient() as client:

        async def count() -> float:
            return figure((await client.get(f"http://{address}/metrics")).text, "fairlead_subscriptions")

        async def becomes(wanted: float) -> bool:
            for _ in range(100):
                if await count() == wanted:
                    return True
                await asyncio.sleep(0.05)
            return False

        assert await count() == 0
        token = mint(ADMINISTRATOR, settings, valid_seconds=60)
        socket = connect(f"ws://{address}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")])
        async with socket as connection:
            query = "subscription { changes { position } }"
            for message in (
                {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}},
                {
                    "type": "subscribe",
                    "id": "1",
                    "payload": {"query": query},
                },
            ):
                await connection.send(json.dumps(message))
            assert await becomes(1)
        assert await becomes(0)
