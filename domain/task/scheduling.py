"""How the plan may place a task: milestone, duration, calendar, constraint, deadline; no due day moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Malformed
from domain.facet import Facet
from domain.project import ongoing
from domain.task.state import Constraint, ConstraintKind, Duration, MilestoneHasWork, Task, under_way

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


@dataclass(frozen=True, slots=True)
class TaskDurationSet:
    """A task takes so many minutes, working ones of its calendar or elapsed; None for as long as its work."""

    minutes: int | None
    is_elapsed: bool


@dataclass(frozen=True, slots=True)
class TaskCalendarSet:
    """A task is worked on by the project's calendar of this name, or by its standard one."""

    calendar_name: str | None


SchedulingEvent = TaskMilestoneSet | TaskConstrained | TaskDeadlineSet | TaskDurationSet | TaskCalendarSet


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


@dataclass(frozen=True, slots=True)
class SetDuration:
    """Say how long a task takes, where that is not the time its work needs."""

    minutes: Annotated[int | None, "Minutes from start to finish, 0 to ten years; none for its estimate."]
    is_elapsed: Annotated[bool, "Whether they are elapsed minutes, not working ones of its calendar."] = False

    def __post_init__(self) -> None:
        """Raise `Malformed` for minutes out of range."""
        if self.minutes is not None:
            shape.minutes(self.minutes, "minutes")


@dataclass(frozen=True, slots=True)
class SetTaskCalendar:
    """Say by which calendar a task is worked on, whoever does it."""

    calendar_name: Annotated[str | None, "A calendar of the project; none for its standard one."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed name."""
        if self.calendar_name is not None:
            shape.text(self.calendar_name, "calendarName", shape.NAME_LENGTH_MAX)


SchedulingCommand = SetMilestone | ConstrainTask | SetDeadline | SetDuration | SetTaskCalendar


def decide(command: SchedulingCommand, task: Task, context: Context) -> Sequence[SchedulingEvent]:
    """Return what happens to the scheduling of a task under way."""
    project = ongoing(context)
    under_way(task)
    match command:
        case SetMilestone(is_milestone):
            takes_time = task.estimate_minutes or (task.duration is not None and task.duration.minutes)
            if is_milestone and takes_time:
                raise MilestoneHasWork(field="isMilestone")
            return [] if is_milestone == task.is_milestone else [TaskMilestoneSet(is_milestone)]
        case ConstrainTask(kind, constraint_at):
            is_so = Constraint(kind, constraint_at) == task.constraint
            return [] if is_so else [TaskConstrained(kind, constraint_at)]
        case SetDeadline(deadline_on):
            return [] if deadline_on == task.deadline_on else [TaskDeadlineSet(deadline_on)]
        case SetDuration(minutes, is_elapsed):
            return _last(minutes, task, is_elapsed=is_elapsed)
        case SetTaskCalendar(calendar_name):
            project.working_time.check_calendar(calendar_name, "calendarName")
            return [] if calendar_name == task.calendar_name else [TaskCalendarSet(calendar_name)]
        case _:
            assert_never(command)


def evolve(task: Task, event: SchedulingEvent) -> Task:
    """Return the task after an event of its scheduling."""
    match event:
        case TaskMilestoneSet(is_milestone):
            return replaced(task, is_milestone=is_milestone)
        case TaskConstrained(kind, constraint_at):
            return replaced(task, constraint=Constraint(kind, constraint_at))
        case TaskDeadlineSet(deadline_on):
            return replaced(task, deadline_on=deadline_on)
        case TaskDurationSet(minutes, is_elapsed):
            return replaced(task, duration=None if minutes is None else Duration(minutes, is_elapsed))
        case TaskCalendarSet(calendar_name):
            return replaced(task, calendar_name=calendar_name)
        case _:
            assert_never(event)


def _last(minutes: int | None, task: Task, *, is_elapsed: bool) -> Sequence[TaskDurationSet]:
    if minutes and task.is_milestone:
        raise MilestoneHasWork(field="minutes")
    wish = None if minutes is None else Duration(minutes, is_elapsed)
    return [] if wish == task.duration else [TaskDurationSet(minutes, is_elapsed)]


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.milestone_set.v1": TaskMilestoneSet,
        "task.constrained.v1": TaskConstrained,
        "task.deadline_set.v1": TaskDeadlineSet,
        "task.duration_set.v1": TaskDurationSet,
        "task.calendar_set.v1": TaskCalendarSet,
    },
    commands={
        SetMilestone: roles.TEAM,
        ConstrainTask: roles.TEAM,
        SetDeadline: roles.TEAM,
        SetDuration: roles.TEAM,
        SetTaskCalendar: roles.TEAM,
    },
)
