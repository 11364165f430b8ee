"""What may happen to a project's retrospectives and their actions."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed, StillAhead
from domain.project import NotOnTheTeam
from domain.project.phases import PhaseClosed, PhaseNotStarted, PhasePlanned, PhaseStarted, UnknownPhase
from domain.project.retrospectives import (
    ActionClosed,
    ActionRaised,
    CloseAction,
    HoldRetrospective,
    RaiseAction,
    RetrospectiveHeld,
    RetrospectiveMissing,
    UnknownAction,
)
from tests.examples import BEN, MONDAY, PROJECT_STORY, STRANGER
from tests.spec import given

PLANNED = (*PROJECT_STORY, PhasePlanned(1, "First usable product", ()))
STARTED = (*PLANNED, PhaseStarted(1, MONDAY, is_delivery_start=True))
HOLD = HoldRetrospective(1, "Too many clicks", MONDAY)
HELD = RetrospectiveHeld(1, "Too many clicks", MONDAY)
FEWER = UUID(int=51)
DUE = MONDAY + timedelta(days=14)
RAISE = RaiseAction(FEWER, 1, BEN, "Fewer clicks", DUE)
RAISED = ActionRaised(FEWER, 1, BEN, "Fewer clicks", DUE)
CLOSED = ActionClosed(FEWER, "Three instead of nine", MONDAY)


def test_a_retrospective_is_held_on_a_phase_that_began() -> None:
    assert given(*STARTED).when(HOLD) == [HELD]
    assert given(*STARTED, HELD).when(HOLD) == []
    again = replace(HOLD, summary="Fewer clicks")
    assert given(*STARTED, HELD).when(again) == [replace(HELD, summary="Fewer clicks")]
    given(*PLANNED).when(HOLD).refused(PhaseNotStarted, field="phase")
    given(*STARTED).when(replace(HOLD, phase=2)).refused(UnknownPhase, field="phase")


def test_a_retrospective_is_not_held_tomorrow() -> None:
    tomorrow = replace(HOLD, held_on=MONDAY + timedelta(days=1))
    given(*STARTED).when(tomorrow).refused(StillAhead, field="heldOn")


def test_an_action_comes_from_a_retrospective_and_has_an_owner_on_the_team() -> None:
    assert given(*STARTED, HELD).when(RAISE) == [RAISED]
    assert given(*STARTED, HELD, RAISED).when(RAISE) == []
    given(*STARTED).when(RAISE).refused(RetrospectiveMissing, field="phase")
    given(*STARTED, HELD).when(replace(RAISE, phase=2)).refused(UnknownPhase, field="phase")
    given(*STARTED, HELD).when(replace(RAISE, owner_id=STRANGER)).refused(NotOnTheTeam, field="ownerId")
    given(*STARTED, HELD, RAISED).when(replace(RAISE, text="x")).refused(AlreadyExists, field="actionId")


def test_an_action_may_come_after_its_phase_is_closed() -> None:
    assert given(*STARTED, HELD, PhaseClosed(1, MONDAY, 0, 0)).when(RAISE) == [RAISED]


def test_an_action_is_closed_once_with_what_came_of_it() -> None:
    close = CloseAction(FEWER, "Three instead of nine")
    assert given(*STARTED, HELD, RAISED).when(close) == [CLOSED]
    assert given(*STARTED, HELD, RAISED, CLOSED).when(close) == []
    given(*STARTED, HELD).when(close).refused(UnknownAction, field="actionId")


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (HOLD, {"summary": ""}, "summary"),
        (HOLD, {"held_on": MONDAY.replace(year=2300)}, "heldOn"),
        (RAISE, {"text": " "}, "text"),
        (RAISE, {"due_on": MONDAY.replace(year=1960)}, "dueOn"),
        (CloseAction(FEWER, "x"), {"outcome": ""}, "outcome"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(
    command: object, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field
