"""A plan saved by MS Project as commands: each calendar, resource, task, baseline, link, assignment is a row.

The project's calendar is the standard one, others keep their names. Members belong to their resource group.
What is no person, and what speaks of a task or resource that was refused, is refused; a placeholder needs
nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

from domain.errors import Refusal
from domain.ids import MemberId, TaskId
from domain.project import (
    AssignCalendar,
    LagUnit,
    LinkKind,
    LinkTasks,
    OpenProject,
    RenameProject,
    SetPlanStart,
    SetWorkingCalendar,
)
from infra.importing.mspdi_rows import (
    AssignmentRow,
    BaselineRow,
    CalendarRow,
    LinkRow,
    PlanHead,
    PlanTaskRow,
    ResourceRow,
    Row,
)
from infra.importing.people import invitation, place
from infra.importing.plan import FIRST_STAGE, TASK_STAGE, TEAM_STAGE, ImportPlan, PlanBuilder, Wanted
from infra.importing.plan_calendars import calendar_names, working_calendar
from infra.importing.plan_mspdi_task import Part, PlanPlace, add_task
from infra.importing.rows import Refused, title_of

KIND: Final = "mspdi"
LINK_STAGE: Final = 1_000_000
Identified = TypeVar("Identified", CalendarRow, ResourceRow)


class ResourceIsNoPerson(Refusal):
    """A resource is material or a cost."""

    sentence = "The resource is no person: material and costs have no place on a team."


class UnknownPart(Refusal):
    """A row speaks of a task the plan does not have, or which was refused, or of the project."""

    sentence = "The task this row belongs to is the project itself, is not there or was refused."


@dataclass(slots=True)
class _Numbered:
    """The rows of a plan by what they are, each with its number."""

    calendars: dict[str, tuple[int, CalendarRow]] = field(default_factory=dict[str, tuple[int, CalendarRow]])
    resources: dict[str, tuple[int, ResourceRow]] = field(default_factory=dict[str, tuple[int, ResourceRow]])
    tasks: dict[str, tuple[int, PlanTaskRow]] = field(default_factory=dict[str, tuple[int, PlanTaskRow]])
    parts: defaultdict[str, list[Part]] = field(default_factory=lambda: defaultdict[str, list[Part]](list))
    links: list[tuple[int, LinkRow]] = field(default_factory=list[tuple[int, LinkRow]])
    project: int | None = None


def plan_mspdi(head: PlanHead, read: Iterable[Row | Refused], time_zone: str = "UTC") -> ImportPlan:
    """Return the plan of a file's records; its local times are times of `time_zone`."""
    builder = PlanBuilder(KIND, time_zone)
    numbered = _numbered(builder, list(read))
    project = builder.stream("project", head.key)
    _project(builder, head, project, numbered)
    calendars = _calendars(builder, head, project, numbered)
    members = _members(builder, PlanPlace(head, project, {}, calendars), numbered)
    _tasks(builder, PlanPlace(head, project, members, calendars), numbered)
    _links(builder, head, project, numbered)
    return builder.plan()


def _numbered(builder: PlanBuilder, rows: list[Row | Refused]) -> _Numbered:
    minutes = _minutes(rows)
    found = _Numbered()
    for row in rows:
        match row:
            case Refused():
                builder.refuse_read(row)
            case CalendarRow():
                _add(builder, found.calendars, row, f"Calendar {row.name}")
            case ResourceRow():
                _add(builder, found.resources, row, f"Resource {row.uid}")
            case PlanTaskRow():
                is_project = row.depth == 0 and found.project is None
                found.project = len(builder.rows) if is_project else found.project
                found.tasks[row.uid] = builder.row(row.line, minutes[id(row)], f"Task {row.uid}"), row
            case LinkRow():
                label = f"Link from task {row.predecessor_uid} to {row.successor_uid}"
                found.links.append((builder.row(row.line, 0, label), row))
            case BaselineRow() | AssignmentRow():
                number = builder.row(row.line, minutes.get(id(row), 0), _label(row))
                found.parts[row.task_uid].append((number, row))
    return found


def _add(builder: PlanBuilder, known: dict[str, tuple[int, Identified]], row: Identified, label: str) -> None:
    """Take a row into account by its id; refuse it when the id is taken."""
    number = builder.row(row.line, 0, label)
    if row.uid in known:
        builder.refuse(number, "REPEATED_ID", f"The file has the id {row.uid} already.")
    else:
        known[row.uid] = number, row


def _label(part: BaselineRow | AssignmentRow) -> str:
    if isinstance(part, BaselineRow):
        return f"Baseline {part.number} of task {part.task_uid}"
    return f"Assignment of resource {part.resource_uid or 'nobody'} to task {part.task_uid}"


def _minutes(rows: Sequence[Row | Refused]) -> dict[int, int]:
    """Return the minutes worked, by identity of row: of assignments, of tasks without any and without parts.

    What is assigned of a material is an amount of it, not time.
    """
    people = {row.uid for row in rows if isinstance(row, ResourceRow) and row.is_work}
    assigned = {row.task_uid for row in rows if isinstance(row, AssignmentRow)}
    minutes: dict[int, int] = {}
    for row in rows:
        if isinstance(row, AssignmentRow):
            minutes[id(row)] = row.actual_work_minutes if row.resource_uid in {*people, None} else 0
        elif isinstance(row, PlanTaskRow):
            minutes[id(row)] = 0 if row.uid in assigned or row.is_summary else row.actual_work_minutes
    return minutes


def _project(builder: PlanBuilder, head: PlanHead, project: UUID, rows: _Numbered) -> None:
    name, _ = title_of(head.name)
    opening, renaming = OpenProject(name, builder.time_zone), RenameProject(name)
    at = builder.begins(head.opened_at)
    number = rows.project
    wanted = [builder.otherwise(builder.want("project", project, opening, at, number), renaming)]
    if head.start_at is not None:
        begin = SetPlanStart(builder.begins(head.start_at))
        wanted.append(builder.want("project", project, begin, at, number))
    builder.add(FIRST_STAGE, wanted, () if number is None else (number,))


def _calendars(builder: PlanBuilder, head: PlanHead, project: UUID, rows: _Numbered) -> dict[str, str]:
    """Add the calendars and return the names of those not refused, but of the standard one, by id."""
    calendars = {uid: row for uid, (_, row) in rows.calendars.items()}
    names = calendar_names(calendars, head.calendar_uid)
    at = builder.begins(head.opened_at)
    for uid, (number, _) in rows.calendars.items():

        def build(uid: str = uid, number: int = number) -> Iterator[Wanted]:
            calendar = working_calendar(uid, calendars, builder.time_zone)
            yield builder.want("project", project, SetWorkingCalendar(calendar, names[uid]), at, row=number)

        builder.add_row(TEAM_STAGE, number, build, project)
    taken = {uid for uid, (number, _) in rows.calendars.items() if number not in builder.refused}
    return {uid: name for uid, name in names.items() if uid in taken and uid != head.calendar_uid}


def _members(builder: PlanBuilder, where: PlanPlace, rows: _Numbered) -> dict[str, MemberId]:
    """Add the people among the resources and return their members by resource id."""
    members: dict[str, MemberId] = {}
    at, project = builder.begins(where.head.opened_at), where.project
    for uid, (number, row) in rows.resources.items():
        if not row.name:
            builder.add(TEAM_STAGE, (), (number,), project)
        elif not row.is_work:
            builder.refuse(number, ResourceIsNoPerson().code, ResourceIsNoPerson.sentence)
        else:
            member_id = MemberId(builder.stream("member", row.email or row.name))

            def build(
                row: ResourceRow = row, number: int = number, member_id: MemberId = member_id
            ) -> Iterator[Wanted]:
                invited = invitation(KIND, row.name, row.email, row.group or "")
                yield builder.want("member", member_id, invited, at, row=number)
                for command in place(member_id, row.group):
                    yield builder.want("project", project, command, at, row=number)
                if row.calendar_uid is not None and row.calendar_uid in where.calendars:
                    own = AssignCalendar(member_id, where.calendars[row.calendar_uid])
                    yield builder.want("project", project, own, at, row=number)

            builder.add_row(TEAM_STAGE, number, build, project)
            if number not in builder.refused:
                members[uid] = member_id
    return members


def _tasks(builder: PlanBuilder, where: PlanPlace, rows: _Numbered) -> None:
    for uid, (number, row) in rows.tasks.items():
        if number != rows.project:
            parts = rows.parts.pop(uid, [])
            if row.parent_uid is not None and rows.tasks[row.parent_uid][0] in builder.refused:
                builder.refuse(number, UnknownPart().code, UnknownPart.sentence)
            else:
                add_task(builder, where, TASK_STAGE + row.depth, (number, row), parts)
            if number in builder.refused:
                _refuse_all(builder, [each for each, _ in parts])
    _refuse_all(builder, [each for parts in rows.parts.values() for each, _ in parts])


def _links(builder: PlanBuilder, head: PlanHead, project: UUID, rows: _Numbered) -> None:
    at = builder.begins(head.saved_at)
    for number, row in rows.links:
        ends = [rows.tasks.get(uid) for uid in (row.predecessor_uid, row.successor_uid)]
        if any(end is None or end[0] in builder.refused or end[0] == rows.project for end in ends):
            _refuse_all(builder, [number])
            continue

        def build(row: LinkRow = row, number: int = number) -> Iterator[Wanted]:
            before, after = (
                TaskId(builder.stream("task", f"{head.key}/{uid}"))
                for uid in (row.predecessor_uid, row.successor_uid)
            )
            unit = LagUnit.ELAPSED if row.is_elapsed else LagUnit.WORKING
            command = LinkTasks(before, after, LinkKind[row.kind], row.lag_minutes, unit)
            yield builder.want("project", project, command, at, row=number)

        builder.add_row(LINK_STAGE, number, build, project)


def _refuse_all(builder: PlanBuilder, numbers: Iterable[int]) -> None:
    for number in numbers:
        builder.refuse(number, UnknownPart().code, UnknownPart.sentence)
