"""Flow over GraphQL: day by day, and item by item, as of any moment."""

import pytest

from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import ask

pytestmark = pytest.mark.anyio

DAYS = 'from: "2026-03-02" to: "2026-03-06"'
FLOW = "on openCount startedCount completedCount cancelledCount scopeCount scopeMinutes completedMinutes"
AGES = """at totalCount p50CycleMinutes nextItemNumber
    items { taskId ageMinutes isBeyondP50 isBeyondP95 }"""


async def story(scene: Scene) -> list[str]:
    """Start three tasks on a Monday, of which one is completed on Tuesday; all estimated at an hour."""
    api = scene.api.of(scene.manager)
    tasks: list[str] = []
    for number in range(3):
        at = f"2026-03-02T0{number + 6}:00:00Z"
        task = await api.made("openTask", projectId=scene.project, title="Wall", occurredAt=at)
        await api.done("estimateTask", taskId=task, minutes=60, occurredAt=at)
        await api.done("startTask", taskId=task, occurredAt=at)
        tasks.append(task)
    await api.done("completeTask", taskId=tasks[0], occurredAt="2026-03-03T06:00:00Z")
    return tasks


async def test_flow_is_where_tasks_stood_each_day_also_as_known_before(scene: Scene) -> None:
    tasks = await story(scene)
    position = len(scene.api.events())
    late = "2026-03-04T08:00:00Z"
    await scene.api.of(scene.manager).done("cancelTask", taskId=tasks[1], cause="No wall", occurredAt=late)
    days = await ask(scene, "flowByDay", DAYS, FLOW)
    assert [each["on"][-2:] for each in days] == ["02", "03", "04", "05", "06"]
    stood = [(each["startedCount"], each["completedCount"], each["cancelledCount"]) for each in days]
    assert stood == [(3, 0, 0), (2, 1, 0), (1, 1, 1), (1, 1, 1), (1, 1, 1)]
    assert [each["scopeMinutes"] for each in days] == [180, 180, 120, 120, 120]
    assert [each["completedMinutes"] for each in days] == [0, 60, 60, 60, 60]
    known = await ask(scene, "flowByDay", f"{DAYS} knownAt: {{position: {position}}}", FLOW)
    assert [each["cancelledCount"] for each in known] == [0] * 5
    until = 'asOf: {time: "2026-03-03T12:00:00Z"}'
    assert await ask(scene, "flowByDay", f"{DAYS} {until}", FLOW) == known[:2]
    assert await ask(scene, "flowByDay", f'{DAYS} asOf: {{time: "2026-03-01T12:00:00Z"}}', FLOW) == []


async def test_what_is_in_progress_is_listed_with_its_age_against_what_was_finished(scene: Scene) -> None:
    tasks = await story(scene)
    then = 'asOf: {time: "2026-03-03T07:30:00Z"}'
    found = await ask(scene, "workItemAges", then, AGES)
    day = 24 * 60
    assert (found["totalCount"], found["p50CycleMinutes"], found["nextItemNumber"]) == (2, day, None)
    assert found["items"] == [
        {"taskId": tasks[1], "ageMinutes": day + 30, "isBeyondP50": True, "isBeyondP95": True},
        {"taskId": tasks[2], "ageMinutes": day - 30, "isBeyondP50": False, "isBeyondP95": False},
    ]
    first = await ask(scene, "workItemAges", f"first: 1 {then}", AGES)
    assert (first["items"], first["nextItemNumber"]) == (found["items"][:1], 1)
    second = await ask(scene, "workItemAges", f"first: 1 skipped: 1 {then}", AGES)
    assert (second["items"], second["nextItemNumber"]) == (found["items"][1:], None)
    beyond = await ask(scene, "workItemAges", f"skipped: 5 {then}", AGES)
    assert (beyond["items"], beyond["totalCount"]) == ([], 2)
    before = await ask(scene, "workItemAges", 'asOf: {time: "2026-03-01T07:30:00Z"}', AGES)
    assert (before["items"], before["totalCount"], before["p50CycleMinutes"]) == ([], 0, None)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (f'flowByDay(project: "%s" {DAYS.replace("2026-03-06", "2027-03-06")}) {{ on }}', "to"),
        (f'flowByDay(project: "%s" {DAYS.replace("2026-03-06", "2026-03-01")}) {{ on }}', "to"),
        ('workItemAges(project: "%s" first: 201) { at }', "first"),
        ('workItemAges(project: "%s" skipped: -1) { at }', "skipped"),
    ],
)
async def test_flow_out_of_bounds_is_refused(scene: Scene, asked: str, field: str) -> None:
    await project(scene.api.database_url)
    reply = await scene.api.of(scene.member).ask(f"{{ {asked % scene.project} }}")
    (error,) = reply["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("MALFORMED", field)
