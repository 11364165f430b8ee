"""Reminding people of a task: what tells work they do by themselves from work they are pushed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain import roles
from domain.decider import Context
from domain.facet import Facet
from domain.task.state import Task, under_way


@dataclass(frozen=True, slots=True)
class TaskReminded:
    """Somebody reminded those whom a task waits for."""

    reminded_at: datetime


ReminderEvent = TaskReminded


@dataclass(frozen=True, slots=True)
class RemindTask:
    """Remind those whom a task waits for; each reminder counts."""


ReminderCommand = RemindTask


def decide(command: ReminderCommand, task: Task, context: Context) -> Sequence[ReminderEvent]:
    """Return the reminder of a task under way."""
    del command
    under_way(task)
    return [TaskReminded(context.at)]


def evolve(task: Task, event: ReminderEvent) -> Task:
    """Return the task, which a reminder does not change."""
    del event
    return task


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.reminded.v1": TaskReminded,
    },
    commands={
        RemindTask: roles.TEAM,
    },
)
