"""A project's gates: what a delivery may not pass unless a rule is met, or somebody overrides it by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

from domain import roles, shape
from domain.decider import Context
from domain.errors import Malformed, Refusal
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project


class Gate(StrEnum):
    """What delivery starts with, the first phase closes with, each phase closes with, and roll-out needs."""

    CHANGE_PLAN = "change_plan"
    COVERAGE = "coverage"
    RETROSPECTIVE = "retrospective"
    PILOT = "pilot"


@dataclass(frozen=True, slots=True)
class GateOverridden:
    """Somebody lets a delivery pass a gate whose rule is not met; `phase` is None for the pilots' gate."""

    gate: Gate
    phase: int | None
    approver_id: UUID
    cause: Annotated[str, Personal()]


GateEvent = GateOverridden


@dataclass(frozen=True, slots=True)
class OverrideGate:
    """Let a delivery pass a gate whose rule is not met, in one's own name and for a reason."""

    gate: Annotated[Gate, "Which gate."]
    cause: Annotated[str, "Why, 1 to 10,000 characters."]
    phase: Annotated[int | None, "The number of the phase; none for the pilots' gate."] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank cause, or a phase where none belongs or that is missing."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)
        if (self.phase is None) != (self.gate is Gate.PILOT):
            raise Malformed("Each gate but the pilots' is one of a phase.", field="phase")
        if self.phase is not None and self.gate is Gate.COVERAGE:
            shape.whole(self.phase, "phase", 1, 1)


GateCommand = OverrideGate


@dataclass(frozen=True, slots=True)
class Passage:
    """A gate overridden, of a phase or of the whole delivery."""

    gate: Gate
    phase: int | None


@dataclass(frozen=True, slots=True)
class Gates:
    """The gates that were overridden."""

    overridden: frozenset[Passage] = frozenset()

    def check(self, gate: Gate, phase: int | None, refusal: Refusal) -> None:
        """Raise the refusal of a gate whose rule is not met, unless somebody overrode it."""
        if Passage(gate, phase) not in self.overridden:
            raise refusal


def decide(command: GateCommand, project: "Project", context: Context) -> Sequence[GateEvent]:
    """Return what happens to the gates."""
    gate, phase = command.gate, command.phase
    if Passage(gate, phase) in project.gates.overridden:
        return []
    if phase is not None:
        project.phases.open_phase(phase, "phase")
    return [GateOverridden(gate, phase, context.actor_id, command.cause)]


def evolve(gates: Gates, event: GateEvent) -> Gates:
    """Return the gates after an event."""
    return Gates(gates.overridden | {Passage(event.gate, event.phase)})


FACET: Final = Facet(
    own="gates",
    decide=decide,
    evolve=evolve,
    events={
        "project.gate_overridden.v1": GateOverridden,
    },
    commands={
        OverrideGate: roles.DIRECTORS,
    },
)
