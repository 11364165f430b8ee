"""The API in this process on a database of its own, and people with roles who use it over HTTP."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from api.forms import Form, forms
from api.main import create_app, server
from domain.roles import Role
from infra.database import install
from infra.settings import Settings
from infra.tokens import Actor, mint
from tests.api.projecting import catch_up
from tests.services import Databases

FORMS: Mapping[str, Form] = {form.name: form for form in forms()}
ANSWER = "{ id version position commandId userErrors { code message field } }"
IMMUTABLE = (("log", "event"), ("log", "command"), ("proof", "strip"), ("proof", "checkpoint"))
ADMINISTRATOR = Actor(UUID(int=1), frozenset({Role.ADMINISTRATOR}))


@dataclass
class Api:
    """An application and its database."""

    app: FastAPI
    client: httpx.AsyncClient
    settings: Settings
    database_url: str
    actor: Actor = ADMINISTRATOR
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def of(self, actor: Actor) -> "Api":
        return Api(self.app, self.client, self.settings, self.database_url, actor)

    async def post(self, body: Any, **headers: str) -> httpx.Response:
        token = mint(self.actor, self.settings, valid_seconds=600)
        sent = {
            "Authorization": f"Bearer {token}",
            **{name.replace("_", "-"): text for name, text in headers.items()},
        }
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.client.post(
            "/graphql", content=content, headers={"Content-Type": "application/json", **sent}
        )

    async def ask(self, query: str, variables: Any = None) -> dict[str, Any]:
        reply = await self.post({"query": query, "variables": variables})
        assert reply.status_code == 200, reply.text
        value: dict[str, Any] = reply.json()
        return value

    async def send(self, name: str, /, **given: Any) -> dict[str, Any]:
        """Send one mutation and return the whole reply."""
        return await self.ask(mutation(name), {"input": given})

    async def do(self, name: str, /, **given: Any) -> dict[str, Any]:
        """Send one mutation that must not fail, and return its payload."""
        reply = await self.send(name, **given)
        assert "errors" not in reply, reply
        payload: dict[str, Any] = reply["data"][name]
        return payload

    async def made(self, name: str, /, **given: Any) -> str:
        """Send one mutation that must succeed, and return the id of what it changed."""
        payload = await self.do(name, **given)
        assert payload["userErrors"] == [], payload
        made: str = payload["id"]
        return made

    async def done(self, name: str, /, **given: Any) -> int:
        """Send one mutation that must succeed, and return its position in the log."""
        payload = await self.do(name, **given)
        assert payload["userErrors"] == [], payload
        position: int = payload["position"]
        return position

    async def refused(self, name: str, /, **given: Any) -> dict[str, Any]:
        """Send one mutation that must be refused and must leave nothing, and return why."""
        before = self._decided()
        payload = await self.do(name, **given)
        assert self._decided() == before
        assert payload["position"] is None
        (error,) = payload["userErrors"]
        return {"code": error["code"], "field": error["field"]}

    def events(self) -> list[str]:
        """Return the names of all events in the log, in order."""
        return [name for (name,) in self.rows("SELECT type FROM log.event ORDER BY position")]

    def _decided(self) -> list[str]:
        """Return the same, but for looks at audit data, which are recorded some seconds after them."""
        return [name for name in self.events() if name != "access.recorded.v1"]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query.encode()).fetchall()


def mutation(name: str) -> str:
    form = FORMS[name]
    return f"mutation ($input: {form.input_type.__name__}!) {{ {name}(input: $input) {ANSWER} }}"


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Api]:
    """Run the API in this process."""
    database_url = settings.database_url or ""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://fairlead", timeout=60) as client:
            yield Api(app, client, settings, database_url)


@asynccontextmanager
async def served(settings: Settings) -> AsyncGenerator[str]:
    """Serve the API on a free port and give its address without the scheme."""
    running = server(replace(settings, port=0))
    task = asyncio.create_task(running.serve())
    while not running.started:
        assert not task.done()
        await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"127.0.0.1:{port}"
    running.should_exit = True
    await task


def settings_for(database_url: str, **more: Any) -> Settings:
    return Settings(database_url=database_url, kafka_bootstrap="127.0.0.1:9", token_secret="s" * 32, **more)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def one_database(databases: Databases) -> str:
    """Give a database with the tables of all rows: making them takes longer than most tests."""
    url = databases.create()
    install(url)
    catch_up(url)
    return url


@pytest.fixture
def installed_url(one_database: str) -> str:
    """Give the address of a database with an empty log and empty rows, wiped of what the last test left."""
    wipe(one_database)
    return one_database


def wipe(database_url: str) -> None:
    """End every session of a database and empty its log and rows, as only its owner can.

    Rows are few: to delete them takes a tenth of the work of truncating their tables, which makes new files.
    """
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        full = connection.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND pg_relation_size(oid) > 0"
            " AND relnamespace IN ('log'::regnamespace, 'rows'::regnamespace, 'proof'::regnamespace)"
            " AND oid::regclass::text NOT IN ('log.identity', 'rows.read_model', 'rows.checkpoint')"
        ).fetchall()
        statements = [
            *(f"ALTER TABLE {s}.{t} DISABLE TRIGGER {t}_is_immutable" for s, t in IMMUTABLE),
            *(f"DELETE FROM {name}" for (name,) in full),  # noqa: S608 - names of its own catalogue
            *(f"ALTER TABLE {s}.{t} ENABLE ALWAYS TRIGGER {t}_is_immutable" for s, t in IMMUTABLE),
            "UPDATE rows.checkpoint SET position = 0 WHERE position > 0",
            "UPDATE rows.read_model SET position = 0 WHERE position > 0",
        ]
        connection.execute("; ".join(statements).encode())


@pytest.fixture
async def api(installed_url: str) -> AsyncGenerator[Api]:
    async with opened(settings_for(installed_url)) as api:
        yield api


@dataclass(frozen=True)
class Scene:
    """Two projects, each with a manager, a member and a task; the first has departments and feedback."""

    api: Api
    project: str
    task: str
    manager: Actor
    member: Actor
    other_project: str
    other_task: str
    other_manager: Actor


@pytest.fixture
async def scene(api: Api) -> Scene:
    manager, member, other_manager = (Actor(uuid4(), frozenset()) for _ in range(3))
    for number, actor in enumerate((manager, member, other_manager)):
        await api.made(
            "inviteMember",
            memberId=str(actor.actor_id),
            name=f"P{number}",
            email=f"p{number}@x.org",
            role="MEMBER",
        )
    project = await _project(api, manager, member)
    other = await _project(api, other_manager)
    task = await api.made("openTask", projectId=project, title="Paint the wall")
    other_task = await api.made("openTask", projectId=other, title="Paint the roof")
    return Scene(api, project, task, manager, member, other, other_task, other_manager)


async def _project(api: Api, manager: Actor, *members: Actor) -> str:
    project = await api.made("openProject", name="House")
    await api.made("nameDepartment", projectId=project, name="Paint")
    team = {manager: "PROJECT_MANAGER", **dict.fromkeys(members, "MEMBER")}
    for actor, role in team.items():
        await api.made(
            "nameMember", projectId=project, memberId=str(actor.actor_id), role=role, department="Paint"
        )
    return project


__all__ = ["ADMINISTRATOR", "ANSWER", "FORMS", "Api", "Scene", "mutation", "opened", "served", "settings_for"]
