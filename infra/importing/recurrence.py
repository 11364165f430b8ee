"""The days of a calendar's recurring exception, as MS Project means them.

Types and fields are those of the MSPDI schema's `Exception` element: 1 daily, 2 yearly and 4 monthly on a day
of the month, 3 yearly and 5 monthly on a weekday's first to last position, 6 weekly on weekdays, 7 every so
many days.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

DAYS_MAX: Final = 10_000
_LAST: Final = 4
_DECEMBER: Final = 12


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When an exception recurs, within both days: every `period` days, weeks or months from `first_on`.

    `weekdays` is a bit set, Sunday lowest. `month` counts from 0. `item` names what `position` (0 first, 4
    last) counts: 0 days, 1 working weekdays, 2 weekend days, 3 to 9 Sunday to Saturday.
    """

    kind: int
    first_on: date
    last_on: date
    period: int
    weekdays: int
    month: int
    month_day: int
    item: int
    position: int

    def days(self) -> Iterator[date]:
        """Yield at most `DAYS_MAX` days in order."""
        found = _RULES.get(self.kind, _every_days)(self)
        for _, day in zip(range(DAYS_MAX), found, strict=False):
            if day > self.last_on:
                return
            if day >= self.first_on:
                yield day


def _every_days(rule: Recurrence) -> Iterator[date]:
    period = rule.period if rule.kind == 7 else 1  # noqa: PLR2004 - the type's number in the schema
    for count in range(0, (rule.last_on - rule.first_on).days + 1, period):
        yield rule.first_on + timedelta(days=count)


def _weekly(rule: Recurrence) -> Iterator[date]:
    sunday = rule.first_on - timedelta(days=(rule.first_on.weekday() + 1) % 7)
    for week in range(0, (rule.last_on - sunday).days // 7 + 1, rule.period):
        for offset in range(7):
            if rule.weekdays >> offset & 1:
                yield sunday + timedelta(days=7 * week + offset)


def _monthly_on_day(rule: Recurrence) -> Iterator[date]:
    return _in_months(rule, _months(rule), lambda year, month: _on_day(year, month, rule.month_day))


def _yearly_on_day(rule: Recurrence) -> Iterator[date]:
    return _in_months(rule, _years(rule), lambda year, month: _on_day(year, month, rule.month_day))


def _monthly_by_position(rule: Recurrence) -> Iterator[date]:
    return _in_months(rule, _months(rule), lambda year, month: _by_position(year, month, rule))


def _yearly_by_position(rule: Recurrence) -> Iterator[date]:
    return _in_months(rule, _years(rule), lambda year, month: _by_position(year, month, rule))


def _in_months(
    rule: Recurrence, months: Iterator[tuple[int, int]], pick: Callable[[int, int], date | None]
) -> Iterator[date]:
    for year, month in months:
        day = pick(year, month)
        if day is not None and day >= rule.first_on:
            yield day


def _months(rule: Recurrence) -> Iterator[tuple[int, int]]:
    first = rule.first_on.year * 12 + rule.first_on.month - 1
    last = rule.last_on.year * 12 + rule.last_on.month - 1
    for month in range(first, last + 1, rule.period):
        yield month // 12, month % 12 + 1


def _years(rule: Recurrence) -> Iterator[tuple[int, int]]:
    for year in range(rule.first_on.year, rule.last_on.year + 1):
        yield year, min(rule.month + 1, _DECEMBER)


def _on_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _by_position(year: int, month: int, rule: Recurrence) -> date | None:
    days = [
        day for number in range(1, 32) if (day := _on_day(year, month, number)) and _counts(day, rule.item)
    ]
    if rule.position == _LAST:
        return days[-1]
    return days[rule.position] if rule.position < len(days) else None


def _counts(day: date, item: int) -> bool:
    if item == 0:
        return True
    if item in (1, 2):
        return (day.weekday() < 5) == (item == 1)  # noqa: PLR2004 - Saturday
    return (day.weekday() + 1) % 7 == item - 3


_RULES: Final[dict[int, Callable[[Recurrence], Iterator[date]]]] = {
    2: _yearly_on_day,
    3: _yearly_by_position,
    4: _monthly_on_day,
    5: _monthly_by_position,
    6: _weekly,
}
