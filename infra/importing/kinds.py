"""The plan of each kind of source that can be imported."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from domain.calendar import Shift, WorkingCalendar
from infra.importing import mspdi, sip, tabular
from infra.importing.kind import Kind
from infra.importing.mapping import BadMapping, ColumnMapping
from infra.importing.plan import ImportPlan
from infra.importing.plan_mspdi import plan_mspdi
from infra.importing.plan_tasks import Convention, plan_tasks
from infra.importing.rows import TaskRow
from infra.importing.source import Source, UnreadableFile, open_source

SIP_DATES: Final = ("est-act-dates.csv.gz", "est-act-dates.csv")
SIP_HOLIDAYS: Final = "ukbankholidays.csv"
_SEVEN_HOURS: Final = (Shift(9 * 60, 13 * 60), Shift(14 * 60, 17 * 60))


@dataclass(frozen=True, slots=True)
class Options:
    """What a kind of source needs beside its file.

    SiP: the table of dates, and a list of bank holidays if there is one. MSPDI: the time zone (IANA) of its
    local times. Table: the column mapping.
    """

    dates: Source | None = None
    holidays: Source | None = None
    time_zone: str = "UTC"
    mapping: ColumnMapping | None = None


def beside(path: Path) -> Options:
    """Return a SiP table's options from the files in its folder; raise what `open_source` refuses."""
    dates = next((path.parent / name for name in SIP_DATES if (path.parent / name).exists()), None)
    holidays = path.parent / SIP_HOLIDAYS
    return Options(
        dates=None if dates is None else open_source(dates),
        holidays=open_source(holidays) if holidays.exists() else None,
    )


def plan_of(kind: Kind, source: Source, options: Options) -> ImportPlan:
    """Return the plan of a source; raise `HostileFile`, `UnreadableFile` or `BadMapping`."""
    match kind:
        case Kind.SIP:
            return _sip(source, options)
        case Kind.MSPDI:
            return plan_mspdi(*mspdi.read(source), options.time_zone)
        case Kind.TABLE:
            if options.mapping is None:
                raise BadMapping("A table needs a column mapping.")
            rows = tabular.read(source, options.mapping)
            return plan_tasks(rows, Convention(kind.value, options.mapping.time_zone))


def _sip(source: Source, options: Options) -> ImportPlan:
    if options.dates is None:
        raise UnreadableFile(f"The table of dates, {SIP_DATES[0]}, is missing beside the file.")
    holidays = frozenset[date]() if options.holidays is None else sip.bank_holidays(options.holidays)
    rows = list(sip.read(source, options.dates, holidays))
    years = {day.year for row in rows if isinstance(row, TaskRow) for day in (row.opened, row.due_on) if day}
    # The list reaches a century further than the work it is for.
    relevant = sorted(day for day in holidays if years and min(years) <= day.year <= max(years) + 1)
    calendar = WorkingCalendar(sip.TIME_ZONE, (_SEVEN_HOURS,) * 5 + ((), ()), tuple(relevant))
    return plan_tasks(rows, Convention(Kind.SIP.value, sip.TIME_ZONE, calendar, "Developer "))
