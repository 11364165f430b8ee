"""A project's working time: its standard calendar and those of its departments and resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.calendar import CalendarWithoutWorkingTime, WorkingCalendar
from domain.copies import replaced
from domain.decider import Context, Upcast
from domain.errors import Refusal
from domain.facet import Facet
from domain.ids import MemberId

if TYPE_CHECKING:
    from domain.project import Project

STANDARD: Final = "standard"


@dataclass(frozen=True, slots=True)
class WorkingCalendarSet:
    """A calendar holds from now on under this name."""

    name: str
    calendar: WorkingCalendar


@dataclass(frozen=True, slots=True)
class CalendarAssigned:
    """Somebody works by the calendar of this name, or again by that of their department."""

    member_id: UUID
    calendar_name: str | None


WorkingTimeEvent = WorkingCalendarSet | CalendarAssigned


@dataclass(frozen=True, slots=True)
class SetWorkingCalendar:
    """Say when work is done in a project, or in one department or by one resource of it."""

    calendar: Annotated[WorkingCalendar, "The shifts of a week in minutes of local time, and days off."]
    name: Annotated[str, "A department, a resource, or standard for all others."] = STANDARD

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed name, `CalendarWithoutWorkingTime` for a week off."""
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)
        if not any(self.calendar.week):
            raise CalendarWithoutWorkingTime(field="calendar")


@dataclass(frozen=True, slots=True)
class AssignCalendar:
    """Say by which calendar somebody of the team works."""

    member_id: Annotated[MemberId, "Who."]
    calendar_name: Annotated[str | None, "A calendar of the project; none for that of their department."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed name."""
        if self.calendar_name is not None:
            shape.text(self.calendar_name, "calendarName", shape.NAME_LENGTH_MAX)


WorkingTimeCommand = SetWorkingCalendar | AssignCalendar


class UnknownCalendar(Refusal):
    """A calendar named in a command was never set in the project."""

    sentence = "There is no calendar of this name in this project."


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The calendars set, by name, and the names of those that members were assigned."""

    calendars: Mapping[str, WorkingCalendar] = field(default_factory=dict[str, WorkingCalendar])
    assigned: Mapping[UUID, str] = field(default_factory=dict[UUID, str])

    def check_calendar(self, name: str | None, path: str) -> None:
        """Raise `UnknownCalendar` for the field `path` where a name is none of a calendar that was set."""
        if name is not None and name not in self.calendars:
            raise UnknownCalendar(field=path)


def decide(command: WorkingTimeCommand, project: "Project", context: Context) -> Sequence[WorkingTimeEvent]:
    """Return what happens to the calendars."""
    del context
    working_time = project.working_time
    match command:
        case SetWorkingCalendar(calendar, name):
            return (
                [] if working_time.calendars.get(name) == calendar else [WorkingCalendarSet(name, calendar)]
            )
        case AssignCalendar(member_id, calendar_name):
            project.team.check_member(member_id, "memberId")
            working_time.check_calendar(calendar_name, "calendarName")
            is_so = working_time.assigned.get(member_id) == calendar_name
            return [] if is_so else [CalendarAssigned(member_id, calendar_name)]
        case _:
            assert_never(command)


def evolve(working_time: WorkingTime, event: WorkingTimeEvent) -> WorkingTime:
    """Return the calendars after an event."""
    match event:
        case WorkingCalendarSet(name, calendar):
            return replaced(working_time, calendars={**working_time.calendars, name: calendar})
        case CalendarAssigned(member_id, None):
            others = {key: name for key, name in working_time.assigned.items() if key != member_id}
            return replaced(working_time, assigned=others)
        case CalendarAssigned(member_id, str(name)):
            return replaced(working_time, assigned={**working_time.assigned, member_id: name})
        case _:
            raise AssertionError(event)


def _without_recurring(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "calendar": {**body["calendar"], "recurring": []}}


UPCASTS: Final = {
    "project.working_calendar_set.v1": Upcast("project.working_calendar_set.v2", _without_recurring),
}

FACET: Final = Facet(
    own="working_time",
    decide=decide,
    evolve=evolve,
    events={
        "project.working_calendar_set.v2": WorkingCalendarSet,
        "project.calendar_assigned.v1": CalendarAssigned,
    },
    commands={
        SetWorkingCalendar: roles.LEADS,
        AssignCalendar: roles.LEADS,
    },
)
