"""Working calendars: shifts of a week in local wall time, holidays, exceptional days; and their minutes."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter, le, lt
from typing import Final
from zoneinfo import ZoneInfo

from domain import shape
from domain.errors import Malformed, Refusal

DAYS_MAX: Final = 10_000
SHIFTS_A_DAY_MAX: Final = 48
_DAY_MINUTES: Final = 1_440
_WEEK_DAYS: Final = 7
_NONE: Final = timedelta()
_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_ON: Final = attrgetter("on")


class CalendarWithoutWorkingTime(Refusal):
    """No day of the calendar's week has a shift, so nothing could ever be done on it."""

    sentence = "The calendar's week has no working time."


@dataclass(frozen=True, slots=True)
class Shift:
    """Working time of a day, in minutes since local midnight: 1440 is the next one, the end not included."""

    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class DayException:
    """The shifts of one day instead of those its weekday has; it also wins over a holiday."""

    on: date
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When work is done, in the wall time of an IANA zone: seven days of shifts, Monday first.

    Days and shifts are ascending. It checks itself, even within an event: the arithmetic rests on that order.
    """

    time_zone: str
    week: tuple[tuple[Shift, ...], ...]
    holidays: tuple[date, ...] = ()
    exceptions: tuple[DayException, ...] = ()

    def __post_init__(self) -> None:
        """Raise `Malformed` for an unknown zone, a week not of seven days, or days or shifts out of order."""
        shape.time_zone(self.time_zone, "timeZone")
        if len(self.week) != _WEEK_DAYS:
            raise Malformed("A week has seven days.", field="week")
        for shifts in self.week:
            _check_shifts(shifts, "week")
        _check_days(self.holidays, "holidays")
        _check_days(tuple(exception.on for exception in self.exceptions), "exceptions")
        for exception in self.exceptions:
            _check_shifts(exception.shifts, "exceptions")


def office_hours(time_zone: str) -> WorkingCalendar:
    """Return the calendar used where none is set: Monday to Friday, 09:00 to 17:00, no holidays."""
    working_day = (Shift(9 * 60, 17 * 60),)
    return WorkingCalendar(time_zone, (working_day,) * 5 + ((), ()))


def working_minutes_between(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    """Return the whole working minutes between two aware instants, below 0 when `end` is the earlier."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end < start:
        return -working_minutes_between(calendar, end, start)
    first, last = _day_of(calendar, start), _day_of(calendar, end)
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
    day = _day_of(calendar, start)
    work = _work_until(calendar, day, start) + minutes * _MINUTE
    if minutes > 0:
        return _instant_after(calendar, day, work, lt)
    span = _DAY
    while work < _NONE:
        _check_years(day)
        work += _work_of_days(calendar, day - span, day)
        day, span = day - span, 2 * span
    return _instant_after(calendar, day, work, le)


def _instant_after(
    calendar: WorkingCalendar, day: date, work: timedelta, falls_short: Callable[[timedelta, timedelta], bool]
) -> datetime:
    """Return when `work` is done, counted from the start of `day`; days pass by doubling, then halving."""
    span = _DAY
    while falls_short(done := _work_of_days(calendar, day, day + span), work):
        _check_years(day)
        work, day, span = work - done, day + span, 2 * span
    while span > _DAY:
        span //= 2
        if falls_short(done := _work_of_days(calendar, day, day + span), work):
            work, day = work - done, day + span
    for start, end in _stretches(calendar, day):
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
    weeks, rest = divmod((last - first).days, _WEEK_DAYS)
    planned = weeks * sum(minutes) + sum(minutes[(first.weekday() + n) % _WEEK_DAYS] for n in range(rest))
    off = calendar.holidays[bisect_left(calendar.holidays, first) : bisect_left(calendar.holidays, last)]
    planned -= sum(minutes[day.weekday()] for day in off)
    work = timedelta(minutes=planned)
    for day in _days_apart(calendar, first, last):
        plan = 0 if _holds(calendar.holidays, day) else minutes[day.weekday()]
        work += _work_of_day(calendar, day) - timedelta(minutes=plan)
    return work


def _days_apart(calendar: WorkingCalendar, first: date, last: date) -> set[date]:
    """Return the days within `first` to before `last` whose work is not their weekday's, holidays aside."""
    exceptions = calendar.exceptions
    low, high = bisect_left(exceptions, first, key=_ON), bisect_left(exceptions, last, key=_ON)
    apart = {exception.on for exception in exceptions[low:high]}
    for year in range(first.year, last.year + 1):
        apart.update(day for day in _clock_changes(calendar.time_zone, year) if first <= day < last)
    return apart


@lru_cache(maxsize=4_096)
def _clock_changes(time_zone: str, year: int) -> tuple[date, ...]:
    """Return the days of a year that do not last as long as the wall clock says."""
    zone = ZoneInfo(time_zone)
    starts = [datetime(year, 1, 1, tzinfo=zone) + n * _DAY for n in range(367)]
    offsets = pairwise(start.utcoffset() for start in starts)
    return tuple(
        start.date() for start, (own, next_own) in zip(starts, offsets, strict=False) if own != next_own
    )


def _work_of_day(calendar: WorkingCalendar, day: date) -> timedelta:
    return sum((end - start for start, end in _stretches(calendar, day)), _NONE)


def _work_until(calendar: WorkingCalendar, day: date, instant: datetime) -> timedelta:
    """Return the work from the start of `day` to an instant within it."""
    return sum(
        (min(end, instant) - start for start, end in _stretches(calendar, day) if start < instant), _NONE
    )


def _stretches(calendar: WorkingCalendar, day: date) -> list[tuple[datetime, datetime]]:
    """Return the shifts of a day as instants (UTC)."""
    zone = ZoneInfo(calendar.time_zone)
    return [
        (_instant(zone, day, shift.start_minute), _instant(zone, day, shift.end_minute))
        for shift in _shifts_of(calendar, day)
    ]


def _shifts_of(calendar: WorkingCalendar, day: date) -> tuple[Shift, ...]:
    at = bisect_left(calendar.exceptions, day, key=_ON)
    if at < len(calendar.exceptions) and calendar.exceptions[at].on == day:
        return calendar.exceptions[at].shifts
    return () if _holds(calendar.holidays, day) else calendar.week[day.weekday()]


def _day_of(calendar: WorkingCalendar, instant: datetime) -> date:
    """Return the day an instant belongs to: the last begun, even if the clock went back over midnight."""
    zone = ZoneInfo(calendar.time_zone)
    day = instant.astimezone(zone).date()
    return day + _DAY if _instant(zone, day, _DAY_MINUTES) <= instant else day


def _instant(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """Return the first instant (UTC) at which the wall clock shows this minute of a day or skips it."""
    wall = datetime.combine(day, time(), zone) + minute * _MINUTE
    late, early = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if late <= early:  # the clock shows it once, or twice
        return late
    seconds = range((late - early) // _SECOND)
    skipped_at = bisect_left(
        seconds,
        wall.replace(tzinfo=None),
        key=lambda second: (early + second * _SECOND).astimezone(zone).replace(tzinfo=None),
    )
    return early + skipped_at * _SECOND


def _holds(days: tuple[date, ...], day: date) -> bool:
    at = bisect_left(days, day)
    return at < len(days) and days[at] == day


def _check_years(day: date) -> None:
    if not shape.FIRST_DAY - _DAY <= day <= shape.LAST_DAY + _DAY:
        raise Malformed(f"The working time reaches beyond {shape.FIRST_DAY} to {shape.LAST_DAY}.")


def _check_shifts(shifts: tuple[Shift, ...], field: str) -> None:
    if len(shifts) > SHIFTS_A_DAY_MAX:
        raise Malformed(f"A day has at most {SHIFTS_A_DAY_MAX} shifts.", field=field)
    free_from = 0
    for shift in shifts:
        shape.whole(shift.start_minute, field, free_from, _DAY_MINUTES)
        shape.whole(shift.end_minute, field, shift.start_minute + 1, _DAY_MINUTES)
        free_from = shift.end_minute


def _check_days(days: tuple[date, ...], field: str) -> None:
    if len(days) > DAYS_MAX:
        raise Malformed(f"A calendar has at most {DAYS_MAX} of these days.", field=field)
    for one in days:
        shape.day(one, field)
    if any(first >= second for first, second in pairwise(days)):
        raise Malformed("The days must ascend, each named once.", field=field)
