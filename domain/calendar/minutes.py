"""Working minutes between two instants, and from one: each question answered by itself, exactly.

Whoever has many questions for one calendar asks a `WorkingAxis`.
"""

from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from operator import le, lt
from typing import Final

from domain.calendar.wall_clock import check_years, clock_changes, day_of, stretches
from domain.calendar.working_calendar import WEEK_DAYS, CalendarWithoutWorkingTime, WorkingCalendar

_NONE: Final = timedelta()
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


def working_minutes_between(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    """Return the whole working minutes between two aware instants, below 0 when `end` is the earlier."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end < start:
        return -working_minutes_between(calendar, end, start)
    first, last = day_of(calendar, start), day_of(calendar, end)
    worked = _work_until(calendar, last, end) - _work_until(calendar, first, start)
    return (worked + _work_of_days(calendar, first, last)) // _MINUTE


def add_working_minutes(calendar: WorkingCalendar, start: datetime, minutes: int) -> datetime:
    """Return the instant (UTC) so many working minutes after an aware instant, or before it if below 0.

    Forward it is the first such instant (work ends at 17:00, not at 09:00 the next day), backward the last.
    Raise `CalendarWithoutWorkingTime`, or `Malformed` where it leaves the years 1970 to 2200.
    """
    start = start.astimezone(UTC)
    if minutes == 0:
        return start
    if not any(calendar.week):
        raise CalendarWithoutWorkingTime
    day = day_of(calendar, start)
    work = _work_until(calendar, day, start) + minutes * _MINUTE
    if minutes > 0:
        return _instant_after(calendar, day, work, lt)
    span = _DAY
    while work < _NONE:
        check_years(day)
        work += _work_of_days(calendar, day - span, day)
        day, span = day - span, 2 * span
    return _instant_after(calendar, day, work, le)


def _instant_after(
    calendar: WorkingCalendar, day: date, work: timedelta, falls_short: Callable[[timedelta, timedelta], bool]
) -> datetime:
    """Return when `work` is done, counted from the start of `day`; days pass by doubling, then halving."""
    span = _DAY
    while falls_short(done := _work_of_days(calendar, day, day + span), work):
        check_years(day)
        work, day, span = work - done, day + span, 2 * span
    while span > _DAY:
        span //= 2
        if falls_short(done := _work_of_days(calendar, day, day + span), work):
            work, day = work - done, day + span
    for start, end in stretches(calendar, day):
        if not falls_short(end - start, work):
            return start + work
        work -= end - start
    raise AssertionError("the work of a day is more than that of its shifts")


def _work_of_days(calendar: WorkingCalendar, first: date, last: date) -> timedelta:
    """Return the work of the days from `first` to before `last`.

    Whole weeks by multiplication, less the holidays; exceptional days and those of a clock change exactly.
    """
    if first == last:
        return _NONE
    minutes = [sum(shift.end_minute - shift.start_minute for shift in shifts) for shifts in calendar.week]
    weeks, rest = divmod((last - first).days, WEEK_DAYS)
    planned = weeks * sum(minutes) + sum(minutes[(first.weekday() + n) % WEEK_DAYS] for n in range(rest))
    off = calendar.holidays[bisect_left(calendar.holidays, first) : bisect_left(calendar.holidays, last)]
    planned -= sum(minutes[day.weekday()] for day in off)
    work = timedelta(minutes=planned)
    for day in _days_apart(calendar, first, last):
        plan = 0 if calendar.is_holiday(day) else minutes[day.weekday()]
        work += _work_of_day(calendar, day) - timedelta(minutes=plan)
    return work


def _days_apart(calendar: WorkingCalendar, first: date, last: date) -> set[date]:
    """Return the days within `first` to before `last` whose work is not their weekday's, holidays aside."""
    apart = set(calendar.days_apart(first, last - _DAY))
    for year in range(first.year, last.year + 1):
        apart.update(day for day in clock_changes(calendar.time_zone, year) if first <= day < last)
    return apart


def _work_of_day(calendar: WorkingCalendar, day: date) -> timedelta:
    return sum((end - start for start, end in stretches(calendar, day)), _NONE)


def _work_until(calendar: WorkingCalendar, day: date, instant: datetime) -> timedelta:
    """Return the work from the start of `day` to an instant within it."""
    return sum(
        (min(end, instant) - start for start, end in stretches(calendar, day) if start < instant), _NONE
    )
