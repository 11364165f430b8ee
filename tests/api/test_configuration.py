"""Configuration, integrations, where a project comes from: DOMAIN.md's rows from command to read model.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from infra.tokens import Actor
from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import ask, assert_rebuilt_alike, do, refused, rows, today

pytestmark = pytest.mark.anyio

STATES = [
    {"name": "New", "category": "OPEN"},
    {"name": "In work", "category": "STARTED"},
    {"name": "In review", "category": "STARTED"},
    {"name": "Done", "category": "COMPLETED"},
]
WAYS = [
    {"fromState": "New", "toState": "In work"},
    {"fromState": "In work", "toState": "In review"},
    {"fromState": "In review", "toState": "Done", "roles": ["PROJECT_MANAGER"]},
]
SHORT = [*WAYS[:1], {"fromState": "In work", "toState": "Done"}]


async def opened(scene: Scene, title: str = "Weld the frame") -> str:
    return await scene.api.of(scene.manager).made("openTask", projectId=scene.project, title=title)


async def move(scene: Scene, task: str, *states: str, by: Actor | None = None) -> int:
    position = 0
    for state in states:
        position = await scene.api.of(by or scene.manager).done("moveTask", taskId=task, state=state)
    return position


async def why(scene: Scene, command: str, by: Actor, **given: Any) -> list[tuple[str, str | None]]:
    """Return the codes and fields by which a command is refused to somebody."""
    payload = await scene.api.of(by).do(command, **given)
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


async def card(scene: Scene, task: str, fields: str, arguments: str = "") -> dict[str, Any]:
    found = await rows(scene, "taskBoard", f"id {fields}", arguments)
    (one,) = [each for each in found if each["id"] == task]
    return {name: value for name, value in one.items() if name != "id"}


async def figure(scene: Scene, code: str, known: str = "") -> dict[str, Any]:
    """Return the value of a KPI over the last days, and how many observations it is made of."""
    begin, end = today() - timedelta(days=30), today() + timedelta(days=1)
    window = f'code: {code}, from: "{begin}", to: "{end}"{known}'
    found: dict[str, Any] = await ask(scene, "kpi", window, "figure { value observationCount }")
    return found["figure"]


def ran(minutes_ago: int, **more: Any) -> dict[str, Any]:
    started = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    counts = {"readCount": 10, "createdCount": 3, "changedCount": 2, "refusedCount": 1, "errorCount": 0}
    totals = {"totalInHundredths": 5_000_000_000, "totalOutHundredths": 5_000_000_000}
    times = {"startedAt": started.isoformat(), "finishedAt": (started + timedelta(seconds=30)).isoformat()}
    return {**times, **counts, **totals, **more}


async def registered(scene: Scene, kind: str, name: str) -> str:
    integration = str(uuid4())
    await do(
        scene,
        "registerIntegration",
        integrationId=integration,
        kind=kind,
        name=name,
        direction="BOTH",
        ownerId=str(scene.member.actor_id),
        mapping=[{"theirs": "KOSTL", "ours": "cost_centre"}],
    )
    return integration


async def test_row_11_systems_are_connected_and_data_flows(scene: Scene) -> None:
    erp = await registered(scene, "ERP", "SAP")
    for kind, name in (("CRM", "Salesforce"), ("OA", "Weaver")):
        await registered(scene, kind, name)
    healthy = await do(scene, "recordSyncRun", by=scene.member, integrationId=erp, **ran(30))
    pairs = [{"theirs": "KOSTL", "ours": "cost_centre"}, {"theirs": "AUFNR", "ours": "task"}]
    await do(scene, "reviseIntegrationMapping", integrationId=erp, mapping=pairs)
    failed = ran(20, errorCount=1, errors="Timeout in row 7", totalOutHundredths=4_999_999_900)
    await do(scene, "recordSyncRun", by=scene.member, integrationId=erp, **failed)
    fields = (
        "kind name direction ownerId mappingVersion mapping { theirs ours } runCount failedCount"
        " errorRatePercent lastRunOn lastSuccessOn isSuccessful isReconciled"
    )
    assert len(await rows(scene, "integrationHealth", fields)) == 3
    (now,) = await rows(scene, "integrationHealth", fields, "where: {kind: [ERP]}")
    assert now == {
        "kind": "ERP",
        "name": "SAP",
        "direction": "BOTH",
        "ownerId": str(scene.member.actor_id),
        "mappingVersion": 2,
        "mapping": pairs,
        "runCount": 2,
        "failedCount": 1,
        "errorRatePercent": 50,
        "lastRunOn": now["lastRunOn"],
        "lastSuccessOn": now["lastRunOn"],
        "isSuccessful": False,
        "isReconciled": False,
    }
    (then,) = await rows(
        scene, "integrationHealth", fields, f"where: {{kind: [ERP]}}, asOf: {{position: {healthy}}}"
    )
    assert (then["runCount"], then["isSuccessful"], then["isReconciled"]) == (1, True, True)


async def test_row_11_each_run_is_kept_and_counts_for_the_rate_of_success(scene: Scene) -> None:
    erp = await registered(scene, "ERP", "SAP")
    healthy = await do(scene, "recordSyncRun", by=scene.member, integrationId=erp, **ran(30))
    await do(scene, "reviseIntegrationMapping", integrationId=erp, mapping=[])
    failed = ran(20, errorCount=1, errors="Timeout in row 7", totalOutHundredths=4_999_999_900)
    await do(scene, "recordSyncRun", by=scene.member, integrationId=erp, **failed)
    fields = "readCount unchangedCount mappingVersion errors totalInHundredths isReconciled"
    good, bad = await rows(scene, "syncRuns", fields)
    assert good == {
        "readCount": 10,
        "unchangedCount": 4,
        "mappingVersion": 1,
        "errors": "",
        "totalInHundredths": 5_000_000_000,
        "isReconciled": True,
    }
    assert (bad["mappingVersion"], bad["errors"], bad["isReconciled"]) == (2, "Timeout in row 7", False)
    assert await figure(scene, "INTEGRATION_SUCCESS") == {"value": 50.0, "observationCount": 2}
    known = f", knownAt: {{position: {healthy}}}"
    assert await figure(scene, "INTEGRATION_SUCCESS", known) == {"value": 100.0, "observationCount": 1}


async def test_row_11_an_integration_has_an_owner_and_its_runs_an_order(scene: Scene) -> None:
    stranger = {"ownerId": str(scene.other_manager.actor_id), "direction": "IN"}
    asked = {"integrationId": str(uuid4()), "kind": "OTHER", "name": "x", **stranger}
    not_there = await refused(scene, "registerIntegration", **asked)
    assert not_there == {"code": "NOT_ON_THE_TEAM", "field": "ownerId"}
    erp = await registered(scene, "ERP", "SAP")
    await do(scene, "recordSyncRun", integrationId=erp, **ran(20))
    too_late = await refused(scene, "recordSyncRun", integrationId=erp, **ran(25))
    assert too_late == {"code": "RUN_OUT_OF_ORDER", "field": "startedAt"}
    await do(scene, "retireIntegration", integrationId=erp)
    over = await refused(scene, "recordSyncRun", integrationId=erp, **ran(1))
    assert over == {"code": "INTEGRATION_IS_RETIRED", "field": "integrationId"}


async def test_row_32_fields_are_defined_and_old_values_keep_their_version(scene: Scene) -> None:
    lot = {"code": "lot", "label": "Lot"}
    before = await do(
        scene, "defineField", type="CHOICE", isRequired=False, choices=["Small", "Large"], **lot
    )
    task = {"taskId": scene.task, "code": "lot"}
    assert await why(scene, "setTaskField", scene.member, value="Huge", **task) == [("UNFIT_VALUE", "value")]
    await scene.api.of(scene.member).made("setTaskField", value="Large", **task)
    await do(scene, "reviseField", type="NUMBER", isRequired=True, **lot)
    assert await why(scene, "setTaskField", scene.member, value="Large", **task) == [("UNFIT_VALUE", "value")]
    shown = await card(scene, scene.task, "customValues { code value fieldVersion }")
    assert shown == {"customValues": [{"code": "lot", "value": "Large", "fieldVersion": 1}]}

    newer = await opened(scene)
    assert await why(scene, "completeTask", scene.member, taskId=newer) == [("REQUIRED_FIELD_MISSING", None)]
    await scene.api.of(scene.member).made("setTaskField", taskId=newer, code="lot", value="12.5")
    await scene.api.of(scene.member).made("completeTask", taskId=newer)

    await do(scene, "retireField", code="lot")
    fields = (
        "kind code version isRetired versions { number changedById"
        " field { type choices isRequired } workflow { states { name } } roles }"
    )
    (now,) = await rows(scene, "configuration", fields, "where: {kind: [FIELD]}")
    manager = str(scene.manager.actor_id)
    first = {
        "number": 1,
        "changedById": manager,
        "field": {"type": "CHOICE", "choices": ["Small", "Large"], "isRequired": False},
        "workflow": None,
        "roles": None,
    }
    second = {
        **first,
        "number": 2,
        "field": {"type": "NUMBER", "choices": [], "isRequired": True},
    }
    item = {"kind": "FIELD", "code": "lot"}
    assert now == {**item, "version": 2, "isRetired": True, "versions": [first, second]}
    (then,) = await rows(scene, "configuration", fields, f"asOf: {{position: {before}}}")
    assert then == {**item, "version": 1, "isRetired": False, "versions": [first]}
    twice = {"type": "TEXT", "isRequired": False, **lot}
    assert await refused(scene, "defineField", **twice) == {"code": "ALREADY_EXISTS", "field": "code"}


async def test_row_32_old_tasks_keep_the_workflow_they_ran_under(scene: Scene) -> None:
    assert await why(scene, "moveTask", scene.member, taskId=scene.task, state="Done") == [
        ("NO_WORKFLOW", None)
    ]
    await do(scene, "defineWorkflow", states=STATES, transitions=WAYS)
    older = await opened(scene)
    await do(scene, "reviseWorkflow", states=STATES, transitions=SHORT)
    newer = await opened(scene)
    await move(scene, older, "In work", "In review", by=scene.member)
    denied = await why(scene, "moveTask", scene.member, taskId=older, state="Done")
    assert denied == [("NOT_PERMITTED", "state")]
    assert scene.api.events()[-1] == "denial.recorded.v1"
    moved = await move(scene, newer, "In work", "Done", by=scene.member)
    no_way = await why(scene, "moveTask", scene.member, taskId=newer, state="In review")
    assert no_way == [("NO_SUCH_TRANSITION", "state")]
    assert await why(scene, "completeTask", scene.member, taskId=older) == [("RUNS_BY_WORKFLOW", None)]

    fields = "workflowVersion workflowState status"
    assert await card(scene, older, fields) == {
        "workflowVersion": 1,
        "workflowState": "In review",
        "status": "STARTED",
    }
    assert await card(scene, newer, fields) == {
        "workflowVersion": 2,
        "workflowState": "Done",
        "status": "COMPLETED",
    }
    await scene.api.of(scene.member).made("startTask", taskId=scene.task)
    await scene.api.of(scene.member).made("completeTask", taskId=scene.task)
    assert (await card(scene, scene.task, fields))["workflowVersion"] is None
    shown = await card(scene, newer, "workflowState", f", asOf: {{position: {moved - 2}}}")
    assert shown == {"workflowState": "In work"}


async def test_row_32_whatever_its_states_are_called_a_task_counts_alike(scene: Scene) -> None:
    await do(scene, "defineWorkflow", states=STATES, transitions=WAYS)
    one, other = await opened(scene), await opened(scene)
    await move(scene, one, "In work", "In review", "Done")
    done = await move(scene, other, "In work", "In review", "Done")
    assert (await figure(scene, "THROUGHPUT"))["value"] == 2
    assert (await figure(scene, "CYCLE_TIME"))["observationCount"] == 2
    known = f", knownAt: {{position: {done - 2}}}"
    assert (await figure(scene, "THROUGHPUT", known))["value"] == 1


async def test_row_32_each_version_of_a_workflow_can_be_asked_for(scene: Scene) -> None:
    first = await do(scene, "defineWorkflow", states=STATES, transitions=WAYS)
    await do(scene, "reviseWorkflow", states=STATES, transitions=SHORT)
    fields = "version versions { workflow { states { name category } transitions { toState roles } } }"
    (now,) = await rows(scene, "configuration", fields, "where: {kind: [WORKFLOW]}")
    assert now["version"] == 2
    assert now["versions"][0]["workflow"]["states"] == STATES
    assert now["versions"][1]["workflow"]["transitions"][1] == {"toState": "Done", "roles": []}
    (then,) = await rows(scene, "configuration", fields, f"asOf: {{position: {first}}}")
    assert [len(each["workflow"]["transitions"]) for each in then["versions"]] == [3]


async def test_row_32_a_rule_narrows_who_may_and_never_widens(scene: Scene) -> None:
    wide = await refused(scene, "reviseRule", action="closeProject", roles=["MEMBER"])
    assert wide == {"code": "RULE_TOO_WIDE", "field": "roles.0"}
    unknown = await refused(scene, "reviseRule", action="sellProject", roles=[])
    assert unknown == {"code": "UNKNOWN_ACTION", "field": "action"}
    narrow = await do(scene, "reviseRule", action="retitleTask", roles=["PROJECT_MANAGER"])
    retitle = {"taskId": scene.task, "title": "Paint it blue"}
    before = len(scene.api.events())
    assert await why(scene, "retitleTask", scene.member, **retitle) == [("NOT_PERMITTED", None)]
    assert scene.api.events()[before:] == ["denial.recorded.v1"]
    await scene.api.of(scene.manager).made("retitleTask", **retitle)
    other = {"taskId": scene.other_task, "title": "Paint it red"}
    await scene.api.of(scene.other_manager).made("retitleTask", **other)
    await do(scene, "reviseRule", action="retitleTask", roles=[])
    retitle["title"] = "Paint it green"
    assert await why(scene, "retitleTask", scene.manager, **retitle) == [("NOT_PERMITTED", None)]
    await scene.api.made("retitleTask", **retitle)  # an administrator keeps what that role may
    await do(scene, "reviseRule", action="retitleTask", roles=["MEMBER", "PROJECT_MANAGER"])
    retitle["title"] = "Paint it black"
    await scene.api.of(scene.member).made("retitleTask", **retitle)
    fields = "code version versions { roles changedById }"
    (now,) = await rows(scene, "configuration", fields, "where: {kind: [RULE]}")
    assert (now["code"], now["version"]) == ("retitleTask", 3)
    assert [each["roles"] for each in now["versions"]] == [
        ["PROJECT_MANAGER"],
        [],
        ["MEMBER", "PROJECT_MANAGER"],
    ]
    (then,) = await rows(scene, "configuration", fields, f"asOf: {{position: {narrow}}}")
    assert [each["roles"] for each in then["versions"]] == [["PROJECT_MANAGER"]]


async def test_row_32_a_rule_holds_against_whoever_acts_at_the_same_time(scene: Scene) -> None:
    """After the rule is recorded no title of a member's is: each was decided on the project as it stands."""
    titles = [
        scene.api.of(scene.member).do("retitleTask", taskId=scene.task, title=f"T{n}") for n in range(20)
    ]
    rule = scene.api.of(scene.manager).do(
        "reviseRule", projectId=scene.project, action="retitleTask", roles=["PROJECT_MANAGER"]
    )
    *_, ruled = await asyncio.gather(*titles, rule)
    after = scene.api.events()[ruled["position"] :]
    assert "task.retitled.v1" not in after


async def test_row_33_a_project_says_what_kind_of_organisation_it_is_for(scene: Scene) -> None:
    band = {"industry": "Manufacturing", "revenueFromCents": 500_000_000_000, "currency": "CNY"}
    before = await do(scene, "describeOrganisation", revenueBelowCents=None, **band)
    empty = await refused(scene, "describeOrganisation", revenueBelowCents=500_000_000_000, **band)
    assert empty == {"code": "MALFORMED", "field": "revenueBelowCents"}
    await do(scene, "describeOrganisation", revenueBelowCents=1_000_000_000_000, **band)
    fields = "industry revenueFromCents revenueBelowCents currency"
    (now,) = await rows(scene, "organisations", fields)
    assert now == {**band, "revenueBelowCents": 1_000_000_000_000}
    (then,) = await rows(scene, "organisations", fields, f"asOf: {{position: {before}}}")
    assert then == {**band, "revenueBelowCents": None}


async def test_row_34_tasks_nobody_owns_are_the_pain_of_excel_and_mail(scene: Scene) -> None:
    await do(scene, "declareLegacySource", source="EXCEL", usedFor="Plans")
    await do(scene, "declareLegacySource", source="EMAIL")
    (organisation,) = await rows(scene, "organisations", "industry legacySources { source usedFor }")
    assert organisation == {
        "industry": None,
        "legacySources": [{"source": "EXCEL", "usedFor": "Plans"}, {"source": "EMAIL", "usedFor": ""}],
    }
    pain, code = str(uuid4()), "tasks_without_owner"
    text = "Nobody knows who is on it"
    await do(scene, "recordPainPoint", painPointId=pain, category="INFORMATION_SILO", text=text)
    await do(
        scene,
        "defineKpi",
        code=code,
        unit="tasks",
        direction="LOWER",
        formulaVersion=1,
        definition="Tasks under way that nobody is assigned to",
    )
    await do(scene, "linkPainPoint", painPointId=pain, code=code)
    second = await opened(scene)
    assert await figure(scene, "TASKS_WITHOUT_OWNER") == {"value": 2.0, "observationCount": 2}
    member = str(scene.member.actor_id)
    payload = await scene.api.of(scene.manager).do("assignTask", taskId=second, memberId=member)
    known = f", knownAt: {{position: {payload['position'] - 1}}}"
    assert (await figure(scene, "TASKS_WITHOUT_OWNER"))["value"] == 1
    assert (await figure(scene, "TASKS_WITHOUT_OWNER", known))["value"] == 2
    await scene.api.of(scene.manager).made("cancelTask", taskId=scene.task, cause="No need")
    assert (await figure(scene, "TASKS_WITHOUT_OWNER"))["value"] == 0


async def test_row_50_everybody_saves_views_and_some_are_for_all(scene: Scene) -> None:
    own, shared = str(uuid4()), str(uuid4())
    due = [{"name": "status", "values": ["OPEN", "STARTED"]}]
    mine = {"viewId": own, "name": "My open tasks", "readModel": "task_board", "filters": due}
    before = await do(scene, "saveView", by=scene.member, orderBy="DUE", isDescending=True, **mine)
    ours = {"viewId": shared, "name": "Pilots", "readModel": "pilots", "isShared": True}
    await do(scene, "saveView", by=scene.member, **ours)
    on = {"projectId": scene.project}
    for command, given in (("renameView", {"name": "x"}), ("removeView", {})):
        denied = await why(scene, command, scene.manager, viewId=own, **on, **given)
        assert denied == [("NOT_PERMITTED", "viewId")]
    await do(scene, "renameView", viewId=shared, name="Our pilots")
    fields = "viewId ownerId name readModel filters { name values } orderBy isDescending isShared"
    (one,) = await rows(scene, "savedViews", fields, "where: {isShared: [false]}")
    member = str(scene.member.actor_id)
    expected = {**mine, "ownerId": member, "orderBy": "DUE", "isDescending": True, "isShared": False}
    assert one == expected
    (other,) = await rows(scene, "savedViews", fields, "where: {isShared: [true]}")
    assert (other["name"], other["ownerId"], other["filters"]) == ("Our pilots", member, [])
    await do(scene, "removeView", by=scene.member, viewId=own)
    assert [each["viewId"] for each in await rows(scene, "savedViews", fields)] == [shared]
    assert await rows(scene, "savedViews", fields, f"asOf: {{position: {before}}}") == [expected]
    gone = await refused(scene, "renameView", viewId=own, name="x")
    assert gone == {"code": "UNKNOWN_VIEW", "field": "viewId"}


async def test_rows_of_a_configured_project_are_the_fold_of_the_log_also_when_rebuilt(scene: Scene) -> None:
    await do(scene, "defineField", code="lot", label="Lot", type="TEXT", isRequired=False)
    await do(scene, "defineWorkflow", states=STATES, transitions=WAYS)
    await do(scene, "reviseRule", action="closeProject", roles=[])
    await do(scene, "declareLegacySource", source="EXCEL")
    view = str(uuid4())
    await do(scene, "saveView", viewId=view, name="Pilots", readModel="pilots")
    integration = await registered(scene, "ERP", "SAP")
    await do(scene, "recordSyncRun", integrationId=integration, **ran(30))
    task = await opened(scene)
    await scene.api.of(scene.member).made("setTaskField", taskId=task, code="lot", value="A")
    await project(scene.api.database_url)
    await move(scene, task, "In work", "In review", "Done")
    await do(scene, "removeView", viewId=view)
    await do(scene, "recordSyncRun", integrationId=integration, **ran(10, errorCount=1))
    await do(scene, "retireField", code="lot")
    await project(scene.api.database_url)
    await assert_rebuilt_alike(scene, {"configuration", "integration_health", "task_board"})
