"""How people decide on a request, step by step: approved when the last step is, rejected at any of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.approval.state import Approval, ApprovalStatus, due_after, pending
from domain.calendar import working_minutes_between
from domain.copies import replaced
from domain.decider import Context
from domain.elapsed import elapsed_minutes
from domain.errors import Refusal, Unknown
from domain.facet import Facet
from domain.personal import Personal
from domain.project import Project, ongoing


@dataclass(frozen=True, slots=True)
class StepApproved:
    """A step was approved, so many minutes after it began; the next one, if any, begins and is due then.

    Working minutes are those of the project's standard calendar.
    """

    step: str
    approver_id: UUID
    approved_at: datetime
    elapsed_minutes: int
    working_minutes: int
    is_within_deadline: bool
    next_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Approved:
    """All steps of a request were approved, so many minutes after it was made."""

    path_code: str
    path_version: int
    approved_at: datetime
    approved_on: date
    elapsed_minutes: int
    working_minutes: int


@dataclass(frozen=True, slots=True)
class ApprovalRejected:
    """A request was rejected at a step, so many minutes after that began and after the request was made."""

    step: str
    approver_id: UUID
    cause: Annotated[str, Personal()]
    path_code: str
    path_version: int
    rejected_at: datetime
    rejected_on: date
    step_elapsed_minutes: int
    step_working_minutes: int
    is_within_deadline: bool
    elapsed_minutes: int
    working_minutes: int


DecidingEvent = StepApproved | Approved | ApprovalRejected


@dataclass(frozen=True, slots=True)
class ApproveStep:
    """Approve the step of a request that is to be decided now, in one's own name."""

    step: Annotated[str, "The name of the step."]


@dataclass(frozen=True, slots=True)
class RejectApproval:
    """Reject a request at the step that is to be decided now, in one's own name."""

    step: Annotated[str, "The name of the step."]
    cause: Annotated[str, "Why, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed cause."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


DecidingCommand = ApproveStep | RejectApproval


class UnknownStep(Unknown):
    """The request has no step of this name."""

    sentence = "There is no step with this name in this request."


class StepNotBegun(Refusal):
    """Steps are decided in their order."""

    sentence = "An earlier step is still to be decided."


class NotTheApprover(Refusal):
    """A step is decided by its approver or the substitute."""

    sentence = "Somebody else decides on this step."


class OwnRequest(Refusal):
    """Nobody decides on what they ask for themselves."""

    sentence = "You asked for this approval yourself."


def decide(command: DecidingCommand, approval: Approval, context: Context) -> Sequence[DecidingEvent]:
    """Return what people's decisions do to the request."""
    project = ongoing(context)
    match command:
        case ApproveStep(step):
            if step in {each.name for each in approval.steps[: approval.approved_count]}:
                return []
            _check_decision(step, approval, project, context)
            return _approve(approval, project, context)
        case RejectApproval(step, cause):
            if approval.status is ApprovalStatus.REJECTED:
                return []
            _check_decision(step, approval, project, context)
            return [_rejected(cause, approval, project, context)]
        case _:
            assert_never(command)


def evolve(approval: Approval, event: DecidingEvent) -> Approval:
    """Return the request after a decision."""
    match event:
        case StepApproved(approved_at=approved_at, next_due_at=next_due_at):
            return replaced(
                approval,
                approved_count=approval.approved_count + 1,
                began_at=approved_at,
                due_at=next_due_at or approval.due_at,
                is_overdue=False,
            )
        case Approved():
            return replaced(approval, status=ApprovalStatus.APPROVED)
        case ApprovalRejected():
            return replaced(approval, status=ApprovalStatus.REJECTED)
        case _:
            assert_never(event)


def _check_decision(name: str, approval: Approval, project: Project, context: Context) -> None:
    """Raise a Refusal unless the step of this name is to be decided now, and by the actor."""
    step = pending(approval).step
    if name not in {each.name for each in approval.steps}:
        raise UnknownStep(field="step")
    if name != step.name:
        raise StepNotBegun(f"The step {step.name} is still to be decided first.", field="step")
    if context.actor_id == approval.requested_by:
        raise OwnRequest
    has_role = step.approver_role is not None and project.role_of(context.actor_id) == step.approver_role
    if not has_role and context.actor_id not in {step.approver_id, step.substitute_id}:
        raise NotTheApprover(f"Somebody else decides on the step {step.name}.", field="step")


def _approve(approval: Approval, project: Project, context: Context) -> Sequence[DecidingEvent]:
    at = context.at
    following = approval.steps[approval.approved_count + 1 : approval.approved_count + 2]
    step_approved = StepApproved(
        approval.step.name,
        context.actor_id,
        at,
        *_minutes(approval.began_at, at, project),
        is_within_deadline=at <= approval.due_at,
        next_due_at=next((due_after(step, at, project) for step in following), None),
    )
    if following:
        return [step_approved]
    path = approval.path_code, approval.path_version
    taken = _minutes(approval.requested_at, at, project)
    return [step_approved, Approved(*path, at, project.local_day(at), *taken)]


def _rejected(cause: str, approval: Approval, project: Project, context: Context) -> ApprovalRejected:
    at = context.at
    step_elapsed_minutes, step_working_minutes = _minutes(approval.began_at, at, project)
    taken_minutes, working_minutes = _minutes(approval.requested_at, at, project)
    return ApprovalRejected(
        step=approval.step.name,
        approver_id=context.actor_id,
        cause=cause,
        path_code=approval.path_code,
        path_version=approval.path_version,
        rejected_at=at,
        rejected_on=project.local_day(at),
        step_elapsed_minutes=step_elapsed_minutes,
        step_working_minutes=step_working_minutes,
        is_within_deadline=at <= approval.due_at,
        elapsed_minutes=taken_minutes,
        working_minutes=working_minutes,
    )


def _minutes(start: datetime, end: datetime, project: Project) -> tuple[int, int]:
    """Return the elapsed and the working minutes between two instants; raise `OutOfOrder` if below 0."""
    return elapsed_minutes(start, end), working_minutes_between(project.calendar_of(None), start, end)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "approval.step_approved.v1": StepApproved,
        "approval.approved.v1": Approved,
        "approval.rejected.v1": ApprovalRejected,
    },
    commands={
        ApproveStep: roles.TEAM,
        RejectApproval: roles.TEAM,
    },
)
