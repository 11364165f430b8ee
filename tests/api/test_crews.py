"""Calendars of people and equipment move dates: in the schedule, the Gantt view and levelling alike."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.calendar import instant_at
from domain.levelling.planning import levelling_of
from domain.levelling.plans import crew_on
from domain.schedule.crew import ANYBODY
from infra.codec import codec
from infra.levelling.plans import plans_at
from infra.plans import PlanParts, plan_parts
from infra.serving import Serving
from tests.api.conftest import Scene
from tests.api.rows import ask, assert_rebuilt_alike, do, new
from tests.api.test_schedule import assert_read_on_alike, begun, failed, of_task, opened_task

pytestmark = pytest.mark.anyio

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def calendar(scene: Scene, name: str, *hours: int) -> None:
    """Set a calendar from one hour of each day to another."""
    shifts = [{"startMinute": 60 * hours[0], "endMinute": 60 * hours[1]}]
    await do(scene, "setWorkingCalendar", name=name, calendar={"timeZone": "UTC", "week": [shifts] * 7})


async def crewed(scene: Scene) -> tuple[str, str, str]:
    """Plan two days of work, set calendars for mornings and afternoons; return the task and two people."""
    await begun(scene)
    await calendar(scene, "Mornings", 8, 12)
    await calendar(scene, "Afternoons", 13, 17)
    cut = await opened_task(scene, "Cut", 960)
    return cut, str(scene.member.actor_id), str(scene.manager.actor_id)


async def finish(scene: Scene) -> str:
    """Return when the plan is done, once schedule, Gantt view, levelling and the log agree on that."""
    found: str = (await ask(scene, "planSpan", "", "finishAt"))["finishAt"]
    bars = await ask(scene, "gantt", "", "nodes { finishAt }")
    assert [bar["finishAt"] for bar in bars["nodes"]] == [found]
    key, events = UUID(scene.project), codec()
    plans = plans_at(scene.api.database_url, events, [key], len(scene.api.events()))
    levelling = levelling_of(plans, MONDAY)
    ((task_id, start),) = levelling.planned.items()
    ends = instant_at(levelling.problem.activities[task_id].finish(start))
    assert ends == datetime.fromisoformat(found)
    async with Serving(scene.api.database_url, partitions=8, stale_after_seconds=5) as serving:
        plan = (await serving.rows["plans"].get([key]))[key]
        crews = (await plan_parts(serving.pool, plan, PlanParts())).crews()
    assert crews.get(task_id, ANYBODY) == crew_on(plans[0].project, plans[0].tasks[task_id])
    return found


async def test_a_task_is_worked_on_when_any_of_its_people_and_all_of_its_equipment_is(scene: Scene) -> None:
    cut, member, manager = await crewed(scene)
    await of_task(scene, "assignTask", cut, memberId=member)
    assert await finish(scene) == "2026-03-03T17:00:00Z"
    await do(scene, "assignCalendar", memberId=member, calendarName="Mornings")
    assert await finish(scene) == "2026-03-06T09:00:00Z"
    before = len(scene.api.events())
    await of_task(scene, "assignTask", cut, memberId=manager)
    assert await finish(scene) == "2026-03-03T16:00:00Z"
    saw = new()
    await do(scene, "defineResource", resourceId=saw, kind="EQUIPMENT", name="Saw")
    await of_task(scene, "assignResource", cut, resourceId=saw)
    assert await finish(scene) == "2026-03-03T16:00:00Z"
    given: dict[str, Any] = {"kind": "EQUIPMENT", "name": "Saw", "calendarName": "Afternoons"}
    await do(scene, "defineResource", resourceId=saw, **given)
    assert await finish(scene) == "2026-03-05T17:00:00Z"
    await do(scene, "retireResource", resourceId=saw)
    assert await finish(scene) == "2026-03-03T16:00:00Z"
    await of_task(scene, "unassignTask", cut, memberId=manager)
    then = await ask(scene, "planSpan", f"asOf: {{position: {before}}}", "finishAt")
    assert then["finishAt"] == await finish(scene) == "2026-03-06T09:00:00Z"
    await assert_read_on_alike(scene)
    await assert_rebuilt_alike(scene, {"plans", "member_calendars"})


async def test_a_person_works_as_a_resource_does_else_as_they_or_their_department_do(scene: Scene) -> None:
    cut, member, _ = await crewed(scene)
    await of_task(scene, "assignTask", cut, memberId=member)
    await calendar(scene, "Paint", 10, 14)
    assert await finish(scene) == "2026-03-05T14:00:00Z"
    await do(scene, "defineResource", resourceId=member, kind="PERSON", name="Ben", calendarName="Afternoons")
    assert await finish(scene) == "2026-03-05T17:00:00Z"
    await of_task(scene, "unassignTask", cut, memberId=member)
    assert await finish(scene) == "2026-03-03T17:00:00Z"
    await of_task(scene, "assignResource", cut, resourceId=member)
    assert await finish(scene) == "2026-03-05T17:00:00Z"
    await of_task(scene, "setTaskCalendar", cut, calendarName="Paint")
    assert await finish(scene) == "2026-03-17T14:00:00Z"
    await of_task(scene, "unassignResource", cut, resourceId=member)
    assert await finish(scene) == "2026-03-05T14:00:00Z"


async def test_a_task_whose_calendars_have_no_time_in_common_is_named(scene: Scene) -> None:
    cut, member, _ = await crewed(scene)
    await do(scene, "assignCalendar", memberId=member, calendarName="Mornings")
    await of_task(scene, "assignTask", cut, memberId=member)
    await of_task(scene, "setTaskCalendar", cut, calendarName="Afternoons")
    assert await failed(scene, "schedule") == "NO_SHARED_TIME"
    await of_task(scene, "setTaskCalendar", cut, calendarName=None)
    assert await finish(scene) == "2026-03-06T09:00:00Z"
