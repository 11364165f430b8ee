"""A project's resources: the people and equipment its work needs, how much there is of each, what it costs.

A person's resource has the member's id; equipment has an id of its own, the same in every project that uses
it, so that what several projects ask of one resource can be added up.
Longer than other files: what a resource is, what it costs and when it goes is one life.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Malformed, Refusal, Unknown
from domain.facet import Facet
from domain.personal import Personal
from domain.project.value import OtherCurrency

if TYPE_CHECKING:
    from domain.project import Project

CAPACITY_PERCENT_MAX: Final = 100_000
SKILLS_MAX: Final = 100


class ResourceKind(StrEnum):
    """What a resource is: somebody of the team, or equipment."""

    PERSON = "person"
    EQUIPMENT = "equipment"


@dataclass(frozen=True, slots=True)
class ResourceDefined:
    """A project can use a resource, so much of it; what was said of it before no longer holds.

    `member_id` is whose name it is, None for equipment.
    """

    resource_id: UUID
    kind: ResourceKind
    name: Annotated[str, Personal(of="member_id")]
    capacity_percent: int
    skills: tuple[str, ...]
    calendar_name: str | None
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ResourceRated:
    """An hour of a resource costs this from a day on."""

    resource_id: UUID
    hourly_rate_cents: int
    currency: str
    from_on: date


@dataclass(frozen=True, slots=True)
class ResourceRetired:
    """A project does not use a resource any more."""

    resource_id: UUID


ResourceEvent = ResourceDefined | ResourceRated | ResourceRetired


@dataclass(frozen=True, slots=True)
class DefineResource:
    """Say that a project can use a resource, and how much of it; said again it changes what was said."""

    resource_id: Annotated[UUID, "The member's id for a person; for equipment one UUID in all projects."]
    kind: Annotated[ResourceKind, "A person of the team, or equipment."]
    name: Annotated[str, "What it is called, 1 to 200 characters."]
    capacity_percent: Annotated[
        int, "How much there is of it: 100 is one of it, full time; 1 to 100,000."
    ] = 100
    skills: Annotated[tuple[str, ...], "What it can be used for, 100 at most, each 1 to 200 characters."] = ()
    calendar_name: Annotated[str | None, "A calendar of this project; none for the standard one."] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for a text or a number out of bounds, or a skill named twice."""
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)
        shape.whole(self.capacity_percent, "capacityPercent", 1, CAPACITY_PERCENT_MAX)
        if len(self.skills) > SKILLS_MAX or len(set(self.skills)) < len(self.skills):
            raise Malformed(f"These are {SKILLS_MAX} skills at most, each named once.", field="skills")
        for skill in self.skills:
            shape.text(skill, "skills", shape.NAME_LENGTH_MAX)
        if self.calendar_name is not None:
            shape.text(self.calendar_name, "calendarName", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class SetResourceRate:
    """Say what an hour of a resource costs from a day on, until another rate holds."""

    resource_id: Annotated[UUID, "The resource."]
    hourly_rate_cents: Annotated[
        int, "What an hour of all its work on a task at 100 percent costs, in cents."
    ]
    currency: Annotated[str, "ISO 4217 code of the currency; one for all costs of a project."]
    from_on: Annotated[date, "The first day, in the project's time zone."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for an amount, a currency or a day out of bounds."""
        shape.cents(self.hourly_rate_cents, "hourlyRateCents")
        shape.currency(self.currency, "currency")
        shape.day(self.from_on, "fromOn")


@dataclass(frozen=True, slots=True)
class RetireResource:
    """Stop using a resource in a project."""

    resource_id: Annotated[UUID, "The resource."]


ResourceCommand = DefineResource | SetResourceRate | RetireResource


class UnknownResource(Unknown):
    """No resource of this project has this id."""

    sentence = "There is no resource with this id in this project."


class UnknownSkill(Refusal):
    """A resource is to be used for what it cannot do."""

    sentence = "The resource does not have this skill."


class OverCapacity(Refusal):
    """A task asks for more of a resource than there is."""

    sentence = "There is not as much of this resource."


@dataclass(frozen=True, slots=True)
class Rate:
    """What an hour costs from a day on."""

    from_on: date
    hourly_rate_cents: int


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as it is, with its rates by day, ascending."""

    defined: ResourceDefined
    rates: tuple[Rate, ...] = ()

    def rate_cents_on(self, day: date) -> int | None:
        """Return what an hour costs on a day, None where no rate holds yet."""
        held = [rate for rate in self.rates if rate.from_on <= day]
        return held[-1].hourly_rate_cents if held else None

    def check_use(self, units_percent: int, skill: str | None) -> None:
        """Raise `OverCapacity` or `UnknownSkill` for a use that the resource is not fit for."""
        if units_percent > self.defined.capacity_percent:
            raise OverCapacity(field="unitsPercent")
        if skill is not None and skill not in self.defined.skills:
            raise UnknownSkill(field="skill")


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources in use, by id, and the currency of all rates, None before the first."""

    by_id: Mapping[UUID, Resource] = field(default_factory=dict[UUID, Resource])
    currency: str | None = None

    def known(self, resource_id: UUID) -> Resource:
        """Return a resource; raise `UnknownResource`."""
        resource = self.by_id.get(resource_id)
        if resource is None:
            raise UnknownResource(field="resourceId")
        return resource


def decide(command: ResourceCommand, project: "Project", context: Context) -> Sequence[ResourceEvent]:
    """Return what happens to the resources."""
    del context
    match command:
        case DefineResource():
            return _define(command, project)
        case SetResourceRate(resource_id, hourly_rate_cents, currency, from_on):
            resource = project.resources.known(resource_id)
            if {project.resources.currency, project.value.currency} - {None, currency}:
                raise OtherCurrency(field="currency")
            is_so = Rate(from_on, hourly_rate_cents) in resource.rates
            return [] if is_so else [ResourceRated(resource_id, hourly_rate_cents, currency, from_on)]
        case RetireResource(resource_id):
            return [ResourceRetired(resource_id)] if resource_id in project.resources.by_id else []
        case _:
            assert_never(command)


def _define(command: DefineResource, project: "Project") -> Sequence[ResourceDefined]:
    member_id = command.resource_id if command.kind is ResourceKind.PERSON else None
    if member_id is not None:
        project.team.check_member(member_id, "resourceId")
    project.working_time.check_calendar(command.calendar_name, "calendarName")
    content = command.name, command.capacity_percent, command.skills, command.calendar_name
    defined = ResourceDefined(command.resource_id, command.kind, *content, member_id)
    before = project.resources.by_id.get(command.resource_id)
    if before is not None and before.defined.kind is not command.kind:
        raise AlreadyExists(field="kind")
    return [] if before is not None and before.defined == defined else [defined]


def evolve(resources: Resources, event: ResourceEvent) -> Resources:
    """Return the resources after an event."""
    others = {key: each for key, each in resources.by_id.items() if key != event.resource_id}
    before = resources.by_id.get(event.resource_id)
    match event:
        case ResourceDefined():
            after = Resource(event) if before is None else replaced(before, defined=event)
            return replaced(resources, by_id={**others, event.resource_id: after})
        case ResourceRated(_, hourly_rate_cents, currency, from_on):
            if before is None:
                raise AssertionError("a resource is defined before it is rated")
            kept = [rate for rate in before.rates if rate.from_on != from_on]
            rates = tuple(sorted([*kept, Rate(from_on, hourly_rate_cents)], key=lambda rate: rate.from_on))
            after = replaced(before, rates=rates)
            return replaced(resources, by_id={**others, event.resource_id: after}, currency=currency)
        case ResourceRetired():
            return replaced(resources, by_id=others)
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="resources",
    decide=decide,
    evolve=evolve,
    events={
        "project.resource_defined.v1": ResourceDefined,
        "project.resource_rated.v1": ResourceRated,
        "project.resource_retired.v1": ResourceRetired,
    },
    commands={
        DefineResource: roles.LEADS,
        SetResourceRate: roles.LEADS,
        RetireResource: roles.LEADS,
    },
)
