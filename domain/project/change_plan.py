"""A project's change-management plan: how people are told, what may go wrong, how success is assessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Refusal
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class ChangePlanDrafted:
    """The change plan reads like this from now on; one that was approved needs a new approval."""

    communication_rhythm: Annotated[str, Personal()]
    risk_plan: Annotated[str, Personal()]
    performance_assessment: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class ChangePlanApproved:
    """Somebody approved the change plan as it was drafted last."""

    approver_id: UUID


ChangePlanEvent = ChangePlanDrafted | ChangePlanApproved


@dataclass(frozen=True, slots=True)
class DraftChangePlan:
    """Write down the change plan of a project, or write it anew; a part may still be empty."""

    communication_rhythm: Annotated[str, "Who is told what, how often and why; up to 10,000 characters."]
    risk_plan: Annotated[str, "How risks are found, answered and followed; up to 10,000 characters."]
    performance_assessment: Annotated[
        str, "How it is assessed whether the change did good; up to 10,000 characters."
    ]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a part that is too long."""
        shape.optional_text(self.communication_rhythm, "communicationRhythm", shape.TEXT_LENGTH_MAX)
        shape.optional_text(self.risk_plan, "riskPlan", shape.TEXT_LENGTH_MAX)
        shape.optional_text(self.performance_assessment, "performanceAssessment", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class ApproveChangePlan:
    """Approve the change plan in one's own name, so that delivery may start."""


ChangePlanCommand = DraftChangePlan | ApproveChangePlan


class ChangePlanMissing(Refusal):
    """There is no change plan to approve."""

    sentence = "No change plan was drafted."


class ChangePlanIncomplete(Refusal):
    """A part of the change plan is still empty."""

    sentence = "A part of the change plan is still empty."


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """The change plan as it was drafted last, None before that, and who approved it so."""

    draft: ChangePlanDrafted | None = None
    approver_id: UUID | None = None

    @property
    def is_approved(self) -> bool:
        """Return whether somebody approved the plan as it reads now."""
        return self.approver_id is not None


def missing_parts(draft: ChangePlanDrafted) -> tuple[str, ...]:
    """Return the names of the parts that are still empty."""
    parts = {
        "communication rhythm": draft.communication_rhythm,
        "risk plan": draft.risk_plan,
        "performance assessment": draft.performance_assessment,
    }
    return tuple(name for name, text in parts.items() if not text.strip())


def decide(command: ChangePlanCommand, project: "Project", context: Context) -> Sequence[ChangePlanEvent]:
    """Return what happens to the change plan."""
    plan = project.change_plan
    match command:
        case DraftChangePlan(communication_rhythm, risk_plan, performance_assessment):
            draft = ChangePlanDrafted(communication_rhythm, risk_plan, performance_assessment)
            return [] if draft == plan.draft else [draft]
        case ApproveChangePlan():
            return _approve(plan, context)
        case _:
            assert_never(command)


def _approve(plan: ChangePlan, context: Context) -> Sequence[ChangePlanApproved]:
    if plan.draft is None:
        raise ChangePlanMissing
    missing = missing_parts(plan.draft)
    if missing:
        raise ChangePlanIncomplete(f"The change plan says nothing yet on: {', '.join(missing)}.")
    return [] if plan.is_approved else [ChangePlanApproved(context.actor_id)]


def evolve(plan: ChangePlan, event: ChangePlanEvent) -> ChangePlan:
    """Return the change plan after an event."""
    match event:
        case ChangePlanDrafted():
            return ChangePlan(event)
        case ChangePlanApproved(approver_id):
            return replaced(plan, approver_id=approver_id)
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="change_plan",
    decide=decide,
    evolve=evolve,
    events={
        "project.change_plan_drafted.v1": ChangePlanDrafted,
        "project.change_plan_approved.v1": ChangePlanApproved,
    },
    commands={
        DraftChangePlan: roles.LEADS,
        ApproveChangePlan: roles.LEADS,
    },
)
