"""A project's retrospectives: what was learned at the end of each phase, and what is done about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Refusal, StillAhead, Unknown
from domain.facet import Facet
from domain.ids import MemberId
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class RetrospectiveHeld:
    """Those who took part looked back on a phase."""

    phase: int
    summary: Annotated[str, Personal()]
    held_on: date


@dataclass(frozen=True, slots=True)
class ActionRaised:
    """A retrospective asked somebody to do something by a day."""

    action_id: UUID
    phase: int
    owner_id: UUID
    text: Annotated[str, Personal()]
    due_on: date


@dataclass(frozen=True, slots=True)
class ActionClosed:
    """What a retrospective asked for was done, on a day of the project's time zone."""

    action_id: UUID
    outcome: Annotated[str, Personal()]
    closed_on: date


RetrospectiveEvent = RetrospectiveHeld | ActionRaised | ActionClosed


@dataclass(frozen=True, slots=True)
class HoldRetrospective:
    """Record a retrospective on a phase: what users and team said."""

    phase: Annotated[int, "The number of the phase."]
    summary: Annotated[str, "What was said, 1 to 10,000 characters."]
    held_on: Annotated[date, "The day it was held, in the project's time zone; not ahead."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a text or a day out of bounds."""
        shape.text(self.summary, "summary", shape.TEXT_LENGTH_MAX)
        shape.day(self.held_on, "heldOn")


@dataclass(frozen=True, slots=True)
class RaiseAction:
    """Ask somebody to do what a retrospective calls for."""

    action_id: Annotated[UUID, "A new UUID for the action."]
    phase: Annotated[int, "The number of the phase looked back on."]
    owner_id: Annotated[MemberId, "Who is to do it, somebody on the project's team."]
    text: Annotated[str, "What is to be done, 1 to 10,000 characters."]
    due_on: Annotated[date, "The day it is to be done by, in the project's time zone."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a text or a day out of bounds."""
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)
        shape.day(self.due_on, "dueOn")


@dataclass(frozen=True, slots=True)
class CloseAction:
    """Record that an action was done: the loop is closed."""

    action_id: Annotated[UUID, "The action."]
    outcome: Annotated[str, "What came of it, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text."""
        shape.text(self.outcome, "outcome", shape.TEXT_LENGTH_MAX)


RetrospectiveCommand = HoldRetrospective | RaiseAction | CloseAction


class RetrospectiveMissing(Refusal):
    """Nobody looked back on the phase yet."""

    sentence = "No retrospective was held on this phase."


class UnknownAction(Unknown):
    """No action of this project has this id."""

    sentence = "There is no action with this id in this project."


@dataclass(frozen=True, slots=True)
class Action:
    """An action as it was raised, and whether it was done."""

    raised: ActionRaised
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Retrospectives:
    """The last retrospective of each phase by its number, and the actions by their ids."""

    held: Mapping[int, RetrospectiveHeld] = field(default_factory=dict[int, RetrospectiveHeld])
    actions: Mapping[UUID, Action] = field(default_factory=dict[UUID, Action])


def decide(
    command: RetrospectiveCommand, project: "Project", context: Context
) -> Sequence[RetrospectiveEvent]:
    """Return what happens to the retrospectives and their actions."""
    match command:
        case HoldRetrospective():
            return _hold(command, project, context)
        case RaiseAction():
            return _raise(command, project)
        case CloseAction(action_id, outcome):
            action = project.retrospectives.actions.get(action_id)
            if action is None:
                raise UnknownAction(field="actionId")
            closed = ActionClosed(action_id, outcome, project.local_day(context.at))
            return [] if action.is_closed else [closed]
        case _:
            assert_never(command)


def _hold(command: HoldRetrospective, project: "Project", context: Context) -> Sequence[RetrospectiveHeld]:
    held = RetrospectiveHeld(command.phase, command.summary, command.held_on)
    if project.retrospectives.held.get(command.phase) == held:
        return []
    project.phases.started_phase(command.phase, "phase")
    if command.held_on > project.local_day(context.at):
        raise StillAhead(field="heldOn")
    return [held]


def _raise(command: RaiseAction, project: "Project") -> Sequence[ActionRaised]:
    raised = ActionRaised(command.action_id, command.phase, command.owner_id, command.text, command.due_on)
    before = project.retrospectives.actions.get(command.action_id)
    if before is not None:
        if before.raised == raised:
            return []
        raise AlreadyExists(field="actionId")
    project.phases.phase(command.phase, "phase")
    if command.phase not in project.retrospectives.held:
        raise RetrospectiveMissing(field="phase")
    project.team.check_member(command.owner_id, "ownerId")
    return [raised]


def evolve(retrospectives: Retrospectives, event: RetrospectiveEvent) -> Retrospectives:
    """Return the retrospectives after an event."""
    actions = retrospectives.actions
    match event:
        case RetrospectiveHeld(phase):
            return replaced(retrospectives, held={**retrospectives.held, phase: event})
        case ActionRaised(action_id):
            return replaced(retrospectives, actions={**actions, action_id: Action(event)})
        case ActionClosed(action_id):
            closed = replaced(actions[action_id], is_closed=True)
            return replaced(retrospectives, actions={**actions, action_id: closed})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="retrospectives",
    decide=decide,
    evolve=evolve,
    events={
        "project.retrospective_held.v1": RetrospectiveHeld,
        "project.action_raised.v1": ActionRaised,
        "project.action_closed.v1": ActionClosed,
    },
    commands={
        HoldRetrospective: roles.LEADS,
        RaiseAction: roles.TEAM,
        CloseAction: roles.TEAM,
    },
)
