"""The scenarios: what people do, how often, and whether it is covered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.scenarios import ScenarioCovered, ScenarioReclassified, ScenarioRegistered
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario of a project."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    scenario_id: Annotated[UUID, "The scenario, as commands name it."]
    title: Annotated[str, "What people do."]
    uses_per_year: Annotated[int, "How often, in uses per year; 52 is weekly."]
    phase: Annotated[int, "The number of the phase that is to cover it."]
    is_high_frequency: Annotated[bool, "Whether it counts as being of high frequency."]
    is_covered: Annotated[bool, "Whether the delivered product covers it."] = False
    covered_at: Annotated[datetime | None, "When it was first covered (UTC)."] = None


Event: TypeAlias = ScenarioRegistered | ScenarioCovered | ScenarioReclassified


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the scenario."""
    return (part_id(seen.stream, "scenario", seen.event.scenario_id),)


def evolve(row: Scenario | None, seen: Recorded[Event]) -> Scenario | None:
    """Return the scenario after an event."""
    event = seen.event
    if isinstance(event, ScenarioRegistered):
        return Scenario(
            part_id(seen.stream, "scenario", event.scenario_id),
            seen.stream,
            event.scenario_id,
            event.title,
            event.uses_per_year,
            event.phase,
            event.is_high_frequency,
        )
    if row is None:
        raise AssertionError("a scenario's first event is that it was registered")
    match event:
        case ScenarioCovered():
            return replaced(row, is_covered=True, covered_at=seen.occurred_at)
        case ScenarioReclassified(is_high_frequency=is_high_frequency):
            return replaced(row, is_high_frequency=is_high_frequency)


READ_MODEL: Final = ReadModel(
    name="scenarios",
    row=Scenario,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"USES": ("uses_per_year",), "TITLE": ("title",)},
    filters=("is_high_frequency", "is_covered", "phase"),
)
