"""The change log: what was to be changed in the plan and why, who decided, and which baseline it led to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.change_requests import (
    ChangeKind,
    ChangeRequestApproved,
    ChangeRequested,
    ChangeRequestRejected,
    PlanRevised,
)
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


class ChangeStatus(StrEnum):
    """Where a change request stands: still to decide, approved, rejected, or applied to the plan."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """One change request."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    change_id: Annotated[UUID, "The change request, as commands name it."]
    title: Annotated[str, "What is to be changed."]
    cause: Annotated[str, "Why."]
    kind: Annotated[ChangeKind, "What the change is about."]
    impact_days: Annotated[int, "Days the plan then ends later; below 0 for earlier."]
    impact_cents: Annotated[int, "Cents it then costs more; below 0 for less."]
    requester_id: Annotated[UUID, "The member who asked for it."]
    requested_at: Annotated[datetime, "When it was asked for (UTC)."]
    status: Annotated[ChangeStatus, "Where it stands."] = ChangeStatus.REQUESTED
    decided_by_id: Annotated[UUID | None, "The lead who said yes or no."] = None
    decided_at: Annotated[datetime | None, "When that was (UTC)."] = None
    rejected_because: Annotated[str | None, "Why not, if it was rejected."] = None
    applied_by_id: Annotated[UUID | None, "The member who revised the plan."] = None
    applied_at: Annotated[datetime | None, "When the plan was revised (UTC)."] = None
    baseline_number: Annotated[int | None, "The baseline it led to; null if it left the reference."] = None


Event: TypeAlias = ChangeRequested | ChangeRequestApproved | ChangeRequestRejected | PlanRevised


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the change request."""
    return (part_id(seen.stream, "change", seen.event.change_id),)


def evolve(row: ChangeRequest | None, seen: Recorded[Event]) -> ChangeRequest | None:
    """Return the change request after an event."""
    event = seen.event
    if isinstance(event, ChangeRequested):
        return _requested(event, seen)
    if row is None:
        raise AssertionError("a change request's first event is that it was requested")
    match event:
        case ChangeRequestApproved(approver_id=member_id):
            decided = replaced(row, decided_by_id=member_id, decided_at=seen.occurred_at)
            return replaced(decided, status=ChangeStatus.APPROVED)
        case ChangeRequestRejected(rejecter_id=member_id, cause=cause):
            decided = replaced(row, decided_by_id=member_id, decided_at=seen.occurred_at)
            return replaced(decided, status=ChangeStatus.REJECTED, rejected_because=cause)
        case PlanRevised(baseline_number=number):
            applied = replaced(row, applied_by_id=seen.actor_id, applied_at=seen.occurred_at)
            return replaced(applied, status=ChangeStatus.APPLIED, baseline_number=number)


def _requested(event: ChangeRequested, seen: Recorded[Any]) -> ChangeRequest:
    return ChangeRequest(
        part_id(seen.stream, "change", event.change_id),
        seen.stream,
        event.change_id,
        event.title,
        event.cause,
        event.kind,
        event.impact_days,
        event.impact_cents,
        event.requester_id,
        seen.occurred_at,
    )


READ_MODEL: Final = ReadModel(
    name="change_log",
    row=ChangeRequest,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"REQUESTED": ("requested_at",)},
    filters=("status", "kind"),
)
