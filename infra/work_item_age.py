"""The age of work in progress, item by item, against how long items took that were finished before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from psycopg.sql import SQL

from infra import figures
from infra.figures import Window
from infra.reads import AsyncPool, fetch
from infra.work_in_progress import in_progress
from projections.kpis import KPIS, KpiCode

BEFORE: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class WorkItemAge:
    """How old one task in progress is, since its first start."""

    task_id: Annotated[UUID, "The task."]
    started_at: Annotated[datetime, "When it was first started (UTC)."]
    age_minutes: Annotated[int, "Its age in elapsed minutes."]
    is_beyond_p50: Annotated[bool | None, "Older than the median cycle time; null where there is none."]
    is_beyond_p85: Annotated[bool | None, "Older than the 85th percentile of cycle times."]
    is_beyond_p95: Annotated[bool | None, "Older than the 95th percentile of cycle times."]


@dataclass(frozen=True, slots=True)
class WorkItemAges:
    """The tasks in progress at an instant, the oldest first, against the cycle times of the year before."""

    at: Annotated[datetime, "The instant (UTC)."]
    p50_cycle_minutes: Annotated[int | None, "Median cycle time by nearest rank; null without any finished."]
    p85_cycle_minutes: Annotated[int | None, "85th percentile of cycle times by nearest rank."]
    p95_cycle_minutes: Annotated[int | None, "95th percentile of cycle times by nearest rank."]
    total_count: Annotated[int, "How many tasks are in progress."]
    items: Annotated[tuple[WorkItemAge, ...], "A page of them."]
    next_item_number: Annotated[int | None, "Where the next page begins; null after the last."]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which projects (None: all), at which instant, as known at a log position (None: now)."""

    project_ids: tuple[UUID, ...] | None
    at: datetime
    known_at: int | None


async def work_item_ages(pool: AsyncPool, asked: Asked, *, first: int, skipped: int) -> WorkItemAges:
    """Return a page of the tasks in progress with their ages: `first` of them behind `skipped` older ones."""
    rows, parameters = in_progress(asked.project_ids, asked.at, asked.known_at)
    statement = SQL(
        "SELECT task_id, started_at, age, count(*) OVER () FROM ({}) aged"
        " ORDER BY age DESC, task_id LIMIT {} OFFSET {}"
    ).format(rows, first, skipped)
    found = await fetch(pool, statement, parameters)
    total = found[0][3] if found else await _count(pool, asked)
    percentiles = await _cycle_times(pool, asked)
    items = tuple(_item(row, percentiles) for row in found)
    beyond = skipped + len(items)
    return WorkItemAges(asked.at, *percentiles, total, items, beyond if items and beyond < total else None)


async def _count(pool: AsyncPool, asked: Asked) -> int:
    rows, parameters = in_progress(asked.project_ids, asked.at, asked.known_at)
    ((count,),) = await fetch(pool, SQL("SELECT count(*) FROM ({}) aged").format(rows), parameters)
    return int(count)


async def _cycle_times(pool: AsyncPool, asked: Asked) -> tuple[int | None, int | None, int | None]:
    """Return the percentiles of the cycle times of what was finished in the year before."""
    end = asked.at.date()
    window = Window(KPIS[KpiCode.CYCLE_TIME], end - BEFORE, end, asked.project_ids, asked.known_at)
    (found,) = await figures.figures(pool, window, None)
    return found.p50, found.p85, found.p95


def _item(row: Sequence[Any], percentiles: Sequence[int | None]) -> WorkItemAge:
    task_id, started_at, age, _ = row
    p50, p85, p95 = (None if each is None else age > each for each in percentiles)
    return WorkItemAge(task_id, started_at, age, p50, p85, p95)
