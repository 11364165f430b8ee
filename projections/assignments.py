"""The assignments of resources to tasks: which task takes how much of what, and for which skill."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.recorded import Recorded
from domain.task.resourcing import TaskResourceAssigned, TaskResourceUnassigned
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class Assignment:
    """One resource on one task."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    task_id: Annotated[UUID, "The task."]
    resource_id: Annotated[UUID, "The resource, as commands name it; for a person the member."]
    units_percent: Annotated[int, "How much of it the task takes: 100 is one of it, full time."]
    skill: Annotated[str | None, "The skill it is needed for, if one was named."]
    assigned_at: Annotated[datetime, "When this was last said (UTC)."]


Event: TypeAlias = TaskResourceAssigned | TaskResourceUnassigned


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the assignment."""
    return (part_id(seen.stream, "assignment", seen.event.resource_id),)


def evolve(_row: Assignment | None, seen: Recorded[Event]) -> Assignment | None:
    """Return the assignment after an event, None once it is taken back."""
    event = seen.event
    match event:
        case TaskResourceAssigned(resource_id, units_percent, skill):
            row_id = part_id(seen.stream, "assignment", resource_id)
            about = seen.key, seen.stream, resource_id
            return Assignment(row_id, *about, units_percent, skill, seen.occurred_at)
        case TaskResourceUnassigned():
            return None


READ_MODEL: Final = ReadModel(
    name="assignments",
    row=Assignment,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"ASSIGNED": ("assigned_at",)},
    filters=("resource_id", "task_id"),
)
