"""Operating decisions on the read side: what was parked is tried again, or skipped for good. One stream."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.decider import Context, Decider

_POSITION_MAX: Final = 2**63 - 1

OPERATIONS: Final = UUID("0be7a710-0000-8000-8000-000000000001")  # the one stream of all these decisions


@dataclass(frozen=True, slots=True)
class ParkedRetried:
    """What a read model parked under a key is to be tried again."""

    model: str
    key: UUID


@dataclass(frozen=True, slots=True)
class ParkedSkipped:
    """A read model is to leave out the event at this position of the log."""

    model: str
    position: int


OperationEvent = ParkedRetried | ParkedSkipped


@dataclass(frozen=True, slots=True)
class RetryParked:
    """Try again what a read model parked under a key; each time it is asked for."""

    model: Annotated[str, "Name of the read model, 1 to 200 characters."]
    key: Annotated[UUID, "The key whose events wait: a project, or a stream that belongs to none."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed name."""
        shape.text(self.model, "model", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class SkipParked:
    """Leave an event a read model cannot take out of it for good."""

    model: Annotated[str, "Name of the read model, 1 to 200 characters."]
    position: Annotated[int, "Position of the event in the log, from 1."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed name or a position below 1."""
        shape.text(self.model, "model", shape.NAME_LENGTH_MAX)
        shape.whole(self.position, "position", 1, _POSITION_MAX)


OperationCommand = RetryParked | SkipParked


@dataclass(frozen=True, slots=True)
class Operation:
    """The positions each read model leaves out."""

    skipped: Mapping[str, frozenset[int]] = field(default_factory=dict[str, frozenset[int]])


def decide(
    command: OperationCommand, operation: Operation | None, context: Context
) -> Sequence[OperationEvent]:
    """Return the operating decision."""
    del context
    match command:
        case RetryParked(model, key):
            return [ParkedRetried(model, key)]
        case SkipParked(model, position):
            skipped = _begun(operation).skipped.get(model, frozenset())
            return [] if position in skipped else [ParkedSkipped(model, position)]
        case _:
            assert_never(command)


def evolve(operation: Operation | None, event: OperationEvent) -> Operation:
    """Return the decisions in force after an event."""
    operation = _begun(operation)
    match event:
        case ParkedRetried():
            return operation
        case ParkedSkipped(model, position):
            skipped = operation.skipped.get(model, frozenset()) | {position}
            return replace(operation, skipped={**operation.skipped, model: skipped})
        case _:
            assert_never(event)


def _begun(operation: Operation | None) -> Operation:
    return Operation() if operation is None else operation


DECIDER: Final[Decider[OperationCommand, Operation, OperationEvent]] = Decider(
    name="operation",
    decide=decide,
    evolve=evolve,
    events={
        "operation.parked_retried.v1": ParkedRetried,
        "operation.parked_skipped.v1": ParkedSkipped,
    },
    commands={RetryParked: roles.ADMINISTRATORS, SkipParked: roles.ADMINISTRATORS},
    opens=frozenset({RetryParked, SkipParked}),
    project_of=lambda _: None,
)
