"""How a task decides and evolves: each command and each event goes to its facet."""

from collections.abc import Sequence
from typing import Any, Final

from domain.decider import Context, Decider, Upcast
from domain.facet import Facets
from domain.project import ongoing
from domain.task import (
    approval,
    baseline,
    custom_values,
    earning,
    ending,
    hand_off,
    moving,
    outline,
    phasing,
    reminder,
    resourcing,
    scheduling,
    work,
)
from domain.task.outline import (
    OpenTask,
    TaskOpened,
)
from domain.task.state import Task, opened

TaskEvent = (
    TaskOpened
    | outline.OutlineEvent
    | work.WorkEvent
    | hand_off.HandOffEvent
    | ending.EndingEvent
    | baseline.BaselineEvent
    | custom_values.CustomValueEvent
    | moving.MovingEvent
    | approval.ApprovalEvent
    | scheduling.SchedulingEvent
    | reminder.ReminderEvent
    | resourcing.ResourcingEvent
    | earning.EarningEvent
    | phasing.PhasingEvent
)
TaskCommand = (
    OpenTask
    | outline.OutlineCommand
    | work.WorkCommand
    | hand_off.HandOffCommand
    | ending.EndingCommand
    | baseline.BaselineCommand
    | custom_values.CustomValueCommand
    | moving.MovingCommand
    | approval.ApprovalCommand
    | scheduling.SchedulingCommand
    | reminder.ReminderCommand
    | resourcing.ResourcingCommand
    | earning.EarningCommand
    | phasing.PhasingCommand
)


def decide(command: TaskCommand, task: Task | None, context: Context) -> Sequence[TaskEvent]:
    """Return what happens to the task."""
    project = ongoing(context)
    if isinstance(command, OpenTask):
        begun = outline.begin(command, task, project, context)
        return [*begun, *moving.bound(project)] if begun else begun
    return _FACETS.of_command[type(command)].decide(command, opened(task), context)


def evolve(task: Task | None, event: TaskEvent) -> Task:
    """Return the task after an event."""
    if isinstance(event, TaskOpened):
        return outline.started_with(event)
    return _FACETS.evolve(opened(task), event)


def _as_it_is(body: dict[str, Any]) -> dict[str, Any]:
    """Return an event of an older name unchanged: only the rules are stricter under the new one."""
    return body


_FACETS: Final = Facets(
    (
        outline.FACET,
        work.FACET,
        hand_off.FACET,
        ending.FACET,
        baseline.FACET,
        custom_values.FACET,
        moving.FACET,
        approval.FACET,
        scheduling.FACET,
        reminder.FACET,
        resourcing.FACET,
        earning.FACET,
        phasing.FACET,
    )
)

DECIDER: Final[Decider[TaskCommand, Task, TaskEvent]] = Decider(
    name="task",
    decide=decide,
    evolve=evolve,
    events=_FACETS.events,
    commands=_FACETS.commands,
    opens=frozenset({OpenTask}),
    project_of=lambda task: task.project_id,
    upcasts={
        "task.reopened.v1": Upcast("task.reopened.v2", ending.with_utc_day),
        "task.reopened.v2": Upcast("task.reopened.v3", _as_it_is),
        "task.completed.v1": Upcast("task.completed.v2", _as_it_is),
        "task.cancelled.v1": Upcast("task.cancelled.v2", _as_it_is),
        "task.time_spent.v1": Upcast("task.time_spent.v2", _as_it_is),
        "task.started.v1": Upcast("task.started.v2", _as_it_is),
        "task.blocked.v1": Upcast("task.blocked.v2", _as_it_is),
        "task.handed_off.v1": Upcast("task.handed_off.v2", _as_it_is),
    },
)
