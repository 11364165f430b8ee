"""The availability of a project over days: its outages and maintenance read, the rest is arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any, Final
from uuid import UUID

from psycopg.sql import SQL, Composable

from domain.availability import BASIS_POINTS, Interval, outcome
from domain.local_day import day_begins_at
from infra.reads import AsyncPool, fetch, view
from projections.service_levels import AvailabilityObjective


@dataclass(frozen=True, slots=True)
class AvailabilityPeriod:
    """The availability over one period, in whole seconds; planned maintenance leaves both sides of it."""

    begins_on: Annotated[date, "Its first day, in the project's time zone."]
    ends_on: Annotated[date, "Its last day."]
    total_seconds: Annotated[int, "How long it is as a whole."]
    maintenance_seconds: Annotated[int, "Planned maintenance in it as a whole."]
    observed_seconds: Annotated[int, "What has passed of it by the moment asked for, without maintenance."]
    downtime_seconds: Annotated[
        int, "How much of that there was an outage in: several at once count once, maintenance does not."
    ]
    availability_percent: Annotated[
        float | None, "(observed - downtime) / observed x 100; null where nothing was observed."
    ]
    objective_percent: Annotated[
        float | None, "The availability aimed at when it ends, or at the moment asked for; null if none."
    ]
    is_met: Annotated[bool | None, "Whether the objective is reached so far; null if there is none."]
    error_budget_seconds: Annotated[
        int | None, "(total - maintenance) x (1 - objective): 12960 of 30 days at 99.5 %; null if none."
    ]
    error_budget_left_seconds: Annotated[
        int | None, "What is left of it; below 0 when more was down than the objective allows."
    ]


@dataclass(frozen=True, slots=True)
class Availability:
    """The availability of a project over a window of days and over each calendar month in it."""

    until_at: Annotated[datetime, "The moment it is seen from (UTC): an outage going on then counts so far."]
    whole: Annotated[AvailabilityPeriod, "Over the whole window."]
    months: Annotated[tuple[AvailabilityPeriod, ...], "Over the part of each month that lies in it."]


@dataclass(frozen=True, slots=True)
class Service:
    """The project asked about: its time zone and the objectives it had."""

    project_id: UUID
    time_zone: str
    objectives: tuple[AvailabilityObjective, ...]


async def availability(
    pool: AsyncPool, service: Service, days: tuple[date, date], until: datetime, known_at: int | None
) -> Availability:
    """Return the availability over days, both included, by an instant, as known at a position (None: now)."""
    window = _window(service, days)
    outages = await _intervals(pool, "outages", service.project_id, window, known_at)
    maintenance = await _intervals(pool, "maintenance_windows", service.project_id, window, known_at)

    def over(begins_on: date, ends_on: date) -> AvailabilityPeriod:
        period = _window(service, (begins_on, ends_on))
        seen = outcome(period, until, outages, maintenance)
        objective = in_force(service.objectives, min(until, period.end))
        budget = None if objective is None else seen.error_budget_seconds(objective)
        return AvailabilityPeriod(
            begins_on,
            ends_on,
            seen.total_seconds,
            seen.maintenance_seconds,
            seen.observed_seconds,
            seen.downtime_seconds,
            seen.availability_percent,
            objective_percent=None if objective is None else 100 * objective / BASIS_POINTS,
            is_met=None if objective is None else seen.is_met(objective),
            error_budget_seconds=budget,
            error_budget_left_seconds=None if budget is None else budget - seen.downtime_seconds,
        )

    return Availability(until, over(*days), tuple(over(*month) for month in months_of(*days)))


def in_force(objectives: Sequence[AvailabilityObjective], at: datetime) -> int | None:
    """Return the objective in force at an instant, in basis points; None before the first."""
    so_far = [each for each in objectives if each.since_at <= at]
    return max(so_far, key=lambda each: each.since_at).basis_points if so_far else None


def months_of(begins_on: date, ends_on: date) -> list[tuple[date, date]]:
    """Return (first, last) day of the part of each calendar month that lies in a window of days."""
    begun = begins_on.month
    months = range(begun, begun + (ends_on.year - begins_on.year) * 12 + ends_on.month - begun)
    following = (date(begins_on.year + n // 12, n % 12 + 1, 1) for n in months)
    firsts = [begins_on, *following, ends_on + timedelta(days=1)]
    return [(first, after - timedelta(days=1)) for first, after in pairwise(firsts)]


def _window(service: Service, days: tuple[date, date]) -> Interval:
    first, last = days
    after = last + timedelta(days=1)
    return Interval(day_begins_at(first, service.time_zone), day_begins_at(after, service.time_zone))


_COLUMNS: Final[Mapping[str, tuple[Composable, Composable]]] = {
    "outages": (SQL("started_at, ended_at"), SQL("true")),
    "maintenance_windows": (SQL("starts_at, ends_at"), SQL("NOT is_cancelled")),
}


async def _intervals(
    pool: AsyncPool, model: str, project_id: UUID, window: Interval, known_at: int | None
) -> list[Interval]:
    """Return the outages or the maintenance not called off that touch a window; an open end is its end."""
    columns, condition = _COLUMNS[model]
    sources: list[tuple[Composable, Composable]] = [(view(model), SQL("true"))]
    if known_at is not None:
        sources = [
            (view(model), SQL("from_position <= {}").format(known_at)),
            (
                view(f"{model}_history"),
                SQL("from_position <= {} AND to_position > {}").format(known_at, known_at),
            ),
        ]
    parts = [
        SQL("SELECT {} FROM {} WHERE project_id = %s AND {} AND {}").format(columns, table, condition, known)
        for table, known in sources
    ]
    statement = SQL(
        "SELECT begins, coalesce(ends, %s) FROM ({}) i (begins, ends)"
        " WHERE begins < %s AND coalesce(ends, %s) > %s"
    ).format(SQL(" UNION ALL ").join(parts))
    ends: list[Any] = [window.end, window.end, window.begin]
    found = await fetch(pool, statement, [window.end, *[project_id] * len(parts), *ends])
    return [Interval(begin, end) for begin, end in found]
