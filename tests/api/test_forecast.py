"""Forecasts over GraphQL: by when, how many by, day by day and task by task; recorded, and held to account."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import ask

pytestmark = pytest.mark.anyio

MONDAY = date(2026, 3, 2)
FROM = "2026-06-01"
INPUTS = "inputs { position fromOn seed runs sampleDays sampleItems blockDays }"
WHEN = f"status remaining p50On p85On p95On p50Days p85Days p95Days {INPUTS}"
BASIS = f'basis: {{seed: 7, runs: 500, fromOn: "{FROM}"}}'


def at(day: date, hour: int = 9) -> str:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC).isoformat()


async def worked(scene: Scene, count: int) -> None:
    """Finish tasks on weekdays from a Monday in March on, each estimated at an hour and taking two."""
    api, member = scene.api.of(scene.manager), str(scene.member.actor_id)
    for number in range(count):
        day = MONDAY + timedelta(days=7 * (number // 5) + number % 5)
        task = await api.made("openTask", projectId=scene.project, title=f"Wall {number}", occurredAt=at(day))
        await api.done("estimateTask", taskId=task, minutes=60, occurredAt=at(day))
        await api.done("assignTask", taskId=task, memberId=member, occurredAt=at(day))
        await api.done("startTask", taskId=task, occurredAt=at(day))
        await api.done("spendTime", taskId=task, minutes=120, spentOn=day.isoformat(), occurredAt=at(day))
        await api.done("completeTask", taskId=task, occurredAt=at(day, 11))


async def opened_early(scene: Scene) -> None:
    """Open a project as of the year's first day, and let the scene be about it."""
    api = scene.api
    made = await api.made("openProject", name="Roof", occurredAt=at(date(2026, 1, 1)))
    for actor, role in ((scene.manager, "PROJECT_MANAGER"), (scene.member, "MEMBER")):
        await api.done(
            "nameMember",
            projectId=made,
            memberId=str(actor.actor_id),
            role=role,
            department=None,
            occurredAt=at(date(2026, 1, 1)),
        )
    object.__setattr__(scene, "project", made)


async def test_a_forecast_without_history_says_so(scene: Scene) -> None:
    found = await ask(scene, "whenDone", BASIS, WHEN)
    assert (found["status"], found["remaining"], found["p50On"]) == ("NO_HISTORY", 1, None)
    found = await ask(scene, "howManyBy", f'by: "2026-07-01" {BASIS}', "status p85Count")
    assert found == {"status": "NO_HISTORY", "p85Count": None}
    found = await ask(scene, "forecastFan", f"days: 5 {BASIS}", "status days { on }")
    assert found == {"status": "NO_HISTORY", "days": []}
    found = await ask(scene, "planForecast", BASIS, "status p85At unestimatedCount tasks { taskId }")
    assert found == {"status": "NOTHING_OPEN", "p85At": None, "unestimatedCount": 1, "tasks": []}
    await scene.api.of(scene.manager).done("estimateTask", taskId=scene.task, minutes=60)
    found = await ask(scene, "planForecast", BASIS, "status p85At")
    assert found == {"status": "NO_HISTORY", "p85At": None}


async def test_what_is_forecast_comes_from_history_and_is_the_same_as_of_then(scene: Scene) -> None:
    await opened_early(scene)
    await worked(scene, 40)
    api = scene.api.of(scene.manager)
    task = await api.made("openTask", projectId=scene.project, title="Floor", occurredAt=at(date(2026, 5, 1)))
    for command, given in (
        ("estimateTask", {"minutes": 240}),
        ("assignTask", {"memberId": str(scene.member.actor_id)}),
        ("setDueDate", {"dueOn": "2026-06-02"}),
    ):
        await api.done(command, taskId=task, occurredAt=at(date(2026, 5, 1)), **given)
    queries = {
        "whenDone": (f"remaining: 10 {BASIS}", WHEN),
        "howManyBy": (f'by: "2026-06-26" {BASIS}', "status days p50Count p85Count p95Count"),
        "forecastFan": (f"days: 10 {BASIS}", "status days { on p50Count p85Count p95Count }"),
        "planForecast": (BASIS, "status p50At p95At taskCount tasks { title p50At dueChancePercent }"),
    }
    first: dict[str, Any] = {name: await ask(scene, name, *given) for name, given in queries.items()}

    when = first["whenDone"]
    assert when["status"] == "COMPUTED"
    assert (when["inputs"]["sampleItems"], when["inputs"]["seed"]) == (40, 7)
    assert FROM < when["p50On"] <= when["p85On"] <= when["p95On"]
    many = first["howManyBy"]
    assert (many["days"], many["status"]) == (20, "COMPUTED")
    assert many["p50Count"] >= many["p85Count"] >= many["p95Count"]
    days = first["forecastFan"]["days"]
    assert [each["on"] for each in days[:6]] == [
        "2026-06-01", "2026-06-02", "2026-06-03", "2026-06-04", "2026-06-05", "2026-06-08",
    ]  # fmt: skip
    plan = first["planForecast"]
    assert plan["taskCount"] == 1
    (floor,) = plan["tasks"]
    # An hour estimated has always been two, so half a day is a whole one: eight hours of the first Monday.
    assert (floor["title"], plan["p50At"]) == ("Floor", floor["p50At"])
    assert "2026-06-01T09" < floor["p50At"] <= "2026-06-02T17"
    assert floor["dueChancePercent"] > 90

    await worked(scene, 10)
    await project(scene.api.database_url)
    moved = await ask(scene, "whenDone", *queries["whenDone"])
    assert moved["inputs"]["position"] > when["inputs"]["position"]
    as_of = f"asOf: {{position: {when['inputs']['position']}}}"
    for name, (arguments, fields) in queries.items():
        assert await ask(scene, name, f"{arguments} {as_of}", fields) == first[name]


@pytest.mark.parametrize(
    ("query", "arguments", "field"),
    [
        ("whenDone", "remaining: 0", "remaining"),
        ("whenDone", "basis: {runs: 100001}", "basis.runs"),
        ("whenDone", "basis: {seed: -1}", "basis.seed"),
        ("howManyBy", 'by: "2020-01-01"', "by"),
        ("howManyBy", 'by: "2100-01-01"', "by"),
        ("forecastFan", "days: 367", "days"),
        ("planForecast", "first: 201", "first"),
        ("planForecast", "skipped: -1", "skipped"),
    ],
)
async def test_a_forecast_out_of_bounds_is_refused(
    scene: Scene, query: str, arguments: str, field: str
) -> None:
    await project(scene.api.database_url)
    asked = f'{{ {query}(project: "{scene.project}" {arguments}) {{ status }} }}'
    reply = await scene.api.of(scene.member).ask(asked)
    (error,) = reply["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("MALFORMED", field)


async def test_nobody_forecasts_what_they_may_not_see(scene: Scene) -> None:
    await project(scene.api.database_url)
    asked = f'{{ whenDone(project: "{scene.project}") {{ status }} }}'
    reply = await scene.api.of(scene.other_manager).ask(asked)
    assert reply["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
