"""A project's pilots: units that try the product before all others, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Refusal, Unknown
from domain.facet import Facet
from domain.personal import Personal
from domain.project.gates import Gate

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class PilotStarted:
    """A unit began to try the product, on a day of the project's time zone."""

    pilot_id: UUID
    unit: str
    started_on: date


@dataclass(frozen=True, slots=True)
class PilotEvaluated:
    """A pilot had this outcome, and it speaks for or against a roll-out."""

    pilot_id: UUID
    outcome: Annotated[str, Personal()]
    is_recommended: bool
    evaluated_on: date


PilotEvent = PilotStarted | PilotEvaluated


@dataclass(frozen=True, slots=True)
class StartPilot:
    """Let one unit try the product before all others."""

    pilot_id: Annotated[UUID, "A new UUID for the pilot."]
    unit: Annotated[str, "Which unit, such as a workshop, 1 to 200 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long name."""
        shape.text(self.unit, "unit", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class EvaluatePilot:
    """Record what came of a pilot, or what more came of it."""

    pilot_id: Annotated[UUID, "The pilot."]
    outcome: Annotated[str, "What came of it, 1 to 10,000 characters."]
    is_recommended: Annotated[bool, "Whether it speaks for rolling the product out."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text."""
        shape.text(self.outcome, "outcome", shape.TEXT_LENGTH_MAX)


PilotCommand = StartPilot | EvaluatePilot


class UnknownPilot(Unknown):
    """No pilot of this project has this id."""

    sentence = "There is no pilot with this id in this project."


class PilotNotEvaluated(Refusal):
    """No pilot was evaluated, so nobody knows whether to roll out."""

    sentence = "No pilot was evaluated."


class PilotNotRecommended(Refusal):
    """Each pilot evaluated so far speaks against a roll-out."""

    sentence = "No pilot speaks for a roll-out."


@dataclass(frozen=True, slots=True)
class Pilot:
    """One pilot; the two last are None until it is evaluated."""

    unit: str
    outcome: str | None = None
    is_recommended: bool | None = None


@dataclass(frozen=True, slots=True)
class Pilots:
    """The pilots of a project, by their ids."""

    by_id: Mapping[UUID, Pilot] = field(default_factory=dict[UUID, Pilot])


def decide(command: PilotCommand, project: "Project", context: Context) -> Sequence[PilotEvent]:
    """Return what happens to the pilots."""
    pilots, today = project.pilots, project.local_day(context.at)
    match command:
        case StartPilot(pilot_id, unit):
            return _start(pilots, PilotStarted(pilot_id, unit, today))
        case EvaluatePilot(pilot_id, outcome, is_recommended):
            return _evaluate(pilots, PilotEvaluated(pilot_id, outcome, is_recommended, today))
        case _:
            assert_never(command)


def _start(pilots: Pilots, started: PilotStarted) -> Sequence[PilotStarted]:
    before = pilots.by_id.get(started.pilot_id)
    if before is not None and before.unit != started.unit:
        raise AlreadyExists(field="pilotId")
    return [started] if before is None else []


def _evaluate(pilots: Pilots, evaluated: PilotEvaluated) -> Sequence[PilotEvaluated]:
    before = pilots.by_id.get(evaluated.pilot_id)
    if before is None:
        raise UnknownPilot(field="pilotId")
    said = before.outcome, before.is_recommended
    return [] if said == (evaluated.outcome, evaluated.is_recommended) else [evaluated]


def check_pilots(project: "Project") -> None:
    """Raise `PilotNotEvaluated` or `PilotNotRecommended`, unless the pilots' gate was overridden."""
    said = [pilot.is_recommended for pilot in project.pilots.by_id.values()]
    if not any(said):
        refusal = PilotNotRecommended() if False in said else PilotNotEvaluated()
        project.gates.check(Gate.PILOT, None, refusal)


def evolve(pilots: Pilots, event: PilotEvent) -> Pilots:
    """Return the pilots after an event."""
    match event:
        case PilotStarted(pilot_id, unit):
            after = Pilot(unit)
        case PilotEvaluated(pilot_id, outcome, is_recommended):
            after = replaced(pilots.by_id[pilot_id], outcome=outcome, is_recommended=is_recommended)
        case _:
            assert_never(event)
    return Pilots({**pilots.by_id, pilot_id: after})


FACET: Final = Facet(
    own="pilots",
    decide=decide,
    evolve=evolve,
    events={
        "project.pilot_started.v1": PilotStarted,
        "project.pilot_evaluated.v1": PilotEvaluated,
    },
    commands={
        StartPilot: roles.LEADS,
        EvaluatePilot: roles.LEADS,
    },
)
