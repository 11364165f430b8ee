"""Recorded forecasts: each a row, its hits as KPIs; and the clock that says when they are settled."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.project import ProjectClosed
from domain.project.forecasts import AssessForecasts, ForecastAssessed, ForecastComputed, ForecastOutcome
from domain.task import TaskCompleted
from projections import forecast_clock, forecasts
from projections.read_model import Wish
from tests.domain.test_forecasts import (
    DAY,
    DONE_HOW_MANY,
    DONE_WHEN,
    FRIDAY_IS_OVER,
    LAST,
    ONE,
    OTHER,
)
from tests.examples import MONDAY, NOON, PROJECT_OPENED
from tests.projections.folding import STREAM, only_row_after, seen

CLOCK, FORECASTS = forecast_clock.READ_MODEL, forecasts.READ_MODEL
REACHED = ForecastAssessed(
    ONE, 3, MONDAY + 2 * DAY, MONDAY + 2 * DAY, is_p50_met=False, is_p85_met=True, is_p95_met=True
)


def done(on: date) -> TaskCompleted:
    return TaskCompleted(NOON, on, None, None, 5, None, None)


def clock_after(*events: object) -> Any:
    return only_row_after(CLOCK, PROJECT_OPENED, *events)


def test_a_forecast_shows_what_was_promised_and_what_came_of_it() -> None:
    row = only_row_after(FORECASTS, DONE_WHEN)
    assert (row.forecast_id, row.remaining, row.p85_on, row.is_assessed) == (ONE, 3, MONDAY + 2 * DAY, False)
    assert list(forecasts.observe(row)) == []
    row = only_row_after(FORECASTS, DONE_WHEN, REACHED)
    assert (row.is_assessed, row.finished_count, row.reached_on) == (True, 3, MONDAY + 2 * DAY)
    said = {each.kpi: (each.day, each.is_met) for each in forecasts.observe(row)}
    assert said == {
        "forecast_hit_p50": (MONDAY + 2 * DAY, False),
        "forecast_hit_p85": (MONDAY + 2 * DAY, True),
        "forecast_hit_p95": (MONDAY + 2 * DAY, True),
    }


def test_nothing_comes_of_a_forecast_never_made() -> None:
    with pytest.raises(AssertionError):
        only_row_after(FORECASTS, REACHED)
    with pytest.raises(AssertionError):
        only_row_after(CLOCK, DONE_WHEN)


def test_what_is_finished_on_its_days_counts_until_all_are() -> None:
    on_its_days = [done(MONDAY + number * DAY) for number in range(3)]
    early, fourth = done(MONDAY - DAY), done(MONDAY + 3 * DAY)
    clock = clock_after(done(MONDAY), DONE_WHEN, early, *on_its_days[:2])
    (pending,) = clock.pending
    assert (pending.finished, pending.reached_on, clock.due_at) == (2, None, FRIDAY_IS_OVER)
    assert list(forecast_clock.react(seen(on_its_days[1]), clock)) == []
    clock = clock_after(DONE_WHEN, *on_its_days)
    outcome = AssessForecasts((ForecastOutcome(ONE, 3, MONDAY + 2 * DAY),))
    assert list(forecast_clock.react(seen(on_its_days[2]), clock)) == [Wish("project", STREAM, outcome, NOON)]
    assert list(forecast_clock.react(seen(PROJECT_OPENED), clock)) == []
    assert clock_after(DONE_WHEN, *on_its_days, fourth).pending == clock.pending
    assert clock_after(DONE_WHEN, *on_its_days, REACHED) == clock_after()


def test_those_whose_last_day_is_over_are_settled_together() -> None:
    later = replace(DONE_HOW_MANY, forecast_id=ONE, settles_at=FRIDAY_IS_OVER + timedelta(days=7))
    never = replace(DONE_WHEN, settles_at=None)
    clock = clock_after(later, DONE_HOW_MANY, done(MONDAY), done(LAST), done(LAST + DAY))
    assert clock.due_at == FRIDAY_IS_OVER
    outcome = AssessForecasts((ForecastOutcome(OTHER, 2, None),))
    assert forecast_clock.on_due(clock) == Wish("project", STREAM, outcome, FRIDAY_IS_OVER)
    with pytest.raises(AssertionError):
        forecast_clock.on_due(clock_after(never))


def test_a_closed_project_has_nothing_to_settle() -> None:
    made: ForecastComputed = DONE_WHEN
    assert clock_after(made, ProjectClosed()) == clock_after()
