"""Restatements: which figures changed after they were first published, and the late events that changed them.

A figure of a period is first published when the period ends in its project's time zone: it is then what had
been recorded before that instant. A figure over several projects is published when the period ends in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from psycopg.sql import SQL, Composable

from domain.local_day import day_begins_at
from infra.figures import AGGREGATES, Figure, Window, figure_of
from infra.reads import AsyncPool, fetch, view

PERIODS_MAX: Final = 1_200
_STEPS_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_MADE_OF: Final = ("number", "total", "met_total", "met", "missed", "p50", "p85", "p95")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `begin` to `end`, both included; over at `ends_at` (aware UTC)."""

    begin: date
    end: date
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Restated:
    """A figure that is not what it was when published, at a log position (0: before the first event)."""

    period: Period
    published_at: int
    published: Figure
    known: Figure


def periods(begin: date, end: date, every: str, time_zone: str) -> list[Period]:
    """Return the whole periods that touch a window of days; at most `PERIODS_MAX`, and one more."""
    found: list[Period] = []
    first = _first_day(begin, every)
    while first <= end and len(found) <= PERIODS_MAX:
        following = _following(first, every)
        found.append(Period(first, following - timedelta(days=1), day_begins_at(following, time_zone)))
        first = following
    return found


def _first_day(day: date, every: str) -> date:
    if every == "day":
        return day
    if every == "week":
        return day - timedelta(days=day.weekday())
    step = _STEPS_MONTHS[every]
    return day.replace(month=(day.month - 1) // step * step + 1, day=1)


def _following(first: date, every: str) -> date:
    if every in {"day", "week"}:
        return first + timedelta(days=1 if every == "day" else 7)
    months = first.year * 12 + first.month - 1 + _STEPS_MONTHS[every]
    return date(months // 12, months % 12 + 1, 1)


async def published_at(pool: AsyncPool, over: Sequence[Period], not_before: int) -> list[int]:
    """Return the last position recorded before each period was over, `not_before` where that is later."""
    rows = await fetch(
        pool,
        SQL(
            "SELECT log.position_at(i - interval '1 microsecond') FROM unnest(%s::timestamptz[])"
            " WITH ORDINALITY AS t (i, n) ORDER BY n"
        ),
        [[each.ends_at for each in over]],
    )
    return [max(row[0], not_before) for row in rows]


async def restatements(
    pool: AsyncPool,
    window: Window,
    over: Sequence[Period],
    published: Sequence[int],
    *,
    first: int,
) -> tuple[list[Restated], bool]:
    """Return the first of these periods whose figure is not what was published, and whether there are more.

    `window.known_at` is what the published figures are compared with.
    """
    placed = dict(zip(over, published, strict=True))
    then, then_values = _figure(window, SQL("p.published"))
    now, now_values = _figure(window, SQL("p.known"))
    statement = SQL(
        "SELECT p.first, {}, {} FROM unnest(%s::date[], %s::date[], %s::int8[], %s::int8[])"
        " AS p (first, last, published, known), LATERAL ({}) a, LATERAL ({}) b"
        " WHERE ({}) IS DISTINCT FROM ({}) ORDER BY 1 LIMIT {}"
    ).format(_columns("a"), _columns("b"), then, now, _columns("a"), _columns("b"), first + 1)
    asked: list[list[Any]] = [
        [each.begin for each in over],
        [each.end for each in over],
        list(published),
        [window.known_at] * len(over),
    ]
    rows = await fetch(pool, statement, [*asked, *then_values, *now_values])
    of = {each.begin: each for each in over}
    width = len(_MADE_OF)
    return [
        Restated(
            of[begin],
            placed[of[begin]],
            figure_of(window.kpi, (begin, *made[:width])),
            figure_of(window.kpi, (begin, *made[width:])),
        )
        for begin, *made in rows[:first]
    ], len(rows) > first


def _columns(name: str) -> Composable:
    return SQL(", ").join(SQL(f"{name}.{each}") for each in _MADE_OF)  # pyright: ignore[reportArgumentType]


def _figure(window: Window, at: Composable) -> tuple[Composable, list[Any]]:
    """Return the statement of the figure of period `p` as known at `at`, and its parameters."""
    condition, parameters = _within(window)
    statement = SQL(
        "SELECT {} FROM {} WHERE {} AND day BETWEEN p.first AND p.last"
        " AND from_position <= {} AND (to_position IS NULL OR to_position > {})"
    ).format(AGGREGATES, view(f"{window.kpi.model}_observation"), condition, at, at)
    return statement, parameters


def _within(window: Window) -> tuple[Composable, list[Any]]:
    if window.project_ids is None:
        return SQL("kpi = %s"), [window.kpi.code]
    return SQL("kpi = %s AND project_id = ANY(%s)"), [window.kpi.code, list(window.project_ids)]


async def late_positions(
    pool: AsyncPool, window: Window, restated: Restated, *, first: int, after: int = 0
) -> list[int]:
    """Return the first positions behind `after` of events that changed a figure since it was published."""
    source, parameters = _late(window, restated)
    statement = SQL("SELECT DISTINCT position {} AND position > %s ORDER BY 1 LIMIT {}").format(source, first)
    return [int(row[0]) for row in await fetch(pool, statement, [*parameters, after])]


async def late_count(pool: AsyncPool, window: Window, restated: Restated) -> int:
    """Return how many events changed a figure since it was published."""
    source, parameters = _late(window, restated)
    rows = await fetch(pool, SQL("SELECT count(DISTINCT position) {}").format(source), parameters)
    return int(rows[0][0])


def _late(window: Window, restated: Restated) -> tuple[Composable, list[Any]]:
    condition, parameters = _within(window)
    source = SQL(
        "FROM (SELECT unnest(ARRAY[from_position, to_position]) AS position"
        " FROM {} WHERE {} AND day BETWEEN %s AND %s) o WHERE position > %s AND position <= %s"
    ).format(view(f"{window.kpi.model}_observation"), condition)
    period = restated.period
    between = [period.begin, period.end, restated.published_at, window.known_at]
    return source, [*parameters, *between]
