"""What forecasts learn from, as a fold of events: one task's promises and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain import task
from domain.copies import replaced
from domain.recorded import Recorded
from projections.forecast.ratios import PastTask

_PROMISED_WITHIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TaskPast:
    """One task: what was said of it within a day of its opening, and when it was first finished.

    Days are those of its project's time zone. `worked_minutes` is what was booked when it was completed,
    `elapsed_minutes` its working minutes from start to completion; both are 0 and None before that.
    """

    task_id: UUID
    project_id: UUID
    opened_at: datetime
    opened_on: date
    estimate_minutes: int | None = None
    people: tuple[str, ...] = ()
    spent_minutes: int = 0
    completed_on: date | None = None
    worked_minutes: int = 0
    elapsed_minutes: int | None = None
    cancelled_on: date | None = None

    @property
    def ended_on(self) -> date | None:
        """Return the day it was completed or cancelled first, None while it is open."""
        days = [day for day in (self.completed_on, self.cancelled_on) if day is not None]
        return min(days, default=None)

    def finished(self) -> PastTask | None:
        """Return what it teaches, None before it is completed or where nobody estimated it."""
        if self.completed_on is None or not self.estimate_minutes:
            return None
        worked = self.worked_minutes or (self.elapsed_minutes or 0)
        project = str(self.project_id)
        return PastTask(self.people, project, self.estimate_minutes, worked, self.elapsed_minutes)


def folded(events: Iterable[Recorded[Any]]) -> list[TaskPast]:
    """Return the tasks of some events, in the order of their opening; events of one task are in order."""
    tasks: dict[UUID, TaskPast] = {}
    for seen in events:
        before = tasks.get(seen.stream)
        after = evolve(before, seen)
        if after is not None:
            tasks[seen.stream] = after
    return sorted(tasks.values(), key=lambda each: (each.opened_at, each.task_id))


def evolve(row: TaskPast | None, seen: Recorded[Any]) -> TaskPast | None:
    """Return a task after an event; other events change nothing."""
    event = seen.event
    if isinstance(event, task.TaskOpened):
        return TaskPast(seen.stream, event.project_id, event.opened_at, event.opened_on)
    if row is None:
        return None
    match event:
        case task.TaskEstimated(minutes) if _is_promised(row, seen):
            return replaced(row, estimate_minutes=minutes)
        case task.TaskAssigned(member_id) if _is_promised(row, seen):
            return replaced(row, people=tuple(sorted({*row.people, str(member_id)})))
        case task.TimeSpent(minutes):
            return replaced(row, spent_minutes=row.spent_minutes + minutes)
        case task.TaskCompleted() if row.completed_on is None:
            return replaced(
                row,
                completed_on=event.completed_on,
                worked_minutes=row.spent_minutes,
                elapsed_minutes=event.cycle_working_minutes,
            )
        case task.TaskCancelled(cancelled_at=at) if row.cancelled_on is None:
            return replaced(row, cancelled_on=at.date())
        case _:
            return row


def _is_promised(row: TaskPast, seen: Recorded[Any]) -> bool:
    return seen.occurred_at <= row.opened_at + _PROMISED_WITHIN
