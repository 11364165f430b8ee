"""The runs of an integration: what was read, what became of it, and whether both sides add up to the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

from domain import shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Malformed, Refusal, StillAhead
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

COUNT_MAX: Final = 10**9
HUNDREDTHS_MAX: Final = 10**15


@dataclass(frozen=True, slots=True)
class SyncRunRecorded:
    """Data flowed between a system and here, under a version of the mapping.

    It is successful without errors, and reconciled where the control totals of both sides are the same.
    `finished_on` is the day in the project's time zone.
    """

    integration_id: UUID
    started_at: datetime
    finished_at: datetime
    finished_on: date
    mapping_version: int
    read_count: int
    created_count: int
    changed_count: int
    refused_count: int
    error_count: int
    errors: Annotated[str, Personal()]
    total_in_hundredths: int
    total_out_hundredths: int
    is_successful: bool
    is_reconciled: bool


@dataclass(frozen=True, slots=True)
class RecordSyncRun:
    """Record a run of an integration, each after the one before; what was read but not named is unchanged."""

    integration_id: Annotated[UUID, "The integration."]
    started_at: Annotated[datetime, "When the run started: no earlier than the one before."]
    finished_at: Annotated[datetime, "When it finished."]
    read_count: Annotated[int, "How many records were read, 0 to 10^9."]
    created_count: Annotated[int, "How many of them created something."]
    changed_count: Annotated[int, "How many of them changed something."]
    refused_count: Annotated[int, "How many of them were refused."]
    error_count: Annotated[int, "How often something went wrong, refused records aside, 0 to 10^9."]
    total_in_hundredths: Annotated[int, "Control total of what was read, in hundredths of its unit."]
    total_out_hundredths: Annotated[int, "The same of what was written."]
    errors: Annotated[str, "What went wrong, at most 10,000 characters."] = ""

    def __post_init__(self) -> None:
        """Raise `Malformed` for a run that ends before it starts, or counts that cannot be."""
        shape.instant(self.started_at, "startedAt")
        shape.instant(self.finished_at, "finishedAt")
        if self.finished_at < self.started_at:
            raise Malformed("The run finishes before it starts.", field="finishedAt")
        _check_counts(self)
        shape.whole(self.total_in_hundredths, "totalInHundredths", -HUNDREDTHS_MAX, HUNDREDTHS_MAX)
        shape.whole(self.total_out_hundredths, "totalOutHundredths", -HUNDREDTHS_MAX, HUNDREDTHS_MAX)
        shape.optional_text(self.errors, "errors", shape.TEXT_LENGTH_MAX)


def _check_counts(command: RecordSyncRun) -> None:
    shape.whole(command.read_count, "readCount", 0, COUNT_MAX)
    shape.whole(command.created_count, "createdCount", 0, COUNT_MAX)
    shape.whole(command.changed_count, "changedCount", 0, COUNT_MAX)
    shape.whole(command.refused_count, "refusedCount", 0, COUNT_MAX)
    shape.whole(command.error_count, "errorCount", 0, COUNT_MAX)
    if command.created_count + command.changed_count + command.refused_count > command.read_count:
        raise Malformed("More became of the records than were read.", field="readCount")


class RunOutOfOrder(Refusal):
    """A run is recorded after one that started later."""

    sentence = "A run that started later is recorded already."


def recorded(
    command: RecordSyncRun, mapping_version: int, project: "Project", context: Context
) -> SyncRunRecorded:
    """Return a run as it is recorded; raise `StillAhead` for one that has not finished yet."""
    if command.finished_at > context.at:
        raise StillAhead("This instant is still ahead.", field="finishedAt")
    return SyncRunRecorded(
        command.integration_id,
        command.started_at.astimezone(UTC),
        command.finished_at.astimezone(UTC),
        project.local_day(command.finished_at),
        mapping_version,
        command.read_count,
        command.created_count,
        command.changed_count,
        command.refused_count,
        command.error_count,
        command.errors,
        command.total_in_hundredths,
        command.total_out_hundredths,
        is_successful=command.error_count == 0,
        is_reconciled=command.total_in_hundredths == command.total_out_hundredths,
    )


def following(run: SyncRunRecorded, last: SyncRunRecorded | None) -> Sequence[SyncRunRecorded]:
    """Return a run that comes after the last one, nothing where it is that one.

    Raise `RunOutOfOrder` for an earlier one, `AlreadyExists` for another of the same start. So the last one
    is all that an integration has to remember.
    """
    if last is None or run.started_at > last.started_at:
        return [run]
    if run.started_at < last.started_at:
        raise RunOutOfOrder(field="startedAt")
    if replaced(run, mapping_version=last.mapping_version) != last:
        raise AlreadyExists("Another run of this start is recorded already.", field="startedAt")
    return []
