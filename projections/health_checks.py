"""The health checks: when they were held, and what they found in workflow, fields and permissions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.health_checks import FindingArea, FindingRecorded, HealthCheckClosed, HealthCheckStarted
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class HealthCheckFinding:
    """Something a health check found to need a change."""

    finding_id: Annotated[UUID, "The finding, as commands name it."]
    area: Annotated[FindingArea, "What it is about."]
    text: Annotated[str, "What needs a change."]


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One health check of a product in use."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    check_id: Annotated[UUID, "The check, as commands name it."]
    started_on: Annotated[date, "The day it started, in the project's time zone."]
    is_open: Annotated[bool, "Whether it is not closed yet."] = True
    closed_on: Annotated[date | None, "The day it was closed, in the project's time zone."] = None
    findings: Annotated[tuple[HealthCheckFinding, ...], "What it found, as it was recorded."] = ()
    workflow_count: Annotated[int, "How many findings are about the workflow."] = 0
    field_count: Annotated[int, "How many findings are about fields."] = 0
    permission_count: Annotated[int, "How many findings are about permissions."] = 0


_COUNT_OF: Final = {area: f"{area}_count" for area in FindingArea}


Event: TypeAlias = HealthCheckStarted | FindingRecorded | HealthCheckClosed


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the health check."""
    return (part_id(seen.stream, "health_check", seen.event.check_id),)


def evolve(row: HealthCheck | None, seen: Recorded[Event]) -> HealthCheck | None:
    """Return the health check after an event."""
    event = seen.event
    if isinstance(event, HealthCheckStarted):
        row_id = part_id(seen.stream, "health_check", event.check_id)
        return HealthCheck(row_id, seen.stream, event.check_id, event.started_on)
    if row is None:
        raise AssertionError("a health check's first event is that it started")
    match event:
        case FindingRecorded(_, finding_id, area, text):
            findings = (*row.findings, HealthCheckFinding(finding_id, area, text))
            count = sum(each.area is area for each in findings)
            return replaced(row, findings=findings, **{_COUNT_OF[area]: count})
        case HealthCheckClosed(_, closed_on):
            return replaced(row, is_open=False, closed_on=closed_on)


READ_MODEL: Final = ReadModel(
    name="health_checks",
    row=HealthCheck,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"STARTED": ("started_on",)},
    filters=("is_open",),
)
