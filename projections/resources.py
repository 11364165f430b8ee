"""The resources of each project: who and what there is to do its work, how much of it, and what it costs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.resources import ResourceDefined, ResourceKind, ResourceRated, ResourceRetired
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class HourlyRate:
    """What an hour of a resource costs from a day on."""

    from_on: Annotated[date, "The first day, in the project's time zone."]
    hourly_rate_cents: Annotated[int, "Cents for an hour at 100 percent."]
    currency: Annotated[str, "ISO 4217 code of the currency."]


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a project."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    resource_id: Annotated[UUID, "The resource, as commands name it; for a person the member."]
    kind: Annotated[ResourceKind, "A person or equipment."]
    name: Annotated[str, "What it is called."]
    capacity_percent: Annotated[int, "How much there is of it: 100 is one of it, full time."]
    skills: Annotated[tuple[str, ...], "What it can be used for."]
    calendar_name: Annotated[str | None, "Its calendar; null for the project's standard one."]
    defined_at: Annotated[datetime, "When it was last defined (UTC)."]
    is_retired: Annotated[bool, "Whether the project does not use it any more."] = False
    rates: Annotated[tuple[HourlyRate, ...], "What an hour of it costs, the earliest rate first."] = ()


Event: TypeAlias = ResourceDefined | ResourceRated | ResourceRetired


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the resource."""
    return (part_id(seen.stream, "resource", seen.event.resource_id),)


def evolve(row: Resource | None, seen: Recorded[Event]) -> Resource | None:
    """Return the resource after an event."""
    event = seen.event
    if isinstance(event, ResourceDefined):
        return _defined(row, event, seen)
    if row is None:
        raise AssertionError("a resource's first event is that it was defined")
    match event:
        case ResourceRated(_, hourly_rate_cents, currency, from_on):
            others = [rate for rate in row.rates if rate.from_on != from_on]
            rates = sorted([*others, HourlyRate(from_on, hourly_rate_cents, currency)], key=_day)
            return replaced(row, rates=tuple(rates))
        case ResourceRetired():
            return replaced(row, is_retired=True, rates=())


def _day(rate: HourlyRate) -> date:
    return rate.from_on


def _defined(row: Resource | None, event: ResourceDefined, seen: Recorded[Any]) -> Resource:
    return Resource(
        part_id(seen.stream, "resource", event.resource_id),
        seen.stream,
        event.resource_id,
        event.kind,
        event.name,
        event.capacity_percent,
        event.skills,
        event.calendar_name,
        seen.occurred_at,
        rates=() if row is None else row.rates,
    )


READ_MODEL: Final = ReadModel(
    name="resources",
    row=Resource,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"DEFINED": ("defined_at",)},
    filters=("kind", "is_retired", "resource_id"),
)
