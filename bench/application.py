"""Commands through the application as the API runs them: `handle` over `EventLog`, in uvloop."""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Iterator
from typing import Any, Final, TypeVar
from uuid import UUID

import uvloop

from api.ids import new_id
from bench.stories import BEGIN
from domain import project, task
from domain.decider import Decider
from domain.handling import Answer, handle
from domain.ids import ProjectId
from domain.project import Project
from domain.recorded import Issued
from infra.event_log import EventLog

CONCURRENT: Final = 64
ACTOR: Final = UUID(int=7)
EVENTS_A_TASK: Final = 6

T = TypeVar("T")


def in_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a new event loop of the kind the API runs in."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _issued(stream: UUID, commands: Iterable[Any]) -> list[Issued[Any]]:
    return [Issued(command, stream, new_id(), ACTOR, BEGIN) for command in commands]


async def send(log: EventLog, decider: Decider[Any, Any, Any], stream: UUID, command: object) -> Answer:
    """Handle one command of an actor who may do everything."""
    (issued,) = _issued(stream, [command])
    return await handle(decider, issued, log, _permitted)


def _permitted(issued: Issued[Any], decider: Decider[Any, Any, Any], around: Project | None) -> None:
    del issued, decider, around


async def new_project(log: EventLog) -> UUID:
    """Open a project with two departments."""
    stream = new_id()
    await send(log, project.DECIDER, stream, project.OpenProject("Line 1", "Europe/Vienna"))
    await send(log, project.DECIDER, stream, project.NameDepartment("Build"))
    await send(log, project.DECIDER, stream, project.NameDepartment("Test"))
    return stream


def a_task(number: int, project_id: UUID) -> Iterator[Any]:
    """Yield the commands of one task, `EVENTS_A_TASK` of them, each of which is one event."""
    yield task.OpenTask(
        ProjectId(project_id), f"Check the weld on frame {number}", "Both sides, with the probe."
    )
    yield task.EstimateTask(480)
    yield task.SetDueDate(BEGIN.date())
    yield task.StartTask()
    yield task.RecordProgress(60)
    yield task.CompleteTask()


async def work_off(log: EventLog, project_id: UUID, tasks: int) -> float:
    """Tell `tasks` tasks from beginning to end, `CONCURRENT` at once; return commands a second.

    What clients send is made before the clock starts, as the peers' events are.
    """
    sent = iter([_issued(new_id(), a_task(number, project_id)) for number in range(tasks)])

    async def client() -> None:
        for commands in sent:
            for issued in commands:
                await handle(task.DECIDER, issued, log, _permitted)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CONCURRENT)))
    return tasks * EVENTS_A_TASK / (time.perf_counter() - started)
