"""The calendars of each project, by name; they are read where dates are computed, and not listed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final
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


def keys(seen: Recorded[Any]) -> Iterable[UUID]:
    """Return the calendar."""
    if isinstance(seen.event, WorkingCalendarSet):
        yield part_id(seen.key, "calendar", seen.event.name)


def evolve(row: NamedCalendar | None, seen: Recorded[Any]) -> NamedCalendar | None:
    """Return the calendar after an event."""
    event = seen.event
    if not isinstance(event, WorkingCalendarSet):
        return row
    return NamedCalendar(part_id(seen.key, "calendar", event.name), seen.key, event.name, event.calendar)


READ_MODEL: Final = ReadModel(
    name="working_calendars",
    row=NamedCalendar,
    folds=frozenset({"project"}),
    keys=keys,
    evolve=evolve,
)
