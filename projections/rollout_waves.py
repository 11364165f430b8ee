"""The roll-out waves: which units get the product when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.rollout import RolloutWavePlanned, RolloutWaveStarted
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class RolloutWave:
    """One wave of a roll-out."""

    wave_id: Annotated[UUID, "The wave's id."]
    project_id: Annotated[UUID, "The project it belongs to."]
    number: Annotated[int, "Its number."]
    units: Annotated[tuple[str, ...], "The units it brings the product to."]
    planned_on: Annotated[date, "The day it is to begin, in the project's time zone."]
    is_started: Annotated[bool, "Whether it began."] = False
    started_on: Annotated[date | None, "The day it began, in the project's time zone."] = None


Event: TypeAlias = RolloutWavePlanned | RolloutWaveStarted


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the wave."""
    return (part_id(seen.stream, "wave", seen.event.number),)


def evolve(row: RolloutWave | None, seen: Recorded[Event]) -> RolloutWave | None:
    """Return the wave after an event."""
    event = seen.event
    if isinstance(event, RolloutWavePlanned):
        wave_id = part_id(seen.stream, "wave", event.number)
        return RolloutWave(wave_id, seen.stream, event.number, event.units, event.planned_on)
    if row is None:
        raise AssertionError("a wave's first event is that it was planned")
    return replaced(row, is_started=True, started_on=event.started_on)


READ_MODEL: Final = ReadModel(
    name="rollout_waves",
    row=RolloutWave,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"NUMBER": ("number",), "PLANNED": ("planned_on",)},
    filters=("is_started",),
)
