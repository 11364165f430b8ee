"""What a task is: the state its facets share, kept in one flat record because it is folded often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from domain.earned_value import EarningRule
from domain.elapsed import OutOfOrder
from domain.errors import Refusal, UnknownTask
from domain.personal import Personal


class TaskStatus(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    STARTED = "started"
    BLOCKED = "blocked"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class ConstraintKind(StrEnum):
    """As soon or as late as possible; start or finish no earlier or no later than an instant, or at it.

    The kinds and their names are MS Project's: `SNET` is "start no earlier than", `MFO` "must finish on".
    """

    ASAP = "asap"
    ALAP = "alap"
    SNET = "snet"
    SNLT = "snlt"
    FNET = "fnet"
    FNLT = "fnlt"
    MSO = "mso"
    MFO = "mfo"


class TaskClosed(Refusal):
    """The task is completed or cancelled."""

    sentence = "The task is completed or cancelled."


class RunsByWorkflow(Refusal):
    """The task goes through a workflow: its states say when it is started, completed and taken up again."""

    sentence = "The task is moved through its workflow."


class TaskIsBlocked(Refusal):
    """The task is blocked, so it neither starts nor ends nor gets blocked for another cause."""

    sentence = "The task is blocked."


class MilestoneHasWork(Refusal):
    """A milestone marks a moment: work it has, or is to have, makes it none."""

    sentence = "A milestone takes no time, so it has no estimate above 0 minutes."


@dataclass(frozen=True, slots=True)
class Block:
    """What holds a task up, and since when."""

    cause: str
    blocked_at: datetime


@dataclass(frozen=True, slots=True)
class HandOff:
    """Work one department handed to another, and when."""

    from_department: str
    to_department: str
    handed_off_at: datetime


@dataclass(frozen=True, slots=True)
class TaskBaseline:
    """What was once planned for a task: start and finish, work in minutes, cost in cents."""

    start_at: datetime | None
    finish_at: datetime | None
    work_minutes: int | None
    cost_cents: int | None


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value of a custom field, and the version of its definition that it was set under."""

    value: str
    version: int


@dataclass(frozen=True, slots=True)
class Constraint:
    """Where the plan may place a task; the instant is None for as soon and as late as possible."""

    kind: ConstraintKind = ConstraintKind.ASAP
    constraint_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a task takes: working minutes of its calendar, or elapsed ones."""

    minutes: int
    is_elapsed: bool = False


UNCONSTRAINED: Final = Constraint()
PRIORITY_MAX: Final = 1_000
PRIORITY_DEFAULT: Final = 500


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """How much of a resource a task takes while it is under way, and the skill it needs it for, if any."""

    units_percent: int
    skill: str | None = None


@dataclass(frozen=True, slots=True)
class EarningMilestone:
    """A part of a task's budget that is earned at once."""

    name: Annotated[str, "What is then done, 1 to 200 characters.", Personal()]
    weight_percent: Annotated[int, "How much of the task's budget it earns, in percent, 1 to 100."]


@dataclass(frozen=True, slots=True)
class Earning:
    """By which rule a task's budget is earned, and which of its milestones, counted from 1, were reached."""

    rule: EarningRule = EarningRule.PHYSICAL_PERCENT
    milestones: tuple[EarningMilestone, ...] = ()
    reached: frozenset[int] = frozenset()


EARNED_BY_PERCENT: Final = Earning()


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work in a project.

    `started_at` is its first start, `percent` what was last recorded, `reopened_at` when it was last taken up
    again; `completed_at` and `cancelled_at` are None while it is under way.
    """

    project_id: UUID
    title: str
    description: str
    parent_id: UUID | None
    opened_at: datetime
    status: TaskStatus = TaskStatus.OPEN
    estimate_minutes: int | None = None
    due_on: date | None = None
    assignee_ids: frozenset[UUID] = frozenset()
    started_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reopened_at: datetime | None = None
    block: Block | None = None
    percent: int = 0
    spent_minutes: int = 0
    open_hand_off: HandOff | None = None
    hand_offs: int = 0
    reopened: int = 0
    baselines: Mapping[int, TaskBaseline] = field(default_factory=dict[int, TaskBaseline])
    custom_values: Mapping[str, FieldValue] = field(default_factory=dict[str, FieldValue])
    workflow_version: int | None = None
    workflow_state: str | None = None
    required_path_code: str | None = None
    approved_path_codes: frozenset[str] = frozenset()
    is_milestone: bool = False
    constraint: Constraint = UNCONSTRAINED
    deadline_on: date | None = None
    duration: Duration | None = None
    calendar_name: str | None = None
    resources: Mapping[UUID, ResourceUse] = field(default_factory=dict[UUID, ResourceUse])
    priority: int = PRIORITY_DEFAULT
    earning: Earning = EARNED_BY_PERCENT
    phase: int | None = None

    @property
    def is_closed(self) -> bool:
        """Return whether the task is completed or cancelled."""
        return self.status in (TaskStatus.COMPLETED, TaskStatus.CANCELLED)

    @property
    def resting_status(self) -> TaskStatus:
        """Return where the task stands once nothing holds it up: started if it ever was, else open."""
        return TaskStatus.OPEN if self.started_at is None else TaskStatus.STARTED


def opened(task: Task | None) -> Task:
    """Return the task; raise `UnknownTask` for none."""
    if task is None:
        raise UnknownTask
    return task


def check_no_workflow(task: Task) -> None:
    """Raise `RunsByWorkflow` for a task that goes through a workflow."""
    if task.workflow_version is not None:
        raise RunsByWorkflow


def check_opened(task: Task, at: datetime) -> None:
    """Raise `OutOfOrder` for an instant (aware UTC) before the task was opened."""
    if at < task.opened_at:
        raise OutOfOrder("This cannot have happened before the task was opened.")


def under_way(task: Task) -> Task:
    """Return the task; raise `TaskClosed` for one completed or cancelled."""
    if task.is_closed:
        raise TaskClosed
    return task
