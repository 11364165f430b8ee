"""Where the plan places tasks after a change of the schedule: what was asked for, and what was applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, assert_never
from uuid import UUID

from domain.copies import replaced
from domain.ids import TaskId
from domain.levelling.problem import Objective


@dataclass(frozen=True, slots=True)
class Move:
    """One task that is to start and finish at another time than it stands at; instants are aware UTC."""

    task_id: Annotated[TaskId, "The task."]
    from_start_at: Annotated[datetime, "When it starts in the plan that is changed (UTC)."]
    from_finish_at: Annotated[datetime, "When it finishes in the plan that is changed (UTC)."]
    start_at: Annotated[datetime, "When it is to start (UTC)."]
    finish_at: Annotated[datetime, "When it is to finish (UTC)."]


@dataclass(frozen=True, slots=True)
class ScheduleChangeRequested:
    """A change request moves these tasks, for the sake of this objective."""

    change_id: UUID
    objective: Objective
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """A task starts no earlier than this in the plan, and is meant to finish then (UTC)."""

    task_id: UUID
    start_at: datetime
    finish_at: datetime


@dataclass(frozen=True, slots=True)
class TasksPlaced:
    """The plan places these tasks anew, as a change request had it."""

    change_id: UUID
    placements: tuple[Placement, ...]


PlacementEvent = ScheduleChangeRequested | TasksPlaced


@dataclass(frozen=True, slots=True)
class Placements:
    """The schedule changes asked for, by change request, and where tasks are placed now."""

    requested: Mapping[UUID, ScheduleChangeRequested] = field(
        default_factory=dict[UUID, ScheduleChangeRequested]
    )
    by_task: Mapping[UUID, Placement] = field(default_factory=dict[UUID, Placement])

    def placed(self, change_id: UUID) -> Sequence[TasksPlaced]:
        """Return what applying a change request places, nothing for one that moves no tasks."""
        requested = self.requested.get(change_id)
        if requested is None:
            return []
        moved = (Placement(each.task_id, each.start_at, each.finish_at) for each in requested.moves)
        return [TasksPlaced(change_id, tuple(moved))]


def evolve(placements: Placements, event: PlacementEvent) -> Placements:
    """Return the placements after an event."""
    match event:
        case ScheduleChangeRequested(change_id):
            return replaced(placements, requested={**placements.requested, change_id: event})
        case TasksPlaced(_, placed):
            by_task = {**placements.by_task, **{each.task_id: each for each in placed}}
            return replaced(placements, by_task=by_task)
        case _:
            assert_never(event)
