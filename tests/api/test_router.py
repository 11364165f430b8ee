"""GraphQL over HTTP and WebSocket: whatever is sent gets a typed answer, and never a 500."""

import json
from typing import Any

import pytest

from api.limits import BODY_BYTES_MAX
from infra.settings import Settings
from infra.tokens import mint
from tests.api.conftest import ADMINISTRATOR, Api, mutation

QUERY = {"query": "{ viewer { actorId } }"}
GRAPHQL_JSON = "application/graphql-response+json"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "body",
    [
        b'"x"',
        b"1",
        b"null",
        b"[]",
        b"[" + json.dumps(QUERY).encode() + b"]",
        b"",
        b"{",
        b"{}",
        b'{"query": 1}',
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": "{ viewer { actorId } }", "operationName": 1}',
        b'{"query": "{ viewer { actorId } }", "operationName": "Other"}',
        b'{"query": "{ viewer { actorId } }", "variables": []}',
        b'{"query": "{ viewer { actorId } }", "variables": "x"}',
        b'{"query": "{ viewer { actorId } }", "extensions": 1}',
        b'{"query": "{ viewer { actorId } }", "variables": {"x": NaN}}',
        b'{"query": "{ viewer { actorId } }", "variables": {"x": ' + b"1" * 10_000 + b"}}",
        b'{"query": "\xff\xfe"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\x00",
        "{}".encode("utf-16"),
        b'{"query": "fragment F on Query { viewer { actorId } }"}',
    ],
    ids=range(24),
)
async def test_a_body_that_is_no_request_is_answered_with_400(api: Api, body: bytes) -> None:
    reply = await api.post(body)
    assert reply.status_code == 400
    (error,) = reply.json()["errors"]
    assert error["extensions"]["code"] == "MALFORMED"
    assert error["extensions"]["requestId"] == reply.headers["x-request-id"]


@pytest.mark.anyio
async def test_halves_of_surrogate_pairs_anywhere_are_answered(api: Api) -> None:
    for body in (
        b'{"query": "{ viewer { \\ud800 } }"}',
        b'{"query": "{ viewer { actorId(x: \\"\\ud800\\") } }"}',
        b'{"query": "query ($\\ud800: Int) { viewer { actorId } }"}',
        b'{"query": "query ($a: Int) { viewer { actorId } }", "variables": {"a": "\\udfff"}}',
    ):
        reply = await api.post(body)
        assert reply.status_code in {200, 400}
        assert reply.json()["errors"][0]["extensions"]["code"] in {"SYNTAX", "MALFORMED"}


@pytest.mark.anyio
async def test_a_body_over_a_megabyte_is_answered_with_413(api: Api) -> None:
    just = json.dumps({**QUERY, "variables": {"x": ""}}).encode()
    padded = just[:-3] + b"x" * (BODY_BYTES_MAX - len(just)) + just[-3:]
    assert len(padded) == BODY_BYTES_MAX
    assert (await api.post(padded)).status_code == 200
    reply = await api.post(padded + b" ")
    assert reply.status_code == 413
    assert reply.json()["errors"][0]["extensions"]["code"] == "TOO_LARGE"


@pytest.mark.anyio
async def test_the_body_must_be_json_and_posted(api: Api) -> None:
    token = mint(ADMINISTRATOR, api.settings, valid_seconds=60)
    headers = {"Authorization": f"Bearer {token}"}
    for content_type in ("text/plain", "multipart/form-data; boundary=x", "application/graphql", ""):
        reply = await api.client.post(
            "/graphql", content=b"{}", headers={**headers, "Content-Type": content_type}
        )
        assert reply.status_code == 415
    accepted = {**headers, "Content-Type": "application/JSON; charset=utf-8"}
    assert (
        await api.client.post("/graphql", content=json.dumps(QUERY).encode(), headers=accepted)
    ).status_code == 200
    for method in ("GET", "PUT", "DELETE"):
        assert (await api.client.request(method, "/graphql", headers=headers)).status_code == 405


@pytest.mark.anyio
async def test_the_newer_media_type_is_spoken_to_those_who_name_it(api: Api) -> None:
    unknown = {"query": "{ nothing }"}
    bad_variable = {"query": "query ($a: Int!) { viewer { actorId } }", "variables": {"a": "x"}}
    for accept, content_type, refused in (
        (GRAPHQL_JSON, GRAPHQL_JSON, 400),
        (f"{GRAPHQL_JSON}, application/json;q=0.9", GRAPHQL_JSON, 400),
        ("application/json", "application/json", 200),
        ("*/*", "application/json", 200),
    ):
        reply = await api.post(QUERY, accept=accept)
        assert reply.status_code == 200
        assert reply.headers["content-type"] == f"{content_type}; charset=utf-8"
        for request in (unknown, bad_variable, {"query": "{"}):
            reply = await api.post(request, accept=accept)
            assert reply.status_code == refused
            assert "data" not in reply.json()


@pytest.mark.anyio
async def test_subscriptions_are_not_answered_over_http(api: Api) -> None:
    assert (await api.post({"query": "subscription { changes { position } }"})).status_code in {200, 400}


@pytest.mark.anyio
async def test_a_missing_expired_or_forged_token_is_told_apart(api: Api) -> None:
    expired = mint(ADMINISTRATOR, api.settings, valid_seconds=-3_600)
    forged = mint(ADMINISTRATOR, Settings(token_secret="x" * 32), valid_seconds=600)
    before = api.events()
    for authorization, code in (
        (None, "TOKEN_MISSING"),
        ("Basic eDp4", "TOKEN_MISSING"),
        ("Bearer", "TOKEN_MISSING"),
        (f"Bearer {expired}", "TOKEN_EXPIRED"),
        (f"bearer {forged}", "TOKEN_FORGED"),
        ("Bearer nonsense", "TOKEN_MALFORMED"),
        ("Bearer " + "x" * 100_000, "TOKEN_MALFORMED"),
        ("Bearer é".encode("latin-1"), "TOKEN_MALFORMED"),
    ):
        headers: dict[str, Any] = {} if authorization is None else {"Authorization": authorization}
        body = {"query": mutation("openProject"), "variables": {"input": {"name": "x"}}}
        reply = await api.client.post("/graphql", json=body, headers=headers)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"].startswith('Bearer realm="fairlead"')
        assert reply.json()["errors"][0]["extensions"]["code"] == code
    assert api.events() == before


@pytest.mark.anyio
async def test_a_sane_request_id_is_kept_and_any_other_replaced(api: Api) -> None:
    assert (await api.post(QUERY, x_request_id="req-1.a:b")).headers["x-request-id"] == "req-1.a:b"
    for insane in ("x" * 65, "a b", "<script>", ""):
        assert (await api.post(QUERY, x_request_id=insane)).headers["x-request-id"] != insane


@pytest.mark.anyio
async def test_each_command_leaves_one_log_line_without_what_people_wrote(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    body = {"query": mutation("openProject"), "variables": {"input": {"name": "Secret plan"}}}
    await api.post(body, x_request_id="r-1")
    out = capsys.readouterr().out
    (line,) = [line for line in out.splitlines() if "command_handled" in line]
    for part in (
        "action=openProject",
        "outcome=DONE",
        "milliseconds=",
        "request_id=r-1",
        str(ADMINISTRATOR.actor_id),
    ):
        assert part in line
    assert "Secret plan" not in out
