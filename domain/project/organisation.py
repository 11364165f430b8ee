"""The organisation a project is for: its industry and size, and what it worked with before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Malformed
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project


class LegacySource(StrEnum):
    """What an organisation kept its projects in before."""

    EXCEL = "excel"
    EMAIL = "email"
    PAPER = "paper"
    OTHER_SYSTEM = "other_system"


@dataclass(frozen=True, slots=True)
class OrganisationDescribed:
    """A project is for an organisation of this industry and yearly revenue, from one sum to below another."""

    industry: str
    revenue_from_cents: int
    revenue_below_cents: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class LegacySourceDeclared:
    """The organisation worked with this before; the day is that of the declaration, where the project is."""

    source: LegacySource
    used_for: Annotated[str, Personal()]
    declared_on: date


OrganisationEvent = OrganisationDescribed | LegacySourceDeclared


@dataclass(frozen=True, slots=True)
class DescribeOrganisation:
    """Say what kind of organisation a project is for."""

    industry: Annotated[str, "Its industry, such as manufacturing, 1 to 200 characters."]
    revenue_from_cents: Annotated[int, "Its yearly revenue is at least this, in cents of the currency."]
    revenue_below_cents: Annotated[int | None, "And below this; none where it is open upwards."]
    currency: Annotated[str, "ISO 4217 code of the currency, such as CNY."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed industry or currency, or a band that holds nothing."""
        shape.text(self.industry, "industry", shape.NAME_LENGTH_MAX)
        shape.cents(self.revenue_from_cents, "revenueFromCents")
        shape.currency(self.currency, "currency")
        if self.revenue_below_cents is not None:
            shape.cents(self.revenue_below_cents, "revenueBelowCents")
            if self.revenue_below_cents <= self.revenue_from_cents:
                raise Malformed("The band ends where it begins, or before.", field="revenueBelowCents")


@dataclass(frozen=True, slots=True)
class DeclareLegacySource:
    """Say what the organisation worked with before, and what for."""

    source: Annotated[LegacySource, "What it was."]
    used_for: Annotated[str, "What it was used for, at most 10,000 characters."] = ""

    def __post_init__(self) -> None:
        """Raise `Malformed` for a long text."""
        shape.optional_text(self.used_for, "usedFor", shape.TEXT_LENGTH_MAX)


OrganisationCommand = DescribeOrganisation | DeclareLegacySource


@dataclass(frozen=True, slots=True)
class Organisation:
    """The organisation as described last, and what each of its legacy sources was used for."""

    described: OrganisationDescribed | None = None
    used_for: Mapping[LegacySource, str] = field(default_factory=dict[LegacySource, str])


def decide(command: OrganisationCommand, project: "Project", context: Context) -> Sequence[OrganisationEvent]:
    """Return what becomes known of the organisation."""
    organisation = project.organisation
    match command:
        case DescribeOrganisation(industry, revenue_from_cents, revenue_below_cents, currency):
            described = OrganisationDescribed(industry, revenue_from_cents, revenue_below_cents, currency)
            return [] if described == organisation.described else [described]
        case DeclareLegacySource(source, used_for):
            if organisation.used_for.get(source) == used_for:
                return []
            return [LegacySourceDeclared(source, used_for, project.local_day(context.at))]
        case _:
            assert_never(command)


def evolve(organisation: Organisation, event: OrganisationEvent) -> Organisation:
    """Return the organisation after an event."""
    match event:
        case OrganisationDescribed():
            return replaced(organisation, described=event)
        case LegacySourceDeclared(source, used_for):
            return replaced(organisation, used_for={**organisation.used_for, source: used_for})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="organisation",
    decide=decide,
    evolve=evolve,
    events={
        "project.organisation_described.v1": OrganisationDescribed,
        "project.legacy_source_declared.v1": LegacySourceDeclared,
    },
    commands={
        DescribeOrganisation: roles.LEADS,
        DeclareLegacySource: roles.LEADS,
    },
)
