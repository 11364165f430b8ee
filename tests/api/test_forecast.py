"""Forecasts over GraphQL: by when, how many by, day by day and task by task; and how they fared."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import ask, assert_rebuilt_alike, happened, new, refused, rows

pytestmark = pytest.mark.anyio

TODAY = datetime.now(UTC).date()
MONDAY = TODAY - timedelta(days=TODAY.weekday())
BEGIN = MONDAY - timedelta(weeks=8)
FROM = (MONDAY + timedelta(weeks=1)).isoformat()
AFTER_FOUR_WEEKS = (MONDAY + timedelta(weeks=4, days=4)).isoformat()
NEXT_TUESDAY = (MONDAY + timedelta(weeks=1, days=1)).isoformat()
INPUTS = "inputs { position fromOn seed runs sampleDays sampleItems blockDays }"
WHEN = f"status remaining p50On p85On p95On p50Days p85Days p95Days {INPUTS}"
RECORDED = "asOfPosition fromOn seed runs p50On p85On p95On isAssessed"
BASIS = f'basis: {{seed: 7, runs: 500, fromOn: "{FROM}"}}'
QUERIES = {
    "whenDone": (f"remaining: 10 {BASIS}", WHEN),
    "howManyBy": (f'by: "{AFTER_FOUR_WEEKS}" {BASIS}', "status days p50Count p85Count p95Count"),
    "forecastFan": (f"days: 10 {BASIS}", "status days { on p50Count p85Count p95Count }"),
    "planForecast": (BASIS, "status p50At p95At taskCount tasks { title p50At dueChancePercent }"),
}


def at(day: date, hour: int = 9) -> str:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC).isoformat()


async def worked(scene: Scene, count: int) -> None:
    """Finish a task on each weekday from eight weeks ago on, estimated at an hour and taking two."""
    api, member = scene.api.of(scene.manager), str(scene.member.actor_id)
    for number in range(count):
        day = BEGIN + timedelta(days=7 * (number // 5) + number % 5)
        task = await api.made("openTask", projectId=scene.project, title=f"Wall {number}", occurredAt=at(day))
        await api.done("estimateTask", taskId=task, minutes=60, occurredAt=at(day))
        await api.done("assignTask", taskId=task, memberId=member, occurredAt=at(day))
        await api.done("startTask", taskId=task, occurredAt=at(day))
        await api.done("spendTime", taskId=task, minutes=120, spentOn=day.isoformat(), occurredAt=at(day))
        await api.done("completeTask", taskId=task, occurredAt=at(day, 11))


async def floor_opened(scene: Scene) -> str:
    """Open a task that is estimated at half a day, assigned and due on Tuesday of next week."""
    api = scene.api.of(scene.manager)
    task = await api.made("openTask", projectId=scene.project, title="Floor", occurredAt=at(BEGIN))
    await api.done("estimateTask", taskId=task, minutes=240, occurredAt=at(BEGIN))
    await api.done("assignTask", taskId=task, memberId=str(scene.member.actor_id), occurredAt=at(BEGIN))
    await api.done("setDueDate", taskId=task, dueOn=NEXT_TUESDAY, occurredAt=at(BEGIN))
    return task


async def opened_early(scene: Scene) -> None:
    """Open a project as of eight weeks ago, and let the scene be about it."""
    api = scene.api
    made = await api.made("openProject", name="Roof", occurredAt=at(BEGIN))
    for actor, role in ((scene.manager, "PROJECT_MANAGER"), (scene.member, "MEMBER")):
        await api.done(
            "nameMember",
            projectId=made,
            memberId=str(actor.actor_id),
            role=role,
            department=None,
            occurredAt=at(BEGIN),
        )
    object.__setattr__(scene, "project", made)


@pytest.mark.parametrize("query", [*QUERIES, "flowByDay"])
async def test_before_a_project_was_opened_there_was_none_to_forecast(scene: Scene, query: str) -> None:
    await project(scene.api.database_url)
    days = f'from: "{BEGIN.isoformat()}" to: "{MONDAY.isoformat()}"'
    arguments = days if query == "flowByDay" else QUERIES[query][0]
    moment = "knownAt: {position: 0}" if query == "flowByDay" else "asOf: {position: 0}"
    asked = f'{{ {query}(project: "{scene.project}" {arguments} {moment}) {{ __typename }} }}'
    (error,) = (await scene.api.of(scene.member).ask(asked))["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("UNKNOWN_PROJECT", "project")


async def test_a_forecast_without_history_says_so(scene: Scene) -> None:
    found = await ask(scene, "whenDone", BASIS, WHEN)
    assert (found["status"], found["remaining"], found["p50On"]) == ("NO_HISTORY", 1, None)
    found = await ask(scene, "howManyBy", f'by: "{AFTER_FOUR_WEEKS}" {BASIS}', "status p85Count")
    assert found == {"status": "NO_HISTORY", "p85Count": None}
    found = await ask(scene, "forecastFan", f"days: 5 {BASIS}", "status days { on }")
    assert found == {"status": "NO_HISTORY", "days": []}
    found = await ask(scene, "planForecast", BASIS, "status p85At unestimatedCount tasks { taskId }")
    assert found == {"status": "NOTHING_OPEN", "p85At": None, "unestimatedCount": 1, "tasks": []}
    await scene.api.of(scene.manager).done("estimateTask", taskId=scene.task, minutes=60)
    found = await ask(scene, "planForecast", BASIS, "status p85At")
    assert found == {"status": "NO_HISTORY", "p85At": None}


async def test_row_12_a_forecast_comes_from_history_and_is_held_against_what_happens(  # noqa: PLR0915 - a story
    scene: Scene,
) -> None:
    await opened_early(scene)
    await worked(scene, 35)
    api, task = scene.api.of(scene.manager), await floor_opened(scene)
    first: dict[str, Any] = {name: await ask(scene, name, *given) for name, given in QUERIES.items()}
    check(first)

    # Recorded, it is what a query as of its position says; asked for again, nothing more happens.
    wish = {"projectId": scene.project, "forecastId": new(), "kind": "WHEN", "seed": 3, "runs": 500}
    command_id = new()
    await api.done("requestForecast", commandId=command_id, remaining=1, **wish)
    made = scene.api.events().count("project.forecast_computed.v1")
    again = await api.do("requestForecast", commandId=command_id, remaining=1, **wish)
    assert (again["userErrors"], scene.api.events().count("project.forecast_computed.v1")) == ([], made)
    (row,) = await rows(scene, "forecasts", RECORDED)
    basis = f'basis: {{seed: 3, runs: 500, fromOn: "{row["fromOn"]}"}}'
    as_of = f"asOf: {{position: {row['asOfPosition']}}}"
    found = await ask(scene, "whenDone", f"remaining: 1 {basis} {as_of}", "p50On p85On p95On")
    assert found == {name: row[name] for name in found}
    assert row["isAssessed"] is False

    # What happens settles it.
    await api.done("completeTask", taskId=task)
    await happened(scene, "project.forecast_assessed.v1")
    (row,) = await rows(scene, "forecasts", f"{RECORDED} finishedCount reachedOn isP50Met isP95Met")
    assert (row["isAssessed"], row["finishedCount"], row["isP50Met"], row["isP95Met"]) == (
        True,
        1,
        True,
        True,
    )
    window = f'from: "{BEGIN}" to: "{AFTER_FOUR_WEEKS}"'
    kpi = await ask(scene, "kpi", f"code: FORECAST_HIT_P85 {window}", "figure { value observationCount }")
    assert kpi["figure"] == {"value": 100.0, "observationCount": 1}

    # What was known then says the same as it did, to the last bit.
    as_of = f"asOf: {{position: {first['whenDone']['inputs']['position']}}}"
    for name, (arguments, fields) in QUERIES.items():
        assert await ask(scene, name, f"{arguments} {as_of}", fields) == first[name]
    await assert_rebuilt_alike(scene, {"forecasts", "forecast_clock"})


def check(found: dict[str, Any]) -> None:
    """Check what is forecast of a task a day: the more certain, the later, or the fewer."""
    when = found["whenDone"]
    assert when["status"] == "COMPUTED"
    assert (when["inputs"]["sampleItems"], when["inputs"]["seed"]) == (35, 7)
    assert FROM < when["p50On"] <= when["p85On"] <= when["p95On"]
    many = found["howManyBy"]
    assert (many["days"], many["status"]) == (20, "COMPUTED")
    assert many["p50Count"] >= many["p85Count"] >= many["p95Count"]
    weekdays = [MONDAY + timedelta(weeks=1 + number // 5, days=number % 5) for number in range(10)]
    assert [each["on"] for each in found["forecastFan"]["days"]] == [day.isoformat() for day in weekdays]
    plan = found["planForecast"]
    (floor,) = plan["tasks"]
    assert (plan["taskCount"], floor["title"], plan["p50At"]) == (1, "Floor", floor["p50At"])
    # An hour estimated has always been two, so half a day is a whole one: eight hours of the first Monday.
    assert f"{FROM}T12" < floor["p50At"] <= f"{NEXT_TUESDAY}T17"
    assert floor["dueChancePercent"] > 90


async def test_a_forecast_without_history_is_not_recorded_either(scene: Scene) -> None:
    early = await refused(scene, "requestForecast", forecastId=new(), kind="WHEN", seed=1, runs=10)
    assert early == {"code": "STALE", "field": None}, "rows that do not know the project yet are waited for"
    await project(scene.api.database_url)
    for wish in ({"kind": "WHEN"}, {"kind": "HOW_MANY", "byOn": AFTER_FOUR_WEEKS}):
        why = await refused(scene, "requestForecast", forecastId=new(), seed=1, runs=10, **wish)
        assert why == {"code": "NO_HISTORY", "field": None}
    past = {"kind": "HOW_MANY", "byOn": "2020-01-01"}
    why = await refused(scene, "requestForecast", forecastId=new(), seed=1, runs=10, **past)
    assert why == {"code": "MALFORMED", "field": "byOn"}
    stranger = scene.api.of(scene.other_manager)
    given = {"projectId": scene.project, "forecastId": new(), "kind": "WHEN", "seed": 1, "runs": 10}
    payload = await stranger.do("requestForecast", **given)
    assert payload["userErrors"][0]["code"] == "NOT_PERMITTED"
    assert scene.api.events()[-1] == "denial.recorded.v1"


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
