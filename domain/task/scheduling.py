"""How the plan may place a task: a milestone, a schedule constraint, a deadline; none moves the due day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Final, assert_never

from domain import roles, shape
from domain.decider import Context
from domain.errors import Malformed
from domain.facet import Facet
from domain.task.state import Constraint, ConstraintKind, MilestoneHasWork, Task, under_way

DATELESS: Final = frozenset({ConstraintKind.ASAP, ConstraintKind.ALAP})


@dataclass(frozen=True, slots=True)
class TaskMilestoneSet:
    """A task marks a moment and takes no time itself, or is a piece of work again."""

    is_milestone: bool


@dataclass(frozen=True, slots=True)
class TaskConstrained:
    """The plan may place a task only so; `constraint_at` is None where the kind needs no instant."""

    kind: ConstraintKind
    constraint_at: datetime | None


@dataclass(frozen=True, slots=True)
class TaskDeadlineSet:
    """A plan that ends a task after this day is late, or after none."""

    deadline_on: date | None


SchedulingEvent = TaskMilestoneSet | TaskConstrained | TaskDeadlineSet


@dataclass(frozen=True, slots=True)
class SetMilestone:
    """Say that a task is a milestone, which takes no time, or that it is none."""

    is_milestone: Annotated[bool, "Whether it is one; its estimate must be none or 0 minutes then."]


@dataclass(frozen=True, slots=True)
class ConstrainTask:
    """Say where the plan may place a task; as soon as possible takes a constraint away."""

    kind: Annotated[
        ConstraintKind,
        "As soon or as late as possible; start or finish no earlier or later than the instant, or at it.",
    ]
    constraint_at: Annotated[datetime | None, "The instant; none for as soon and as late as possible."] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for an instant that is missing, out of range, or that the kind has no use for."""
        if (self.constraint_at is None) != (self.kind in DATELESS):
            raise Malformed(
                "A constraint needs an instant, as soon and as late as possible none.", field="constraintAt"
            )
        if self.constraint_at is not None:
            shape.instant(self.constraint_at, "constraintAt")


@dataclass(frozen=True, slots=True)
class SetDeadline:
    """Say after which day a plan that ends the task is late; when it is due is said apart from it."""

    deadline_on: Annotated[date | None, "The last day, in the project's time zone; none takes it away."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a day out of range."""
        if self.deadline_on is not None:
            shape.day(self.deadline_on, "deadlineOn")


SchedulingCommand = SetMilestone | ConstrainTask | SetDeadline


def decide(command: SchedulingCommand, task: Task, context: Context) -> Sequence[SchedulingEvent]:
    """Return what happens to the scheduling of a task under way."""
    del context
    under_way(task)
    match command:
        case SetMilestone(is_milestone):
            if is_milestone and task.estimate_minutes:
                raise MilestoneHasWork(field="isMilestone")
            return [] if is_milestone == task.is_milestone else [TaskMilestoneSet(is_milestone)]
        case ConstrainTask(kind, constraint_at):
            is_so = Constraint(kind, constraint_at) == task.constraint
            return [] if is_so else [TaskConstrained(kind, constraint_at)]
        case SetDeadline(deadline_on):
            return [] if deadline_on == task.deadline_on else [TaskDeadlineSet(deadline_on)]
        case _:
            assert_never(command)


def evolve(task: Task, event: SchedulingEvent) -> Task:
    """Return the task after an event of its scheduling."""
    match event:
        case TaskMilestoneSet(is_milestone):
            return replace(task, is_milestone=is_milestone)
        case TaskConstrained(kind, constraint_at):
            return replace(task, constraint=Constraint(kind, constraint_at))
        case TaskDeadlineSet(deadline_on):
            return replace(task, deadline_on=deadline_on)
        case _:
            assert_never(event)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.milestone_set.v1": TaskMilestoneSet,
        "task.constrained.v1": TaskConstrained,
        "task.deadline_set.v1": TaskDeadlineSet,
    },
    commands={
        SetMilestone: roles.TEAM,
        ConstrainTask: roles.TEAM,
        SetDeadline: roles.TEAM,
    },
)
