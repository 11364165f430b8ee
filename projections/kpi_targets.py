"""The KPI targets: each KPI of a project with its formula, its baseline, and what it is to become by when."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from domain.copies import replaced
from domain.project.kpis import Direction, KpiDefined, KpiFormulaRevised
from domain.project.targets import Improvement, KpiBaselineFixed, KpiTargetSet
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class FormulaVersion:
    """One version of a KPI's formula."""

    number: Annotated[int, "Its number."]
    definition: Annotated[str, "How the KPI is computed under it."]


@dataclass(frozen=True, slots=True)
class KpiTarget:
    """One KPI of a project: its formulas, its baseline, its target."""

    key: Annotated[UUID, "The row's id."]
    project_id: Annotated[UUID, "The project."]
    code: Annotated[str, "The KPI's code."]
    unit: Annotated[str, "What its values are in."]
    direction: Annotated[Direction, "Which way is better."]
    formulas: Annotated[tuple[FormulaVersion, ...], "Its formulas; the last one is in force."]
    baseline_begins_on: Annotated[date | None, "First day of the baseline's window."] = None
    baseline_ends_on: Annotated[date | None, "Last day of the baseline's window."] = None
    baseline_hundredths: Annotated[int | None, "The baseline in hundredths of the unit."] = None
    baseline_formula_version: Annotated[int | None, "The formula the baseline was fixed under."] = None
    improvement: Annotated[Improvement | None, "Whether the change is relative or in points."] = None
    change: Annotated[int | None, "The change in whole percent of the baseline or whole units."] = None
    target_hundredths: Annotated[int | None, "What it is to become, in hundredths of the unit."] = None
    by_on: Annotated[date | None, "The day by which."] = None


def target_hundredths(baseline_hundredths: int, improvement: Improvement, change: int) -> int:
    """Return what a baseline is to become, in hundredths of its unit, halves rounded up.

    RELATIVE: baseline x (100 + change) / 100. POINTS: baseline + change.
    """
    if improvement is Improvement.POINTS:
        return baseline_hundredths + 100 * change
    return (baseline_hundredths * (100 + change) + 50) // 100


def measured_over(row: KpiTarget, as_of_on: date) -> tuple[date, date] | None:
    """Return the window a target is judged by on a day: as long as the baseline's, never overlapping it.

    It ends on the target's day, or on `as_of_on` while that is earlier; None before there is one.
    """
    if row.baseline_begins_on is None or row.baseline_ends_on is None or row.by_on is None:
        return None
    end = min(as_of_on, row.by_on)
    if end <= row.baseline_ends_on:
        return None
    as_long = end - (row.baseline_ends_on - row.baseline_begins_on)
    return max(as_long, row.baseline_ends_on + timedelta(days=1)), end


def keys(seen: Recorded[Any]) -> Iterable[UUID]:
    """Return the KPI an event is about."""
    return (part_id(seen.stream, "kpi", seen.event.code),)


def evolve(row: KpiTarget | None, seen: Recorded[Any]) -> KpiTarget | None:
    """Return the KPI after an event."""
    event = seen.event
    if isinstance(event, KpiDefined):
        (key,) = keys(seen)
        formulas = (FormulaVersion(event.formula_version, event.definition),)
        return KpiTarget(key, seen.stream, event.code, event.unit, event.direction, formulas)
    if row is None:
        raise AssertionError("a KPI is defined before anything is said of it")
    return _FOLDS[type(event)](row, event)


def _revised(row: KpiTarget, event: KpiFormulaRevised) -> KpiTarget:
    return replaced(row, formulas=(*row.formulas, FormulaVersion(event.formula_version, event.definition)))


def _fixed(row: KpiTarget, event: KpiBaselineFixed) -> KpiTarget:
    return replaced(
        row,
        baseline_begins_on=event.begins_on,
        baseline_ends_on=event.ends_on,
        baseline_hundredths=event.value_hundredths,
        baseline_formula_version=event.formula_version,
    )


def _set(row: KpiTarget, event: KpiTargetSet) -> KpiTarget:
    if row.baseline_hundredths is None:
        raise AssertionError("a target is set against a baseline")
    return replaced(
        row,
        improvement=event.improvement,
        change=event.change,
        target_hundredths=target_hundredths(row.baseline_hundredths, event.improvement, event.change),
        by_on=event.by_on,
    )


_FOLDS: Final[Mapping[type, Callable[[KpiTarget, Any], KpiTarget]]] = {
    KpiFormulaRevised: _revised,
    KpiBaselineFixed: _fixed,
    KpiTargetSet: _set,
}


READ_MODEL: Final = ReadModel(
    name="kpi_targets",
    row=KpiTarget,
    folds=frozenset({KpiDefined, *_FOLDS}),
    keys=keys,
    evolve=evolve,
    orders={"CODE": ("code",), "BY": ("by_on",)},
    filters=("code",),
)
