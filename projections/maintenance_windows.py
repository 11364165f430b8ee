"""The maintenance announced: times that count neither as up nor as down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.outages import MaintenanceCancelled, MaintenanceScheduled
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """One time in which the product may be down."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    maintenance_id: Annotated[UUID, "The maintenance, as commands name it."]
    starts_at: Annotated[datetime, "When it begins (UTC)."]
    ends_at: Annotated[datetime, "When it is over (UTC)."]
    purpose: Annotated[str, "What it is for."]
    announced_at: Annotated[datetime, "When it was announced (UTC)."]
    is_cancelled: Annotated[bool, "Whether it was called off."] = False


Event: TypeAlias = MaintenanceScheduled | MaintenanceCancelled


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the maintenance."""
    return (part_id(seen.stream, "maintenance", seen.event.maintenance_id),)


def evolve(row: MaintenanceWindow | None, seen: Recorded[Event]) -> MaintenanceWindow | None:
    """Return the maintenance after an event."""
    event = seen.event
    if isinstance(event, MaintenanceScheduled):
        return MaintenanceWindow(
            part_id(seen.stream, "maintenance", event.maintenance_id),
            seen.stream,
            event.maintenance_id,
            event.starts_at,
            event.ends_at,
            event.purpose,
            seen.occurred_at,
        )
    if row is None:
        raise AssertionError("a maintenance's first event is that it was scheduled")
    return replaced(row, is_cancelled=True)


READ_MODEL: Final = ReadModel(
    name="maintenance_windows",
    row=MaintenanceWindow,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"STARTS": ("starts_at",)},
    filters=("is_cancelled",),
)
