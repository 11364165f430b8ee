"""Calendar feeds over HTTP: an address from GraphQL, read without any other token, until its owner leaves."""

from typing import Any

import pytest
from icalendar import Calendar

from infra.tokens import mint
from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import do

pytestmark = pytest.mark.anyio


async def address(scene: Scene, arguments: str = "") -> str:
    """Return the path of a feed as the first project's member is given it."""
    await project(scene.api.database_url)
    reply = await scene.api.of(scene.member).ask(f"{{ calendarFeed{arguments} {{ path expiresAt }} }}")
    assert "errors" not in reply, reply
    path: str = reply["data"]["calendarFeed"]["path"]
    return path


async def read(scene: Scene, path: str) -> dict[str, Any]:
    reply = await scene.api.client.get(path)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    return {str(each["uid"]): each for each in Calendar.from_ical(reply.text).walk("VEVENT")}


async def test_a_member_and_a_project_have_feeds_until_the_member_leaves_the_team(scene: Scene) -> None:
    manager, who = scene.api.of(scene.manager), str(scene.member.actor_id)
    await manager.done("setDueDate", taskId=scene.task, dueOn="2030-01-07")
    paint = await manager.made("openTask", projectId=scene.project, title="Paint")
    await manager.done("setDueDate", taskId=paint, dueOn="2030-01-08")
    await manager.done("assignTask", taskId=paint, memberId=who)
    own, whole = await address(scene), await address(scene, f'(project: "{scene.project}")')
    assert set(await read(scene, own)) == {f"{paint}-due@fairlead"}
    assert set(await read(scene, whole)) == {f"{paint}-due@fairlead", f"{scene.task}-due@fairlead"}
    await do(scene, "removeMember", memberId=who)
    await project(scene.api.database_url)
    assert await read(scene, own) == {}
    assert (await scene.api.client.get(whole)).status_code == 403


async def test_no_other_token_opens_a_feed_and_a_feeds_token_opens_nothing_else(scene: Scene) -> None:
    path = await address(scene)
    bearer = mint(scene.member, scene.api.settings, valid_seconds=60)
    assert (await scene.api.client.get(f"/calendar/{bearer}.ics")).status_code == 401
    assert (await scene.api.client.get("/calendar/x.ics")).status_code == 401
    assert (await scene.api.client.post(path)).status_code == 405
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    reply = await scene.api.client.post(
        "/graphql", content=b'{"query": "{ viewer { actorId } }"}', headers=headers
    )
    assert reply.status_code == 401
    foreign = f'{{ calendarFeed(project: "{scene.other_project}") {{ path }} }}'
    denied = await scene.api.of(scene.member).ask(foreign)
    assert denied["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"


async def test_a_projects_feed_is_not_given_to_whom_it_would_not_open(scene: Scene) -> None:
    asked = f'{{ calendarFeed(project: "{scene.project}") {{ path }} }}'
    reply = await scene.api.ask(asked)
    assert reply["errors"][0]["extensions"]["code"] == "NOT_PERMITTED", reply


async def test_a_plan_is_exported_to_whoever_may_read_it_and_nobody_else(scene: Scene) -> None:
    await project(scene.api.database_url)
    path = f"/export/plans/{scene.project}.xml"
    answers = {
        actor: await scene.api.client.get(path, headers={"Authorization": f"Bearer {token}"})
        for actor, token in {
            each: mint(each, scene.api.settings, valid_seconds=60)
            for each in (scene.member, scene.other_manager)
        }.items()
    }
    assert answers[scene.other_manager].status_code == 403
    assert (await scene.api.client.get(path)).status_code == 401
    found = answers[scene.member]
    assert (found.status_code, found.headers["content-type"]) == (200, "application/xml")
    for text in ("<Name>Paint the wall</Name>", "<Name>P1</Name>", "<EmailAddress>p1@x.org</EmailAddress>"):
        assert text in found.text
