"""Operating decisions: what was parked is tried again or skipped, who signs the log's proofs. One stream."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context, Decider
from domain.errors import Malformed, Refusal

_POSITION_MAX: Final = 2**63 - 1
# an Ed25519 key, 33 bytes in Base64, behind its name and its id
_VERIFIER_KEY: Final = re.compile(r"([^\s+]{1,200})\+([0-9a-f]{8})\+(A[Q-Za-f][A-Za-z0-9+/]{42})")

OPERATIONS: Final = UUID("0be7a710-0000-8000-8000-000000000001")  # the one stream of all these decisions


class NotParked(Refusal):
    """What does not wait is not skipped: a later rebuild would leave it out where the live rows have it."""

    sentence = "Nothing that could not be folded waits there in this read model."


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


@dataclass(frozen=True, slots=True)
class ProofKeyAnnounced:
    """Another key is to sign the log's checkpoints; those before it stay known."""

    verifier_key: str


OperationEvent = ParkedRetried | ParkedSkipped | ProofKeyAnnounced


@dataclass(frozen=True, slots=True)
class RetryParked:
    """Try again what a read model parked under a key; each time it is asked for, while it is parked."""

    model: Annotated[str, "Name of the read model, 1 to 200 characters."]
    key: Annotated[UUID, "The key whose events wait: a project, or a stream that belongs to none."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed name."""
        shape.text(self.model, "model", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class SkipParked:
    """Leave an event a read model cannot take, and parked its key for, out of it for good."""

    model: Annotated[str, "Name of the read model, 1 to 200 characters."]
    position: Annotated[int, "Position of the event in the log, from 1."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed name or a position below 1."""
        shape.text(self.model, "model", shape.NAME_LENGTH_MAX)
        shape.whole(self.position, "position", 1, _POSITION_MAX)


@dataclass(frozen=True, slots=True)
class AnnounceProofKey:
    """Name the key that is to sign the log's checkpoints next."""

    verifier_key: Annotated[str, "What checks its signatures: NAME+KEYID+BASE64, an Ed25519 key."]

    def __post_init__(self) -> None:
        """Raise `Malformed` unless it is a key as C2SP's signed-note has it, with the right key id."""
        shape.text(self.verifier_key, "verifierKey", shape.NAME_LENGTH_MAX)
        found = _VERIFIER_KEY.fullmatch(self.verifier_key)
        if found is None:
            raise Malformed("A verifier key looks like NAME+KEYID+BASE64.", field="verifierKey")
        name, key_id, encoded = found.groups()
        named = name.encode() + b"\n" + base64.b64decode(encoded)
        if hashlib.sha256(named).hexdigest()[:8] != key_id:
            raise Malformed("The key id is not that of this name and key.", field="verifierKey")


OperationCommand = RetryParked | SkipParked | AnnounceProofKey


@dataclass(frozen=True, slots=True)
class Operation:
    """The positions each read model leaves out; the keys of the log's checkpoints, the latest last."""

    skipped: Mapping[str, frozenset[int]] = field(default_factory=dict[str, frozenset[int]])
    proof_keys: tuple[str, ...] = ()


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
        case AnnounceProofKey(key):
            return [] if key in _begun(operation).proof_keys else [ProofKeyAnnounced(key)]
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
            return replaced(operation, skipped={**operation.skipped, model: skipped})
        case ProofKeyAnnounced(key):
            return replaced(operation, proof_keys=(*operation.proof_keys, key))
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
        "operation.proof_key_announced.v1": ProofKeyAnnounced,
    },
    commands={
        RetryParked: roles.ADMINISTRATORS,
        SkipParked: roles.ADMINISTRATORS,
        AnnounceProofKey: roles.ADMINISTRATORS | roles.SYSTEM,
    },
    opens=frozenset({RetryParked, SkipParked, AnnounceProofKey}),
    project_of=lambda _: None,
)
