"""What may be forecast, what is recorded of it, and when it is settled."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed
from domain.project.forecasts import (
    UNSETTLED_MAX,
    AssessForecasts,
    ForecastAssessed,
    ForecastComputed,
    ForecastFigures,
    ForecastKind,
    ForecastOutcome,
    NoHistory,
    RequestForecast,
    TooManyForecasts,
    UnknownForecast,
)
from tests.examples import MONDAY, PROJECT_STORY
from tests.spec import given

DAY = timedelta(days=1)
ONE, OTHER = UUID(int=501), UUID(int=502)
LAST = MONDAY + 4 * DAY
FIGURES = ForecastFigures(7, MONDAY, 3, 20, 15, 10, 2, 3, 5, MONDAY + DAY, MONDAY + 2 * DAY, LAST)
COUNTS = replace(FIGURES, remaining=None, p50=9, p85=6, p95=4, p50_on=None, p85_on=None, p95_on=None)
WHEN = RequestForecast(ONE, ForecastKind.WHEN, 7, 100, MONDAY, 3, None, FIGURES)
HOW_MANY = RequestForecast(OTHER, ForecastKind.HOW_MANY, 7, 100, MONDAY, None, LAST, COUNTS)
FRIDAY_IS_OVER = datetime(2026, 3, 6, 23, tzinfo=UTC)
DONE_WHEN = ForecastComputed(ONE, ForecastKind.WHEN, 7, 100, None, FIGURES, FRIDAY_IS_OVER)
DONE_HOW_MANY = ForecastComputed(OTHER, ForecastKind.HOW_MANY, 7, 100, LAST, COUNTS, FRIDAY_IS_OVER)


def test_a_forecast_is_recorded_once_and_settles_when_its_last_day_is_over_where_the_project_is() -> None:
    assert given(*PROJECT_STORY).when(WHEN) == [DONE_WHEN]
    assert given(*PROJECT_STORY, DONE_WHEN).when(WHEN) == []
    assert given(*PROJECT_STORY).when(HOW_MANY) == [DONE_HOW_MANY]
    given(*PROJECT_STORY, DONE_WHEN).when(replace(WHEN, seed=8)).refused(AlreadyExists, field="forecastId")


def test_one_without_history_is_refused_and_one_beyond_ten_years_never_settles() -> None:
    given(*PROJECT_STORY).when(replace(WHEN, figures=None)).refused(NoHistory)
    endless = replace(FIGURES, p95=None, p95_on=None)
    assert given(*PROJECT_STORY).when(replace(WHEN, figures=endless)) == [
        replace(DONE_WHEN, figures=endless, settles_at=None)
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"seed": -1}, "seed"),
        ({"runs": 0}, "runs"),
        ({"runs": 100_001}, "runs"),
        ({"remaining": 0}, "remaining"),
        ({"by_on": LAST}, "byOn"),
        ({"kind": ForecastKind.HOW_MANY}, "byOn"),
        ({"kind": ForecastKind.HOW_MANY, "by_on": LAST}, "remaining"),
        ({"from_on": date(1, 1, 1)}, "fromOn"),
    ],
)
def test_a_malformed_request_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as refused:
        replace(WHEN, **changes)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("reached_on", "counted_on", "met"),
    [
        (MONDAY + DAY, MONDAY + DAY, (True, True, True)),
        (MONDAY + 2 * DAY, MONDAY + 2 * DAY, (False, True, True)),
        (MONDAY + 3 * DAY, MONDAY + 3 * DAY, (False, False, True)),
        (None, LAST, (False, False, False)),
    ],
)
def test_when_is_met_by_the_days_on_or_after_the_one_it_was_reached(
    reached_on: date | None, counted_on: date, met: tuple[bool, bool, bool]
) -> None:
    outcome = AssessForecasts((ForecastOutcome(ONE, 3, reached_on),))
    assessed = ForecastAssessed(ONE, 3, reached_on, counted_on, *met)
    assert given(*PROJECT_STORY, DONE_WHEN).when(outcome) == [assessed]
    assert given(*PROJECT_STORY, DONE_WHEN, assessed).when(outcome) == []


def test_how_many_is_met_by_the_numbers_that_were_reached() -> None:
    outcome = AssessForecasts((ForecastOutcome(OTHER, 6, None),))
    assessed = ForecastAssessed(OTHER, 6, None, LAST, is_p50_met=False, is_p85_met=True, is_p95_met=True)
    assert given(*PROJECT_STORY, DONE_HOW_MANY).when(outcome) == [assessed]


def test_a_project_has_so_many_unsettled_forecasts_and_no_more() -> None:
    many = [replace(DONE_WHEN, forecast_id=UUID(int=number)) for number in range(UNSETTLED_MAX)]
    given(*PROJECT_STORY, *many).when(WHEN).refused(TooManyForecasts)
    settled = ForecastAssessed(UUID(int=3), 0, None, LAST, *[False] * 3)
    assert given(*PROJECT_STORY, *many, settled).when(WHEN) == [DONE_WHEN]


def test_what_was_never_forecast_is_not_assessed() -> None:
    outcome = AssessForecasts((ForecastOutcome(OTHER, 6, None),))
    given(*PROJECT_STORY, DONE_WHEN).when(outcome).refused(UnknownForecast, field="forecastId")
