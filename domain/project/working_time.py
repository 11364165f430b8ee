"""A project's working time: its standard calendar and those of its departments and resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Final

from domain import roles, shape
from domain.calendar import CalendarWithoutWorkingTime, WorkingCalendar
from domain.decider import Context
from domain.facet import Facet

if TYPE_CHECKING:
    from domain.project import Project

STANDARD: Final = "standard"


@dataclass(frozen=True, slots=True)
class WorkingCalendarSet:
    """A calendar holds from now on under this name."""

    name: str
    calendar: WorkingCalendar


WorkingTimeEvent = WorkingCalendarSet


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


WorkingTimeCommand = SetWorkingCalendar


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The calendars set, by name."""

    calendars: Mapping[str, WorkingCalendar] = field(default_factory=dict[str, WorkingCalendar])


def decide(command: WorkingTimeCommand, project: "Project", context: Context) -> Sequence[WorkingTimeEvent]:
    """Return what happens to the calendars."""
    del context
    working_time = project.working_time
    name, calendar = command.name, command.calendar
    return [] if working_time.calendars.get(name) == calendar else [WorkingCalendarSet(name, calendar)]


def evolve(working_time: WorkingTime, event: WorkingTimeEvent) -> WorkingTime:
    """Return the calendars after an event."""
    return replace(working_time, calendars={**working_time.calendars, event.name: event.calendar})


FACET: Final = Facet(
    own="working_time",
    decide=decide,
    evolve=evolve,
    events={
        "project.working_calendar_set.v1": WorkingCalendarSet,
    },
    commands={
        SetWorkingCalendar: roles.LEADS,
    },
)
