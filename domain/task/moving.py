"""A task's way through the workflow it was opened under: the version is its own for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import NotPermitted, Refusal
from domain.facet import Facet
from domain.project import Project, ongoing
from domain.project.workflow import StateCategory, WorkflowVersion
from domain.task.ending import TaskCompleted, TaskReopened, completed, reopened
from domain.task.state import Task, TaskClosed, TaskIsBlocked, TaskStatus
from domain.task.work import TaskStarted, started


@dataclass(frozen=True, slots=True)
class TaskWorkflowBound:
    """A task goes through this version of the project's workflow, from this state on."""

    workflow_version: int
    state: str


@dataclass(frozen=True, slots=True)
class TaskMoved:
    """A task went from one state of its workflow to another."""

    from_state: str
    to_state: str
    moved_at: datetime


MovingEvent = TaskWorkflowBound | TaskMoved


@dataclass(frozen=True, slots=True)
class MoveTask:
    """Move a task to another state of its workflow: the version it was opened under."""

    state: Annotated[str, "The state, one that a transition leads to from where the task is."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long name."""
        shape.text(self.state, "state", shape.NAME_LENGTH_MAX)


MovingCommand = MoveTask


class NoWorkflow(Refusal):
    """The task was opened before its project had a workflow: it is started and completed as such."""

    sentence = "The task has no workflow."


class NoSuchTransition(Refusal):
    """The task's version of the workflow does not lead from where the task is to this state."""

    sentence = "No transition of the task's workflow leads to this state from here."


def bound(project: Project) -> Sequence[TaskWorkflowBound]:
    """Return how a task just opened is bound to the workflow in force, nothing where there is none."""
    versions = project.workflow.versions
    return [TaskWorkflowBound(len(versions), versions[-1].states[0].name)] if versions else []


def decide(
    command: MovingCommand, task: Task, context: Context
) -> Sequence[MovingEvent | TaskStarted | TaskCompleted | TaskReopened]:
    """Return the move and, before it, what it means for the task's status: what every figure is made of."""
    project = ongoing(context)
    if task.workflow_version is None or task.workflow_state is None:
        raise NoWorkflow
    if command.state == task.workflow_state:
        return []
    version = project.workflow.versions[task.workflow_version - 1]
    category = _checked(command, task.workflow_state, version, project, context)
    if task.status is TaskStatus.CANCELLED:
        raise TaskClosed("The task is cancelled.")
    if task.block is not None:
        raise TaskIsBlocked
    moved = TaskMoved(task.workflow_state, command.state, context.at)
    return [*_reaching(category, task, project, context), moved]


def _checked(
    command: MoveTask, from_state: str, version: WorkflowVersion, project: Project, context: Context
) -> StateCategory:
    """Return what the state means; raise `NoSuchTransition`, or `NotPermitted` for who may not take it."""
    way = version.transition(from_state, command.state)
    category = version.category_of(command.state)
    if way is None or category is None:
        raise NoSuchTransition(field="state")
    if way.roles and project.role_of(context.actor_id) not in way.roles:
        allowed = ", ".join(sorted(way.roles))
        raise NotPermitted(f"This transition needs one of the roles {allowed} in the project.", field="state")
    return category


def _reaching(
    category: StateCategory, task: Task, project: Project, context: Context
) -> Sequence[TaskStarted | TaskCompleted | TaskReopened]:
    """Return what brings a task to a category; sent back to OPEN it stays started if it ever was."""
    is_done = task.status is TaskStatus.COMPLETED
    if category is StateCategory.COMPLETED:
        return [] if is_done else [completed(task, project, context.at)]
    back = [reopened("Moved back in its workflow", task, project, context.at)] if is_done else []
    match category:
        case StateCategory.OPEN:
            return back
        case StateCategory.STARTED:
            is_started = task.started_at is not None
            return [*back, *([] if is_started else [started(task, context.at)])]
        case _:
            assert_never(category)


def evolve(task: Task, event: MovingEvent) -> Task:
    """Return the task after an event of its way through the workflow."""
    match event:
        case TaskWorkflowBound(workflow_version, state):
            return replaced(task, workflow_version=workflow_version, workflow_state=state)
        case TaskMoved(to_state=to_state):
            return replaced(task, workflow_state=to_state)
        case _:
            assert_never(event)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.workflow_bound.v1": TaskWorkflowBound,
        "task.moved.v1": TaskMoved,
    },
    commands={MoveTask: roles.TEAM},
)
