"""The critical path and the Gantt view, from command to answer: now, as of before, page by page.

Longer than other files: each rule of its subject has its test here.
"""

from itertools import product
from typing import Any
from uuid import UUID

import pytest

from infra.plans import PlanParts, plan_parts
from infra.serving import Serving
from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import ask, assert_rebuilt_alike, do, new, refused

pytestmark = pytest.mark.anyio

BEGIN = "2026-03-02T09:00:00Z"
"""Monday, when office hours begin."""
FIGURES = "nodes { id earlyStartAt earlyFinishAt lateFinishAt totalSlackMinutes freeSlackMinutes isCritical }"


async def of_task(scene: Scene, command: str, task: str, **given: Any) -> int:
    return await scene.api.of(scene.manager).done(command, taskId=task, **given)


async def opened_task(scene: Scene, title: str, minutes: int, **given: Any) -> str:
    manager = scene.api.of(scene.manager)
    task = await manager.made("openTask", projectId=scene.project, title=title, **given)
    if minutes:
        await of_task(scene, "setDuration", task, minutes=minutes)
    return task


async def linked(scene: Scene, first: str, second: str, **given: Any) -> int:
    asked: dict[str, Any] = {"kind": "FS", "lagMinutes": 0, "lagUnit": "WORKING"} | given
    return await do(scene, "linkTasks", predecessorId=first, successorId=second, **asked)


async def begun(scene: Scene) -> None:
    """Begin an empty plan on Monday at nine: the scene's own task is none of it."""
    await do(scene, "setPlanStart", startAt=BEGIN)
    await of_task(scene, "cancelTask", scene.task, cause="Not needed")


async def failed(scene: Scene, query: str, arguments: str = "") -> str:
    """Return the code of the error that a query about the first project ends with."""
    await project(scene.api.database_url)
    asked = f'{{ {query}(project: "{scene.project}" {arguments}) {{ position }} }}'
    reply = await scene.api.of(scene.member).ask(asked)
    code: str = reply["errors"][0]["extensions"]["code"]
    return code


async def test_a_plan_is_scheduled_now_and_as_of_before(scene: Scene) -> None:
    await begun(scene)
    cut, weld, paint = [await opened_task(scene, title, 960) for title in ("Cut", "Weld", "Paint")]
    before = await linked(scene, cut, weld)
    await linked(scene, weld, paint, lagPercent=50)
    now = await ask(scene, "schedule", "", FIGURES)
    assert [each["id"] for each in now["nodes"]] == [cut, weld, paint]
    assert now["nodes"][2] == {
        "id": paint,
        "earlyStartAt": "2026-03-09T09:00:00Z",
        "earlyFinishAt": "2026-03-10T17:00:00Z",
        "lateFinishAt": "2026-03-10T17:00:00Z",
        "totalSlackMinutes": 0,
        "freeSlackMinutes": 0,
        "isCritical": True,
    }
    then = await ask(scene, "schedule", f"asOf: {{position: {before}}}", FIGURES)
    slack = {each["id"]: each["totalSlackMinutes"] for each in then["nodes"]}
    assert slack == {cut: 0, weld: 0, paint: 960}
    span = await ask(scene, "planSpan", "", "startAt finishAt taskCount criticalCount")
    assert span == {
        "startAt": BEGIN,
        "finishAt": "2026-03-10T17:00:00Z",
        "taskCount": 3,
        "criticalCount": 3,
    }
    assert await ask(scene, "planSpan", "asOf: {position: 0}", "startAt") is None
    await _changes_show(scene, cut, weld, paint)
    again = await ask(scene, "schedule", f"asOf: {{position: {before}}}", FIGURES)
    assert again == then
    await assert_read_on_alike(scene)
    await assert_rebuilt_alike(scene, {"plans", "plan_links"})


async def assert_read_on_alike(scene: Scene) -> None:
    """Check at each position that what was read on from earlier ones is what is read at once."""
    async with Serving(scene.api.database_url, partitions=8, stale_after_seconds=5) as serving:
        key, known = UUID(scene.project), [PlanParts()]
        for position in range(1, len(scene.api.events()) + 1):
            plan = (await serving.rows["plans"].get([key], as_of=position)).get(key)
            if plan is not None and plan.revised_position == position:
                whole = await plan_parts(serving.pool, plan, PlanParts())
                assert await plan_parts(serving.pool, plan, known[-1]) == whole
                assert await plan_parts(serving.pool, plan, known[len(known) // 2]) == whole
                known.append(whole)
        assert len(known) > 10


async def _changes_show(scene: Scene, cut: str, weld: str, paint: str) -> None:
    """Change each part of the plan, and see that the schedule follows."""
    await do(scene, "unlinkTasks", predecessorId=weld, successorId=paint)
    await of_task(scene, "cancelTask", cut, cause="Bought")
    short = {"timeZone": "UTC", "week": [[{"startMinute": 480, "endMinute": 720}]] * 7}
    await do(scene, "setWorkingCalendar", calendar=short, name="Mornings")
    await of_task(scene, "setTaskCalendar", weld, calendarName="Mornings")
    await of_task(scene, "setDeadline", paint, deadlineOn="2026-03-03")
    nodes = (await ask(scene, "schedule", "", FIGURES))["nodes"]
    finishes = {each["id"]: (each["earlyFinishAt"], each["totalSlackMinutes"]) for each in nodes}
    assert finishes == {weld: ("2026-03-06T09:00:00Z", 0), paint: ("2026-03-03T17:00:00Z", 0)}


async def test_the_gantt_view_shows_bars_with_links_baseline_and_progress(scene: Scene) -> None:
    await begun(scene)
    frame = await opened_task(scene, "Frame", 0)
    cut = await opened_task(scene, "Cut", 480, parentId=frame)
    done = await opened_task(scene, "Accepted", 0)
    await of_task(scene, "setMilestone", done, isMilestone=True)
    await linked(scene, frame, done, kind="FF", lagMinutes=60, lagUnit="ELAPSED")
    await of_task(scene, "recordProgress", cut, percent=40)
    await of_task(
        scene,
        "setTaskBaseline",
        cut,
        number=2,
        startAt=BEGIN,
        finishAt=None,
        workMinutes=None,
        costCents=None,
    )
    fields = (
        "totalCount pageInfo { hasNextPage endCursor } nodes { id title parentId percent isMilestone"
        " isSummary startAt finishAt baselineStartAt"
        " linkCount links { predecessorId kind lagMinutes lagUnit } }"
    )
    page = await ask(scene, "gantt", "baseline: 2, first: 2", fields)
    bars = {each["title"]: each for each in page["nodes"]}
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    assert (bars["Frame"]["isSummary"], bars["Frame"]["finishAt"]) == (True, "2026-03-02T17:00:00Z")
    assert (bars["Cut"]["percent"], bars["Cut"]["baselineStartAt"]) == (40, BEGIN)
    rest = await ask(scene, "gantt", f'first: 2, cursor: "{page["pageInfo"]["endCursor"]}"', fields)
    (milestone,) = rest["nodes"]
    assert (milestone["title"], milestone["isMilestone"], milestone["startAt"]) == (
        "Accepted",
        True,
        "2026-03-02T18:00:00Z",
    )
    assert milestone["links"] == [
        {"predecessorId": frame, "kind": "FF", "lagMinutes": 60, "lagUnit": "ELAPSED"}
    ]


async def test_the_bar_of_a_completed_task_is_full(scene: Scene) -> None:
    cut = await opened_task(scene, "Cut", 480)
    await of_task(scene, "recordProgress", cut, percent=40)
    await of_task(scene, "completeTask", cut)
    nodes = (await ask(scene, "gantt", "", "nodes { id percent }"))["nodes"]
    assert {each["id"]: each["percent"] for each in nodes}[cut] == 100
    await of_task(scene, "reopenTask", cut, cause="It leaks")
    nodes = (await ask(scene, "gantt", "", "nodes { id percent }"))["nodes"]
    assert {each["id"]: each["percent"] for each in nodes}[cut] == 40


async def test_what_no_schedule_stands_for_is_said_by_a_code(scene: Scene) -> None:
    frame = await opened_task(scene, "Frame", 0)
    cut = await opened_task(scene, "Cut", 480, parentId=frame)
    stranger = await refused(
        scene, "linkTasks", predecessorId=cut, successorId=new(), kind="FS", lagMinutes=0, lagUnit="WORKING"
    )
    assert stranger == {"code": "UNKNOWN_TASK", "field": "successorId"}
    idle: dict[str, Any] = {"timeZone": "UTC", "week": [[]] * 7}
    assert await refused(scene, "setWorkingCalendar", calendar=idle) == {
        "code": "CALENDAR_WITHOUT_WORKING_TIME",
        "field": "calendar",
    }
    assert await failed(scene, "gantt", "baseline: 11") == "MALFORMED"
    assert await failed(scene, "schedule", 'cursor: "none"') == "BAD_CURSOR"
    await linked(scene, frame, cut)
    assert await failed(scene, "schedule") == "LINK_CYCLE"
    await do(scene, "unlinkTasks", predecessorId=frame, successorId=cut)
    never = {"kind": "DAILY", "firstOn": "1970-01-01"}
    off = {"timeZone": "UTC", "week": [[{"startMinute": 0, "endMinute": 60}]] * 7}
    await do(
        scene, "setWorkingCalendar", calendar={**off, "recurring": [{"recurrence": never, "shifts": []}]}
    )
    assert await failed(scene, "schedule") == "CALENDAR_WITHOUT_WORKING_TIME"
    await do(scene, "setWorkingCalendar", calendar=off)
    paint = await opened_task(scene, "Paint", 480)
    await linked(scene, cut, paint, lagMinutes=5_256_000)
    assert await failed(scene, "schedule") == "PLAN_BEYOND_HORIZON"


async def shop(scene: Scene) -> dict[str, str]:
    """Plan a frame that is cut and then welded, too late for its deadline, and something to paint."""
    await begun(scene)
    frame = await opened_task(scene, "Frame", 0)
    cut, weld = [await opened_task(scene, title, 480, parentId=frame) for title in ("Cut", "Weld")]
    paint = await opened_task(scene, "Paint", 60)
    await linked(scene, cut, weld)
    await of_task(scene, "setDeadline", weld, deadlineOn="2026-03-02")
    return {frame: "Frame", cut: "Cut", weld: "Weld", paint: "Paint"}


async def named(scene: Scene, titles: dict[str, str], arguments: str) -> list[str]:
    found = await ask(scene, "schedule", arguments, "nodes { id }")
    return [titles[each["id"]] for each in found["nodes"]]


async def test_a_schedule_is_narrowed_and_ordered_now_and_as_of_before(scene: Scene) -> None:
    titles = await shop(scene)
    ids = {title: task for task, title in titles.items()}
    await of_task(scene, "assignTask", ids["Paint"], memberId=str(scene.member.actor_id))
    for number, name in ((1, "Usable"), (2, "Data flows")):
        await do(scene, "planPhase", number=number, name=name, modules=[])
    await of_task(scene, "planTaskInPhase", ids["Frame"], phase=2)
    before = await of_task(scene, "planTaskInPhase", ids["Weld"], phase=1)
    await of_task(scene, "planTaskInPhase", ids["Weld"], phase=2)
    then = f"asOf: {{position: {before}}}"
    for arguments, expected in (
        ("where: {isCritical: true, isSummary: false}", ["Cut", "Weld"]),
        ("where: {isDeadlineMissed: true}", ["Weld"]),
        ("where: {totalSlackMinutesMax: -1}, order: FINISH", ["Cut", "Frame", "Weld"]),
        ('where: {finishesAtOrAfter: "2026-03-03T00:00:00Z"}, order: OUTLINE', ["Frame", "Weld"]),
        ('where: {startsBefore: "2026-03-02T10:00:00+01:00"}', []),
        (f'where: {{below: "{ids["Frame"]}", isSummary: null}}, order: OUTLINE', ["Frame", "Cut", "Weld"]),
        (f'where: {{assigneeIds: "{scene.member.actor_id}"}}', ["Paint"]),
        ("where: {phase: [2]}, order: OUTLINE", ["Frame", "Cut", "Weld"]),
        (f"where: {{phase: [2]}}, order: OUTLINE, {then}", ["Frame", "Cut"]),
        (f"where: {{phase: [1, 2]}}, order: OUTLINE, descending: true, {then}", ["Weld", "Cut", "Frame"]),
        ("where: {isMilestone: true}", []),
    ):
        assert await named(scene, titles, arguments) == expected, arguments
    bars = await ask(
        scene, "gantt", "where: {isSummary: false}, order: OUTLINE", "totalCount nodes { title }"
    )
    assert bars == {"totalCount": 3, "nodes": [{"title": title} for title in ("Cut", "Weld", "Paint")]}


async def test_pages_of_a_narrowed_schedule_skip_and_repeat_nothing(scene: Scene) -> None:
    titles = await shop(scene)
    fields = "totalCount pageInfo { hasNextPage endCursor } nodes { id }"
    for order, descending in product(("START", "FINISH", "TOTAL_SLACK", "OUTLINE"), ("false", "true")):
        asked = f"where: {{totalSlackMinutesMax: 900}}, order: {order}, descending: {descending}"
        whole = await named(scene, titles, asked)
        pages: list[str] = []
        cursor = "null"
        for count in range(1, 5):
            page = await ask(scene, "schedule", f"{asked}, first: 1, cursor: {cursor}", fields)
            pages += [titles[each["id"]] for each in page["nodes"]]
            assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (4, count < 4)
            cursor = f'"{page["pageInfo"]["endCursor"]}"'
        assert pages == whole
        assert sorted(pages) == ["Cut", "Frame", "Paint", "Weld"]
    for other in (
        asked.replace("900", "901"),
        asked.replace("true", "false"),
        asked.replace("OUTLINE", "START"),
        f"{asked}, asOf: {{position: 3}}",
        f"{asked}, slackMode: MSPROJECT",
        "order: OUTLINE, descending: true",
    ):
        assert await failed(scene, "schedule", f"{other}, cursor: {cursor}") == "BAD_CURSOR"


async def test_a_condition_out_of_shape_is_refused(scene: Scene) -> None:
    await begun(scene)
    for arguments, code in (
        ('where: {below: "none"}', "MALFORMED"),
        ('where: {assigneeIds: "none"}', "MALFORMED"),
        ("first: 201", "MALFORMED"),
    ):
        assert await failed(scene, "schedule", arguments) == code
    for arguments in ('where: {startsBefore: "2026-03-02T09:00:00"}', "order: LATE", "where: {late: true}"):
        asked = f'{{ schedule(project: "{scene.project}", {arguments}) {{ position }} }}'
        assert (await scene.api.of(scene.member).ask(asked)).get("data") is None
