"""A plan as MS Project XML (MSPDI), which MS Project opens and our own importer reads back to the same plan.

What the format has no place for is left out or stands where the importer looks for it: a day due is the
finish of a task without a deadline, and lost where a deadline, a baseline 0 or a completion says otherwise;
time spent is that of the first who is assigned; equipment is a generic resource, which is no person;
exceptions that come again are written out for ten years. Times are local to the project's time zone.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from uuid import UUID
from xml.etree.ElementTree import Element, indent, tostring
from zoneinfo import ZoneInfo

from domain.levelling.plans import Plan, duration_minutes
from domain.member import Member
from domain.project import STANDARD, LagUnit, Link, LinkKind
from domain.project.resources import Resource, ResourceKind
from domain.task.state import Task, TaskStatus
from infra.exporting.markup import SPACE, Fields, duration, part, written
from infra.exporting.mspdi_calendars import add_calendars

DAY_ENDS: Final = time(17)
_KINDS: Final = {LinkKind.FF: 0, LinkKind.FS: 1, LinkKind.SF: 2, LinkKind.SS: 3}
_CONSTRAINTS: Final = ("asap", "alap", "mso", "mfo", "snet", "snlt", "fnet", "fnlt")
_WORKING_DAYS, _ELAPSED_DAYS, _PERCENT, _ELAPSED_PERCENT = 7, 8, 19, 20


@dataclass(frozen=True, slots=True)
class Exported:
    """A plan being written: its people by id, the numbers its parts have in the file, what waits for what."""

    plan: Plan
    members: Mapping[UUID, Member]
    saved_at: datetime
    calendars: Mapping[str, int]
    resources: Mapping[UUID, int]
    tasks: Mapping[UUID, int]
    depths: Mapping[UUID, int]
    links_to: Mapping[UUID, Sequence[tuple[UUID, Link]]]
    summaries: AbstractSet[UUID | None]

    def local(self, instant: datetime | None) -> datetime | None:
        """Return an instant in the project's time zone."""
        return None if instant is None else instant.astimezone(ZoneInfo(self.plan.project.charter.time_zone))


def plan_mspdi_xml(plan: Plan, members: Mapping[UUID, Member], saved_at: datetime) -> bytes:
    """Return a plan as an MS Project XML file as of an aware instant; `members` are those of its team."""
    project = plan.project
    names = [STANDARD, *sorted(name for name in project.working_time.calendars if name != STANDARD)]
    used = {*project.team.members, *project.resources.by_id}
    ordered = list(_outline(plan.tasks))
    exported = Exported(
        plan,
        members,
        saved_at,
        {name: number for number, name in enumerate(names, start=1)},
        {key: number for number, key in enumerate(sorted(used), start=1)},
        {key: number for number, (key, _) in enumerate(ordered, start=1)},
        dict(ordered),
        _links_to(project.plan.links),
        {task.parent_id for task in plan.tasks.values()},
    )
    root = Element("Project", {"xmlns": SPACE})
    _head(root, exported)
    add_calendars(root, project, exported.calendars, saved_at)
    tasks = part(root, "Tasks")
    part(tasks, "Task", {"UID": 0, "ID": 0, "Name": project.charter.name, "OutlineLevel": 0, "Summary": True})
    for key in exported.tasks:
        _task(tasks, exported, key)
    _resources(root, exported)
    _assignments(root, exported)
    indent(root)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _outline(tasks: Mapping[UUID, Task]) -> Iterator[tuple[UUID, int]]:
    """Yield each task after the one it is a part of, with its level, the earliest opened first."""
    within: dict[UUID | None, list[UUID]] = {}
    for key, task in sorted(tasks.items(), key=lambda item: (item[1].opened_at, item[0])):
        within.setdefault(task.parent_id if task.parent_id in tasks else None, []).append(key)
    waiting = [(key, 1) for key in reversed(within.get(None, []))]
    while waiting:
        key, depth = waiting.pop()
        yield key, depth
        waiting += [(each, depth + 1) for each in reversed(within.get(key, []))]


def _head(root: Element, exported: Exported) -> None:
    project = exported.plan.project
    fields: Fields = {
        "SaveVersion": 14,
        "GUID": str(exported.plan.project_id).upper(),
        "Name": project.charter.name,
        "Title": project.charter.name,
        "CreationDate": exported.local(project.charter.opened_at),
        "LastSaved": exported.local(exported.saved_at),
        "ScheduleFromStart": True,
        "StartDate": exported.local(project.plan.start_at or project.charter.opened_at),
        "CurrencyCode": project.resources.currency or project.value.currency,
        "CalendarUID": 1,
    }
    for name, value in fields.items():
        if value is not None:
            part(root, name).text = written(value)


def _task(tasks: Element, exported: Exported, key: UUID) -> None:
    task, uid = exported.plan.tasks[key], exported.tasks[key]
    minutes = duration_minutes(task)
    is_estimated = not task.is_milestone and task.estimate_minutes is not None
    element = part(
        tasks,
        "Task",
        {
            "UID": uid,
            "ID": uid,
            "Name": task.title,
            "Active": task.status is not TaskStatus.CANCELLED,
            "CreateDate": exported.local(task.opened_at),
            "OutlineLevel": exported.depths[key],
            "Priority": task.priority,
            "Duration": duration(minutes),
            "Work": duration(task.estimate_minutes or 0) if is_estimated else None,
            "Milestone": task.is_milestone,
            "Summary": key in exported.summaries,
            "PercentComplete": 100 if task.completed_at is not None else min(task.percent, 99),
            "ActualStart": exported.local(task.started_at),
            "ActualFinish": exported.local(task.completed_at),
            "ActualWork": duration(task.spent_minutes),
            "Notes": task.description or None,
            **_placing(exported, task),
        },
    )
    _baselines(element, exported, task)
    _links(element, exported, key)


def _placing(exported: Exported, task: Task) -> Fields:
    """Return how a task may be placed, and when it is due."""
    due = task.due_on if task.deadline_on is None and task.completed_at is None else None
    return {
        "ConstraintType": _CONSTRAINTS.index(task.constraint.kind.value),
        "ConstraintDate": exported.local(task.constraint.constraint_at),
        "Deadline": _end_of(task.deadline_on),
        "Finish": _end_of(due),
        "CalendarUID": exported.calendars.get(task.calendar_name or ""),
    }


def _end_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, DAY_ENDS)


def _baselines(element: Element, exported: Exported, task: Task) -> None:
    for number, baseline in sorted(task.baselines.items()):
        fields: Fields = {
            "Number": number,
            "Start": exported.local(baseline.start_at),
            "Finish": exported.local(baseline.finish_at),
            "Work": None if baseline.work_minutes is None else duration(baseline.work_minutes),
            "Cost": baseline.cost_cents,
        }
        part(element, "Baseline", fields)


def _links_to(links: Mapping[UUID, Mapping[UUID, Link]]) -> Mapping[UUID, Sequence[tuple[UUID, Link]]]:
    """Return the links of each follower, with what it follows."""
    found: dict[UUID, list[tuple[UUID, Link]]] = {}
    for before, followers in links.items():
        for key, link in followers.items():
            found.setdefault(key, []).append((before, link))
    return found


def _links(element: Element, exported: Exported, key: UUID) -> None:
    for before, link in exported.links_to.get(key, ()):
        if before in exported.tasks:
            lag, unit = _lag(link)
            fields: Fields = {"PredecessorUID": exported.tasks[before], "Type": _KINDS[link.kind]}
            part(element, "PredecessorLink", {**fields, "LinkLag": lag, "LagFormat": unit})


def _lag(link: Link) -> tuple[int, int]:
    """Return a lag, in tenths of a minute or in percent, and the number of its unit."""
    is_elapsed = link.lag_unit is LagUnit.ELAPSED
    if link.lag_percent is not None:
        return link.lag_percent, _ELAPSED_PERCENT if is_elapsed else _PERCENT
    return link.lag_minutes * 10, _ELAPSED_DAYS if is_elapsed else _WORKING_DAYS


def _resources(root: Element, exported: Exported) -> None:
    resources = part(root, "Resources")
    for key, uid in exported.resources.items():
        resource, member = exported.plan.project.resources.by_id.get(key), exported.members.get(key)
        part(
            resources,
            "Resource",
            {"UID": uid, "ID": uid, "Type": 1, **_resource(exported, key, resource, member)},
        )


def _resource(exported: Exported, key: UUID, resource: Resource | None, member: Member | None) -> Fields:
    defined = None if resource is None else resource.defined
    named = exported.plan.project.team.members.get(key)
    rates = () if resource is None else resource.rates
    name = member.name if member is not None else None if defined is None else defined.name
    return {
        "Name": name or str(key),
        "EmailAddress": None if member is None else member.email,
        "Group": None if named is None else named.department,
        "IsGeneric": defined is not None and defined.kind is ResourceKind.EQUIPMENT,
        "MaxUnits": None if defined is None else f"{defined.capacity_percent / 100:.2f}",
        "StandardRate": f"{rates[-1].hourly_rate_cents / 100:.2f}" if rates else None,
        "StandardRateFormat": 2 if rates else None,
    }


def _assignments(root: Element, exported: Exported) -> None:
    assignments = part(root, "Assignments")
    number = 0
    for key, uid in exported.tasks.items():
        task = exported.plan.tasks[key]
        spent = task.spent_minutes
        known = [each for each in exported.resources if each in task.assignee_ids or each in task.resources]
        for each in sorted(known, key=lambda each: each not in task.assignee_ids):
            number += 1
            use = task.resources.get(each)
            units = f"{(100 if use is None else use.units_percent) / 100:.2f}"
            fields: Fields = {
                "UID": number,
                "TaskUID": uid,
                "ResourceUID": exported.resources[each],
                "Units": units,
            }
            part(assignments, "Assignment", {**fields, "ActualWork": duration(spent)})
            spent = 0
