"""The minute axis of a calendar: its working minutes as one line of whole numbers, for whoever asks often.

Every shift is a stretch of the line; sums of the minutes before each stretch are kept, so that an instant
becomes a working minute, and that an instant again, by bisection. Between two shifts the line stands still:
17:00 and 09:00 the next day are the same working minute, and which of the two is meant is said when asking.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from domain import shape
from domain.calendar.wall_clock import clock_changes, stretches
from domain.calendar.working_calendar import DAY_MINUTES, CalendarWithoutWorkingTime, WorkingCalendar
from domain.errors import Malformed

Stretch = tuple[int, int]
"""Working time from one instant until before another, both as `epoch_minute`."""

_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_FIRST_DAY: Final = shape.FIRST_DAY - _DAY
_LAST_DAY: Final = shape.LAST_DAY + _DAY
_DAYS_AT_FIRST: Final = 400
_DAYS_ASIDE: Final = 40


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The time in which at least one of some calendars works."""

    calendars: frozenset[WorkingCalendar]


WorkingHours = WorkingCalendar | AnyOf


def epoch_minute(instant: datetime) -> int:
    """Return the whole minutes from 1970-01-01T00:00Z to an aware instant: elapsed time as a number."""
    return (instant - _EPOCH) // _MINUTE


def instant_at(minute: int) -> datetime:
    """Return the instant (UTC) of an `epoch_minute`."""
    return _EPOCH + minute * _MINUTE


class WorkingAxis:
    """The working minutes of a calendar, or those in which each of several has any, counted from a day.

    Instants are `epoch_minute`s; what is worked is counted from the start (UTC) of `since`, and is below 0
    before it. The line is laid out as far as it is asked for, to the years 1970 and 2200 at most: beyond
    them asking raises `Malformed`, and `CalendarWithoutWorkingTime` where there is nothing at all.
    """

    def __init__(self, calendars: Sequence[WorkingHours], since: date) -> None:
        """Lay out a first piece around `since`; raise `Malformed` for no calendar."""
        if not calendars:
            raise Malformed("An axis needs a calendar.")
        self._calendars = tuple(calendars)
        self._since = (since.toordinal() - _EPOCH_DAY) * DAY_MINUTES
        self._first, self._last = _within(since - _DAYS_ASIDE * _DAY), _within(since + _DAYS_AT_FIRST * _DAY)
        self._lay_out()

    def worked_until(self, instant: int) -> int:
        """Return the working minute that an instant is at: how much was worked until then."""
        while not self._begins <= instant <= self._ends:
            self._extend(is_back=instant < self._begins)
        at = bisect_right(self._starts, instant) - 1
        if at < 0:
            return self._before[0]
        worked, most = instant - self._ahead[at], self._before[at + 1]
        return worked if worked < most else most  # noqa: FURB136 - a call less where it is asked most

    def begun_by(self, instant: int) -> int:
        """Return the last working minute that begins at an instant or before it."""
        while not self._begins <= instant <= self._ends:
            self._extend(is_back=instant < self._begins)
        at = bisect_right(self._starts, instant) - 1
        if at < 0:
            return self._before[0] - 1
        return min(instant - self._ahead[at], self._before[at + 1] - 1)

    def first_instant(self, worked: int) -> int:
        """Return the first instant at which so much is worked: when something that ends then is done."""
        while not self._before[0] < worked <= self._before[-1]:
            self._extend(is_back=worked <= self._before[0])
        return worked + self._ahead[bisect_left(self._before, worked) - 1]

    def last_instant(self, worked: int) -> int:
        """Return the last instant at which so much is worked: when something that starts then begins."""
        while not self._before[0] <= worked < self._before[-1]:
            self._extend(is_back=worked < self._before[0])
        return worked + self._ahead[bisect_right(self._before, worked) - 1]

    def _extend(self, *, is_back: bool) -> None:
        """Lay out twice as many days."""
        days = self._last - self._first
        first, last = self._first, self._last
        if is_back:
            self._first = _within(max(_FIRST_DAY, first - days))
        else:
            self._last = _within(min(_LAST_DAY, last + days))
        if (first, last) == (self._first, self._last):
            if not self._starts:
                raise CalendarWithoutWorkingTime
            raise Malformed(f"The working time reaches beyond {shape.FIRST_DAY} to {shape.LAST_DAY}.")
        self._lay_out()

    def _lay_out(self) -> None:
        laid = _joined(_worked(self._calendars[0], self._first, self._last))
        for each in self._calendars[1:]:
            laid = list(_shared(laid, _joined(_worked(each, self._first, self._last))))
        self._starts = [start for start, _ in laid]
        # No zone is further than a day from UTC, so beyond these instants other days may have work.
        self._begins = (self._first.toordinal() - _EPOCH_DAY + 1) * DAY_MINUTES
        self._ends = (self._last.toordinal() - _EPOCH_DAY) * DAY_MINUTES
        worked = -sum(min(stop, self._since) - start for start, stop in laid if start < self._since)
        self._before = [worked]
        for start, stop in laid:
            worked += stop - start
            self._before.append(worked)
        # By how much the instants of each stretch are ahead of the minutes worked.
        self._ahead = [start - before for start, before in zip(self._starts, self._before, strict=False)]


def _within(day: date) -> date:
    return min(max(day, _FIRST_DAY), _LAST_DAY)


def _worked(time: WorkingHours, first: date, last: date) -> Iterator[Stretch]:
    """Yield ascending stretches of the days from one until another; those of several calendars overlap."""
    if isinstance(time, WorkingCalendar):
        return _stretches(time, first, last)
    return merge(*(_stretches(each, first, last) for each in time.calendars))


def _stretches(calendar: WorkingCalendar, first: date, last: date) -> Iterator[Stretch]:
    """Yield the shifts of the days from one until another; the clock is looked at where it is changed."""
    zone = ZoneInfo(calendar.time_zone)
    years = range(first.year, last.year + 1)
    changing = set(chain.from_iterable(clock_changes(calendar.time_zone, year) for year in years))
    apart = calendar.shifts_apart(first, last)
    week = calendar.week
    offset: int | None = None
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if day in changing:
            offset = None
            yield from ((epoch_minute(start), epoch_minute(stop)) for start, stop in stretches(calendar, day))
            continue
        if offset is None:
            offset = _offset(zone, day)
        midnight = (ordinal - _EPOCH_DAY) * DAY_MINUTES - offset
        for shift in apart[day] if day in apart else week[day.weekday()]:
            yield midnight + shift.start_minute, midnight + shift.end_minute


def _offset(zone: ZoneInfo, day: date) -> int:
    """Return the minutes a zone is ahead of UTC on a day without a change of its clock, rounded up."""
    offset = datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()
    return 0 if offset is None else -(-offset // _MINUTE)


def _joined(found: Iterator[Stretch]) -> list[Stretch]:
    """Return ascending stretches, those that meet as one, empty ones left out."""
    laid: list[Stretch] = []
    for start, stop in found:
        if laid and start <= laid[-1][1]:
            laid[-1] = laid[-1][0], max(stop, laid[-1][1])
        elif start < stop:
            laid.append((start, stop))
    return laid


def _shared(first: Sequence[Stretch], second: Sequence[Stretch]) -> Iterator[Stretch]:
    """Yield what lies in a stretch of both."""
    at = other = 0
    while at < len(first) and other < len(second):
        start, stop = max(first[at][0], second[other][0]), min(first[at][1], second[other][1])
        if start < stop:
            yield start, stop
        if first[at][1] < second[other][1]:
            at += 1
        else:
            other += 1
