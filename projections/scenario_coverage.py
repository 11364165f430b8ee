"""How much of what people do often is covered: one row a project, what the first phase is closed by."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.phases import is_enough
from domain.project.scenarios import (
    WEEKLY,
    HighFrequencySet,
    ScenarioCovered,
    ScenarioReclassified,
    ScenarioRegistered,
)
from domain.recorded import Recorded
from projections.delivery_plan import change
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class ScenarioCoverage:
    """How many of the high-frequency scenarios of a project are covered."""

    coverage_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    uses_per_year_min: Annotated[int, "From how many uses a year on a scenario is of high frequency."] = (
        WEEKLY
    )
    covered_count: Annotated[int, "How many high-frequency scenarios are covered: the numerator."] = 0
    high_frequency_count: Annotated[int, "How many there are: the denominator."] = 0
    percent: Annotated[int | None, "Their quotient in percent, rounded down; null while there are none."] = (
        None
    )
    is_enough: Annotated[bool, "Whether they are enough to close the first phase: 80 percent."] = False


Event: TypeAlias = ScenarioRegistered | ScenarioCovered | ScenarioReclassified | HighFrequencySet


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project's coverage."""
    return (part_id(seen.stream, "scenario_coverage", ""),)


def evolve(row: ScenarioCoverage | None, seen: Recorded[Event]) -> ScenarioCoverage | None:
    """Return the coverage after an event."""
    row = row or ScenarioCoverage(part_id(seen.stream, "scenario_coverage", ""), seen.stream)
    if isinstance(seen.event, HighFrequencySet):
        return replaced(row, uses_per_year_min=seen.event.uses_per_year_min)
    more_covered, more = change(seen.event)
    covered, of_all = row.covered_count + more_covered, row.high_frequency_count + more
    return replaced(
        row,
        covered_count=covered,
        high_frequency_count=of_all,
        percent=covered * 100 // of_all if of_all else None,
        is_enough=is_enough(covered, of_all),
    )


READ_MODEL: Final = ReadModel(
    name="scenario_coverage",
    row=ScenarioCoverage,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"COVERED": ("covered_count",)},
    filters=("is_enough",),
)
