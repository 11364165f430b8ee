"""A plan as an iCalendar feed (RFC 5545): days due, deadlines, milestones, and when work is planned.

Days are all-day events, the same day in every time zone. Work is planned to the minute and stands in UTC, of
which calendar programs make local time. A task without a day and without work planned has no event.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from icalendar import Calendar, Event

from domain.errors import Refusal
from domain.levelling.planning import Levelling, levelling_of, span_of
from domain.levelling.plans import Plan
from domain.task.state import Task, TaskStatus

EVENTS_MAX: Final = 2_000
REFRESH: Final = timedelta(hours=1)
_PRODUCT: Final = "-//Fairlead//Plan//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: a day, or a time from `begin` to `end` (UTC)."""

    uid: str
    title: str
    begin: date | datetime
    end: date | datetime
    about: str
    is_done: bool


def feed(plans: Sequence[Plan], at: datetime, name: str, member_id: UUID | None) -> bytes:
    """Return the feed of some projects as of an aware instant, of one member's tasks where one is given.

    It has at most `EVENTS_MAX` events, the latest ones; its description says how many were left out.
    """
    found = sorted(
        (entry for plan in plans for entry in _entries(plan, at, member_id)),
        key=lambda entry: (_day(entry.begin), entry.uid),
    )
    shown = found[-EVENTS_MAX:]
    calendar: Any = Calendar()  # what `add` takes has no type that a checker could know
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    if len(shown) < len(found):
        calendar.add("x-wr-caldesc", f"The latest {len(shown)} of {len(found)} events.")
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for entry in shown:
        calendar.add_component(_event(entry, at))
    content: bytes = calendar.to_ical()
    return content


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _event(entry: Entry, at: datetime) -> Any:
    event: Any = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", at)
    event.add("dtstart", entry.begin)
    if entry.begin < entry.end:
        event.add("dtend", entry.end)
    event.add("summary", f"✓ {entry.title}" if entry.is_done else entry.title)
    event.add("categories", [entry.about])
    event.add("transp", "OPAQUE" if isinstance(entry.begin, datetime) else "TRANSPARENT")
    return event


def _entries(plan: Plan, at: datetime, member_id: UUID | None) -> Iterator[Entry]:
    levelling = _planned(plan, at)
    name = plan.project.charter.name
    for key, task in plan.tasks.items():
        is_theirs = member_id is None or member_id in task.assignee_ids or member_id in task.resources
        if task.status is not TaskStatus.CANCELLED and is_theirs:
            yield from _days(key, task, name)
            if levelling is not None and key in levelling.project_of:
                yield from _work(levelling, key, task, name, member_id)


def _planned(plan: Plan, at: datetime) -> Levelling | None:
    """Return where the plan has its tasks, None for a plan that cannot be reckoned: its days still show."""
    try:
        return levelling_of([plan], at)
    except Refusal:
        return None


def _days(key: UUID, task: Task, name: str) -> Iterator[Entry]:
    """Yield the day a task is due and its deadline, once where they are the same."""
    days = {"due": task.due_on, "deadline": task.deadline_on}
    if task.due_on == task.deadline_on:
        del days["deadline"]
    for what, day in days.items():
        if day is not None:
            title = f"◆ {task.title}" if task.is_milestone else f"{what.capitalize()}: {task.title}"
            end = day + timedelta(days=1)
            yield Entry(f"{key}-{what}@fairlead", title, day, end, name, task.completed_at is not None)


def _work(levelling: Levelling, key: UUID, task: Task, name: str, member_id: UUID | None) -> Iterator[Entry]:
    """Yield when the work on a task is planned, for whoever is assigned; a milestone's moment for all."""
    is_assigned = bool(task.assignee_ids or task.resources) if member_id is None else True
    begin, end = span_of(levelling, key, levelling.planned[key])
    if task.is_milestone and task.due_on is None and task.deadline_on is None:
        yield Entry(f"{key}-milestone@fairlead", f"◆ {task.title}", begin, begin, name, is_done=False)
    elif is_assigned and begin < end:
        yield Entry(f"{key}-work@fairlead", task.title, begin, end, name, is_done=False)
