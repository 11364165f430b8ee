"""The delivery plan: one row a phase, what it brings, how far it is, and which gates were overridden."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.gates import Gate, GateOverridden
from domain.project.phases import PhaseClosed, PhasePlanned, PhaseStarted
from domain.project.retrospectives import RetrospectiveHeld
from domain.project.scenarios import ScenarioCovered, ScenarioReclassified, ScenarioRegistered
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


class PhaseStatus(StrEnum):
    """Where a phase stands."""

    PLANNED = "planned"
    STARTED = "started"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class GateOverride:
    """A gate somebody let a delivery pass though its rule was not met."""

    gate: Annotated[Gate, "Which gate."]
    approver_id: Annotated[UUID, "The member who overrode it."]
    cause: Annotated[str, "Why."]
    overridden_at: Annotated[datetime, "When (UTC)."]


@dataclass(frozen=True, slots=True)
class DeliveryPhase:
    """One phase of a delivery."""

    phase_id: Annotated[UUID, "The phase's id."]
    project_id: Annotated[UUID, "The project it belongs to."]
    number: Annotated[int, "Its number; 1 is the first usable product."]
    name: Annotated[str, "What it is called."]
    modules: Annotated[tuple[str, ...], "What it brings."]
    status: Annotated[PhaseStatus, "Where it stands."] = PhaseStatus.PLANNED
    started_on: Annotated[date | None, "The day it started, in the project's time zone."] = None
    is_delivery_start: Annotated[bool, "Whether delivery started with it."] = False
    closed_on: Annotated[date | None, "The day it was closed, in the project's time zone."] = None
    covered_count: Annotated[int, "High-frequency scenarios it was to cover and that are covered."] = 0
    high_frequency_count: Annotated[int, "High-frequency scenarios it is to cover."] = 0
    covered_count_at_close: Annotated[
        int | None, "Covered high-frequency scenarios of the whole project when it was closed."
    ] = None
    high_frequency_count_at_close: Annotated[
        int | None, "High-frequency scenarios of the whole project when it was closed."
    ] = None
    retrospective_held_on: Annotated[date | None, "The day of its last retrospective."] = None
    retrospective_summary: Annotated[str | None, "What was said in its last retrospective."] = None
    overrides: Annotated[tuple[GateOverride, ...], "Its overridden gates, the oldest first."] = ()


ScenarioEvent: TypeAlias = ScenarioRegistered | ScenarioCovered | ScenarioReclassified
Event: TypeAlias = (
    PhasePlanned | PhaseStarted | PhaseClosed | RetrospectiveHeld | GateOverridden | ScenarioEvent
)


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the phase, if the event is about one."""
    match seen.event:
        case PhasePlanned(number) | PhaseStarted(number) | PhaseClosed(number):
            phase: int | None = number
        case _:
            phase = seen.event.phase
    return () if phase is None else (part_id(seen.stream, "phase", phase),)


def evolve(row: DeliveryPhase | None, seen: Recorded[Event]) -> DeliveryPhase | None:
    """Return the phase after an event."""
    event = seen.event
    if isinstance(event, PhasePlanned):
        return _planned(row, event, seen.stream)
    if row is None:
        raise AssertionError("a phase's first event is that it was planned")
    match event:
        case PhaseStarted():
            return replaced(
                row,
                status=PhaseStatus.STARTED,
                started_on=event.started_on,
                is_delivery_start=event.is_delivery_start,
            )
        case PhaseClosed():
            return _closed(row, event)
        case RetrospectiveHeld(_, summary, held_on):
            return replaced(row, retrospective_held_on=held_on, retrospective_summary=summary)
        case GateOverridden(gate, _, approver_id, cause):
            override = GateOverride(gate, approver_id, cause, seen.occurred_at)
            return replaced(row, overrides=(*row.overrides, override))
        case _:
            return _counted(row, event)


def _planned(row: DeliveryPhase | None, event: PhasePlanned, project_id: UUID) -> DeliveryPhase:
    if row is not None:
        return replaced(row, name=event.name, modules=event.modules)
    phase_id = part_id(project_id, "phase", event.number)
    return DeliveryPhase(phase_id, project_id, event.number, event.name, event.modules)


def _closed(row: DeliveryPhase, event: PhaseClosed) -> DeliveryPhase:
    return replaced(
        row,
        status=PhaseStatus.CLOSED,
        closed_on=event.closed_on,
        covered_count_at_close=event.covered_count,
        high_frequency_count_at_close=event.high_frequency_count,
    )


def _counted(row: DeliveryPhase, event: object) -> DeliveryPhase:
    """Return the phase with its scenarios counted after an event of one of them."""
    covered, frequent = change(event)
    if not (covered or frequent):
        return row
    return replaced(
        row,
        covered_count=row.covered_count + covered,
        high_frequency_count=row.high_frequency_count + frequent,
    )


def change(event: object) -> tuple[int, int]:
    """Return by how many an event changes the covered and all scenarios of high frequency."""
    match event:
        case ScenarioRegistered(is_high_frequency=True):
            return 0, 1
        case ScenarioCovered(is_high_frequency=True):
            return 1, 0
        case ScenarioReclassified(_, _, is_high_frequency, is_covered):
            sign = 1 if is_high_frequency else -1
            return sign * is_covered, sign
        case _:
            return 0, 0


READ_MODEL: Final = ReadModel(
    name="delivery_plan",
    row=DeliveryPhase,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"NUMBER": ("number",), "STARTED": ("started_on",)},
    filters=("status",),
)
