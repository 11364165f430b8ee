"""A project's outages and its planned maintenance: when the product was down, and when it may be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.elapsed import elapsed_minutes
from domain.errors import AlreadyExists, Malformed, Refusal, Unknown
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class OutageStarted:
    """The product went down at an instant; several outages may go on at once."""

    outage_id: UUID
    cause: Annotated[str, Personal()]
    started_at: datetime


@dataclass(frozen=True, slots=True)
class OutageEnded:
    """An outage was over at an instant, on a day of the project's time zone, after so many minutes."""

    outage_id: UUID
    ended_at: datetime
    ended_on: date
    elapsed_minutes: int


@dataclass(frozen=True, slots=True)
class MaintenanceScheduled:
    """The product may be down from one instant to before another, as was announced ahead."""

    maintenance_id: UUID
    starts_at: datetime
    ends_at: datetime
    purpose: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class MaintenanceCancelled:
    """A maintenance does not take place."""

    maintenance_id: UUID


OutageEvent = OutageStarted | OutageEnded | MaintenanceScheduled | MaintenanceCancelled


@dataclass(frozen=True, slots=True)
class StartOutage:
    """Record that the product went down."""

    outage_id: Annotated[UUID, "A UUID of your choice for the outage."]
    cause: Annotated[str, "What is down and why, as far as known, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class EndOutage:
    """Record that an outage is over."""

    outage_id: Annotated[UUID, "The outage."]


@dataclass(frozen=True, slots=True)
class ScheduleMaintenance:
    """Announce that the product may be down: that time counts neither as up nor as down."""

    maintenance_id: Annotated[UUID, "A UUID of your choice for the maintenance."]
    starts_at: Annotated[datetime, "When it begins; not in the past."]
    ends_at: Annotated[datetime, "When it is over, after its beginning."]
    purpose: Annotated[str, "What it is for, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for an instant out of range, an end before the beginning, or no purpose."""
        shape.instant(self.starts_at, "startsAt")
        shape.instant(self.ends_at, "endsAt")
        if self.ends_at <= self.starts_at:
            raise Malformed("The maintenance ends before it begins.", field="endsAt")
        shape.text(self.purpose, "purpose", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class CancelMaintenance:
    """Call off a maintenance that has not begun."""

    maintenance_id: Annotated[UUID, "The maintenance."]


OutageCommand = StartOutage | EndOutage | ScheduleMaintenance | CancelMaintenance


class UnknownOutage(Unknown):
    """No outage of this project has this id."""

    sentence = "There is no outage with this id in this project."


class UnknownMaintenance(Unknown):
    """No maintenance of this project has this id."""

    sentence = "There is no maintenance with this id in this project."


class NotAnnounced(Refusal):
    """Maintenance that begins in the past was not planned: it would hide an outage."""

    sentence = "Maintenance is announced before it begins."


class MaintenanceBegun(Refusal):
    """The maintenance has begun, so it is not called off any more."""

    sentence = "The maintenance has begun."


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage."""

    cause: str
    started_at: datetime
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Outages:
    """The outages and the maintenance of a project by their ids, cancelled maintenance apart."""

    by_id: Mapping[UUID, Outage] = field(default_factory=dict[UUID, Outage])
    maintenance: Mapping[UUID, MaintenanceScheduled] = field(default_factory=dict[UUID, MaintenanceScheduled])
    cancelled: frozenset[UUID] = frozenset()


def decide(command: OutageCommand, project: "Project", context: Context) -> Sequence[OutageEvent]:
    """Return what happens to the outages and the maintenance."""
    match command:
        case StartOutage(outage_id, cause):
            return _start(project.outages, OutageStarted(outage_id, cause, context.at))
        case EndOutage(outage_id):
            return _end(outage_id, project, context)
        case ScheduleMaintenance():
            return _schedule(command, project.outages, context)
        case CancelMaintenance(maintenance_id):
            return _cancel(maintenance_id, project.outages, context)
        case _:
            assert_never(command)


def _start(outages: Outages, started: OutageStarted) -> Sequence[OutageStarted]:
    before = outages.by_id.get(started.outage_id)
    if before is not None and before.cause != started.cause:
        raise AlreadyExists(field="outageId")
    return [started] if before is None else []


def _end(outage_id: UUID, project: "Project", context: Context) -> Sequence[OutageEnded]:
    outage = project.outages.by_id.get(outage_id)
    if outage is None:
        raise UnknownOutage(field="outageId")
    if outage.is_over:
        return []
    minutes = elapsed_minutes(outage.started_at, context.at)
    return [OutageEnded(outage_id, context.at, project.local_day(context.at), minutes)]


def _schedule(
    command: ScheduleMaintenance, outages: Outages, context: Context
) -> Sequence[MaintenanceScheduled]:
    scheduled = MaintenanceScheduled(
        command.maintenance_id, command.starts_at, command.ends_at, command.purpose
    )
    before = outages.maintenance.get(command.maintenance_id)
    if before is not None:
        if before != scheduled:
            raise AlreadyExists(field="maintenanceId")
        return []
    if command.starts_at < context.at:
        raise NotAnnounced(field="startsAt")
    return [scheduled]


def _cancel(maintenance_id: UUID, outages: Outages, context: Context) -> Sequence[MaintenanceCancelled]:
    maintenance = outages.maintenance.get(maintenance_id)
    if maintenance is None:
        raise UnknownMaintenance(field="maintenanceId")
    if maintenance_id in outages.cancelled:
        return []
    if maintenance.starts_at <= context.at:
        raise MaintenanceBegun(field="maintenanceId")
    return [MaintenanceCancelled(maintenance_id)]


def evolve(outages: Outages, event: OutageEvent) -> Outages:
    """Return the outages and the maintenance after an event."""
    match event:
        case OutageStarted(outage_id, cause, started_at):
            return replaced(outages, by_id={**outages.by_id, outage_id: Outage(cause, started_at)})
        case OutageEnded(outage_id):
            over = replaced(outages.by_id[outage_id], is_over=True)
            return replaced(outages, by_id={**outages.by_id, outage_id: over})
        case MaintenanceScheduled(maintenance_id):
            return replaced(outages, maintenance={**outages.maintenance, maintenance_id: event})
        case MaintenanceCancelled(maintenance_id):
            return replaced(outages, cancelled=outages.cancelled | {maintenance_id})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="outages",
    decide=decide,
    evolve=evolve,
    events={
        "project.outage_started.v1": OutageStarted,
        "project.outage_ended.v1": OutageEnded,
        "project.maintenance_scheduled.v1": MaintenanceScheduled,
        "project.maintenance_cancelled.v1": MaintenanceCancelled,
    },
    commands={
        StartOutage: roles.TEAM,
        EndOutage: roles.TEAM,
        ScheduleMaintenance: roles.LEADS,
        CancelMaintenance: roles.LEADS,
    },
)
