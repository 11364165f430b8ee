"""What a mutation changed, in its own answer: as it is at the answer's position, or not at all."""

import asyncio
from typing import Any

import pytest

from tests.api.conftest import Api, Scene, opened, settings_for
from tests.api.projecting import project

pytestmark = pytest.mark.anyio

RETITLE = """mutation ($input: RetitleTaskInput!) { retitleTask(input: $input) {
    position userErrors { code } task { id title } } }"""


async def answered(api: Api, query: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the whole reply to a mutation, the projector at work meanwhile, on tables made before."""
    await project(api.database_url)
    asking = asyncio.create_task(api.ask(query, {"input": given}))
    while not asking.done():
        await project(api.database_url)
        await asyncio.sleep(0.02)
    return await asking


async def test_the_changed_task_is_in_the_answer(scene: Scene) -> None:
    reply = await answered(scene.api.of(scene.member), RETITLE, {"taskId": scene.task, "title": "Paint it"})
    assert reply["data"]["retitleTask"]["task"] == {"id": scene.task, "title": "Paint it"}


async def test_what_is_created_is_in_the_answer(scene: Scene) -> None:
    opening = "mutation ($input: OpenProjectInput!) { openProject(input: $input) { id project { id name } } }"
    made = (await answered(scene.api, opening, {"name": "Barn"}))["data"]["openProject"]
    assert made["project"] == {"id": made["id"], "name": "Barn"}
    giving = """mutation ($input: GiveSuggestionInput!) {
        giveSuggestion(input: $input) { id userErrors { code } feedback { id } } }"""
    given = {"projectId": scene.project, "text": "More light"}
    found = await answered(scene.api, giving, given)
    assert "errors" not in found, found
    suggested = found["data"]["giveSuggestion"]
    assert suggested["feedback"] == {"id": suggested["id"]}, suggested


async def test_a_refused_command_has_nothing_to_show_and_does_not_wait(scene: Scene) -> None:
    reply = await asyncio.wait_for(scene.api.ask(RETITLE, {"input": {"taskId": scene.task, "title": ""}}), 2)
    assert reply["data"]["retitleTask"]["task"] is None
    assert len(reply["data"]["retitleTask"]["userErrors"]) == 1
    assert "errors" not in reply


async def test_rows_that_are_late_make_it_stale_while_the_command_is_done(installed_url: str) -> None:

    async with opened(settings_for(installed_url, stale_after_seconds=0.2)) as api:
        house = await api.made("openProject", name="House")
        task = await api.made("openTask", projectId=house, title="Paint")
        reply = await api.ask(RETITLE, {"input": {"taskId": task, "title": "Paint it"}})
        answer = reply["data"]["retitleTask"]
        assert (answer["task"], answer["position"], answer["userErrors"]) == (None, 3, [])
        (error,) = reply["errors"]
        assert (error["extensions"]["code"], error["path"]) == ("STALE", ["retitleTask", "task"])
        assert api.events()[-1] == "task.retitled.v1"
