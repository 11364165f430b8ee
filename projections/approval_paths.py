"""The approval paths, version by version: their steps, and how long people took to decide under each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.approval.automation import ApprovedAutomatically
from domain.approval.deciding import ApprovalRejected, Approved
from domain.copies import replaced
from domain.project.approval_paths import ApprovalPathDefined, ApprovalPathRevised, ApprovalStep
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class ApprovalPathVersion:
    """One version of an approval path, and what was decided under it."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    path_code: Annotated[str, "The path's code."]
    version: Annotated[int, "The number of the version, from 1."]
    steps: Annotated[tuple[ApprovalStep, ...], "Its steps in their order."]
    step_count: Annotated[int, "How many steps that are."]
    defined_at: Annotated[datetime, "When it was defined (UTC)."]
    name: Annotated[str | None, "What the path is called; said with its first version."] = None
    step_count_before: Annotated[int | None, "How many steps the version before had, if any."] = None
    cause: Annotated[str | None, "Why the path was revised to it."] = None
    feedback_id: Annotated[UUID | None, "The feedback that led to it."] = None
    superseded_at: Annotated[datetime | None, "When the next version came (UTC); null while in force."] = None
    approved_count: Annotated[int, "Requests that people approved."] = 0
    rejected_count: Annotated[int, "Requests that people rejected."] = 0
    automatic_count: Annotated[int, "Requests that a rule approved."] = 0
    decided_count: Annotated[int, "Requests that people approved or rejected."] = 0
    elapsed_minutes_sum: Annotated[int, "Elapsed minutes from request to decision, of these together."] = 0
    working_minutes_sum: Annotated[int, "The same in working minutes of the standard calendar."] = 0


Event: TypeAlias = (
    ApprovalPathDefined | ApprovalPathRevised | Approved | ApprovedAutomatically | ApprovalRejected
)


def _key(seen: Recorded[Any], path_code: str, version: int) -> UUID:
    return part_id(seen.key, "approval path", f"{path_code}:{version}")


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the version of the path; with a new one also the one before."""
    match seen.event:
        case ApprovalPathDefined(path_code):
            return (_key(seen, path_code, 1),)
        case ApprovalPathRevised(path_code, version):
            return _key(seen, path_code, version - 1), _key(seen, path_code, version)
        case Approved() | ApprovedAutomatically() | ApprovalRejected():
            return (_key(seen, seen.event.path_code, seen.event.path_version),)


def evolve(row: ApprovalPathVersion | None, seen: Recorded[Event]) -> ApprovalPathVersion | None:
    """Return the version after an event."""
    event = seen.event
    if row is None:
        return _begun(seen)
    match event:
        case ApprovalPathRevised():
            return replaced(row, superseded_at=seen.occurred_at)
        case ApprovedAutomatically():
            return replaced(row, automatic_count=row.automatic_count + 1)
        case Approved():
            return _decided(replaced(row, approved_count=row.approved_count + 1), event)
        case ApprovalRejected():
            return _decided(replaced(row, rejected_count=row.rejected_count + 1), event)
        case _:
            return row


def _begun(seen: Recorded[Any]) -> ApprovalPathVersion:
    match seen.event:
        case ApprovalPathDefined(path_code, name, steps):
            version, key = 1, _key(seen, path_code, 1)
            row = ApprovalPathVersion(
                key, seen.key, path_code, version, steps, len(steps), seen.occurred_at, name
            )
        case ApprovalPathRevised(path_code, version, steps):
            event = seen.event
            row = ApprovalPathVersion(
                _key(seen, path_code, version),
                seen.key,
                path_code,
                version,
                steps,
                event.step_count_after,
                seen.occurred_at,
                step_count_before=event.step_count_before,
                cause=event.cause,
                feedback_id=event.feedback_id,
            )
        case _:
            raise AssertionError("a version of a path begins with its definition or a revision")
    return row


def _decided(row: ApprovalPathVersion, event: Approved | ApprovalRejected) -> ApprovalPathVersion:
    return replaced(
        row,
        decided_count=row.decided_count + 1,
        elapsed_minutes_sum=row.elapsed_minutes_sum + event.elapsed_minutes,
        working_minutes_sum=row.working_minutes_sum + event.working_minutes,
    )


READ_MODEL: Final = ReadModel(
    name="approval_paths",
    row=ApprovalPathVersion,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"PATH": ("path_code", "version"), "DEFINED": ("defined_at",)},
    filters=("path_code", "version"),
)
