"""The approval queue: who has to decide on what, since when and until when, and what was decided."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, get_args
from uuid import UUID

from domain.approval import ApprovalEvent
from domain.approval.automation import ApprovedAutomatically, StepOverdue
from domain.approval.deciding import ApprovalRejected, Approved, StepApproved
from domain.approval.requesting import ApprovalRequested, ApprovalWithdrawn
from domain.approval.state import ApprovalStatus
from domain.copies import replaced
from domain.project.approval_paths import ApprovalStep
from domain.recorded import Recorded
from domain.roles import Role
from projections.read_model import Observation, ReadModel


@dataclass(frozen=True, slots=True)
class StepDecision:
    """One decision on a step."""

    step: Annotated[str, "The name of the step."]
    approver_id: Annotated[UUID, "Who decided."]
    is_approved: Annotated[bool, "Whether the step was approved; else the whole request was rejected."]
    decided_at: Annotated[datetime, "When (UTC)."]
    elapsed_minutes: Annotated[int, "Elapsed minutes since the step began."]
    working_minutes: Annotated[int, "The same in working minutes of the project's standard calendar."]
    is_within_deadline: Annotated[bool, "Whether its deadline had not passed."]


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """One request for approval, with the step that is to be decided now."""

    approval_id: Annotated[UUID, "The approval's id."]
    project_id: Annotated[UUID, "The project it belongs to."]
    subject: Annotated[str, "What is to be approved."]
    amount_cents: Annotated[int, "What it costs, in cents."]
    task_id: Annotated[UUID | None, "The task it is about."]
    path_code: Annotated[str, "The code of the approval path."]
    path_version: Annotated[int, "The version of the path it runs under."]
    steps: Annotated[tuple[ApprovalStep, ...], "The steps its amount needs, in their order."]
    requested_by: Annotated[UUID, "Who asks for it."]
    requested_at: Annotated[datetime, "When it was asked for (UTC)."]
    status: Annotated[ApprovalStatus, "Where it stands."] = ApprovalStatus.PENDING
    step: Annotated[str | None, "The step to be decided now; null once nobody has to decide."] = None
    approver_role: Annotated[Role | None, "The role in the project that has to decide now."] = None
    approver_ids: Annotated[
        tuple[UUID, ...], "The members who have to decide now, with the substitute once it is overdue."
    ] = ()
    waiting_since: Annotated[datetime | None, "When the step to be decided now began (UTC)."] = None
    due_at: Annotated[datetime | None, "When its deadline passes (UTC)."] = None
    is_overdue: Annotated[bool, "Whether that has passed."] = False
    decisions: Annotated[tuple[StepDecision, ...], "What people decided, the oldest first."] = ()
    rule_code: Annotated[str | None, "The rule that approved it by itself."] = None
    decided_at: Annotated[datetime | None, "When it was approved or rejected (UTC)."] = None
    decided_on: Annotated[date | None, "The same, as a day in the project's time zone."] = None
    elapsed_minutes: Annotated[int | None, "Elapsed minutes from request to decision."] = None
    cause: Annotated[str | None, "Why it was rejected."] = None


def keys(seen: Recorded[ApprovalEvent]) -> Iterable[UUID]:
    """Return the approval."""
    return (seen.stream,)


def evolve(row: ApprovalRequest | None, seen: Recorded[ApprovalEvent]) -> ApprovalRequest | None:
    """Return the request after an event."""
    event = seen.event
    if isinstance(event, ApprovalRequested):
        return _requested(event, seen)
    if row is None:
        raise AssertionError("an approval's first event is that it was requested")
    match event:
        case StepApproved():
            return _step_approved(row, event)
        case StepOverdue(substitute_id=substitute_id):
            asked = () if substitute_id is None else (substitute_id,)
            return replaced(row, is_overdue=True, approver_ids=(*row.approver_ids, *asked))
        case Approved() | ApprovedAutomatically():
            return _approved(row, event)
        case ApprovalRejected():
            return _rejected(row, event)
        case ApprovalWithdrawn():
            return _ended(row, ApprovalStatus.WITHDRAWN)


def _requested(event: ApprovalRequested, seen: Recorded[Any]) -> ApprovalRequest:
    row = ApprovalRequest(
        seen.stream,
        event.project_id,
        event.subject,
        event.amount_cents,
        event.task_id,
        event.path_code,
        event.path_version,
        event.steps,
        event.requested_by,
        event.requested_at,
    )
    return _waiting(row, event.steps[0], event.requested_at, event.due_at)


def _waiting(row: ApprovalRequest, step: ApprovalStep, since: datetime, due_at: datetime) -> ApprovalRequest:
    return replaced(
        row,
        step=step.name,
        approver_role=step.approver_role,
        approver_ids=() if step.approver_id is None else (step.approver_id,),
        waiting_since=since,
        due_at=due_at,
        is_overdue=False,
    )


def _step_approved(row: ApprovalRequest, event: StepApproved) -> ApprovalRequest:
    decision = StepDecision(
        event.step,
        event.approver_id,
        is_approved=True,
        decided_at=event.approved_at,
        elapsed_minutes=event.elapsed_minutes,
        working_minutes=event.working_minutes,
        is_within_deadline=event.is_within_deadline,
    )
    row = replaced(row, decisions=(*row.decisions, decision))
    if event.next_due_at is None:
        return row
    return _waiting(row, row.steps[len(row.decisions)], event.approved_at, event.next_due_at)


def _approved(row: ApprovalRequest, event: Approved | ApprovedAutomatically) -> ApprovalRequest:
    return replaced(
        _ended(row, ApprovalStatus.APPROVED),
        rule_code=event.rule_code if isinstance(event, ApprovedAutomatically) else None,
        decided_at=event.approved_at,
        decided_on=event.approved_on,
        elapsed_minutes=event.elapsed_minutes,
    )


def _rejected(row: ApprovalRequest, event: ApprovalRejected) -> ApprovalRequest:
    decision = StepDecision(
        event.step,
        event.approver_id,
        is_approved=False,
        decided_at=event.rejected_at,
        elapsed_minutes=event.step_elapsed_minutes,
        working_minutes=event.step_working_minutes,
        is_within_deadline=event.is_within_deadline,
    )
    return replaced(
        _ended(row, ApprovalStatus.REJECTED),
        decisions=(*row.decisions, decision),
        decided_at=event.rejected_at,
        decided_on=event.rejected_on,
        elapsed_minutes=event.elapsed_minutes,
        cause=event.cause,
    )


def _ended(row: ApprovalRequest, status: ApprovalStatus) -> ApprovalRequest:
    return replaced(
        row,
        status=status,
        step=None,
        approver_role=None,
        approver_ids=(),
        waiting_since=None,
        due_at=None,
        is_overdue=False,
    )


def observe(row: ApprovalRequest) -> Iterator[Observation]:
    """Yield how long people took to decide, and whether a rule decided instead, by path and version."""
    if row.decided_on is None or row.elapsed_minutes is None:
        return
    path = (("path", row.path_code), ("version", str(row.path_version)))
    is_automatic = row.rule_code is not None
    if not is_automatic:
        yield Observation("approval_time", row.decided_on, row.elapsed_minutes, dimensions=path)
    yield Observation("approval_automatic_share", row.decided_on, 1, is_automatic, dimensions=path)


READ_MODEL: Final = ReadModel(
    name="approval_queue",
    row=ApprovalRequest,
    folds=frozenset(get_args(ApprovalEvent)),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"REQUESTED": ("requested_at",), "DUE": ("due_at",)},
    filters=(
        "status",
        "approver_role",
        "approver_ids",
        "is_overdue",
        "path_code",
        "task_id",
        "requested_by",
    ),
)
