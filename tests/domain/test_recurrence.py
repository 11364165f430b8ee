"""The days on which something comes again, kind by kind."""

from datetime import date

import pytest

from domain.calendar import DayKind, Recurrence, RecurrenceKind
from domain.calendar.recurrence import LAST
from domain.errors import Malformed

NEW_YEAR = date(2024, 1, 1)
DAILY, WEEKLY, MONTHLY = RecurrenceKind.DAILY, RecurrenceKind.WEEKLY, RecurrenceKind.MONTHLY
YEARLY, BY_POSITION = RecurrenceKind.YEARLY, RecurrenceKind.MONTHLY_BY_POSITION


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (Recurrence(DAILY, date(2023, 12, 20), period=10), ["2024-01-09", "2024-01-19", "2024-01-29"]),
        (
            Recurrence(WEEKLY, NEW_YEAR, period=2, weekdays=(0, 6)),
            ["2024-01-01", "2024-01-14", "2024-01-15", "2024-01-28", "2024-01-29"],
        ),
        (Recurrence(MONTHLY, date(2023, 12, 31), month_day=31), ["2024-01-31"]),
        (Recurrence(MONTHLY, date(2023, 12, 1), period=2, month_day=5), []),
        (Recurrence(BY_POSITION, NEW_YEAR, day_kind=DayKind.FRIDAY, place=LAST), ["2024-01-26"]),
        (Recurrence(BY_POSITION, NEW_YEAR, day_kind=DayKind.WEEKEND_DAY, place=1), ["2024-01-06"]),
        (Recurrence(YEARLY, date(2022, 6, 1), period=2, month=1, month_day=6), ["2024-01-06"]),
        (Recurrence(YEARLY, date(2023, 6, 1), period=2, month=1, month_day=6), []),
    ],
)
def test_it_comes_on_these_days_of_january(rule: Recurrence, days: list[str]) -> None:
    assert [day.isoformat() for day in rule.days(NEW_YEAR, date(2024, 1, 31))] == days


def test_the_29th_of_february_comes_in_leap_years() -> None:
    leap = Recurrence(YEARLY, date(2023, 1, 1), month=2, month_day=29)
    assert list(leap.days(date(2020, 1, 1), date(2025, 12, 31))) == [date(2024, 2, 29)]


def test_it_ends_with_its_last_day() -> None:
    daily = Recurrence(DAILY, NEW_YEAR, date(2024, 1, 3))
    assert len(list(daily.days(date(2020, 1, 1), date(2200, 1, 1)))) == 3


@pytest.mark.parametrize(
    "numbers",
    [
        {"period": 0},
        {"place": 6},
        {"month": 13},
        {"month_day": 32},
        {"weekdays": (7,)},
        {"weekdays": (3, 1)},
        {"last_on": date(2023, 12, 31)},
    ],
)
def test_what_is_out_of_range_is_refused(numbers: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        Recurrence(DAILY, NEW_YEAR, **numbers)  # type: ignore[arg-type]
