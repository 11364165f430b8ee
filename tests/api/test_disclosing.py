"""Sealed texts made readable over HTTP: for whom, what is recorded, and what bad requests hear."""

import json
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from domain.roles import Role
from infra.database import connect
from infra.erasing import delete_key
from infra.tokens import Actor, mint
from tests.api.conftest import ADMINISTRATOR, Api, opened, settings_for

pytestmark = pytest.mark.anyio

AUDITOR = Actor(uuid4(), frozenset({Role.AUDITOR}))
MANAGER = Actor(uuid4(), frozenset({Role.MANAGEMENT}))
REASON = "Monthly report"


@pytest.fixture
async def api(installed_url: str) -> AsyncGenerator[Api]:
    with psycopg.connect(installed_url) as connection:  # keys outlive a log that a test has emptied
        connection.execute("DELETE FROM keys.person_key")
    async with opened(settings_for(installed_url, master_key="m" * 43)) as api:
        yield api


async def post(api: Api, actor: Actor, body: Any) -> httpx.Response:
    token = mint(actor, api.settings, valid_seconds=60)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return await api.client.post("/personal", content=content, headers=headers)


def sealed(api: Api) -> list[dict[str, Any]]:
    """Return the personal texts of the log as a consumer of Kafka has them."""
    rows = api.rows("SELECT stream, convert_from(data, 'UTF8'), reason FROM log.event ORDER BY position")
    found = [
        {"stream": str(stream), "value": value}
        for stream, data, _ in rows
        for value in json.loads(data).values()
        if isinstance(value, dict) and "personal" in value
    ]
    reasons = [{"stream": str(stream), "value": json.loads(reason)} for stream, _, reason in rows if reason]
    return found + reasons


async def test_texts_are_given_in_order_and_that_is_recorded(api: Api) -> None:
    project = await api.made("openProject", name="Häuser", reason="New year")
    await api.made("openTask", projectId=project, title="Paint", description="")
    reply = await post(api, AUDITOR, {"reason": REASON, "values": sealed(api)})
    assert reply.status_code == 200, reply.text
    told = reply.json()
    assert [each["text"] for each in told["values"]] == ["Häuser", "Paint", "New year"]
    assert not any(each["is_erased"] for each in told["values"])
    [*_, (position, kind, actor, data, reason)] = api.rows(
        "SELECT position, type, actor_id, convert_from(data, 'UTF8'), reason FROM log.event ORDER BY position"
    )
    assert position == told["position"]
    assert (kind, actor) == ("disclosure.recorded.v1", AUDITOR.actor_id)
    assert json.loads(data) == {"text_count": 3, "person_ids": [str(ADMINISTRATOR.actor_id)]}
    assert REASON not in reason


async def test_an_erased_persons_text_is_said_to_be_erased(api: Api) -> None:
    await api.made("openProject", name="House")
    values = sealed(api)
    with connect(api.database_url, application="test") as connection:
        delete_key(connection, ADMINISTRATOR.actor_id)
    async with opened(settings_for(api.database_url, master_key="m" * 43)) as later:
        reply = await post(later, AUDITOR, {"reason": REASON, "values": values})
    assert reply.json()["values"] == [{"text": "erased", "is_erased": True}]


async def test_who_may_not_is_denied_and_that_is_recorded(api: Api) -> None:
    await api.made("openProject", name="House")
    reply = await post(api, MANAGER, {"reason": REASON, "values": sealed(api)})
    assert (reply.status_code, "House" in reply.text) == (403, False)
    assert reply.json()["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    assert api.events() == ["project.opened.v1", "denial.recorded.v1"]


async def test_without_a_token_nothing_is_said(api: Api) -> None:
    reply = await api.client.post("/personal", content=b"{}", headers={"Content-Type": "application/json"})
    assert reply.status_code == 401


GOOD = {"stream": str(uuid4()), "value": {"personal": "A" * 64}}


BAD = [
    b"{",
    [],
    {},
    {"reason": "", "values": [GOOD]},
    {"reason": 7, "values": [GOOD]},
    {"reason": REASON},
    {"reason": REASON, "values": []},
    {"reason": REASON, "values": [GOOD] * 1_001},
    {"reason": REASON, "values": [{**GOOD, "stream": "me"}]},
    {"reason": REASON, "values": [{**GOOD, "value": "text"}]},
    {"reason": REASON, "values": [{**GOOD, "value": {"personal": "ä"}}]},
    {"reason": REASON, "values": [{**GOOD, "value": {"personal": "A" * 64 + '"},{"personal":"'}}]},
]


@pytest.mark.parametrize("body", BAD, ids=map(str, range(len(BAD))))
async def test_what_is_no_request_is_refused_and_leaves_nothing(api: Api, body: Any) -> None:
    reply = await post(api, AUDITOR, body)
    assert (reply.status_code, api.events()) == (400, [])


async def test_a_text_of_another_stream_or_of_a_lost_key_is_not_given(api: Api) -> None:
    await api.made("openProject", name="House")
    [value] = sealed(api)
    other = {"reason": REASON, "values": [{**value, "stream": str(uuid4())}]}
    assert (await post(api, AUDITOR, other)).status_code == 400
    unknown = {"reason": REASON, "values": [GOOD]}
    assert (await post(api, AUDITOR, unknown)).status_code == 503
