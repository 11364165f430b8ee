"""Who came to a training programme: one row a participant, with the days present and missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.programmes import AttendanceRecorded
from domain.project.training import TrainingAssigned
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class ProgrammeAttendance:
    """One participant of a training programme: somebody with training in it."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    programme: Annotated[str, "The programme's code."]
    member_id: Annotated[UUID, "The participant."]
    present_on: Annotated[tuple[date, ...], "The days they were present, the earliest first."] = ()
    missing_on: Annotated[tuple[date, ...], "The days they were missing, the earliest first."] = ()
    missing_day_count: Annotated[int, "How many days they were missing."] = 0


Event: TypeAlias = TrainingAssigned | AttendanceRecorded


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return each participant the event is about; training in no programme has none."""
    event = seen.event
    if event.programme is None:
        return
    who = (event.member_id,) if isinstance(event, TrainingAssigned) else event.present_ids + event.missing_ids
    for member_id in who:
        yield _row_id(seen.stream, event.programme, member_id)


def _row_id(project_id: UUID, programme: str, member_id: UUID) -> UUID:
    return part_id(project_id, "attendance", f"{programme}:{member_id}")


def evolve(row: ProgrammeAttendance | None, seen: Recorded[Event]) -> ProgrammeAttendance | None:
    """Return the participant after an event."""
    event = seen.event
    if row is None:
        if isinstance(event, TrainingAssigned) and event.programme is not None:
            (row_id,) = keys(seen)
            return ProgrammeAttendance(row_id, seen.stream, event.programme, event.member_id)
        raise AssertionError("a participant's first event is that training was assigned to them")
    if isinstance(event, TrainingAssigned):
        return row
    is_present = row.member_id in event.present_ids
    present, missing = _days(row.present_on, event.held_on), _days(row.missing_on, event.held_on)
    (present if is_present else missing).append(event.held_on)
    return replaced(
        row,
        present_on=tuple(sorted(present)),
        missing_on=tuple(sorted(missing)),
        missing_day_count=len(missing),
    )


def _days(days: tuple[date, ...], without: date) -> list[date]:
    return [each for each in days if each != without]


READ_MODEL: Final = ReadModel(
    name="programme_attendance",
    row=ProgrammeAttendance,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"MISSING": ("missing_day_count",)},
    filters=("programme", "member_id"),
)
