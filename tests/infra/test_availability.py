"""What availability is read with: months of a window, the objective in force."""

from datetime import date
from itertools import pairwise

import pytest

from infra.availability import in_force, months_of
from projections.service_levels import AvailabilityObjective
from tests.examples import DAY, HOUR, NOON


@pytest.mark.parametrize(
    ("begins_on", "ends_on", "months"),
    [
        (date(2026, 4, 1), date(2026, 4, 30), [(date(2026, 4, 1), date(2026, 4, 30))]),
        (date(2026, 4, 7), date(2026, 4, 7), [(date(2026, 4, 7), date(2026, 4, 7))]),
        (
            date(2025, 11, 30),
            date(2026, 1, 1),
            [
                (date(2025, 11, 30), date(2025, 11, 30)),
                (date(2025, 12, 1), date(2025, 12, 31)),
                (date(2026, 1, 1), date(2026, 1, 1)),
            ],
        ),
    ],
    ids=["month", "day", "over_new_year"],
)
def test_a_window_falls_into_calendar_months(
    begins_on: date, ends_on: date, months: list[tuple[date, date]]
) -> None:
    assert months_of(begins_on, ends_on) == months


def test_ten_years_are_120_months_one_after_the_other() -> None:
    months = months_of(date(2020, 3, 1), date(2030, 2, 28))
    assert len(months) == 120
    assert all((later - earlier).days == 1 for (_, earlier), (later, _) in pairwise(months))


def test_the_objective_in_force_is_the_last_one_defined_by_then() -> None:
    objectives = (AvailabilityObjective(9950, NOON), AvailabilityObjective(9900, NOON - DAY))
    assert in_force(objectives, NOON + HOUR) == 9950
    assert in_force(objectives, NOON) == 9950
    assert in_force(objectives, NOON - HOUR) == 9900
    assert in_force(objectives, NOON - 2 * DAY) is None
    assert in_force((), NOON) is None
