"""Work in progress: at any instant, as known at any position, what a count over the raw events comes to."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from statistics import fmean
from typing import Any
from uuid import UUID

from domain import task
from domain.recorded import Recorded
from infra.reads import reads_pool
from infra.work_in_progress import WorkInProgress, work_in_progress
from tests.examples import MINUTE
from tests.infra.story import Story, ready, recorded, told
from tests.services import Databases


def ages(log: Sequence[Recorded[Any]], at: datetime) -> dict[UUID, int]:
    """Return the ages in minutes of the tasks in progress at an instant: a story's times never step back."""
    started: dict[UUID, datetime] = {}
    ended: set[UUID] = set()
    for each in log:
        if each.occurred_at > at:
            break
        if isinstance(each.event, task.TaskStarted):
            started.setdefault(each.stream, each.occurred_at)
        elif isinstance(each.event, task.TaskCompleted):
            ended.add(each.stream)
        elif isinstance(each.event, task.TaskReopened):
            ended.discard(each.stream)
    return {stream: (at - since) // MINUTE for stream, since in started.items() if stream not in ended}


def expected(log: Sequence[Recorded[Any]], at: datetime) -> WorkInProgress:
    of = ages(log, at)
    if not of:
        return WorkInProgress(at, 0, None, None, None, None, None, None)
    ranked = sorted(of.values())
    p50, p85, p95 = (ranked[-(-share * len(ranked) // 100) - 1] for share in (50, 85, 95))
    oldest = min(stream for stream, age in of.items() if age == ranked[-1])
    return WorkInProgress(at, len(of), fmean(ranked), p50, p85, p95, ranked[-1], oldest)


def test_it_is_the_count_over_the_events_at_any_instant_as_known_at_any_position(
    databases: Databases,
) -> None:
    url = databases.create()
    log = recorded(told(url, Story(seed=21, projects=2), 300))
    ready(url)
    instants = [each.occurred_at for each in log[:: len(log) // 12]]

    async def ask() -> set[int]:
        counts: set[int] = set()
        async with reads_pool(url) as pool:
            for at in (*instants, instants[0] - MINUTE):
                for known_at in (None, *range(0, len(log) + 1, len(log) // 6)):
                    known = log if known_at is None else log[:known_at]
                    found = await work_in_progress(pool, None, at, known_at)
                    assert found == expected(known, at)
                    counts.add(found.count)
                for project in {each.key for each in log}:
                    own = [each for each in log if each.key == project]
                    assert await work_in_progress(pool, (project,), at, None) == expected(own, at)
                assert (await work_in_progress(pool, (), at, None)).count == 0
        return counts

    assert len(asyncio.run(ask())) > 3
