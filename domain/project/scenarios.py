"""A project's scenarios: what people do how often, and whether the delivered product covers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Unknown
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

WEEKLY: Final = 52
"""Uses in a year."""
USES_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class ScenarioRegistered:
    """People do something so often, and a phase is to cover it."""

    scenario_id: UUID
    title: Annotated[str, Personal()]
    uses_per_year: int
    phase: int
    is_high_frequency: bool


@dataclass(frozen=True, slots=True)
class ScenarioCovered:
    """The delivered product covers a scenario."""

    scenario_id: UUID
    phase: int
    is_high_frequency: bool


@dataclass(frozen=True, slots=True)
class HighFrequencySet:
    """A scenario is of high frequency from now on when it is used at least so often."""

    uses_per_year_min: int


@dataclass(frozen=True, slots=True)
class ScenarioReclassified:
    """A scenario came to be of high frequency, or ceased to be, because what counts as such was set anew."""

    scenario_id: UUID
    phase: int
    is_high_frequency: bool
    is_covered: bool


ScenarioEvent = ScenarioRegistered | ScenarioCovered | HighFrequencySet | ScenarioReclassified


@dataclass(frozen=True, slots=True)
class RegisterScenario:
    """Write down what people do, how often, and which phase is to cover it."""

    scenario_id: Annotated[UUID, "A new UUID for the scenario."]
    title: Annotated[str, "What people do, 1 to 200 characters."]
    uses_per_year: Annotated[int, "How often, in uses per year, 1 to 1,000,000; 52 is weekly, 12 monthly."]
    phase: Annotated[int, "The number of the phase that is to cover it."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a text or a number out of bounds."""
        shape.text(self.title, "title", shape.NAME_LENGTH_MAX)
        shape.whole(self.uses_per_year, "usesPerYear", 1, USES_MAX)


@dataclass(frozen=True, slots=True)
class MarkScenarioCovered:
    """Record that the delivered product covers a scenario."""

    scenario_id: Annotated[UUID, "The scenario."]


@dataclass(frozen=True, slots=True)
class SetHighFrequency:
    """Say from how many uses a year on a scenario is of high frequency; at least weekly unless said."""

    uses_per_year_min: Annotated[int, "Uses per year, 1 to 1,000,000; 52 is weekly."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a number out of bounds."""
        shape.whole(self.uses_per_year_min, "usesPerYearMin", 1, USES_MAX)


ScenarioCommand = RegisterScenario | MarkScenarioCovered | SetHighFrequency


class UnknownScenario(Unknown):
    """No scenario of this project has this id."""

    sentence = "There is no scenario with this id in this project."


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario."""

    title: str
    uses_per_year: int
    phase: int
    is_high_frequency: bool
    is_covered: bool = False


@dataclass(frozen=True, slots=True)
class Scenarios:
    """The scenarios by their ids, and from how many uses a year on they are of high frequency."""

    by_id: Mapping[UUID, Scenario] = field(default_factory=dict[UUID, Scenario])
    uses_per_year_min: int = WEEKLY

    @property
    def coverage(self) -> tuple[int, int]:
        """Return how many high-frequency scenarios are covered, and how many there are."""
        frequent = [each for each in self.by_id.values() if each.is_high_frequency]
        return sum(each.is_covered for each in frequent), len(frequent)


def decide(command: ScenarioCommand, project: "Project", context: Context) -> Sequence[ScenarioEvent]:
    """Return what happens to the scenarios."""
    del context
    scenarios = project.scenarios
    match command:
        case RegisterScenario():
            return _register(command, project)
        case MarkScenarioCovered(scenario_id):
            scenario = scenarios.by_id.get(scenario_id)
            if scenario is None:
                raise UnknownScenario(field="scenarioId")
            covered = ScenarioCovered(scenario_id, scenario.phase, scenario.is_high_frequency)
            return [] if scenario.is_covered else [covered]
        case SetHighFrequency(uses_per_year_min):
            if uses_per_year_min == scenarios.uses_per_year_min:
                return []
            return [HighFrequencySet(uses_per_year_min), *_reclassified(scenarios, uses_per_year_min)]
        case _:
            assert_never(command)


def _register(command: RegisterScenario, project: "Project") -> Sequence[ScenarioRegistered]:
    title, uses, phase = command.title, command.uses_per_year, command.phase
    before = project.scenarios.by_id.get(command.scenario_id)
    if before is not None:
        if (before.title, before.uses_per_year, before.phase) == (title, uses, phase):
            return []
        raise AlreadyExists(field="scenarioId")
    project.phases.open_phase(phase, "phase")
    is_high_frequency = uses >= project.scenarios.uses_per_year_min
    return [ScenarioRegistered(command.scenario_id, title, uses, phase, is_high_frequency)]


def _reclassified(scenarios: Scenarios, uses_per_year_min: int) -> Sequence[ScenarioReclassified]:
    return [
        ScenarioReclassified(scenario_id, each.phase, not each.is_high_frequency, each.is_covered)
        for scenario_id, each in scenarios.by_id.items()
        if each.is_high_frequency != (each.uses_per_year >= uses_per_year_min)
    ]


def evolve(scenarios: Scenarios, event: ScenarioEvent) -> Scenarios:
    """Return the scenarios after an event."""
    match event:
        case HighFrequencySet(uses_per_year_min):
            return replaced(scenarios, uses_per_year_min=uses_per_year_min)
        case ScenarioRegistered(_, title, uses_per_year, phase, is_high_frequency):
            after = Scenario(title, uses_per_year, phase, is_high_frequency)
        case ScenarioCovered(scenario_id):
            after = replaced(scenarios.by_id[scenario_id], is_covered=True)
        case ScenarioReclassified(scenario_id, _, is_high_frequency):
            after = replaced(scenarios.by_id[scenario_id], is_high_frequency=is_high_frequency)
        case _:
            assert_never(event)
    return replaced(scenarios, by_id={**scenarios.by_id, event.scenario_id: after})


FACET: Final = Facet(
    own="scenarios",
    decide=decide,
    evolve=evolve,
    events={
        "project.scenario_registered.v1": ScenarioRegistered,
        "project.scenario_covered.v1": ScenarioCovered,
        "project.high_frequency_set.v1": HighFrequencySet,
        "project.scenario_reclassified.v1": ScenarioReclassified,
    },
    commands={
        RegisterScenario: roles.TEAM,
        MarkScenarioCovered: roles.LEADS,
        SetHighFrequency: roles.LEADS,
    },
)
