"""The calendars of an MSPDI plan: week days, alternative weeks and exceptions, recurring ones written out."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Final
from xml.etree.ElementTree import Element

from domain.calendar import DayKind, Recurrence, RecurrenceKind
from domain.calendar.recurrence import LAST
from domain.errors import Malformed
from infra.importing import mspdi_fields as fields
from infra.importing.markup import line_of
from infra.importing.mspdi_rows import CalendarRow, Shifts

DAYS_MAX: Final = 10_000
MINUTES_OF_DAY: Final = 1440
FIRST_YEAR: Final = 1970
_NO_BASE: Final = ("-1", "0")
_EVERY_SO_MANY_DAYS: Final = 7
_KINDS: Final = {
    2: RecurrenceKind.YEARLY,
    3: RecurrenceKind.YEARLY_BY_POSITION,
    4: RecurrenceKind.MONTHLY,
    5: RecurrenceKind.MONTHLY_BY_POSITION,
    6: RecurrenceKind.WEEKLY,
}
_YEARLY: Final = (RecurrenceKind.YEARLY, RecurrenceKind.YEARLY_BY_POSITION)
_DAY_KINDS: Final = (
    DayKind.DAY,
    DayKind.WEEKDAY,
    DayKind.WEEKEND_DAY,
    DayKind.SUNDAY,
    DayKind.MONDAY,
    DayKind.TUESDAY,
    DayKind.WEDNESDAY,
    DayKind.THURSDAY,
    DayKind.FRIDAY,
    DayKind.SATURDAY,
)


def read_calendar(element: Element, horizon: date) -> CalendarRow:
    """Return a calendar with its exceptions written out up to `horizon`, the last day looked at.

    Where several speak of a day, an exception wins over an older file's dated week day, that over an
    alternative week, that over the week. Raises `Unreadable`.
    """
    week, days = _week_days(element, horizon)
    dated = _alternative_weeks(element, horizon) | days | _exceptions(element, horizon)
    if len(dated) > DAYS_MAX:
        raise fields.Unreadable(
            "CALENDAR_TOO_LONG", f"The calendar has more than {DAYS_MAX:,} days of its own."
        )
    base = fields.text(element, "BaseCalendarUID")
    uid = fields.text(element, "UID") or ""
    name = fields.text(element, "Name") or f"Calendar {uid}"
    is_base = fields.flag(element, "IsBaseCalendar") or base in _NO_BASE
    return CalendarRow(
        line_of(element), uid, name, None if is_base else base, week, dict(sorted(dated.items()))
    )


def _week_days(element: Element, horizon: date) -> tuple[dict[int, Shifts], dict[date, Shifts]]:
    week: dict[int, Shifts] = {}
    days: dict[date, Shifts] = {}
    for each in fields.children(element, "WeekDays", "WeekDay"):
        kind = fields.number(each, "DayType", 0)
        if kind:
            week[_weekday(kind)] = _shifts(each)
        else:
            days |= dict.fromkeys(_period(each, horizon), _shifts(each))
    return week, days


def _alternative_weeks(element: Element, horizon: date) -> dict[date, Shifts]:
    days: dict[date, Shifts] = {}
    for each in fields.children(element, "WorkWeeks", "WorkWeek"):
        week = {
            _weekday(fields.number(day, "DayType", 0)): _shifts(day)
            for day in fields.children(each, "WeekDays", "WeekDay")
        }
        days |= {day: week[day.weekday()] for day in _period(each, horizon) if day.weekday() in week}
    return days


def _exceptions(element: Element, horizon: date) -> dict[date, Shifts]:
    days: dict[date, Shifts] = {}
    for each in fields.children(element, "Exceptions", "Exception"):
        first, last = _bounds(each, horizon)
        if first <= last:
            rule = _recurrence(each, first)
            days |= dict.fromkeys(islice(rule.days(first, last), DAYS_MAX), _shifts(each))
    return days


def _recurrence(element: Element, first: date) -> Recurrence:
    """Return when an exception recurs from its first day on; the numbers are the MSPDI schema's.

    Types: 2 yearly and 4 monthly on a day of the month, 3 and 5 on a weekday's first to last position, 6
    weekly on weekdays (a bit set, Sunday lowest), 7 every so many days, all others each day.
    """
    number = fields.number(element, "Type", 1)
    kind = _KINDS.get(number, RecurrenceKind.DAILY)
    is_each = kind in _YEARLY or (kind is RecurrenceKind.DAILY and number != _EVERY_SO_MANY_DAYS)
    bits = fields.number(element, "DaysOfWeek", 0)
    item = fields.number(element, "MonthItem", 0)
    try:
        return Recurrence(
            kind,
            first,
            period=1 if is_each else max(1, fields.number(element, "Period", 1)),
            weekdays=tuple(sorted((bit - 1) % 7 for bit in range(7) if bits >> bit & 1)),
            month=fields.number(element, "Month", 0) + 1,
            month_day=fields.number(element, "MonthDay", 1) or 1,
            day_kind=_DAY_KINDS[item] if 0 <= item < len(_DAY_KINDS) else DayKind.DAY,
            place=min(fields.number(element, "MonthPosition", 0) + 1, LAST),
        )
    except Malformed as why:
        raise fields.Unreadable("UNREADABLE_NUMBER", f"An exception of the calendar: {why.message}") from why


def _period(element: Element, horizon: date) -> Iterator[date]:
    first, last = _bounds(element, horizon)
    for count in range(min(DAYS_MAX, (last - first).days + 1)):
        yield first + timedelta(days=count)


def _bounds(element: Element, horizon: date) -> tuple[date, date]:
    period = next(fields.children(element, "TimePeriod"), None)
    first = None if period is None else fields.moment(period, "FromDate")
    last = None if period is None else fields.moment(period, "ToDate")
    if first is None or last is None:
        raise fields.Unreadable("UNREADABLE_DATE", "An exception of the calendar has no first or last day.")
    if first.year < FIRST_YEAR:
        raise fields.Unreadable(
            "UNREADABLE_DATE", f"An exception of the calendar begins before {FIRST_YEAR}."
        )
    return first.date(), min(last.date(), horizon)


def _weekday(kind: int) -> int:
    """Return the weekday from Monday (0) of a day type that counts from Sunday (1)."""
    if not 1 <= kind <= 7:  # noqa: PLR2004 - the days of a week
        raise fields.Unreadable("UNREADABLE_NUMBER", f"There is no week day {kind}.")
    return (kind + 5) % 7


def _shifts(day: Element) -> Shifts:
    if not fields.flag(day, "DayWorking"):
        return ()
    shifts: list[tuple[int, int]] = []
    for each in fields.children(day, "WorkingTimes", "WorkingTime"):
        if fields.text(each, "FromTime") is None:
            continue
        # Midnight at the end of a shift is the end of that day.
        shifts.append(
            (fields.minute_of_day(each, "FromTime"), fields.minute_of_day(each, "ToTime") or MINUTES_OF_DAY)
        )
    return tuple(sorted(shifts))
