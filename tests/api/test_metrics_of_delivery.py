"""How work flows and what a delivery achieved: rows 40, 42 and 49 of the article, from command to figure.

Longer than other files: each rule of its subject has its test here.
"""

from typing import Any

import pytest

from infra.tokens import Actor
from tests.api.conftest import Api, Scene
from tests.api.projecting import project
from tests.api.rows import do, plan_approved

pytestmark = pytest.mark.anyio

YEAR = 'from: "2026-01-01", to: "2026-12-31"'


def at(day: str, hour: int = 9) -> dict[str, str]:
    return {"occurredAt": f"2026-{day}T{hour:02}:00:00Z"}


async def kpi(api: Api, code: str, fields: str = "figure { value }", more: str = "") -> Any:
    """Return what a KPI says of 2026."""
    await project(api.database_url)
    reply = await api.ask(f"{{ kpi(code: {code}, {YEAR}{more}) {{ {fields} }} }}")
    assert "errors" not in reply, reply
    return reply["data"]["kpi"]


async def value(api: Api, code: str, more: str = "") -> Any:
    return (await kpi(api, code, more=more))["figure"]["value"]


async def opened(scene: Scene, day: str, *assignees: Actor) -> str:
    """Open a task on a day, assigned to some, and return its id."""
    task = await scene.api.made("openTask", projectId=scene.project, title="Weld", **at(day, 6))
    for each in assignees:
        await scene.api.made("assignTask", taskId=task, memberId=str(each.actor_id), **at(day, 7))
    return task


async def taken(scene: Scene, name: str, begun: str, closed: str) -> str:
    """Open a project in January, start its first task on one day and close it on another; return its id."""
    made = await scene.api.made("openProject", name=name, timeZone="Asia/Shanghai", **at("01-02"))
    for day in (begun, closed):
        task = await scene.api.made("openTask", projectId=made, title="Weld", **at("01-02"))
        await scene.api.made("startTask", taskId=task, **at(day))
    await scene.api.made("closeProject", projectId=made, **at(closed, 17))
    return made


async def test_row_40_the_mean_project_cycle_counts_from_the_first_work_to_the_closing(scene: Scene) -> None:
    api = scene.api
    await taken(scene, "Before", "01-13", "04-21")
    assert await value(api, "PROJECT_CYCLE_TIME", ', asOf: {time: "2026-04-20T12:00:00Z"}') is None
    await taken(scene, "After", "07-01", "09-15")
    cycles = await kpi(api, "PROJECT_CYCLE_TIME", "unit figure { value } figures(every: QUARTER) { value }")
    before, after = (each["value"] for each in cycles["figures"])
    assert (cycles["unit"], before, after) == ("days", 100.0, 78.0)  # the last day is the 16th in Shanghai
    assert cycles["figure"]["value"] == 89.0
    assert 100 * (after - before) / before == -22.0
    reply = await api.ask(
        "{ projectCycles(where: {isClosed: [true]}, order: CLOSED)"
        " { nodes { startedOn closedOn cycleDays } } }"
    )
    assert reply["data"]["projectCycles"]["nodes"] == [
        {"startedOn": "2026-01-13", "closedOn": "2026-04-22", "cycleDays": 100},
        {"startedOn": "2026-07-01", "closedOn": "2026-09-16", "cycleDays": 78},
    ]


async def test_row_40_a_delivery_that_starts_before_any_task_starts_its_project(scene: Scene) -> None:
    await plan_approved(scene)
    await do(scene, "planPhase", number=1, name="First usable product", modules=[])
    await do(scene, "startPhase", number=1, **at("03-02"))
    await scene.api.made("startTask", taskId=scene.task)
    await do(scene, "closeProject", **at("03-31"))
    behind = "figure { value } observations { nodes { rowId events { nodes { type } } } }"
    cycle = await kpi(scene.api, "PROJECT_CYCLE_TIME", behind)
    assert cycle["figure"]["value"] == 30.0
    (observation,) = cycle["observations"]["nodes"]
    assert observation["rowId"] == scene.project
    assert observation["events"]["nodes"][-1] == {"type": "project.closed.v1"}


async def test_row_42_work_is_set_going_by_those_who_do_it_not_by_reminders(scene: Scene) -> None:
    member, manager = scene.api.of(scene.member), scene.api.of(scene.manager)
    await scene.api.made("nameDepartment", projectId=scene.project, name="Build")
    by_itself, pushed, reminded, handed_on = [await opened(scene, "03-02", scene.member) for _ in range(4)]
    nobodys = await opened(scene, "03-02")
    await member.made("startTask", taskId=by_itself)
    await manager.made("startTask", taskId=pushed)
    await manager.made("remindTask", taskId=reminded)
    await member.made("startTask", taskId=reminded)
    between = {"fromDepartment": "Paint", "toDepartment": "Build"}
    await manager.made("startTask", taskId=handed_on)
    await member.made("handOffTask", taskId=handed_on, **between)
    await member.made("startTask", taskId=nobodys)
    assert await value(scene.api, "SELF_STARTED_SHARE") is None
    for task in (by_itself, pushed, reminded, handed_on, nobodys):
        await manager.made("completeTask", taskId=task)
    fields = "figure { value metCount missedCount } observations { nodes { rowId isMet } }"
    share = await kpi(scene.api, "SELF_STARTED_SHARE", fields, ', asOf: {time: "2199-01-01T00:00:00Z"}')
    assert share["figure"] == {"value": 50.0, "metCount": 2, "missedCount": 2}
    met = {each["rowId"] for each in share["observations"]["nodes"] if each["isMet"]}
    assert met == {by_itself, handed_on}
    late = await manager.refused("remindTask", taskId=pushed)
    assert late == {"code": "TASK_CLOSED", "field": None}


async def test_flow_efficiency_is_the_time_not_waited_of_all_time_in_progress(scene: Scene) -> None:
    api = scene.api
    await api.made("nameDepartment", projectId=scene.project, name="Build")
    task = await opened(scene, "03-02")
    await api.made("startTask", taskId=task, **at("03-02", 8))
    await api.made("blockTask", taskId=task, cause="No steel", **at("03-02", 10))
    between = {"taskId": task, "fromDepartment": "Paint", "toDepartment": "Build"}
    await api.made("handOffTask", **between, **at("03-02", 11))
    await api.made("unblockTask", taskId=task, **at("03-02", 12))
    await api.made("answerHandOff", taskId=task, **at("03-02", 14))
    done = await api.do("completeTask", taskId=task, **at("03-02", 18))
    assert await value(api, "FLOW_EFFICIENCY") == 60.0
    await api.made("reopenTask", taskId=task, cause="It leaks", **at("05-04", 8))
    await api.made("completeTask", taskId=task, **at("05-04", 18))
    whole = await kpi(
        api, "FLOW_EFFICIENCY", "unit measure figure { value valueSum p50 } figures(every: MONTH) { value }"
    )
    assert whole == {
        "unit": "percent",
        "measure": "SHARE",
        "figure": {"value": 80.0, "valueSum": 1200, "p50": None},
        "figures": [{"value": 60.0}, {"value": 100.0}],
    }
    assert await value(api, "FLOW_EFFICIENCY", f", knownAt: {{position: {done['position']}}}") == 60.0


async def test_a_reopening_counts_on_its_day_and_rewrites_no_past_figure(scene: Scene) -> None:
    api = scene.api
    task = await opened(scene, "03-02")
    await api.made("completeTask", taskId=task, **at("03-03"))
    await api.made("reopenTask", taskId=task, cause="It leaks", **at("04-01"))
    found = await kpi(api, "REOPEN_COUNT", "figures(every: MONTH) { begin value }")
    assert found["figures"] == [{"begin": "2026-04-01", "value": 1.0}]
    march = ', asOf: {time: "2026-03-31T12:00:00Z"}'
    assert (await value(api, "REOPEN_COUNT", march), await value(api, "THROUGHPUT", march)) == (0.0, 1.0)


async def test_a_late_event_restates_a_past_figure_and_both_figures_can_be_asked(scene: Scene) -> None:
    api = scene.api
    first, second = await opened(scene, "03-02"), await opened(scene, "03-02")
    for task in (first, second):
        await api.made("setDueDate", taskId=task, dueOn="2026-03-10", **at("03-02"))
    known = await api.do("completeTask", taskId=first, **at("03-09"))
    assert await value(api, "ON_TIME_RATE") == 100.0
    await api.made("completeTask", taskId=second, **at("03-12"))
    march = ', asOf: {time: "2026-03-31T12:00:00Z"}'
    assert await value(api, "ON_TIME_RATE", march) == 50.0
    assert await value(api, "ON_TIME_RATE", f"{march}, knownAt: {{position: {known['position']}}}") == 100.0


AGES = "count meanAgeMinutes p50AgeMinutes p85AgeMinutes p95AgeMinutes oldestAgeMinutes oldestTaskId"


async def in_progress(api: Api, arguments: str, fields: str = AGES) -> Any:
    await project(api.database_url)
    reply = await api.ask(f"{{ workInProgress({arguments}) {{ {fields} }} }}")
    assert "errors" not in reply, reply
    return reply["data"]["workInProgress"]


async def test_work_in_progress_and_its_age_are_those_of_any_moment(scene: Scene) -> None:
    api = scene.api
    first, second, third = [await opened(scene, "03-02") for _ in range(3)]
    await api.made("startTask", taskId=first, **at("03-02", 8))
    await api.made("startTask", taskId=second, **at("03-03", 8))
    await api.made("startTask", taskId=third, **at("03-04", 8))
    await api.made("blockTask", taskId=third, cause="No steel", **at("03-04", 9))
    await api.made("completeTask", taskId=second, **at("03-05", 8))
    known = (await api.do("reopenTask", taskId=second, cause="It leaks", **at("03-07", 8)))["position"]
    mine = f'project: "{scene.project}", '
    assert await in_progress(api, mine + 'asOf: {time: "2026-03-04T20:00:00Z"}') == {
        "count": 3,
        "meanAgeMinutes": 36 * 60.0,
        "p50AgeMinutes": 36 * 60,
        "p85AgeMinutes": 60 * 60,
        "p95AgeMinutes": 60 * 60,
        "oldestAgeMinutes": 60 * 60,
        "oldestTaskId": first,
    }
    counts = {
        moment: (await in_progress(api, f'{mine}asOf: {{time: "2026-03-{moment}:00:00Z"}}', "count"))["count"]
        for moment in ("02T07", "02T08", "03T09", "05T07", "05T08", "07T07", "07T08")
    }
    assert counts == {"02T07": 0, "02T08": 1, "03T09": 2, "05T07": 3, "05T08": 2, "07T07": 2, "07T08": 3}
    await api.made("cancelTask", taskId=first, cause="Not wanted", **at("03-02", 12))
    moment = 'asOf: {time: "2026-03-04T20:00:00Z"}'
    now, then = mine + moment, f"{mine}{moment}, knownAt: {{position: {known}}}"
    assert (await in_progress(api, now, "count"), await in_progress(api, then, "count")) == (
        {"count": 2},
        {"count": 3},
    )


async def test_work_in_progress_without_any_has_no_age_and_is_ones_own_to_see(scene: Scene) -> None:
    nothing = await in_progress(scene.api, 'asOf: {time: "2026-03-04T20:00:00Z"}')
    assert nothing == {"count": 0, **dict.fromkeys(AGES.split()[1:])}
    started = (await scene.api.do("startTask", taskId=scene.task))["position"]
    for moment in ("", f"asOf: {{position: {started}}}", f"knownAt: {{position: {started}}}"):
        arguments = f'project: "{scene.project}" {moment}'
        assert (await in_progress(scene.api, arguments, "count"))["count"] == 1
    assert (await in_progress(scene.api, f"asOf: {{position: {started - 1}}}", "count"))["count"] == 0
    stranger = scene.api.of(scene.other_manager)
    assert (await in_progress(stranger, f"asOf: {{position: {started}}}", "count"))["count"] == 0
    reply = await stranger.ask(f'{{ workInProgress(project: "{scene.project}") {{ count }} }}')
    assert reply["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    reply = await scene.api.ask("{ workInProgress(asOf: {position: 99999}) { count } }")
    assert reply["errors"][0]["extensions"]["code"] == "BEYOND_HEAD"


CARD = (
    "dimension kpis { code unit actual baseline target byOn beginsOn endsOn"
    " relativeChangePercent pointsChange isMet }"
)


async def scorecard(scene: Scene, more: str = "") -> dict[str, dict[str, Any]]:
    """Return the KPIs of the first project over 2026, by dimension and code."""
    await project(scene.api.database_url)
    reply = await scene.api.ask(f'{{ scorecard(project: "{scene.project}", {YEAR}{more}) {{ {CARD} }} }}')
    assert "errors" not in reply, reply
    return {
        each["dimension"]: {entry.pop("code"): entry for entry in each["kpis"]}
        for each in reply["data"]["scorecard"]
    }


async def aimed_at(scene: Scene, code: str, unit: str, baseline: int) -> None:
    """Set a KPI a baseline and the target to rise by a quarter of it."""
    named = {"code": code, "unit": unit, "direction": "HIGHER"}
    await do(scene, "defineKpi", **named, formulaVersion=1, definition="As agreed")
    window = {"beginsOn": "2025-01-01", "endsOn": "2025-12-31"}
    await do(scene, "fixKpiBaseline", code=code, valueHundredths=baseline, **window)
    await do(scene, "setKpiTarget", code=code, improvement="RELATIVE", change=25, byOn="2026-12-31")


async def test_row_49_a_delivery_is_scored_in_four_dimensions_against_its_targets(scene: Scene) -> None:
    api = scene.api
    await aimed_at(scene, "on_time_rate", "percent", 60_00)
    await aimed_at(scene, "throughput", "tasks a year", 10_00)
    known = 0
    for day in ("03-09", "03-10", "03-11"):
        task = await opened(scene, "03-02")
        await api.made("setDueDate", taskId=task, dueOn="2026-03-10", **at("03-02"))
        known = (await api.do("completeTask", taskId=task, **at(day)))["position"]
    card = await scorecard(scene)
    assert list(card) == ["TECHNOLOGY", "ORGANISATION", "PEOPLE", "BUSINESS_RESULTS"]
    on_time = card["BUSINESS_RESULTS"]["on_time_rate"]
    assert on_time == {
        "unit": "percent",
        "actual": pytest.approx(66.67, abs=0.01),
        "baseline": 60.0,
        "target": 75.0,
        "byOn": "2026-12-31",
        "beginsOn": "2026-01-01",
        "endsOn": "2026-12-31",
        "relativeChangePercent": pytest.approx(11.11, abs=0.01),
        "pointsChange": pytest.approx(6.67, abs=0.01),
        "isMet": False,
    }
    other_unit = card["BUSINESS_RESULTS"]["throughput"]
    assert [other_unit[each] for each in ("actual", "baseline", "isMet")] == [3.0, None, None]
    silent = card["TECHNOLOGY"]["incident_response"]
    assert [silent[each] for each in ("unit", "actual", "target", "isMet")] == ["minutes", None, None, None]
    assert set(card["PEOPLE"]) >= {"self_started_share"}
    early = await scorecard(scene, ', asOf: {time: "2026-03-10T12:00:00Z"}')
    met = early["BUSINESS_RESULTS"]["on_time_rate"]
    assert (met["actual"], met["isMet"], met["endsOn"]) == (100.0, True, "2026-03-10")
    before = await scorecard(scene, f", knownAt: {{position: {known - 1}}}")
    assert before["BUSINESS_RESULTS"]["throughput"]["actual"] == 2.0


async def test_a_scorecard_is_of_a_window_and_for_its_people(scene: Scene) -> None:
    await project(scene.api.database_url)
    of = f'project: "{scene.project}"'
    query = f'{{ scorecard({of}, from: "2026-02-01", to: "2026-01-01") {{ dimension }} }}'
    reply = await scene.api.ask(query)
    assert reply["errors"][0]["extensions"]["code"] == "MALFORMED"
    stranger = scene.api.of(scene.other_manager)
    reply = await stranger.ask(f"{{ scorecard({of}, {YEAR}) {{ dimension }} }}")
    assert reply["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
