"""How scheduled dates moved: each revision that moved them and no other, page by page, as of any moment."""

from typing import Any
from uuid import UUID

import pytest

from infra import schedule_history
from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import ask, do
from tests.api.test_access import AUDITOR
from tests.api.test_schedule import BEGIN, begun, failed, linked, of_task, opened_task

pytestmark = pytest.mark.anyio

DATES = "earlyStartAt earlyFinishAt totalSlackMinutes isCritical"
EVENT = "event { position type stream actorId reason data }"
MOVES = f"moves {{ {EVENT} before {{ {DATES} }} after {{ {DATES} }} refusalCode }}"
SPAN = f"moves {{ {EVENT} before {{ startAt finishAt }} after {{ startAt finishAt }} refusalCode }}"
PAGE = "pageInfo { hasNextPage endCursor }"


async def told(scene: Scene) -> tuple[str, str, str]:
    """Plan three tasks, and change everything that dates are computed from, one thing at a time."""
    await begun(scene)
    frame = await opened_task(scene, "Frame", 0)
    cut = await opened_task(scene, "Cut", 480, parentId=frame)
    weld = await opened_task(scene, "Weld", 480)
    await linked(scene, cut, weld)
    await of_task(scene, "recordProgress", cut, percent=10)
    await of_task(scene, "setDuration", cut, minutes=960, reason="The steel is thicker")
    await linked(scene, weld, frame)  # a circle through the summary: no schedule stands
    await of_task(scene, "setDuration", weld, minutes=240)
    await do(scene, "unlinkTasks", predecessorId=weld, successorId=frame)
    short = {"timeZone": "UTC", "week": [[{"startMinute": 480, "endMinute": 720}]] * 7}
    await do(scene, "setWorkingCalendar", calendar=short, name="Mornings")
    await do(scene, "assignCalendar", memberId=str(scene.member.actor_id), calendarName="Mornings")
    await of_task(scene, "assignTask", weld, memberId=str(scene.member.actor_id))
    await of_task(scene, "setDeadline", weld, deadlineOn="2026-03-03")
    saw = {
        "name": "Saw",
        "capacityPercent": 100,
        "skills": [],
        "kind": "EQUIPMENT",
        "calendarName": "Mornings",
    }
    await do(scene, "defineResource", resourceId=cut, **saw)
    await of_task(scene, "assignResource", cut, resourceId=cut, unitsPercent=100, skill=None)
    await of_task(scene, "unassignResource", cut, resourceId=cut)
    await do(scene, "setPlanStart", startAt="2026-03-03T09:00:00Z")
    await of_task(scene, "startTask", cut)
    await of_task(scene, "cancelTask", weld, cause="Bought")
    return frame, cut, weld


async def history(scene: Scene, task: str, arguments: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await ask(scene, "scheduleHistory", f'task: "{task}", first: 200, {arguments}', MOVES)
    )["moves"]
    return found


async def shown(scene: Scene, position: int) -> tuple[dict[str, Any], str | None]:
    """Return each task's dates in the schedule as of a position, and why there is none."""
    asked = f"asOf: {{position: {position}}}, first: 200"
    reply = await scene.api.of(scene.member).ask(
        f'{{ schedule(project: "{scene.project}", {asked}) {{ nodes {{ id {DATES} }} }} }}'
    )
    if "errors" in reply:
        return {}, reply["errors"][0]["extensions"]["code"]
    nodes = reply["data"]["schedule"]["nodes"]
    return {node.pop("id"): node for node in nodes}, None


async def spanned(scene: Scene, position: int) -> tuple[Any, str | None]:
    asked = f'planSpan(project: "{scene.project}", asOf: {{position: {position}}}) {{ startAt finishAt }}'
    reply = await scene.api.of(scene.member).ask(f"{{ {asked} }}")
    if "errors" in reply:
        return None, reply["errors"][0]["extensions"]["code"]
    return reply["data"]["planSpan"], None


async def test_history_replayed_is_the_schedule_at_every_position_listed_or_not(scene: Scene) -> None:
    tasks = await told(scene)
    listed: dict[str, dict[int, Any]] = {}
    for task in tasks:
        moves = await history(scene, task)
        listed[task] = {move["event"]["position"]: move for move in moves}
        assert len(listed[task]) == len(moves) > 3
    span = (await ask(scene, "planSpanHistory", "first: 200", SPAN))["moves"]
    listed["span"] = {move["event"]["position"]: move for move in span}
    now: dict[str, tuple[Any, str | None]] = dict.fromkeys((*tasks, "span"), (None, None))
    for position in range(1, len(scene.api.events()) + 1):
        schedule, refusal_code = await shown(scene, position)
        seen = {task: (schedule.get(task), refusal_code) for task in tasks}
        seen["span"] = await spanned(scene, position)
        for of, moves_of in listed.items():
            move = moves_of.get(position)
            assert (move is not None) == (seen[of] != now[of]), (of, position)
            if move is not None:
                assert (move["before"], (move["after"], move["refusalCode"])) == (now[of][0], seen[of])
        now = seen
    assert {code for _, code in now.values()} == {None}


async def test_a_move_says_who_moved_what_and_why(scene: Scene) -> None:
    _, cut, weld = await told(scene)
    moves = await history(scene, weld)
    (thicker,) = (each for each in moves if each["event"]["reason"] is not None)
    assert thicker["event"]["type"] == "task.duration_set.v1"
    assert (thicker["event"]["stream"], thicker["event"]["reason"]) == (cut, "The steel is thicker")
    assert thicker["event"]["actorId"] == str(scene.manager.actor_id)
    assert '"minutes":960' in thicker["event"]["data"]
    assert (thicker["before"]["earlyFinishAt"], thicker["after"]["earlyFinishAt"]) == (
        "2026-03-03T17:00:00Z",
        "2026-03-04T17:00:00Z",
    )
    circle = next(each for each in moves if each["refusalCode"] is not None)
    assert (circle["refusalCode"], circle["after"]) == ("LINK_CYCLE", None)
    assert (moves[0]["before"], moves[0]["after"]["earlyStartAt"]) == (None, BEGIN)
    assert (moves[-1]["event"]["type"], moves[-1]["after"]) == ("task.cancelled.v1", None)
    assert await scene.api.app.state.engine.access.flush()
    await project(scene.api.database_url)
    listed = "{ auditAccess { nodes { actorId query subjectId withinId entryCount } } }"
    assert (await scene.api.of(AUDITOR).ask(listed))["data"]["auditAccess"]["nodes"] == [
        {
            "actorId": str(scene.member.actor_id),
            "query": "scheduleHistory",
            "subjectId": weld,
            "withinId": scene.project,
            "entryCount": len(moves),
        }
    ]


@pytest.mark.parametrize("query", ["scheduleHistory", "planSpanHistory"])
async def test_pages_go_through_every_revision_once_in_either_direction(scene: Scene, query: str) -> None:
    _, _, weld = await told(scene)
    whose, fields = (f'task: "{weld}"', MOVES) if query == "scheduleHistory" else ("", SPAN)
    whole = await ask(scene, query, f"{whose} first: 200", f"{fields} {PAGE} revisionCount position")
    assert whole["pageInfo"]["hasNextPage"] is False
    for first, descending in ((1, "true"), (1, "false"), (4, "true"), (7, "false")):
        cursor, found, pages = "null", [], 0
        while cursor:
            asked = f"{whose} first: {first}, descending: {descending}, cursor: {cursor}"
            page = await ask(scene, query, asked, f"{fields} {PAGE}")
            found += page["moves"]
            pages += 1
            more = page["pageInfo"]
            cursor = f'"{more["endCursor"]}"' if more["hasNextPage"] else ""
        assert pages == -(-whole["revisionCount"] // first)
        assert (found[::-1] if descending == "true" else found) == whole["moves"]


async def test_a_range_has_the_moves_in_it_and_those_of_before_stay_as_they_were(scene: Scene) -> None:
    _, _, weld = await told(scene)
    whole = await history(scene, weld)
    begin, end = whole[1]["event"]["position"], whole[4]["event"]["position"]
    between = f"from: {{position: {begin}}}, asOf: {{position: {end}}}"
    assert await history(scene, weld, between) == whole[2:5]
    span = await ask(scene, "planSpanHistory", "asOf: {position: 0}", f"{SPAN} {PAGE} revisionCount")
    assert span == {"moves": [], "pageInfo": {"hasNextPage": False, "endCursor": None}, "revisionCount": 0}


async def test_what_has_no_history_is_said_by_a_code(scene: Scene) -> None:
    await begun(scene)
    weld = await opened_task(scene, "Weld", 480)
    page = await ask(scene, "scheduleHistory", f'task: "{weld}", first: 1', PAGE)
    cursor, head = page["pageInfo"]["endCursor"], len(scene.api.events())
    for arguments, code in (
        (f'task: "{UUID(int=7)}"', "UNKNOWN_TASK"),
        (f'task: "{scene.other_task}"', "UNKNOWN_TASK"),
        (f'task: "{weld}", asOf: {{position: 3}}', "UNKNOWN_TASK"),
        ('task: "weld"', "MALFORMED"),
        (f'task: "{weld}", first: 0', "MALFORMED"),
        (f'task: "{weld}", first: 201', "MALFORMED"),
        (f'task: "{weld}", from: {{position: {head}}}, asOf: {{position: {head - 1}}}', "MALFORMED"),
        (f'task: "{weld}", from: {{position: 999}}', "BEYOND_HEAD"),
        (f'task: "{weld}", cursor: "none"', "BAD_CURSOR"),
        (f'task: "{scene.task}", cursor: "{cursor}"', "BAD_CURSOR"),
        (f'task: "{weld}", descending: true, cursor: "{cursor}"', "BAD_CURSOR"),
        (f'task: "{weld}", slackMode: MSPROJECT, cursor: "{cursor}"', "BAD_CURSOR"),
        (f'task: "{weld}", from: {{position: 1}}, cursor: "{cursor}"', "BAD_CURSOR"),
    ):
        assert await failed(scene, "scheduleHistory", arguments) == code, arguments
    stranger = await scene.api.of(scene.other_manager).ask(
        f'{{ planSpanHistory(project: "{scene.project}") {{ position }} }}'
    )
    assert stranger["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"


async def test_a_page_of_a_large_plan_goes_through_fewer_revisions(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, cut, _ = await told(scene)
    whole = await history(scene, cut)
    monkeypatch.setattr(schedule_history, "SCHEDULED_MAX", 9)  # the three tasks of the plan, three times
    cursor, found, pages = "null", [], 0
    while cursor:
        page = await ask(
            scene, "scheduleHistory", f'task: "{cut}", first: 200, cursor: {cursor}', f"{MOVES} {PAGE}"
        )
        found += page["moves"]
        pages += 1
        cursor = f'"{page["pageInfo"]["endCursor"]}"' if page["pageInfo"]["hasNextPage"] else ""
    assert (found, pages > 3) == (whole, True)
