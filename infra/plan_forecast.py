"""The forecast of a plan: when each open task is finished, and its chance to be so by its due day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Final
from uuid import UUID

from domain.calendar import WorkingCalendar, add_working_minutes, working_minutes_between
from domain.errors import Refusal
from domain.project import Project
from domain.project.plan import LagUnit, Link
from infra import forecast_inputs
from infra.forecast_inputs import OpenTask
from infra.forecasting import ForecastInputs, ForecastStatus, Question, computed, midnight
from infra.serving import Serving
from projections.forecast.chance import Percentiles
from projections.forecast.network import (
    CELLS_MAX,
    TASKS_MAX,
    PlannedLink,
    PlannedTask,
    Simulated,
    simulate,
)
from projections.forecast.ratios import Learnt, PastTask

WEEK_MINUTES: Final = 7 * 24 * 60
LATEST_MINUTES: Final = 5_256_000
"""Working minutes beyond which no day is named."""
LEARNT_MAX: Final = 4
"""Answers kept of what tasks teach: at a position all projects share one."""


class TooMuchToForecast(Refusal):
    """The plan has too many tasks, or too many for so many runs."""

    sentence = f"A forecast has {TASKS_MAX:,} tasks at most, and tasks times runs at most {CELLS_MAX:,}."


@dataclass(frozen=True, slots=True)
class TaskForecast:
    """When one open task is finished; all null for one without an estimate, or beyond what can be named."""

    task_id: Annotated[UUID, "The task's id."]
    title: Annotated[str, "Its title."]
    due_on: Annotated[date | None, "Its due day in the project's time zone."]
    p50_at: Annotated[datetime | None, "Finished by then in half of the runs (UTC)."]
    p85_at: Annotated[datetime | None, "Finished by then in 85 percent of the runs (UTC)."]
    p95_at: Annotated[datetime | None, "Finished by then in 95 percent of the runs (UTC)."]
    due_chance_percent: Annotated[
        float | None, "In how many percent of the runs it is finished by the end of its due day."
    ]


@dataclass(frozen=True, slots=True)
class PlanForecast:
    """When the open tasks of a project are finished, by links, people and what estimates were worth."""

    status: Annotated[ForecastStatus, "Whether there is one, or why not."]
    p50_at: Annotated[datetime | None, "All that is estimated is finished by then in half of the runs (UTC)."]
    p85_at: Annotated[datetime | None, "The same in 85 percent of the runs (UTC)."]
    p95_at: Annotated[datetime | None, "The same in 95 percent of the runs (UTC)."]
    task_count: Annotated[int, "How many tasks are open, summary tasks aside."]
    unestimated_count: Annotated[int, "How many of them have no estimate: they take no time here."]
    tasks: Annotated[tuple[TaskForecast, ...], "A page of the open tasks, those due first at the top."]
    next_task_number: Annotated[int | None, "Where the next page begins; null after the last."]
    inputs: Annotated[ForecastInputs, "What it was made from."]


@dataclass(frozen=True, slots=True)
class Page:
    """Which of the tasks are shown: how many, from which on (0 is the first)."""

    first: int
    skipped: int


@dataclass(frozen=True, slots=True)
class _Clock:
    """Working minutes from a first day on, as instants and back."""

    calendar: WorkingCalendar
    begin: datetime

    def at(self, minutes: int) -> datetime | None:
        """Return the instant after so many working minutes."""
        return None if minutes > LATEST_MINUTES else add_working_minutes(self.calendar, self.begin, minutes)

    def until(self, end: datetime) -> int:
        """Return the working minutes until an instant, below 0 where it has passed."""
        return working_minutes_between(self.calendar, self.begin, end)


@lru_cache(maxsize=LEARNT_MAX)
def _learnt(lessons: tuple[PastTask, ...]) -> Learnt:
    """Return what tasks teach: the same ones teach the same, so that they are gone through once."""
    return Learnt(lessons)


async def plan(serving: Serving, question: Question, page: Page) -> PlanForecast:
    """Return when the open tasks of a project are finished; raise `TooMuchToForecast`."""
    project = await forecast_inputs.plan_of(serving.pool, serving.codec, question.project_id, question.at)
    tasks = await forecast_inputs.open_tasks(serving.pool, question.project_id, question.at)
    if len(tasks) > TASKS_MAX or len(tasks) * question.runs > CELLS_MAX:
        raise TooMuchToForecast(field="runs")
    lessons = tuple(await forecast_inputs.lessons(serving.pool, question.at))
    learnt = await computed(lambda: _learnt(lessons))
    inputs = ForecastInputs(question.at, question.from_on, question.seed, question.runs, 0, learnt.count, 0)
    unestimated = sum(each.estimate_minutes is None for each in tasks)
    status = _status(learnt, tasks)
    if status is not ForecastStatus.COMPUTED:
        return PlanForecast(status, None, None, None, len(tasks), unestimated, (), None, inputs)
    calendar = project.calendar_of(None)
    clock = _Clock(calendar, midnight(calendar, question.from_on))

    def compute() -> PlanForecast:
        planned = [_planned(each, str(question.project_id), clock) for each in tasks]
        found = simulate(planned, _links(project, tasks), learnt, seed=question.seed, runs=question.runs)
        shown = sorted(tasks, key=lambda one: (one.due_on or date.max, one.opened_at, one.task_id))
        shown = shown[page.skipped : page.skipped + page.first]
        beyond = page.skipped + page.first
        return PlanForecast(
            status,
            *_instants(found.whole(), clock),
            len(tasks),
            unestimated,
            _forecasts(shown, found, clock),
            beyond if beyond < len(tasks) else None,
            inputs,
        )

    return await computed(compute)


def _status(learnt: Learnt, tasks: Sequence[OpenTask]) -> ForecastStatus:
    if not any(each.estimate_minutes for each in tasks):
        return ForecastStatus.NOTHING_OPEN
    return ForecastStatus.COMPUTED if learnt.is_history else ForecastStatus.NO_HISTORY


def _planned(task: OpenTask, project: str, clock: _Clock) -> PlannedTask:
    age = None if task.started_at is None else max(0, -clock.until(task.started_at))
    urgency = ((task.due_on or date.max).isoformat(), task.opened_at.isoformat())
    people = tuple(sorted(map(str, task.assignee_ids)))
    estimate = task.estimate_minutes or 0
    return PlannedTask(str(task.task_id), project, people, estimate, task.spent_minutes, age, urgency)


def _links(project: Project, tasks: Sequence[OpenTask]) -> list[PlannedLink]:
    """Return the links, sorted; an elapsed lag counts as the working time that is in it on average."""
    share = _working_share(project.calendar_of(None))
    estimates = {each.task_id: each.estimate_minutes or 0 for each in tasks}
    return [
        PlannedLink(str(before), str(after), link.kind, _lag(link, share, estimates.get(before, 0)))
        for before, each in sorted(project.plan.links.items())
        for after, link in sorted(each.items())
    ]


def _lag(link: Link, share: float, estimate_minutes: int) -> int:
    if link.lag_percent is not None:
        return round(estimate_minutes * link.lag_percent / 100)
    return round(link.lag_minutes * share) if link.lag_unit is LagUnit.ELAPSED else link.lag_minutes


def _working_share(calendar: WorkingCalendar) -> float:
    week = [shift.end_minute - shift.start_minute for day in calendar.week for shift in day]
    return sum(week) / WEEK_MINUTES


def _forecasts(shown: Sequence[OpenTask], found: Simulated, clock: _Clock) -> tuple[TaskForecast, ...]:
    names = {str(each.task_id) for each in shown if each.estimate_minutes is not None}
    percentiles = found.percentiles(names)
    limits = {
        str(each.task_id): clock.until(midnight(clock.calendar, each.due_on + timedelta(days=1)))
        for each in shown
        if each.due_on is not None and each.estimate_minutes is not None
    }
    chances = found.chances(limits)
    return tuple(_forecast(each, percentiles, chances, clock) for each in shown)


def _forecast(
    task: OpenTask,
    percentiles: Mapping[str, Percentiles[int]],
    chances: Mapping[str, float],
    clock: _Clock,
) -> TaskForecast:
    name = str(task.task_id)
    chance = chances.get(name)
    known = percentiles.get(name)
    instants = (None, None, None) if known is None else _instants(known, clock)
    return TaskForecast(
        task.task_id, task.title, task.due_on, *instants, None if chance is None else round(100 * chance, 2)
    )


def _instants(
    minutes: Percentiles[int], clock: _Clock
) -> tuple[datetime | None, datetime | None, datetime | None]:
    return clock.at(minutes.p50), clock.at(minutes.p85), clock.at(minutes.p95)
