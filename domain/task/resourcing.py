"""What a task needs of the project's resources, and how important it is when they are short."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.facet import Facet
from domain.project import ongoing
from domain.project.resources import CAPACITY_PERCENT_MAX
from domain.task.state import PRIORITY_MAX, ResourceUse, Task, under_way


@dataclass(frozen=True, slots=True)
class TaskResourceAssigned:
    """A task takes so many percent of a resource while it is under way, perhaps for a skill it has."""

    resource_id: UUID
    units_percent: int
    skill: str | None


@dataclass(frozen=True, slots=True)
class TaskResourceUnassigned:
    """A task takes nothing of a resource any more."""

    resource_id: UUID


@dataclass(frozen=True, slots=True)
class TaskPrioritised:
    """A task is so important, 0 to 1000, when resources are short."""

    priority: int


ResourcingEvent = TaskResourceAssigned | TaskResourceUnassigned | TaskPrioritised


@dataclass(frozen=True, slots=True)
class AssignResource:
    """Let a task take a part of a resource while it is under way; said again it changes the part."""

    resource_id: Annotated[UUID, "A resource of the project."]
    units_percent: Annotated[int, "How much of it: 100 is one of it, full time; no more than there is."] = 100
    skill: Annotated[str | None, "The skill it is needed for, one that the resource has; or none."] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for units out of bounds or a malformed skill."""
        shape.whole(self.units_percent, "unitsPercent", 1, CAPACITY_PERCENT_MAX)
        if self.skill is not None:
            shape.text(self.skill, "skill", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class UnassignResource:
    """Let a task take nothing of a resource any more."""

    resource_id: Annotated[UUID, "The resource."]


@dataclass(frozen=True, slots=True)
class PrioritiseTask:
    """Say how important a task is when resources are short."""

    priority: Annotated[int, "0 to 1000; 500 is what a task has that nobody prioritised."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a priority out of bounds."""
        shape.whole(self.priority, "priority", 0, PRIORITY_MAX)


ResourcingCommand = AssignResource | UnassignResource | PrioritiseTask


def decide(command: ResourcingCommand, task: Task, context: Context) -> Sequence[ResourcingEvent]:
    """Return what happens to the resources and the priority of a task under way."""
    project = ongoing(context)
    under_way(task)
    match command:
        case AssignResource(resource_id, units_percent, skill):
            project.resources.known(resource_id).check_use(units_percent, skill)
            is_so = task.resources.get(resource_id) == ResourceUse(units_percent, skill)
            return [] if is_so else [TaskResourceAssigned(resource_id, units_percent, skill)]
        case UnassignResource(resource_id):
            return [TaskResourceUnassigned(resource_id)] if resource_id in task.resources else []
        case PrioritiseTask(priority):
            return [] if priority == task.priority else [TaskPrioritised(priority)]
        case _:
            assert_never(command)


def evolve(task: Task, event: ResourcingEvent) -> Task:
    """Return the task after an event of its resources."""
    match event:
        case TaskResourceAssigned(resource_id, units_percent, skill):
            use = ResourceUse(units_percent, skill)
            return replaced(task, resources={**task.resources, resource_id: use})
        case TaskResourceUnassigned(resource_id):
            left = {key: use for key, use in task.resources.items() if key != resource_id}
            return replaced(task, resources=left)
        case TaskPrioritised(priority):
            return replaced(task, priority=priority)
        case _:
            assert_never(event)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.resource_assigned.v1": TaskResourceAssigned,
        "task.resource_unassigned.v1": TaskResourceUnassigned,
        "task.prioritised.v1": TaskPrioritised,
    },
    commands={
        AssignResource: roles.TEAM,
        UnassignResource: roles.TEAM,
        PrioritiseTask: roles.TEAM,
    },
)
