"""Recognition, communication, use, adoption and involvement: every branch of their folds.

Longer than other files: each rule of its subject has its test here.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.project import MemberNamed, MemberRemoved
from domain.project.activity import MemberBecameActive, MemberWentInactive
from domain.project.awards import AwardGranted, AwardMonthOpened, CandidateNominated
from domain.project.change_plan import ChangePlanApproved
from domain.project.client_use import ClientChannel, SessionObserved
from domain.project.communication import (
    CommunicationPlanned,
    NoticeAcknowledged,
    NoticeChannel,
    NoticeSent,
    ReachTargetSet,
)
from domain.project.formation import TeamFormed
from domain.project.points import PointsGranted, PointsRedeemed, PraiseRecorded
from domain.project.rollout import GoLiveRecorded
from domain.roles import Role
from projections import (
    client_use,
    communication,
    go_live,
    hall_of_fame,
    involvement,
    leaderboard,
    member_adoption,
)
from projections.communication import reach_percent
from projections.hall_of_fame import Nomination
from projections.involvement import DepartmentDecisions
from projections.member_adoption import ActivePeriod, AdoptionStatus
from projections.project_overview import TeamMember
from projections.read_model import ReadModel
from tests.examples import ANNA, BEN, DAY, MONDAY, NINE, NOON
from tests.projections.folding import only_row_after, rows_after, seen
from tests.projections.test_approvals import BUYER_APPROVED

ONE, TWO = UUID(int=71), UUID(int=72)
MARCH = date(2026, 3, 1)
GRANTED = PointsGranted(ONE, BEN, 50, "Taught the night shift")
OPENED = AwardMonthOpened(MARCH, "expert")
NOMINATED = CandidateNominated(MARCH, "expert", BEN, ANNA, "Helps everybody")
PLANNED = CommunicationPlanned(ONE, "Assembly", NoticeChannel.EMAIL, "A board", "Nobody sees", MONDAY)
SENT = NoticeSent(ONE, (ANNA, BEN), MONDAY)
ACKNOWLEDGED = NoticeAcknowledged(ONE, BEN, MONDAY)
LIVE = GoLiveRecorded(MONDAY, date(2026, 6, 2))
NAMED = MemberNamed(BEN, Role.MEMBER, "Assembly", MONDAY)
BECAME = MemberBecameActive(BEN, NINE, MONDAY)
WENT = MemberWentInactive(BEN, NINE + 14 * DAY, MONDAY + timedelta(days=14))
SESSION = SessionObserved(BEN, ClientChannel.MOBILE, MONDAY)
FORMED = TeamFormed("IT", MONDAY)
DECIDED = ChangePlanApproved(ANNA)


def test_a_balance_is_what_was_granted_less_what_was_redeemed() -> None:
    row = only_row_after(
        leaderboard.READ_MODEL,
        GRANTED,
        replace(GRANTED, grant_id=TWO, points=20),
        PointsRedeemed(ONE, BEN, 30, "A day off"),
        PraiseRecorded(ONE, BEN, "Never late"),
        PraiseRecorded(TWO, BEN, "Always kind"),
    )
    assert (row.member_id, row.granted_points, row.redeemed_points, row.balance_points) == (BEN, 70, 30, 40)
    assert (row.praise_count, row.last_praise) == (2, "Always kind")
    assert len(rows_after(leaderboard.READ_MODEL, GRANTED, replace(GRANTED, member_id=ANNA))) == 2


def test_an_award_shows_who_was_nominated_and_who_got_it() -> None:
    row = only_row_after(hall_of_fame.READ_MODEL, OPENED, NOMINATED)
    assert (row.month, row.award, row.is_granted, row.winner_id) == (MARCH, "expert", False, None)
    assert row.nominations == (Nomination(BEN, ANNA, "Helps everybody"),)
    row = only_row_after(
        hall_of_fame.READ_MODEL, OPENED, NOMINATED, AwardGranted(MARCH, "expert", BEN, MONDAY)
    )
    assert (row.is_granted, row.winner_id, row.granted_on) == (True, BEN, MONDAY)
    assert len(rows_after(hall_of_fame.READ_MODEL, OPENED, replace(OPENED, award="helper"))) == 2


def test_a_communication_reaches_those_who_acknowledge_it() -> None:
    row = only_row_after(communication.READ_MODEL, PLANNED)
    assert (row.is_sent, row.reach_percent, row.why) == (False, None, "Nobody sees")
    again = replace(PLANNED, audience=None)
    row = only_row_after(communication.READ_MODEL, PLANNED, again, SENT)
    assert (row.audience, row.is_sent, row.sent_on) == (None, True, MONDAY)
    assert (row.addressed_count, row.reach_percent, row.waiting_ids) == (2, 0, (ANNA, BEN))
    row = only_row_after(communication.READ_MODEL, PLANNED, SENT, ACKNOWLEDGED)
    assert (row.acknowledged_count, row.reach_percent, row.waiting_ids) == (1, 50, (ANNA,))


@pytest.mark.parametrize(
    ("acknowledged", "addressed", "percent"), [(0, 0, None), (0, 3, 0), (2, 3, 66), (3, 3, 100)]
)
def test_reach_is_acknowledged_of_addressed_rounded_down(
    acknowledged: int, addressed: int, percent: int | None
) -> None:
    assert reach_percent(acknowledged, addressed) == percent


def test_going_live_shows_whom_the_notices_had_reached_by_then() -> None:
    row = only_row_after(go_live.READ_MODEL, SENT, ACKNOWLEDGED)
    assert (row.addressed_count, row.acknowledged_count, row.reach_percent) == (2, 1, 50)
    assert (row.reach_target_percent, row.is_reach_below_target) == (80, True)
    row = only_row_after(go_live.READ_MODEL, SENT, ACKNOWLEDGED, ReachTargetSet(50))
    assert (row.reach_target_percent, row.is_reach_below_target) == (50, False)
    late = replace(ACKNOWLEDGED, member_id=ANNA)
    row = only_row_after(go_live.READ_MODEL, SENT, ACKNOWLEDGED, LIVE, late, ReachTargetSet(10))
    assert (row.is_live, row.reach_percent, row.is_reach_below_target) == (True, 50, True)


@pytest.mark.parametrize(
    ("events", "is_below"),
    [((LIVE,), True), ((ReachTargetSet(0), LIVE), False), ((ReachTargetSet(1), LIVE), True)],
)
def test_going_live_without_a_word_is_below_any_target_but_none(
    events: tuple[object, ...], is_below: object
) -> None:
    row = only_row_after(go_live.READ_MODEL, *events)
    assert (row.reach_percent, row.is_reach_below_target) == (None, is_below)


def test_a_reach_just_below_the_target_is_below_it() -> None:
    sent = replace(SENT, addressed_ids=tuple(UUID(int=n) for n in range(1, 4)))
    told = [replace(ACKNOWLEDGED, member_id=UUID(int=n)) for n in (1, 2)]
    row = only_row_after(go_live.READ_MODEL, sent, *told, ReachTargetSet(67))
    assert (row.reach_percent, row.is_reach_below_target) == (66, True)
    assert not only_row_after(go_live.READ_MODEL, sent, *told, ReachTargetSet(66)).is_reach_below_target


def test_sessions_are_counted_by_channel_and_month() -> None:
    events = [
        SESSION,
        replace(SESSION, channel=ClientChannel.WEB),
        replace(SESSION, channel=ClientChannel.API),
    ]
    row = only_row_after(client_use.READ_MODEL, *events)
    assert (row.month, row.web_count, row.mobile_count, row.api_count) == (MARCH, 1, 1, 1)
    assert row.mobile_percent == 33
    april = replace(SESSION, observed_on=date(2026, 4, 30))
    assert {row.month for row in rows_after(client_use.READ_MODEL, SESSION, april).values()} == {
        MARCH,
        date(2026, 4, 1),
    }


def observed(*events: object) -> dict[str, Any]:
    found = member_adoption.observe(only_row_after(member_adoption.READ_MODEL, *events))
    return {each.kpi: (each.day, each.is_met, dict(each.dimensions)["department"]) for each in found}


def test_a_member_is_invited_then_active_then_inactive_and_perhaps_again() -> None:
    row = only_row_after(member_adoption.READ_MODEL, NAMED)
    assert (row.status, row.since_at, row.named_on) == (AdoptionStatus.INVITED, None, MONDAY)
    row = only_row_after(member_adoption.READ_MODEL, NAMED, BECAME)
    assert (row.status, row.since_at) == (AdoptionStatus.ACTIVE, NINE)
    row = only_row_after(member_adoption.READ_MODEL, NAMED, BECAME, WENT)
    assert (row.status, row.since_at) == (AdoptionStatus.INACTIVE, WENT.inactive_at)
    again = MemberBecameActive(BEN, NINE + 20 * DAY, MONDAY + timedelta(days=20))
    row = only_row_after(member_adoption.READ_MODEL, NAMED, BECAME, WENT, again)
    assert row.active_periods == (
        ActivePeriod(MONDAY, WENT.inactive_on),
        ActivePeriod(again.active_on),
    )


def test_whoever_comes_back_stays_in_their_first_cohort() -> None:
    later = replace(NAMED, department="Paint", named_on=MONDAY + timedelta(days=60))
    row = only_row_after(member_adoption.READ_MODEL, NAMED, MemberRemoved(BEN), later)
    assert (row.named_on, row.department, row.is_on_team) == (MONDAY, "Paint", True)


def test_a_naming_stored_without_a_day_counts_on_the_day_it_happened() -> None:
    assert only_row_after(member_adoption.READ_MODEL, replace(NAMED, named_on=None)).named_on == NOON.date()


def test_adoption_counts_the_team_abandonment_those_who_ever_were_active() -> None:
    assert observed(NAMED) == {"adoption_rate": (MONDAY, False, "Assembly")}
    active = {
        "adoption_rate": (MONDAY, True, "Assembly"),
        "abandonment_rate": (MONDAY, False, "Assembly"),
    }
    assert observed(NAMED, BECAME) == active
    gone = {"adoption_rate": (MONDAY, False, "Assembly"), "abandonment_rate": (MONDAY, True, "Assembly")}
    assert observed(NAMED, BECAME, WENT) == gone
    assert observed(NAMED, BECAME, MemberRemoved(BEN)) == {}
    assert observed(replace(NAMED, department=None))["adoption_rate"][2] == ""


def involved(*events: object) -> Any:
    """Return the involvement after events of Anna, save for (actor, event) pairs."""
    row = None
    for event in events:
        actor, happened = event if isinstance(event, tuple) else (ANNA, event)
        row = involvement.evolve(row, seen(happened)._replace(actor_id=actor))
    return row


def test_the_business_is_whoever_decides_for_a_department_that_does_not_lead() -> None:
    team = [MemberNamed(ANNA, Role.PROJECT_MANAGER, "IT"), NAMED]
    row = involved(*team, DECIDED)
    assert (row.decision_count, row.business_decision_count, row.business_percent) == (1, 0, None)
    row = involved(*team, DECIDED, FORMED, (BEN, DECIDED), (BEN, DECIDED))
    assert (row.lead_department, row.formed_on) == ("IT", MONDAY)
    assert (row.decision_count, row.business_decision_count, row.business_percent) == (3, 2, 66)
    row = involved(*team, DECIDED, FORMED, (BEN, DECIDED), TeamFormed("Assembly", MONDAY))
    assert (row.business_decision_count, row.business_percent) == (1, 50)
    assert row.departments == (DepartmentDecisions("IT", 1), DepartmentDecisions("Assembly", 1))


def test_an_approval_is_a_decision_too() -> None:
    row = involved(NAMED, FORMED, (BEN, BUYER_APPROVED))
    assert (row.decision_count, row.business_decision_count) == (1, 1)


def test_a_decision_counts_for_the_department_its_maker_had_then() -> None:
    row = involved(NAMED, FORMED, (BEN, DECIDED), replace(NAMED, department="IT"), (BEN, DECIDED))
    assert (row.business_decision_count, row.decision_count) == (1, 2)
    assert row.team == (TeamMember(BEN, Role.MEMBER, "IT"),)
    row = involved(NAMED, FORMED, MemberRemoved(BEN), (BEN, DECIDED))
    assert (row.business_percent, row.team) == (0, ())


@pytest.mark.parametrize(
    ("model", "event"),
    [
        (hall_of_fame.READ_MODEL, NOMINATED),
        (communication.READ_MODEL, SENT),
        (member_adoption.READ_MODEL, BECAME),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_goes_on_must_have_begun(model: ReadModel[Any], event: object) -> None:
    with pytest.raises(AssertionError):
        model.evolve(None, seen(event))
