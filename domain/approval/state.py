"""What a request for approval is: the state its facets share, and how its steps follow one another."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.calendar import add_working_minutes
from domain.errors import Refusal, UnknownApproval
from domain.project import Project
from domain.project.approval_paths import ApprovalStep, Steps


class ApprovalStatus(StrEnum):
    """Where a request for approval stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ApprovalDecided(Refusal):
    """The request was approved, rejected or withdrawn."""

    sentence = "The request is decided or withdrawn."


@dataclass(frozen=True, slots=True)
class Approval:
    """A request for approval, with the steps of the path version it runs under that its amount needs.

    `began_at` is when the step to be decided now began, `due_at` when its deadline passes.
    """

    project_id: UUID
    subject: str
    amount_cents: int
    path_code: str
    path_version: int
    steps: Steps
    task_id: UUID | None
    requested_by: UUID
    requested_at: datetime
    began_at: datetime
    due_at: datetime
    status: ApprovalStatus = ApprovalStatus.PENDING
    approved_count: int = 0
    is_overdue: bool = False

    @property
    def step(self) -> ApprovalStep:
        """Return the step to be decided now; once approved there is none."""
        return self.steps[self.approved_count]


def requested(approval: Approval | None) -> Approval:
    """Return the request; raise `UnknownApproval` for none."""
    if approval is None:
        raise UnknownApproval
    return approval


def pending(approval: Approval) -> Approval:
    """Return the request; raise `ApprovalDecided` for one that nobody has to decide any more."""
    if approval.status is not ApprovalStatus.PENDING:
        raise ApprovalDecided
    return approval


def due_after(step: ApprovalStep, began_at: datetime, project: Project) -> datetime:
    """Return when the deadline of a step passes, on the project's standard calendar (UTC)."""
    return add_working_minutes(project.calendar_of(None), began_at, step.deadline_working_minutes)
