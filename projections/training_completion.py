"""How much of the training is completed, by role, department, cohort and course: one row a project."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.training import TrainingAssigned, TrainingCompleted
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


class TrainingDimension(StrEnum):
    """What training is divided by: the role a course is for, department, programme, or the course itself."""

    ROLE = "role"
    DEPARTMENT = "department"
    COHORT = "cohort"
    COURSE = "course"


@dataclass(frozen=True, slots=True)
class TrainingShare:
    """The training of one role, department, cohort or course."""

    dimension: Annotated[TrainingDimension, "What it is divided by."]
    value: Annotated[str, "Which role, department, cohort or course; a cohort by its programme's code."]
    assigned_count: Annotated[int, "How many assignments there are: the denominator."] = 0
    completed_count: Annotated[int, "How many of them are completed: the numerator."] = 0

    @property
    def place(self) -> tuple[TrainingDimension, str]:
        """Return what tells one share from another."""
        return self.dimension, self.value


@dataclass(frozen=True, slots=True)
class TrainingCompletion:
    """How much of a project's training is completed: completed / assigned."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    assigned_count: Annotated[int, "How many assignments there are: the denominator."] = 0
    completed_count: Annotated[int, "How many of them are completed: the numerator."] = 0
    percent: Annotated[int | None, "Their quotient in percent, rounded down; null while there are none."] = (
        None
    )
    is_completed: Annotated[bool, "Whether all of it is completed."] = False
    shares: Annotated[
        tuple[TrainingShare, ...], "The same for each role, department, cohort and course that has training."
    ] = ()


Event: TypeAlias = TrainingAssigned | TrainingCompleted


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project's training."""
    return (part_id(seen.stream, "training_completion", ""),)


def evolve(row: TrainingCompletion | None, seen: Recorded[Event]) -> TrainingCompletion | None:
    """Return the project's training after an event."""
    event = seen.event
    row = row or TrainingCompletion(part_id(seen.stream, "training_completion", ""), seen.stream)
    assigned, completed = (1, 0) if isinstance(event, TrainingAssigned) else (0, 1)
    of_all, done = row.assigned_count + assigned, row.completed_count + completed
    shares = {share.place: share for share in row.shares}
    for share in _shares(event):
        before = shares.get(share.place, share)
        shares[share.place] = replaced(
            before,
            assigned_count=before.assigned_count + assigned,
            completed_count=before.completed_count + completed,
        )
    return replaced(
        row,
        assigned_count=of_all,
        completed_count=done,
        percent=done * 100 // of_all,
        is_completed=done == of_all,
        shares=tuple(shares[place] for place in sorted(shares)),
    )


def _shares(event: TrainingAssigned | TrainingCompleted) -> Iterable[TrainingShare]:
    """Yield an empty share for each that an assignment counts in."""
    yield TrainingShare(TrainingDimension.ROLE, event.role.value)
    if event.department is not None:
        yield TrainingShare(TrainingDimension.DEPARTMENT, event.department)
    if event.programme is not None:
        yield TrainingShare(TrainingDimension.COHORT, event.programme)
    yield TrainingShare(TrainingDimension.COURSE, event.course)


READ_MODEL: Final = ReadModel(
    name="training_completion",
    row=TrainingCompletion,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"COMPLETED": ("completed_count",)},
    filters=("is_completed",),
)
