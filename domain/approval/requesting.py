"""How an approval is asked for, and how the request is taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.approval.state import Approval, ApprovalStatus, due_after, pending
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Refusal
from domain.facet import Facet
from domain.ids import ProjectId, TaskId
from domain.personal import Personal
from domain.project import ongoing
from domain.project.approval_paths import Steps


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """Somebody asks for approval along a path in its version then; `steps` are those the amount needs.

    The first step is due at `due_at`. `rule_code` is the rule that approves this by itself, if any.
    """

    project_id: UUID
    subject: Annotated[str, Personal()]
    amount_cents: int
    path_code: str
    path_version: int
    steps: Steps
    task_id: UUID | None
    rule_code: str | None
    requested_by: UUID
    requested_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalWithdrawn:
    """Whoever asked for approval does so no longer."""

    withdrawn_at: datetime


RequestingEvent = ApprovalRequested | ApprovalWithdrawn


@dataclass(frozen=True, slots=True)
class RequestApproval:
    """Ask for approval, in one's own name, along a path in its version of today."""

    project_id: Annotated[ProjectId, "The project it is asked for in."]
    path_code: Annotated[str, "The code of the approval path."]
    subject: Annotated[str, "What is to be approved, 1 to 10,000 characters."]
    amount_cents: Annotated[int, "What it costs, in cents; 0 where it costs nothing."]
    task_id: Annotated[TaskId | None, "The task it is about, if any: it learns of the approval."] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed code, text or amount."""
        shape.code(self.path_code, "pathCode")
        shape.text(self.subject, "subject", shape.TEXT_LENGTH_MAX)
        shape.cents(self.amount_cents, "amountCents")


@dataclass(frozen=True, slots=True)
class WithdrawApproval:
    """Take back one's own request."""


RequestingCommand = RequestApproval | WithdrawApproval


class NotTheRequester(Refusal):
    """Only whoever asked for an approval takes the request back."""

    sentence = "Somebody else asked for this approval."


def begin(
    command: RequestApproval, approval: Approval | None, context: Context
) -> Sequence[ApprovalRequested]:
    """Return the beginning of a request, nothing when this very request is there already."""
    if approval is not None:
        if _asked(approval) != _wished(command, context.actor_id):
            raise AlreadyExists
        return []
    project = ongoing(context)
    path = project.approval_paths.path(command.path_code)
    amount = command.amount_cents
    steps = tuple(step for step in path.steps if amount >= step.amount_from_cents)
    return [
        ApprovalRequested(
            project_id=command.project_id,
            subject=command.subject,
            amount_cents=amount,
            path_code=command.path_code,
            path_version=path.version,
            steps=steps,
            task_id=command.task_id,
            rule_code=project.approval_rules.approving(command.path_code, amount),
            requested_by=context.actor_id,
            requested_at=context.at,
            due_at=due_after(steps[0], context.at, project),
        )
    ]


def _asked(approval: Approval) -> tuple[object, ...]:
    """Return what makes a request the same when it is made again: all that was said, and by whom."""
    said = approval.path_code, approval.subject, approval.amount_cents, approval.task_id
    return (approval.project_id, *said, approval.requested_by)


def _wished(command: RequestApproval, actor_id: UUID) -> tuple[object, ...]:
    said = command.path_code, command.subject, command.amount_cents, command.task_id
    return (command.project_id, *said, actor_id)


def begun(event: ApprovalRequested) -> Approval:
    """Return the request as it comes in."""
    return Approval(
        project_id=event.project_id,
        subject=event.subject,
        amount_cents=event.amount_cents,
        path_code=event.path_code,
        path_version=event.path_version,
        steps=event.steps,
        task_id=event.task_id,
        requested_by=event.requested_by,
        requested_at=event.requested_at,
        began_at=event.requested_at,
        due_at=event.due_at,
    )


def decide(command: RequestingCommand, approval: Approval, context: Context) -> Sequence[RequestingEvent]:
    """Return what happens to the request as such."""
    match command:
        case RequestApproval():
            return begin(command, approval, context)
        case WithdrawApproval():
            if approval.status is ApprovalStatus.WITHDRAWN:
                return []
            if pending(approval).requested_by != context.actor_id:
                raise NotTheRequester
            return [ApprovalWithdrawn(context.at)]
        case _:
            assert_never(command)


def evolve(approval: Approval, event: RequestingEvent) -> Approval:
    """Return the request after an event."""
    if isinstance(event, ApprovalRequested):
        return begun(event)
    return replaced(approval, status=ApprovalStatus.WITHDRAWN)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "approval.requested.v1": ApprovalRequested,
        "approval.withdrawn.v1": ApprovalWithdrawn,
    },
    commands={
        RequestApproval: roles.TEAM,
        WithdrawApproval: roles.TEAM,
    },
)
