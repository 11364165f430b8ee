"""The learners: how far each is with all their training, and whether materials helped them there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.materials import MaterialUsed
from domain.project.training import TrainingAssigned, TrainingCompleted
from domain.recorded import Recorded
from projections.read_model import Observation, ReadModel, part_id


@dataclass(frozen=True, slots=True)
class Learner:
    """One member who has training or uses its materials."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    member_id: Annotated[UUID, "The member."]
    assigned_count: Annotated[int, "How many courses were assigned to them."] = 0
    completed_count: Annotated[int, "How many of these they completed."] = 0
    is_completed: Annotated[bool, "Whether they completed all that was assigned to them."] = False
    first_assigned_on: Annotated[date | None, "The day of their first assignment; null without any."] = None
    material_use_count: Annotated[int, "How often they used a material: once a material and day."] = 0
    is_material_user: Annotated[
        bool, "Whether they used a material while they had not completed all: only this can have helped."
    ] = False


Event: TypeAlias = TrainingAssigned | TrainingCompleted | MaterialUsed


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the member."""
    return (part_id(seen.stream, "learner", seen.event.member_id),)


def evolve(row: Learner | None, seen: Recorded[Event]) -> Learner | None:
    """Return the member after an event."""
    event = seen.event
    if row is None:
        (row_id,) = keys(seen)
        row = Learner(row_id, seen.stream, event.member_id)
    match event:
        case TrainingAssigned(assigned_on=assigned_on):
            return replaced(
                row,
                assigned_count=row.assigned_count + 1,
                is_completed=False,
                first_assigned_on=min(assigned_on, row.first_assigned_on or assigned_on),
            )
        case TrainingCompleted():
            completed = row.completed_count + 1
            return replaced(row, completed_count=completed, is_completed=completed == row.assigned_count)
        case MaterialUsed():
            return replaced(
                row,
                material_use_count=row.material_use_count + 1,
                is_material_user=row.is_material_user or not row.is_completed,
            )


def observe(row: Learner) -> Iterator[Observation]:
    """Yield, on the day of the first assignment, whether all is completed: with material, or without."""
    if row.first_assigned_on is not None:
        kpi = "training_with_material" if row.is_material_user else "training_without_material"
        yield Observation(kpi, row.first_assigned_on, 1, row.is_completed)


READ_MODEL: Final = ReadModel(
    name="learners",
    row=Learner,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"ASSIGNED": ("first_assigned_on",), "USES": ("material_use_count",)},
    filters=("member_id", "is_completed", "is_material_user"),
)
