"""Erasing a member: who may, when not, and that no byte of what they wrote can be read anywhere after it.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest
from structlog.testing import capture_logs

from api.authorise import permitting
from domain.handling import handle
from domain.recorded import Issued
from domain.roles import Role
from domain.task import DECIDER as TASK
from domain.task import RetitleTask
from infra import event_log
from infra.codec import Codec, codec
from infra.database import connect
from infra.embedded import EmbeddedBroker
from infra.erasing import Erasing, delete_key, look_for_decisions
from infra.event_log import EventLog
from infra.keys import FRESH_SECONDS, Keys
from infra.log_reader import Record
from infra.masters import Masters
from infra.tokens import Actor
from projections.all import ALL
from tests.api.conftest import Api, opened, settings_for
from tests.api.projecting import PARTITIONS, catch_up
from tests.infra.grepping import tables_with
from tests.infra.relaying import reading, relaying
from tests.infra.story import assert_rows_are_the_fold, whole
from tests.services import Databases

MASTER: Final = "m" * 43
SECRET: Final = "Quillfeather"
"""Is in the name of the member who is erased, and in all she writes."""
DIRECTOR: Final = Actor(uuid4(), frozenset({Role.MANAGEMENT}))
MARA: Final = Actor(uuid4(), frozenset())
BEN: Final = Actor(uuid4(), frozenset())
RETITLING: Final = str(uuid4())

BOARD: Final = "{ taskBoard(project: %s asOf: %s) { nodes { id title } } }"
TRAIL: Final = """query ($task: ID!, $position: Position!) {
    auditTrail(node: $task, asOf: {position: $position}) {
    nodes { type reason data changes { field before after } } } }"""

DIFF: Final = """query ($task: ID!, $position: Position!) {
    diff(node: $task, from: {position: 0}, to: {position: $position}) { fields {
    nodes { field before after stepCount steps { type reason before after } } } } }"""


@dataclass
class Story:
    """What was seen before and after Mara's erasure, `written` being the last position before it."""

    url: str
    project: str = ""
    task: str = ""
    of_ben: str = ""
    written: int = 0
    refusals: list[str] = field(default_factory=list[str])
    named: dict[str, Any] = field(default_factory=dict[str, Any])
    before: dict[str, Any] = field(default_factory=dict[str, Any])
    after: dict[str, Any] = field(default_factory=dict[str, Any])
    logs: list[Any] = field(default_factory=list[Any])
    stored: list[Record] = field(default_factory=list[Record])


def keyed(url: str) -> Keys:
    return Keys(url, Masters(MASTER))


def project(url: str) -> None:
    with keyed(url) as keys:
        catch_up(url, codec().with_keys(keys))


def erase(url: str, events: Codec) -> None:
    """Do what a projector process does once an erasure is decided."""
    with connect(url, application="test") as connection:
        Erasing(url, ALL, events, PARTITIONS).step(connection)


def begin_to_erase(url: str) -> None:
    """Do the first steps of it, as a process that is killed then."""
    with connect(url, application="test") as connection:
        look_for_decisions(connection)
        delete_key(connection, MARA.actor_id)


@asynccontextmanager
async def api_of(url: str) -> AsyncGenerator[Api]:
    async with opened(settings_for(url, master_key=MASTER)) as api:
        yield api


async def set_up(api: Api, story: Story) -> None:
    for actor, name in ((MARA, f"Mara {SECRET}"), (BEN, "Ben")):
        await api.made(
            "inviteMember", memberId=str(actor.actor_id), name=name, email=f"{name[-4:]}@{SECRET}.org",
            role="MEMBER",
        )  # fmt: skip
    story.project = await api.made("openProject", name="House")
    for actor in (MARA, BEN):
        await api.done(
            "nameMember", projectId=story.project, memberId=str(actor.actor_id), role="PROJECT_MANAGER",
            department=None,
        )  # fmt: skip
    story.of_ben = await api.of(BEN).made("openTask", projectId=story.project, title="Of Ben")


async def write(mara: Api, story: Story) -> None:
    """Write in every way there is: a title, a list of texts, a reason, a name, one to be denied."""
    story.task = await mara.made(
        "openTask", projectId=story.project, title=f"By {SECRET}", description=f"{SECRET} says", reason=SECRET
    )
    await mara.done("retitleTask", taskId=story.task, title=f"Again {SECRET}", commandId=RETITLING)
    await mara.done("assignTask", taskId=story.task, memberId=str(MARA.actor_id))
    await mara.done("giveSuggestion", projectId=story.project, text=f"{SECRET}: more light")
    await mara.done(
        "registerStakeholder", projectId=story.project, stakeholderId=str(uuid4()), name=SECRET,
        role="SPONSOR", interest=f"{SECRET} wants it", memberId=str(MARA.actor_id),
    )  # fmt: skip
    denied = await mara.do("openProject", name=f"{SECRET}'s own")
    story.refusals.append(denied["userErrors"][0]["code"])
    story.written = await mara.done(
        "holdSecurityAudit", projectId=story.project, auditId=str(uuid4()), findings=[f"{SECRET} found it"]
    )


async def look(api: Api, story: Story) -> dict[str, Any]:
    """Return what queries say as of before the erasure."""
    board = BOARD % (json.dumps(story.project), f"{{position: {story.written}}}")
    trail = {"task": story.task, "position": story.written}
    of_ben = {"task": story.of_ben, "position": story.written}
    return {
        "board": await api.ask(board),
        "trail": await api.ask(TRAIL, trail),
        "diff": await api.ask(DIFF, trail),
        "ben": await api.ask(TRAIL, of_ben),
        "tables": await asyncio.to_thread(tables_with, story.url, SECRET),
    }


async def decide(api: Api, story: Story) -> None:
    """Ask for the erasure, against a hold at first, and have it approved, by the requester at first."""
    mara, hold = {"memberId": str(MARA.actor_id)}, str(uuid4())
    story.refusals.append((await api.refused("approveMemberErasure", **mara))["code"])
    await api.done("placeLegalHold", holdId=hold, cause="A claim", **mara)
    story.refusals.append((await api.refused("eraseMember", cause="A letter", **mara))["code"])
    await api.done("liftLegalHold", holdId=hold, cause="Settled", **mara)
    await api.done("eraseMember", cause="A letter", **mara)
    story.refusals.append((await api.refused("approveMemberErasure", **mara))["code"])
    story.refusals.append((await api.refused("eraseMember", cause="Another", **mara))["code"])
    await api.of(DIRECTOR).done("approveMemberErasure", **mara)


async def tell(story: Story) -> None:
    url = story.url
    async with api_of(url) as api, api_of(url) as other:  # two processes: each keeps keys and states
        await set_up(api, story)
        await write(api.of(MARA), story)
        await asyncio.to_thread(snapshot, story)
        await asyncio.to_thread(project, url)
        story.before = await look(other, story)
        await decide(api, story)
        story.stored = await asyncio.to_thread(whole, url)
        with keyed(url) as keys:
            events = codec().with_keys(keys)
            await asyncio.to_thread(begin_to_erase, url)
            await asyncio.to_thread(erase, url, events)
            await asyncio.to_thread(erase, url, events)
        await asyncio.sleep(FRESH_SECONDS * 1.2)
        story.after = await look(other, story)
        story.after["log"] = whole(url)
        for process in (api, other):
            again = await process.of(MARA).do(
                "retitleTask", taskId=story.task, title=f"Again {SECRET}", commandId=RETITLING
            )
            story.refusals.append(again["userErrors"][0]["code"])
            anew = await process.of(MARA).do("retitleTask", taskId=story.task, title=f"{SECRET} again")
            story.refusals.append(anew["userErrors"][0]["code"])
        await other.of(BEN).done("describeTask", taskId=story.task, description="Ben goes on")
        await name_her(other.of(BEN), story)
        story.after["end"] = await asyncio.to_thread(whole, url)


async def name_her(ben: Api, story: Story) -> None:
    """Give somebody who was erased every kind of thing to do, then take her off what she was on."""
    her, home = {"memberId": str(MARA.actor_id)}, {"projectId": story.project}
    wishes: dict[str, dict[str, Any]] = {
        "nameMember": {**home, **her, "role": "MEMBER", "department": None},
        "assignTask": {"taskId": story.of_ben, **her},
        "spendTime": {"taskId": story.of_ben, **her, "minutes": 5, "spentOn": "2024-01-02"},
        "nominateSuperUser": {**home, **her},
        "pairMentor": {
            **home,
            "pairId": str(uuid4()),
            "mentorId": str(BEN.actor_id),
            "menteeId": str(MARA.actor_id),
        },
        "inviteToSurvey": {
            **home,
            "surveyId": str(uuid4()),
            "memberIds": [str(BEN.actor_id), str(MARA.actor_id)],
        },
    }
    for name, given in wishes.items():
        story.named[name] = await ben.refused(name, **given)
    await ben.done("unassignTask", taskId=story.task, **her)
    await ben.done("removeMember", **home, **her)


def snapshot(story: Story) -> None:
    """Have the task's state kept as a snapshot, as that of a long stream is."""
    with pytest.MonkeyPatch.context() as patch, keyed(story.url) as keys:
        patch.setattr(event_log, "SNAPSHOT_EVERY_EVENTS", 1)

        async def reading() -> None:
            async with EventLog(story.url, events=codec().with_keys(keys)) as log:
                keys.refresh()
                log.read(TASK, UUID(story.task))

        asyncio.run(reading())


@pytest.fixture(scope="module")
def story(databases: Databases, one_database: str) -> Generator[Story]:
    with psycopg.connect(databases.server.database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            (one_database.rpartition("/")[2],),
        )
    story = Story(databases.create(like=one_database))
    with capture_logs() as story.logs:
        asyncio.run(tell(story))
    yield story
    databases.drop(story.url)


def test_an_erasure_takes_two_and_no_legal_hold(story: Story) -> None:
    assert story.refusals[:5] == [
        "NOT_PERMITTED",
        "ERASURE_NOT_REQUESTED",
        "MEMBER_ON_LEGAL_HOLD",
        "OWN_ERASURE_REQUEST",
        "ALREADY_EXISTS",
    ]


def test_before_it_rows_and_snapshots_hold_the_texts_and_the_log_does_not(story: Story) -> None:
    held = story.before["tables"]
    assert {"log.snapshot"} <= held
    assert {name.rpartition(".")[0] for name in held} == {"rows", "log"}
    assert {name for name in held if name.startswith("log.")} == {"log.snapshot"}


def test_after_it_no_table_holds_a_byte_of_them(story: Story) -> None:
    assert story.after["tables"] == set()


def test_the_log_itself_was_not_touched(story: Story) -> None:
    assert story.after["log"][: len(story.stored)] == story.stored
    assert [each.type for each in story.after["log"]].count("member.erasure_completed.v1") == 1


def test_the_same_query_differs_by_erased_alone(story: Story) -> None:
    before, after = story.before, story.after
    assert before["ben"] == after["ben"]
    assert "erased" not in json.dumps([before["board"], before["trail"]])
    titles = {each["title"] for each in after["board"]["data"]["taskBoard"]["nodes"]}
    assert titles == {"Of Ben", "erased"}
    changed = {each["field"]: each["stepCount"] for each in after["diff"]["data"]["diff"]["fields"]["nodes"]}
    assert changed["title"] == 2
    for name in ("board", "trail", "diff"):
        assert shape_of(before[name]) == shape_of(after[name])


def shape_of(answer: Any) -> Any:
    """Return an answer with every text of Mara's, and what stands for it, left blank."""
    if isinstance(answer, dict):
        return {name: shape_of(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [shape_of(value) for value in answer]
    if isinstance(answer, str) and answer.startswith("{"):
        return shape_of(json.loads(answer))
    is_hers = isinstance(answer, str) and (SECRET in answer or answer.strip('"') == "erased")
    return None if is_hers else answer


def test_who_was_erased_is_given_nothing_to_do_and_can_be_taken_off_it(story: Story) -> None:
    assert story.named == {
        name: {"code": "MEMBER_IS_ERASED", "field": field}
        for name, field in {
            "nameMember": "memberId",
            "assignTask": "memberId",
            "spendTime": "memberId",
            "nominateSuperUser": "memberId",
            "pairMentor": "menteeId",
            "inviteToSurvey": "memberIds.1",
        }.items()
    }
    assert [each.type for each in story.after["end"]][-1] == "project.member_removed.v1"


def test_the_trail_shows_what_was_written_and_then_that_it_is_erased(story: Story) -> None:
    before, after = (each["trail"]["data"]["auditTrail"]["nodes"][0] for each in (story.before, story.after))
    assert (before["reason"], after["reason"]) == (SECRET, "erased")
    assert json.loads(before["data"])["description"] == f"{SECRET} says"
    assert json.loads(after["data"])["description"] == "erased"
    assert {"field": "title", "before": None, "after": '"erased"'} in after["changes"]


def test_who_was_erased_records_nothing_more_in_any_process(story: Story) -> None:
    assert story.refusals[5:] == ["ERASED"] * 4


def test_the_log_of_the_processes_has_no_byte_of_them(story: Story) -> None:
    assert len(story.logs) > 20
    assert SECRET not in repr(story.logs)


def test_the_rows_are_the_fold_of_the_log_as_it_can_be_read_now(story: Story) -> None:
    with keyed(story.url) as keys:
        events = codec().with_keys(keys)
        catch_up(story.url, events)
        assert_rows_are_the_fold(story.url, events=events)


def test_the_topic_carries_what_is_stored_and_no_byte_of_them(
    story: Story, embedded_broker: EmbeddedBroker
) -> None:
    topic = f"erasure-{uuid4().hex[:8]}"
    records = whole(story.url)
    with (
        relaying(story.url, embedded_broker.bootstrap, topic),
        reading(embedded_broker.bootstrap, topic) as reader,
    ):
        reader.read_to(records[-1].position)
    reader.assert_equals(records)
    assert SECRET not in repr(reader.taken)


def test_a_projector_that_still_holds_a_key_writes_nothing_with_it(story: Story) -> None:
    last = "Benjamin was here"
    with keyed(story.url) as keys, connect(story.url, application="test") as connection:
        events = codec().with_keys(keys)
        catch_up(story.url, events)
        asyncio.run(retitle(story, events, last))
        keys.load([BEN.actor_id.bytes])
        delete_key(connection, BEN.actor_id)
        catch_up(story.url, events)
    assert tables_with(story.url, last) == set()
    assert any(re.fullmatch(r"rows\.task_board_\d+", each) for each in tables_with(story.url, "erased"))


async def retitle(story: Story, events: Codec, title: str) -> None:
    issued: Issued[Any] = Issued(
        RetitleTask(title), UUID(story.of_ben), uuid4(), BEN.actor_id, datetime.now(UTC)
    )
    async with EventLog(story.url, events=events) as log:
        await handle(TASK, issued, log, permitting(BEN))
