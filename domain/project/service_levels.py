"""A project's service levels: the availability it aims at, and the goals agreed for its incidents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final, assert_never

from domain import roles, shape
from domain.availability import BASIS_POINTS
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Unknown
from domain.facet import Facet
from domain.project.working_time import STANDARD
from domain.severity import Severity

if TYPE_CHECKING:
    from domain.project import Project

RESPONSE_GOAL_MINUTES: Final = 120
"""Elapsed minutes within which an incident is to be acknowledged where nothing else is agreed."""


@dataclass(frozen=True, slots=True)
class ServiceLevelObjectiveDefined:
    """From now on a product is to be available for this share of each calendar month."""

    availability_basis_points: int


@dataclass(frozen=True, slots=True)
class ServiceLevelAgreementDefined:
    """From now on incidents of a severity have these goals, in minutes, of a working calendar if named."""

    severity: Severity
    response_minutes: int
    resolution_minutes: int | None
    calendar_name: str | None


ServiceLevelEvent = ServiceLevelObjectiveDefined | ServiceLevelAgreementDefined


@dataclass(frozen=True, slots=True)
class DefineServiceLevelObjective:
    """Say for which share of each calendar month the product is to be available."""

    availability_basis_points: Annotated[int, "Hundredths of a percent, 1 to 10,000: 9950 is 99.5 %."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a share out of range."""
        shape.whole(self.availability_basis_points, "availabilityBasisPoints", 1, BASIS_POINTS)


@dataclass(frozen=True, slots=True)
class DefineServiceLevelAgreement:
    """Agree within how long incidents of a severity are acknowledged and resolved, for those to come."""

    severity: Annotated[Severity, "Of which incidents."]
    response_minutes: Annotated[int, "Minutes to acknowledge one, above 0, at most ten years."]
    resolution_minutes: Annotated[
        int | None, "Minutes to resolve one, not below those to acknowledge it; none where none is agreed."
    ] = None
    calendar_name: Annotated[
        str | None,
        "The working calendar the minutes count on, as set in this project, or standard; elapsed if none.",
    ] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for minutes out of range or a malformed name."""
        shape.minutes(self.response_minutes, "responseMinutes", 1)
        if self.resolution_minutes is not None:
            shape.minutes(self.resolution_minutes, "resolutionMinutes", self.response_minutes)
        if self.calendar_name is not None:
            shape.text(self.calendar_name, "calendarName", shape.NAME_LENGTH_MAX)


ServiceLevelCommand = DefineServiceLevelObjective | DefineServiceLevelAgreement


class UnknownCalendar(Unknown):
    """No working calendar of this project has this name."""

    sentence = "There is no working calendar of this name in this project."


@dataclass(frozen=True, slots=True)
class Goals:
    """Within how many minutes incidents are acknowledged and resolved: elapsed, or of a working calendar."""

    response_minutes: int = RESPONSE_GOAL_MINUTES
    resolution_minutes: int | None = None
    calendar_name: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceLevels:
    """What is aimed at and agreed; None and nothing before that."""

    availability_basis_points: int | None = None
    agreements: Mapping[Severity, Goals] = field(default_factory=dict[Severity, Goals])

    def goals(self, severity: Severity) -> Goals:
        """Return the goals for a severity; two elapsed hours to acknowledge where none are agreed."""
        return self.agreements.get(severity, Goals())


def decide(command: ServiceLevelCommand, project: "Project", context: Context) -> Sequence[ServiceLevelEvent]:
    """Return what happens to the service levels."""
    del context
    levels = project.service_levels
    match command:
        case DefineServiceLevelObjective(basis_points):
            is_known = basis_points == levels.availability_basis_points
            return [] if is_known else [ServiceLevelObjectiveDefined(basis_points)]
        case DefineServiceLevelAgreement(severity, response, resolution, calendar_name):
            if calendar_name not in {None, STANDARD, *project.working_time.calendars}:
                raise UnknownCalendar(field="calendarName")
            agreed = ServiceLevelAgreementDefined(severity, response, resolution, calendar_name)
            is_known = levels.agreements.get(severity) == Goals(response, resolution, calendar_name)
            return [] if is_known else [agreed]
        case _:
            assert_never(command)


def evolve(levels: ServiceLevels, event: ServiceLevelEvent) -> ServiceLevels:
    """Return the service levels after an event."""
    match event:
        case ServiceLevelObjectiveDefined(basis_points):
            return replaced(levels, availability_basis_points=basis_points)
        case ServiceLevelAgreementDefined(severity, response, resolution, calendar_name):
            goals = Goals(response, resolution, calendar_name)
            return replaced(levels, agreements={**levels.agreements, severity: goals})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="service_levels",
    decide=decide,
    evolve=evolve,
    events={
        "project.service_level_objective_defined.v1": ServiceLevelObjectiveDefined,
        "project.service_level_agreement_defined.v1": ServiceLevelAgreementDefined,
    },
    commands={
        DefineServiceLevelObjective: roles.LEADS,
        DefineServiceLevelAgreement: roles.LEADS,
    },
)
