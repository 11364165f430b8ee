"""What a plan saved by MS Project holds, record by record.

Times are local and without a zone, as the file has them. Amounts are whole minutes, money is in hundredths.
"""

from dataclasses import dataclass
from datetime import date, datetime

from domain.task.state import ConstraintKind

Shifts = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PlanHead:
    """The project itself. `key` is the file's own id of it; `saved_at` is as of when the file speaks."""

    key: str
    name: str
    opened_at: datetime
    saved_at: datetime
    start_at: datetime | None
    finish_at: datetime | None
    calendar_uid: str


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A calendar: shifts in minutes of the day, by weekday (Monday 0) and by day; the rest is its base's."""

    line: int
    uid: str
    name: str
    base_uid: str | None
    week: dict[int, Shifts]
    days: dict[date, Shifts]


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """A resource; only one that works is a person."""

    line: int
    uid: str
    name: str
    email: str | None
    group: str | None
    is_work: bool
    calendar_uid: str | None


@dataclass(frozen=True, slots=True)
class PlanTaskRow:
    """A task. `depth` counts from 1 below the project; `duration_minutes` is working time.

    `constraint` has a time for each kind but as soon and as late as possible.
    """

    line: int
    uid: str
    name: str
    notes: str
    parent_uid: str | None
    depth: int
    is_milestone: bool
    is_summary: bool
    is_active: bool
    duration_minutes: int
    work_minutes: int
    actual_work_minutes: int
    percent: int
    created_at: datetime | None
    finish_at: datetime | None
    deadline_at: datetime | None
    constraint: tuple[ConstraintKind, datetime | None]
    calendar_uid: str | None
    actual_start_at: datetime | None
    actual_finish_at: datetime | None


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """What a task was planned to be, in baseline 0 to 10; `cost_cents` is in the file's own currency."""

    line: int
    task_uid: str
    number: int
    start_at: datetime | None
    finish_at: datetime | None
    work_minutes: int | None
    cost_cents: int | None


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A dependency: kind FS, SS, FF or SF; the lag in working or elapsed minutes, below 0 for a lead."""

    line: int
    predecessor_uid: str
    successor_uid: str
    kind: str
    lag_minutes: int
    is_elapsed: bool


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """A resource's work on a task; `resource_uid` is None for the placeholder of work nobody was given."""

    line: int
    task_uid: str
    resource_uid: str | None
    actual_work_minutes: int


Row = CalendarRow | ResourceRow | PlanTaskRow | BaselineRow | LinkRow | AssignmentRow
