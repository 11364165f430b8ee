"""The API on a real port: WebSockets, bodies in chunks, health, figures, and a clean end."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api import router
from api.limits import BODY_BYTES_MAX
from api.main import NoDatabase, create_app, server
from infra.database import install
from infra.embedded import EmbeddedPostgres
from infra.settings import Settings
from infra.snapshot import Snapshot, Snapshots
from infra.tokens import mint
from tests.api.conftest import ADMINISTRATOR, Api, opened, served, settings_for

pytestmark = pytest.mark.anyio
MODERN = Subprotocol("graphql-transport-ws")
QUERY = "{ viewer { actorId } }"


@pytest.fixture
async def address(installed_url: str) -> AsyncGenerator[str]:

    async with served(settings_for(installed_url)) as address:
        yield address


def token() -> str:
    return mint(ADMINISTRATOR, settings_for(""), valid_seconds=600)


def socket(address: str, protocol: Subprotocol = MODERN, **more: Any) -> connect:
    return connect(f"ws://{address}/graphql", subprotocols=[protocol], **more)


async def say(connection: ClientConnection, message: Any) -> Any:
    await connection.send(json.dumps(message))
    return json.loads(await connection.recv())


async def closed_with(connection: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed) as closed:
        await connection.recv()
    return closed.value.rcvd and closed.value.rcvd.code


async def test_a_websocket_is_opened_by_a_token_in_its_first_message(address: str) -> None:
    async with socket(address) as connection:
        init = {"type": "connection_init", "payload": {"authorization": f"Bearer {token()}"}}
        assert await say(connection, init) == {"type": "connection_ack"}
        reply = await say(connection, {"type": "subscribe", "id": "1", "payload": {"query": QUERY}})
        assert reply["payload"]["data"] == {"viewer": {"actorId": str(ADMINISTRATOR.actor_id)}}


async def test_a_websocket_is_opened_by_a_token_in_its_handshake(address: str) -> None:
    async with socket(address, additional_headers={"Authorization": f"Bearer {token()}"}) as connection:
        assert await say(connection, {"type": "connection_init"}) == {"type": "connection_ack"}


@pytest.mark.parametrize("payload", [{}, {"authorization": "Bearer x"}, {"authorization": 7}])
async def test_a_websocket_without_a_good_token_is_closed(address: str, payload: Any) -> None:
    async with socket(address) as connection:
        await connection.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert await closed_with(connection) == 4403


async def test_a_websocket_is_not_used_before_its_token_was_checked(address: str) -> None:
    async with socket(address) as connection:
        await connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": QUERY}}))
        assert await closed_with(connection) == 4401


@pytest.mark.parametrize("text", ["{", "1", "[]", '"x"', "{}", '{"type": 1}', "[" * 50_000])
async def test_rubbish_on_a_websocket_closes_it(address: str, text: str) -> None:
    async with socket(address) as connection:
        await connection.send(text)
        assert await closed_with(connection) == 4400


async def test_the_older_websocket_protocol_is_not_spoken(address: str) -> None:
    async with socket(address, Subprotocol("graphql-ws")) as connection:
        assert connection.subprotocol is None
        assert await closed_with(connection) == 4406


async def test_a_large_body_in_chunks_is_answered_with_413(address: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3 * BODY_BYTES_MAX // 50_000):
            yield b" " * 50_000

    headers = {"Authorization": f"Bearer {token()}", "Content-Type": "application/json"}
    async with httpx.AsyncClient() as client:
        reply = await client.post(f"http://{address}/graphql", content=chunks(), headers=headers)
    assert reply.status_code == 413


async def test_a_part_that_is_away_makes_the_process_unready(api: Api) -> None:
    async def away() -> str | None:
        return "The relay waits for its turn."

    api.app.state.checks["relay"] = away
    ready = await api.client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["relay"] == {"is_up": False, "problem": "The relay waits for its turn."}


async def test_with_the_log_away_commands_fail_in_time_and_are_repeated_afterwards(
    private_postgres: EmbeddedPostgres,
) -> None:
    install(private_postgres.database_url)
    settings = settings_for(private_postgres.database_url, command_deadline_seconds=2.0)
    async with opened(settings) as api:
        project = await api.made("openProject", name="House")
        task = await api.made("openTask", projectId=project, title="Paint")
        await asyncio.to_thread(private_postgres.stop)
        command = {"commandId": "0199e5c0-7b1a-7c3e-9d52-3f6a1b2c4d5e", "taskId": task, "title": "Later"}
        reply = await asyncio.wait_for(api.send("retitleTask", **command), 10)
        assert reply["data"] == {"retitleTask": None}
        extensions = reply["errors"][0]["extensions"]
        assert extensions["code"] == "UNAVAILABLE"
        assert extensions["commandId"] == command["commandId"]
        ready = await api.client.get("/health/ready")
        assert ready.status_code == 503
        assert not ready.json()["checks"]["log"]["is_up"]
        await asyncio.to_thread(private_postgres.start)
        payload = await api.do("retitleTask", **command)
        assert payload["userErrors"] == []
        assert api.events() == ["project.opened.v1", "task.opened.v1", "task.retitled.v1"]
        async with asyncio.timeout(10):
            while not (await api.client.get("/health/ready")).json()["checks"]["log"]["is_up"]:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.1)


def end_sessions(api: Api) -> None:
    """End every session of the API with the database, as a restart of the server does."""
    with psycopg.connect(api.database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_after_the_database_came_back_the_first_request_of_each_kind_is_answered(api: Api) -> None:
    overview = "{ projectOverview { totalCount } }"
    assert "errors" not in await api.ask(overview)
    await api.made("openProject", name="House")
    end_sessions(api)
    assert "errors" not in await api.ask(overview)
    await api.made("openProject", name="Shed")


async def test_a_query_that_loses_the_database_half_way_is_told_to_ask_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter = Snapshots.enter

    async def losing(of: Snapshots, position: int, partitions: Iterable[int] | None) -> Snapshot:
        snapshot = await enter(of, position, partitions)
        end_sessions(api)
        return snapshot

    with monkeypatch.context() as patch:
        patch.setattr(Snapshots, "enter", losing)
        reply = await api.ask("{ projectOverview { totalCount } }")
    assert [error["extensions"]["code"] for error in reply["errors"]] == ["UNAVAILABLE"]
    assert "errors" not in await api.ask("{ projectOverview { totalCount } }")


async def test_a_query_of_a_database_that_hangs_is_answered_in_time(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router, "ANSWER_SECONDS_MAX", 0.1)
    async with opened(settings_for(api.database_url, command_deadline_seconds=0.1)) as hasty:
        with psycopg.connect(api.database_url) as holding:
            holding.execute("LOCK TABLE rows.checkpoint")
            reply = await hasty.post({"query": "{ projectOverview { totalCount } }"})
            assert (reply.status_code, reply.json()["errors"][0]["extensions"]["code"]) == (
                503,
                "UNAVAILABLE",
            )
        assert "errors" not in await hasty.ask("{ viewer { actorId } }")


@contextmanager
def hidden(api: Api, table: str) -> Generator[None]:
    """Take a table's name away for a while, as a broken migration would."""
    schema, name = table.split(".")
    with psycopg.connect(api.database_url, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO hidden".encode())
        yield
        connection.execute(f"ALTER TABLE {schema}.hidden RENAME TO {name}".encode())


async def test_a_fault_of_ours_is_logged_once_and_masked(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    project = await api.made("openProject", name="House")
    with hidden(api, "log.command"):
        reply = await api.send("renameProject", projectId=project, name="Home")
    (error,) = reply["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "log.command" not in error["message"]
    out = capsys.readouterr().out
    assert out.count("request_failed") == 1
    await api.made("renameProject", projectId=project, name="Home")


async def test_a_signal_ends_serving_after_the_running_requests(installed_url: str) -> None:

    running = server(settings_for(installed_url, port=0))
    task = asyncio.create_task(running.serve())
    while not running.started:  # noqa: ASYNC110 - uvicorn sets a flag, no event
        await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(task, 10)


def test_without_a_database_there_is_no_application() -> None:
    with pytest.raises(NoDatabase):
        create_app(Settings())
