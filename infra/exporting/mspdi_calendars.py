"""The calendars of a plan as MSPDI: the week, and every day apart from it written out."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final
from xml.etree.ElementTree import Element

from domain.calendar import WorkingCalendar
from domain.project import STANDARD, Project
from infra.exporting.markup import Fields, add_shifts, part

YEARS_MAX: Final = 10
_LAST_YEAR: Final = 2200


def add_calendars(root: Element, project: Project, numbers: Mapping[str, int], saved_at: datetime) -> None:
    """Add the calendars of a project under their numbers, with their days apart for ten years to come."""
    first = project.charter.opened_at.date()
    last = date(min(saved_at.year + YEARS_MAX, _LAST_YEAR), 12, 31)
    calendars = part(root, "Calendars")
    for name, uid in numbers.items():
        calendar = project.calendar_of(name)
        shown = "Standard" if name == STANDARD else name
        fields: Fields = {"UID": uid, "Name": shown, "IsBaseCalendar": True, "BaseCalendarUID": -1}
        element = part(calendars, "Calendar", fields)
        week = part(element, "WeekDays")
        for number in range(7):
            day = part(week, "WeekDay", {"DayType": number + 1})
            add_shifts(day, calendar.week[(number + 6) % 7])
        _exceptions(element, calendar, first, last)


def _exceptions(element: Element, calendar: WorkingCalendar, first: date, last: date) -> None:
    known = {*calendar.holidays, *(each.on for each in calendar.exceptions)}
    days = sorted({*known, *calendar.days_apart(first, last)})
    exceptions = part(element, "Exceptions") if days else element
    for day in days:
        one = part(exceptions, "Exception", {"EnteredByOccurrences": False})
        begin, end = datetime.combine(day, time()), datetime.combine(day, time(23, 59))
        part(one, "TimePeriod", {"FromDate": begin, "ToDate": end})
        part(one, "Type").text = "1"
        add_shifts(one, calendar.shifts_on(day))
