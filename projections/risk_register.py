"""The risk register: what may go wrong, and what it would cost on average."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.risks import (
    RiskMaterialised,
    RiskMitigated,
    RiskReassessed,
    RiskRegistered,
    RiskResponse,
    RiskStatus,
)
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk of a project as it is seen now."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    risk_id: Annotated[UUID, "The risk, as commands name it."]
    title: Annotated[str, "What may go wrong."]
    status: Annotated[RiskStatus, "Where it stands."]
    probability_percent: Annotated[int, "How likely it is as assessed last, 0 to 100 percent."]
    impact_cents: Annotated[int, "What it would cost as assessed last, in cents."]
    exposure_cents: Annotated[int, "Probability times impact, in cents, rounded down."]
    response: Annotated[RiskResponse, "How it is answered."]
    contingency: Annotated[str, "What is done if it comes true."]
    registered_at: Annotated[datetime, "When it was registered (UTC)."]
    measures: Annotated[tuple[str, ...], "What was done against it, the oldest first."] = ()
    issue: Annotated[str | None, "What happened when it came true."] = None
    materialised_at: Annotated[datetime | None, "When it came true (UTC)."] = None


Event: TypeAlias = RiskRegistered | RiskReassessed | RiskMitigated | RiskMaterialised


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the risk."""
    return (part_id(seen.stream, "risk", seen.event.risk_id),)


def evolve(row: Risk | None, seen: Recorded[Event]) -> Risk | None:
    """Return the risk after an event."""
    event = seen.event
    if isinstance(event, RiskRegistered):
        return _registered(event, seen)
    if row is None:
        raise AssertionError("a risk's first event is that it was registered")
    match event:
        case RiskReassessed():
            return _assessed(row, event)
        case RiskMitigated(measure=measure):
            mitigated = replaced(row, status=RiskStatus.MITIGATED, measures=(*row.measures, measure))
            return _assessed(mitigated, event)
        case RiskMaterialised(issue=issue):
            return replaced(
                row, status=RiskStatus.MATERIALISED, issue=issue, materialised_at=seen.occurred_at
            )


def _registered(event: RiskRegistered, seen: Recorded[Any]) -> Risk:
    return Risk(
        part_id(seen.stream, "risk", event.risk_id),
        seen.stream,
        event.risk_id,
        event.title,
        RiskStatus.OPEN,
        event.probability_percent,
        event.impact_cents,
        exposure_cents(event.probability_percent, event.impact_cents),
        event.response,
        event.contingency,
        seen.occurred_at,
    )


def _assessed(row: Risk, event: RiskReassessed | RiskMitigated) -> Risk:
    return replaced(
        row,
        probability_percent=event.probability_percent,
        impact_cents=event.impact_cents,
        exposure_cents=exposure_cents(event.probability_percent, event.impact_cents),
    )


def exposure_cents(probability_percent: int, impact_cents: int) -> int:
    """Return probability times impact in whole cents, rounded down: the expected monetary value (PMBOK)."""
    return probability_percent * impact_cents // 100


READ_MODEL: Final = ReadModel(
    name="risk_register",
    row=Risk,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"EXPOSURE": ("exposure_cents",), "REGISTERED": ("registered_at",)},
    filters=("status", "response"),
)
