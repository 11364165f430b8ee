"""What a critical path is computed from: the tasks of one project, the links between them, its calendars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.calendar import WorkingCalendar
from domain.project.plan import LinkKind
from domain.schedule.crew import Crew
from domain.task.state import UNCONSTRAINED, Constraint


class SlackMode(StrEnum):
    """How late dates are found: as textbooks do, or as MS Project, whose SS and SF links hold none back."""

    TEXTBOOK = "textbook"
    MSPROJECT = "msproject"


@dataclass(frozen=True, slots=True)
class Activity:
    """A task as the plan sees it. Instants are aware; `duration_minutes` are working ones unless elapsed.

    `calendar_name` is None for the standard one. One with others below it (`parent_id`) is their summary.
    """

    task_id: UUID
    duration_minutes: int = 0
    is_elapsed: bool = False
    parent_id: UUID | None = None
    calendar_name: str | None = None
    constraint: Constraint = UNCONSTRAINED
    deadline_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    is_milestone: bool = False


@dataclass(frozen=True, slots=True)
class Dependency:
    """How a task waits for another; the lag is in minutes, or in percent of the predecessor's duration."""

    predecessor_id: UUID
    successor_id: UUID
    kind: LinkKind = LinkKind.FS
    lag_minutes: int = 0
    is_elapsed: bool = False
    lag_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A project's plan: nothing begins before `start_at` (aware). Links to tasks it has not are left out.

    `crews` are those of the tasks whose people or equipment have calendars of their own. `placed` tasks start
    no earlier than then (aware), unless they did.
    """

    start_at: datetime
    standard: WorkingCalendar
    activities: Sequence[Activity]
    dependencies: Sequence[Dependency] = ()
    calendars: Mapping[str, WorkingCalendar] = field(default_factory=dict[str, WorkingCalendar])
    crews: Mapping[UUID, Crew] = field(default_factory=dict[UUID, Crew])
    placed: Mapping[UUID, datetime] = field(default_factory=dict[UUID, datetime])
