"""Work in progress, at any instant and over any window: what a count over the raw events comes to."""

import asyncio
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from itertools import combinations, pairwise
from statistics import fmean
from typing import Any
from uuid import UUID

import pytest

from domain import task
from domain.recorded import Recorded
from infra.littles_law import LittlesLaw, littles_law
from infra.reads import reads_pool
from infra.work_in_progress import WorkInProgress, work_in_progress
from tests.examples import DAY, MINUTE
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


@dataclass(frozen=True, slots=True)
class Told:
    """A database whose rows show a story, and the story's events."""

    url: str
    log: Sequence[Recorded[Any]]

    @property
    def instants(self) -> Sequence[datetime]:
        return [each.occurred_at for each in self.log[:: len(self.log) // 12]]


@pytest.fixture(scope="module")
def story(databases: Databases) -> Told:
    url = databases.create()
    log = recorded(told(url, Story(seed=21, projects=2), 300))
    ready(url)
    return Told(url, log)


def test_it_is_the_count_over_the_events_at_any_instant_as_known_at_any_position(story: Told) -> None:
    log, instants = story.log, story.instants

    async def ask() -> set[int]:
        counts: set[int] = set()
        async with reads_pool(story.url) as pool:
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


def checked(log: Sequence[Recorded[Any]], window: tuple[datetime, datetime]) -> LittlesLaw:
    """Return the law over a window, with the mean summed up from one change to the next."""
    begin, end = window
    changes = sorted({begin, end, *(each.occurred_at for each in log if begin < each.occurred_at < end)})
    spans = list(pairwise(changes))
    mean = sum(len(ages(log, since)) * ((until - since) / (end - begin)) for since, until in spans)
    began: dict[UUID, datetime] = {}
    stays: list[float] = []
    for each in (each for each in log if each.occurred_at <= end):
        is_back = isinstance(each.event, task.TaskReopened) and each.stream in began
        if is_back or isinstance(each.event, task.TaskStarted):
            began[each.stream] = each.occurred_at
        elif isinstance(each.event, task.TaskCompleted) and each.stream in began and each.occurred_at > begin:
            stays.append((each.occurred_at - began[each.stream]) / DAY)
    first, last = len(ages(log, begin)), len(ages(log, end))
    per_day, cycle = len(stays) / ((end - begin) / DAY), fmean(stays) if stays else None
    by_law = None if cycle is None else per_day * cycle
    holds = abs(last - first) <= mean / 10
    missed = 100 * (by_law - mean) / mean if holds and mean and by_law is not None else None
    return LittlesLaw(begin, end, mean, first, last, len(stays), per_day, cycle, by_law, holds, missed)


def test_littles_law_is_checked_over_any_window_as_known_at_any_position(story: Told) -> None:
    log, instants = story.log, story.instants
    edges = (instants[0] - MINUTE, *instants[::3], instants[-1] + DAY)

    async def ask() -> set[bool]:
        held: set[bool] = set()
        async with reads_pool(story.url) as pool:
            for window in combinations(edges, 2):
                for known_at in (None, len(log) // 2):
                    known = log if known_at is None else log[:known_at]
                    found = await littles_law(pool, None, window, known_at)
                    assert astuple(found)[:2] == window
                    assert astuple(found)[2:] == pytest.approx(astuple(checked(known, window))[2:])
                    held.add(found.is_stationary)
        return held

    assert asyncio.run(ask()) == {True, False}


def test_littles_law_says_nothing_of_no_work(story: Told) -> None:
    async def ask() -> LittlesLaw:
        async with reads_pool(story.url) as pool:
            return await littles_law(pool, (), (story.instants[0], story.instants[-1]), None)

    found = asyncio.run(ask())
    assert (found.mean_work_in_progress, found.finished_count, found.throughput_per_day) == (0, 0, 0)
    assert found.mean_cycle_days is found.expected_work_in_progress is found.difference_percent is None
