"""Proofs over GraphQL and as files: what a stranger gets holds; nobody gets what is not theirs to read.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from infra.proof import checkpoints
from infra.proof.bundle import Bundle
from infra.proof.checkpoints import Checkpoint
from infra.proof.notes import SignerKey, VerifierKey
from infra.proof.tree import HASH_BYTES
from infra.proof.verifying import is_consistent, is_included
from infra.tokens import Actor
from tests.api.conftest import Api, Scene, opened, settings_for
from tests.api.projecting import project
from tests.infra.proof.proving import SECRET, checkpointing, settings_of, state
from tests.infra.relaying import wait_until

pytestmark = pytest.mark.anyio

PROOF = (
    "query ($at: Position, $size: Position) { proof(position: $at, size: $size)"
    " { position record leaf path checkpoint { size root note issuedAt } text } }"
)
PROOF_OF = (
    "query ($event: ID, $at: Position) { proof(event: $event, position: $at)"
    " { position record leaf path checkpoint { note } text } }"
)
CHECKPOINT_OF = "query ($note: String!) { checkpointOf(note: $note) { size root issuedAt } }"
CONSISTENCY = (
    "query ($from: Position!, $to: Position!) { consistency(from: $from, to: $to)"
    " { fromSize fromRoot toSize toRoot path } }"
)


async def proven(api: Api) -> str:
    """Let a checkpointer prove the log as it is, and return the note it leaves, as strangers get it."""
    [(head,)] = api.rows("SELECT max(position) FROM log.event")

    def prove() -> None:
        with checkpointing(settings_of(api.database_url)):
            wait_until(lambda: state(api.database_url).size >= head, "the log is proven")

    await asyncio.to_thread(prove)
    return await text(api, "/log/checkpoint")


async def text(api: Api, path: str, status: int = 200) -> str:
    answer = await api.client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return answer.text


async def keys(api: Api) -> list[VerifierKey]:
    return [VerifierKey.parse(line) for line in (await text(api, "/log/keys")).splitlines()]


def raw(base64_text: str) -> bytes:
    return base64.b64decode(base64_text, validate=True)


async def code(api: Api, query: str, variables: Mapping[str, Any]) -> tuple[str, str]:
    reply = await api.ask(query, dict(variables))
    [error] = reply["errors"]
    return error["extensions"]["code"], error["extensions"]["field"]


async def test_a_stranger_verifies_a_record_with_the_text_alone(scene: Scene) -> None:
    api = scene.api
    await proven(api)
    [(position, origin)] = api.rows(
        "SELECT max(position), (SELECT 'fairlead/' || log_id FROM log.identity) FROM log.event"
        " WHERE type = 'task.opened.v1'"
    )
    got = (await api.ask(PROOF, {"at": position}))["data"]["proof"]
    leaf = hashlib.sha256(b"\x00" + raw(got["record"])).digest()
    head = checkpoints.opened(got["checkpoint"]["note"], await keys(api), origin=origin)
    assert leaf == raw(got["leaf"])
    assert is_included(leaf, position - 1, head.size, list(map(raw, got["path"])), head.root)
    bundle = Bundle.parse(got["text"])
    assert bundle.proves(leaf, await keys(api), origin=origin)
    assert bundle.extra == raw(got["record"])
    assert b"Paint the roof" in raw(got["record"])
    public = Bundle.parse(await text(api, f"/log/proof/{position}"))
    assert replace(bundle, extra=None) == public


async def test_a_record_is_proven_to_those_who_may_read_it(scene: Scene) -> None:
    api = scene.api
    await proven(api)
    await project(api.database_url)
    mine, theirs = (
        api.rows(f"SELECT min(position) FROM log.event WHERE project_id = '{each}'")[0][0]  # noqa: S608
        for each in (scene.project, scene.other_project)
    )
    [(nobodys,)] = api.rows("SELECT min(position) FROM log.event WHERE project_id IS NULL")
    assert "errors" not in await api.of(scene.member).ask(PROOF, {"at": mine})
    for position in (theirs, nobodys):
        assert await code(api.of(scene.member), PROOF, {"at": position}) == ("NOT_PERMITTED", "position")
        assert "errors" not in await api.ask(PROOF, {"at": position})
    stranger = api.of(Actor(uuid4(), frozenset()))
    assert await code(stranger, PROOF, {"at": mine}) == ("NOT_PERMITTED", "position")
    assert (await api.client.post("/graphql", json={"query": PROOF})).status_code == 401


async def test_a_figure_leads_to_the_proof_of_each_event_behind_it(scene: Scene) -> None:
    api = scene.api
    await api.made("startTask", taskId=scene.task)
    await api.made("completeTask", taskId=scene.task)
    await project(api.database_url)
    await proven(api)
    behind = "observations { nodes { fromPosition events { nodes { eventId position type } } } }"
    drilled = await api.ask(
        f'{{ kpi(code: THROUGHPUT, from: "2020-01-01", to: "2199-12-31") {{ {behind} }} }}'
    )
    (observed,) = drilled["data"]["kpi"]["observations"]["nodes"]
    events = observed["events"]["nodes"]
    assert [each["type"] for each in events] == ["task.opened.v1", "task.started.v2", "task.completed.v2"]
    for each in events:
        by_id = (await api.ask(PROOF_OF, {"event": each["eventId"]}))["data"]["proof"]
        assert by_id == (await api.ask(PROOF_OF, {"at": each["position"]}))["data"]["proof"]
        record = raw(by_id["record"])
        assert record[10:26] == UUID(each["eventId"]).bytes
        leaf = hashlib.sha256(b"\x00" + record).digest()
        known, bundle = await keys(api), Bundle.parse(by_id["text"])
        assert bundle.proves(leaf, known, origin=known[0].name)
    assert events[-1]["position"] == observed["fromPosition"]


async def test_an_event_is_named_by_one_id_that_is_known(scene: Scene) -> None:
    api = scene.api
    [(theirs, position)] = api.rows(
        f"SELECT event_id::text, position FROM log.event WHERE stream = '{scene.other_task}'"  # noqa: S608
    )
    assert await code(api, PROOF_OF, {"event": theirs}) == ("NOT_YET_PROVEN", "event")
    assert await code(api, PROOF_OF, {"event": str(uuid4())}) == ("UNKNOWN_RECORD", "event")
    assert await code(api, PROOF_OF, {"event": "the last"}) == ("MALFORMED", "event")
    assert await code(api, PROOF_OF, {"event": theirs, "at": position}) == ("MALFORMED", "event")
    assert await code(api, PROOF_OF, {}) == ("MALFORMED", "position")
    await project(api.database_url)
    assert await code(api.of(scene.member), PROOF_OF, {"event": theirs}) == ("NOT_PERMITTED", "event")


async def test_positions_that_are_not_proven_are_told_apart(scene: Scene) -> None:
    api = scene.api
    [(head,)] = api.rows("SELECT max(position) FROM log.event")
    assert (await api.ask("{ checkpoint { size } }"))["data"]["checkpoint"] is None
    assert await code(api, PROOF, {"at": head}) == ("NOT_YET_PROVEN", "position")
    await proven(api)
    later = await api.done("openTask", projectId=scene.project, title="Paint the door")
    assert await code(api, PROOF, {"at": later}) == ("NOT_YET_PROVEN", "position")
    assert await code(api, PROOF, {"at": later + 1}) == ("BEYOND_HEAD", "position")
    assert await code(api, PROOF, {"at": 0}) == ("MALFORMED", "position")
    assert await code(api, PROOF, {"at": 1, "size": 3}) == ("UNKNOWN_CHECKPOINT", "size")
    assert await code(api, CONSISTENCY, {"from": 1, "to": later}) == ("NOT_YET_PROVEN", "to")
    assert await code(api, CONSISTENCY, {"from": 1, "to": later + 1}) == ("BEYOND_HEAD", "to")
    assert await code(api, CONSISTENCY, {"from": 0, "to": 1}) == ("MALFORMED", "from")
    assert await code(api, CONSISTENCY, {"from": 2, "to": 1}) == ("MALFORMED", "from")


async def test_a_later_log_is_proven_to_begin_with_an_earlier_one(scene: Scene) -> None:
    api = scene.api
    first = Checkpoint.parse((await proven(api)).rpartition("\n\n")[0] + "\n")
    await api.done("openTask", projectId=scene.project, title="Paint the door")
    await proven(api)
    last = (await api.ask("{ checkpoint { size root note } }"))["data"]["checkpoint"]
    got = (await api.ask(CONSISTENCY, {"from": first.size, "to": last["size"]}))["data"]["consistency"]
    before, after = (got["fromSize"], raw(got["fromRoot"])), (got["toSize"], raw(got["toRoot"]))
    assert before == (first.size, first.root)
    assert after == (last["size"], raw(last["root"]))
    assert is_consistent(before, after, list(map(raw, got["path"])))
    older = (await api.ask(f"{{ checkpoint(size: {last['size'] - 1}) {{ size }} }}"))["data"]["checkpoint"]
    assert older["size"] == first.size
    earlier = (await api.ask(PROOF, {"at": 1, "size": first.size}))["data"]["proof"]
    assert earlier["checkpoint"]["size"] == first.size


async def test_a_kept_checkpoint_is_found_true_or_refused(scene: Scene) -> None:
    api = scene.api
    note = await proven(api)
    kept = Checkpoint.parse(note.rpartition("\n\n")[0] + "\n")
    ours, strangers = SignerKey(kept.origin, SECRET), SignerKey(kept.origin, b"n" * 32)
    told = (await api.ask(CHECKPOINT_OF, {"note": note}))["data"]["checkpointOf"]
    assert (told["size"], raw(told["root"])) == (kept.size, kept.root)
    assert told["issuedAt"] is not None
    forged = note.replace(f"\n{kept.size}\n", f"\n{kept.size - 1}\n")
    forks = [
        replace(kept, size=kept.size + 1),
        replace(kept, root=bytes(HASH_BYTES)),
        replace(kept, size=kept.size - 1),
    ]
    for bad, refusal in {
        forged: "FORGED_CHECKPOINT",
        "": "BAD_CHECKPOINT",
        kept.signed(strangers): "BAD_CHECKPOINT",
        replace(kept, origin="fairlead/x").signed(SignerKey("fairlead/x", SECRET)): "BAD_CHECKPOINT",
        **{fork.signed(ours): "FORKED_CHECKPOINT" for fork in forks},
    }.items():
        assert await code(api, CHECKPOINT_OF, {"note": bad}) == (refusal, "note")


async def test_an_altered_record_is_not_proven(scene: Scene) -> None:
    api = scene.api
    await proven(api)
    with psycopg.connect(api.database_url) as connection:
        connection.execute("ALTER TABLE log.event DISABLE TRIGGER event_is_immutable")
        connection.execute("UPDATE log.event SET reason = 'for the better' WHERE position = 4")
        connection.execute("ALTER TABLE log.event ENABLE ALWAYS TRIGGER event_is_immutable")
    assert await code(api, PROOF, {"at": 4}) == ("ALTERED_RECORD", "position")


async def test_files_are_there_for_everyone_to_keep(scene: Scene) -> None:
    api = scene.api
    note = await proven(api)
    size = int(note.split("\n")[1])
    answer = await api.client.get("/log/checkpoint")
    assert answer.headers["cache-control"] == "public, max-age=3"
    tile = await api.client.get(f"/log/tile/0/000.p/{size}")
    assert tile.headers["content-type"] == "application/octet-stream"
    assert "immutable" in tile.headers["cache-control"]
    assert len(tile.content) == size * HASH_BYTES
    narrower = await api.client.get("/log/tile/0/000.p/3")
    assert narrower.content == tile.content[: 3 * HASH_BYTES]
    assert (await api.client.head("/log/checkpoint")).status_code == 200


NO_FILES = (
    "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/9/000", "tile/0/x999/x999/x999/x999/999",
    "tile/0/000.p/200", "tile/0/..%2f000", "tile/", "proof/0", "proof/999", "proof/-1", "proof/x",
    "proof/99999999999999999999", "proof/%D9%A1",
)  # fmt: skip


async def test_files_that_are_not_there_are_not_found(scene: Scene) -> None:
    await proven(scene.api)
    for path in NO_FILES:
        assert "covers" in await text(scene.api, f"/log/{path}", 404)


async def test_before_the_first_checkpoint_there_are_no_files(api: Api) -> None:
    for path in ("checkpoint", "keys", "proof/1", "tile/0/000.p/1"):
        await text(api, f"/log/{path}", 404)


async def test_without_its_database_the_files_are_away(databases: Any) -> None:
    url = databases.create()
    async with opened(settings_for(url)) as api:
        with psycopg.connect(url) as connection:
            connection.execute("DROP SCHEMA proof CASCADE")
        assert "does not answer" in await text(api, "/log/checkpoint", 503)
    databases.drop(url)
