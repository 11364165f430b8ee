"""Earned value from commands to the answer: of a project and of a part of it, as of now and of before.

Longer than other files: each rule of its subject has its test here.
"""

from typing import Any

import pytest

from infra.tokens import Actor
from tests.api.conftest import ADMINISTRATOR, Scene
from tests.api.projecting import project
from tests.api.rows import ask, assert_rebuilt_alike, do, new, refused, rows
from tests.api.test_plan_and_change import requested
from tests.api.test_schedule import of_task, opened_task

pytestmark = pytest.mark.anyio

WORK = "at taskCount budgetAmount plannedAmount earnedAmount actualAmount scheduleVarianceAmount"
TIME = "plannedDays actualDays earnedDays schedulePerformanceIndexOfTime"


async def budgeted(scene: Scene, title: str, begin: str, finish: str, **given: Any) -> str:
    """Open a task of 480 minutes and 1,000.00 planned from one instant to another."""
    task = await opened_task(scene, title, 480, **given)
    planned = {"startAt": begin, "finishAt": finish, "workMinutes": 480, "costCents": 100_000}
    await of_task(scene, "setTaskBaseline", task, number=0, **planned)
    return task


async def test_a_project_has_earned_what_was_done_of_what_was_planned(scene: Scene) -> None:
    frame = await opened_task(scene, "Frame", 0)
    cut = await budgeted(scene, "Cut", "2026-03-02T09:00:00Z", "2026-03-02T17:00:00Z", parentId=frame)
    await budgeted(scene, "Weld", "2026-03-03T09:00:00Z", "2026-03-03T17:00:00Z", parentId=frame)
    await budgeted(scene, "Paint", "2026-03-04T09:00:00Z", "2126-03-04T17:00:00Z")
    before = await of_task(scene, "startTask", cut)
    await of_task(scene, "spendTime", cut, minutes=600, spentOn="2026-03-02")
    await do(
        scene,
        "recordCost",
        entryId=new(),
        amountCents=150_000,
        currency="EUR",
        incurredOn="2026-03-02",
        kind="PERSONNEL",
    )
    await of_task(scene, "completeTask", cut)
    part = await ask(scene, "earnedValue", f'task: "{frame}"', f"{WORK} costPerformanceIndex {TIME}")
    assert part.pop("at")
    assert part.pop("actualDays") > 30
    assert part.pop("schedulePerformanceIndexOfTime") < 0.1
    assert part == {
        "taskCount": 2,
        "budgetAmount": 960,
        "plannedAmount": 960,
        "earnedAmount": 480,
        "actualAmount": 600,
        "scheduleVarianceAmount": -480,
        "costPerformanceIndex": 0.8,
        "plannedDays": 2,
        "earnedDays": 1.0,
    }
    fields = f"{WORK} estimates {{ formula atCompletionAmount toCompleteAmount varianceAmount }} plannedDays"
    whole = await ask(scene, "earnedValue", "basis: COST", fields)
    assert (whole["budgetAmount"], whole["earnedAmount"], whole["actualAmount"]) == (
        300_000,
        100_000,
        150_000,
    )
    assert whole["plannedDays"] is None  # a century is more than earned schedule counts
    assert whole["estimates"][:2] == [
        {
            "formula": "BAC / CPI",
            "atCompletionAmount": 450_000,
            "toCompleteAmount": 300_000,
            "varianceAmount": -150_000,
        },
        {
            "formula": "AC + BAC - EV",
            "atCompletionAmount": 350_000,
            "toCompleteAmount": 200_000,
            "varianceAmount": -50_000,
        },
    ]
    rule = "rule: FIFTY_FIFTY"
    then = await ask(scene, "earnedValue", f"{rule}, asOf: {{position: {before}}}", WORK)
    assert (then["earnedAmount"], then["actualAmount"]) == (240, 0)
    assert await ask(scene, "earnedValue", f"{rule}, asOf: {{position: 1}}", WORK) is None


async def test_each_task_earns_by_its_own_rule_unless_the_question_names_one(scene: Scene) -> None:
    day = "2026-03-02T09:00:00Z", "2026-03-02T17:00:00Z"
    cut, weld, paint = [await budgeted(scene, title, *day) for title in ("Cut", "Weld", "Paint")]
    parts = [{"name": "Tacked", "weightPercent": 25}, {"name": "Welded", "weightPercent": 75}]
    await of_task(scene, "setEarningRule", weld, rule="WEIGHTED_MILESTONES", milestones=parts)
    await of_task(scene, "markEarningMilestone", weld, number=1)
    before = await of_task(scene, "setEarningRule", cut, rule="FIFTY_FIFTY")
    await of_task(scene, "startTask", cut)
    for task in (cut, weld, paint):
        await of_task(scene, "recordProgress", task, percent=10)
    for arguments, earned in (
        ("", 240 + 120 + 48),
        ("rule: PHYSICAL_PERCENT", 3 * 48),
        ("rule: WEIGHTED_MILESTONES", 120),
        (f"asOf: {{position: {before}}}", 120),
    ):
        assert await ask(scene, "earnedValue", arguments, "earnedAmount") == {"earnedAmount": earned}
    shown = "nodes { id earningRule earningMilestones { name isReached } }"
    board = await ask(scene, "taskBoard", "", shown)
    (card,) = (each for each in board["nodes"] if each["id"] == weld)
    assert card["earningMilestones"] == [
        {"name": "Tacked", "isReached": True},
        {"name": "Welded", "isReached": False},
    ]


async def test_what_is_left_is_said_or_follows_from_the_estimates_of_now(scene: Scene) -> None:
    cut = await opened_task(scene, "Cut", 480)
    await of_task(scene, "estimateTask", cut, minutes=600)
    await of_task(scene, "recordProgress", cut, percent=10)
    await of_task(scene, "spendTime", cut, minutes=30, spentOn="2026-03-02")

    async def at_completion(arguments: str) -> Any:
        whole = await ask(scene, "earnedValue", arguments, "estimates { formula atCompletionAmount }")
        (found,) = (each for each in whole["estimates"] if each["formula"] == "AC + bottom-up ETC")
        return found["atCompletionAmount"]

    assert await at_completion("") is None  # the scene's own task is not estimated
    assert await at_completion("estimateToComplete: 500") == 530
    assert await at_completion(f'task: "{cut}"') == 30 + 540
    await of_task(scene, "estimateTask", scene.task, minutes=60)
    assert await at_completion("") == 30 + 540 + 60
    assert await at_completion("basis: COST") is None
    assert await at_completion("basis: COST, estimateToComplete: 7") == 7


async def test_the_plan_is_the_baseline_in_force_and_before_it_where_a_task_has_none(scene: Scene) -> None:
    day = "2026-03-02T09:00:00Z", "2026-03-02T17:00:00Z"
    cut, _ = [await budgeted(scene, title, *day) for title in ("Cut", "Weld")]
    sold = await do(scene, "setBaseline", number=0, title="As sold", cause="The offer")
    change = await requested(scene)
    await do(scene, "approveChangeRequest", changeId=change)
    planned = {"startAt": day[0], "finishAt": day[1], "workMinutes": 960, "costCents": None}
    await of_task(scene, "setTaskBaseline", cut, number=3, **planned)
    await do(scene, "applyChangeRequest", changeId=change, baselineNumber=3)
    fields = "baselineNumber taskCount budgetAmount"
    now = await ask(scene, "earnedValue", "", fields)
    assert now == {"baselineNumber": 3, "taskCount": 2, "budgetAmount": 960 + 480}
    alone = await ask(scene, "earnedValue", "baseline: 3", fields)
    assert alone == {"baselineNumber": 3, "taskCount": 1, "budgetAmount": 960}
    then = await ask(scene, "earnedValue", f"asOf: {{position: {sold}}}", fields)
    assert then == {"baselineNumber": 0, "taskCount": 2, "budgetAmount": 960}


VALUES = "taskCount budgetAmount plannedAmount earnedAmount actualAmount"
BY_PHASE = f"phase name value {{ {VALUES} scheduleVarianceAmount costPerformanceIndex }}"


def figures(value: Any) -> list[int]:
    return [value[name] for name in VALUES.split()]


async def phased(scene: Scene) -> tuple[str, ...]:
    """Plan a frame of two parts in phase 1, the second part in phase 2, and leave a task in none."""
    day = "2026-03-02T09:00:00Z", "2026-03-02T17:00:00Z"
    for number, name in ((2, "Data flows"), (1, "Usable"), (3, "Forecasts")):
        await do(scene, "planPhase", number=number, name=name, modules=[])
    frame = await opened_task(scene, "Frame", 0)
    cut, weld = [await budgeted(scene, title, *day, parentId=frame) for title in ("Cut", "Weld")]
    paint = await budgeted(scene, "Paint", *day)
    await of_task(scene, "planTaskInPhase", frame, phase=1)
    await of_task(scene, "planTaskInPhase", weld, phase=2)
    return frame, cut, weld, paint


async def test_phases_and_what_is_in_none_add_up_to_the_project(scene: Scene) -> None:
    frame, cut, weld, paint = await phased(scene)
    for task, minutes in ((frame, 5), (cut, 600), (weld, 60), (paint, 7)):
        await of_task(scene, "spendTime", task, minutes=minutes, spentOn="2026-03-02")
    await of_task(scene, "completeTask", cut)
    await of_task(scene, "recordProgress", weld, percent=50)
    found = await ask(scene, "earnedValueByPhase", "", BY_PHASE)
    names = [(each["phase"], each["name"]) for each in found]
    assert names == [(1, "Usable"), (2, "Data flows"), (3, "Forecasts"), (None, None)]
    first, second, third, none = (each["value"] for each in found)
    assert figures(first) == [1, 480, 480, 480, 605]
    assert figures(second) == [1, 480, 480, 240, 60]
    assert (second["scheduleVarianceAmount"], second["costPerformanceIndex"]) == (-240, 4.0)
    assert (figures(third), third["costPerformanceIndex"]) == ([0, 0, 0, 0, 0], None)
    assert figures(none) == [1, 480, 480, 0, 7]
    whole = figures(await ask(scene, "earnedValue", "", VALUES))
    assert [sum(column) for column in zip(*(figures(each["value"]) for each in found), strict=True)] == whole


async def spent(scene: Scene, cents: int, on: str, task: str | None = None) -> str:
    """Record a cost, and return its id."""
    entry = new()
    given: dict[str, Any] = {"amountCents": cents, "currency": "EUR", "incurredOn": on, "kind": "PERSONNEL"}
    await do(scene, "recordCost", entryId=entry, taskId=task, **given)
    return entry


async def test_money_is_counted_by_phase_and_by_task_as_what_costs_were_recorded_for(scene: Scene) -> None:
    frame, cut, weld, paint = await phased(scene)
    costs = ((frame, 1_000), (cut, 20_000), (weld, 300), (weld, 50), (paint, 7), (None, 400_000))
    entries = {(task, cents): await spent(scene, cents, "2026-03-02", task) for task, cents in costs}
    wrong = {"correctsId": entries[weld, 300], "correctedOn": "2026-03-03", "cause": "Half of it"}
    before = await do(scene, "correctEntry", entryId=new(), amountCents=-150, **wrong)
    await of_task(scene, "completeTask", cut)
    await of_task(scene, "recordProgress", weld, percent=50)
    found = await ask(scene, "earnedValueByPhase", "basis: COST", BY_PHASE)
    first, second, third, none = (each["value"] for each in found)
    assert figures(first) == [1, 100_000, 100_000, 100_000, 21_000]
    assert figures(second) == [1, 100_000, 100_000, 50_000, 300 + 50 - 150]
    assert (second["scheduleVarianceAmount"], second["costPerformanceIndex"]) == (-50_000, 250.0)
    assert (figures(third), third["costPerformanceIndex"]) == ([0, 0, 0, 0, 0], None)
    assert figures(none) == [1, 100_000, 100_000, 0, 400_007]
    whole = figures(await ask(scene, "earnedValue", "basis: COST", VALUES))
    assert [sum(column) for column in zip(*(figures(each["value"]) for each in found), strict=True)] == whole
    assert await ask(scene, "valueOf", "", "costCents") == {"costCents": whole[-1]}
    for task, actual in ((frame, 21_000 + 200), (cut, 20_000), (weld, 200), (paint, 7)):
        of = await ask(scene, "earnedValue", f'basis: COST, task: "{task}"', "actualAmount")
        assert of == {"actualAmount": actual}
    late = f"basis: COST, asOf: {{position: {before - 1}}}"
    then = await ask(scene, "earnedValueByPhase", late, BY_PHASE)
    assert [each["value"]["actualAmount"] for each in then] == [21_000, 350, 0, 400_007]
    for_weld = await rows(scene, "costsAndBenefits", "amountCents", f'where: {{taskId: ["{weld}"]}}')
    assert sorted(each["amountCents"] for each in for_weld) == [50, 300]
    await assert_rebuilt_alike(scene, {"costs_and_benefits"})


async def test_a_tasks_phase_is_on_its_card_in_its_trail_and_as_of_any_moment(scene: Scene) -> None:
    _, _, weld, _ = await phased(scene)
    shown = await rows(scene, "taskBoard", "id phase", "where: {phase: [2]}")
    assert shown == [{"id": weld, "phase": 2}]
    moved = await of_task(scene, "planTaskInPhase", weld, phase=None, reason="Comes with the frame")
    for as_of, counts in (("", [2, 0, 0, 1]), (f"asOf: {{position: {moved - 1}}}", [1, 1, 0, 1])):
        found = await ask(scene, "earnedValueByPhase", as_of, BY_PHASE)
        assert [each["value"]["taskCount"] for each in found] == counts
    assert await ask(scene, "earnedValueByPhase", "asOf: {position: 1}", BY_PHASE) == []
    asked = f'{{ auditTrail(node: "{weld}") {{ nodes {{ type reason changes {{ field before after }} }} }} }}'
    (last, *_) = (await scene.api.of(scene.manager).ask(asked))["data"]["auditTrail"]["nodes"][::-1]
    assert last == {
        "type": "task.planned_in_phase.v1",
        "reason": "Comes with the frame",
        "changes": [{"field": "phase", "before": "2", "after": None}],
    }


async def test_projects_are_added_up_unless_their_money_has_no_sum(scene: Scene) -> None:
    day = "2026-03-02T09:00:00Z", "2026-03-02T17:00:00Z"
    cut = await budgeted(scene, "Cut", *day)
    await of_task(scene, "completeTask", cut)
    other = scene.api.of(scene.other_manager)
    planned = {"startAt": day[0], "finishAt": day[1], "workMinutes": 120, "costCents": 20_000}
    await other.done("setTaskBaseline", taskId=scene.other_task, number=0, **planned)
    await other.done("spendTime", taskId=scene.other_task, minutes=60, spentOn="2026-03-02")
    cost: dict[str, Any] = {"amountCents": 700, "incurredOn": "2026-03-02", "kind": "PERSONNEL"}
    await do(scene, "recordCost", entryId=new(), currency="EUR", **cost)

    async def asked(by: Actor, arguments: str) -> Any:
        await project(scene.api.database_url)
        both = f'projects: ["{scene.project}", "{scene.other_project}"]'
        fields = "taskCount budgetAmount plannedAmount earnedAmount actualAmount costPerformanceIndex"
        return await scene.api.of(by).ask(f"{{ portfolioEarnedValue({both} {arguments}) {{ {fields} }} }}")

    assert (await asked(ADMINISTRATOR, ""))["data"]["portfolioEarnedValue"] == {
        "taskCount": 2,
        "budgetAmount": 600,
        "plannedAmount": 600,
        "earnedAmount": 480,
        "actualAmount": 60,
        "costPerformanceIndex": 8.0,
    }
    cents = (await asked(ADMINISTRATOR, "basis: COST"))["data"]["portfolioEarnedValue"]
    assert (cents["budgetAmount"], cents["actualAmount"]) == (120_000, 700)
    assert (await asked(ADMINISTRATOR, "asOf: {position: 1}"))["data"] == {"portfolioEarnedValue": None}
    money = {"projectId": scene.other_project, "entryId": new(), "currency": "CNY"}
    await other.done("recordCost", **money, **cost)
    for by, code in ((ADMINISTRATOR, "SEVERAL_CURRENCIES"), (scene.member, "NOT_PERMITTED")):
        reply = await asked(by, "basis: COST")
        assert reply["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    "arguments",
    ["baseline: 11", "estimateToComplete: -1", 'basis: COST, task: "{stranger}"', 'task: "{stranger}"'],
)
async def test_what_cannot_be_answered_is_said_by_a_code(scene: Scene, arguments: str) -> None:
    await project(scene.api.database_url)
    given = arguments.replace("{task}", scene.task).replace("{stranger}", scene.other_task)
    asked = f'{{ earnedValue(project: "{scene.project}", {given}) {{ at }} }}'
    reply = await scene.api.of(scene.member).ask(asked)
    assert reply["errors"][0]["extensions"]["code"] in {"MALFORMED", "UNKNOWN_TASK"}


async def test_a_cost_is_recorded_for_a_task_of_the_project_alone(scene: Scene) -> None:
    cost = {
        "entryId": new(),
        "amountCents": 1,
        "currency": "EUR",
        "incurredOn": "2026-03-02",
        "kind": "OTHER",
    }
    for task in (scene.other_task, new()):
        said = await refused(scene, "recordCost", taskId=task, **cost)
        assert said == {"code": "UNKNOWN_TASK", "field": "taskId"}
    assert "project.cost_recorded.v2" not in scene.api.events()
