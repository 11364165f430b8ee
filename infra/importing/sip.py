"""The SiP task table: one row for each task and developer, joined with its table of dates by task number.

What the table does not say outright, and how it is read:
- Text is UTF-8, else cp1252. Two-digit years are years of 2000 to 2099.
- FINISHED, COMPLETED and RELEASED are completed on the completion day and refused without one; CANCELLED is
  cancelled on the last day the row gives, because no cancellation day is recorded; ESTIMATED, AUTHORISE and
  CHRONICLE stay open (started where a start day is given); CHRONICLE is completed where it has a completion
  day. TEMPLATE rows are no work and are refused.
- There is no due day. It is derived and noted as derived: the working day on which the estimate is used up at
  seven hours a day, counted from the day of the estimate. Nothing known later than that day goes into it.
- A row is refused when it was started or completed before it was estimated, or completed before it was
  started.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from infra.importing.rows import Ending, Refused, TaskRow, minutes_of, title_of
from infra.importing.source import Source, UnreadableFile, text_of
from infra.importing.table import Line, lines

TIME_ZONE: Final = "Europe/London"
MINUTES_PER_DAY: Final = 420
TASK_COLUMNS: Final = (
    "TaskNumber",
    "Summary",
    "Priority",
    "RaisedByID",
    "AssignedToID",
    "AuthorisedByID",
    "StatusCode",
    "ProjectCode",
    "ProjectBreakdownCode",
    "Category",
    "SubCategory",
    "HoursEstimate",
    "DeveloperID",
    "DeveloperHoursActual",
)
DATE_COLUMNS: Final = ("TaskNumber", "EstimateOn", "StartedOn", "CompletedOn")

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY: Final = re.compile(r"(\d{1,2})-([A-Z][a-z]{2})-(\d{2}|\d{4})")
_ENDED: Final = frozenset({"FINISHED", "COMPLETED", "RELEASED"})
_OPEN: Final = frozenset({"ESTIMATED", "AUTHORISE", "CHRONICLE"})


@dataclass(frozen=True, slots=True)
class Dates:
    """When a task was estimated, started and completed, as written; empty where it was not."""

    estimated: str
    started: str
    completed: str


class _Contradiction(Exception):
    """Why a row is refused."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def read(
    tasks: Source, dates: Source, holidays: AbstractSet[date] = frozenset()
) -> Iterator[TaskRow | Refused]:
    """Yield each row of the task table, joined with its dates; `holidays` are the days nobody works.

    Raises `UnreadableFile` when a column is missing in either table.
    """
    known = _dates(dates)
    seen: set[tuple[str, str]] = set()
    for line in lines(text_of(tasks, otherwise="cp1252"), TASK_COLUMNS):
        if isinstance(line, Refused):
            yield line
            continue
        spent = minutes_of(line.cells["DeveloperHoursActual"])
        try:
            yield _once(_row(line, known, holidays), seen)
        except _Contradiction as why:
            yield Refused(line.number, why.code, why.sentence, spent[0] if spent else 0)


def bank_holidays(source: Source) -> frozenset[date]:
    """Return the days of a list, one a line such as `1-Jan-1998`, under a heading."""
    _, *written = text_of(source, otherwise="cp1252").splitlines() or [""]
    days: set[date] = set()
    for number, text in enumerate(written, start=2):
        if text.strip():
            day = _day(text.strip())
            if day is None:
                raise UnreadableFile(f"Line {number} of the holidays is not a day such as 1-Jan-1998.")
            days.add(day)
    return frozenset(days)


def due_on(estimated_on: date, minutes: int, holidays: AbstractSet[date] = frozenset()) -> date:
    """Return the working day on which `minutes` are used up at seven hours a day, from `estimated_on` on."""
    left = max(1, -(-minutes // MINUTES_PER_DAY))
    day = estimated_on
    while True:
        if day.weekday() < 5 and day not in holidays:  # noqa: PLR2004 - Saturday
            left -= 1
            if left == 0:
                return day
        day += timedelta(days=1)


def _dates(source: Source) -> Mapping[str, Dates | None]:
    """Return the dates by task number; None where two rows of the table do not agree."""
    known: dict[str, Dates | None] = {}
    for line in lines(text_of(source, otherwise="cp1252"), DATE_COLUMNS):
        if isinstance(line, Refused):
            raise UnreadableFile(f"Line {line.line} of the dates: {line.sentence}")
        number, *written = (line.cells[column].strip() for column in DATE_COLUMNS)
        found = Dates(*written)
        known[number] = found if known.get(number, found) == found else None
    return known


def _once(row: TaskRow, seen: set[tuple[str, str]]) -> TaskRow:
    """Return a row unless the table has one for this task and developer already."""
    if (row.key, row.member or "") in seen:
        raise _Contradiction("REPEATED_ROW", f"Task {row.key} has a row of developer {row.member} already.")
    seen.add((row.key, row.member or ""))
    return row


def _row(line: Line, known: Mapping[str, Dates | None], holidays: AbstractSet[date]) -> TaskRow:
    cells = line.cells
    number = cells["TaskNumber"].strip()
    if number not in known:
        raise _Contradiction("NO_DATES", f"The table of dates has no row for task {number}.")
    dates = known[number]
    if dates is None:
        raise _Contradiction("DATES_DISAGREE", f"The table of dates says different things of task {number}.")
    estimated, started, completed = _ordered(dates)
    estimate, estimate_rounded = _minutes(cells["HoursEstimate"], "estimate")
    spent, spent_rounded = _minutes(cells["DeveloperHoursActual"], "hours")
    ending, ended = _ending(cells["StatusCode"].strip(), estimated, started, completed)
    title, notes = title_of(cells["Summary"])
    rounded = ("hours_rounded_to_minutes",) if estimate_rounded or spent_rounded else ()
    return TaskRow(
        line=line.number,
        key=number,
        project=cells["ProjectCode"].strip(),
        title=title,
        description=_description(cells, whole_title="title_shortened" in notes),
        opened=estimated,
        started=started,
        ended=ended,
        ending=ending,
        due_on=due_on(estimated, estimate, holidays),
        estimate_minutes=estimate,
        spent_minutes=spent,
        member=cells["DeveloperID"].strip(),
        notes=(*notes, *rounded, "due_day_derived"),
    )


def _description(cells: Mapping[str, str], *, whole_title: bool) -> str:
    """Say what the row knows and Fairlead has no field for, so that nothing of it is lost."""
    parts = [
        f"{cells['Category']} / {cells['SubCategory']}, priority {cells['Priority']}.",
        f"Breakdown {cells['ProjectBreakdownCode']}.",
        f"Raised by {cells['RaisedByID']}, assigned to {cells['AssignedToID']}.",
        f"Authorised by {cells['AuthorisedByID']}. Status {cells['StatusCode']} in SiP.",
        "The due day is derived from the estimate.",
    ]
    return "\n".join([cells["Summary"].strip(), *parts] if whole_title else parts)


def _minutes(hours: str, what: str) -> tuple[int, bool]:
    minutes = minutes_of(hours)
    if minutes is None:
        raise _Contradiction("UNREADABLE_HOURS", f"The {what} {hours!r} are not a number of hours.")
    return minutes


def _ordered(dates: Dates) -> tuple[date, date | None, date | None]:
    estimated = _read_day(dates.estimated)
    started = _read_day(dates.started)
    completed = _read_day(dates.completed)
    if estimated is None:
        raise _Contradiction("NO_ESTIMATE_DAY", "The row has no day of estimate.")
    if started is not None and started < estimated:
        raise _Contradiction(
            "STARTED_BEFORE_ESTIMATED", f"Started on {started}, before the estimate on {estimated}."
        )
    if completed is not None and started is not None and completed < started:
        raise _Contradiction(
            "COMPLETED_BEFORE_STARTED", f"Completed on {completed}, before the start on {started}."
        )
    if completed is not None and completed < estimated:
        raise _Contradiction(
            "COMPLETED_BEFORE_ESTIMATED", f"Completed on {completed}, before the estimate on {estimated}."
        )
    return estimated, started, completed


def _ending(
    status: str, estimated: date, started: date | None, completed: date | None
) -> tuple[Ending, date | None]:
    if status == "CANCELLED":
        return Ending.CANCELLED, completed or started or estimated
    if status in _ENDED and completed is None:
        raise _Contradiction(
            "COMPLETED_WITHOUT_DAY", f"The status is {status} but there is no completion day."
        )
    if status in _ENDED or (status == "CHRONICLE" and completed is not None):
        return Ending.COMPLETED, completed
    if status == "TEMPLATE":
        raise _Contradiction("TEMPLATE_TASK", "A template for tasks is not work that was done.")
    if status not in _OPEN:
        raise _Contradiction("UNKNOWN_STATUS", f"The status {status!r} is not known.")
    if completed is not None:
        raise _Contradiction(
            "COMPLETED_AND_OPEN", f"The status is {status} but it was completed on {completed}."
        )
    return Ending.OPEN, None


def _read_day(written: str) -> date | None:
    if not written:
        return None
    day = _day(written)
    if day is None:
        raise _Contradiction("UNREADABLE_DATE", f"{written!r} is not a day such as 02-Nov-04.")
    return day


def _day(written: str) -> date | None:
    found = _DAY.fullmatch(written)
    if found is None or found[2] not in _MONTHS:
        return None
    year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)  # noqa: PLR2004 - two digits
    try:
        return date(year, _MONTHS.index(found[2]) + 1, int(found[1]))
    except ValueError:
        return None
