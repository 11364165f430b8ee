"""Resources, their load, and levelling over GraphQL, from command to the plan that was changed.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
from typing import Any

import pytest

from tests.api.conftest import ADMINISTRATOR, Api, Scene
from tests.api.projecting import project
from tests.api.rows import assert_rebuilt_alike, do, new, refused, rows

pytestmark = pytest.mark.anyio

WELDING = "welding"
LOAD = "resourceId day loadMinutes capacityMinutes peakPercent capacityPercent isOverloaded taskIds"
OVER = "resourceId beginsAt endsAt peakPercent capacityPercent taskIds"
RUN = "{ id state objective verdict moveCount planCount fromFinishAt finishAt refusalCode }"
RUN_SECONDS_MAX = 90


async def defined(scene: Scene, **more: Any) -> str:
    """Define the first project's member as a resource who can weld, and return the resource's id."""
    who = str(scene.member.actor_id)
    given = {"kind": "PERSON", "name": "Ben", "skills": [WELDING], **more}
    await do(scene, "defineResource", resourceId=who, **given)
    return who


async def work(scene: Scene, title: str, who: str, **more: Any) -> str:
    """Open a task of two days that needs a resource, from a Monday far ahead."""
    manager = scene.api.of(scene.manager)
    task = await manager.made("openTask", projectId=scene.project, title=title)
    await manager.done("estimateTask", taskId=task, minutes=960)
    await manager.done("constrainTask", taskId=task, kind="SNET", constraintAt="2030-01-07T09:00:00Z")
    await manager.done("assignResource", taskId=task, resourceId=who, **more)
    return task


async def asked(api: Api, query: str, variables: dict[str, Any]) -> Any:
    reply = await api.ask(query, variables)
    assert "errors" not in reply, reply
    return reply["data"]


async def overloads(scene: Scene, as_of: int | None = None) -> list[dict[str, Any]]:
    await project(scene.api.database_url)
    moment = None if as_of is None else {"position": as_of}
    query = (
        "query ($projects: [ID!]!, $asOf: Moment) { resourceOverloads(projects: $projects, asOf: $asOf)"
        f" {{ nodes {{ {OVER} }} totalCount }} }}"
    )
    data = await asked(scene.api.of(scene.member), query, {"projects": [scene.project], "asOf": moment})
    found: list[dict[str, Any]] = data["resourceOverloads"]["nodes"]
    assert data["resourceOverloads"]["totalCount"] == len(found)
    return found


async def proposed(api: Api, projects: list[str], **more: Any) -> dict[str, Any]:
    """Send the wish for a levelled plan and return its payload."""
    query = (
        f"mutation ($input: ProposeScheduleInput!) {{ proposeSchedule(input: $input)"
        f" {{ run {RUN} userErrors {{ code field }} }} }}"
    )
    given = {"projectIds": projects, "secondsMax": 10, **more}
    payload: dict[str, Any] = (await asked(api, query, {"input": given}))["proposeSchedule"]
    return payload


async def ended(api: Api, run: str) -> dict[str, Any]:
    """Return a run once it has ended."""
    async with asyncio.timeout(RUN_SECONDS_MAX):
        while True:
            data = await asked(api, f"query ($run: ID!) {{ levellingRun(run: $run) {RUN} }}", {"run": run})
            found: dict[str, Any] = data["levellingRun"]
            if found["state"] not in {"WAITING", "RUNNING"}:
                return found
            await asyncio.sleep(0.05)


async def accepted(scene: Scene, api: Api, run: str, change: str | None = None) -> tuple[str, list[Any]]:
    """Accept a run's proposal for the first project; return the change request and why not, if refused."""
    change = change or new()
    given = {
        "runId": run,
        "projectId": scene.project,
        "changeId": change,
        "title": "Levelled",
        "cause": "Ben is overloaded",
    }
    query = (
        "mutation ($input: AcceptScheduleInput!) { acceptSchedule(input: $input)"
        " { position userErrors { code field } } }"
    )
    return change, (await asked(api, query, {"input": given}))["acceptSchedule"]["userErrors"]


async def test_overloads_and_the_load_of_each_day_name_the_tasks_that_ask_for_too_much(
    scene: Scene,
) -> None:
    who = await defined(scene)
    first, second = await work(scene, "Weld", who), await work(scene, "Grind", who, skill=WELDING)
    manager = scene.api.of(scene.manager)
    (over,) = await overloads(scene)
    assert (over["resourceId"], over["peakPercent"], over["capacityPercent"]) == (who, 200, 100)
    assert (over["beginsAt"], over["endsAt"]) == ("2030-01-07T09:00:00Z", "2030-01-08T17:00:00Z")
    assert set(over["taskIds"]) == {first, second}
    query = (
        "query ($projects: [ID!]!, $cursor: String) { resourceLoad(projects: $projects, from: "
        f'"2030-01-07", to: "2030-01-31", first: 1, cursor: $cursor) {{ nodes {{ {LOAD} }} totalCount'
        " pageInfo { hasNextPage endCursor } } }"
    )
    page = (await asked(manager, query, {"projects": [scene.project]}))["resourceLoad"]
    (load,) = page["nodes"]
    assert (load["day"], load["loadMinutes"], load["capacityMinutes"]) == ("2030-01-07", 960, 480)
    assert (load["isOverloaded"], page["totalCount"]) == (True, 2)
    more = {"projects": [scene.project], "cursor": page["pageInfo"]["endCursor"]}
    page = (await asked(manager, query, more))["resourceLoad"]
    assert (page["nodes"][0]["day"], page["pageInfo"]["hasNextPage"]) == ("2030-01-08", False)


async def test_a_levelled_plan_is_proposed_explained_and_accepted_as_a_change_of_the_plan(
    scene: Scene,
) -> None:
    who = await defined(scene)
    tasks = {await work(scene, "Weld", who), await work(scene, "Grind", who, skill=WELDING)}
    assert len(await overloads(scene)) == 1
    manager = scene.api.of(scene.manager)
    begun = await proposed(manager, [scene.project])
    assert begun["userErrors"] == []
    run = await ended(manager, begun["run"]["id"])
    assert (run["state"], run["verdict"], run["moveCount"]) == ("DONE", "BEST", 1)
    assert (run["fromFinishAt"], run["finishAt"]) == ("2030-01-08T17:00:00Z", "2030-01-10T17:00:00Z")
    query = (
        "query ($run: ID!) { proposedMoves(run: $run) { nodes { taskId projectId fromStartAt startAt"
        " finishAt cause resourceId becauseOfIds } } }"
    )
    (move,) = (await asked(manager, query, {"run": run["id"]}))["proposedMoves"]["nodes"]
    (other,) = tasks - {move["taskId"]}
    assert (move["cause"], move["resourceId"], move["becauseOfIds"]) == ("RESOURCE", who, [other])
    assert (move["fromStartAt"], move["startAt"]) == ("2030-01-07T09:00:00Z", "2030-01-09T09:00:00Z")
    assert len(await overloads(scene)) == 1  # nothing is changed by a proposal
    await applied(scene, run["id"], str(move["taskId"]))


async def applied(scene: Scene, run: str, task: str) -> None:
    """Accept and apply what a run proposes, and check that the overload is gone, but not from the past."""
    before = scene.api.rows("SELECT max(position) FROM log.event")[0][0]
    change, errors = await accepted(scene, scene.api.of(scene.manager), run)
    assert errors == []
    _, again = await accepted(scene, scene.api.of(scene.manager), run)
    assert again == [{"code": "ALREADY_ACCEPTED", "field": "runId"}]
    assert (await accepted(scene, scene.api.of(scene.manager), run, change))[1] == []
    fields = "changeId kind impactDays status"
    assert await rows(scene, "changeLog", fields) == [
        {"changeId": change, "kind": "SCHEDULE", "impactDays": 2, "status": "REQUESTED"}
    ]
    assert len(await overloads(scene)) == 1
    await do(scene, "approveChangeRequest", by=ADMINISTRATOR, changeId=change)
    await do(scene, "applyChangeRequest", changeId=change)
    assert await overloads(scene) == []
    assert len(await overloads(scene, before)) == 1
    assert await starts(scene, task) == {"gantt": "2030-01-09T09:00:00Z", "schedule": "2030-01-09T09:00:00Z"}
    then = await starts(scene, task, f"asOf: {{position: {before}}}")
    assert then == {"gantt": "2030-01-07T09:00:00Z", "schedule": "2030-01-07T09:00:00Z"}
    fields = "changeId objective moveCount appliedAt moves { taskId startAt }"
    (kept,) = await rows(scene, "scheduleChanges", fields)
    assert (kept["changeId"], kept["objective"], kept["moveCount"]) == (change, "FINISH", 1)
    assert (kept["appliedAt"] is not None, kept["moves"][0]["taskId"]) == (True, task)


async def starts(scene: Scene, task: str, moment: str = "") -> dict[str, str]:
    """Return where the Gantt view and the critical path have a task start, once all is folded."""
    await project(scene.api.database_url)
    found = {}
    for name, field in (("gantt", "startAt"), ("schedule", "earlyStartAt")):
        query = f'{{ {name}(project: "{scene.project}", {moment}) {{ nodes {{ id {field} }} }} }}'
        nodes = (await asked(scene.api.of(scene.manager), query, {}))[name]["nodes"]
        found[name] = {each["id"]: each[field] for each in nodes}[task]
    return found


async def test_resources_and_assignments_are_listed_with_rates_and_skills(scene: Scene) -> None:
    who = await defined(scene, capacityPercent=80)
    await do(
        scene, "setResourceRate", resourceId=who, hourlyRateCents=50_00, currency="EUR", fromOn="2026-01-01"
    )
    manager = scene.api.of(scene.manager)
    await manager.done("assignResource", taskId=scene.task, resourceId=who, unitsPercent=50, skill=WELDING)
    position = await manager.done("prioritiseTask", taskId=scene.task, priority=900)
    fields = "resourceId kind name capacityPercent skills isRetired rates { hourlyRateCents currency fromOn }"
    rate = {"hourlyRateCents": 50_00, "currency": "EUR", "fromOn": "2026-01-01"}
    assert await rows(scene, "resources", fields) == [
        {
            "resourceId": who,
            "kind": "PERSON",
            "name": "Ben",
            "capacityPercent": 80,
            "skills": [WELDING],
            "isRetired": False,
            "rates": [rate],
        }
    ]
    assert await rows(scene, "assignments", "taskId resourceId unitsPercent skill") == [
        {"taskId": scene.task, "resourceId": who, "unitsPercent": 50, "skill": WELDING}
    ]
    assert await rows(scene, "taskBoard", "priority") == [{"priority": 900}]
    await manager.done("unassignResource", taskId=scene.task, resourceId=who)
    await do(scene, "retireResource", resourceId=who)
    assert await rows(scene, "assignments", "taskId") == []
    assert await rows(scene, "resources", "isRetired") == [{"isRetired": True}]
    then = await rows(scene, "assignments", "taskId", f"asOf: {{position: {position}}}")
    assert then == [{"taskId": scene.task}]
    await assert_rebuilt_alike(scene, {"resources"})


async def test_what_a_resource_cannot_do_is_refused(scene: Scene) -> None:
    who = await defined(scene, capacityPercent=50)
    manager = scene.api.of(scene.manager)
    use = {"taskId": scene.task, "resourceId": who}
    over = await manager.refused("assignResource", **use, unitsPercent=51)
    assert over == {"code": "OVER_CAPACITY", "field": "unitsPercent"}
    skill = await manager.refused("assignResource", **use, unitsPercent=50, skill="diving")
    assert skill == {"code": "UNKNOWN_SKILL", "field": "skill"}
    unknown = await manager.refused("assignResource", taskId=scene.task, resourceId=new())
    assert unknown == {"code": "UNKNOWN_RESOURCE", "field": "resourceId"}
    stranger = await refused(scene, "defineResource", resourceId=new(), kind="PERSON", name="Nobody")
    assert stranger == {"code": "NOT_ON_THE_TEAM", "field": "resourceId"}
    nowhere = await refused(
        scene, "defineResource", resourceId=new(), kind="EQUIPMENT", name="Saw", calendarName="Moon"
    )
    assert nowhere == {"code": "UNKNOWN_CALENDAR", "field": "calendarName"}
    moves = [
        {
            "taskId": scene.other_task,
            "fromStartAt": "2030-01-07T09:00:00Z",
            "fromFinishAt": "2030-01-07T10:00:00Z",
            "startAt": "2030-01-07T09:00:00Z",
            "finishAt": "2030-01-07T10:00:00Z",
        }
    ]
    change = {"changeId": new(), "title": "x", "cause": "x", "objective": "FINISH", "moves": moves}
    foreign = await refused(scene, "requestScheduleChange", **change)
    assert foreign == {"code": "UNKNOWN_TASK", "field": "moves.0.taskId"}


async def test_only_ones_own_projects_are_levelled_and_only_ones_own_runs_are_seen(scene: Scene) -> None:
    await project(scene.api.database_url)
    member, both = scene.api.of(scene.member), [scene.project, scene.other_project]
    before = scene.api.events()
    denied = await proposed(member, both)
    assert (denied["run"], denied["userErrors"]) == (None, [{"code": "NOT_PERMITTED", "field": "projectIds"}])
    twice = await proposed(member, [scene.project] * 2)
    assert twice["userErrors"] == [{"code": "MALFORMED", "field": "projectIds"}]
    endless = await proposed(member, [scene.project], secondsMax=301)
    assert endless["userErrors"] == [{"code": "MALFORMED", "field": "secondsMax"}]
    begun = await proposed(member, [scene.project])
    run = begun["run"]["id"]
    reply = await scene.api.of(scene.manager).ask(f'{{ levellingRun(run: "{run}") {RUN} }}')
    assert reply["errors"][0]["extensions"]["code"] == "UNKNOWN_RUN"
    assert (await ended(member, run))["moveCount"] == 0
    _, errors = await accepted(scene, member, run)
    assert errors == [{"code": "NOTHING_PROPOSED", "field": "projectId"}]
    assert scene.api.events() == before


async def test_a_run_that_is_cancelled_or_cannot_be_planned_says_so_and_changes_nothing(
    scene: Scene,
) -> None:
    who = await defined(scene)
    manager = scene.api.of(scene.manager)
    for number in range(25):
        await work(scene, f"Weld {number}", who)
    await project(scene.api.database_url)
    before = scene.api.events()
    begun = await proposed(manager, [scene.project], secondsMax=300, objective="LEAST_CHANGE")
    run = begun["run"]["id"]
    query = (
        f"mutation ($input: CancelScheduleRunInput!) {{ cancelScheduleRun(input: $input) {{ run {RUN} }} }}"
    )
    await asked(manager, query, {"input": {"runId": run}})
    found = await ended(manager, run)
    assert (found["state"], found["verdict"], found["moveCount"]) == ("CANCELLED", None, 0)
    _, errors = await accepted(scene, manager, run)
    assert errors == [{"code": "NOTHING_PROPOSED", "field": "projectId"}]
    assert scene.api.events() == before
    await do(scene, "retireResource", resourceId=who)
    short = await ended(manager, (await proposed(manager, [scene.project]))["run"]["id"])
    assert (short["state"], short["refusalCode"]) == ("REFUSED", "RESOURCE_SHORT")
