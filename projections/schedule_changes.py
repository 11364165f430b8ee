"""The changes of each project's schedule: what a change request moves from where to where, and if it did."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.levelling.problem import Objective
from domain.project.placements import Move, ScheduleChangeRequested, TasksPlaced
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """What one change request moves in the plan."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    change_id: Annotated[UUID, "The change request."]
    objective: Annotated[Objective, "What the moves make least."]
    requested_at: Annotated[datetime, "When it was asked for (UTC)."]
    move_count: Annotated[int, "How many tasks it moves."]
    moves: Annotated[tuple[Move, ...], "The tasks it moves."]
    applied_at: Annotated[datetime | None, "When the plan was changed so (UTC); null until then."] = None


Event: TypeAlias = ScheduleChangeRequested | TasksPlaced


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the change of the schedule."""
    return (part_id(seen.stream, "schedule_change", seen.event.change_id),)


def evolve(row: ScheduleChange | None, seen: Recorded[Event]) -> ScheduleChange | None:
    """Return the change of the schedule after an event."""
    event = seen.event
    match event:
        case ScheduleChangeRequested(change_id, objective, moves):
            row_id = part_id(seen.stream, "schedule_change", change_id)
            about = seen.stream, change_id, objective
            return ScheduleChange(row_id, *about, seen.occurred_at, len(moves), moves)
        case TasksPlaced():
            return row and replaced(row, applied_at=seen.occurred_at)


READ_MODEL: Final = ReadModel(
    name="schedule_changes",
    row=ScheduleChange,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"REQUESTED": ("requested_at",)},
    filters=("change_id", "objective"),
)
