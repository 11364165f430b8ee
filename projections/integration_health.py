"""The health of a project's integrations: one row a system, its mapping, and how its runs went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.integrations import (
    IntegrationKind,
    IntegrationMappingRevised,
    IntegrationRegistered,
    IntegrationRetired,
    MappedField,
    SyncDirection,
)
from domain.project.sync_runs import SyncRunRecorded
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class IntegrationHealth:
    """One integration; what is said of its last run is null before the first."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    integration_id: Annotated[UUID, "The integration, as commands name it."]
    kind: Annotated[IntegrationKind, "What the system is for."]
    name: Annotated[str, "What it is called."]
    direction: Annotated[SyncDirection, "Where data flows."]
    owner_id: Annotated[UUID, "The member who answers for it."]
    mapping: Annotated[tuple[MappedField, ...], "Which field there stands for which field here."]
    mapping_version: Annotated[int, "The version of the mapping."]
    is_retired: Annotated[bool, "Whether it is no longer connected."] = False
    run_count: Annotated[int, "How many runs were recorded."] = 0
    failed_count: Annotated[int, "How many of them had errors."] = 0
    error_rate_percent: Annotated[
        int | None, "Runs with errors of all runs in percent, rounded down; null before the first."
    ] = None
    last_started_at: Annotated[datetime | None, "When the last run started (UTC)."] = None
    last_finished_at: Annotated[datetime | None, "When the last run finished (UTC)."] = None
    last_run_on: Annotated[date | None, "The same, as a day in the project's time zone."] = None
    last_success_on: Annotated[date | None, "The day the last run without errors finished."] = None
    is_successful: Annotated[bool | None, "Whether the last run had no errors."] = None
    is_reconciled: Annotated[bool | None, "Whether the last run's control totals were the same."] = None


Event: TypeAlias = IntegrationRegistered | IntegrationMappingRevised | IntegrationRetired | SyncRunRecorded


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the integration an event is about."""
    return (part_id(seen.stream, "integration", seen.event.integration_id),)


def evolve(row: IntegrationHealth | None, seen: Recorded[Event]) -> IntegrationHealth | None:
    """Return the integration after an event."""
    event = seen.event
    if isinstance(event, IntegrationRegistered):
        return _registered(event, seen)
    if row is None:
        raise AssertionError("an integration's first event is that it was registered")
    match event:
        case IntegrationMappingRevised(_, mapping, version):
            return replaced(row, mapping=mapping, mapping_version=version)
        case IntegrationRetired():
            return replaced(row, is_retired=True)
        case SyncRunRecorded():
            return _run(row, event)


def _registered(event: IntegrationRegistered, seen: Recorded[Any]) -> IntegrationHealth:
    return IntegrationHealth(
        part_id(seen.stream, "integration", event.integration_id),
        seen.stream,
        event.integration_id,
        event.kind,
        event.name,
        event.direction,
        event.owner_id,
        event.mapping,
        event.mapping_version,
    )


def _run(row: IntegrationHealth, run: SyncRunRecorded) -> IntegrationHealth:
    run_count, failed_count = row.run_count + 1, row.failed_count + (not run.is_successful)
    return replaced(
        row,
        run_count=run_count,
        failed_count=failed_count,
        error_rate_percent=100 * failed_count // run_count,
        last_started_at=run.started_at,
        last_finished_at=run.finished_at,
        last_run_on=run.finished_on,
        last_success_on=run.finished_on if run.is_successful else row.last_success_on,
        is_successful=run.is_successful,
        is_reconciled=run.is_reconciled,
    )


READ_MODEL: Final = ReadModel(
    name="integration_health",
    row=IntegrationHealth,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"NAME": ("name",), "LAST_RUN": ("last_finished_at",), "LAST_SUCCESS": ("last_success_on",)},
    filters=("kind", "is_successful", "is_reconciled", "is_retired"),
)
