"""A plan saved by MS Project as XML (MSPDI): every record of it as a typed row with its line.

Units of the file: lags in tenths of a minute, of working time unless the lag's format says elapsed; a lag in
percent is of the predecessor's duration; money in hundredths. The outline's levels make the parents.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from typing import Final
from xml.etree.ElementTree import Element

from infra.importing import mspdi_fields as fields
from infra.importing.markup import line_of, parse
from infra.importing.mspdi_calendars import read_calendar
from infra.importing.mspdi_constraints import read_constraint
from infra.importing.mspdi_rows import (
    AssignmentRow,
    BaselineRow,
    LinkRow,
    PlanHead,
    PlanTaskRow,
    ResourceRow,
    Row,
)
from infra.importing.rows import TEXT_CHARACTERS_MAX, Refused
from infra.importing.source import Source, UnreadableFile
from infra.importing.table import refuse_many

HORIZON_YEARS: Final = 10
OUTLINE_LEVELS_MAX: Final = 1_000
UNASSIGNED: Final = "-65535"
LINK_KINDS: Final = {"0": "FF", "1": "FS", "2": "SF", "3": "SS"}
_ESTIMATED_FORMAT: Final = 32
_ELAPSED: Final = frozenset({4, 6, 8, 10, 12, 20})
_PERCENT: Final = frozenset({19, 20})
_YEAR_MAX: Final = 2200


def read(source: Source) -> tuple[PlanHead, Iterator[Row | Refused]]:
    """Return a plan's head, and its records: calendars, resources, tasks, baselines and links, assignments.

    Recurring exceptions are written out until ten years after the project's finish. Raises `HostileFile` or
    `UnreadableFile`.
    """
    root = parse(source)
    if root.tag != fields.SPACE + "Project":
        raise UnreadableFile("The file is no MS Project XML.")
    try:
        head = _head(root, source.name)
    except fields.Unreadable as why:
        raise UnreadableFile(why.sentence) from why
    return head, _counted(_rows(root, head))


def _head(root: Element, file_name: str) -> PlanHead:
    known = [fields.moment(root, name) for name in ("CreationDate", "StartDate", "LastSaved", "CurrentDate")]
    times = [time for time in known if time is not None]
    if not times:
        raise fields.Unreadable(
            "NO_DATES", "The file says neither when the project was made nor when it starts."
        )
    summary = next((task for task in fields.children(root, "Tasks", "Task") if _uid(task) == "0"), None)
    own = None if summary is None else fields.text(summary, "Name")
    title = own or fields.text(root, "Title") or fields.text(root, "Name") or file_name
    return PlanHead(
        key=fields.text(root, "GUID") or fields.text(root, "Name") or title,
        name=title,
        opened_at=min(time for time in (*known[:2], times[0]) if time is not None),
        saved_at=known[2] or max(times),
        start_at=known[1],
        finish_at=fields.moment(root, "FinishDate"),
        calendar_uid=fields.text(root, "CalendarUID") or "1",
    )


def _counted(rows: Iterator[Row | Refused]) -> Iterator[Row | Refused]:
    for count, row in enumerate(rows, start=1):
        refuse_many(count)
        yield row


def _rows(root: Element, head: PlanHead) -> Iterator[Row | Refused]:
    horizon = _horizon(head)
    for element in fields.children(root, "Calendars", "Calendar"):
        yield _read(element, partial(read_calendar, horizon=horizon), f"Calendar {_uid(element)}")
    for element in fields.children(root, "Resources", "Resource"):
        yield _read(element, _resource, f"Resource {_uid(element)}")
    tasks = list(_tasks(root))
    yield from (row for _, row in tasks)
    durations = {row.uid: row.duration_minutes for _, row in tasks if isinstance(row, PlanTaskRow)}
    for element, row in tasks:
        if isinstance(row, PlanTaskRow):
            for each in fields.children(element, "Baseline"):
                yield _read(each, partial(_baseline, task_uid=row.uid), f"Baseline of task {row.uid}")
            for each in fields.children(element, "PredecessorLink"):
                link = partial(_link, successor_uid=row.uid, durations=durations)
                yield _read(each, link, f"Link to task {row.uid}")
    for element in fields.children(root, "Assignments", "Assignment"):
        yield _read(element, _assignment, f"Assignment {_uid(element)}")


def _read(element: Element, reader: Callable[[Element], Row], label: str) -> Row | Refused:
    """Read a record; refuse it by its label, since a whole file may be one line."""
    try:
        return reader(element)
    except fields.Unreadable as why:
        return Refused(line_of(element), why.code, f"{label}: {why.sentence}", _actual_minutes(element))


def _actual_minutes(element: Element) -> int:
    """Return the work a refused assignment held, 0 where that cannot be read or it is no assignment."""
    if element.tag != fields.SPACE + "Assignment":
        return 0
    try:
        return fields.minutes(element, "ActualWork")
    except fields.Unreadable:
        return 0


def _horizon(head: PlanHead) -> date:
    last = (head.finish_at or head.saved_at).date()
    return date(min(last.year + HORIZON_YEARS, _YEAR_MAX), 12, 31)


def _tasks(root: Element) -> Iterator[tuple[Element, PlanTaskRow | Refused]]:
    """Yield each task under the last one before it that is a level higher."""
    above: list[tuple[int, str]] = []
    seen: set[str] = set()
    for element in fields.children(root, "Tasks", "Task"):
        row = _read(element, partial(_task, above=above, seen=seen), f"Task {_uid(element)}")
        if isinstance(row, PlanTaskRow):
            seen.add(row.uid)
            while above and above[-1][0] >= row.depth:
                above.pop()
            above.append((row.depth, row.uid))
            yield element, row
        elif isinstance(row, Refused):
            yield element, row


def _task(element: Element, above: list[tuple[int, str]], seen: set[str]) -> PlanTaskRow:
    uid = _uid(element)
    depth = fields.number(element, "OutlineLevel", 1)
    if not 0 <= depth <= OUTLINE_LEVELS_MAX:
        raise fields.Unreadable("UNREADABLE_NUMBER", f"There is no outline level {depth}.")
    name = fields.text(element, "Name")
    if fields.flag(element, "IsNull") or (name is None and depth > 0):
        raise fields.Unreadable("BLANK_TASK", "The task is a blank line of the plan.")
    if uid in seen:
        raise fields.Unreadable("REPEATED_ID", f"The file has a task with the id {uid} already.")
    if fields.flag(element, "ExternalTask"):
        raise fields.Unreadable("EXTERNAL_TASK", "The task belongs to another project.")
    notes = fields.text(element, "Notes") or ""
    if len(notes) > TEXT_CHARACTERS_MAX:
        raise fields.Unreadable(
            "TEXT_TOO_LONG", f"The notes are longer than {TEXT_CHARACTERS_MAX:,} characters."
        )
    return PlanTaskRow(
        line=line_of(element),
        uid=uid,
        name=name or "",
        notes=notes,
        parent_uid=next((each for level, each in reversed(above) if 0 < level < depth), None),
        depth=depth,
        is_milestone=fields.flag(element, "Milestone"),
        is_summary=fields.flag(element, "Summary"),
        is_active=fields.text(element, "Active") != "0",
        duration_minutes=fields.minutes(element, "Duration"),
        work_minutes=fields.minutes(element, "Work"),
        actual_work_minutes=fields.minutes(element, "ActualWork"),
        percent=fields.number(element, "PercentComplete", 0),
        created_at=fields.moment(element, "CreateDate"),
        finish_at=fields.moment(element, "Finish"),
        deadline_at=fields.moment(element, "Deadline"),
        constraint=read_constraint(element),
        calendar_uid=fields.text(element, "CalendarUID"),
        actual_start_at=fields.moment(element, "ActualStart"),
        actual_finish_at=fields.moment(element, "ActualFinish"),
    )


def _resource(element: Element) -> ResourceRow:
    uid = _uid(element)
    return ResourceRow(
        line=line_of(element),
        uid=uid,
        name=fields.text(element, "Name") or "",
        email=fields.text(element, "EmailAddress"),
        group=fields.text(element, "Group"),
        is_work=fields.text(element, "Type") in (None, "1") and not fields.flag(element, "IsGeneric"),
        calendar_uid=fields.text(element, "CalendarUID"),
    )


def _baseline(element: Element, task_uid: str) -> BaselineRow:
    number = fields.number(element, "Number", 0)
    start, finish = fields.moment(element, "Start"), fields.moment(element, "Finish")
    if start is not None and finish is not None and finish < start:
        raise fields.Unreadable(
            "FINISH_BEFORE_START", f"Baseline {number} finishes on {finish}, before its start."
        )
    work = fields.minutes(element, "Work") if fields.text(element, "Work") else None
    cost = fields.number(element, "Cost", 0) if fields.text(element, "Cost") else None
    return BaselineRow(line_of(element), task_uid, number, start, finish, work, cost)


def _link(element: Element, successor_uid: str, durations: Mapping[str, int]) -> LinkRow:
    predecessor = fields.text(element, "PredecessorUID") or ""
    if fields.flag(element, "CrossProject") or predecessor not in durations:
        raise fields.Unreadable("UNKNOWN_PREDECESSOR", f"The plan has no task with the id {predecessor!r}.")
    kind = LINK_KINDS.get(fields.text(element, "Type") or "1")
    if kind is None:
        raise fields.Unreadable(
            "UNKNOWN_LINK", f"There is no link of the type {fields.text(element, 'Type')!r}."
        )
    lag = Decimal(fields.number(element, "LinkLag", 0))
    unit = fields.number(element, "LagFormat", 7)
    unit = unit - _ESTIMATED_FORMAT if unit > _ESTIMATED_FORMAT else unit
    minutes = lag * durations[predecessor] / 100 if unit in _PERCENT else lag / 10
    whole = int(minutes.to_integral_value(ROUND_HALF_EVEN))
    return LinkRow(line_of(element), predecessor, successor_uid, kind, whole, unit in _ELAPSED)


def _assignment(element: Element) -> AssignmentRow:
    resource = fields.text(element, "ResourceUID")
    return AssignmentRow(
        line=line_of(element),
        task_uid=fields.text(element, "TaskUID") or "",
        resource_uid=None if resource in (None, UNASSIGNED) else resource,
        actual_work_minutes=fields.minutes(element, "ActualWork"),
    )


def _uid(element: Element) -> str:
    return fields.text(element, "UID") or ""
