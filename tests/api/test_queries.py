"""Queries over HTTP: what is seen by whom, as of when, and never old data as new.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import pytest

from domain.roles import Role
from infra.codec import codec
from infra.rebuild import rebuild
from infra.tokens import Actor
from projections.all import ALL
from tests.api.conftest import Api, Scene, opened, settings_for
from tests.api.projecting import PARTITIONS, project

pytestmark = pytest.mark.anyio

BOARD = "{ nodes { id title percent status dueOn } pageInfo { hasNextPage endCursor } totalCount position }"


async def board(api: Api, arguments: str, variables: Any = None, declared: str = "") -> dict[str, Any]:
    reply = await api.ask(f"query {declared} {{ taskBoard({arguments}) {BOARD} }}", variables)
    assert "errors" not in reply, reply
    found: dict[str, Any] = reply["data"]["taskBoard"]
    return found


async def refusal(api: Api, query: str, variables: Any = None) -> str:
    reply = await api.ask(query, variables)
    assert reply.get("data") is None, reply
    code: str = reply["errors"][0]["extensions"]["code"]
    return code


async def test_whoever_wrote_reads_their_own_write(scene: Scene) -> None:
    await project(scene.api.database_url)
    written = await scene.api.do("retitleTask", taskId=scene.task, title="Paint the door")
    waiting = asyncio.create_task(
        board(scene.api, f'project: "{scene.project}", after: {written["position"]}')
    )
    await asyncio.sleep(0)
    await project(scene.api.database_url)
    found = await waiting
    assert [node["title"] for node in found["nodes"]] == ["Paint the door"]
    assert found["position"] >= written["position"]


@pytest.fixture
async def impatient(installed_url: str) -> AsyncGenerator[Api]:

    async with opened(settings_for(installed_url, stale_after_seconds=0.2)) as api:
        yield api


async def test_rows_that_are_behind_are_called_stale_and_not_shown(impatient: Api) -> None:
    await impatient.made("openProject", name="House")
    assert await refusal(impatient, "{ taskBoard(after: 1) { totalCount } }") == "STALE"
    assert await refusal(impatient, "{ taskBoard(asOf: {position: 1}) { totalCount } }") == "STALE"


async def test_an_answer_as_of_a_position_never_changes(scene: Scene) -> None:
    positions = [
        (await scene.api.do("recordProgress", taskId=scene.task, percent=percent))["position"]
        for percent in (10, 20, 30)
    ]
    await project(scene.api.database_url)
    query = (
        "query ($at: Position!, $id: ID!)"
        " { node(id: $id, asOf: {position: $at}) { ... on TaskCard { percent } } }"
    )

    async def at(position: int) -> Any:
        return (await scene.api.ask(query, {"at": position, "id": scene.task}))["data"]["node"]

    assert [await at(position) for position in positions] == [
        {"percent": 10},
        {"percent": 20},
        {"percent": 30},
    ]
    assert await at(positions[0] - 1) == {"percent": 0}
    assert await at(1) is None
    lists = [await board(scene.api, f"asOf: {{position: {position}}}") for position in range(positions[-1])]
    await asyncio.to_thread(rebuild, scene.api.database_url, ALL, codec(), partitions=PARTITIONS)
    again = [await board(scene.api, f"asOf: {{position: {position}}}") for position in range(positions[-1])]
    assert again == lists


async def test_a_moment_is_a_position_or_a_time_the_log_has_reached(scene: Scene) -> None:
    await project(scene.api.database_url)
    assert (await board(scene.api, 'asOf: {time: "1990-01-01T00:00:00Z"}'))["nodes"] == []
    assert len((await board(scene.api, 'asOf: {time: "2190-01-01T00:00:00Z"}'))["nodes"]) == 2
    assert await refusal(scene.api, "{ taskBoard(asOf: {position: 999999}) { position } }") == "BEYOND_HEAD"
    assert await refusal(scene.api, "{ taskBoard(asOf: {position: -1}) { position } }") == "MALFORMED"
    assert await refusal(scene.api, "{ taskBoard(asOf: {}) { position } }") == "MALFORMED"


@pytest.mark.parametrize("order", ["OPENED", "DUE"])
@pytest.mark.parametrize("descending", ["true", "false"])
async def test_pages_are_the_whole_list_in_order(scene: Scene, order: str, descending: str) -> None:
    for number in range(7):
        task = await scene.api.made("openTask", projectId=scene.project, title=f"T{number}")
        if number % 3:
            await scene.api.made("setDueDate", taskId=task, dueOn=f"2026-05-{10 - number:02}")
    await project(scene.api.database_url)
    asked = f'project: "{scene.project}", order: {order}, descending: {descending}'
    whole = await board(scene.api, asked)
    assert whole["totalCount"] == len(whole["nodes"]) == 8
    seen, cursor = [], None
    while True:
        page = await board(scene.api, f"{asked}, first: 3, cursor: $c", {"c": cursor}, "($c: String)")
        seen += page["nodes"]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole["nodes"]
    if order == "DUE":
        days = [node["dueOn"] or "9999" for node in seen]
        assert days == sorted(days, reverse=descending == "true")


async def test_a_cursor_belongs_to_one_list_and_one_moment(scene: Scene) -> None:
    await project(scene.api.database_url)
    cursor = (await board(scene.api, "first: 1"))["pageInfo"]["endCursor"]
    for other in ("order: DUE", "asOf: {position: 3}", "descending: true", "where: {status: [OPEN]}"):
        query = f'{{ taskBoard({other}, cursor: "{cursor}") {{ position }} }}'
        assert await refusal(scene.api, query) == "BAD_CURSOR"
    for forged in ("x", "", "W10", cursor[:-4] + "AAAA"):
        query = f'{{ taskBoard(cursor: "{forged}") {{ position }} }}'
        assert await refusal(scene.api, query) == "BAD_CURSOR"


@pytest.mark.parametrize("first", [0, -1, 201])
async def test_a_page_is_bounded(scene: Scene, first: int) -> None:
    assert await refusal(scene.api, f"{{ taskBoard(first: {first}) {{ position }} }}") in {
        "MALFORMED",
        "TOO_MUCH",
    }


async def test_a_member_sees_their_own_projects_only(scene: Scene) -> None:
    await project(scene.api.database_url)
    member = scene.api.of(scene.member)
    assert [node["id"] for node in (await board(member, "first: 50"))["nodes"]] == [scene.task]
    assert (await board(member, "asOf: {position: 1}"))["nodes"] == []
    other = f'{{ taskBoard(project: "{scene.other_project}") {{ position }} }}'
    assert await refusal(member, other) == "NOT_PERMITTED"
    node = f'{{ node(id: "{scene.other_task}") {{ ... on TaskCard {{ title }} }} viewer {{ actorId }} }}'
    reply = await member.ask(node)
    assert reply["data"] is None or reply["data"]["node"] is None
    assert reply["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    trail = await member.ask(
        f'{{ auditTrail(node: "{scene.other_task}") {{ totalCount nodes {{ type }} }} }}'
    )
    assert trail["data"]["auditTrail"] == {"totalCount": 0, "nodes": []}
    stranger = scene.api.of(Actor(uuid4(), frozenset()))
    assert (await board(stranger, "first: 50"))["nodes"] == []
    assert await refusal(stranger, "{ parked { model } }") == "NOT_PERMITTED"


async def test_an_auditor_sees_everything_and_changes_nothing(scene: Scene) -> None:
    await project(scene.api.database_url)
    auditor = scene.api.of(Actor(uuid4(), frozenset({Role.AUDITOR})))
    assert len((await board(auditor, "first: 50"))["nodes"]) == 2
    assert (await auditor.ask("{ parked { model } }"))["data"] == {"parked": []}
    assert (await auditor.do("retitleTask", taskId=scene.task, title="X"))["userErrors"][0][
        "code"
    ] == "NOT_PERMITTED"


async def test_the_audit_trail_says_who_what_when_why_and_what_changed(scene: Scene) -> None:
    await scene.api.of(scene.manager).made("estimateTask", taskId=scene.task, minutes=60, reason="agreed")
    await scene.api.of(scene.member).made("estimateTask", taskId=scene.task, minutes=90)
    query = (
        "query ($id: ID!) { auditTrail(node: $id, descending: true, first: 2)"
        " { totalCount pageInfo { hasNextPage }"
        " nodes { type version actorId reason occurredAt recordedAt changes { field before after } } } }"
    )
    trail = (await scene.api.ask(query, {"id": scene.task}))["data"]["auditTrail"]
    assert trail["totalCount"] == 3
    assert trail["pageInfo"]["hasNextPage"] is True
    latest, earlier = trail["nodes"]
    assert latest["changes"] == [{"field": "estimate_minutes", "before": "60", "after": "90"}]
    assert earlier["changes"] == [{"field": "estimate_minutes", "before": None, "after": "60"}]
    assert [earlier["actorId"], earlier["reason"], earlier["version"]] == [
        str(scene.manager.actor_id),
        "agreed",
        2,
    ]


async def test_a_figure_opens_into_observations_and_these_into_events(scene: Scene) -> None:
    api = scene.api
    await api.made("setDueDate", taskId=scene.task, dueOn="2026-03-10")
    await api.made("startTask", taskId=scene.task)
    before = len(api.events())
    done = await api.do("completeTask", taskId=scene.task)
    await project(api.database_url)
    query = (
        'query ($known: Moment, $as: Moment) { kpi(code: ON_TIME_RATE, from: "2020-01-01", to: "2199-12-31",'
        " knownAt: $known, asOf: $as) { unit measure position figure { value metCount missedCount p50 }"
        " figures(every: YEAR) { begin value }"
        " observations { totalCount nodes { rowId isMet fromPosition events { nodes { type } } } } } }"
    )
    now = (await api.ask(query))["data"]["kpi"]
    assert now["figure"] == {"value": 0.0, "metCount": 0, "missedCount": 1, "p50": None}
    (observation,) = now["observations"]["nodes"]
    assert observation["rowId"] == scene.task
    assert observation["isMet"] is False
    assert observation["fromPosition"] == done["position"]
    names = [node["type"] for node in observation["events"]["nodes"]]
    assert names == ["task.opened.v1", "task.due_date_set.v1", "task.started.v2", "task.completed.v2"]
    earlier = (await api.ask(query, {"known": {"position": before}}))["data"]["kpi"]
    assert earlier["observations"] == {"totalCount": 0, "nodes": []}
    assert earlier["figure"]["value"] is None
    past = (await api.ask(query, {"as": {"time": "2021-01-01T00:00:00Z"}}))["data"]["kpi"]
    assert past["observations"]["totalCount"] == 0


async def test_reopening_takes_no_completion_back(scene: Scene) -> None:
    await scene.api.made("completeTask", taskId=scene.task)
    await scene.api.made("reopenTask", taskId=scene.task, cause="paint dripped")
    await scene.api.made("completeTask", taskId=scene.task)
    await project(scene.api.database_url)
    query = '{ kpi(code: THROUGHPUT, from: "2020-01-01", to: "2199-12-31") { figure { value } } }'
    assert (await scene.api.ask(query))["data"]["kpi"]["figure"]["value"] == 2.0


async def test_a_window_that_ends_before_it_begins_is_refused(scene: Scene) -> None:
    query = '{ kpi(code: THROUGHPUT, from: "2020-01-02", to: "2020-01-01") { unit } }'
    assert await refusal(scene.api, query) == "MALFORMED"
    query = '{ kpi(code: THROUGHPUT, from: "1920-01-02", to: "2020-01-01") { unit } }'
    assert await refusal(scene.api, query) == "MALFORMED"


async def test_an_unknown_project_is_said_to_be_unknown(scene: Scene) -> None:
    query = f'{{ taskBoard(project: "{uuid4()}") {{ position }} }}'
    assert await refusal(scene.api, query) == "UNKNOWN_PROJECT"
    assert await refusal(scene.api, '{ taskBoard(project: "x") { position } }') == "MALFORMED"
    unknown = (await scene.api.ask(f'{{ node(id: "{uuid4()}") {{ ... on TaskCard {{ id }} }} }}'))["data"]
    assert unknown == {"node": None}


async def test_a_list_is_narrowed_by_what_its_rows_say(scene: Scene) -> None:
    await scene.api.made("startTask", taskId=scene.task)
    await scene.api.made("assignTask", taskId=scene.task, memberId=str(scene.member.actor_id))
    await project(scene.api.database_url)
    for where, count in (
        ("{status: [STARTED]}", 1),
        ("{status: [STARTED, OPEN]}", 2),
        ("{status: [CANCELLED]}", 0),
        (f'{{assigneeIds: "{scene.member.actor_id}"}}', 1),
        (f'{{assigneeIds: "{scene.member.actor_id}", status: [OPEN]}}', 0),
        ("{}", 2),
    ):
        assert (await board(scene.api, f"where: {where}"))["totalCount"] == count
    assert await refusal(scene.api, '{ taskBoard(where: {assigneeIds: "x"}) { position } }') == "MALFORMED"


async def test_a_project_says_how_far_its_tasks_are_then_and_now(scene: Scene) -> None:
    done = await scene.api.do("completeTask", taskId=scene.task)
    await project(scene.api.database_url)
    fields = "{ ... on ProjectOverview { name team { role } taskCounts { status count } } }"
    query = (
        f"query ($id: ID!, $at: Moment) {{ node(id: $id, asOf: $at) {fields}"
        " projectOverview(asOf: $at) { totalCount nodes { id taskCounts { status count } } } }"
    )

    async def counts(at: Any) -> dict[str, int]:
        data = (await scene.api.ask(query, {"id": scene.project, "at": at}))["data"]
        listed = next(node for node in data["projectOverview"]["nodes"] if node["id"] == scene.project)
        assert listed["taskCounts"] == data["node"]["taskCounts"]
        return {each["status"]: each["count"] for each in listed["taskCounts"] if each["count"]}

    assert await counts(None) == {"COMPLETED": 1}
    assert await counts({"position": done["position"] - 1}) == {"OPEN": 1}
