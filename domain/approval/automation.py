"""What Fairlead itself does with a request: approve it by a rule, and say that a step is overdue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, assert_never
from uuid import UUID

from domain import roles
from domain.approval.state import Approval, ApprovalStatus, pending
from domain.copies import replaced
from domain.decider import Context
from domain.elapsed import elapsed_minutes
from domain.errors import Refusal
from domain.facet import Facet
from domain.project import Project, ongoing


@dataclass(frozen=True, slots=True)
class ApprovedAutomatically:
    """A rule approved a request, so many elapsed minutes after it was made."""

    rule_code: str
    path_code: str
    path_version: int
    approved_at: datetime
    approved_on: date
    elapsed_minutes: int


@dataclass(frozen=True, slots=True)
class StepOverdue:
    """The deadline of a step passed without a decision; the substitute, if there is one, is asked as well."""

    step: str
    due_at: datetime
    substitute_id: UUID | None


AutomationEvent = ApprovedAutomatically | StepOverdue


@dataclass(frozen=True, slots=True)
class ApproveAutomatically:
    """Approve a request by a rule."""

    rule_code: Annotated[str, "The code of the rule."]


@dataclass(frozen=True, slots=True)
class MarkStepOverdue:
    """State that the deadline of a step has passed."""

    step: Annotated[str, "The name of the step."]
    due_at: Annotated[datetime, "The moment that passed, an instant."]


AutomationCommand = ApproveAutomatically | MarkStepOverdue


class RuleDoesNotApprove(Refusal):
    """The rule was retired, or means other requests, or people have begun to decide."""

    sentence = "The rule does not approve this request, or no longer."


def decide(command: AutomationCommand, approval: Approval, context: Context) -> Sequence[AutomationEvent]:
    """Return what Fairlead itself does with the request."""
    project = ongoing(context)
    match command:
        case ApproveAutomatically(rule_code):
            return _approve(rule_code, approval, project, context)
        case MarkStepOverdue(step, due_at):
            return (
                [StepOverdue(step, due_at, approval.step.substitute_id)] if _waits(command, approval) else []
            )
        case _:
            assert_never(command)


def evolve(approval: Approval, event: AutomationEvent) -> Approval:
    """Return the request after an event."""
    match event:
        case ApprovedAutomatically():
            return replaced(approval, status=ApprovalStatus.APPROVED)
        case StepOverdue():
            return replaced(approval, is_overdue=True)
        case _:
            assert_never(event)


def _approve(
    rule_code: str, approval: Approval, project: Project, context: Context
) -> Sequence[ApprovedAutomatically]:
    if approval.status is ApprovalStatus.APPROVED:
        return []
    rule = project.approval_rules.by_code.get(rule_code)
    is_meant = rule is not None and rule.approves(approval.path_code, approval.amount_cents)
    if not is_meant or pending(approval).approved_count > 0:
        raise RuleDoesNotApprove
    at = context.at
    return [
        ApprovedAutomatically(
            rule_code=rule_code,
            path_code=approval.path_code,
            path_version=approval.path_version,
            approved_at=at,
            approved_on=project.local_day(at),
            elapsed_minutes=elapsed_minutes(approval.requested_at, at),
        )
    ]


def _waits(command: MarkStepOverdue, approval: Approval) -> bool:
    """Return whether the step is the one to be decided, was due then, and was not said to be overdue yet."""
    if approval.status is not ApprovalStatus.PENDING or approval.is_overdue:
        return False
    return (command.step, command.due_at) == (approval.step.name, approval.due_at)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "approval.approved_automatically.v1": ApprovedAutomatically,
        "approval.step_overdue.v1": StepOverdue,
    },
    commands={
        ApproveAutomatically: roles.SYSTEM,
        MarkStepOverdue: roles.SYSTEM,
    },
)
