"""Commands over HTTP: done once, refused with a reason, and nothing left by what was refused.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from infra import parking
from infra.database import connect
from infra.folding import Failure
from tests.api.conftest import FORMS, Api, Scene

pytestmark = pytest.mark.anyio
BASELINE = {"taskId": "$task", "number": 0, "startAt": None, "finishAt": None, "workMinutes": None}
NOWHERE = "0199e5c0-7b1a-7c3e-9d52-3f6a1b2c4d5e"


async def test_a_command_answers_with_where_it_stands_in_the_log(scene: Scene) -> None:
    payload = await scene.api.do("estimateTask", taskId=scene.task, minutes=120)
    assert payload["userErrors"] == []
    assert payload["id"] == scene.task
    assert payload["version"] == 2
    assert payload["position"] == len(scene.api.events())
    assert payload["commandId"][14] == "7"


async def test_a_wish_that_is_already_true_is_answered_without_an_event(scene: Scene) -> None:
    first = await scene.api.do("estimateTask", taskId=scene.task, minutes=120)
    second = await scene.api.do("estimateTask", taskId=scene.task, minutes=120)
    assert (second["version"], second["position"]) == (first["version"], first["position"])


async def test_what_is_created_has_the_commands_id_unless_another_is_given(scene: Scene) -> None:
    command_id, task_id = str(uuid4()), str(uuid4())
    assert (
        await scene.api.made("openTask", commandId=command_id, projectId=scene.project, title="A")
        == command_id
    )
    assert await scene.api.made("openTask", taskId=task_id, projectId=scene.project, title="B") == task_id


async def test_a_command_sent_again_is_done_once_and_answered_alike(scene: Scene) -> None:
    command = {"commandId": str(uuid4()), "projectId": scene.project, "title": "Once"}
    first = await scene.api.do("openTask", **command)
    await scene.api.made("retitleTask", taskId=first["id"], title="Later")
    before = scene.api.events()
    assert await scene.api.do("openTask", **command) == first
    assert scene.api.events() == before


async def test_a_hundred_repeats_at_once_are_one_command(scene: Scene) -> None:
    before = len(scene.api.events())
    command = {"commandId": str(uuid4()), "taskId": scene.task, "minutes": 30, "spentOn": "2026-03-31"}
    answers = await asyncio.gather(*(scene.api.do("spendTime", **command) for _ in range(100)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["userErrors"] == []
    assert scene.api.events()[before:] == ["task.time_spent.v2"]


async def test_a_hundred_repeats_at_once_of_an_opening_are_one_command(scene: Scene) -> None:
    before = len(scene.api.events())
    command = {"commandId": str(uuid4()), "projectId": scene.project, "title": "Once"}
    answers = await asyncio.gather(*(scene.api.do("openTask", **command) for _ in range(100)))
    assert all(answer == answers[0] for answer in answers)
    assert scene.api.events()[before:] == ["task.opened.v1"]


@pytest.mark.parametrize(
    "other",
    [{"minutes": 61}, {"reason": "because"}, {"expectedVersion": 1}, {"occurredAt": "2026-03-01T09:00:00Z"}],
    ids=lambda other: next(iter(other)),
)
async def test_a_command_id_with_another_body_is_refused(scene: Scene, other: dict[str, Any]) -> None:
    command = {"commandId": str(uuid4()), "taskId": scene.task, "minutes": 60, "spentOn": "2026-03-31"}
    await scene.api.made("spendTime", **command)
    why = await scene.api.refused("spendTime", **{**command, **other})
    assert why == {"code": "COMMAND_REPEATED", "field": "commandId"}


async def test_a_command_id_of_another_command_is_refused(scene: Scene) -> None:
    command_id = str(uuid4())
    await scene.api.made("startTask", commandId=command_id, taskId=scene.task)
    why = await scene.api.refused("retitleTask", commandId=command_id, taskId=scene.task, title="Other")
    assert why == {"code": "COMMAND_REPEATED", "field": "commandId"}


async def test_a_wrong_version_is_refused_and_the_right_one_taken(scene: Scene) -> None:
    wrong = await scene.api.refused("retitleTask", taskId=scene.task, title="New", expectedVersion=7)
    assert wrong["code"] == "WRONG_VERSION"
    await scene.api.made("retitleTask", taskId=scene.task, title="New", expectedVersion=1)


async def test_of_two_who_saw_the_same_version_one_is_told(scene: Scene) -> None:
    answers = await asyncio.gather(
        *(scene.api.do("retitleTask", taskId=scene.task, title=title, expectedVersion=1) for title in "AB")
    )
    assert sorted([error["code"] for error in answer["userErrors"]] for answer in answers) == [
        [],
        ["WRONG_VERSION"],
    ]


async def test_a_reason_and_the_time_it_happened_are_kept(scene: Scene) -> None:
    await scene.api.made(
        "estimateTask",
        taskId=scene.task,
        minutes=60,
        reason="Asked to",
        occurredAt="2026-03-01T10:00:00+02:00",
    )
    row = scene.api.rows(
        "SELECT reason, occurred_at, recorded_at > occurred_at FROM log.event ORDER BY position DESC"
    )[0]
    assert row == ("Asked to", datetime(2026, 3, 1, 8, tzinfo=UTC), True)


async def test_the_calendar_of_a_project_is_an_input_of_its_own(scene: Scene) -> None:
    day = [{"startMinute": 540, "endMinute": 1020}]
    calendar = {"timeZone": "Europe/Vienna", "week": [day] * 5 + [[], []], "holidays": ["2026-12-25"]}
    await scene.api.made("setWorkingCalendar", projectId=scene.project, calendar=calendar)
    assert scene.api.events()[-1] == "project.working_calendar_set.v2"
    bad = {**calendar, "week": [[{"startMinute": 1020, "endMinute": 540}]] * 7}
    why = await scene.api.refused("setWorkingCalendar", projectId=scene.project, calendar=bad)
    assert why == {"code": "MALFORMED", "field": "calendar.week"}


async def test_a_due_date_must_be_given_or_taken_away_in_so_many_words(scene: Scene) -> None:
    await scene.api.made("setDueDate", taskId=scene.task, dueOn="2026-05-01")
    assert await scene.api.refused("setDueDate", taskId=scene.task) == {"code": "MALFORMED", "field": "dueOn"}
    await scene.api.made("setDueDate", taskId=scene.task, dueOn=None)
    assert scene.api.events()[-2:] == ["task.due_date_set.v1"] * 2


async def test_several_mutations_of_one_document_are_done_in_turn(scene: Scene) -> None:
    query = """mutation ($task: ID!) {
      a: startTask(input: {taskId: $task}) { version }
      b: completeTask(input: {taskId: $task}) { version }
    }"""
    reply = await scene.api.ask(query, {"task": scene.task})
    assert reply["data"] == {"a": {"version": 2}, "b": {"version": 3}}


@pytest.mark.parametrize(
    ("name", "given", "code", "field"),
    [
        ("retitleTask", {"taskId": NOWHERE, "title": "x"}, "UNKNOWN_TASK", None),
        ("renameProject", {"projectId": NOWHERE, "name": "x"}, "UNKNOWN_PROJECT", None),
        ("triageFeedback", {"feedbackId": NOWHERE, "priority": "HIGH"}, "UNKNOWN_FEEDBACK", None),
        ("changeMemberRole", {"memberId": NOWHERE, "role": "MEMBER"}, "UNKNOWN_MEMBER", None),
        ("openTask", {"projectId": NOWHERE, "title": "x"}, "UNKNOWN_PROJECT", "projectId"),
        (
            "openTask",
            {"projectId": "$project", "title": "x", "parentId": NOWHERE},
            "UNKNOWN_TASK",
            "parentId",
        ),
        ("assignTask", {"taskId": "$task", "memberId": NOWHERE}, "UNKNOWN_MEMBER", "memberId"),
        # ids of another kind, and of another project
        ("retitleTask", {"taskId": "$project", "title": "x"}, "UNKNOWN_TASK", None),
        ("renameProject", {"projectId": "$task", "name": "x"}, "UNKNOWN_PROJECT", None),
        ("openTask", {"taskId": "$project", "projectId": "$project", "title": "x"}, "ALREADY_EXISTS", None),
        (
            "openTask",
            {"taskId": "$other_project", "projectId": "$project", "title": "x"},
            "ALREADY_EXISTS",
            None,
        ),
        ("openProject", {"projectId": "$task", "name": "x"}, "ALREADY_EXISTS", None),
        ("openTask", {"projectId": "$task", "title": "x"}, "UNKNOWN_PROJECT", "projectId"),
        (
            "openTask",
            {"projectId": "$project", "title": "x", "parentId": "$other_task"},
            "UNKNOWN_TASK",
            "parentId",
        ),
        (
            "openTask",
            {"projectId": "$project", "title": "x", "parentId": "$project"},
            "UNKNOWN_TASK",
            "parentId",
        ),
        ("assignTask", {"taskId": "$task", "memberId": "$task"}, "UNKNOWN_MEMBER", "memberId"),
        # shapes
        ("retitleTask", {"taskId": "task-7", "title": "x"}, "MALFORMED", "taskId"),
        ("retitleTask", {"taskId": "$task", "title": "x", "commandId": "1"}, "MALFORMED", "commandId"),
        ("retitleTask", {"taskId": "\ud800", "title": "x"}, "MALFORMED", "taskId"),
        ("assignTask", {"taskId": "$task", "memberId": "me"}, "MALFORMED", "memberId"),
        ("retitleTask", {"taskId": "$task", "title": ""}, "MALFORMED", "title"),
        ("retitleTask", {"taskId": "$task", "title": "x" * 201}, "MALFORMED", "title"),
        ("retitleTask", {"taskId": "$task", "title": "a\0b"}, "MALFORMED", "title"),
        ("retitleTask", {"taskId": "$task", "title": "half \ud83d"}, "MALFORMED", "title"),
        ("describeTask", {"taskId": "$task", "description": "x" * 10_001}, "MALFORMED", "description"),
        ("startTask", {"taskId": "$task", "reason": "x" * 1_001}, "MALFORMED", "reason"),
        ("startTask", {"taskId": "$task", "reason": "\udfff"}, "MALFORMED", "reason"),
        ("estimateTask", {"taskId": "$task", "minutes": -1}, "MALFORMED", "minutes"),
        ("estimateTask", {"taskId": "$task", "minutes": 2_000_000_000}, "MALFORMED", "minutes"),
        ("recordProgress", {"taskId": "$task", "percent": 101}, "MALFORMED", "percent"),
        ("setTaskBaseline", {**BASELINE, "costCents": 10**15 + 1}, "MALFORMED", "costCents"),
        ("startTask", {"taskId": "$task", "expectedVersion": -1}, "MALFORMED", "expectedVersion"),
        ("setDueDate", {"taskId": "$task", "dueOn": "1969-12-31"}, "MALFORMED", "dueOn"),
        ("setDueDate", {"taskId": "$task", "dueOn": "2201-01-01"}, "MALFORMED", "dueOn"),
        ("startTask", {"taskId": "$task", "occurredAt": "1969-12-31T23:59:59Z"}, "MALFORMED", "occurredAt"),
        ("startTask", {"taskId": "$task", "occurredAt": "2201-01-01T00:00:00Z"}, "MALFORMED", "occurredAt"),
        ("startTask", {"taskId": "$task", "occurredAt": "2199-01-01T00:00:00Z"}, "MALFORMED", "occurredAt"),
        ("inviteMember", {"name": "x", "email": "no", "role": "MEMBER"}, "MALFORMED", "email"),
        ("openProject", {"name": "x", "timeZone": "Mars/Base"}, "MALFORMED", "timeZone"),
    ],
)
async def test_bad_input_is_refused_with_its_field_and_leaves_nothing(
    scene: Scene, name: str, given: dict[str, Any], code: str, field: str | None
) -> None:
    given = {
        key: vars(scene).get(value[1:], value) if isinstance(value, str) else value
        for key, value in given.items()
    }
    assert await scene.api.refused(name, **given) == {"code": code, "field": field}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("estimateTask", {"minutes": 10**12}),
        ("estimateTask", {"minutes": 1.5}),
        ("estimateTask", {"minutes": "many"}),
        ("estimateTask", {}),
        ("estimateTask", {"minutes": 5, "hours": 3}),
        ("setDueDate", {"dueOn": "2026-02-30"}),
        ("setDueDate", {"dueOn": "soon"}),
        ("setDueDate", {"dueOn": 20260101}),
        ("startTask", {"occurredAt": "2026-01-01T00:00:00"}),
        ("startTask", {"occurredAt": "0001-01-01T00:00:00+14:00"}),
        ("setTaskBaseline", {"number": 0, "costCents": 2**60}),
        ("retitleTask", {"title": None}),
        ("retitleTask", {"title": ["x"]}),
    ],
)
async def test_what_does_not_fit_the_contract_is_said_and_leaves_nothing(
    scene: Scene, name: str, given: dict[str, Any]
) -> None:
    before = scene.api.events()
    reply = await scene.api.send(name, taskId=scene.task, **given)
    assert reply.get("data") is None
    assert {error["extensions"]["code"] for error in reply["errors"]} == {"MALFORMED"}
    assert scene.api.events() == before


async def test_a_clock_that_runs_a_little_ahead_is_forgiven(scene: Scene) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=3)
    await scene.api.made("startTask", taskId=scene.task, occurredAt=soon.isoformat())


async def test_nothing_happens_in_a_closed_project(scene: Scene) -> None:
    await scene.api.made("closeProject", projectId=scene.project)
    assert (await scene.api.refused("startTask", taskId=scene.task))["code"] == "PROJECT_CLOSED"
    assert (await scene.api.refused("openTask", projectId=scene.project, title="x"))[
        "code"
    ] == "PROJECT_CLOSED"


async def test_operating_decisions_are_one_stream(api: Api) -> None:
    park(api, 4)
    first = await api.do("skipParked", model="task_board", position=4, commandId=(once := str(uuid4())))
    second = await api.do("retryParked", model="task_board", key=NOWHERE)
    assert first["id"] == second["id"]
    assert second["version"] == 2
    unparked(api)
    assert await api.do("skipParked", model="task_board", position=4, commandId=once) == first


async def test_what_is_not_parked_is_neither_skipped_nor_tried_again(api: Api) -> None:
    park(api, 4)
    for name, given in {
        "skipParked": {"model": "task_board", "position": 5},
        "retryParked": {"model": "task_flow", "key": NOWHERE},
    }.items():
        assert (await api.refused(name, **given))["code"] == "NOT_PARKED"


def park(api: Api, position: int) -> None:
    """Park a key in the task board, as a projector does."""
    failure = Failure("task_board", UUID(NOWHERE), position, "task.teleported.v1", "UnknownEvent")
    with connect(api.database_url, application="test") as connection:
        parking.park(connection, failure, 0, 3)


def unparked(api: Api) -> None:
    with connect(api.database_url, application="test") as connection:
        assert parking.unpark(connection, "task_board", UUID(NOWHERE)) == 4


async def test_every_command_for_people_has_its_mutation() -> None:
    assert {"openProject", "completeTask", "reportIncident", "inviteMember", "skipParked"} <= FORMS.keys()
    assert not {"recordDenial", "breachIncident", "escalateIncident"} & FORMS.keys()
