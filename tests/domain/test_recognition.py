"""What may happen to a project's points, praise and monthly awards."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed
from domain.project import NotOnTheTeam
from domain.project.awards import (
    AwardGranted,
    AwardMonthOpened,
    AwardNotOpen,
    AwardTaken,
    CandidateNominated,
    GrantAward,
    NominateForAward,
    NotNominated,
    OpenAwardMonth,
)
from domain.project.points import (
    BalanceTooLow,
    GrantPoints,
    PointsGranted,
    PointsRedeemed,
    PraiseRecorded,
    RecordPraise,
    RedeemPoints,
)
from tests.examples import ANNA, BEN, MONDAY, PROJECT_STORY, STRANGER
from tests.spec import given, state_after

ONE, TWO = UUID(int=71), UUID(int=72)
GRANT = GrantPoints(ONE, BEN, 50, "Taught the night shift")
GRANTED = PointsGranted(ONE, BEN, 50, "Taught the night shift")
REDEEM = RedeemPoints(TWO, 50, "A day off")
REDEEMED = PointsRedeemed(TWO, BEN, 50, "A day off")
PRAISE = RecordPraise(ONE, BEN, "Never late")
PRAISED = PraiseRecorded(ONE, BEN, "Never late")
MARCH = date(2026, 3, 1)
EXPERT = "best project management expert"
OPENED = AwardMonthOpened(MARCH, EXPERT)
NOMINATE = NominateForAward(MARCH, EXPERT, BEN, "Helps everybody")
NOMINATED = CandidateNominated(MARCH, EXPERT, BEN, ANNA, "Helps everybody")
GRANT_AWARD = GrantAward(MARCH, EXPERT, BEN)
AWARDED = AwardGranted(MARCH, EXPERT, BEN, MONDAY)
NOMINATIONS = (*PROJECT_STORY, OPENED, NOMINATED)


def test_points_are_granted_once_to_somebody_on_the_team() -> None:
    assert given(*PROJECT_STORY).when(GRANT) == [GRANTED]
    assert given(*PROJECT_STORY, GRANTED).when(GRANT) == []
    given(*PROJECT_STORY, GRANTED).when(replace(GRANT, points=51)).refused(AlreadyExists, field="grantId")
    given(*PROJECT_STORY).when(replace(GRANT, member_id=STRANGER)).refused(NotOnTheTeam, field="memberId")


def test_points_are_redeemed_once_down_to_nothing_and_no_further() -> None:
    assert given(*PROJECT_STORY, GRANTED).when(REDEEM, by=BEN) == [REDEEMED]
    spent = (*PROJECT_STORY, GRANTED, REDEEMED)
    assert given(*spent).when(REDEEM, by=BEN) == []
    given(*spent).when(RedeemPoints(ONE, 1, "Tea"), by=BEN).refused(BalanceTooLow, field="points")
    given(*spent).when(replace(REDEEM, points=1), by=BEN).refused(AlreadyExists, field="redemptionId")
    given(*PROJECT_STORY, GRANTED).when(replace(REDEEM, points=51), by=BEN).refused(
        BalanceTooLow, field="points"
    )
    assert state_after(*spent).points.balances == {BEN: 0}


def test_nobody_redeems_the_points_of_another() -> None:
    given(*PROJECT_STORY, GRANTED).when(REDEEM, by=ANNA).refused(BalanceTooLow, field="points")


def test_praise_is_recorded_once_and_brings_no_points() -> None:
    assert given(*PROJECT_STORY).when(PRAISE) == [PRAISED]
    assert given(*PROJECT_STORY, PRAISED).when(PRAISE) == []
    given(*PROJECT_STORY, PRAISED).when(replace(PRAISE, text="x")).refused(AlreadyExists, field="praiseId")
    given(*PROJECT_STORY).when(replace(PRAISE, member_id=STRANGER)).refused(NotOnTheTeam, field="memberId")
    given(*PROJECT_STORY, PRAISED).when(REDEEM, by=BEN).refused(BalanceTooLow, field="points")


def test_an_award_is_opened_once_a_month() -> None:
    assert given(*PROJECT_STORY).when(OpenAwardMonth(MARCH, EXPERT)) == [OPENED]
    assert given(*PROJECT_STORY, OPENED).when(OpenAwardMonth(MARCH, EXPERT)) == []
    april = date(2026, 4, 1)
    assert given(*PROJECT_STORY, OPENED).when(OpenAwardMonth(april, EXPERT)) == [
        AwardMonthOpened(april, EXPERT)
    ]


def test_each_nominates_somebody_once_while_the_award_is_open() -> None:
    assert given(*PROJECT_STORY, OPENED).when(NOMINATE) == [NOMINATED]
    assert given(*NOMINATIONS).when(NOMINATE) == []
    assert given(*NOMINATIONS).when(NOMINATE, by=BEN) == [replace(NOMINATED, nominator_id=BEN)]
    given(*PROJECT_STORY).when(NOMINATE).refused(AwardNotOpen, field="award")
    given(*PROJECT_STORY, OPENED).when(replace(NOMINATE, member_id=STRANGER)).refused(
        NotOnTheTeam, field="memberId"
    )
    given(*NOMINATIONS, AWARDED).when(NOMINATE, by=BEN).refused(AwardTaken, field="award")
    assert given(*NOMINATIONS, AWARDED).when(NOMINATE) == []


def test_an_award_goes_to_one_of_the_nominated() -> None:
    assert given(*NOMINATIONS).when(GRANT_AWARD) == [AWARDED]
    assert given(*NOMINATIONS, AWARDED).when(GRANT_AWARD) == []
    other = replace(GRANT_AWARD, member_id=ANNA)
    given(*NOMINATIONS).when(other).refused(NotNominated, field="memberId")
    given(*PROJECT_STORY).when(GRANT_AWARD).refused(AwardNotOpen, field="award")
    both = (*NOMINATIONS, replace(NOMINATED, member_id=ANNA), AWARDED)
    given(*both).when(other).refused(AwardTaken, field="award")


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (GRANT, {"points": 0}, "points"),
        (GRANT, {"cause": ""}, "cause"),
        (REDEEM, {"points": 1_000_001}, "points"),
        (REDEEM, {"purpose": " "}, "purpose"),
        (PRAISE, {"text": ""}, "text"),
        (OpenAwardMonth(MARCH, EXPERT), {"month": MONDAY}, "month"),
        (OpenAwardMonth(MARCH, EXPERT), {"award": ""}, "award"),
        (NOMINATE, {"cause": ""}, "cause"),
        (NOMINATE, {"month": MONDAY}, "month"),
        (GRANT_AWARD, {"award": "x" * 201}, "award"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(
    command: object, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field
