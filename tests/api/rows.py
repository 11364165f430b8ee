"""What tests of DOMAIN.md's rows share: commands to a scene's first project, and what it then shows."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import uuid4

from infra.codec import codec
from infra.rebuild import rebuild
from infra.tokens import Actor
from projections.all import ALL
from tests.api.conftest import Scene
from tests.api.projecting import PARTITIONS, project
from tests.infra.story import assert_rows_are_the_fold, said
from tests.infra.test_reactions import reacting

HAPPENED_SECONDS_MAX: Final = 90


def today() -> date:
    return datetime.now(UTC).date()


def new() -> str:
    return str(uuid4())


async def ask(scene: Scene, query: str, arguments: str, fields: str) -> Any:
    """Return the answer to a query about the first project, as its member gets it."""
    await project(scene.api.database_url)
    asked = f'{{ {query}(project: "{scene.project}" {arguments}) {{ {fields} }} }}'
    reply = await scene.api.of(scene.member).ask(asked)
    assert "errors" not in reply, reply
    return reply["data"][query]


async def rows(scene: Scene, listing: str, fields: str, arguments: str = "") -> list[dict[str, Any]]:
    """Return the rows of a list of the first project, as its member sees them."""
    found: list[dict[str, Any]] = (await ask(scene, listing, arguments, f"nodes {{ {fields} }}"))["nodes"]
    return found


async def do(scene: Scene, command: str, by: Actor | None = None, **given: Any) -> int:
    """Issue a command in the first project, by its manager unless said, and return its position."""
    return await scene.api.of(by or scene.manager).done(command, projectId=scene.project, **given)


async def refused(scene: Scene, command: str, **given: Any) -> Mapping[str, Any]:
    return await scene.api.of(scene.manager).refused(command, projectId=scene.project, **given)


async def plan_approved(scene: Scene) -> None:
    parts = ("communicationRhythm", "riskPlan", "performanceAssessment")
    await do(scene, "draftChangePlan", **dict.fromkeys(parts, "Each Monday"))
    await do(scene, "approveChangePlan")


async def piloted(scene: Scene) -> None:
    pilot = new()
    await do(scene, "startPilot", pilotId=pilot, unit="Workshop 1")
    await do(scene, "evaluatePilot", pilotId=pilot, outcome="Half the e-mail", isRecommended=True)


async def happened(scene: Scene, event: str, times: int = 1) -> None:
    """Let the process managers run until something has happened so often, and fold it."""
    with reacting(scene.api.database_url):
        async with asyncio.timeout(HAPPENED_SECONDS_MAX):
            while scene.api.events().count(event) < times:
                await project(scene.api.database_url)
                await asyncio.sleep(0.1)
    assert scene.api.events().count(event) == times
    await project(scene.api.database_url)


async def assert_rebuilt_alike(scene: Scene, models: set[str]) -> None:
    """Check that rows are the fold of the log, the same once rebuilt, and that `models` have some.

    Where the fold and the tables are both empty there is nothing to rebuild.
    """
    url = scene.api.database_url
    await asyncio.to_thread(assert_rows_are_the_fold, url)
    before = await asyncio.to_thread(said, url)
    assert {name for name, (_, _, kept) in before.items() if kept} >= models
    filled = [model for model in ALL if any(count for count, _ in before[model.name][0])]
    await asyncio.to_thread(rebuild, url, filled, codec(), partitions=PARTITIONS)
    assert await asyncio.to_thread(said, url) == before
