"""A project's workflow: the states its tasks go through and who may move them, in numbered versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never

from domain import roles, shape
from domain.decider import Context
from domain.errors import AlreadyExists, Malformed, Unknown
from domain.facet import Facet
from domain.roles import PROJECT_ROLES, Role

if TYPE_CHECKING:
    from domain.project import Project

STATES_MAX: Final = 50
TRANSITIONS_MAX: Final = 500


class StateCategory(StrEnum):
    """What a state means for every figure: work has not begun, is under way, or is done."""

    OPEN = "open"
    STARTED = "started"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class WorkflowState:
    """One state of a workflow."""

    name: Annotated[str, "Its name, 1 to 200 characters, once in a workflow."]
    category: Annotated[StateCategory, "What it means for every figure."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long name."""
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class WorkflowTransition:
    """One way from a state to another."""

    from_state: Annotated[str, "The state it leaves."]
    to_state: Annotated[str, "The state it leads to."]
    roles: Annotated[tuple[Role, ...], "The roles in the project that may take it; none for anybody."] = ()

    def __post_init__(self) -> None:
        """Raise `Malformed` for a way from a state to itself, or a role nobody has in a project."""
        if self.from_state == self.to_state:
            raise Malformed("A transition leads to another state.", field="toState")
        if not PROJECT_ROLES.issuperset(self.roles):
            raise Malformed("This is not a role within a project.", field="roles")


@dataclass(frozen=True, slots=True)
class WorkflowDefined:
    """Tasks opened from now on go through these states: version 1."""

    states: tuple[WorkflowState, ...]
    transitions: tuple[WorkflowTransition, ...]
    version: int


@dataclass(frozen=True, slots=True)
class WorkflowRevised:
    """Tasks opened from now on go through these states; older tasks keep the version they run under."""

    states: tuple[WorkflowState, ...]
    transitions: tuple[WorkflowTransition, ...]
    version: int


WorkflowEvent = WorkflowDefined | WorkflowRevised

STATES_TEXT: Final = (
    "At most 50 states. A task opens in the first, which is of category OPEN; one of category COMPLETED can"
    " be reached from there."
)
TRANSITIONS_TEXT: Final = "The ways between the states, at most 500, each once."


@dataclass(frozen=True, slots=True)
class DefineWorkflow:
    """Define the states that tasks opened from now on go through."""

    states: Annotated[tuple[WorkflowState, ...], STATES_TEXT]
    transitions: Annotated[tuple[WorkflowTransition, ...], TRANSITIONS_TEXT]

    def __post_init__(self) -> None:
        """Raise `Malformed` for states and transitions that make no workflow."""
        _check(self.states, self.transitions)


@dataclass(frozen=True, slots=True)
class ReviseWorkflow:
    """Give the workflow a new version for tasks opened from now on; older ones keep theirs."""

    states: Annotated[tuple[WorkflowState, ...], STATES_TEXT]
    transitions: Annotated[tuple[WorkflowTransition, ...], TRANSITIONS_TEXT]

    def __post_init__(self) -> None:
        """Raise `Malformed` for states and transitions that make no workflow."""
        _check(self.states, self.transitions)


WorkflowCommand = DefineWorkflow | ReviseWorkflow


def _check(states: Sequence[WorkflowState], transitions: Sequence[WorkflowTransition]) -> None:
    names = {state.name for state in states}
    if not 0 < len(states) <= STATES_MAX or len(names) < len(states):
        raise Malformed(f"A workflow has 1 to {STATES_MAX} states of different names.", field="states")
    if states[0].category is not StateCategory.OPEN:
        raise Malformed("A task opens in the first state: it must be of category OPEN.", field="states.0")
    ways = {(each.from_state, each.to_state) for each in transitions}
    if len(transitions) > TRANSITIONS_MAX or len(ways) < len(transitions):
        raise Malformed(f"Transitions are at most {TRANSITIONS_MAX}, each once.", field="transitions")
    for number, way in enumerate(transitions):
        if not {way.from_state, way.to_state} <= names:
            raise Malformed("This names a state the workflow has not.", field=f"transitions.{number}")
    done = {state.name for state in states if state.category is StateCategory.COMPLETED}
    if done.isdisjoint(_reachable(states[0].name, ways)):
        raise Malformed("No state of category COMPLETED can be reached.", field="transitions")


def _reachable(first: str, ways: set[tuple[str, str]]) -> set[str]:
    """Return the states that can be reached from the first one, itself included."""
    found, fresh = {first}, {first}
    while fresh:  # ends: each turn adds one of at most `STATES_MAX` states
        fresh = {after for before, after in ways if before in fresh} - found
        found |= fresh
    return found


class UnknownWorkflow(Unknown):
    """The project has no workflow to revise."""

    sentence = "The project has no workflow."


@dataclass(frozen=True, slots=True)
class WorkflowVersion:
    """One version of a workflow."""

    states: tuple[WorkflowState, ...]
    transitions: tuple[WorkflowTransition, ...]

    def category_of(self, name: str) -> StateCategory | None:
        """Return the category of a state, None where there is no such state."""
        return next((state.category for state in self.states if state.name == name), None)

    def transition(self, from_state: str, to_state: str) -> WorkflowTransition | None:
        """Return the way from a state to another, None where there is none."""
        wanted = from_state, to_state
        return next((way for way in self.transitions if (way.from_state, way.to_state) == wanted), None)


@dataclass(frozen=True, slots=True)
class Workflow:
    """A project's workflow: every version there was, the last in force; none where there is no workflow."""

    versions: tuple[WorkflowVersion, ...] = ()


def decide(command: WorkflowCommand, project: "Project", context: Context) -> Sequence[WorkflowEvent]:
    """Return what happens to the workflow."""
    del context
    versions = project.workflow.versions
    wish = WorkflowVersion(command.states, command.transitions)
    if versions and versions[-1] == wish:
        return []
    number = len(versions) + 1
    match command:
        case DefineWorkflow(states, transitions):
            if versions:
                raise AlreadyExists("The project has a workflow already.")
            return [WorkflowDefined(states, transitions, number)]
        case ReviseWorkflow(states, transitions):
            if not versions:
                raise UnknownWorkflow
            return [WorkflowRevised(states, transitions, number)]
        case _:
            assert_never(command)


def evolve(workflow: Workflow, event: WorkflowEvent) -> Workflow:
    """Return the workflow after an event."""
    return Workflow((*workflow.versions, WorkflowVersion(event.states, event.transitions)))


FACET: Final = Facet(
    own="workflow",
    decide=decide,
    evolve=evolve,
    events={
        "project.workflow_defined.v1": WorkflowDefined,
        "project.workflow_revised.v1": WorkflowRevised,
    },
    commands={
        DefineWorkflow: roles.LEADS,
        ReviseWorkflow: roles.LEADS,
    },
)
