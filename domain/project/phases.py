"""A project's phases: which modules each brings, when it starts and closes, and the gates on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Malformed, Refusal, Unknown
from domain.facet import Facet
from domain.personal import Personal
from domain.project.gates import Gate
from domain.project.retrospectives import RetrospectiveMissing

if TYPE_CHECKING:
    from domain.project import Project

PHASE_MAX: Final = 100
MODULES_MAX: Final = 100
FIRST: Final = 1
COVERAGE_PERCENT_MIN: Final = 80


@dataclass(frozen=True, slots=True)
class PhasePlanned:
    """A phase is called this and brings these modules from now on."""

    number: int
    name: Annotated[str, Personal()]
    modules: tuple[Annotated[str, Personal()], ...]


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """Work on a phase began, on a day of the project's time zone; with the first of them delivery began."""

    number: int
    started_on: date
    is_delivery_start: bool


@dataclass(frozen=True, slots=True)
class PhaseClosed:
    """A phase ended, when so many of all high-frequency scenarios were covered."""

    number: int
    closed_on: date
    covered_count: int
    high_frequency_count: int


PhaseEvent = PhasePlanned | PhaseStarted | PhaseClosed


@dataclass(frozen=True, slots=True)
class PlanPhase:
    """Plan a phase of the delivery, or plan it anew while it is not closed."""

    number: Annotated[int, "The phase's number, 1 to 100; 1 is the first usable product."]
    name: Annotated[str, "What the phase is called, 1 to 200 characters."]
    modules: Annotated[tuple[str, ...], "What it brings, each 1 to 200 characters; 100 at most, each once."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a number, name or module out of bounds."""
        shape.whole(self.number, "number", FIRST, PHASE_MAX)
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)
        for index, module in enumerate(self.modules):
            shape.text(module, f"modules.{index}", shape.NAME_LENGTH_MAX)
        if len(self.modules) > MODULES_MAX or len(set(self.modules)) < len(self.modules):
            raise Malformed("A phase brings at most 100 modules, each once.", field="modules")


@dataclass(frozen=True, slots=True)
class StartPhase:
    """Start a phase; with the first one, delivery starts."""

    number: Annotated[int, "The phase's number."]


@dataclass(frozen=True, slots=True)
class ClosePhase:
    """Close a phase that was looked back on; the first one also needs its coverage."""

    number: Annotated[int, "The phase's number."]


PhaseCommand = PlanPhase | StartPhase | ClosePhase


class UnknownPhase(Unknown):
    """No phase of this project has this number."""

    sentence = "There is no phase with this number in this project."


class PhaseNotStarted(Refusal):
    """The phase has not begun."""

    sentence = "The phase was not started."


class PhaseOver(Refusal):
    """The phase is closed: it changes no more."""

    sentence = "The phase is closed."


class ChangePlanNotApproved(Refusal):
    """No delivery starts without an approved change plan."""

    sentence = "Delivery starts with an approved change plan, and there is none."


class CoverageTooLow(Refusal):
    """Too few of the high-frequency scenarios are covered to close the first phase."""

    sentence = "Too few of the high-frequency scenarios are covered."


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase."""

    name: str
    modules: tuple[str, ...]
    is_started: bool = False
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Phases:
    """The phases by number, and whether delivery has begun."""

    by_number: Mapping[int, Phase] = field(default_factory=dict[int, Phase])

    @property
    def is_delivery_started(self) -> bool:
        """Return whether a phase was ever started."""
        return any(phase.is_started for phase in self.by_number.values())

    def phase(self, number: int, path: str) -> Phase:
        """Return a phase; raise `UnknownPhase` for the field `path`."""
        if number not in self.by_number:
            raise UnknownPhase(field=path)
        return self.by_number[number]

    def open_phase(self, number: int, path: str) -> Phase:
        """Return a phase that is not closed; raise `UnknownPhase` or `PhaseOver` for the field `path`."""
        phase = self.phase(number, path)
        if phase.is_closed:
            raise PhaseOver(field=path)
        return phase

    def started_phase(self, number: int, path: str) -> Phase:
        """Return a phase that began, closed or not; raise `UnknownPhase` or `PhaseNotStarted`."""
        phase = self.phase(number, path)
        if not phase.is_started:
            raise PhaseNotStarted(field=path)
        return phase


def decide(command: PhaseCommand, project: "Project", context: Context) -> Sequence[PhaseEvent]:
    """Return what happens to the phases."""
    match command:
        case PlanPhase():
            return _plan(command, project.phases)
        case StartPhase(number):
            return _start(number, project, context)
        case ClosePhase(number):
            return _close(number, project, context)
        case _:
            assert_never(command)


def _plan(command: PlanPhase, phases: Phases) -> Sequence[PhasePlanned]:
    before = phases.by_number.get(command.number)
    if before is not None:
        phases.open_phase(command.number, "number")
        if (before.name, before.modules) == (command.name, command.modules):
            return []
    return [PhasePlanned(command.number, command.name, command.modules)]


def _start(number: int, project: "Project", context: Context) -> Sequence[PhaseStarted]:
    if project.phases.open_phase(number, "number").is_started:
        return []
    is_delivery_start = not project.phases.is_delivery_started
    if is_delivery_start and not project.change_plan.is_approved:
        project.gates.check(Gate.CHANGE_PLAN, number, ChangePlanNotApproved())
    return [PhaseStarted(number, project.local_day(context.at), is_delivery_start)]


def _close(number: int, project: "Project", context: Context) -> Sequence[PhaseClosed]:
    if project.phases.started_phase(number, "number").is_closed:
        return []
    if number not in project.retrospectives.held:
        project.gates.check(Gate.RETROSPECTIVE, number, RetrospectiveMissing())
    covered, of_all = project.scenarios.coverage
    if number == FIRST and not is_enough(covered, of_all):
        project.gates.check(Gate.COVERAGE, number, _too_low(covered, of_all))
    return [PhaseClosed(number, project.local_day(context.at), covered, of_all)]


def is_enough(covered: int, of_all: int) -> bool:
    """Return whether so many covered scenarios let the first phase close; none of none do not."""
    return of_all > 0 and covered * 100 >= of_all * COVERAGE_PERCENT_MIN


def _too_low(covered: int, of_all: int) -> CoverageTooLow:
    percent = covered * 100 // of_all if of_all else 0
    return CoverageTooLow(
        f"{covered} of {of_all} high-frequency scenarios are covered: {percent} % of the"
        f" {COVERAGE_PERCENT_MIN} % that are needed."
    )


def evolve(phases: Phases, event: PhaseEvent) -> Phases:
    """Return the phases after an event."""
    match event:
        case PhasePlanned(number, name, modules):
            before = phases.by_number.get(number, Phase(name, modules))
            after = replaced(before, name=name, modules=modules)
        case PhaseStarted(number):
            after = replaced(phases.by_number[number], is_started=True)
        case PhaseClosed(number):
            after = replaced(phases.by_number[number], is_closed=True)
        case _:
            assert_never(event)
    return Phases({**phases.by_number, event.number: after})


FACET: Final = Facet(
    own="phases",
    decide=decide,
    evolve=evolve,
    events={
        "project.phase_planned.v1": PhasePlanned,
        "project.phase_started.v1": PhaseStarted,
        "project.phase_closed.v1": PhaseClosed,
    },
    commands={
        PlanPhase: roles.LEADS,
        StartPhase: roles.LEADS,
        ClosePhase: roles.LEADS,
    },
)
