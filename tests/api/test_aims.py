"""What a delivery is for, over GraphQL: rows 1 to 7 and 46 of the article, from command to read model.

Longer than other files: each rule of its subject has its test here.
"""

from typing import Any

import pytest

from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import new

pytestmark = pytest.mark.anyio


class Aims:
    """One project's aims: commands to it, and answers once the rows are there."""

    def __init__(self, scene: Scene) -> None:
        self.api = scene.api
        self.project = scene.project

    async def do(self, name: str, /, **given: Any) -> int:
        return await self.api.done(name, projectId=self.project, **given)

    async def refused(self, name: str, /, **given: Any) -> tuple[str, str | None]:
        why = await self.api.refused(name, projectId=self.project, **given)
        return why["code"], why["field"]

    async def ask(self, query: str, arguments: str, fields: str) -> Any:
        await project(self.api.database_url)
        reply = await self.api.ask(f'{{ {query}(project: "{self.project}"{arguments}) {{ {fields} }} }}')
        assert "errors" not in reply, reply
        return reply["data"][query]

    async def listed(self, query: str, fields: str, arguments: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.ask(query, arguments, f"nodes {{ {fields} }}"))["nodes"]
        return found

    async def stakeholder(self, name: str, role: str, **more: Any) -> str:
        stakeholder = new()
        await self.do("registerStakeholder", stakeholderId=stakeholder, name=name, role=role, **more)
        return stakeholder

    async def kpi(self, code: str, unit: str, direction: str) -> None:
        await self.do(
            "defineKpi", code=code, unit=unit, direction=direction, formulaVersion=1, definition="As agreed"
        )

    async def target(self, code: str, baseline: int, change: int, improvement: str = "RELATIVE") -> None:
        window = {"beginsOn": "2026-01-01", "endsOn": "2026-01-30"}
        await self.do("fixKpiBaseline", code=code, valueHundredths=baseline, **window)
        await self.do("setKpiTarget", code=code, improvement=improvement, change=change, byOn="2026-06-30")

    async def progress(self, day: str, known: str = "") -> dict[str, Any]:
        fields = "code baseline target beginsOn endsOn actual relativeChangePercent pointsChange isMet"
        found: list[dict[str, Any]] = await self.ask(
            "kpiTargetProgress", f', asOf: {{time: "{day}T12:00:00Z"}}{known}', fields
        )
        (only,) = found
        return only


@pytest.fixture
def aims(scene: Scene) -> Aims:
    return Aims(scene)


async def test_row_1_needs_are_recorded_with_stakeholders_and_found_by_role(aims: Aims) -> None:
    head = await aims.stakeholder(
        "Eva Huber", "DEPARTMENT_HEAD", department="Sales", interest="Fewer meetings"
    )
    worker = await aims.stakeholder("Jo Lang", "FRONT_LINE")
    await aims.stakeholder("Mia Kern", "PROJECT_MANAGER")
    await aims.do("recordNeed", needId=new(), stakeholderId=worker, text="One list of what is next")
    await aims.do("recordNeed", needId=new(), stakeholderId=worker, text="No double entry")
    fields = "stakeholderId name role department interest needs { text }"
    everyone = await aims.listed("stakeholderMap", fields)
    assert [each["name"] for each in everyone] == ["Eva Huber", "Jo Lang", "Mia Kern"]
    assert everyone[0] == {
        "stakeholderId": head,
        "name": "Eva Huber",
        "role": "DEPARTMENT_HEAD",
        "department": "Sales",
        "interest": "Fewer meetings",
        "needs": [],
    }
    (front,) = await aims.listed("stakeholderMap", fields, ", where: {role: [FRONT_LINE]}")
    assert front["needs"] == [{"text": "One list of what is next"}, {"text": "No double entry"}]
    refused = await aims.refused("recordNeed", needId=new(), stakeholderId=new(), text="x")
    assert refused == ("UNKNOWN_STAKEHOLDER", "stakeholderId")


async def test_row_2_pain_points_have_a_category_and_the_kpis_that_measure_them(aims: Aims) -> None:
    lag, silo = new(), new()
    await aims.do("recordPainPoint", painPointId=lag, category="SCHEDULE_LAG", text="Plans are weeks old")
    await aims.do("recordPainPoint", painPointId=silo, category="INFORMATION_SILO", text="A sheet each")
    await aims.do("recordPainPoint", painPointId=new(), category="RESOURCE_CONFLICT", text="Two welders")
    assert await aims.refused("linkPainPoint", painPointId=lag, code="on_time_rate") == (
        "UNKNOWN_KPI",
        "code",
    )
    await aims.kpi("on_time_rate", "percent", "HIGHER")
    await aims.do("linkPainPoint", painPointId=lag, code="on_time_rate")
    found = await aims.listed("painPoints", "painPointId category text kpiCodes")
    assert [(each["category"], each["kpiCodes"]) for each in found] == [
        ("SCHEDULE_LAG", ["on_time_rate"]),
        ("INFORMATION_SILO", []),
        ("RESOURCE_CONFLICT", []),
    ]
    only = await aims.listed("painPoints", "painPointId", ", where: {category: [INFORMATION_SILO]}")
    assert only == [{"painPointId": silo}]


async def test_row_3_kpis_are_quantified_by_formulas_in_versions(aims: Aims) -> None:
    await aims.kpi("on_time_rate", "percent", "HIGHER")
    revision = {"code": "on_time_rate", "definition": "Of all that were due"}
    revised = await aims.do("reviseKpiFormula", formulaVersion=2, **revision)
    again = await aims.refused("reviseKpiFormula", code="on_time_rate", formulaVersion=2, definition="Other")
    assert again == ("FORMULA_NOT_NEWER", "formulaVersion")
    fields = "code unit direction formulas { number definition } baselineHundredths"
    (kpi,) = await aims.listed("kpiTargets", fields)
    assert kpi == {
        "code": "on_time_rate",
        "unit": "percent",
        "direction": "HIGHER",
        "formulas": [
            {"number": 1, "definition": "As agreed"},
            {"number": 2, "definition": "Of all that were due"},
        ],
        "baselineHundredths": None,
    }
    (before,) = await aims.listed("kpiTargets", fields, f", asOf: {{position: {revised - 1}}}")
    assert [each["number"] for each in before["formulas"]] == [1]


async def complete(aims: Aims, number: int, day: str) -> None:
    at = f"2026-06-{day}T09:00:00Z"
    opened = {"projectId": aims.project, "title": f"T{number}", "occurredAt": "2026-06-01T08:00:00Z"}
    task = await aims.api.made("openTask", **opened)
    await aims.api.made("setDueDate", taskId=task, dueOn="2026-06-10", occurredAt="2026-06-01T08:00:00Z")
    await aims.api.made("completeTask", taskId=task, occurredAt=at)


async def test_row_4_the_on_time_rate_is_to_rise_by_30_percent_of_a_fixed_baseline(aims: Aims) -> None:
    await aims.kpi("on_time_rate", "percent", "HIGHER")
    without = {"code": "on_time_rate", "improvement": "RELATIVE", "byOn": "2026-06-30"}
    assert await aims.refused("setKpiTarget", change=30, **without) == ("NO_BASELINE", None)
    await aims.target("on_time_rate", 60_00, 30)
    window = {"beginsOn": "2026-01-01", "endsOn": "2026-01-30"}
    changed = await aims.refused("fixKpiBaseline", code="on_time_rate", valueHundredths=50_00, **window)
    assert changed == ("BASELINE_FIXED", None)
    for number, day in enumerate(("08", "09", "10", "10")):
        await complete(aims, number, day)
    before = await aims.progress("2026-06-30")
    assert before == {
        "code": "on_time_rate",
        "baseline": 60.0,
        "target": 78.0,
        "beginsOn": "2026-06-01",
        "endsOn": "2026-06-30",
        "actual": 100.0,
        "relativeChangePercent": pytest.approx(66.67, abs=0.01),
        "pointsChange": 40.0,
        "isMet": True,
    }
    head = len(aims.api.events())
    for number, day in enumerate(("11", "12"), start=5):
        await complete(aims, number, day)
    late = await aims.progress("2026-06-30")
    assert late["actual"] == pytest.approx(66.67, abs=0.01)
    assert late["isMet"] is False
    assert await aims.progress("2026-06-30", f", knownAt: {{position: {head}}}") == before
    assert (await aims.progress("2026-06-10"))["actual"] == 100.0
    early = await aims.progress("2026-01-30")
    assert [early["actual"], early["isMet"], early["beginsOn"]] == [None, None, None]


async def test_row_5_the_response_between_departments_is_to_halve(aims: Aims) -> None:
    await aims.kpi("cross_department_response", "working minutes", "LOWER")
    assert await aims.refused(
        "fixKpiBaseline", code="x", valueHundredths=1, beginsOn="2026-01-01", endsOn="2026-01-01"
    ) == ("UNKNOWN_KPI", "code")
    await aims.target("cross_department_response", 120_00, -50)
    worse = {"code": "cross_department_response", "improvement": "RELATIVE", "byOn": "2026-06-30"}
    assert await aims.refused("setKpiTarget", change=50, **worse) == ("AGAINST_DIRECTION", "change")
    await aims.do("nameDepartment", name="Build")
    opened = {"projectId": aims.project, "title": "Wall", "occurredAt": "2026-06-09T08:00:00Z"}
    task = await aims.api.made("openTask", **opened)
    between = {"taskId": task, "fromDepartment": "Paint", "toDepartment": "Build"}
    await aims.api.made("handOffTask", **between, occurredAt="2026-06-09T09:00:00Z")
    await aims.api.made("answerHandOff", taskId=task, occurredAt="2026-06-09T09:45:00Z")
    found = await aims.progress("2026-06-30")
    assert (found["baseline"], found["target"], found["actual"]) == (120.0, 60.0, 45.0)
    assert (found["relativeChangePercent"], found["pointsChange"]) == (-62.5, -75.0)
    assert found["isMet"] is True


async def test_a_target_in_points_adds_to_the_baseline(aims: Aims) -> None:
    await aims.kpi("csat_score", "points", "HIGHER")
    await aims.target("csat_score", 67_00, 22, "POINTS")
    found = await aims.progress("2026-06-30")
    assert (found["target"], found["actual"], found["isMet"]) == (89.0, None, None)


async def test_row_6_being_live_is_never_success_by_itself(aims: Aims) -> None:
    live, used = new(), new()
    await aims.do("defineSuccessCriterion", criterionId=live, dimension="TECHNOLOGY", text="It is live")
    await aims.do("assessCriterion", criterionId=live, isMet=True, evidence="Both workshops work with it")
    fields = "isSuccess metCount criteria { criterionId isMet }"
    (alone,) = await aims.listed("deliverySuccess", fields)
    assert (alone["isSuccess"], alone["metCount"]) == (False, 1)
    await aims.do("defineSuccessCriterion", criterionId=used, dimension="PEOPLE", text="They want to use it")
    judged = {"criterionId": used, "evidence": "Four of five use it daily"}
    await aims.do("assessCriterion", isMet=False, **judged)
    assert (await aims.listed("deliverySuccess", fields))[0]["isSuccess"] is False
    met = await aims.do("assessCriterion", isMet=True, **judged)
    (both,) = await aims.listed("deliverySuccess", fields)
    assert (both["isSuccess"], both["metCount"]) == (True, 2)
    (then,) = await aims.listed("deliverySuccess", fields, f", asOf: {{position: {met - 1}}}")
    assert then["isSuccess"] is False
    people = ", where: {dimension: [PEOPLE]}"
    (criterion,) = await aims.listed("successCriteria", "text isMet assessments { isMet evidence }", people)
    assert criterion["isMet"] is True
    assert [each["isMet"] for each in criterion["assessments"]] == [False, True]
    unknown = await aims.refused("assessCriterion", criterionId=new(), isMet=True, evidence="x")
    assert unknown == ("UNKNOWN_CRITERION", "criterionId")


async def test_row_7_the_value_is_agreed_when_all_named_parties_have(aims: Aims, scene: Scene) -> None:
    manager = str(scene.manager.actor_id)
    head = await aims.stakeholder("Eva Huber", "DEPARTMENT_HEAD", memberId=manager)
    worker = await aims.stakeholder("Jo Lang", "FRONT_LINE")
    first, second = new(), new()
    parties = {"partyIds": [head, worker]}
    await aims.do("proposeValueStatement", statementId=first, text="Half the waiting", **parties)
    agree = {"statementId": first, "partyId": head}
    assert await aims.refused("agreeValueStatement", **agree) == ("NOT_THIS_PARTY", "partyId")
    payload = await scene.api.of(scene.manager).do("agreeValueStatement", projectId=aims.project, **agree)
    assert payload["userErrors"] == []
    fields = "text agreedIds missingIds reachedAt"
    (open_,) = await aims.listed("valueConsensus", fields)
    assert (open_["agreedIds"], open_["missingIds"], open_["reachedAt"]) == ([head], [worker], None)
    await aims.do("agreeValueStatement", statementId=first, partyId=worker)
    (reached,) = await aims.listed("valueConsensus", fields)
    assert reached["missingIds"] == []
    assert reached["reachedAt"] is not None
    assert aims.api.events()[-2:] == [
        "project.value_statement_agreed.v1",
        "project.value_consensus_reached.v1",
    ]
    await aims.do("proposeValueStatement", statementId=second, text="A third of the waiting", **parties)
    (anew,) = await aims.listed("valueConsensus", fields, f', where: {{missingIds: "{head}"}}')
    assert (anew["agreedIds"], anew["missingIds"], anew["reachedAt"]) == ([], [head, worker], None)
    old = await aims.refused("agreeValueStatement", statementId=first, partyId=worker)
    assert old == ("NOT_THE_STATEMENT", "statementId")


SPENT = {"currency": "CNY", "incurredOn": "2026-01-15", "kind": "LICENCE"}
GAINED = {"currency": "CNY", "code": "lead_time"}


async def value(aims: Aims, day: str, known: str = "") -> dict[str, Any]:
    fields = "currency costCents benefitCents roiPercent paybackMonth"
    found: dict[str, Any] = await aims.ask("valueOf", f', asOf: {{time: "{day}T12:00:00Z"}}{known}', fields)
    return found


async def entered(aims: Aims) -> str:
    """Enter a cost in January and benefits in March and May, and return the id of the cost."""
    licence = new()
    await aims.do("recordCost", entryId=licence, amountCents=5_000_000_000_00, **SPENT)
    await aims.kpi("lead_time", "minutes", "LOWER")
    for day in ("2026-03-10", "2026-05-10"):
        gained = {"entryId": new(), "realisedOn": day, **GAINED}
        await aims.do("recordBenefit", amountCents=3_000_000_000_00, **gained)
    return licence


async def test_row_46_return_on_investment_and_payback_come_from_entries_as_of_a_date(aims: Aims) -> None:
    nothing = {"currency": None, "costCents": 0, "benefitCents": 0, "roiPercent": None, "paybackMonth": None}
    assert await value(aims, "2026-06-30") == nothing
    unproven = {"entryId": new(), "amountCents": 1, "realisedOn": "2026-03-10", **GAINED}
    assert await aims.refused("recordBenefit", **unproven) == ("UNKNOWN_KPI", "code")
    await entered(aims)
    assert await value(aims, "2026-01-14") == nothing
    assert await value(aims, "2026-04-30") == {
        "currency": "CNY",
        "costCents": 5_000_000_000_00,
        "benefitCents": 3_000_000_000_00,
        "roiPercent": -40.0,
        "paybackMonth": None,
    }
    paid = await value(aims, "2026-06-30")
    assert (paid["roiPercent"], paid["paybackMonth"]) == (20.0, "2026-05-01")
    euro = {**SPENT, "currency": "EUR", "entryId": new(), "amountCents": 1}
    assert await aims.refused("recordCost", **euro) == ("OTHER_CURRENCY", "currency")


async def test_row_46_a_correction_restates_and_what_was_known_before_stays(aims: Aims) -> None:
    licence = await entered(aims)
    head = len(aims.api.events())
    before = await value(aims, "2026-06-30")
    correction = {"correctsId": licence, "correctedOn": "2026-01-20", "cause": "Licences given back"}
    await aims.do("correctEntry", entryId=new(), amountCents=-2_500_000_000_00, **correction)
    more = await aims.refused("correctEntry", entryId=new(), amountCents=-2_500_000_000_01, **correction)
    assert more == ("CORRECTED_BELOW_ZERO", "amountCents")
    restated = await value(aims, "2026-06-30")
    assert (restated["roiPercent"], restated["paybackMonth"]) == (140.0, "2026-03-01")
    assert await value(aims, "2026-06-30", f", knownAt: {{position: {head}}}") == before
    entries = await aims.listed("costsAndBenefits", "amountCents correctsId", ", where: {side: [COST]}")
    assert entries == [
        {"amountCents": 5_000_000_000_00, "correctsId": None},
        {"amountCents": -2_500_000_000_00, "correctsId": licence},
    ]


async def test_row_46_a_cost_opens_into_its_entries_and_their_events(aims: Aims) -> None:
    spent = {"currency": "EUR", "incurredOn": "2026-01-15", "kind": "TRAINING"}
    position = await aims.do("recordCost", entryId=new(), amountCents=70_00, **spent)
    window = ', code: COST, from: "2026-01-01", to: "2026-12-31"'
    behind = "observations { nodes { value fromPosition dimensions events { nodes { type position } } } }"
    cost = await aims.ask("kpi", window, f"unit figure {{ value }} {behind}")
    assert (cost["unit"], cost["figure"]) == ("cents", {"value": 7000.0})
    (entry,) = cost["observations"]["nodes"]
    assert entry["events"]["nodes"] == [{"type": "project.cost_recorded.v2", "position": position}]
    assert entry["dimensions"] == '{"currency": "EUR"}'


async def test_the_audit_trail_says_what_a_second_judgement_changed(aims: Aims) -> None:
    judged = {"criterionId": new(), "evidence": "Seen"}
    await aims.do(
        "defineSuccessCriterion", criterionId=judged["criterionId"], dimension="PEOPLE", text="Used"
    )
    await aims.do("assessCriterion", isMet=False, **judged)
    await aims.do("assessCriterion", isMet=True, **judged)
    wanted = f', node: "{aims.project}", descending: true, first: 1'
    trail = await aims.ask("auditTrail", wanted, "nodes { type changes { field before after } }")
    field = f"success.assessed.{judged['criterionId']}.is_met"
    assert trail["nodes"] == [
        {
            "type": "project.criterion_assessed.v1",
            "changes": [{"field": field, "before": "false", "after": "true"}],
        }
    ]


async def test_a_members_role_does_not_set_aims_and_strangers_read_none(scene: Scene) -> None:
    await project(scene.api.database_url)
    given = {"projectId": scene.project, "painPointId": new(), "category": "OTHER", "text": "x"}
    payload = await scene.api.of(scene.member).do("recordPainPoint", **given)
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_PERMITTED"]
    for query in ("valueOf", "kpiTargetProgress"):
        fields = "{ costCents }" if query == "valueOf" else "{ code }"
        asked = f'{{ {query}(project: "{scene.project}") {fields} }}'
        reply = await scene.api.of(scene.other_manager).ask(asked)
        assert reply["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
