"""The calendars of each project, by name; they are read where dates are computed, and not listed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from domain.calendar import WorkingCalendar
from domain.project import WorkingCalendarSet
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class NamedCalendar:
    """When work is done in a project, a department, or by a resource."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    name: Annotated[str, "What it is called; standard for all that name none."]
    calendar: Annotated[WorkingCalendar, "Its week, and the days apart from it."]


def keys(seen: Recorded[WorkingCalendarSet]) -> Iterable[UUID]:
    """Return the calendar."""
    return (part_id(seen.key, "calendar", seen.event.name),)


def evolve(_row: NamedCalendar | None, seen: Recorded[WorkingCalendarSet]) -> NamedCalendar | None:
    """Return the calendar after an event."""
    event = seen.event
    return NamedCalendar(part_id(seen.key, "calendar", event.name), seen.key, event.name, event.calendar)


READ_MODEL: Final = ReadModel(
    name="working_calendars",
    row=NamedCalendar,
    folds=frozenset({WorkingCalendarSet}),
    keys=keys,
    evolve=evolve,
)
