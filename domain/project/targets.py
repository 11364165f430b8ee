"""A project's targets: what its KPIs were before the delivery, and what they are to become by when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Malformed, Refusal
from domain.facet import Facet
from domain.project.kpis import CODE_TEXT, Direction, KpiDefined

if TYPE_CHECKING:
    from domain.project import Project

VALUE_MAX: Final = 10**12
CHANGE_MAX: Final = 10**6


class Improvement(StrEnum):
    """Whether a change is relative to the baseline, in percent of it, or in points: units of the KPI."""

    RELATIVE = "relative"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class KpiBaselineFixed:
    """What a KPI was over a window before the delivery, for good; in hundredths of its unit."""

    code: str
    begins_on: date
    ends_on: date
    value_hundredths: int
    formula_version: int


@dataclass(frozen=True, slots=True)
class KpiTargetSet:
    """By how much a KPI is to change against its baseline, and by when."""

    code: str
    improvement: Improvement
    change: int
    by_on: date


TargetsEvent = KpiBaselineFixed | KpiTargetSet


@dataclass(frozen=True, slots=True)
class FixKpiBaseline:
    """Fix what a KPI was over a window of days, once and for good."""

    code: Annotated[str, CODE_TEXT]
    begins_on: Annotated[date, "The window's first day."]
    ends_on: Annotated[date, "The window's last day."]
    value_hundredths: Annotated[int, "The value in hundredths of the KPI's unit: 6750 for 67.5 percent."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a window that ends first or a value out of range."""
        shape.window(self.begins_on, self.ends_on)
        shape.whole(self.value_hundredths, "valueHundredths", -VALUE_MAX, VALUE_MAX)


@dataclass(frozen=True, slots=True)
class SetKpiTarget:
    """Say by how much a KPI is to change against its baseline; another target replaces it."""

    code: Annotated[str, CODE_TEXT]
    improvement: Annotated[Improvement, "Whether the change is in percent of the baseline or in points."]
    change: Annotated[int, "Whole percent or whole units of the KPI: -50 halves a relative one."]
    by_on: Annotated[date, "The day by which it is to be reached."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for no change, one out of range, or a day out of range."""
        shape.whole(self.change, "change", -CHANGE_MAX, CHANGE_MAX)
        if self.change == 0:
            raise Malformed("A target changes something.", field="change")
        shape.day(self.by_on, "byOn")


TargetsCommand = FixKpiBaseline | SetKpiTarget


class BaselineFixed(Refusal):
    """A baseline is fixed once: it does not change any more."""

    sentence = "The baseline of this KPI is fixed already and does not change any more."


class NoBaseline(Refusal):
    """A target needs a baseline to be measured against."""

    sentence = "A target needs a baseline: fix it first."


class AgainstDirection(Refusal):
    """A target would make its KPI worse."""

    sentence = "The change goes against the direction in which the KPI is better."


class RelativeToNothing(Refusal):
    """Nothing is relative to a baseline of 0 or below."""

    sentence = "The baseline is not above 0, so that only a target in points can be measured against it."


class TargetBeforeBaselineEnds(Refusal):
    """A target is to be reached after its baseline's window."""

    sentence = "The target's day must lie after the baseline's window."


@dataclass(frozen=True, slots=True)
class Targets:
    """The baselines and the targets of a project, by the code of the KPI."""

    baselines: Mapping[str, KpiBaselineFixed] = field(default_factory=dict[str, KpiBaselineFixed])
    targets: Mapping[str, KpiTargetSet] = field(default_factory=dict[str, KpiTargetSet])


def decide(command: TargetsCommand, project: "Project", context: Context) -> Sequence[TargetsEvent]:
    """Return what happens to the targets."""
    del context
    kpi, targets = project.kpis.defined(command.code), project.targets
    match command:
        case FixKpiBaseline():
            return _fix(command, kpi, targets.baselines.get(command.code))
        case SetKpiTarget():
            target = _measured(command, kpi, targets.baselines.get(command.code))
            return [] if target == targets.targets.get(command.code) else [target]
        case _:
            assert_never(command)


def _fix(
    command: FixKpiBaseline, kpi: KpiDefined, fixed: KpiBaselineFixed | None
) -> Sequence[KpiBaselineFixed]:
    wish = (command.begins_on, command.ends_on, command.value_hundredths)
    if fixed is None:
        return [KpiBaselineFixed(command.code, *wish, kpi.formula_version)]
    if (fixed.begins_on, fixed.ends_on, fixed.value_hundredths) != wish:
        raise BaselineFixed
    return []


def _measured(command: SetKpiTarget, kpi: KpiDefined, baseline: KpiBaselineFixed | None) -> KpiTargetSet:
    """Return the target; raise a Refusal where it cannot be measured against the baseline."""
    if baseline is None:
        raise NoBaseline
    if command.by_on <= baseline.ends_on:
        raise TargetBeforeBaselineEnds(field="byOn")
    if (command.change > 0) != (kpi.direction is Direction.HIGHER):
        raise AgainstDirection(field="change")
    if command.improvement is Improvement.RELATIVE and baseline.value_hundredths <= 0:
        raise RelativeToNothing(field="improvement")
    return KpiTargetSet(command.code, command.improvement, command.change, command.by_on)


def evolve(targets: Targets, event: TargetsEvent) -> Targets:
    """Return the targets after an event."""
    match event:
        case KpiBaselineFixed(code):
            return replaced(targets, baselines={**targets.baselines, code: event})
        case KpiTargetSet(code):
            return replaced(targets, targets={**targets.targets, code: event})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="targets",
    decide=decide,
    evolve=evolve,
    events={
        "project.kpi_baseline_fixed.v1": KpiBaselineFixed,
        "project.kpi_target_set.v1": KpiTargetSet,
    },
    commands={
        FixKpiBaseline: roles.LEADS,
        SetKpiTarget: roles.LEADS,
    },
)
