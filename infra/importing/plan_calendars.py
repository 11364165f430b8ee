"""The calendars of an MS Project plan as working calendars: what one leaves out is taken from its base."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from domain.calendar import DayException, Shift, WorkingCalendar
from domain.project import STANDARD
from infra.importing.mspdi_rows import CalendarRow, Shifts

BASES_MAX: Final = 8
_NINE_TO_FIVE: Final[Shifts] = ((9 * 60, 17 * 60),)


def working_calendar(uid: str, calendars: Mapping[str, CalendarRow], time_zone: str) -> WorkingCalendar:
    """Return a calendar with what its bases give it, `BASES_MAX` deep; raise `Malformed` for bad shifts."""
    week: dict[int, Shifts] = {}
    days: dict[date, Shifts] = {}
    for row in reversed(_line_of_bases(uid, calendars)):
        week |= row.week
        days |= row.days
    default = {day: _NINE_TO_FIVE if day < 5 else () for day in range(7)}  # noqa: PLR2004 - Saturday
    full = default | week if not week else dict.fromkeys(range(7), ()) | week
    dated = sorted(days.items())
    return WorkingCalendar(
        time_zone,
        tuple(_shifts(full[day]) for day in range(7)),
        holidays=tuple(day for day, shifts in dated if not shifts),
        exceptions=tuple(DayException(day, _shifts(shifts)) for day, shifts in dated if shifts),
    )


def calendar_names(calendars: Mapping[str, CalendarRow], standard_uid: str) -> dict[str, str]:
    """Return each calendar's name by id: the project's own is the standard one, a name taken gets the id."""
    names: dict[str, str] = {standard_uid: STANDARD}
    for uid, row in calendars.items():
        if uid != standard_uid:
            taken = row.name.lower() in {name.lower() for name in names.values()}
            names[uid] = f"{row.name} ({uid})" if taken else row.name
    return names


def _line_of_bases(uid: str, calendars: Mapping[str, CalendarRow]) -> list[CalendarRow]:
    line: list[CalendarRow] = []
    at: str | None = uid
    while at is not None and at in calendars and len(line) < BASES_MAX:
        line.append(calendars[at])
        at = calendars[at].base_uid
    return line


def _shifts(shifts: Shifts) -> tuple[Shift, ...]:
    return tuple(Shift(start, end) for start, end in shifts)
