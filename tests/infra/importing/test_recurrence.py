"""The days of a recurring exception, written out."""

from datetime import date

from infra.importing.recurrence import Recurrence


def test_a_recurrence_without_end_stops_at_the_horizon() -> None:
    daily = Recurrence(1, date(2024, 1, 1), date(2200, 1, 1), 1, 0, 0, 1, 0, 0)
    assert len(list(daily.days())) == 10_000
    last_friday = Recurrence(5, date(2024, 1, 1), date(2024, 3, 31), 1, 0, 0, 1, 8, 4)
    assert list(last_friday.days()) == [date(2024, 1, 26), date(2024, 2, 23), date(2024, 3, 29)]
    leap = Recurrence(2, date(2023, 1, 1), date(2025, 12, 31), 1, 0, 1, 29, 0, 0)
    assert list(leap.days()) == [date(2024, 2, 29)]
