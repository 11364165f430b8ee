"""The pilots: which unit tried the product, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.pilots import PilotEvaluated, PilotStarted
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class Pilot:
    """One unit that tries a product before all others."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    pilot_id: Annotated[UUID, "The pilot, as commands name it."]
    unit: Annotated[str, "The unit, such as a workshop."]
    started_on: Annotated[date, "The day it started, in the project's time zone."]
    outcome: Annotated[str | None, "What came of it as evaluated last; null until then."] = None
    is_recommended: Annotated[bool | None, "Whether it speaks for a roll-out; null until evaluated."] = None
    evaluated_on: Annotated[date | None, "The day it was last evaluated, in the project's time zone."] = None


Event: TypeAlias = PilotStarted | PilotEvaluated


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the pilot."""
    return (part_id(seen.stream, "pilot", seen.event.pilot_id),)


def evolve(row: Pilot | None, seen: Recorded[Event]) -> Pilot | None:
    """Return the pilot after an event."""
    event = seen.event
    if isinstance(event, PilotStarted):
        row_id = part_id(seen.stream, "pilot", event.pilot_id)
        return Pilot(row_id, seen.stream, event.pilot_id, event.unit, event.started_on)
    if row is None:
        raise AssertionError("a pilot's first event is that it was started")
    return replaced(
        row,
        outcome=event.outcome,
        is_recommended=event.is_recommended,
        evaluated_on=event.evaluated_on,
    )


READ_MODEL: Final = ReadModel(
    name="pilots",
    row=Pilot,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"STARTED": ("started_on",), "UNIT": ("unit",)},
    filters=("is_recommended",),
)
