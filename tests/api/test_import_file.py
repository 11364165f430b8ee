"""The mutation `importFile`: small files through the API, the same answers as from the command line."""

import asyncio
import base64
import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from api import router
from api.limits import BODY_BYTES_MAX
from domain.roles import Role
from infra.importing.source import RATIO_FREE_BYTES
from infra.tokens import Actor
from tests.api.conftest import Api, settings_for
from tests.api.projecting import project
from tests.infra.importing.runs import HEADER, MAPPING
from tests.infra.importing.test_mspdi_files import FILES
from tests.infra.importing.test_source import BILLION_LAUGHS, workbook

pytestmark = pytest.mark.anyio

MUTATION = """mutation ($input: ImportFileInput!) { importFile(input: $input) {
    id position userErrors { code message field }
    report { rows created changed unchanged refused minutesIn minutesOnTasks minutesRefused isReconciled
             isDryRun setUpRefused notes { rule count }
             refusals(first: 2) { line code message minutes } } } }"""
ROWS = "7,Slates,Ann,02/01/2024,03/01/2024,05/01/2024,04/01/2024,2\n8,Gutter,Ann,never,,,,1\n"


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def table(rows: str = ROWS, **more: Any) -> dict[str, Any]:
    content = base64_of((HEADER + rows).encode())
    return {"kind": "TABLE", "name": "roof.csv", "content": content, "mapping": MAPPING.decode(), **more}


async def import_file(api: Api, given: Mapping[str, Any]) -> dict[str, Any]:
    reply = await api.ask(MUTATION, {"input": given})
    assert "errors" not in reply, reply
    payload: dict[str, Any] = reply["data"]["importFile"]
    return payload


async def test_a_table_is_imported_and_known_again(api: Api) -> None:
    dry = await import_file(api, table(isDryRun=True))
    assert (dry["report"]["created"], dry["position"], api.events()) == (1, None, [])
    first = await import_file(api, table())
    assert first["userErrors"] == []
    assert first["position"] == len(api.events())
    report = first["report"]
    assert (report["rows"], report["created"], report["refused"]) == (2, 1, 1)
    assert (report["minutesIn"], report["minutesOnTasks"], report["minutesRefused"]) == (180, 120, 60)
    assert report["isReconciled"]
    assert [(each["line"], each["minutes"]) for each in report["refusals"]] == [(3, 60)]
    again = await import_file(api, table())
    assert (again["report"]["unchanged"], again["report"]["created"]) == (1, 0)
    assert api.events()[-2:] == ["import_run.recorded.v1"] * 2


async def test_row_45_history_is_moved_over_with_every_row_answered_for(api: Api) -> None:
    payload = await import_file(api, table())
    report = payload["report"]
    assert report["created"] + report["changed"] + report["unchanged"] + report["refused"] == report["rows"]
    assert report["minutesIn"] == report["minutesOnTasks"] + report["minutesRefused"]
    assert [(each["line"], each["code"]) for each in report["refusals"]] == [(3, "UNREADABLE_DATE")]
    await project(api.database_url)
    found = (await api.ask("{ taskBoard { nodes { id title openedAt completedAt spentMinutes } } }"))["data"]
    (card,) = found["taskBoard"]["nodes"]
    assert (card["title"], card["openedAt"][:10], card["spentMinutes"]) == ("Slates", "2024-01-02", 120)
    query = f'{{ auditTrail(node: "{card["id"]}") {{ nodes {{ reason occurredAt recordedAt }} }} }}'
    trail = (await api.ask(query))["data"]["auditTrail"]["nodes"]
    assert {each["reason"] for each in trail} == {"Import of roof.csv"}
    assert all(each["occurredAt"] < "2025" < each["recordedAt"] for each in trail)


@pytest.mark.parametrize("name", FILES)
async def test_a_real_plan_in_gzip_is_imported_and_known_again(
    api: Api, shared_data: Path, name: str
) -> None:
    content = base64_of(gzip.compress((shared_data / "mpxj" / name).read_bytes()))
    given = {"kind": "MSPDI", "name": name, "content": content, "timeZone": "Europe/London"}
    first = (await import_file(api, given))["report"]
    assert first["isReconciled"]
    assert first["created"] > 0
    events = api.events()
    again = (await import_file(api, given))["report"]
    assert (again["created"], again["changed"], again["isReconciled"]) == (0, 0, True)
    assert api.events() == [*events, "import_run.recorded.v1"]


def hostile() -> dict[str, tuple[dict[str, Any], str, str | None]]:
    bomb = gzip.compress(bytes(8 * RATIO_FREE_BYTES))
    mspdi = {"kind": "MSPDI", "name": "plan.xml"}
    return {
        "entity bomb": ({**mspdi, "content": base64_of(BILLION_LAUGHS)}, "HOSTILE_FILE", None),
        "gzip bomb": ({**mspdi, "content": base64_of(bomb)}, "HOSTILE_FILE", "content"),
        "bomb beside": (
            {"kind": "SIP", "name": "s", "content": "YQ==", "datesContent": base64_of(bomb)},
            "HOSTILE_FILE",
            "datesContent",
        ),
        "no base64": ({**mspdi, "content": "é"}, "MALFORMED", "content"),
        "no XML": ({**mspdi, "content": base64_of(b"hello")}, "UNREADABLE_FILE", None),
        "NUL": (table("7,Sl\0tes,Ann,02/01/2024,,,,\n"), "HOSTILE_FILE", None),
        "NUL in its name": (table(name="a\0b"), "MALFORMED", "name"),
        "half a letter in its name": (table(name="\ud800"), "MALFORMED", "name"),
        "no mapping": ({**table(), "mapping": None}, "BAD_MAPPING", None),
        "a mapping of nonsense": ({**table(), "mapping": "[]"}, "BAD_MAPPING", None),
        "no dates": ({"kind": "SIP", "name": "s", "content": "YQ=="}, "UNREADABLE_FILE", None),
        "no such zone": (table(timeZone="Mars/Olympus"), "MALFORMED", "timeZone"),
    }


@pytest.mark.parametrize("name", list(hostile()))
async def test_a_hostile_file_is_refused_whole(api: Api, name: str) -> None:
    given, code, field = hostile()[name]
    payload = await import_file(api, given)
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, field)]
    assert (payload["report"], payload["position"], api.events()) == (None, None, [])


async def test_a_formula_is_refused_with_its_row(api: Api) -> None:
    names: list[object] = list(HEADER.strip().split(","))
    book = workbook(names, ["7", "=1+1", "Ann", "02/01/2024", None, None, None, 2])
    payload = await import_file(api, {**table(), "name": "roof.xlsx", "content": base64_of(book)})
    assert [each["code"] for each in payload["report"]["refusals"]] == ["FORMULA_CELL"]
    assert payload["report"]["isReconciled"]


@pytest.mark.parametrize("roles", [frozenset[Role](), frozenset({Role.AUDITOR})])
async def test_only_directors_import_and_a_denial_leaves_its_record(api: Api, roles: frozenset[Role]) -> None:
    payload = await import_file(api.of(Actor(UUID(int=7), roles)), table())
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_PERMITTED"]
    assert len(api.events()) == 1
    assert api.events()[0].startswith("denial.")


async def test_management_may_import(api: Api) -> None:
    payload = await import_file(api.of(Actor(UUID(int=7), frozenset({Role.MANAGEMENT}))), table())
    assert payload["userErrors"] == []
    assert payload["report"]["setUpRefused"] == []


async def test_an_import_is_answered_however_long_it_takes(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    bound = 1.0
    deadline = settings_for(api.database_url).command_deadline_seconds
    monkeypatch.setattr(router, "ANSWER_SECONDS_MAX", bound - deadline)
    with psycopg.connect(api.database_url) as holding:
        holding.execute("LOCK TABLE log.command")
        importing = asyncio.create_task(import_file(api, table()))
        done, _ = await asyncio.wait({importing}, timeout=2 * bound)
        assert not done
    assert (await importing)["report"]["created"] == 1


async def test_one_import_runs_at_a_time(api: Api) -> None:
    async with api.app.state.engine.importing:
        payload = await import_file(api, table())
    assert [error["code"] for error in payload["userErrors"]] == ["IMPORT_UNDER_WAY"]


async def test_a_file_beyond_the_limit_of_a_body_is_refused(api: Api) -> None:
    given = {**table(), "content": "A" * BODY_BYTES_MAX}
    reply = await api.post({"query": MUTATION, "variables": {"input": given}})
    assert reply.status_code == 413
