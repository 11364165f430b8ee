"""The drills: what was rehearsed, by whom, and how it went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from domain.project.drills import DrillHeld, DrillResult
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill that was held."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    drill_id: Annotated[UUID, "The drill, as commands name it."]
    scenario: Annotated[str, "What was rehearsed."]
    participant_ids: Annotated[tuple[UUID, ...], "Who took part."]
    result: Annotated[DrillResult, "How it went."]
    held_on: Annotated[date, "The day, in the project's time zone."]


def keys(seen: Recorded[DrillHeld]) -> Iterable[UUID]:
    """Return the drill."""
    return (part_id(seen.stream, "drill", seen.event.drill_id),)


def evolve(_row: Drill | None, seen: Recorded[DrillHeld]) -> Drill | None:
    """Return the drill after an event."""
    event = seen.event
    (row_id,) = keys(seen)
    what = event.drill_id, event.scenario, event.participant_ids, event.result, event.held_on
    return Drill(row_id, seen.stream, *what)


READ_MODEL: Final = ReadModel(
    name="drills",
    row=Drill,
    folds=frozenset({DrillHeld}),
    keys=keys,
    evolve=evolve,
    orders={"HELD": ("held_on",)},
    filters=("result", "participant_ids"),
)
