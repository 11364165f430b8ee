"""Working calendars: shifts of a week in local wall time, days apart from it, the minutes worked on them."""

from domain.calendar.axis import AnyOf, WorkingAxis, WorkingHours, epoch_minute, instant_at
from domain.calendar.minutes import add_working_minutes, working_minutes_between
from domain.calendar.recurrence import DayKind, Recurrence, RecurrenceKind
from domain.calendar.working_calendar import (
    CalendarWithoutWorkingTime,
    DayException,
    RecurringException,
    Shift,
    WorkingCalendar,
    office_hours,
)

__all__ = [
    "AnyOf",
    "CalendarWithoutWorkingTime",
    "DayException",
    "DayKind",
    "Recurrence",
    "RecurrenceKind",
    "RecurringException",
    "Shift",
    "WorkingAxis",
    "WorkingCalendar",
    "WorkingHours",
    "add_working_minutes",
    "epoch_minute",
    "instant_at",
    "office_hours",
    "working_minutes_between",
]
