"""How deeply the business is involved: whose decisions a project's are, by department."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from domain.approval.deciding import ApprovalRejected, StepApproved
from domain.copies import replaced
from domain.project import MemberNamed, MemberRemoved
from domain.project.change_plan import ChangePlanApproved
from domain.project.formation import TeamFormed
from domain.project.gates import GateOverridden
from domain.project.needs import NeedRecorded, PainPointRecorded
from domain.project.phases import PhaseClosed, PhaseStarted
from domain.project.pilots import PilotEvaluated
from domain.project.retrospectives import ActionRaised, RetrospectiveHeld
from domain.project.risks import RiskRegistered
from domain.project.rollout import GoLiveRecorded, RolloutWaveStarted
from domain.project.scenarios import ScenarioRegistered
from domain.project.success import (
    CriterionAssessed,
    SuccessCriterionDefined,
    ValueStatementAgreed,
    ValueStatementProposed,
)
from domain.project.targets import KpiTargetSet
from domain.recorded import Recorded
from projections.project_overview import TeamMember
from projections.read_model import ReadModel, part_id

DECISIONS: Final = (
    NeedRecorded,
    PainPointRecorded,
    KpiTargetSet,
    SuccessCriterionDefined,
    CriterionAssessed,
    ValueStatementProposed,
    ValueStatementAgreed,
    ChangePlanApproved,
    GateOverridden,
    PhaseStarted,
    PhaseClosed,
    RetrospectiveHeld,
    ActionRaised,
    ScenarioRegistered,
    RiskRegistered,
    PilotEvaluated,
    RolloutWaveStarted,
    GoLiveRecorded,
    StepApproved,
    ApprovalRejected,
)
"""What somebody decided on behalf of a project: what it is for, how it is judged, and how it goes on."""


@dataclass(frozen=True, slots=True)
class DepartmentDecisions:
    """How many decisions the members of a department made."""

    department: Annotated[str | None, "The department they had then; null for none, or not on the team."]
    decision_count: Annotated[int, "How many decisions were theirs."]


@dataclass(frozen=True, slots=True)
class Involvement:
    """Whose decisions a project's are."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    lead_department: Annotated[str | None, "The department that leads the team; null until it is formed."] = (
        None
    )
    formed_on: Annotated[date | None, "The day it took the lead, in the project's time zone."] = None
    departments: Annotated[tuple[DepartmentDecisions, ...], "The decisions by department."] = ()
    decision_count: Annotated[int, "All decisions so far."] = 0
    business_decision_count: Annotated[
        int, "Those of members of a department that does not lead; 0 until one leads."
    ] = 0
    business_percent: Annotated[
        int | None, "Business of all decisions, in whole percent, rounded down; null without any or a lead."
    ] = None
    team: Annotated[tuple[TeamMember, ...], "The team, in the order they were named."] = ()


def keys(seen: Recorded[Any]) -> Iterable[UUID]:
    """Return the project's involvement."""
    return (part_id(seen.key, "involvement", ""),)


def evolve(row: Involvement | None, seen: Recorded[Any]) -> Involvement | None:
    """Return the involvement after an event."""
    row = row or Involvement(part_id(seen.key, "involvement", ""), seen.key)
    match seen.event:
        case TeamFormed(lead_department, formed_on):
            return _shares(replaced(row, lead_department=lead_department, formed_on=formed_on))
        case MemberNamed(member_id, role, department):
            return replaced(row, team=(*_without(row, member_id), TeamMember(member_id, role, department)))
        case MemberRemoved(member_id):
            return replaced(row, team=_without(row, member_id))
        case _:
            return _shares(_decided(row, seen.actor_id))


def _without(row: Involvement, member_id: UUID) -> tuple[TeamMember, ...]:
    return tuple(each for each in row.team if each.member_id != member_id)


def _decided(row: Involvement, actor_id: UUID) -> Involvement:
    department = next((each.department for each in row.team if each.member_id == actor_id), None)
    counts = {each.department: each.decision_count for each in row.departments}
    counts[department] = counts.get(department, 0) + 1
    return replaced(row, departments=tuple(DepartmentDecisions(*each) for each in counts.items()))


def _shares(row: Involvement) -> Involvement:
    """Return the involvement with its sums, which depend on who leads now."""
    total = sum(each.decision_count for each in row.departments)
    business = 0
    if row.lead_department is not None:
        others = (each for each in row.departments if each.department not in {None, row.lead_department})
        business = sum(each.decision_count for each in others)
    return replaced(
        row,
        decision_count=total,
        business_decision_count=business,
        business_percent=100 * business // total if total and row.lead_department is not None else None,
    )


READ_MODEL: Final = ReadModel(
    name="involvement",
    row=Involvement,
    folds=frozenset({TeamFormed, MemberNamed, MemberRemoved, *DECISIONS}),
    keys=keys,
    evolve=evolve,
    orders={"BUSINESS": ("business_decision_count",)},
    filters=("lead_department",),
)
