"""The training matrix: one row a member and course, what is assigned, by when, and how it went."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.training import TrainingAssigned, TrainingCompleted, TrainingDueMoved, TrainingFailed
from domain.recorded import Recorded
from domain.roles import Role
from projections.read_model import Observation, ReadModel, part_id


@dataclass(frozen=True, slots=True)
class TrainingEntry:
    """One course one member is to complete; it is overdue when it is not completed behind its due day."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    member_id: Annotated[UUID, "The member."]
    course: Annotated[str, "The course's code."]
    role: Annotated[Role, "The role the course is for."]
    department: Annotated[str | None, "The member's department when it was assigned, if any."]
    cohort: Annotated[str | None, "The code of the programme it is part of, if any."]
    assigned_on: Annotated[date, "The day it was assigned, in the project's time zone."]
    due_on: Annotated[date, "The day by which it is to be completed."]
    is_completed: Annotated[bool, "Whether the pass mark was reached."] = False
    completed_on: Annotated[date | None, "The day it was completed, in the project's time zone."] = None
    score: Annotated[int | None, "The last score, 0 to 100; null until there is one."] = None
    failed_count: Annotated[int, "How many scores stayed below the pass mark."] = 0


Event: TypeAlias = TrainingAssigned | TrainingDueMoved | TrainingCompleted | TrainingFailed


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the member's entry for the course."""
    return (part_id(seen.stream, "training", f"{seen.event.course}:{seen.event.member_id}"),)


def evolve(row: TrainingEntry | None, seen: Recorded[Event]) -> TrainingEntry | None:
    """Return the entry after an event."""
    event = seen.event
    if isinstance(event, TrainingAssigned):
        return _assigned(event, seen)
    if row is None:
        raise AssertionError("a training's first event is that it was assigned")
    match event:
        case TrainingDueMoved(due_on=due_on):
            return replaced(row, due_on=due_on)
        case TrainingCompleted(score=score, completed_on=completed_on):
            return replaced(row, is_completed=True, completed_on=completed_on, score=score)
        case TrainingFailed(score=score):
            return replaced(row, score=score, failed_count=row.failed_count + 1)


def _assigned(event: TrainingAssigned, seen: Recorded[Any]) -> TrainingEntry:
    (row_id,) = keys(seen)
    return TrainingEntry(
        row_id,
        seen.stream,
        event.member_id,
        event.course,
        event.role,
        event.department,
        event.programme,
        event.assigned_on,
        event.due_on,
    )


def observe(row: TrainingEntry) -> Iterator[Observation]:
    """Yield the assignment, on the day it was made, and whether it is completed."""
    counted_by = (("role", row.role.value), ("department", row.department), ("cohort", row.cohort))
    dimensions = tuple((name, value) for name, value in counted_by if value is not None)
    yield Observation("training_completion", row.assigned_on, 1, row.is_completed, dimensions=dimensions)


READ_MODEL: Final = ReadModel(
    name="training_matrix",
    row=TrainingEntry,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"DUE": ("due_on",), "COURSE": ("course",), "COMPLETED": ("completed_on",)},
    filters=("member_id", "course", "role", "department", "cohort", "is_completed"),
)
