"""A working calendar as a value: shifts of a week in local wall time, and the days apart from it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter
from typing import Final

from domain import shape
from domain.calendar.recurrence import Recurrence
from domain.errors import Malformed, Refusal

DAYS_MAX: Final = 10_000
RECURRING_MAX: Final = 100
SHIFTS_A_DAY_MAX: Final = 48
DAY_MINUTES: Final = 1_440
WEEK_DAYS: Final = 7
_ON: Final = attrgetter("on")


class CalendarWithoutWorkingTime(Refusal):
    """No day of the calendar has a shift, so nothing could ever be done on it."""

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
class RecurringException:
    """The shifts of days that come again, none for days off; what is said of a single day wins over it."""

    recurrence: Recurrence
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When work is done, in the wall time of an IANA zone: seven days of shifts, Monday first.

    Days and shifts are ascending; of recurring exceptions that meet on a day the last one holds. It checks
    itself, even within an event: the arithmetic rests on that order.
    """

    time_zone: str
    week: tuple[tuple[Shift, ...], ...]
    holidays: tuple[date, ...] = ()
    exceptions: tuple[DayException, ...] = ()
    recurring: tuple[RecurringException, ...] = ()

    def __post_init__(self) -> None:
        """Raise `Malformed` for an unknown zone, a week not of seven days, or days or shifts out of order."""
        shape.time_zone(self.time_zone, "timeZone")
        if len(self.week) != WEEK_DAYS:
            raise Malformed("A week has seven days.", field="week")
        for shifts in self.week:
            _check_shifts(shifts, "week")
        _check_days(self.holidays, "holidays")
        _check_days(tuple(exception.on for exception in self.exceptions), "exceptions")
        for exception in self.exceptions:
            _check_shifts(exception.shifts, "exceptions")
        if len(self.recurring) > RECURRING_MAX:
            raise Malformed(
                f"A calendar has at most {RECURRING_MAX} recurring exceptions.", field="recurring"
            )
        for recurring in self.recurring:
            _check_shifts(recurring.shifts, "recurring")

    def shifts_on(self, day: date) -> tuple[Shift, ...]:
        """Return the shifts of a day."""
        at = bisect_left(self.exceptions, day, key=_ON)
        if at < len(self.exceptions) and self.exceptions[at].on == day:
            return self.exceptions[at].shifts
        if self.is_holiday(day):
            return ()
        for each in reversed(self.recurring):
            if each.recurrence.comes_on(day):
                return each.shifts
        return self.week[day.weekday()]

    def is_holiday(self, day: date) -> bool:
        """Say whether a day is among the holidays."""
        at = bisect_left(self.holidays, day)
        return at < len(self.holidays) and self.holidays[at] == day

    def days_apart(self, first_on: date, last_on: date) -> Iterator[date]:
        """Yield the days from one until another, both included, of exceptions; a day may come twice."""
        low, high = (
            bisect_left(self.exceptions, first_on, key=_ON),
            bisect_right(self.exceptions, last_on, key=_ON),
        )
        yield from (exception.on for exception in self.exceptions[low:high])
        for each in self.recurring:
            yield from each.recurrence.days(first_on, last_on)

    def shifts_apart(self, first_on: date, last_on: date) -> dict[date, tuple[Shift, ...]]:
        """Return the shifts of the days apart from the week, from one until another, both included."""
        found: dict[date, tuple[Shift, ...]] = {}
        for each in self.recurring:
            found |= dict.fromkeys(each.recurrence.days(first_on, last_on), each.shifts)
        found |= dict.fromkeys((day for day in self.holidays if first_on <= day <= last_on), ())
        found |= {each.on: each.shifts for each in self.exceptions if first_on <= each.on <= last_on}
        return found


@lru_cache(maxsize=1_024)
def office_hours(time_zone: str) -> WorkingCalendar:
    """Return the calendar used where none is set: Monday to Friday, 09:00 to 17:00, no holidays."""
    working_day = (Shift(9 * 60, 17 * 60),)
    return WorkingCalendar(time_zone, (working_day,) * 5 + ((), ()))


def _check_shifts(shifts: tuple[Shift, ...], field: str) -> None:
    if len(shifts) > SHIFTS_A_DAY_MAX:
        raise Malformed(f"A day has at most {SHIFTS_A_DAY_MAX} shifts.", field=field)
    free_from = 0
    for shift in shifts:
        shape.whole(shift.start_minute, field, free_from, DAY_MINUTES)
        shape.whole(shift.end_minute, field, shift.start_minute + 1, DAY_MINUTES)
        free_from = shift.end_minute


def _check_days(days: tuple[date, ...], field: str) -> None:
    if len(days) > DAYS_MAX:
        raise Malformed(f"A calendar has at most {DAYS_MAX} of these days.", field=field)
    for one in days:
        shape.day(one, field)
    if any(first >= second for first, second in pairwise(days)):
        raise Malformed("The days must ascend, each named once.", field=field)
