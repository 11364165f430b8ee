"""The outages: when the product was down and why, and how long it took to restore it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.outages import OutageEnded, OutageStarted
from domain.recorded import Recorded
from projections.read_model import Observation, ReadModel, part_id


@dataclass(frozen=True, slots=True)
class Outage:
    """One time in which the product was down."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    outage_id: Annotated[UUID, "The outage, as commands name it."]
    cause: Annotated[str, "What is or was down, and why."]
    started_at: Annotated[datetime, "When it started (UTC)."]
    is_open: Annotated[bool, "Whether it goes on."] = True
    ended_at: Annotated[datetime | None, "When it ended (UTC); null while it goes on."] = None
    ended_on: Annotated[date | None, "The same, as a day in the project's time zone."] = None
    elapsed_minutes: Annotated[int | None, "Whole minutes from start to end, maintenance included."] = None


Event: TypeAlias = OutageStarted | OutageEnded


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the outage."""
    return (part_id(seen.stream, "outage", seen.event.outage_id),)


def evolve(row: Outage | None, seen: Recorded[Event]) -> Outage | None:
    """Return the outage after an event."""
    event = seen.event
    if isinstance(event, OutageStarted):
        row_id = part_id(seen.stream, "outage", event.outage_id)
        return Outage(row_id, seen.stream, event.outage_id, event.cause, event.started_at)
    if row is None:
        raise AssertionError("an outage's first event is that it started")
    return replaced(
        row,
        is_open=False,
        ended_at=event.ended_at,
        ended_on=event.ended_on,
        elapsed_minutes=event.elapsed_minutes,
    )


def observe(row: Outage) -> Iterator[Observation]:
    """Yield how long it took to restore the product, on the day it was."""
    if row.elapsed_minutes is not None and row.ended_on is not None:
        yield Observation("time_to_restore", row.ended_on, row.elapsed_minutes)


READ_MODEL: Final = ReadModel(
    name="outages",
    row=Outage,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"STARTED": ("started_at",)},
    filters=("is_open",),
)
