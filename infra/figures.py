"""Figures: a KPI over a window of days, now or as known at a position, and the observations behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, assert_never
from uuid import UUID

from psycopg.sql import SQL, Composable

from infra.reads import AsyncPool, fetch, view
from projections.kpis import Kpi, Measure

OBSERVATIONS_PAGE_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Window:
    """What a figure is asked over: days from `begin` to `end`, both included; `project_ids` None: of all.

    `known_at` is a log position: only what was recorded up to it counts; None means now.
    """

    kpi: Kpi
    begin: date
    end: date
    project_ids: tuple[UUID, ...] | None = None
    known_at: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and what it is made of. `value` is None where there is nothing to divide by.

    Percentiles are nearest-rank (PERCENTILE_DISC), in the KPI's unit, or hundredths of it where the measure
    says so; rates and shares have none.
    """

    begin: date
    value: float | None
    observation_count: int
    value_sum: int
    met_count: int
    missed_count: int
    p50: int | None
    p85: int | None
    p95: int | None


@dataclass(frozen=True, slots=True)
class Observed:
    """One observation behind a figure: what row `key` said on a day, true from one position to another."""

    key: UUID
    project_id: UUID | None
    name: str
    day: date
    value: int
    is_met: bool | None
    dimensions: str
    from_position: int
    to_position: int | None


AGGREGATES: Final = SQL(
    "count(*) AS number, coalesce(sum(value), 0)::int8 AS total,"
    " coalesce(sum(value) FILTER (WHERE is_met), 0)::int8 AS met_total,"
    " count(*) FILTER (WHERE is_met) AS met, count(*) FILTER (WHERE NOT is_met) AS missed, {}, {}, {}"
).format(
    *(
        SQL("percentile_disc({}) WITHIN GROUP (ORDER BY value) AS {}").format(share, name)
        for share, name in ((0.5, SQL("p50")), (0.85, SQL("p85")), (0.95, SQL("p95")))
    )
)
"""What a figure is made of, selected from observations."""


async def figures(pool: AsyncPool, window: Window, period: str | None) -> list[Figure]:
    """Return the figure of a window, or one for each period in it that has observations, the earliest first.

    `period` is day, week, month, quarter or year. It begins on its first day, a week on Monday; the
    first one's `begin` may lie before the window.
    """
    begin: Composable = SQL("%s::date")
    if period is not None:
        begin = SQL("date_trunc(%s, day)::date")
    condition, parameters = _condition(window)
    statement = SQL("SELECT {} AS begin, {} FROM {} WHERE {} GROUP BY 1 ORDER BY 1").format(
        begin, AGGREGATES, view(f"{window.kpi.model}_observation"), condition
    )
    found = await fetch(pool, statement, [period or window.begin, *parameters])
    if not found and period is None:
        found = [(window.begin, 0, 0, 0, 0, 0, None, None, None)]
    return [figure_of(window.kpi, row) for row in found]


def figure_of(kpi: Kpi, row: Sequence[Any]) -> Figure:
    """Return a KPI's figure of (first day, what `AGGREGATES` selects)."""
    begin, count, total, met_total, met, missed, *percentiles = row
    if kpi.measure in {Measure.RATE, Measure.SHARE}:
        percentiles = [None, None, None]
    match kpi.measure:
        case Measure.RATE:
            value = _quotient(100 * met, met + missed)
        case Measure.SHARE:
            value = _quotient(100 * met_total, total)
        case Measure.MEAN:
            value = _quotient(total, count)
        case Measure.MEAN_OF_HUNDREDTHS:
            value = _quotient(total, 100 * count)
        case Measure.TOTAL:
            value = float(total)
        case _:
            assert_never(kpi.measure)
    return Figure(begin, value, count, total, met, missed, *percentiles)


def _quotient(dividend: int, divisor: int) -> float | None:
    return dividend / divisor if divisor else None


async def observations(
    pool: AsyncPool, window: Window, *, first: int, after: tuple[str, str, str] | None = None
) -> tuple[list[Observed], bool]:
    """Return a page of the observations behind a figure, by day, row and name, and whether there are more.

    `after` is the (day, key, name) of the last one seen.
    """
    limit = min(first, OBSERVATIONS_PAGE_MAX)
    condition, parameters = _condition(window)
    if after is not None:
        condition = SQL("{} AND (day, key, name) > (%s::text::date, %s::text::uuid, %s::text)").format(
            condition
        )
        parameters += after
    statement = SQL(
        "SELECT key, project_id, name, day, value, is_met, dimensions, from_position, to_position FROM {}"
        " WHERE {} ORDER BY day, key, name LIMIT {}"
    ).format(view(f"{window.kpi.model}_observation"), condition, limit + 1)
    found = await fetch(pool, statement, parameters)
    return [Observed(*row) for row in found[:limit]], len(found) > limit


async def observation_count(pool: AsyncPool, window: Window) -> int:
    """Return how many observations are behind a figure."""
    condition, parameters = _condition(window)
    statement = SQL("SELECT count(*) FROM {} WHERE {}").format(
        view(f"{window.kpi.model}_observation"), condition
    )
    return int((await fetch(pool, statement, parameters))[0][0])


def _condition(window: Window) -> tuple[Composable, list[Any]]:
    parts = [SQL("kpi = %s AND day BETWEEN %s AND %s")]
    parameters: list[Any] = [window.kpi.code, window.begin, window.end]
    if window.project_ids is not None:
        parts.append(SQL("project_id = ANY(%s)"))
        parameters.append(list(window.project_ids))
    if window.known_at is None:
        parts.append(SQL("to_position IS NULL"))
    else:
        parts.append(SQL("from_position <= %s AND (to_position IS NULL OR to_position > %s)"))
        parameters += [window.known_at, window.known_at]
    return SQL(" AND ").join(parts), parameters
