"""What the README says is run: its queries, its commands, its links."""

import re
from pathlib import Path

import pytest
import typer

from api.cli import app
from tests.api.conftest import Scene
from tests.api.projecting import project

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
QUERIES = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)


@pytest.mark.anyio
@pytest.mark.parametrize("number", range(len(QUERIES)))
async def test_each_query_is_answered(scene: Scene, number: int) -> None:
    await scene.api.made("setDueDate", taskId=scene.task, dueOn="2006-03-10")
    await scene.api.made("startTask", taskId=scene.task)
    await project(scene.api.database_url)
    query = QUERIES[number]
    reply = await scene.api.ask(query, {"task": scene.task} if "$task" in query else None)
    assert "errors" not in reply, reply
    for answer in reply["data"].values():
        assert answer
        assert not answer.get("userErrors"), answer


@pytest.mark.anyio
async def test_the_board_shows_only_tasks_that_the_queries_after_it_can_take(scene: Scene) -> None:
    await project(scene.api.database_url)
    shown = (await scene.api.ask(QUERIES[0]))["data"]["taskBoard"]["nodes"]
    assert scene.task in {node["id"] for node in shown}
    await scene.api.made("completeTask", taskId=scene.task)
    await project(scene.api.database_url)
    shown = (await scene.api.ask(QUERIES[0]))["data"]["taskBoard"]["nodes"]
    assert scene.task not in {node["id"] for node in shown}


def test_there_is_a_query_for_each_thing_it_shows() -> None:
    text = "".join(QUERIES)
    for name in ("taskBoard", "kpi", "auditTrail", "estimateTask"):
        assert name in text


def test_each_command_is_there() -> None:
    group = typer.main.get_group(app)
    for name in set(re.findall(r"`?fairlead ([a-z]+)", README)):
        assert name in group.commands, name


def test_each_link_leads_somewhere() -> None:
    root = Path(__file__).parents[2]
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (root / target).exists(), target


def test_it_is_short() -> None:
    assert len(README.splitlines()) < 120
