"""How people came along: told beforehand, trained for two weeks, mentored, praised; what they use."""

from datetime import date, timedelta
from typing import Final

from domain.project.awards import GrantAward, NominateForAward, OpenAwardMonth
from domain.project.client_use import ClientChannel, RecordClientUse
from domain.project.communication import AcknowledgeNotice, NoticeChannel, PlanCommunication, SendNotice
from domain.project.courses import CourseLevel, DefineCourse
from domain.project.drills import DrillResult, RecordDrill
from domain.project.formation import FormTeam
from domain.project.materials import MaterialKind, PublishMaterial, RecordMaterialUse
from domain.project.mentoring import NominateSuperUser, OnboardMentee, PairMentor
from domain.project.organisation import DeclareLegacySource, DescribeOrganisation, LegacySource
from domain.project.points import GrantPoints, RecordPraise, RedeemPoints
from domain.project.programmes import RecordAttendance, ScheduleTrainingProgramme
from domain.project.training import AssignTraining, CompleteTraining
from domain.roles import Role
from infra.demonstration.acts import SATURDAY, Lane, named
from infra.demonstration.aims import CURRENCY, OPENED_ON, act
from infra.demonstration.cast import CAST

REVENUE_CENTS: Final = 500_000_000_000
"""Five billion yuan a year."""
TRAINING_BEGINS_ON: Final = date(2025, 8, 18)
TRAINING_DAYS: Final = 14
PASS_MARK: Final = 70
AWARD: Final = "Best project management expert"
MONTHS_IN_USE: Final = (date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1))
MENTORS: Final = 10


def formed() -> Lane:
    """Return where the company comes from, and that IT leads."""
    return [
        act(OPENED_ON, DescribeOrganisation("Machinery", REVENUE_CENTS, None, CURRENCY), hour=10),
        act(OPENED_ON, DeclareLegacySource(LegacySource.EXCEL, "Plans"), hour=10),
        act(OPENED_ON, DeclareLegacySource(LegacySource.EMAIL, "Answers and approvals"), hour=10),
        act(OPENED_ON, FormTeam("IT"), hour=11),
    ]


def told() -> Lane:
    """Return how everybody was told why: four of five had read it before it went live."""
    notice, planned_on = named("notice"), date(2025, 8, 4)
    why = "So that nobody learns on the last day that somebody waited for them."
    plan = PlanCommunication(
        notice, None, NoticeChannel.INTRANET, "Fairlead comes on 1 October", why, planned_on
    )
    lane = [act(date(2025, 7, 21), plan), act(planned_on, SendNotice(notice))]
    lane += [
        act(planned_on + timedelta(days=1 + number % 20), AcknowledgeNotice(notice), person, hour=13)
        for number, person in enumerate(CAST)
        if number % 5
    ]
    return lane


def trained() -> Lane:
    """Return two weeks of immersive training: assigned, attended, completed by nine in ten."""
    first, last = TRAINING_BEGINS_ON, TRAINING_BEGINS_ON + timedelta(days=TRAINING_DAYS - 1)
    before = first - timedelta(days=14)
    course, programme = "daily_work", "immersion"
    video = named("video")
    lane = [
        act(
            before,
            DefineCourse(
                course,
                "A day with Fairlead",
                Role.MEMBER,
                CourseLevel.BASIC,
                PASS_MARK,
                ("The board",),
                ("Line 4",),
            ),
        ),
        act(before, PublishMaterial(video, MaterialKind.VIDEO, "Your first task", "videos/first", course)),
        act(before, ScheduleTrainingProgramme(programme, "Two weeks of immersion", first, last)),
    ]
    learners = CAST[100:250]
    lane += [
        act(before, AssignTraining(course, each.member_id, last, programme), hour=10) for each in learners
    ]
    for offset in range(TRAINING_DAYS):
        day = first + timedelta(days=offset)
        if day.weekday() < SATURDAY:
            present = tuple(each.member_id for number, each in enumerate(learners) if (number + offset) % 12)
            lane.append(act(day, RecordAttendance(programme, day, present), hour=17))
    lane += [act(first, RecordMaterialUse(video), each, hour=12) for each in learners[::2]]
    lane += [
        act(last, CompleteTraining(course, PASS_MARK + number % 30), each, hour=16)
        for number, each in enumerate(learners)
        if number % 10
    ]
    present = tuple(each.member_id for each in learners[:20])
    drill = RecordDrill(
        named("drill"), "The server is down on the last day of a month", present, DrillResult.PASSED, last
    )
    return [*lane, act(last, drill, hour=18)]


def mentored() -> Lane:
    """Return the super users of the pilots, who bring others along."""
    day = date(2025, 9, 1)
    lane: Lane = []
    for number in range(MENTORS):
        mentor, mentee = CAST[204 + number], CAST[304 + number]
        pair = named(f"pair {number}")
        lane.append(act(day, NominateSuperUser(mentor.member_id)))
        lane.append(act(day, PairMentor(pair, mentor.member_id, mentee.member_id), hour=11))
        if number % 5:
            lane.append(act(day + timedelta(days=10), OnboardMentee(pair), mentor, hour=15))
    return sorted(lane, key=lambda each: each.at)


def praised() -> Lane:
    """Return the award of each month, points and praise, and what points were redeemed for."""
    lane: Lane = []
    for number, month in enumerate(MONTHS_IN_USE):
        best = CAST[50 + number]
        lane += [
            act(month, OpenAwardMonth(month, AWARD)),
            act(month, NominateForAward(month, AWARD, best.member_id, "No late task"), hour=11),
            act(month, GrantAward(month, AWARD, best.member_id), hour=15),
            act(
                month,
                GrantPoints(named(f"points {number}"), best.member_id, 100, "Award of the month"),
                hour=16,
            ),
            act(month, RecordPraise(named(f"praise {number}"), best.member_id, "Thank you."), hour=17),
        ]
    return [*lane, act(date(2025, 12, 20), RedeemPoints(named("redeemed"), 60, "A day off"), CAST[50])]


def used() -> Lane:
    """Return from which clients it was used in the first months: one in three on the move."""
    lane: Lane = []
    for month in MONTHS_IN_USE:
        for number, person in enumerate(CAST[50:200]):
            channel = ClientChannel.MOBILE if number % 3 == 0 else ClientChannel.WEB
            lane.append(act(month + timedelta(days=number % 25), RecordClientUse(channel), person, hour=10))
    return sorted(lane, key=lambda each: each.at)
