"""The change-management plans: what each says, what is still missing, and who approved it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.change_plan import ChangePlanApproved, ChangePlanDrafted, missing_parts
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """The change-management plan of one project."""

    plan_id: Annotated[UUID, "The plan's id."]
    project_id: Annotated[UUID, "The project it belongs to."]
    communication_rhythm: Annotated[str, "Who is told what, how often and why."]
    risk_plan: Annotated[str, "How risks are found, answered and followed."]
    performance_assessment: Annotated[str, "How it is assessed whether the change did good."]
    missing_parts: Annotated[tuple[str, ...], "The parts that are still empty."]
    drafted_at: Annotated[datetime, "When it was last written (UTC)."]
    is_approved: Annotated[bool, "Whether it is approved as it reads now."] = False
    approved_at: Annotated[datetime | None, "When it was approved (UTC)."] = None
    approver_id: Annotated[UUID | None, "The member who approved it."] = None


Event: TypeAlias = ChangePlanDrafted | ChangePlanApproved


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project's plan."""
    return (part_id(seen.stream, "change_plan", ""),)


def evolve(row: ChangePlan | None, seen: Recorded[Event]) -> ChangePlan | None:
    """Return the plan after an event."""
    event = seen.event
    if isinstance(event, ChangePlanDrafted):
        return ChangePlan(
            part_id(seen.stream, "change_plan", ""),
            seen.stream,
            event.communication_rhythm,
            event.risk_plan,
            event.performance_assessment,
            missing_parts(event),
            seen.occurred_at,
        )
    if row is None:
        raise AssertionError("a change plan's first event is that it was drafted")
    return replaced(row, is_approved=True, approved_at=seen.occurred_at, approver_id=event.approver_id)


READ_MODEL: Final = ReadModel(
    name="change_plans",
    row=ChangePlan,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"DRAFTED": ("drafted_at",)},
    filters=("is_approved",),
)
