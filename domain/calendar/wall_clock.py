"""Days and minutes of a zone's wall clock as instants, through the days on which its clock is changed."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from domain import shape
from domain.calendar.working_calendar import DAY_MINUTES, WorkingCalendar
from domain.errors import Malformed

_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


@lru_cache(maxsize=4_096)
def clock_changes(time_zone: str, year: int) -> tuple[date, ...]:
    """Return the days of a year that do not last as long as the wall clock says."""
    zone = ZoneInfo(time_zone)
    starts = [datetime(year, 1, 1, tzinfo=zone) + n * _DAY for n in range(367)]
    offsets = pairwise(start.utcoffset() for start in starts)
    return tuple(
        start.date() for start, (own, next_own) in zip(starts, offsets, strict=False) if own != next_own
    )


def stretches(calendar: WorkingCalendar, day: date) -> list[tuple[datetime, datetime]]:
    """Return the shifts of a day as instants (UTC)."""
    zone = ZoneInfo(calendar.time_zone)
    return [
        (_instant(zone, day, shift.start_minute), _instant(zone, day, shift.end_minute))
        for shift in calendar.shifts_on(day)
    ]


def day_of(calendar: WorkingCalendar, instant: datetime) -> date:
    """Return the day an instant belongs to: the last begun, even if the clock went back over midnight."""
    zone = ZoneInfo(calendar.time_zone)
    day = instant.astimezone(zone).date()
    return day + _DAY if _instant(zone, day, DAY_MINUTES) <= instant else day


def check_years(day: date) -> None:
    """Raise `Malformed` for a day that working time is not looked for on."""
    if not shape.FIRST_DAY - _DAY <= day <= shape.LAST_DAY + _DAY:
        raise Malformed(f"The working time reaches beyond {shape.FIRST_DAY} to {shape.LAST_DAY}.")


@lru_cache(maxsize=20_000)  # some 20 years of a calendar's shifts: the same days are asked about all the time
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
