"""Instants as whole minutes since 1970, and working calendars as axes of such minutes."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.calendar import WorkingCalendar
from domain.calendar import _stretches as shifts_on
from domain.levelling.axis import Axis, Stretch

DAY_MINUTES: Final = 1_440
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


def minute_of(instant: datetime) -> int:
    """Return the whole minutes from 1970-01-01T00:00Z to an aware instant, a part of one left out."""
    return (instant - _EPOCH) // _MINUTE


def minute_from(instant: datetime) -> int:
    """Return the first whole minute since 1970 that is not before an aware instant."""
    return -((_EPOCH - instant) // _MINUTE)


def instant_of(minute: int) -> datetime:
    """Return the instant (UTC) so many minutes after 1970-01-01T00:00Z."""
    return _EPOCH + minute * _MINUTE


def midnight(day: date, time_zone: str) -> int:
    """Return the minute at which a day begins in a time zone."""
    return minute_of(datetime.combine(day, time(), ZoneInfo(time_zone)))


def axis_of(calendar: WorkingCalendar, first: date, last: date) -> Axis:
    """Return the working time of a calendar on the days from `first` to `last`, both included, in minutes.

    A shift lasts as long as it does by the clock of UTC, also on the days when the wall clock is changed.
    """
    stretches: list[Stretch] = []
    for number in range((last - first).days + 1):
        for begin, end in shifts_on(calendar, first + number * _DAY):
            _append(stretches, minute_of(begin), minute_of(end))
    return Axis(tuple(stretches))


def _append(stretches: list[Stretch], begin: int, end: int) -> None:
    if stretches and begin <= stretches[-1][1]:
        stretches[-1] = stretches[-1][0], max(end, stretches[-1][1])
    elif begin < end:
        stretches.append((begin, end))
