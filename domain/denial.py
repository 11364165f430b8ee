"""The record that a command was denied: what somebody without the role for it tried. One stream each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from domain import roles, shape
from domain.decider import Context, Decider
from domain.errors import AlreadyExists


@dataclass(frozen=True, slots=True)
class CommandDenied:
    """Somebody issued a command they have no role for."""

    action: str
    target: UUID | None
    project_id: UUID | None


DenialEvent = CommandDenied


@dataclass(frozen=True, slots=True)
class RecordDenial:
    """Record that a command was denied, in the name of whoever issued it."""

    action: Annotated[str, "The command's name, 1 to 200 characters."]
    target: Annotated[UUID | None, "The stream the command was meant for, if any."]
    project_id: Annotated[UUID | None, "The project it was meant for, if any."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed action."""
        shape.text(self.action, "action", shape.NAME_LENGTH_MAX)


DenialCommand = RecordDenial


@dataclass(frozen=True, slots=True)
class Denial:
    """A denied command."""

    action: str
    target: UUID | None
    project_id: UUID | None


def decide(command: DenialCommand, denial: Denial | None, context: Context) -> Sequence[DenialEvent]:
    """Return the record, nothing when it was made already; a closed project keeps its denials too."""
    del context
    what = command.action, command.target, command.project_id
    if denial is None:
        return [CommandDenied(*what)]
    if denial == Denial(*what):
        return []
    raise AlreadyExists


def evolve(denial: Denial | None, event: DenialEvent) -> Denial:
    """Return the denial recorded."""
    del denial
    return Denial(event.action, event.target, event.project_id)


DECIDER: Final[Decider[DenialCommand, Denial, DenialEvent]] = Decider(
    name="denial",
    decide=decide,
    evolve=evolve,
    events={"denial.recorded.v1": CommandDenied},
    commands={RecordDenial: roles.SYSTEM},
    opens=frozenset({RecordDenial}),
    project_of=lambda denial: denial.project_id,
)
