"""Phases, gates, retrospectives, risks, pilots and roll-out, from command to read model: DOMAIN.md's rows.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.api.conftest import ADMINISTRATOR, Scene
from tests.api.projecting import project
from tests.api.rows import assert_rebuilt_alike, do, piloted, plan_approved, refused, rows, today

pytestmark = pytest.mark.anyio


async def phase_started(scene: Scene) -> None:
    await plan_approved(scene)
    await do(scene, "planPhase", number=1, name="First usable product", modules=["Tasks", "Gantt"])
    await do(scene, "startPhase", number=1)


async def registered(scene: Scene, uses_per_year: int) -> str:
    scenario = str(uuid4())
    await do(
        scene, "registerScenario", scenarioId=scenario, title="Book time", usesPerYear=uses_per_year, phase=1
    )
    return scenario


async def looked_back(scene: Scene) -> None:
    await do(scene, "holdRetrospective", phase=1, summary="Too many clicks", heldOn=str(today()))


async def test_row_8_delivery_is_staged_in_phases(scene: Scene) -> None:
    await plan_approved(scene)
    for number, name in ((1, "First usable product"), (2, "Data flows"), (3, "Forecasts")):
        await do(scene, "planPhase", number=number, name=name, modules=[f"M{number}"])
    await do(scene, "startPhase", number=1)
    await do(scene, "startPhase", number=2)
    fields = "number name status startedOn closedOn isDeliveryStart"
    first, second, third = await rows(scene, "deliveryPlan", fields)
    assert first == {
        "number": 1,
        "name": "First usable product",
        "status": "STARTED",
        "startedOn": str(today()),
        "closedOn": None,
        "isDeliveryStart": True,
    }
    assert (second["status"], second["isDeliveryStart"]) == ("STARTED", False)
    assert (third["name"], third["status"], third["startedOn"]) == ("Forecasts", "PLANNED", None)
    planned = await rows(scene, "deliveryPlan", "number", "where: {status: [PLANNED]}")
    assert planned == [{"number": 3}]


async def test_row_9_the_first_phase_says_which_modules_it_brings(scene: Scene) -> None:
    modules = ["Basic tasks", "Gantt", "Resource scheduling"]
    before = await do(scene, "planPhase", number=1, name="First usable product", modules=modules)
    assert await rows(scene, "deliveryPlan", "number modules") == [{"number": 1, "modules": modules}]
    await do(scene, "planPhase", number=1, name="First usable product", modules=[*modules, "Mobile"])
    (now,) = await rows(scene, "deliveryPlan", "modules")
    assert now["modules"] == [*modules, "Mobile"]
    (then,) = await rows(scene, "deliveryPlan", "modules", f"asOf: {{position: {before}}}")
    assert then["modules"] == modules
    twice = await refused(scene, "planPhase", number=2, name="x", modules=["A", "A"])
    assert twice == {"code": "MALFORMED", "field": "modules"}


async def test_row_10_the_first_phase_covers_eighty_percent_of_what_is_used_often(scene: Scene) -> None:
    await phase_started(scene)
    often = [await registered(scene, 250) for _ in range(5)]
    await registered(scene, 4)
    await looked_back(scene)
    for scenario in often[:3]:
        await do(scene, "markScenarioCovered", scenarioId=scenario)
    assert await refused(scene, "closePhase", number=1) == {"code": "COVERAGE_TOO_LOW", "field": None}
    fields = "coveredCount highFrequencyCount percent isEnough usesPerYearMin"
    assert await rows(scene, "scenarioCoverage", fields) == [
        {
            "coveredCount": 3,
            "highFrequencyCount": 5,
            "percent": 60,
            "isEnough": False,
            "usesPerYearMin": 52,
        }
    ]
    still_open = await rows(
        scene, "scenarios", "scenarioId", "where: {isHighFrequency: [true], isCovered: [false]}"
    )
    assert {each["scenarioId"] for each in still_open} == set(often[3:])
    await do(scene, "markScenarioCovered", scenarioId=often[3])
    await do(scene, "closePhase", number=1)
    (coverage,) = await rows(scene, "scenarioCoverage", "percent isEnough")
    assert coverage == {"percent": 80, "isEnough": True}
    fields = "status coveredCount highFrequencyCount coveredCountAtClose highFrequencyCountAtClose"
    (phase,) = await rows(scene, "deliveryPlan", fields)
    assert phase == {
        "status": "CLOSED",
        "coveredCount": 4,
        "highFrequencyCount": 5,
        "coveredCountAtClose": 4,
        "highFrequencyCountAtClose": 5,
    }


async def test_row_10_what_is_used_often_is_the_projects_own_to_say(scene: Scene) -> None:
    await phase_started(scene)
    weekly, monthly = await registered(scene, 52), await registered(scene, 12)
    await do(scene, "markScenarioCovered", scenarioId=weekly)
    before = await do(scene, "setHighFrequency", usesPerYearMin=53)
    await do(scene, "setHighFrequency", usesPerYearMin=12)
    fields = "coveredCount highFrequencyCount percent usesPerYearMin"
    (coverage,) = await rows(scene, "scenarioCoverage", fields)
    assert coverage == {"coveredCount": 1, "highFrequencyCount": 2, "percent": 50, "usesPerYearMin": 12}
    (then,) = await rows(scene, "scenarioCoverage", fields, f"asOf: {{position: {before}}}")
    assert then == {"coveredCount": 0, "highFrequencyCount": 0, "percent": None, "usesPerYearMin": 53}
    often = await rows(scene, "scenarios", "scenarioId", "where: {isHighFrequency: [true]}")
    assert {each["scenarioId"] for each in often} == {weekly, monthly}


async def test_row_10_a_director_overrides_the_gate_by_name_and_for_a_reason(scene: Scene) -> None:
    await phase_started(scene)
    await looked_back(scene)
    override = {"gate": "COVERAGE", "phase": 1, "cause": "The plant moves in May"}
    denied = await scene.api.of(scene.manager).do("overrideGate", projectId=scene.project, **override)
    assert [error["code"] for error in denied["userErrors"]] == ["NOT_PERMITTED"]
    assert (await refused(scene, "closePhase", number=1))["code"] == "COVERAGE_TOO_LOW"
    await do(scene, "overrideGate", by=ADMINISTRATOR, **override)
    await do(scene, "closePhase", number=1)
    (phase,) = await rows(scene, "deliveryPlan", "status overrides { gate approverId cause }")
    who = str(ADMINISTRATOR.actor_id)
    assert phase["status"] == "CLOSED"
    assert phase["overrides"] == [{"gate": "COVERAGE", "approverId": who, "cause": "The plant moves in May"}]


async def test_row_15_each_phase_ends_with_a_retrospective_whose_actions_are_closed(scene: Scene) -> None:
    await phase_started(scene)
    await do(scene, "markScenarioCovered", scenarioId=await registered(scene, 250))
    missing = {"code": "RETROSPECTIVE_MISSING", "field": None}
    assert await refused(scene, "closePhase", number=1) == missing
    await looked_back(scene)
    late, done = str(uuid4()), str(uuid4())
    member = str(scene.member.actor_id)
    asked: dict[str, Any] = {"phase": 1, "ownerId": member, "text": "Fewer clicks"}
    await do(scene, "raiseAction", actionId=late, dueOn=str(today() - timedelta(days=1)), **asked)
    await do(scene, "raiseAction", actionId=done, dueOn=str(today() + timedelta(days=7)), **asked)
    stranger = asked | {"ownerId": str(scene.other_manager.actor_id)}
    refusal = await refused(scene, "raiseAction", actionId=str(uuid4()), dueOn=str(today()), **stranger)
    assert refusal == {"code": "NOT_ON_THE_TEAM", "field": "ownerId"}
    await do(scene, "closeAction", actionId=done, outcome="Three instead of nine")
    await do(scene, "closePhase", number=1)
    (phase,) = await rows(scene, "deliveryPlan", "status retrospectiveHeldOn retrospectiveSummary")
    assert phase == {
        "status": "CLOSED",
        "retrospectiveHeldOn": str(today()),
        "retrospectiveSummary": "Too many clicks",
    }
    fields = "actionId ownerId dueOn closedOn outcome"
    (still_open,) = await rows(scene, "retrospectiveActions", fields, "where: {isOpen: [true]}")
    assert (still_open["actionId"], still_open["ownerId"]) == (late, member)
    assert still_open["dueOn"] < str(today())
    (closed,) = await rows(scene, "retrospectiveActions", fields, "where: {isOpen: [false]}")
    assert (closed["actionId"], closed["closedOn"]) == (done, str(today()))
    assert closed["outcome"] == "Three instead of nine"


async def test_row_36_two_workshops_try_the_process(scene: Scene) -> None:
    first, second = str(uuid4()), str(uuid4())
    await do(scene, "startPilot", pilotId=first, unit="Workshop 1")
    await do(scene, "startPilot", pilotId=second, unit="Workshop 2")
    await do(scene, "evaluatePilot", pilotId=first, outcome="Half the e-mail", isRecommended=True)
    unknown = await refused(scene, "evaluatePilot", pilotId=str(uuid4()), outcome="x", isRecommended=True)
    assert unknown == {"code": "UNKNOWN_PILOT", "field": "pilotId"}
    fields = "pilotId unit startedOn outcome isRecommended evaluatedOn"
    one, two = await rows(scene, "pilots", fields, "order: UNIT")
    assert one == {
        "pilotId": first,
        "unit": "Workshop 1",
        "startedOn": str(today()),
        "outcome": "Half the e-mail",
        "isRecommended": True,
        "evaluatedOn": str(today()),
    }
    assert (two["unit"], two["outcome"], two["isRecommended"]) == ("Workshop 2", None, None)


async def test_row_38_roll_out_comes_in_waves_after_the_pilots(scene: Scene) -> None:
    for number, units in ((1, ["Plant A", "Plant B"]), (2, ["Head office"])):
        day = str(today() + timedelta(days=14 * number))
        await do(scene, "planRolloutWave", number=number, units=units, plannedOn=day)
    too_early = await refused(scene, "startRolloutWave", number=1)
    assert too_early == {"code": "PILOT_NOT_EVALUATED", "field": None}
    await piloted(scene)
    await do(scene, "startRolloutWave", number=1)
    one, two = await rows(scene, "rolloutWaves", "number units plannedOn startedOn")
    assert one == {
        "number": 1,
        "units": ["Plant A", "Plant B"],
        "plannedOn": str(today() + timedelta(days=14)),
        "startedOn": str(today()),
    }
    assert (two["units"], two["startedOn"]) == (["Head office"], None)
    waiting = await rows(scene, "rolloutWaves", "number", "where: {isStarted: [false]}, order: PLANNED")
    assert waiting == [{"number": 2}]


async def test_row_39_the_effect_is_assessed_for_three_months_after_going_live(scene: Scene) -> None:
    assert (await refused(scene, "recordGoLive", wentLiveOn=str(today())))["code"] == "PILOT_NOT_EVALUATED"
    await piloted(scene)
    ahead = await refused(scene, "recordGoLive", wentLiveOn=str(today() + timedelta(days=1)))
    assert ahead == {"code": "STILL_AHEAD", "field": "wentLiveOn"}
    await do(scene, "recordGoLive", wentLiveOn=str(today()))
    await scene.api.made("completeTask", taskId=scene.task)
    (live,) = await rows(scene, "goLive", "isLive wentLiveOn assessedUntil")
    assert (live["isLive"], live["wentLiveOn"]) == (True, str(today()))
    days = (date.fromisoformat(live["assessedUntil"]) - today()).days
    assert 89 <= days <= 92
    window = f'from: "{live["wentLiveOn"]}", to: "{live["assessedUntil"]}"'
    reply = await scene.api.ask(f"{{ kpi(code: THROUGHPUT, {window}) {{ figure {{ value }} }} }}")
    assert reply["data"]["kpi"]["figure"]["value"] == 1.0


async def test_row_39_going_live_without_a_pilot_needs_a_director(scene: Scene) -> None:
    await do(scene, "overrideGate", by=ADMINISTRATOR, gate="PILOT", cause="The law asks for it")
    (before,) = await rows(scene, "goLive", "isLive overrides { gate cause approverId }")
    who = str(ADMINISTRATOR.actor_id)
    assert before == {
        "isLive": False,
        "overrides": [{"gate": "PILOT", "cause": "The law asks for it", "approverId": who}],
    }
    await do(scene, "recordGoLive", wentLiveOn=str(today()))
    assert await rows(scene, "goLive", "isLive") == [{"isLive": True}]


async def test_row_47_delivery_starts_with_an_approved_change_plan(scene: Scene) -> None:
    await do(scene, "planPhase", number=1, name="First usable product", modules=[])
    missing = {"code": "CHANGE_PLAN_NOT_APPROVED", "field": None}
    assert await refused(scene, "startPhase", number=1) == missing
    plan = {"communicationRhythm": "Mondays by mail", "riskPlan": "", "performanceAssessment": "A survey"}
    await do(scene, "draftChangePlan", **plan)
    assert (await refused(scene, "approveChangePlan"))["code"] == "CHANGE_PLAN_INCOMPLETE"
    (draft,) = await rows(scene, "changePlans", "missingParts isApproved communicationRhythm")
    assert draft == {
        "missingParts": ["risk plan"],
        "isApproved": False,
        "communicationRhythm": "Mondays by mail",
    }
    await do(scene, "draftChangePlan", **plan | {"riskPlan": "Reviewed each month"})
    assert await refused(scene, "startPhase", number=1) == missing
    await do(scene, "approveChangePlan")
    await do(scene, "startPhase", number=1)
    (approved,) = await rows(scene, "changePlans", "missingParts isApproved approverId")
    manager = str(scene.manager.actor_id)
    assert approved == {"missingParts": [], "isApproved": True, "approverId": manager}
    assert await rows(scene, "deliveryPlan", "status") == [{"status": "STARTED"}]


async def test_row_47_delivery_starts_without_a_change_plan_only_by_name(scene: Scene) -> None:
    await do(scene, "planPhase", number=1, name="First usable product", modules=[])
    await do(scene, "overrideGate", by=ADMINISTRATOR, gate="CHANGE_PLAN", phase=1, cause="Storm damage")
    await do(scene, "startPhase", number=1)
    (phase,) = await rows(scene, "deliveryPlan", "isDeliveryStart overrides { gate cause }")
    assert phase == {
        "isDeliveryStart": True,
        "overrides": [{"gate": "CHANGE_PLAN", "cause": "Storm damage"}],
    }


async def test_row_48_a_risk_has_an_exposure_then_and_now_and_may_come_true(scene: Scene) -> None:
    steel, power = str(uuid4()), str(uuid4())
    at_first = await do(
        scene,
        "registerRisk",
        riskId=steel,
        title="Steel is late",
        probabilityPercent=30,
        impactCents=10_000_000_000,
        response="TRANSFER",
        contingency="Buy from stock",
    )
    await do(
        scene,
        "registerRisk",
        by=scene.member,
        riskId=power,
        title="Power fails",
        probabilityPercent=1,
        impactCents=350,
        response="ACCEPT",
        contingency="Wait",
    )
    await do(scene, "reassessRisk", riskId=steel, probabilityPercent=50, impactCents=10_000_000_000)
    await do(
        scene,
        "mitigateRisk",
        riskId=steel,
        measure="Second supplier",
        probabilityPercent=10,
        impactCents=10_000_000_000,
    )
    fields = "title status exposureCents measures issue"
    steel_now, power_now = await rows(scene, "riskRegister", fields, "order: EXPOSURE, descending: true")
    assert steel_now == {
        "title": "Steel is late",
        "status": "MITIGATED",
        "exposureCents": 1_000_000_000,
        "measures": ["Second supplier"],
        "issue": None,
    }
    assert power_now["exposureCents"] == 3
    (then,) = await rows(scene, "riskRegister", fields, f"asOf: {{position: {at_first}}}")
    assert (then["status"], then["exposureCents"]) == ("OPEN", 3_000_000_000)
    await do(scene, "raiseRiskToIssue", riskId=steel, issue="The mill burnt down")
    over = await refused(scene, "reassessRisk", riskId=steel, probabilityPercent=1, impactCents=1)
    assert over == {"code": "RISK_IS_ISSUE", "field": None}
    (issue,) = await rows(scene, "riskRegister", fields, "where: {status: [MATERIALISED]}")
    assert issue["issue"] == "The mill burnt down"


async def delivered(scene: Scene) -> None:
    """Take the first project from its change plan to going live, and project it in two batches."""
    await phase_started(scene)
    for uses in (250, 52, 12):
        await do(scene, "markScenarioCovered", scenarioId=await registered(scene, uses))
    await do(scene, "setHighFrequency", usesPerYearMin=12)
    await looked_back(scene)
    action = str(uuid4())
    asked = {"phase": 1, "ownerId": str(scene.member.actor_id), "text": "Fewer clicks"}
    await do(scene, "raiseAction", actionId=action, dueOn=str(today()), **asked)
    await do(scene, "overrideGate", by=ADMINISTRATOR, gate="COVERAGE", phase=1, cause="The plant moves")
    await piloted(scene)
    await do(scene, "planRolloutWave", number=1, units=["Plant A"], plannedOn=str(today()))
    await do(scene, "startRolloutWave", number=1)
    await do(scene, "recordGoLive", wentLiveOn=str(today()))
    risk = {"riskId": str(uuid4()), "probabilityPercent": 30, "impactCents": 500}
    await do(scene, "registerRisk", title="Steel", response="REDUCE", contingency="Stock", **risk)
    await project(scene.api.database_url)
    await do(scene, "mitigateRisk", measure="Second mill", **risk)
    await do(scene, "closeAction", actionId=action, outcome="Three instead of nine")
    await do(scene, "closePhase", number=1)
    await project(scene.api.database_url)


OF_A_DELIVERY = {
    "project_overview",
    "change_plans",
    "risk_register",
    "delivery_plan",
    "scenarios",
    "scenario_coverage",
    "retrospective_actions",
    "pilots",
    "rollout_waves",
    "go_live",
}


async def test_rows_of_a_whole_delivery_are_the_fold_of_the_log_also_when_rebuilt(scene: Scene) -> None:
    await delivered(scene)
    await assert_rebuilt_alike(scene, OF_A_DELIVERY)


async def test_delivery_starts_once_however_many_start_it_at_the_same_time(scene: Scene) -> None:
    await plan_approved(scene)
    for number in range(1, 6):
        await do(scene, "planPhase", number=number, name=f"Phase {number}", modules=[])
    await asyncio.gather(*(do(scene, "startPhase", number=number % 5 + 1) for number in range(10)))
    assert scene.api.events().count("project.phase_started.v1") == 5
    phases = await rows(scene, "deliveryPlan", "status isDeliveryStart")
    assert [phase["status"] for phase in phases] == ["STARTED"] * 5
    assert [phase["isDeliveryStart"] for phase in phases].count(True) == 1


async def test_the_parts_of_a_project_are_seen_by_its_people_only(scene: Scene) -> None:
    await do(scene, "planPhase", number=1, name="First usable product", modules=[])
    await project(scene.api.database_url)
    stranger = scene.api.of(scene.other_manager)
    assert (await stranger.ask("{ deliveryPlan { nodes { name } } }"))["data"]["deliveryPlan"]["nodes"] == []
    named = await stranger.ask(f'{{ deliveryPlan(project: "{scene.project}") {{ position }} }}')
    assert named["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    node = f'{{ node(id: "{scene.project}") {{ ... on ProjectOverview {{ name }} }} }}'
    assert (await scene.api.ask(node))["data"]["node"] == {"name": "House"}
