"""A project's KPIs: the measures it is judged by, each with its formula in numbered versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Refusal, Unknown
from domain.facet import Facet, once
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

VERSION_MAX: Final = 10**6
CODE_TEXT: Final = "Small letters, digits and underscores, such as lead_time."


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class KpiDefined:
    """A project is measured by a KPI."""

    code: str
    unit: str
    direction: Direction
    formula_version: int
    definition: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class KpiFormulaRevised:
    """A KPI is computed otherwise from now on."""

    code: str
    formula_version: int
    definition: Annotated[str, Personal()]


KpisEvent = KpiDefined | KpiFormulaRevised


@dataclass(frozen=True, slots=True)
class DefineKpi:
    """Define a KPI that a project is measured by."""

    code: Annotated[str, f"{CODE_TEXT} One that Fairlead measures, in its unit, has a figure."]
    unit: Annotated[str, "What its values are in, such as percent or minutes."]
    direction: Annotated[Direction, "Which way is better."]
    formula_version: Annotated[int, "The number of its formula, from 1."]
    definition: Annotated[str, "How it is computed, 1 to 10000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed code, unit, version or definition."""
        shape.code(self.code, "code")
        shape.text(self.unit, "unit", shape.NAME_LENGTH_MAX)
        shape.whole(self.formula_version, "formulaVersion", 1, VERSION_MAX)
        shape.text(self.definition, "definition", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class ReviseKpiFormula:
    """Give a KPI a new version of its formula; a fixed baseline keeps the version it was fixed under."""

    code: Annotated[str, CODE_TEXT]
    formula_version: Annotated[int, "The number of the new formula, above that of the one in force."]
    definition: Annotated[str, "How it is computed from now on, 1 to 10000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed version or definition."""
        shape.whole(self.formula_version, "formulaVersion", 1, VERSION_MAX)
        shape.text(self.definition, "definition", shape.TEXT_LENGTH_MAX)


KpisCommand = DefineKpi | ReviseKpiFormula


class UnknownKpi(Unknown):
    """A command names a KPI that is not defined in the project."""

    sentence = "There is no KPI of this code in this project."


class FormulaNotNewer(Refusal):
    """A formula's number is not above that of the one in force."""

    sentence = "The formula's number must be above that of the one in force."


@dataclass(frozen=True, slots=True)
class Kpis:
    """The KPIs of a project by code, each as it is defined now."""

    kpis: Mapping[str, KpiDefined] = field(default_factory=dict[str, KpiDefined])

    def defined(self, code: str) -> KpiDefined:
        """Return a KPI of the project; raise `UnknownKpi` at `code`."""
        found = self.kpis.get(code)
        if found is None:
            raise UnknownKpi(field="code")
        return found


def decide(command: KpisCommand, project: "Project", context: Context) -> Sequence[KpisEvent]:
    """Return what happens to the KPIs."""
    del context
    kpis = project.kpis
    match command:
        case DefineKpi(code, unit, direction, formula_version, definition):
            defined = KpiDefined(code, unit, direction, formula_version, definition)
            return once(kpis.kpis.get(code), defined, "code")
        case ReviseKpiFormula():
            return _revise(command, kpis.defined(command.code))
        case _:
            assert_never(command)


def _revise(command: ReviseKpiFormula, kpi: KpiDefined) -> Sequence[KpiFormulaRevised]:
    version, definition = command.formula_version, command.definition
    if (version, definition) == (kpi.formula_version, kpi.definition):
        return []
    if version <= kpi.formula_version:
        raise FormulaNotNewer(field="formulaVersion")
    return [KpiFormulaRevised(command.code, version, definition)]


def evolve(kpis: Kpis, event: KpisEvent) -> Kpis:
    """Return the KPIs after an event."""
    match event:
        case KpiDefined(code):
            kpi = event
        case KpiFormulaRevised(code, formula_version, definition):
            kpi = replaced(kpis.kpis[code], formula_version=formula_version, definition=definition)
        case _:
            assert_never(event)
    return replaced(kpis, kpis={**kpis.kpis, code: kpi})


FACET: Final = Facet(
    own="kpis",
    decide=decide,
    evolve=evolve,
    events={
        "project.kpi_defined.v1": KpiDefined,
        "project.kpi_formula_revised.v1": KpiFormulaRevised,
    },
    commands={
        DefineKpi: roles.LEADS,
        ReviseKpiFormula: roles.LEADS,
    },
)
