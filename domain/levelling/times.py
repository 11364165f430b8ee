"""Working calendars as axes of whole minutes since 1970, and days as such minutes."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.calendar import WorkingCalendar, epoch_minute
from domain.calendar.wall_clock import stretches
from domain.levelling.axis import Axis, Stretch

DAY_MINUTES: Final = 1_440
_DAY: Final = timedelta(days=1)


def minute_from(instant: datetime) -> int:
    """Return the first whole minute since 1970 that is not before an aware instant."""
    return epoch_minute(instant - timedelta(microseconds=1)) + 1


def midnight(day: date, time_zone: str) -> int:
    """Return the minute since 1970 at which a day begins in a time zone."""
    return epoch_minute(datetime.combine(day, time(), ZoneInfo(time_zone)))


def axis_of(calendar: WorkingCalendar, first: date, last: date) -> Axis:
    """Return the working time of a calendar on the days from `first` to `last`, both included, in minutes."""
    found: list[Stretch] = []
    for number in range((last - first).days + 1):
        for begin, end in stretches(calendar, first + number * _DAY):
            _append(found, epoch_minute(begin), epoch_minute(end))
    return Axis(tuple(found))


def _append(found: list[Stretch], begin: int, end: int) -> None:
    if found and begin <= found[-1][1]:
        found[-1] = found[-1][0], max(end, found[-1][1])
    elif begin < end:
        found.append((begin, end))
