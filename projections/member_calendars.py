"""By which calendar a member works: the one assigned, or their department's; where dates are computed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project import CalendarAssigned, MemberNamed, MemberRemoved
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class MemberCalendar:
    """What says by which calendar somebody works in a project."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    member_id: Annotated[UUID, "Who."]
    department: Annotated[str | None, "The department they work for, whose calendar is theirs if it has one."]
    calendar_name: Annotated[str | None, "The calendar they were assigned; it comes before that."] = None


Event: TypeAlias = MemberNamed | MemberRemoved | CalendarAssigned


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the member."""
    return (part_id(seen.key, "member_calendar", seen.event.member_id),)


def evolve(row: MemberCalendar | None, seen: Recorded[Event]) -> MemberCalendar | None:
    """Return what says by which calendar somebody works after an event."""
    event = seen.event
    match event:
        case MemberNamed() | MemberRemoved():
            department = event.department if isinstance(event, MemberNamed) else None
            return replaced(_row(row, event.member_id, seen), department=department)
        case CalendarAssigned(member_id, calendar_name):
            return replaced(_row(row, member_id, seen), calendar_name=calendar_name)


def _row(row: MemberCalendar | None, member_id: UUID, seen: Recorded[Any]) -> MemberCalendar:
    row_id = part_id(seen.key, "member_calendar", member_id)
    return row or MemberCalendar(row_id, seen.key, member_id, None)


READ_MODEL: Final = ReadModel(
    name="member_calendars",
    row=MemberCalendar,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
)
