"""The organisations that projects are for: industry, size, and what they worked with before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.organisation import LegacySource, LegacySourceDeclared, OrganisationDescribed
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class LegacyUse:
    """One source an organisation worked with before."""

    source: Annotated[LegacySource, "What it was."]
    used_for: Annotated[str, "What it was used for."]
    declared_on: Annotated[date, "The day it was declared so, in the project's time zone."]


@dataclass(frozen=True, slots=True)
class Organisation:
    """The organisation a project is for; null where it was not described."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    described_at: Annotated[datetime, "When something was last said of it (UTC)."]
    industry: Annotated[str | None, "Its industry."] = None
    revenue_from_cents: Annotated[int | None, "Its yearly revenue is at least this, in cents."] = None
    revenue_below_cents: Annotated[int | None, "And below this; null where it is open upwards."] = None
    currency: Annotated[str | None, "ISO 4217 code of the currency."] = None
    legacy_sources: Annotated[tuple[LegacyUse, ...], "What it worked with before, as declared last."] = ()


Event: TypeAlias = OrganisationDescribed | LegacySourceDeclared


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project's organisation."""
    return (part_id(seen.stream, "organisation", ""),)


def evolve(row: Organisation | None, seen: Recorded[Event]) -> Organisation | None:
    """Return the organisation after an event."""
    at = seen.occurred_at
    row = row or Organisation(part_id(seen.stream, "organisation", ""), seen.stream, at)
    match seen.event:
        case OrganisationDescribed(industry, revenue_from_cents, revenue_below_cents, currency):
            return replaced(
                row,
                described_at=at,
                industry=industry,
                revenue_from_cents=revenue_from_cents,
                revenue_below_cents=revenue_below_cents,
                currency=currency,
            )
        case LegacySourceDeclared(source, used_for, declared_on):
            others = tuple(each for each in row.legacy_sources if each.source is not source)
            use = LegacyUse(source, used_for, declared_on)
            return replaced(row, described_at=at, legacy_sources=(*others, use))


READ_MODEL: Final = ReadModel(
    name="organisations",
    row=Organisation,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"DESCRIBED": ("described_at",)},
    filters=("industry",),
)
