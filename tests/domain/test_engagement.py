"""What may happen to a project's communication plan, its use, and the lead of its team."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain import errors
from domain.errors import Malformed, UnknownProject
from domain.project import MemberRemoved, NotOnTheTeam, ProjectClosed, UnknownDepartment
from domain.project.activity import (
    MarkMemberActive,
    MarkMemberInactive,
    MemberBecameActive,
    MemberWentInactive,
)
from domain.project.client_use import ClientChannel, RecordClientUse, SessionObserved, SessionPassed
from domain.project.communication import (
    AcknowledgeNotice,
    CommunicationPlanned,
    NobodyAddressed,
    NotAddressed,
    NoticeAcknowledged,
    NoticeChannel,
    NoticeIsSent,
    NoticeSent,
    PlanCommunication,
    ReachTargetSet,
    SendNotice,
    SetReachTarget,
    UnknownCommunication,
)
from domain.project.formation import FormTeam, TeamFormed
from tests.examples import ANNA, BEN, DAY, HOUR, MONDAY, NINE, NOON, PROJECT_STORY, STRANGER
from tests.spec import given, state_after

ONE = UUID(int=71)
PLAN = PlanCommunication(
    ONE, "Assembly", NoticeChannel.MEETING, "The board replaces the sheet", "Nobody sees who is late", MONDAY
)
PLANNED = CommunicationPlanned(
    ONE, "Assembly", NoticeChannel.MEETING, "The board replaces the sheet", "Nobody sees who is late", MONDAY
)
SENT = NoticeSent(ONE, (ANNA,), MONDAY)
ACKNOWLEDGED = NoticeAcknowledged(ONE, ANNA, MONDAY)
SENT_STORY = (*PROJECT_STORY, PLANNED, SENT)
BECAME = MemberBecameActive(BEN, NINE, MONDAY)
WENT_AT = NINE + 14 * DAY
WENT = MemberWentInactive(BEN, WENT_AT, MONDAY + timedelta(days=14))


def test_a_communication_is_planned_and_planned_anew_until_it_is_sent() -> None:
    assert given(*PROJECT_STORY).when(PLAN) == [PLANNED]
    assert given(*PROJECT_STORY, PLANNED).when(PLAN) == []
    other = replace(PLAN, audience=None)
    assert given(*PROJECT_STORY, PLANNED).when(other) == [replace(PLANNED, audience=None)]
    given(*SENT_STORY).when(other).refused(NoticeIsSent, field="communicationId")
    assert given(*SENT_STORY).when(PLAN) == []
    given(*PROJECT_STORY).when(replace(PLAN, audience="Sales")).refused(UnknownDepartment, field="audience")


def test_a_notice_addresses_whoever_is_in_the_audience_then() -> None:
    assert given(*PROJECT_STORY, PLANNED).when(SendNotice(ONE)) == [SENT]
    assert given(*SENT_STORY).when(SendNotice(ONE)) == []
    everybody = replace(PLANNED, audience=None)
    assert given(*PROJECT_STORY, everybody).when(SendNotice(ONE)) == [NoticeSent(ONE, (ANNA, BEN), MONDAY)]
    given(*PROJECT_STORY).when(SendNotice(ONE)).refused(UnknownCommunication, field="communicationId")
    nobody = replace(PLANNED, audience="Purchasing")
    given(*PROJECT_STORY, nobody).when(SendNotice(ONE)).refused(NobodyAddressed)


def test_a_notice_is_acknowledged_by_those_it_was_sent_to_each_once() -> None:
    assert given(*SENT_STORY).when(AcknowledgeNotice(ONE)) == [ACKNOWLEDGED]
    assert given(*SENT_STORY, ACKNOWLEDGED).when(AcknowledgeNotice(ONE)) == []
    given(*SENT_STORY).when(AcknowledgeNotice(ONE), by=BEN).refused(NotAddressed)
    given(*PROJECT_STORY, PLANNED).when(AcknowledgeNotice(ONE)).refused(NotAddressed)
    given(*PROJECT_STORY).when(AcknowledgeNotice(ONE)).refused(UnknownCommunication, field="communicationId")


def test_the_reach_wanted_is_eighty_percent_until_it_is_set() -> None:
    assert given(*PROJECT_STORY).when(SetReachTarget(80)) == []
    assert given(*PROJECT_STORY).when(SetReachTarget(90)) == [ReachTargetSet(90)]
    assert given(*PROJECT_STORY, ReachTargetSet(90)).when(SetReachTarget(90)) == []


def test_a_member_becomes_active_once() -> None:
    assert given(*PROJECT_STORY).when(MarkMemberActive(BEN, NINE)) == [BECAME]
    assert given(*PROJECT_STORY, BECAME).when(MarkMemberActive(BEN, NOON)) == []
    assert given(*PROJECT_STORY, BECAME, WENT).when(MarkMemberActive(BEN, NINE)) == [BECAME]
    given(*PROJECT_STORY).when(MarkMemberActive(STRANGER, NINE)).refused(NotOnTheTeam, field="memberId")


def test_an_active_member_goes_inactive_once_also_when_no_longer_on_the_team() -> None:
    command = MarkMemberInactive(BEN, WENT_AT)
    assert given(*PROJECT_STORY, BECAME).when(command) == [WENT]
    assert given(*PROJECT_STORY).when(command) == []
    assert given(*PROJECT_STORY, BECAME, WENT).when(command) == []
    assert given(*PROJECT_STORY, BECAME, MemberRemoved(BEN)).when(command) == [WENT]


def test_members_of_a_closed_project_go_inactive_like_others() -> None:
    closed = (*PROJECT_STORY, BECAME, ProjectClosed())
    assert given(*closed).when(MarkMemberInactive(BEN, WENT_AT)) == [WENT]
    given(*closed).when(SetReachTarget(90)).refused(errors.ProjectClosed)


def test_the_day_of_a_change_is_that_of_the_project() -> None:
    evening = NINE + 15 * HOUR  # midnight in Vienna
    assert given(*PROJECT_STORY).when(MarkMemberActive(BEN, evening)) == [
        MemberBecameActive(BEN, evening, MONDAY + timedelta(days=1))
    ]


def test_a_session_counts_once_a_day_and_channel() -> None:
    mobile = SessionObserved(ANNA, ClientChannel.MOBILE, MONDAY)
    assert given(*PROJECT_STORY).when(RecordClientUse(ClientChannel.MOBILE)) == [mobile]
    then = given(*PROJECT_STORY, mobile)
    assert then.when(RecordClientUse(ClientChannel.MOBILE), at=NOON + HOUR) == []
    assert then.when(RecordClientUse(ClientChannel.MOBILE), at=NOON + DAY) == [
        replace(mobile, observed_on=MONDAY + timedelta(days=1))
    ]
    assert then.when(RecordClientUse(ClientChannel.WEB)) == [replace(mobile, channel=ClientChannel.WEB)]
    assert then.when(RecordClientUse(ClientChannel.MOBILE), by=BEN) == [replace(mobile, member_id=BEN)]
    then.when(RecordClientUse(ClientChannel.MOBILE), at=NOON - DAY).refused(SessionPassed)


def test_a_department_of_the_project_leads_the_team() -> None:
    formed = TeamFormed("Assembly", MONDAY)
    assert given(*PROJECT_STORY).when(FormTeam("Assembly")) == [formed]
    assert given(*PROJECT_STORY, formed).when(FormTeam("Assembly")) == []
    assert given(*PROJECT_STORY, formed).when(FormTeam("Purchasing")) == [TeamFormed("Purchasing", MONDAY)]
    given(*PROJECT_STORY).when(FormTeam("IT")).refused(UnknownDepartment, field="leadDepartment")
    assert state_after(*PROJECT_STORY, formed).formation.lead_department == "Assembly"


@pytest.mark.parametrize(
    "command", [PLAN, SetReachTarget(90), RecordClientUse(ClientChannel.WEB), FormTeam("IT")]
)
def test_nothing_happens_in_no_project(command: object) -> None:
    given().when(command).refused(UnknownProject)


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (PLAN, {"audience": ""}, "audience"),
        (PLAN, {"message": ""}, "message"),
        (PLAN, {"why": " "}, "why"),
        (PLAN, {"planned_on": MONDAY.replace(year=2300)}, "plannedOn"),
        (SetReachTarget(90), {"target_percent": 101}, "targetPercent"),
        (FormTeam("IT"), {"lead_department": ""}, "leadDepartment"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(
    command: object, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field
