"""The service levels of each project: the availability aimed at over time, the goals agreed for incidents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.service_levels import ServiceLevelAgreementDefined, ServiceLevelObjectiveDefined
from domain.recorded import Recorded
from domain.severity import Severity
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class AvailabilityObjective:
    """An availability aimed at from an instant on."""

    basis_points: Annotated[int, "Hundredths of a percent of each calendar month: 9950 is 99.5 %."]
    since_at: Annotated[datetime, "From when on (UTC)."]


@dataclass(frozen=True, slots=True)
class AgreedGoals:
    """Within how long incidents of one severity are dealt with."""

    severity: Annotated[Severity, "Of which incidents."]
    response_minutes: Annotated[int, "Minutes to acknowledge one."]
    resolution_minutes: Annotated[int | None, "Minutes to resolve one; null where none are agreed."]
    calendar_name: Annotated[str | None, "The working calendar they count on; null where they are elapsed."]
    since_at: Annotated[datetime, "From when on (UTC)."]


@dataclass(frozen=True, slots=True)
class ProjectServiceLevels:
    """What a project aims at and agreed to while its product is in use."""

    levels_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    changed_at: Annotated[datetime, "When they were last changed (UTC)."]
    availability_basis_points: Annotated[
        int | None, "The availability aimed at now, in hundredths of a percent; null before one is defined."
    ] = None
    objectives: Annotated[tuple[AvailabilityObjective, ...], "Each one there was, as they were defined."] = ()
    agreements: Annotated[tuple[AgreedGoals, ...], "The goals agreed now, as they were agreed."] = ()


Event: TypeAlias = ServiceLevelObjectiveDefined | ServiceLevelAgreementDefined


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project's service levels."""
    return (part_id(seen.stream, "service_levels", ""),)


def evolve(row: ProjectServiceLevels | None, seen: Recorded[Event]) -> ProjectServiceLevels | None:
    """Return the service levels after an event."""
    event, at = seen.event, seen.occurred_at
    row = row or ProjectServiceLevels(part_id(seen.stream, "service_levels", ""), seen.stream, at)
    match event:
        case ServiceLevelObjectiveDefined(basis_points):
            objective = AvailabilityObjective(basis_points, at)
            return replaced(
                row,
                changed_at=at,
                availability_basis_points=basis_points,
                objectives=(*row.objectives, objective),
            )
        case ServiceLevelAgreementDefined(severity, response, resolution, calendar_name):
            others = tuple(each for each in row.agreements if each.severity is not severity)
            agreed = AgreedGoals(severity, response, resolution, calendar_name, at)
            return replaced(row, changed_at=at, agreements=(*others, agreed))


READ_MODEL: Final = ReadModel(
    name="service_levels",
    row=ProjectServiceLevels,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"CHANGED": ("changed_at",)},
    filters=("availability_basis_points",),
)
