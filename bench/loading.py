"""Loading an aggregate of 1,000 events: our log against the library's repository, mapper and projector."""

import time
from collections.abc import Callable
from statistics import median
from typing import Final
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from api.ids import new_id
from bench.application import in_loop, new_project, send
from bench.library_projection import environment
from bench.measuring import Arms
from bench.place import Place
from bench.stories import BEGIN
from domain import task
from domain.ids import ProjectId
from infra.event_log import EventLog

LENGTH: Final = 1_000
TIMES: Final = 10


class Work(Aggregate):
    """A task as the library's own aggregate."""

    @event("Opened")
    def __init__(self, title: str) -> None:
        """Open it."""
        self.title = title
        self.minutes = 0

    @event("Spent")
    def spend(self, minutes: int, spent_on: str) -> None:
        """Book time."""
        del spent_on
        self.minutes += minutes


def load_seconds(place: Place) -> Arms:
    """Return three ways to load as long a stream, each measuring the seconds of one load."""
    database_url = place.database()
    stream = in_loop(_told(database_url))
    application, work_id = _library(place.empty_database())

    def library() -> float:
        repository = application.repository
        return _seconds(lambda: repository.get(work_id), lambda: None)

    return {
        "fold": lambda: in_loop(_read(database_url, stream, is_kept=False)),
        "snapshot": lambda: in_loop(_read(database_url, stream, is_kept=True)),
        "library": library,
    }


async def _told(database_url: str) -> UUID:
    """Tell a task of `LENGTH` events."""
    async with EventLog(database_url) as log:
        project_id, stream = await new_project(log), new_id()
        await send(log, task.DECIDER, stream, task.OpenTask(ProjectId(project_id), "Check the weld"))
        for number in range(LENGTH - 1):
            await send(log, task.DECIDER, stream, task.SpendTime(number % 60 + 1, BEGIN.date()))
    return stream


async def _read(database_url: str, stream: UUID, *, is_kept: bool) -> float:
    """Return the seconds of a load; unless one `is_kept`, its snapshot is dropped first, and so made anew."""
    with psycopg.connect(database_url, autocommit=True) as connection:

        def prepare() -> None:
            if not is_kept:
                connection.execute("DELETE FROM log.snapshot")

        async with EventLog(database_url) as log:
            return _seconds(lambda: log.read(task.DECIDER, stream), prepare)


def _seconds(load: Callable[[], object], prepare: Callable[[], object]) -> float:
    """Return the median of `TIMES` loads, after one to warm up."""
    taken: list[float] = []
    for _ in range(TIMES + 1):
        prepare()
        started = time.perf_counter()
        load()
        taken.append(time.perf_counter() - started)
    return median(taken[1:])


def _library(database_url: str) -> tuple[Application[UUID], UUID]:
    """Save as long an aggregate of the library's own."""
    application = Application[UUID](environment(database_url))
    work = Work("Check the weld")
    for number in range(LENGTH - 1):
        work.spend(number % 60 + 1, BEGIN.date().isoformat())
    application.save(work)
    return application, work.id
