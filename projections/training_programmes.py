"""The training programmes: from when to when a cohort is trained, and how many came on each day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.programmes import AttendanceRecorded, TrainingProgrammeScheduled
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class ProgrammeDay:
    """One day of a programme whose attendance was recorded."""

    held_on: Annotated[date, "The day, in the project's time zone."]
    present_count: Annotated[int, "How many participants were present."]
    missing_count: Annotated[int, "How many participants were missing."]


@dataclass(frozen=True, slots=True)
class TrainingProgramme:
    """One training programme."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    code: Annotated[str, "Its code; names the cohort."]
    title: Annotated[str, "What it is called."]
    begins_on: Annotated[date, "Its first day."]
    ends_on: Annotated[date, "Its last day."]
    length_days: Annotated[int, "How many days it lasts, its first and last included."]
    days: Annotated[tuple[ProgrammeDay, ...], "Its days with attendance recorded, the earliest first."] = ()
    attendance_percent: Annotated[
        int | None, "Present of all expected on these days, in percent, rounded down; null without any."
    ] = None


Event: TypeAlias = TrainingProgrammeScheduled | AttendanceRecorded


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the programme."""
    event = seen.event
    code = event.code if isinstance(event, TrainingProgrammeScheduled) else event.programme
    return (part_id(seen.stream, "programme", code),)


def evolve(row: TrainingProgramme | None, seen: Recorded[Event]) -> TrainingProgramme | None:
    """Return the programme after an event."""
    event = seen.event
    if isinstance(event, TrainingProgrammeScheduled):
        (row_id,) = keys(seen)
        span = event.begins_on, event.ends_on, event.length_days
        return TrainingProgramme(row_id, seen.stream, event.code, event.title, *span)
    if row is None:
        raise AssertionError("a programme's first event is that it was scheduled")
    return _attended(row, event)


def _attended(row: TrainingProgramme, event: AttendanceRecorded) -> TrainingProgramme:
    day = ProgrammeDay(event.held_on, len(event.present_ids), len(event.missing_ids))
    days = sorted(
        (day, *(each for each in row.days if each.held_on != event.held_on)), key=lambda each: each.held_on
    )
    present = sum(each.present_count for each in days)
    expected = present + sum(each.missing_count for each in days)
    percent = present * 100 // expected if expected else None
    return replaced(row, days=tuple(days), attendance_percent=percent)


READ_MODEL: Final = ReadModel(
    name="training_programmes",
    row=TrainingProgramme,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"BEGINS": ("begins_on",), "CODE": ("code",)},
    filters=("code",),
)
