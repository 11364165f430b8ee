"""Little's law over a window: whether work in progress agrees with throughput and cycle time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from psycopg.sql import SQL, Composable

from infra.reads import AsyncPool, fetch
from infra.work_in_progress import known

STATIONARY_CHANGE_SHARE_MAX: Final = 0.1

_DAY: Final = timedelta(days=1)
_STATEMENT: Final = SQL(
    "WITH flow AS ({}), spell AS ("
    " SELECT s.began_at, s.ended_at FROM flow, json_to_recordset(spells::json)"
    " AS s (began_at timestamptz, ended_at timestamptz)"
    " UNION ALL SELECT in_progress_since, NULL FROM flow WHERE in_progress_since IS NOT NULL)"
    " SELECT coalesce(sum(extract(epoch FROM least(ended_at, %(end)s) - greatest(began_at, %(begin)s))"
    "   / extract(epoch FROM %(end)s::timestamptz - %(begin)s)), 0)::float8,"
    " count(*) FILTER (WHERE began_at <= %(begin)s),"
    " count(*) FILTER (WHERE ended_at IS NULL OR ended_at > %(end)s),"
    " count(*) FILTER (WHERE ended_at > %(begin)s AND ended_at <= %(end)s),"
    " (avg(extract(epoch FROM ended_at - began_at) / 86400)"
    "   FILTER (WHERE ended_at > %(begin)s AND ended_at <= %(end)s))::float8"
    " FROM spell WHERE began_at <= %(end)s AND (ended_at IS NULL OR ended_at > %(begin)s)"
)


@dataclass(frozen=True, slots=True)
class LittlesLaw:
    """Little's law of tasks in progress over a window: L = λW (Little, 1961).

    A task is in progress from its start, or its reopening, until it is completed or cancelled: each such
    time is one item that arrives, stays and leaves.
    """

    began_at: Annotated[datetime, "Where the window begins, not counted itself (UTC)."]
    ended_at: Annotated[datetime, "Where the window ends (UTC)."]
    mean_work_in_progress: Annotated[float, "Tasks in progress, averaged over the time of the window."]
    work_in_progress_at_begin: Annotated[int, "Tasks in progress where the window begins."]
    work_in_progress_at_end: Annotated[int, "Tasks in progress where it ends."]
    finished_count: Annotated[int, "How many left in the window: completed or cancelled."]
    throughput_per_day: Annotated[float, "The same for each day of 24 hours."]
    mean_cycle_days: Annotated[
        float | None, "How many days of 24 hours those that left had stayed, on average; null without any."
    ]
    expected_work_in_progress: Annotated[
        float | None, "Throughput times cycle time: what the mean is by the law; null without a cycle time."
    ]
    is_stationary: Annotated[
        bool, "Whether work in progress changed by at most 10 % of its mean: only then does the law hold."
    ]
    difference_percent: Annotated[
        float | None, "By how much the law is missed, in percent of the mean; null where it does not hold."
    ]


async def littles_law(
    pool: AsyncPool,
    project_ids: Sequence[UUID] | None,
    window: tuple[datetime, datetime],
    known_at: int | None,
) -> LittlesLaw:
    """Return the check of Little's law in some projects (None: in all) from one instant to a later one.

    Only what was recorded up to the log position `known_at` counts (None: all).
    """
    begin, end = window
    condition: Composable = SQL("started_at <= %(end)s")
    if project_ids is not None:
        condition = SQL("{} AND project_id = ANY(%(project_ids)s)").format(condition)
    parameters: dict[str, Any] = {"begin": begin, "end": end, "project_ids": list(project_ids or ())}
    ((mean, first, last, finished, cycle_days),) = await fetch(
        pool, _STATEMENT.format(known(condition, known_at)), parameters
    )
    per_day = finished / ((end - begin) / _DAY)
    expected = None if cycle_days is None else per_day * cycle_days
    is_stationary = abs(last - first) <= STATIONARY_CHANGE_SHARE_MAX * mean
    does_hold = is_stationary and mean > 0 and expected is not None
    difference = 100 * (expected - mean) / mean if does_hold and expected is not None else None
    return LittlesLaw(
        begin, end, mean, first, last, finished, per_day, cycle_days, expected, is_stationary, difference
    )
