"""Questions about the past: what changed between two moments, who could do what, what was restated.

Longer than other files: each question has its tests here.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from infra.tokens import Actor
from tests.api.conftest import Api, Scene, mutation
from tests.api.projecting import project

pytestmark = pytest.mark.anyio


async def asked(api: Api, query: str, **variables: Any) -> dict[str, Any]:
    reply = await api.ask(query, variables)
    assert "errors" not in reply, reply
    found: dict[str, Any] = reply["data"]
    return found


async def code(api: Api, query: str, **variables: Any) -> tuple[str, str | None]:
    reply = await api.ask(query, variables)
    extensions = reply["errors"][0]["extensions"]
    return extensions["code"], extensions.get("field")


DIFFER = (
    "query ($node: ID!, $from: Moment!, $to: Moment, $first: Int = 50, $cursor: String) {"
    " diff(node: $node, from: $from, to: $to, first: $first, cursor: $cursor) { kind fromPosition toPosition"
    " fields { totalCount pageInfo { hasNextPage endCursor } nodes { field before after stepCount"
    " steps { position type actorId reason before after } } } } }"
)


async def test_a_difference_says_of_each_field_what_it_was_and_became_by_whom_and_why(scene: Scene) -> None:
    api, task = scene.api, scene.task
    begin = len(api.events())
    await api.done("estimateTask", taskId=task, minutes=60)
    first = await api.done("estimateTask", taskId=task, minutes=90, reason="agreed")
    await api.of(scene.manager).done("retitleTask", taskId=task, title="Paint it all")
    await api.done("retitleTask", taskId=task, title="Paint the wall")
    found = (await asked(api, DIFFER, node=task, **{"from": {"position": begin}}))["diff"]
    assert (found["kind"], found["fromPosition"], found["toPosition"]) == ("task", begin, begin + 4)
    fields = {each["field"]: each for each in found["fields"]["nodes"]}
    assert found["fields"]["totalCount"] == len(fields) == 2
    estimate, title = fields["estimate_minutes"], fields["title"]
    assert (estimate["before"], estimate["after"], estimate["stepCount"]) == (None, "90", 2)
    assert estimate["steps"][1] == {
        "position": first,
        "type": "task.estimated.v1",
        "actorId": str(api.actor.actor_id),
        "reason": "agreed",
        "before": "60",
        "after": "90",
    }
    assert title["before"] == title["after"] == '"Paint the wall"'
    assert title["steps"][0]["actorId"] == str(scene.manager.actor_id)
    until = {"from": {"position": begin}, "to": {"position": begin + 1}}
    (only,) = (await asked(api, DIFFER, node=task, **until))["diff"]["fields"]["nodes"]
    assert (only["field"], only["after"]) == ("estimate_minutes", "60")
    page = (await asked(api, DIFFER, node=task, first=1, **{"from": {"position": begin}}))["diff"]["fields"]
    rest = {"from": {"position": begin}, "cursor": page["pageInfo"]["endCursor"]}
    later = (await asked(api, DIFFER, node=task, **rest))["diff"]["fields"]
    assert [each["field"] for each in page["nodes"] + later["nodes"]] == ["estimate_minutes", "title"]


async def test_a_difference_that_cannot_be_given_is_refused(scene: Scene) -> None:
    api, begin = scene.api, {"position": 1}
    wrong: list[tuple[dict[str, Any], tuple[str, str | None]]] = [
        ({"node": str(uuid4()), "from": begin}, ("UNKNOWN", "node")),
        ({"node": scene.task, "from": {"position": 99999}}, ("BEYOND_HEAD", "from.position")),
        ({"node": scene.task, "from": begin, "to": {"position": 99999}}, ("BEYOND_HEAD", "to.position")),
        ({"node": scene.task, "from": {"position": 2}, "to": begin}, ("MALFORMED", "to")),
        ({"node": scene.task, "from": begin, "cursor": "x"}, ("BAD_CURSOR", "cursor")),
    ]
    for given, refusal in wrong:
        assert await code(api, DIFFER, **given) == refusal
    other = api.of(scene.other_manager)
    assert await code(other, DIFFER, node=scene.task, **{"from": begin}) == ("NOT_PERMITTED", "project")
    member = str(scene.member.actor_id)
    assert await code(other, DIFFER, node=member, **{"from": begin}) == ("NOT_PERMITTED", "node")
    assert (await asked(api, DIFFER, node=member, **{"from": begin}))["diff"]["kind"] == "member"
    early = {"from": {"time": "1970-01-01T00:00:00Z"}, "to": {"time": "1971-01-01T00:00:00Z"}}
    nothing = (await asked(api, DIFFER, node=scene.task, **early))["diff"]
    assert (nothing["fromPosition"], nothing["fields"]["totalCount"]) == (0, 0)


async def test_a_trail_of_events_that_do_not_exist_is_refused_not_empty(scene: Scene) -> None:
    query = "query ($types: [String!]) { auditTrail(types: $types) { totalCount } }"
    assert await code(scene.api, query, types=["task.complete.v1"]) == ("MALFORMED", "types")
    older = await asked(scene.api, query, types=["task.reopened.v1", "task.opened.v1"])
    assert older["auditTrail"]["totalCount"] > 0


PERMISSIONS = (
    "query ($project: ID!, $at: Moment, $member: ID, $first: Int = 200, $cursor: String, $actions: [String!])"
    " { permissions(project: $project, asOf: $at, member: $member, first: $first, cursor: $cursor,"
    " actions: $actions) { totalCount position pageInfo { endCursor } nodes { action roles memberIds } } }"
)


async def test_who_could_do_what_is_told_of_any_moment(scene: Scene) -> None:
    api, mine = scene.api, {"project": scene.project, "actions": ["completeTask"]}
    member, manager = (str(each.actor_id) for each in (scene.member, scene.manager))
    before = len(api.events())
    await api.done("reviseRule", projectId=scene.project, action="completeTask", roles=["PROJECT_MANAGER"])
    removed = await api.done("removeMember", projectId=scene.project, memberId=member)

    async def at(position: int) -> tuple[set[str], set[str]]:
        found = (await asked(api, PERMISSIONS, at={"position": position}, **mine))["permissions"]
        (node,) = found["nodes"]
        assert found["position"] == position
        return set(node["roles"]), set(node["memberIds"])

    assert {"MEMBER", "PROJECT_MANAGER"} < (await at(before))[0]
    assert (await at(before))[1] == {member, manager}
    assert "MEMBER" not in (await at(removed - 1))[0]
    assert (await at(removed))[1] == {manager}
    every = (await asked(api, PERMISSIONS, project=scene.project, member=member, at={"position": before}))[
        "permissions"
    ]
    assert every["totalCount"] > 20
    actions = [each["action"] for each in every["nodes"]]
    assert actions == sorted(actions)
    assert "closeProject" not in actions
    none = await asked(api, PERMISSIONS, project=scene.project, member=member)
    assert none["permissions"]["totalCount"] == 0
    misspelt = {"project": scene.project, "actions": ["completeTsk"]}
    assert await code(api, PERMISSIONS, **misspelt) == ("MALFORMED", "actions")
    assert await code(api, PERMISSIONS, project=scene.project, at={"position": 1}) == (
        "UNKNOWN_PROJECT",
        "project",
    )
    stranger = api.of(Actor(uuid4(), frozenset()))
    assert await code(stranger, PERMISSIONS, project=scene.project) == ("NOT_PERMITTED", "project")


RESTATED = (
    "query ($project: ID, $every: Every! = MONTH, $published: Moment, $at: Moment, $first: Int = 50,"
    ' $cursor: String) { restatements(code: THROUGHPUT, from: "2026-01-01", to: "2026-03-31",'
    " project: $project, every: $every, published: $published, asOf: $at, first: $first, cursor: $cursor) {"
    " totalCount pageInfo { hasNextPage endCursor } nodes { begin end publishedAt published { value }"
    " known { value } events(first: 1) { totalCount pageInfo { hasNextPage } nodes { type position } } } } }"
)


async def completed(scene: Scene, at: str) -> int:
    task = await scene.api.made("openTask", projectId=scene.project, title="T", occurredAt=at)
    return await scene.api.done("completeTask", taskId=task, occurredAt=at)


async def test_a_figure_that_changed_after_it_was_published_is_told_with_the_late_events(
    scene: Scene,
) -> None:
    for day in ("2026-01-10", "2026-02-10"):
        await completed(scene, f"{day}T10:00:00Z")
    published = len(scene.api.events())
    await project(scene.api.database_url)
    at_end = {"published": {"position": published}}

    async def told(**given: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await asked(scene.api, RESTATED, **given))["restatements"]
        return found

    assert (await told(**at_end))["nodes"] == []
    late = await completed(scene, "2026-02-11T10:00:00Z")
    later = await completed(scene, "2026-02-12T10:00:00Z")
    await project(scene.api.database_url)
    found = await told(**at_end, project=scene.project)
    assert found["totalCount"] == 1
    assert found["nodes"] == [
        {
            "begin": "2026-02-01",
            "end": "2026-02-28",
            "publishedAt": published,
            "published": {"value": 1.0},
            "known": {"value": 3.0},
            "events": {
                "totalCount": 2,
                "pageInfo": {"hasNextPage": True},
                "nodes": [{"type": "task.completed.v2", "position": late}],
            },
        }
    ]
    (known,) = (await told(**at_end, at={"position": later - 1}))["nodes"]
    assert known["known"] == {"value": 2.0}
    assert known["events"]["totalCount"] == 1
    page = await told(first=1)
    assert [(each["begin"], each["publishedAt"]) for each in page["nodes"]] == [("2026-01-01", 0)]
    rest = await told(cursor=page["pageInfo"]["endCursor"])
    assert [each["begin"] for each in rest["nodes"]] == ["2026-02-01"]
    days = (await told(every="DAY", **at_end))["nodes"]
    assert [each["begin"] for each in days] == ["2026-02-11", "2026-02-12"]
    assert await code(scene.api, RESTATED, cursor=page["pageInfo"]["endCursor"], **at_end) == (
        "BAD_CURSOR",
        "cursor",
    )


async def test_a_figure_is_published_when_its_period_ends_and_not_before(scene: Scene) -> None:
    today = datetime.now(UTC)
    await completed(scene, today.isoformat())
    await project(scene.api.database_url)
    query = (
        "query ($from: Date!, $to: Date!) { restatements(code: THROUGHPUT, from: $from, to: $to, every: DAY)"
        " { totalCount nodes { publishedAt } } }"
    )
    day = {"from": (today - timedelta(days=1)).date().isoformat(), "to": today.date().isoformat()}
    assert (await asked(scene.api, query, **day))["restatements"]["totalCount"] == 0
    wide = {"from": "1990-01-01", "to": "2020-01-01"}
    assert await code(scene.api, query, **wide) == ("MALFORMED", "to")


async def test_what_ended_an_observation_is_not_told_before_it_happened(scene: Scene) -> None:
    task = scene.task
    await scene.api.done("setDueDate", taskId=task, dueOn="2099-03-10")
    known = await scene.api.done("completeTask", taskId=task)
    ended = await scene.api.done("reopenTask", taskId=task, cause="It leaks.")
    await project(scene.api.database_url)
    query = (
        'query ($at: Moment) { kpi(code: ON_TIME_RATE_OF_DUE, from: "2020-01-01", to: "2099-12-31",'
        " knownAt: $at) { observations { nodes { rowId fromPosition toPosition row } } } }"
    )

    async def seen(at: int) -> dict[str, Any]:
        (node,) = (await asked(scene.api, query, at={"position": at}))["kpi"]["observations"]["nodes"]
        found: dict[str, Any] = node
        return found

    assert [(await seen(at))["toPosition"] for at in (known, ended)] == [None, None]
    assert [(await seen(at))["fromPosition"] for at in (known, ended)] == [known, ended]
    row = json.loads((await seen(known))["row"])
    assert (row["task_id"], row["status"]) == (task, "completed")


async def test_what_a_newer_version_wrote_is_not_half_read(scene: Scene) -> None:
    api, task = scene.api, scene.task
    with psycopg.connect(api.database_url) as connection:
        connection.execute(NEWER, (task,))
    reply = await api.ask(mutation("reopenTask"), {"input": {"taskId": task, "cause": "It leaks."}})
    assert reply["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert api.events()[-1] == "task.teleported.v1"
    found = await code(api, DIFFER, node=task, **{"from": {"position": 1}})
    assert found == ("NOT_READABLE", None)
    before = {"from": {"position": 1}, "to": {"position": len(api.events()) - 1}}
    assert (await asked(api, DIFFER, node=task, **before))["diff"]["kind"] == "task"


NEWER = (
    "INSERT INTO log.event SELECT (SELECT max(position) + 1 FROM log.event), uuidv7(), stream, version + 1,"
    " 'task.teleported.v1', project_id, actor_id, correlation_id, causation_id, uuidv7(), reason,"
    " occurred_at, clock_timestamp(), data FROM log.event WHERE stream = %s ORDER BY version DESC LIMIT 1"
)


AT_ANY_MOMENT = (
    'kpi(code: THROUGHPUT, from: "2020-01-01", to: "2030-01-01", ASOF) { figure { value } }',
    "taskBoard(ASOF) { totalCount }",
    "auditTrail(ASOF) { totalCount }",
    "freshness(ASOF) { head }",
    "workInProgress(ASOF) { count }",
    'restatements(code: THROUGHPUT, from: "2020-01-01", to: "2020-03-01", ASOF) { totalCount }',
    'valueOf(project: "PROJECT", ASOF) { costCents }',
    'patchCadence(project: "PROJECT", ASOF) { patchCount }',
    'adoption(project: "PROJECT", ASOF) { invitedCount }',
    'kpiTargetProgress(project: "PROJECT", ASOF) { code }',
)


async def test_a_moment_beyond_the_log_is_refused_and_one_before_it_is_empty(scene: Scene) -> None:
    await project(scene.api.database_url)
    for query in (each.replace("PROJECT", scene.project) for each in AT_ANY_MOMENT):
        for moment, answer in (
            ("asOf: {position: 99999}", "BEYOND_HEAD"),
            ("asOf: {position: -1}", "MALFORMED"),
            ("asOf: {time: null}", "MALFORMED"),
            ('asOf: {time: "2026-01-01T00:00:00"}', "MALFORMED"),
        ):
            reply = await scene.api.ask(f"{{ {query.replace('ASOF', moment)} }}")
            assert reply["errors"][0]["extensions"]["code"] == answer, (query, moment)
        for moment in ("asOf: {position: 0}", 'asOf: {time: "1971-01-01T00:00:00Z"}'):
            reply = await scene.api.ask(f"{{ {query.replace('ASOF', moment)} }}")
            assert "errors" not in reply, reply
            assert all(value in {None, 0} for value in leaves(reply["data"])), reply


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    return [leaf for each in value for leaf in leaves(each)] if isinstance(value, list) else [value]
