"""An aggregate as a value: how it decides, how it evolves, and the contract of its events and commands."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from domain.roles import Role

if TYPE_CHECKING:
    from domain.project import Project

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Context:
    """What is true around a command: when it happens (aware UTC), who issues it, and in which project.

    `held_in` are projects on legal hold in which the stream's person wrote or is named, for commands that
    heed those.
    """

    at: datetime
    actor_id: UUID
    project: "Project | None" = None
    held_in: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Upcast:
    """How a stored event of an older name becomes the next: its JSON object in, the new one out."""

    to: str
    transform: Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Decider(Generic[C, S, E]):
    """One kind of aggregate.

    `decide(command, state, context)` returns what happens, nothing when the wish is already true, and raises
    a Refusal. `evolve(state, event)` returns the next state and checks nothing. `commands` maps each command
    to the roles that may issue it, `events` each stored name to its type, `opens` names the commands that
    begin a stream, `heeds_holds` those that a project's legal hold may refuse. `project_of(state)` is the
    project a stream belongs to, None where there is none.
    """

    name: str
    decide: Callable[[C, S | None, Context], Sequence[E]]
    evolve: Callable[[S | None, E], S]
    events: Mapping[str, type]
    commands: Mapping[type, frozenset[Role]]
    opens: frozenset[type]
    project_of: Callable[[S], UUID | None]
    heeds_holds: frozenset[type] = frozenset()
    upcasts: Mapping[str, Upcast] = field(default_factory=dict[str, Upcast])


def action_of(command: type) -> str:
    """Return an action's name in GraphQL, logs, rules and denials: `completeTask` for `CompleteTask`."""
    name = command.__name__
    return name[0].lower() + name[1:]


def fold(decider: Decider[C, S, E], events: Iterable[E], state: S | None = None) -> S | None:
    """Return the state after `events`, starting from `state`."""
    for event in events:
        state = decider.evolve(state, event)
    return state
