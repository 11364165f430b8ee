"""What requests for approval set going: a rule's decision, a late step, the task that learns of approval."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args
from uuid import UUID

from domain.approval import ApprovalEvent
from domain.approval.automation import (
    ApproveAutomatically,
    ApprovedAutomatically,
    MarkStepOverdue,
    StepOverdue,
)
from domain.approval.deciding import ApprovalRejected, Approved, StepApproved
from domain.approval.requesting import ApprovalRequested, ApprovalWithdrawn
from domain.copies import replaced
from domain.ids import ApprovalId
from domain.recorded import Recorded
from domain.task.approval import RecordTaskApproval
from projections.read_model import ReadModel, Wish


@dataclass(frozen=True, slots=True)
class ApprovalRouting:
    """One request on its way; `due_at` (UTC) is None once the step is overdue or the request has ended.

    `steps` are the names of its steps, of which so many were approved.
    """

    approval_id: UUID
    project_id: UUID
    path_code: str
    task_id: UUID | None
    steps: tuple[str, ...]
    due_at: datetime | None
    approved_count: int = 0


def keys(seen: Recorded[ApprovalEvent]) -> Iterable[UUID]:
    """Return the approval."""
    return (seen.stream,)


def evolve(row: ApprovalRouting | None, seen: Recorded[ApprovalEvent]) -> ApprovalRouting | None:
    """Return the request after an event."""
    event = seen.event
    if isinstance(event, ApprovalRequested):
        names = tuple(step.name for step in event.steps)
        return ApprovalRouting(
            seen.stream, event.project_id, event.path_code, event.task_id, names, event.due_at
        )
    if row is None:
        raise AssertionError("an approval's first event is that it was requested")
    match event:
        case StepApproved(next_due_at=next_due_at):
            return replaced(row, due_at=next_due_at, approved_count=row.approved_count + 1)
        case Approved() | ApprovedAutomatically() | ApprovalRejected() | ApprovalWithdrawn() | StepOverdue():
            return replaced(row, due_at=None)


def react(seen: Recorded[Any], row: ApprovalRouting) -> Iterable[Wish]:
    """Approve what a rule approves, and let the task know what was approved, when that happened."""
    match seen.event:
        case ApprovalRequested(rule_code=str(rule_code)):
            yield Wish("approval", row.approval_id, ApproveAutomatically(rule_code), seen.occurred_at)
        case Approved() | ApprovedAutomatically() if row.task_id is not None:
            command = RecordTaskApproval(ApprovalId(row.approval_id), row.path_code)
            yield Wish("task", row.task_id, command, seen.occurred_at)
        case _:
            return


def on_due(row: ApprovalRouting) -> Wish:
    """Mark the step to be decided as overdue at the instant its deadline passed."""
    if row.due_at is None:
        raise AssertionError("what waits for nobody is never due")
    command = MarkStepOverdue(row.steps[row.approved_count], row.due_at)
    return Wish("approval", row.approval_id, command, row.due_at)


READ_MODEL: Final = ReadModel(
    name="approval_routing",
    row=ApprovalRouting,
    folds=frozenset(get_args(ApprovalEvent)),
    keys=keys,
    evolve=evolve,
    react=react,
    on_due=on_due,
)
