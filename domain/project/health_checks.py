"""A project's health checks: at intervals, whether workflow, fields and permission rules need a change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Refusal, Unknown
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

INTERVAL_DAYS: Final = 90
"""From going live or a check's end to the next one, unless a project sets another interval."""
INTERVAL_DAYS_MAX: Final = 3_650


class FindingArea(StrEnum):
    """What a finding of a health check is about."""

    WORKFLOW = "workflow"
    FIELD = "field"
    PERMISSION = "permission"


@dataclass(frozen=True, slots=True)
class HealthCheckIntervalSet:
    """Health checks follow each other after so many days."""

    interval_days: int


@dataclass(frozen=True, slots=True)
class HealthCheckStarted:
    """A health check began, on a day of the project's time zone."""

    check_id: UUID
    started_on: date


@dataclass(frozen=True, slots=True)
class FindingRecorded:
    """A health check found something to change."""

    check_id: UUID
    finding_id: UUID
    area: FindingArea
    text: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class HealthCheckClosed:
    """A health check is done, on a day of the project's time zone."""

    check_id: UUID
    closed_on: date


@dataclass(frozen=True, slots=True)
class HealthCheckMissed:
    """The day a health check was due by passed, and none was done."""

    due_on: date


HealthCheckEvent = (
    HealthCheckIntervalSet | HealthCheckStarted | FindingRecorded | HealthCheckClosed | HealthCheckMissed
)


@dataclass(frozen=True, slots=True)
class SetHealthCheckInterval:
    """Say how many days after going live or after the last health check the next one is due."""

    interval_days: Annotated[int, "Days, 1 to 3,650; 90 unless set."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for days out of range."""
        shape.whole(self.interval_days, "intervalDays", 1, INTERVAL_DAYS_MAX)


@dataclass(frozen=True, slots=True)
class StartHealthCheck:
    """Begin to look whether workflow, fields and permission rules need a change."""

    check_id: Annotated[UUID, "A UUID of your choice for the check."]


@dataclass(frozen=True, slots=True)
class RecordFinding:
    """Record what a health check found."""

    check_id: Annotated[UUID, "The check, not closed."]
    finding_id: Annotated[UUID, "A UUID of your choice for the finding."]
    area: Annotated[FindingArea, "What it is about."]
    text: Annotated[str, "What needs a change, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text."""
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class CloseHealthCheck:
    """Say that a health check is done."""

    check_id: Annotated[UUID, "The check."]


@dataclass(frozen=True, slots=True)
class MissHealthCheck:
    """State that the day a health check was due by has passed."""

    due_on: Annotated[date, "The day."]


HealthCheckCommand = (
    SetHealthCheckInterval | StartHealthCheck | RecordFinding | CloseHealthCheck | MissHealthCheck
)


class UnknownHealthCheck(Unknown):
    """No health check of this project has this id."""

    sentence = "There is no health check with this id in this project."


class HealthCheckOpen(Refusal):
    """There is one health check at a time."""

    sentence = "Another health check is not closed yet."


class HealthCheckOver(Refusal):
    """The health check is closed: it finds nothing more."""

    sentence = "The health check is closed."


@dataclass(frozen=True, slots=True)
class HealthChecks:
    """The checks, which of them is open, the findings by id, and what the next due day follows from."""

    interval_days: int = INTERVAL_DAYS
    checks: frozenset[UUID] = frozenset()
    open_id: UUID | None = None
    findings: Mapping[UUID, FindingRecorded] = field(default_factory=dict[UUID, FindingRecorded])
    last_closed_on: date | None = None
    missed_on: date | None = None

    def is_open(self, check_id: UUID) -> bool:
        """Return whether a check is open; raise `UnknownHealthCheck`."""
        if check_id not in self.checks:
            raise UnknownHealthCheck(field="checkId")
        return check_id == self.open_id


def next_due_on(interval_days: int, last_closed_on: date | None, went_live_on: date | None) -> date | None:
    """Return the day by which a check is due, so many days after the last one or going live; None before."""
    base = last_closed_on or went_live_on
    return None if base is None else base + timedelta(days=interval_days)


def decide(command: HealthCheckCommand, project: "Project", context: Context) -> Sequence[HealthCheckEvent]:
    """Return what happens to the health checks."""
    checks, today = project.health_checks, project.local_day(context.at)
    match command:
        case SetHealthCheckInterval(days):
            return [] if days == checks.interval_days else [HealthCheckIntervalSet(days)]
        case StartHealthCheck(check_id):
            if check_id in checks.checks:
                return []
            if checks.open_id is not None:
                raise HealthCheckOpen
            return [HealthCheckStarted(check_id, today)]
        case RecordFinding():
            return _record(command, checks)
        case CloseHealthCheck(check_id):
            return [HealthCheckClosed(check_id, today)] if checks.is_open(check_id) else []
        case MissHealthCheck(due_on):
            went_live_on = project.rollout.went_live_on
            is_due = due_on == next_due_on(checks.interval_days, checks.last_closed_on, went_live_on)
            is_missed = is_due and today > due_on and due_on != checks.missed_on
            return [HealthCheckMissed(due_on)] if is_missed else []
        case _:
            assert_never(command)


def _record(command: RecordFinding, checks: HealthChecks) -> Sequence[FindingRecorded]:
    found = FindingRecorded(command.check_id, command.finding_id, command.area, command.text)
    before = checks.findings.get(command.finding_id)
    if before is not None and before != found:
        raise AlreadyExists(field="findingId")
    if before is not None:
        return []
    if not checks.is_open(command.check_id):
        raise HealthCheckOver(field="checkId")
    return [found]


def evolve(checks: HealthChecks, event: HealthCheckEvent) -> HealthChecks:
    """Return the health checks after an event."""
    match event:
        case HealthCheckIntervalSet(days):
            return replaced(checks, interval_days=days)
        case HealthCheckStarted(check_id):
            return replaced(checks, checks=checks.checks | {check_id}, open_id=check_id)
        case FindingRecorded(_, finding_id):
            return replaced(checks, findings={**checks.findings, finding_id: event})
        case HealthCheckClosed(_, closed_on):
            return replaced(checks, open_id=None, last_closed_on=closed_on)
        case HealthCheckMissed(due_on):
            return replaced(checks, missed_on=due_on)
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="health_checks",
    decide=decide,
    evolve=evolve,
    events={
        "project.health_check_interval_set.v1": HealthCheckIntervalSet,
        "project.health_check_started.v1": HealthCheckStarted,
        "project.finding_recorded.v1": FindingRecorded,
        "project.health_check_closed.v1": HealthCheckClosed,
        "project.health_check_missed.v1": HealthCheckMissed,
    },
    commands={
        SetHealthCheckInterval: roles.LEADS,
        StartHealthCheck: roles.LEADS,
        RecordFinding: roles.TEAM,
        CloseHealthCheck: roles.LEADS,
        MissHealthCheck: roles.SYSTEM,
    },
)
