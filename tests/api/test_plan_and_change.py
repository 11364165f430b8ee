"""The plan of a project and how it changes, from command to read model: DOMAIN.md's row 16.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from itertools import cycle, pairwise
from typing import Any
from uuid import uuid4

import pytest

from tests.api.conftest import ADMINISTRATOR, Api, Scene, opened
from tests.api.projecting import project
from tests.api.rows import assert_rebuilt_alike, do, refused, rows

pytestmark = pytest.mark.anyio

BEGIN = "2026-06-01T08:00:00Z"
FINISH = "2026-06-10T15:00:00Z"
LATER = "2026-06-20T15:00:00Z"


async def of_task(scene: Scene, command: str, task: str, **given: Any) -> int:
    """Issue a command to a task in its project manager's name and return its position."""
    return await scene.api.of(scene.manager).done(command, taskId=task, **given)


async def planned(scene: Scene, title: str, finish: str = FINISH, **more: Any) -> str:
    """Open a task on 1 June and keep what is planned for it as baseline 0, 480 minutes and 100.00."""
    manager = scene.api.of(scene.manager)
    task = await manager.made("openTask", projectId=scene.project, title=title, occurredAt=BEGIN)
    await of_task(scene, "setTaskBaseline", task, **baseline(0, finish), **more)
    return task


def baseline(number: int, finish: str) -> dict[str, Any]:
    return {"number": number, "startAt": BEGIN, "finishAt": finish, "workMinutes": 480, "costCents": 100_00}


async def set_first(scene: Scene) -> int:
    return await do(scene, "setBaseline", number=0, title="As sold", cause="The contract is signed")


async def requested(scene: Scene, title: str = "Deliver later") -> str:
    change = str(uuid4())
    why = {"cause": "The steel is late", "kind": "SCHEDULE", "impactDays": 10, "impactCents": 5_000_00}
    await do(scene, "requestChange", by=scene.member, changeId=change, title=title, **why)
    return change


async def test_row_16_a_plan_changes_by_a_request_that_says_why_and_leads_to_a_new_baseline(
    scene: Scene,
) -> None:
    frame = await planned(scene, "Weld the frame")
    await planned(scene, "Paint the frame")
    sold = await set_first(scene)
    assert await refused(scene, "setBaseline", number=1, title="Other", cause="Late") == {
        "code": "BASELINE_IN_FORCE",
        "field": None,
    }
    change = await requested(scene)
    early = await refused(scene, "applyChangeRequest", changeId=change, baselineNumber=1)
    assert early == {"code": "CHANGE_REQUEST_NOT_APPROVED", "field": None}
    await do(scene, "approveChangeRequest", changeId=change)
    await of_task(scene, "setTaskBaseline", frame, **baseline(1, LATER))
    await do(scene, "applyChangeRequest", changeId=change, baselineNumber=1)
    assert scene.api.events()[-2:] == ["project.plan_revised.v1", "project.baseline_set.v2"]

    fields = "number isSet isReference title cause setById changeId taskCount finishAt workMinutes costCents"
    first, second = await rows(scene, "baselines", fields, "order: NUMBER")
    who = str(scene.manager.actor_id)
    assert first == {
        "number": 0,
        "isSet": True,
        "isReference": False,
        "title": "As sold",
        "cause": "The contract is signed",
        "setById": who,
        "changeId": None,
        "taskCount": 2,
        "finishAt": FINISH,
        "workMinutes": 960,
        "costCents": 200_00,
    }
    assert (second["number"], second["isReference"], second["taskCount"]) == (1, True, 1)
    assert (second["title"], second["cause"]) == ("Deliver later", "The steel is late")
    assert (second["changeId"], second["setById"], second["finishAt"]) == (change, who, LATER)
    (then,) = await rows(
        scene, "baselines", "number title", f"where: {{isReference: [true]}}, asOf: {{position: {sold}}}"
    )
    assert then == {"number": 0, "title": "As sold"}


async def test_row_16_the_change_log_says_who_asked_who_decided_and_what_came_of_it(scene: Scene) -> None:
    await set_first(scene)
    yes, no = await requested(scene), await requested(scene, "Leave out the roof")
    await do(scene, "approveChangeRequest", changeId=yes)
    await do(scene, "rejectChangeRequest", by=ADMINISTRATOR, changeId=no, cause="It was promised")
    decided = scene.api.rows("SELECT max(position) FROM log.event")[0][0]
    await do(scene, "applyChangeRequest", changeId=yes)
    fields = (
        "changeId title cause kind status impactDays impactCents requesterId decidedById rejectedBecause"
        " appliedById baselineNumber"
    )
    applied, rejected = await rows(scene, "changeLog", fields, "order: REQUESTED")
    assert applied == {
        "changeId": yes,
        "title": "Deliver later",
        "cause": "The steel is late",
        "kind": "SCHEDULE",
        "status": "APPLIED",
        "impactDays": 10,
        "impactCents": 5_000_00,
        "requesterId": str(scene.member.actor_id),
        "decidedById": str(scene.manager.actor_id),
        "rejectedBecause": None,
        "appliedById": str(scene.manager.actor_id),
        "baselineNumber": None,
    }
    assert (rejected["changeId"], rejected["status"]) == (no, "REJECTED")
    assert rejected["decidedById"] == str(ADMINISTRATOR.actor_id)
    assert rejected["rejectedBecause"] == "It was promised"
    approved = await rows(
        scene, "changeLog", "changeId", f"where: {{status: [APPROVED]}}, asOf: {{position: {decided}}}"
    )
    assert approved == [{"changeId": yes}]
    assert await rows(scene, "baselines", "number isReference") == [{"number": 0, "isReference": True}]
    again = await refused(scene, "applyChangeRequest", changeId=no)
    assert again == {"code": "CHANGE_REQUEST_NOT_APPROVED", "field": None}


async def test_row_16_nobody_decides_on_their_own_request_and_members_on_none(scene: Scene) -> None:
    own = {"changeId": str(uuid4())}
    why = {"title": "Later", "cause": "x", "kind": "COST", "impactDays": -1, "impactCents": -100}
    await do(scene, "requestChange", **own, **why)
    for command, more in (("approveChangeRequest", {}), ("rejectChangeRequest", {"cause": "x"})):
        refusal = await refused(scene, command, **own, **more)
        assert refusal == {"code": "OWN_CHANGE_REQUEST", "field": None}
        denied = await scene.api.of(scene.member).do(command, projectId=scene.project, **own, **more)
        assert [error["code"] for error in denied["userErrors"]] == ["NOT_PERMITTED"]
    await do(scene, "approveChangeRequest", by=ADMINISTRATOR, **own)
    (change,) = await rows(scene, "changeLog", "status kind impactDays impactCents", "where: {kind: [COST]}")
    assert change == {"status": "APPROVED", "kind": "COST", "impactDays": -1, "impactCents": -100}


async def test_row_16_what_happened_is_held_against_each_baseline(scene: Scene) -> None:
    late, early = await planned(scene, "Weld"), await planned(scene, "Paint", LATER)
    await of_task(scene, "setTaskBaseline", late, **baseline(1, LATER))
    await set_first(scene)
    manager = scene.api.of(scene.manager)
    new_task = await manager.made("openTask", projectId=scene.project, title="Roof")
    assert await manager.refused("setTaskBaseline", taskId=new_task, **baseline(0, FINISH)) == {
        "code": "BASELINE_CLOSED",
        "field": "number",
    }
    await of_task(scene, "startTask", late, occurredAt="2026-06-01T09:30:00Z")
    await of_task(scene, "spendTime", late, minutes=500, spentOn="2026-06-11")
    first = await of_task(scene, "completeTask", late, occurredAt="2026-06-11T15:00:00Z")
    await of_task(scene, "completeTask", early, occurredAt="2026-06-18T15:00:00Z")
    fields = "id baselines { number finishAt startVarianceMinutes finishVarianceMinutes workVarianceMinutes }"
    cards = {card["id"]: card["baselines"] for card in await rows(scene, "taskBoard", fields)}
    assert cards[late] == [
        {
            "number": 0,
            "finishAt": FINISH,
            "startVarianceMinutes": 90,
            "finishVarianceMinutes": 1440,
            "workVarianceMinutes": 20,
        },
        {
            "number": 1,
            "finishAt": LATER,
            "startVarianceMinutes": 90,
            "finishVarianceMinutes": -9 * 1440,
            "workVarianceMinutes": 20,
        },
    ]
    (paint,) = cards[early]
    assert (paint["startVarianceMinutes"], paint["finishVarianceMinutes"]) == (None, -2 * 1440)
    assert cards[new_task] == []
    assert await variance(scene) == -720.0
    assert await variance(scene, f", knownAt: {{position: {first}}}") == 1440.0


async def variance(scene: Scene, known: str = "") -> float | None:
    """Return the mean minutes by which June's completions missed baseline 0."""
    window = f'from: "2026-06-01", to: "2026-06-30"{known}'
    reply = await scene.api.ask(f"{{ kpi(code: FINISH_VARIANCE, {window}) {{ figure {{ value }} }} }}")
    value: float | None = reply["data"]["kpi"]["figure"]["value"]
    return value


async def test_row_16_the_plan_says_how_a_task_may_be_placed(scene: Scene) -> None:
    task, place = scene.task, {"kind": "SNET", "constraintAt": FINISH}
    await of_task(scene, "constrainTask", task, **place)
    before = await of_task(scene, "setDeadline", task, deadlineOn="2026-06-30")
    await of_task(scene, "setDueDate", task, dueOn="2026-07-15")
    await of_task(scene, "setMilestone", task, isMilestone=True)
    manager = scene.api.of(scene.manager)
    worked = await manager.refused("estimateTask", taskId=task, minutes=60)
    assert worked == {"code": "MILESTONE_HAS_WORK", "field": "minutes"}
    dateless = await manager.refused("constrainTask", taskId=task, kind="MFO")
    assert dateless == {"code": "MALFORMED", "field": "constraintAt"}
    fields = "isMilestone constraintKind constraintAt deadlineOn dueOn"
    (card,) = await rows(scene, "taskBoard", fields, "where: {isMilestone: [true]}")
    assert card == {
        "isMilestone": True,
        "constraintKind": "SNET",
        "constraintAt": FINISH,
        "deadlineOn": "2026-06-30",
        "dueOn": "2026-07-15",
    }
    await of_task(scene, "constrainTask", task, kind="ASAP")
    (now,) = await rows(scene, "taskBoard", "constraintKind constraintAt", "order: DEADLINE")
    assert now == {"constraintKind": "ASAP", "constraintAt": None}
    (then,) = await rows(scene, "taskBoard", fields, f"asOf: {{position: {before}}}")
    assert (then["isMilestone"], then["constraintKind"], then["dueOn"]) == (False, "SNET", None)


@pytest.fixture
async def second_process(scene: Scene) -> AsyncGenerator[Api]:
    """Serve the same database once more: what one process keeps in memory the other does not know."""
    async with opened(replace(scene.api.settings)) as api:
        yield api


async def test_row_16_however_many_link_at_once_the_link_that_closes_a_circle_is_refused(
    scene: Scene, second_process: Api
) -> None:
    tasks = [
        await scene.api.made("openTask", projectId=scene.project, title=f"Task {number}")
        for number in range(24)
    ]
    ring = list(pairwise((*tasks, tasks[0])))
    apis = cycle((scene.api.of(scene.manager), second_process.of(scene.manager)))
    link = {"projectId": scene.project, "kind": "FS", "lagMinutes": 0, "lagUnit": "WORKING"}
    answers = await asyncio.gather(
        *(
            next(apis).do("linkTasks", predecessorId=before, successorId=after, **link)
            for before, after in ring
        )
    )
    assert scene.api.events().count("project.tasks_linked.v2") == len(tasks) - 1
    (number,) = [number for number, answer in enumerate(answers) if answer["userErrors"]]
    (error,) = answers[number]["userErrors"]
    assert error["code"] == "LINK_CYCLE"
    circle = [*tasks[number:], *tasks[:number], tasks[number]]
    assert error["message"] == f"These tasks would wait for each other: {' → '.join(circle)}."


async def changed(scene: Scene) -> None:
    """Take the first project through a change of its plan, and project it in two batches."""
    frame, paint = await planned(scene, "Weld"), await planned(scene, "Paint")
    await of_task(scene, "constrainTask", frame, kind="FNLT", constraintAt=LATER)
    await of_task(scene, "setMilestone", paint, isMilestone=True)
    await set_first(scene)
    change = await requested(scene)
    await do(scene, "rejectChangeRequest", changeId=await requested(scene, "Wait"), cause="No")
    await project(scene.api.database_url)
    await do(scene, "approveChangeRequest", changeId=change)
    await of_task(scene, "setTaskBaseline", frame, **baseline(1, LATER))
    await do(scene, "applyChangeRequest", changeId=change, baselineNumber=1)
    await of_task(scene, "completeTask", frame)
    await of_task(scene, "reopenTask", frame, cause="It bends")
    await project(scene.api.database_url)


async def test_rows_of_a_changed_plan_are_the_fold_of_the_log_also_when_rebuilt(scene: Scene) -> None:
    await changed(scene)
    await assert_rebuilt_alike(scene, {"task_board", "baselines", "change_log"})
