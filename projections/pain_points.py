"""The pain points: what hurts before a delivery, and the KPIs that show whether it goes away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.needs import PainCategory, PainPointLinkedToKpi, PainPointRecorded
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class PainPoint:
    """One pain point of a project."""

    key: Annotated[UUID, "The row's id."]
    project_id: Annotated[UUID, "The project."]
    pain_point_id: Annotated[UUID, "The pain point's id in the project."]
    category: Annotated[PainCategory, "What kind of pain it is."]
    text: Annotated[str, "What hurts."]
    recorded_at: Annotated[datetime, "When it was found (UTC)."]
    kpi_codes: Annotated[tuple[str, ...], "The codes of the KPIs that measure it."] = ()


Event: TypeAlias = PainPointRecorded | PainPointLinkedToKpi


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the pain point an event is about."""
    return (part_id(seen.stream, "pain_point", seen.event.pain_point_id),)


def evolve(row: PainPoint | None, seen: Recorded[Event]) -> PainPoint | None:
    """Return the pain point after an event."""
    event = seen.event
    if isinstance(event, PainPointRecorded):
        (key,) = keys(seen)
        return PainPoint(key, seen.stream, event.pain_point_id, event.category, event.text, seen.occurred_at)
    if row is None:
        raise AssertionError("a pain point is recorded before it is linked")
    return replaced(row, kpi_codes=(*row.kpi_codes, event.code))


READ_MODEL: Final = ReadModel(
    name="pain_points",
    row=PainPoint,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"RECORDED": ("recorded_at",)},
    filters=("category",),
)
