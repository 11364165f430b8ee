"""The subscription: every event the viewer may see, in the log's order, resumed without a gap."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from domain.roles import Role
from infra.settings import Settings
from infra.tokens import Actor, mint
from tests.api.conftest import Scene, served, settings_for
from tests.api.projecting import project

pytestmark = pytest.mark.anyio
PROTOCOL = Subprotocol("graphql-transport-ws")
QUERY = "subscription ($after: Position) { changes(afterPosition: $after) { position type stream } }"
SECONDS_MAX = 20


@pytest.fixture
async def address(installed_url: str) -> AsyncGenerator[str]:

    async with served(settings_for(installed_url)) as address:
        yield address


@asynccontextmanager
async def following(
    address: str, settings: Settings, actor: Actor, after: int | None
) -> AsyncGenerator[ClientConnection]:
    async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL]) as connection:
        token = mint(actor, settings, valid_seconds=600)
        await connection.send(
            json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        )
        assert json.loads(await connection.recv())["type"] == "connection_ack"
        payload = {"query": QUERY, "variables": {"after": after}}
        await connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        yield connection


async def received(connection: ClientConnection, count: int) -> list[dict[str, Any]]:
    found = []
    async with asyncio.timeout(SECONDS_MAX):
        while len(found) < count:
            message = json.loads(await connection.recv())
            assert message["type"] == "next", message
            found.append(message["payload"]["data"]["changes"])
    return found


async def test_a_follower_gets_every_event_and_goes_on_where_it_broke_off(address: str, scene: Scene) -> None:
    api = scene.api
    known = len(api.events())
    auditor = Actor(UUID(int=9), frozenset({Role.AUDITOR}))
    async with following(address, api.settings, auditor, 0) as connection:
        first = await received(connection, known - 3)
    await api.made("startTask", taskId=scene.task)
    async with following(address, api.settings, auditor, first[-1]["position"]) as connection:
        second = await received(connection, 4)
        await api.made("completeTask", taskId=scene.task)
        third = await received(connection, 1)
    seen = [*first, *second, *third]
    assert [each["position"] for each in seen] == list(range(1, known + 3))
    assert [each["type"] for each in seen] == api.events()


async def test_a_member_follows_their_own_projects(address: str, scene: Scene) -> None:
    await project(scene.api.database_url)
    before = len(scene.api.events())
    async with following(address, scene.api.settings, scene.member, before) as connection:
        await scene.api.made("startTask", taskId=scene.other_task)
        await scene.api.made("startTask", taskId=scene.task)
        (change,) = await received(connection, 1)
    assert change["stream"] == scene.task
    assert change["position"] == before + 2


@pytest.mark.parametrize(("position", "code"), [(10_000, "BEYOND_HEAD"), (-1, "MALFORMED")])
async def test_a_position_the_log_has_not_reached_is_refused(
    address: str, scene: Scene, position: int, code: str
) -> None:
    async with following(address, scene.api.settings, scene.manager, position) as connection:
        message = json.loads(await connection.recv())
        assert message["payload"]["errors"][0]["extensions"]["code"] == code
