"""What was once planned for a task, numbered and kept unchanged to compare with.

The project's baseline of a number is made of its tasks' baselines of that number. Once the project has set
it, it is fixed: no task gets a baseline of that number any more (`domain/project/baselines.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Malformed, Refusal
from domain.facet import Facet
from domain.project import ongoing
from domain.project.baselines import NUMBER_MAX
from domain.task.state import Task, TaskBaseline


@dataclass(frozen=True, slots=True)
class TaskBaselineSet:
    """What is planned for a task was kept under a number."""

    number: int
    start_at: datetime | None
    finish_at: datetime | None
    work_minutes: int | None
    cost_cents: int | None


BaselineEvent = TaskBaselineSet


@dataclass(frozen=True, slots=True)
class SetTaskBaseline:
    """Keep what is planned for a task under a number, once for each."""

    number: Annotated[int, "Number of the baseline, 0 to 10."]
    start_at: Annotated[datetime | None, "Planned start, an instant; none where not planned."]
    finish_at: Annotated[datetime | None, "Planned finish, an instant; none where not planned."]
    work_minutes: Annotated[int | None, "Planned work in minutes, 0 to ten years; none where not planned."]
    cost_cents: Annotated[
        int | None, "Planned cost in cents, 0 to 10 to the power of 15; none where not planned."
    ]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a value out of range or a finish before the start."""
        shape.whole(self.number, "number", 0, NUMBER_MAX)
        if self.start_at is not None:
            shape.instant(self.start_at, "startAt")
        if self.finish_at is not None:
            shape.instant(self.finish_at, "finishAt")
        if self.work_minutes is not None:
            shape.minutes(self.work_minutes, "workMinutes")
        if self.cost_cents is not None:
            shape.cents(self.cost_cents, "costCents")
        if self.start_at is not None and self.finish_at is not None and self.finish_at < self.start_at:
            raise Malformed("The finish lies before the start.", field="finishAt")


BaselineCommand = SetTaskBaseline


class BaselineExists(Refusal):
    """A baseline is there to compare with, so it never changes."""

    sentence = "There is another baseline of this number."


class BaselineClosed(Refusal):
    """The project set this baseline: what is planned for its tasks under this number is known and stays."""

    sentence = "The project has set the baseline of this number, so no task is added to it."


def decide(command: BaselineCommand, task: Task, context: Context) -> Sequence[BaselineEvent]:
    """Return what happens to the baselines of a task, be it under way or not."""
    project = ongoing(context)
    values = command.start_at, command.finish_at, command.work_minutes, command.cost_cents
    before = task.baselines.get(command.number)
    if before is None:
        if command.number in project.baselines.by_number:
            raise BaselineClosed(field="number")
        return [TaskBaselineSet(command.number, *values)]
    if before == TaskBaseline(*values):
        return []
    raise BaselineExists(field="number")


def evolve(task: Task, event: BaselineEvent) -> Task:
    """Return the task after a baseline was set."""
    baseline = TaskBaseline(event.start_at, event.finish_at, event.work_minutes, event.cost_cents)
    return replaced(task, baselines={**task.baselines, event.number: baseline})


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.baseline_set.v1": TaskBaselineSet,
    },
    commands={
        SetTaskBaseline: roles.LEADS,
    },
)
