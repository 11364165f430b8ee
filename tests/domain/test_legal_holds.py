"""Erasing a member, and the legal holds, on them or on a project, that stand in its way."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.decider import Context
from domain.errors import AlreadyExists, Malformed
from domain.member import DECIDER as MEMBER
from domain.member.erasure import (
    ApproveMemberErasure,
    EraseMember,
    ErasureNotRequested,
    LiftLegalHold,
    MemberErased,
    MemberErasureRequested,
    MemberErasureWithdrawn,
    MemberLegalHoldLifted,
    MemberLegalHoldPlaced,
    MemberOnLegalHold,
    OwnErasureRequest,
    PlaceLegalHold,
    WithdrawMemberErasure,
)
from domain.project import ProjectClosed
from domain.project.legal_holds import (
    LiftProjectLegalHold,
    PlaceProjectLegalHold,
    ProjectLegalHoldLifted,
    ProjectLegalHoldPlaced,
)
from tests.examples import ANNA, BEN, INVITED, NOON, PROJECT_ID, PROJECT_OPENED
from tests.spec import given, state_after

HOLD = UUID(int=51)
REQUESTED = MemberErasureRequested(ANNA, "A letter")
PLACED, LIFTED = ProjectLegalHoldPlaced(HOLD, "A claim"), ProjectLegalHoldLifted(HOLD, "Settled")


def test_an_erasure_is_asked_for_by_one_and_decided_by_another() -> None:
    assert given(INVITED).when(EraseMember("A letter"), by=ANNA) == [REQUESTED]
    assert given(INVITED, REQUESTED).when(EraseMember("A letter"), by=ANNA) == []
    given(INVITED, REQUESTED).when(EraseMember("Another"), by=BEN).refused(AlreadyExists)
    given(INVITED).when(ApproveMemberErasure(), by=BEN).refused(ErasureNotRequested)
    given(INVITED, REQUESTED).when(ApproveMemberErasure(), by=ANNA).refused(OwnErasureRequest)
    assert given(INVITED, REQUESTED).when(ApproveMemberErasure(), by=BEN) == [MemberErased(ANNA, BEN)]
    erased = (INVITED, REQUESTED, MemberErased(ANNA, BEN))
    assert given(*erased).when(ApproveMemberErasure(), by=BEN) == []


def test_an_erasure_is_withdrawn_where_there_is_one() -> None:
    withdraw = WithdrawMemberErasure("A mistake")
    assert given(INVITED, REQUESTED).when(withdraw) == [MemberErasureWithdrawn("A mistake")]
    assert given(INVITED).when(withdraw) == []


def test_a_hold_on_a_member_refuses_their_erasure_until_it_is_lifted() -> None:
    placed, lifted = MemberLegalHoldPlaced(HOLD, "A claim"), MemberLegalHoldLifted(HOLD, "Settled")
    assert given(INVITED).when(PlaceLegalHold(HOLD, "A claim")) == [placed]
    assert given(INVITED, placed).when(PlaceLegalHold(HOLD, "A claim")) == []
    given(INVITED, placed).when(EraseMember("A letter")).refused(MemberOnLegalHold)
    given(INVITED, REQUESTED, placed).when(ApproveMemberErasure(), by=BEN).refused(MemberOnLegalHold)
    assert given(INVITED, placed).when(LiftLegalHold(HOLD, "Settled")) == [lifted]
    assert given(INVITED).when(LiftLegalHold(HOLD, "Settled")) == []
    assert given(INVITED, placed, lifted).when(EraseMember("A letter"), by=ANNA) == [REQUESTED]


@pytest.mark.parametrize("command", [EraseMember("A letter"), ApproveMemberErasure()])
def test_a_hold_on_a_project_refuses_the_erasure_of_whoever_is_in_it_and_names_it(command: object) -> None:
    context = Context(NOON, BEN, None, held_in=(PROJECT_ID,))
    with pytest.raises(MemberOnLegalHold) as refusal:
        MEMBER.decide(command, state_after(INVITED, REQUESTED), context)
    assert str(PROJECT_ID) in refusal.value.message


def test_a_hold_is_placed_on_a_project_once_and_lifted_once() -> None:
    place, lift = PlaceProjectLegalHold(HOLD, "A claim"), LiftProjectLegalHold(HOLD, "Settled")
    assert given(PROJECT_OPENED).when(place) == [PLACED]
    assert given(PROJECT_OPENED, PLACED).when(place) == []
    assert given(PROJECT_OPENED, PLACED).when(lift) == [LIFTED]
    assert given(PROJECT_OPENED).when(lift) == []
    assert state_after(PROJECT_OPENED, PLACED).legal_holds.standing == {HOLD}
    assert state_after(PROJECT_OPENED, PLACED, LIFTED).legal_holds.standing == set()


def test_a_project_that_is_closed_is_held_all_the_same() -> None:
    assert given(PROJECT_OPENED, ProjectClosed()).when(PlaceProjectLegalHold(HOLD, "A claim")) == [PLACED]
    assert given(PROJECT_OPENED, PLACED, ProjectClosed()).when(LiftProjectLegalHold(HOLD, "Settled")) == [
        LIFTED
    ]


@pytest.mark.parametrize(
    "command", [PlaceProjectLegalHold(HOLD, "x"), LiftProjectLegalHold(HOLD, "x"), PlaceLegalHold(HOLD, "x")]
)
def test_a_hold_has_a_cause(command: PlaceProjectLegalHold) -> None:
    with pytest.raises(Malformed):
        replace(command, cause=" ")
