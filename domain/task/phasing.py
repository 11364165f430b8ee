"""In which phase of its project's delivery a task is planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.facet import Facet
from domain.project import ongoing
from domain.project.phases import FIRST, PHASE_MAX
from domain.task.state import Task, under_way


@dataclass(frozen=True, slots=True)
class TaskPlannedInPhase:
    """A task is planned in the phase of this number, or in none."""

    phase: int | None


PhasingEvent = TaskPlannedInPhase


@dataclass(frozen=True, slots=True)
class PlanTaskInPhase:
    """Plan a task, and what is below it and in no phase itself, in a phase of its project or in none."""

    phase: Annotated[int | None, "The phase's number, 1 to 100; none takes the task out of its phase."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a number out of bounds."""
        if self.phase is not None:
            shape.whole(self.phase, "phase", FIRST, PHASE_MAX)


PhasingCommand = PlanTaskInPhase


def decide(command: PhasingCommand, task: Task, context: Context) -> Sequence[PhasingEvent]:
    """Return what happens to the phase of a task under way; what a phase left undone goes to an open one."""
    project = ongoing(context)
    under_way(task)
    if command.phase == task.phase:
        return []
    if command.phase is not None:
        project.phases.open_phase(command.phase, "phase")
    return [TaskPlannedInPhase(command.phase)]


def evolve(task: Task, event: PhasingEvent) -> Task:
    """Return the task after it was planned in a phase."""
    return replaced(task, phase=event.phase)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={"task.planned_in_phase.v1": TaskPlannedInPhase},
    commands={PlanTaskInPhase: roles.TEAM},
)
