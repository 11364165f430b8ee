"""Forecasts of a project as of a position: inputs read, runs computed in a thread of their own, answered.

The same project, position, first day, seed and runs give the same answer for ever: nothing else goes into it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice, takewhile
from typing import Annotated, Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.calendar import WorkingCalendar
from infra import forecast_inputs
from infra.serving import Serving
from projections.forecast import throughput
from projections.forecast.chance import Percentiles
from projections.forecast.throughput import BLOCK_DAYS, DRAWN_DAYS, WINDOW_DAYS, Draw
from projections.forecast.working_days import backward, finished_by_day, forward

THREADS_MAX: Final = 2
_COMPUTING: Final = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="forecast")
T = TypeVar("T")


class ForecastStatus(StrEnum):
    """Whether there is a forecast: computed, or why there is none and so no number."""

    COMPUTED = "computed"
    NO_HISTORY = "no_history"
    NOTHING_OPEN = "nothing_open"


@dataclass(frozen=True, slots=True)
class Question:
    """What a forecast is asked about: a project, as of a position, from a day on, with seed and runs."""

    project_id: UUID
    at: int
    from_on: date
    seed: int
    runs: int


@dataclass(frozen=True, slots=True)
class ForecastInputs:
    """What a forecast was made from: given again, with the position as asOf, the same numbers come out."""

    position: Annotated[int, "The log position up to which everything was known."]
    from_on: Annotated[date, "The first day that is forecast, in the project's time zone."]
    seed: Annotated[int, "What the draws began with."]
    runs: Annotated[int, "How many runs were made."]
    sample_days: Annotated[int, "Past working days drawn from, those without anything finished included."]
    sample_items: Annotated[int, "Items finished on them, or past tasks learnt from."]
    block_days: Annotated[int, "Consecutive days drawn at a time; 0 where no days are drawn."]


@dataclass(frozen=True, slots=True)
class WhenForecast:
    """By when so many items are finished: the last day of each, by nearest rank; null beyond ten years."""

    status: Annotated[ForecastStatus, "Whether there is one, or why not."]
    remaining: Annotated[int, "How many items are to be finished."]
    p50_on: Annotated[date | None, "Finished by this day in half of the runs."]
    p85_on: Annotated[date | None, "Finished by this day in 85 percent of the runs."]
    p95_on: Annotated[date | None, "Finished by this day in 95 percent of the runs."]
    p50_days: Annotated[int | None, "The same in working days."]
    p85_days: Annotated[int | None, "The same in working days."]
    p95_days: Annotated[int | None, "The same in working days."]
    inputs: Annotated[ForecastInputs, "What it was made from."]


@dataclass(frozen=True, slots=True)
class HowManyForecast:
    """How many items are finished by a day: at least so many, the lower tail, by nearest rank."""

    status: Annotated[ForecastStatus, "Whether there is one, or why not."]
    by_on: Annotated[date, "The last day that counts."]
    days: Annotated[int, "Working days until then, both ends counted."]
    p50_count: Annotated[int | None, "At least so many in half of the runs."]
    p85_count: Annotated[int | None, "At least so many in 85 percent of the runs."]
    p95_count: Annotated[int | None, "At least so many in 95 percent of the runs."]
    inputs: Annotated[ForecastInputs, "What it was made from."]


@dataclass(frozen=True, slots=True)
class FanDay:
    """One working day of a fan: how many items are finished at least by its end."""

    on: Annotated[date, "The day."]
    p50_count: Annotated[int, "At least so many in half of the runs."]
    p85_count: Annotated[int, "At least so many in 85 percent of the runs."]
    p95_count: Annotated[int, "At least so many in 95 percent of the runs."]


@dataclass(frozen=True, slots=True)
class ForecastFan:
    """How many items are finished by each of the next working days."""

    status: Annotated[ForecastStatus, "Whether there is one, or why not."]
    days: Annotated[tuple[FanDay, ...], "The days, the earliest first; none without a forecast."]
    inputs: Annotated[ForecastInputs, "What it was made from."]


@dataclass(frozen=True, slots=True)
class _Past:
    """A project's calendar and what it finished on its past working days."""

    calendar: WorkingCalendar
    finished: list[int]
    inputs: ForecastInputs

    @property
    def status(self) -> ForecastStatus:
        """Say whether there is enough history."""
        is_enough = throughput.is_history(self.finished)
        return ForecastStatus.COMPUTED if is_enough else ForecastStatus.NO_HISTORY


async def when(serving: Serving, question: Question, remaining: int | None) -> WhenForecast:
    """Return by when a project has finished so many more items; None stands for all that are open."""
    if remaining is None:
        remaining = await forecast_inputs.open_count(serving.pool, question.project_id, question.at)
    past = await _past(serving, question)
    if past.status is not ForecastStatus.COMPUTED or not remaining:
        status = ForecastStatus.NOTHING_OPEN if not remaining else past.status
        return WhenForecast(status, remaining, None, None, None, None, None, None, past.inputs)
    draw = Draw(question.seed, question.runs)
    found = await computed(lambda: throughput.when([past.finished], [remaining], draw))
    p50, p85, p95 = (
        None if each is None else nth_day(past.calendar, question.from_on, each)
        for each in (found.p50, found.p85, found.p95)
    )
    return WhenForecast(past.status, remaining, p50, p85, p95, found.p50, found.p85, found.p95, past.inputs)


async def how_many(serving: Serving, question: Question, by_on: date) -> HowManyForecast:
    """Return how many items a project finishes from its first day to another, at most ten years later."""
    past = await _past(serving, question)
    days = sum(1 for _ in takewhile(by_on.__ge__, forward(past.calendar, question.from_on)))
    if past.status is not ForecastStatus.COMPUTED:
        return HowManyForecast(past.status, by_on, days, None, None, None, past.inputs)
    draw = Draw(question.seed, question.runs)
    found = Percentiles(0, 0, 0)
    if days:
        found = await computed(lambda: throughput.how_many(past.finished, days, draw))
    return HowManyForecast(past.status, by_on, days, found.p50, found.p85, found.p95, past.inputs)


async def fan(serving: Serving, question: Question, days: int) -> ForecastFan:
    """Return how many items a project finishes by each of its next working days."""
    past = await _past(serving, question)
    if past.status is not ForecastStatus.COMPUTED:
        return ForecastFan(past.status, (), past.inputs)
    draw = Draw(question.seed, question.runs)
    found = await computed(lambda: throughput.fan(past.finished, days, draw))
    ahead = forward(past.calendar, question.from_on)
    shown = (
        FanDay(day, each.p50, each.p85, each.p95)
        for day, each in zip(islice(ahead, days), found, strict=True)
    )
    return ForecastFan(past.status, tuple(shown), past.inputs)


async def computed(compute: Callable[[], T]) -> T:
    """Return what a function returns that is long under way, without holding up anything else."""
    return await asyncio.get_running_loop().run_in_executor(_COMPUTING, compute)


def nth_day(calendar: WorkingCalendar, first: date, number: int) -> date:
    """Return the working day with a number, 1 for the first of them from a day on."""
    return next(islice(forward(calendar, first), number - 1, None))


def midnight(calendar: WorkingCalendar, day: date) -> datetime:
    """Return when a day begins in the calendar's zone."""
    return datetime.combine(day, time(), ZoneInfo(calendar.time_zone))


async def _past(serving: Serving, question: Question) -> _Past:
    project = await forecast_inputs.plan_of(serving.pool, serving.codec, question.project_id, question.at)
    calendar = project.calendar_of(None)
    opened_on = project.local_day(project.charter.opened_at)
    window = [day for day in backward(calendar, question.from_on, WINDOW_DAYS) if day >= opened_on]
    if not window:
        return _Past(calendar, [], _inputs(question, 0, 0))
    span = window[0], question.from_on - timedelta(days=1)
    done = await forecast_inputs.finished_on(serving.pool, question.project_id, span, question.at)
    finished = finished_by_day(window, done)
    return _Past(
        calendar, finished, _inputs(question, len(finished[-DRAWN_DAYS:]), sum(finished[-DRAWN_DAYS:]))
    )


def _inputs(question: Question, days: int, items: int) -> ForecastInputs:
    return ForecastInputs(
        question.at, question.from_on, question.seed, question.runs, days, items, BLOCK_DAYS
    )
