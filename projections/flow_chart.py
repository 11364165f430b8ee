"""Where a project's tasks stood at the end of each day: what cumulative flow and burn-up are drawn from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Annotated
from uuid import UUID


class Turn(StrEnum):
    """What happens to a task that a chart shows: the events, without their kind and version."""

    OPENED = "opened"
    ESTIMATED = "estimated"
    STARTED = "started"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REOPENED = "reopened"


class Stand(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    STARTED = "started"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened to a task on a day of its project's time zone; `minutes` where it was estimated."""

    task_id: UUID
    on: date
    turn: Turn
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class FlowDay:
    """Where tasks stood at the end of a day; estimates are in minutes of work."""

    on: Annotated[date, "The day, in the project's time zone."]
    open_count: Annotated[int, "Tasks opened and not started."]
    started_count: Annotated[int, "Tasks started and not ended, blocked ones included."]
    completed_count: Annotated[int, "Tasks that were completed then."]
    cancelled_count: Annotated[int, "Tasks that were cancelled then."]
    scope_count: Annotated[int, "Tasks that were to be done: all but cancelled ones."]
    scope_minutes: Annotated[int, "The estimates of these, as they were then."]
    completed_minutes: Annotated[int, "The estimates of completed ones, as they were then."]


@dataclass(slots=True)
class _Task:
    """A task while its changes are gone through."""

    on: date
    stand: Stand = Stand.OPEN
    is_started: bool = False
    minutes: int = 0


def daily(changes: Iterable[Change], first: date, last: date) -> list[FlowDay]:
    """Return where tasks stood at the end of each day from `first` to `last`.

    The changes of one task are in order. One dated before the task's last change counts on that day: nothing
    a task has been through is undone by what is told late.
    """
    days = (last - first).days + 1
    counts = {stand: [0] * days for stand in Stand}
    minutes = {stand: [0] * days for stand in Stand}
    tasks: dict[UUID, _Task] = {}
    for change in changes:
        task = tasks.get(change.task_id)
        is_new = task is None
        if task is None:
            task = tasks[change.task_id] = _Task(change.on)
        task.on = max(task.on, change.on)
        place = max(0, (task.on - first).days)
        if place < days:
            if not is_new:
                counts[task.stand][place] -= 1
                minutes[task.stand][place] -= task.minutes
            _turn(task, change)
            counts[task.stand][place] += 1
            minutes[task.stand][place] += task.minutes
    return _days(first, counts, minutes)


def _turn(task: _Task, change: Change) -> None:
    match change.turn:
        case Turn.OPENED:
            pass
        case Turn.ESTIMATED:
            task.minutes = change.minutes
        case Turn.STARTED:
            task.stand, task.is_started = Stand.STARTED, True
        case Turn.COMPLETED:
            task.stand = Stand.COMPLETED
        case Turn.CANCELLED:
            task.stand = Stand.CANCELLED
        case Turn.REOPENED:
            task.stand = Stand.STARTED if task.is_started else Stand.OPEN


def _days(first: date, counts: dict[Stand, list[int]], minutes: dict[Stand, list[int]]) -> list[FlowDay]:
    tasks: dict[Stand, Sequence[int]] = {stand: [*accumulate(each)] for stand, each in counts.items()}
    work: dict[Stand, Sequence[int]] = {stand: [*accumulate(each)] for stand, each in minutes.items()}
    in_scope = (Stand.OPEN, Stand.STARTED, Stand.COMPLETED)
    return [
        FlowDay(
            first + timedelta(days=place),
            tasks[Stand.OPEN][place],
            tasks[Stand.STARTED][place],
            tasks[Stand.COMPLETED][place],
            tasks[Stand.CANCELLED][place],
            sum(tasks[stand][place] for stand in in_scope),
            sum(work[stand][place] for stand in in_scope),
            work[Stand.COMPLETED][place],
        )
        for place in range(len(tasks[Stand.OPEN]))
    ]
