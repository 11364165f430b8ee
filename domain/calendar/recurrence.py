"""Days that come again: every so many days, weeks, months or years, by number or by place in a month.

The kinds are MS Project's, of a calendar's recurring exception.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from typing import Annotated, Final

from domain import shape
from domain.errors import Malformed

PERIOD_MAX: Final = 1_000
LAST: Final = 5
"""The position of the last such day of a month, be it the fourth or the fifth."""
_DECEMBER: Final = 12
_SATURDAY: Final = 5
_WEEK_DAYS: Final = 7
_MONTH_DAYS_MAX: Final = 31


class RecurrenceKind(StrEnum):
    """What comes again: every so many days, weekdays of a week, a month's or year's day, or such a day."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    MONTHLY_BY_POSITION = "monthly_by_position"
    YEARLY = "yearly"
    YEARLY_BY_POSITION = "yearly_by_position"


class DayKind(StrEnum):
    """Which days of a month a position counts: all, Monday to Friday, the weekend's, or those of one name."""

    DAY = "day"
    WEEKDAY = "weekday"
    WEEKEND_DAY = "weekend_day"
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_NAMED: Final = tuple(DayKind)[3:]


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When something comes again: from its first day, in every `period`-th day, week, month or year.

    A week begins on Sunday, where the weeks between are counted. A day a month has not is left out.
    """

    kind: Annotated[RecurrenceKind, "What comes again."]
    first_on: Annotated[date, "No day before this one."]
    last_on: Annotated[date | None, "No day after this one; none for no end."] = None
    period: Annotated[int, "Every so many days, weeks, months or years, 1 to 1,000."] = 1
    weekdays: Annotated[tuple[int, ...], "Weekly: the days, ascending, Monday 0 to Sunday 6."] = ()
    month: Annotated[int, "Yearly: the month, 1 to 12."] = 1
    month_day: Annotated[int, "Monthly and yearly: the day, 1 to 31."] = 1
    day_kind: Annotated[DayKind, "By position: which days are counted."] = DayKind.DAY
    place: Annotated[int, "By position: first 1 to fourth 4, or last 5."] = 1

    def __post_init__(self) -> None:
        """Raise `Malformed` for a day or number out of range or a last day before the first."""
        shape.day(self.first_on, "firstOn")
        if self.last_on is not None:
            shape.day(self.last_on, "lastOn")
            if self.last_on < self.first_on:
                raise Malformed("The last day lies before the first.", field="lastOn")
        shape.whole(self.period, "period", 1, PERIOD_MAX)
        shape.whole(self.month, "month", 1, _DECEMBER)
        shape.whole(self.month_day, "monthDay", 1, _MONTH_DAYS_MAX)
        shape.whole(self.place, "place", 1, LAST)
        for weekday in self.weekdays:
            shape.whole(weekday, "weekdays", 0, _WEEK_DAYS - 1)
        if list(self.weekdays) != sorted(set(self.weekdays)):
            raise Malformed("The weekdays must ascend, each named once.", field="weekdays")

    def days(self, first_on: date, last_on: date) -> Iterator[date]:
        """Yield its days from one until another, both included, in order."""
        first_on = max(first_on, self.first_on)
        last_on = last_on if self.last_on is None else min(last_on, self.last_on)
        years = range(first_on.year, last_on.year + 1)
        for day in chain.from_iterable(_days_of_year(self, year) for year in years):
            if first_on <= day <= last_on:
                yield day

    def comes_on(self, day: date) -> bool:
        """Say whether a day is one of its days."""
        is_within = day >= self.first_on and (self.last_on is None or day <= self.last_on)
        return is_within and day in _set_of_year(self, day.year)


@lru_cache(maxsize=4_096)
def _set_of_year(rule: Recurrence, year: int) -> frozenset[date]:
    return frozenset(_days_of_year(rule, year))


@lru_cache(maxsize=4_096)
def _days_of_year(rule: Recurrence, year: int) -> tuple[date, ...]:
    found = _RULES[rule.kind](rule, year)
    return tuple(day for day in found if day.year == year and day >= rule.first_on)


def _daily(rule: Recurrence, year: int) -> Iterator[date]:
    start = date(year, 1, 1)
    passed = max(0, -((rule.first_on - start).days // rule.period))
    first = rule.first_on + timedelta(days=passed * rule.period)
    for count in range((date(year, _DECEMBER, 31) - first).days // rule.period + 1):
        yield first + timedelta(days=count * rule.period)


def _weekly(rule: Recurrence, year: int) -> Iterator[date]:
    sunday = rule.first_on - timedelta(days=(rule.first_on.weekday() + 1) % _WEEK_DAYS)
    span = _WEEK_DAYS * rule.period
    passed = max(0, (date(year, 1, 1) - sunday).days // span)
    offsets = sorted((weekday + 1) % _WEEK_DAYS for weekday in rule.weekdays)
    for week in range(passed, (date(year, _DECEMBER, 31) - sunday).days // span + 1):
        for offset in offsets:
            yield sunday + timedelta(days=week * span + offset)


def _monthly(rule: Recurrence, year: int) -> Iterator[date]:
    return _each_month(rule, year, _on_its_day)


def _monthly_by_position(rule: Recurrence, year: int) -> Iterator[date]:
    return _each_month(rule, year, _by_position)


def _each_month(
    rule: Recurrence, year: int, pick: Callable[[Recurrence, int, int], date | None]
) -> Iterator[date]:
    for month in range(1, _DECEMBER + 1):
        passed = (year - rule.first_on.year) * _DECEMBER + month - rule.first_on.month
        if passed >= 0 and passed % rule.period == 0 and (day := pick(rule, year, month)):
            yield day


def _yearly(rule: Recurrence, year: int) -> Iterator[date]:
    return _each_year(rule, year, _on_its_day)


def _yearly_by_position(rule: Recurrence, year: int) -> Iterator[date]:
    return _each_year(rule, year, _by_position)


def _each_year(
    rule: Recurrence, year: int, pick: Callable[[Recurrence, int, int], date | None]
) -> Iterator[date]:
    is_turn = (year - rule.first_on.year) % rule.period == 0
    if is_turn and (day := pick(rule, year, rule.month)):
        yield day


def _on_its_day(rule: Recurrence, year: int, month: int) -> date | None:
    return _day(year, month, rule.month_day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _by_position(rule: Recurrence, year: int, month: int) -> date | None:
    numbers = range(1, _MONTH_DAYS_MAX + 1)
    days = [day for n in numbers if (day := _day(year, month, n)) and _counts(day, rule.day_kind)]
    return days[-1] if rule.place == LAST else days[rule.place - 1]


def _counts(day: date, kind: DayKind) -> bool:
    if kind is DayKind.DAY:
        return True
    if kind in (DayKind.WEEKDAY, DayKind.WEEKEND_DAY):
        return (day.weekday() < _SATURDAY) == (kind is DayKind.WEEKDAY)
    return _NAMED[day.weekday()] is kind


_RULES: Final[Mapping[RecurrenceKind, Callable[[Recurrence, int], Iterator[date]]]] = {
    RecurrenceKind.DAILY: _daily,
    RecurrenceKind.WEEKLY: _weekly,
    RecurrenceKind.MONTHLY: _monthly,
    RecurrenceKind.MONTHLY_BY_POSITION: _monthly_by_position,
    RecurrenceKind.YEARLY: _yearly,
    RecurrenceKind.YEARLY_BY_POSITION: _yearly_by_position,
}
