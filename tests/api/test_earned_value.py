"""Earned value from commands to the answer: of a project and of a part of it, as of now and of before."""

from typing import Any

import pytest

from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import ask, do, new
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


@pytest.mark.parametrize(
    "arguments",
    ["baseline: 11", "rule: WEIGHTED_MILESTONES", 'basis: COST, task: "{task}"', 'task: "{stranger}"'],
)
async def test_what_cannot_be_answered_is_said_by_a_code(scene: Scene, arguments: str) -> None:
    await project(scene.api.database_url)
    given = arguments.replace("{task}", scene.task).replace("{stranger}", scene.other_task)
    asked = f'{{ earnedValue(project: "{scene.project}", {given}) {{ at }} }}'
    reply = await scene.api.of(scene.member).ask(asked)
    assert reply["errors"][0]["extensions"]["code"] in {"MALFORMED", "UNKNOWN_TASK"}
