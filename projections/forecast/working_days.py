"""The working days of a calendar, and how many items were finished on each of them."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from domain.calendar import WorkingCalendar

_DAY = timedelta(days=1)


def is_working_day(calendar: WorkingCalendar, day: date) -> bool:
    """Say whether anything is done on a day."""
    return bool(calendar.shifts_on(day))


def forward(calendar: WorkingCalendar, day: date) -> Iterator[date]:
    """Yield the working days from a day on, without end unless the week has none."""
    while any(calendar.week):
        if is_working_day(calendar, day):
            yield day
        day += _DAY


def backward(calendar: WorkingCalendar, before: date, count: int) -> list[date]:
    """Return the last working days before a day, the earliest first."""
    days: list[date] = []
    while any(calendar.week) and len(days) < count:
        before -= _DAY
        if is_working_day(calendar, before):
            days.append(before)
    return days[::-1]


def finished_by_day(days: Sequence[date], finished_on: Iterable[date]) -> list[int]:
    """Return how many items were finished on each day; what was on a day off counts on the next working day.

    What was before the first day, or after the last, does not count.
    """
    counts = Counter(bisect_left(days, each) for each in finished_on if days and days[0] <= each <= days[-1])
    return [counts[index] for index in range(len(days))]
