"""What may happen to a project's drills, its training materials, its super users and their mentees."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed, StillAhead
from domain.project import MemberNamed, MemberRemoved, NotOnTheTeam
from domain.project.courses import CourseDefined, CourseLevel, UnknownCourse
from domain.project.drills import DrillHeld, DrillResult, RecordDrill
from domain.project.materials import (
    MaterialKind,
    MaterialPublished,
    MaterialUsed,
    PublishMaterial,
    RecordMaterialUse,
    UnknownMaterial,
)
from domain.project.mentoring import (
    AlreadyPaired,
    EndMentorPair,
    MenteeOnboarded,
    MentorCycle,
    MentorPaired,
    MentorPairEnded,
    NominateSuperUser,
    NotSuperUser,
    NotTheMentor,
    OnboardMentee,
    PairEnded,
    PairMentor,
    SuperUserNominated,
    UnknownPair,
)
from domain.roles import Role
from tests.examples import ANNA, BEN, DAY, MONDAY, NOON, PROJECT_STORY, STRANGER
from tests.spec import given

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
CORA = UUID(int=14)
TUESDAY = MONDAY + timedelta(days=1)
COURSE = CourseDefined("plan_work", "Plan work", Role.MEMBER, CourseLevel.BASIC, 60, (), ())
DRILL = RecordDrill(ONE, "The line stands still", (ANNA, BEN), DrillResult.PARTLY_PASSED, MONDAY)
HELD = DrillHeld(ONE, "The line stands still", (ANNA, BEN), DrillResult.PARTLY_PASSED, MONDAY)
PUBLISH = PublishMaterial(TWO, MaterialKind.VIDEO, "The board", "https://example.org/board", "plan_work")
PUBLISHED = MaterialPublished(
    TWO, MaterialKind.VIDEO, "The board", "https://example.org/board", "plan_work", MONDAY
)
USED = MaterialUsed(TWO, ANNA, is_first_use=True, used_on=MONDAY)
TEAM = (*PROJECT_STORY, MemberNamed(CORA, Role.MEMBER, None))
ANNAS = SuperUserNominated(ANNA, MONDAY)
BENS = SuperUserNominated(BEN, MONDAY)
PAIR = PairMentor(ONE, ANNA, BEN)
PAIRED = MentorPaired(ONE, ANNA, BEN, MONDAY)
ONBOARDED = MenteeOnboarded(ONE, ANNA, BEN, MONDAY)
ENDED = MentorPairEnded(ONE, ANNA, BEN, MONDAY)


def test_a_drill_is_recorded_once() -> None:
    assert given(*PROJECT_STORY).when(DRILL) == [HELD]
    assert given(*PROJECT_STORY, HELD).when(DRILL) == []
    failed = replace(DRILL, result=DrillResult.FAILED)
    given(*PROJECT_STORY, HELD).when(failed).refused(AlreadyExists, field="drillId")


def test_a_drill_was_held_by_the_team() -> None:
    given(*PROJECT_STORY).when(replace(DRILL, held_on=TUESDAY)).refused(StillAhead, field="heldOn")
    strange = replace(DRILL, participant_ids=(ANNA, STRANGER))
    given(*PROJECT_STORY).when(strange).refused(NotOnTheTeam, field="participantIds.1")
    assert given(*PROJECT_STORY, HELD, MemberRemoved(BEN)).when(DRILL) == []


@pytest.mark.parametrize("who", [(), (ANNA, ANNA), tuple(UUID(int=each) for each in range(1_001))])
def test_a_drill_has_participants_each_once(who: tuple[UUID, ...]) -> None:
    with pytest.raises(Malformed):
        replace(DRILL, participant_ids=who)


def test_a_material_is_published_and_may_be_published_anew() -> None:
    taught = (*PROJECT_STORY, COURSE)
    assert given(*taught).when(PUBLISH) == [PUBLISHED]
    assert given(*taught, PUBLISHED).when(PUBLISH, at=NOON + DAY) == []
    then = given(*taught, PUBLISHED).when(replace(PUBLISH, kind=MaterialKind.FAQ), at=NOON + DAY)
    assert then == [replace(PUBLISHED, kind=MaterialKind.FAQ, published_on=TUESDAY)]
    given(*PROJECT_STORY).when(PUBLISH).refused(UnknownCourse, field="course")
    assert given(*PROJECT_STORY).when(replace(PUBLISH, course=None)) == [replace(PUBLISHED, course=None)]


def test_a_material_has_a_title_and_an_address() -> None:
    for changes in ({"title": ""}, {"address": " "}, {"address": "x" * 2_001}):
        with pytest.raises(Malformed):
            replace(PUBLISH, **changes)


def test_the_use_of_a_material_counts_once_a_member_and_day() -> None:
    use = RecordMaterialUse(TWO)
    assert given(*PROJECT_STORY, PUBLISHED).when(use, by=ANNA) == [USED]
    used = (*PROJECT_STORY, PUBLISHED, USED)
    assert given(*used).when(use, by=ANNA) == []
    assert given(*used).when(use, by=BEN) == [replace(USED, member_id=BEN)]
    tomorrow = given(*used).when(use, by=ANNA, at=NOON + DAY)
    assert tomorrow == [replace(USED, is_first_use=False, used_on=TUESDAY)]
    given(*PROJECT_STORY).when(use).refused(UnknownMaterial, field="materialId")


def test_who_used_a_material_is_known_when_it_is_published_anew() -> None:
    again = replace(PUBLISHED, title="The new board")
    assert given(*PROJECT_STORY, PUBLISHED, USED, again).when(RecordMaterialUse(TWO), by=ANNA) == []


def test_a_super_user_is_nominated_once_from_the_team() -> None:
    assert given(*PROJECT_STORY).when(NominateSuperUser(ANNA)) == [ANNAS]
    assert given(*PROJECT_STORY, ANNAS).when(NominateSuperUser(ANNA), at=NOON + DAY) == []
    given(*PROJECT_STORY).when(NominateSuperUser(STRANGER)).refused(NotOnTheTeam, field="memberId")


def test_a_super_user_is_paired_with_one_of_the_team() -> None:
    assert given(*TEAM, ANNAS).when(PAIR) == [PAIRED]
    assert given(*TEAM, ANNAS, PAIRED).when(PAIR, at=NOON + DAY) == []
    other = replace(PAIR, mentee_id=CORA)
    given(*TEAM, ANNAS, PAIRED).when(other).refused(AlreadyExists, field="pairId")
    given(*TEAM).when(PAIR).refused(NotSuperUser, field="mentorId")
    given(*TEAM, ANNAS, MemberRemoved(ANNA)).when(PAIR).refused(NotOnTheTeam, field="mentorId")
    strange = replace(PAIR, mentee_id=STRANGER)
    given(*TEAM, ANNAS).when(strange).refused(NotOnTheTeam, field="menteeId")


def test_a_mentee_has_one_mentor_at_a_time() -> None:
    second = PairMentor(TWO, CORA, BEN)
    story = (*TEAM, ANNAS, SuperUserNominated(CORA, MONDAY), PAIRED)
    given(*story).when(second).refused(AlreadyPaired, field="menteeId")
    assert given(*story, ENDED).when(second) == [MentorPaired(TWO, CORA, BEN, MONDAY)]


def test_nobody_is_brought_along_by_themself_however_far_up_the_tree() -> None:
    given(*TEAM, ANNAS).when(PairMentor(ONE, ANNA, ANNA)).refused(MentorCycle, field="menteeId")
    bens = MentorPaired(TWO, BEN, CORA, MONDAY)
    tree = (*TEAM, ANNAS, BENS, SuperUserNominated(CORA, MONDAY), PAIRED, bens)
    given(*tree).when(PairMentor(THREE, CORA, ANNA)).refused(MentorCycle, field="menteeId")
    assert given(*tree, ENDED).when(PairMentor(THREE, CORA, ANNA)) == [
        MentorPaired(THREE, CORA, ANNA, MONDAY)
    ]


def test_the_mentor_says_when_a_mentee_is_onboarded() -> None:
    paired = (*TEAM, ANNAS, PAIRED)
    assert given(*paired).when(OnboardMentee(ONE), by=ANNA) == [ONBOARDED]
    assert given(*paired, ONBOARDED).when(OnboardMentee(ONE), by=ANNA, at=NOON + DAY) == []
    assert given(*paired, ONBOARDED, ENDED).when(OnboardMentee(ONE), by=ANNA) == []
    given(*paired).when(OnboardMentee(ONE), by=BEN).refused(NotTheMentor)
    given(*paired, ENDED).when(OnboardMentee(ONE), by=ANNA).refused(PairEnded, field="pairId")
    given(*TEAM).when(OnboardMentee(ONE)).refused(UnknownPair, field="pairId")


def test_a_pair_ends_once() -> None:
    assert given(*TEAM, ANNAS, PAIRED).when(EndMentorPair(ONE)) == [ENDED]
    assert given(*TEAM, ANNAS, PAIRED, ENDED).when(EndMentorPair(ONE), at=NOON + DAY) == []
    given(*TEAM).when(EndMentorPair(ONE)).refused(UnknownPair, field="pairId")
