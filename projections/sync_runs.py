"""The runs of a project's integrations, one row each: what the rate of runs without errors is made of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from domain.project.sync_runs import SyncRunRecorded
from domain.recorded import Recorded
from projections.read_model import Observation, ReadModel, part_id


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One run of an integration."""

    run_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    integration_id: Annotated[UUID, "The integration, as commands name it."]
    started_at: Annotated[datetime, "When it started (UTC)."]
    finished_at: Annotated[datetime, "When it finished (UTC)."]
    finished_on: Annotated[date, "The same, as a day in the project's time zone."]
    mapping_version: Annotated[int, "The version of the mapping it ran under."]
    read_count: Annotated[int, "How many records were read."]
    created_count: Annotated[int, "How many of them created something."]
    changed_count: Annotated[int, "How many of them changed something."]
    unchanged_count: Annotated[int, "How many of them changed nothing: the rest."]
    refused_count: Annotated[int, "How many of them were refused."]
    error_count: Annotated[int, "How often something went wrong, refused records aside."]
    errors: Annotated[str, "What went wrong."]
    total_in_hundredths: Annotated[int, "Control total of what was read, in hundredths of its unit."]
    total_out_hundredths: Annotated[int, "The same of what was written."]
    is_successful: Annotated[bool, "Whether nothing went wrong."]
    is_reconciled: Annotated[bool, "Whether both control totals are the same."]


def keys(seen: Recorded[SyncRunRecorded]) -> Iterable[UUID]:
    """Return the run an event records."""
    return (_key(seen.stream, seen.event),)


def _key(project_id: UUID, run: SyncRunRecorded) -> UUID:
    return part_id(project_id, "sync_run", f"{run.integration_id}:{run.started_at.isoformat()}")


def evolve(_row: SyncRun | None, seen: Recorded[SyncRunRecorded]) -> SyncRun | None:
    """Return the run an event records; no event changes one."""
    run = seen.event
    return SyncRun(
        _key(seen.stream, run),
        seen.stream,
        run.integration_id,
        run.started_at,
        run.finished_at,
        run.finished_on,
        run.mapping_version,
        run.read_count,
        run.created_count,
        run.changed_count,
        run.read_count - run.created_count - run.changed_count - run.refused_count,
        run.refused_count,
        run.error_count,
        run.errors,
        run.total_in_hundredths,
        run.total_out_hundredths,
        run.is_successful,
        run.is_reconciled,
    )


def observe(row: SyncRun) -> Iterator[Observation]:
    """Yield whether the run went without errors, by integration."""
    of = (("integration_id", str(row.integration_id)),)
    yield Observation("integration_success", row.finished_on, 1, row.is_successful, dimensions=of)


READ_MODEL: Final = ReadModel(
    name="sync_runs",
    row=SyncRun,
    folds=frozenset({SyncRunRecorded}),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"STARTED": ("started_at",)},
    filters=("integration_id", "is_successful", "is_reconciled"),
)
