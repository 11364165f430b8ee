"""What may happen to a project's courses, its training and its training programmes."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.errors import Malformed, StillAhead
from domain.project import MemberNamed, NotOnTheTeam
from domain.project.courses import CourseDefined, CourseLevel, DefineCourse, UnknownCourse
from domain.project.programmes import (
    AttendanceRecorded,
    NotInProgramme,
    OutsideProgramme,
    ProgrammeAttended,
    RecordAttendance,
    ScheduleTrainingProgramme,
    TrainingProgrammeScheduled,
    UnknownProgramme,
)
from domain.project.training import (
    AlreadyCompleted,
    AssignedOtherwise,
    AssignTraining,
    CompleteTraining,
    NotAssigned,
    RecordTrainingResult,
    TrainingAssigned,
    TrainingCompleted,
    TrainingDueMoved,
    TrainingFailed,
)
from domain.roles import Role
from tests.examples import ANNA, BEN, DAY, MONDAY, NOON, PROJECT_STORY, STRANGER
from tests.spec import given

FRIDAY = MONDAY + timedelta(days=4)
TUESDAY = MONDAY + timedelta(days=1)
DEFINE = DefineCourse(
    "plan_work", "Plan work", Role.MEMBER, CourseLevel.BASIC, 60, ("Step by step",), ("Line 4",)
)
COURSE = CourseDefined(
    "plan_work", "Plan work", Role.MEMBER, CourseLevel.BASIC, 60, ("Step by step",), ("Line 4",)
)
STEERING = CourseDefined("steering", "Steering", Role.MANAGEMENT, CourseLevel.ADVANCED, 0, (), ())
SCHEDULE = ScheduleTrainingProgramme("spring", "Two weeks in spring", MONDAY, MONDAY + timedelta(days=13))
PROGRAMME = TrainingProgrammeScheduled(
    "spring", "Two weeks in spring", MONDAY, MONDAY + timedelta(days=13), 14
)
ASSIGN = AssignTraining("plan_work", ANNA, FRIDAY, "spring")
ASSIGNED = TrainingAssigned("plan_work", ANNA, Role.MEMBER, "Assembly", "spring", FRIDAY, MONDAY)
BENS = replace(ASSIGNED, member_id=BEN, department=None)
COMPLETED = TrainingCompleted("plan_work", ANNA, 85, Role.MEMBER, "Assembly", "spring", MONDAY)
TAUGHT = (*PROJECT_STORY, COURSE, STEERING, PROGRAMME)
TRAINED = (*TAUGHT, ASSIGNED, COMPLETED)
SHEET = AttendanceRecorded("spring", MONDAY, (BEN,), (ANNA,))


def test_a_course_is_defined_and_may_be_defined_anew() -> None:
    assert given(*PROJECT_STORY).when(DEFINE) == [COURSE]
    assert given(*PROJECT_STORY, COURSE).when(DEFINE) == []
    assert given(*PROJECT_STORY, COURSE).when(replace(DEFINE, pass_mark=70)) == [
        replace(COURSE, pass_mark=70)
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "Plan"}, "code"),
        ({"title": " "}, "title"),
        ({"audience": Role.AUDITOR}, "audience"),
        ({"pass_mark": 101}, "passMark"),
        ({"guides": ("A", "")}, "guides.1"),
        ({"guides": ("A", "A")}, "guides"),
        ({"cases": tuple(map(str, range(101)))}, "cases"),
    ],
)
def test_a_course_has_a_shape(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(DEFINE, **changes)
    assert refusal.value.field == field


def test_training_is_assigned_with_what_it_is_counted_by() -> None:
    assert given(*TAUGHT).when(ASSIGN) == [ASSIGNED]
    assert given(*TAUGHT, ASSIGNED).when(ASSIGN) == []
    alone = replace(ASSIGN, member_id=BEN, programme=None)
    assert given(*TAUGHT).when(alone) == [replace(BENS, programme=None)]


def test_training_is_assigned_to_the_team_in_what_there_is() -> None:
    given(*TAUGHT).when(replace(ASSIGN, course="paint")).refused(UnknownCourse, field="course")
    given(*TAUGHT).when(replace(ASSIGN, programme="fall")).refused(UnknownProgramme, field="programme")
    given(*TAUGHT).when(replace(ASSIGN, member_id=STRANGER)).refused(NotOnTheTeam, field="memberId")


def test_who_directs_is_trained_without_being_on_the_team() -> None:
    wish = AssignTraining("steering", STRANGER, FRIDAY)
    assert given(*TAUGHT).when(wish) == [
        TrainingAssigned("steering", STRANGER, Role.MANAGEMENT, None, None, FRIDAY, MONDAY)
    ]


def test_the_day_of_a_training_moves_until_it_is_completed() -> None:
    later = replace(ASSIGN, due_on=FRIDAY + timedelta(days=7))
    moved = TrainingDueMoved("plan_work", ANNA, later.due_on)
    assert given(*TAUGHT, ASSIGNED).when(later) == [moved]
    assert given(*TAUGHT, ASSIGNED, moved).when(later) == []
    assert given(*TAUGHT, ASSIGNED, moved).when(ASSIGN) == [replace(moved, due_on=FRIDAY)]
    given(*TRAINED).when(later).refused(AlreadyCompleted, field="dueOn")
    assert given(*TRAINED).when(ASSIGN) == []


def test_a_training_stays_in_its_cohort() -> None:
    alone = replace(ASSIGN, programme=None)
    given(*TAUGHT, ASSIGNED).when(alone).refused(AssignedOtherwise, field="programme")


@pytest.mark.parametrize("score", [60, 100])
def test_a_member_completes_their_own_training_from_the_pass_mark_on(score: int) -> None:
    then = given(*TAUGHT, ASSIGNED, BENS).when(CompleteTraining("plan_work", score), by=ANNA)
    assert then == [replace(COMPLETED, score=score)]


def test_the_day_is_that_of_the_project() -> None:
    late = NOON + timedelta(hours=12, minutes=30)  # 00:30 on Tuesday in Vienna
    then = given(*TAUGHT, ASSIGNED).when(CompleteTraining("plan_work", 85), at=late)
    assert then == [replace(COMPLETED, completed_on=TUESDAY)]
    assert given(*TAUGHT).when(ASSIGN, at=late) == [replace(ASSIGNED, assigned_on=TUESDAY)]


def test_a_lead_records_the_result_of_another() -> None:
    wish = RecordTrainingResult("plan_work", BEN, 85)
    then = given(*TAUGHT, ASSIGNED, BENS).when(wish, by=ANNA)
    assert then == [replace(COMPLETED, member_id=BEN, department=None)]


def test_a_completed_training_is_counted_by_the_department_it_was_assigned_in() -> None:
    moved = MemberNamed(ANNA, Role.PROJECT_MANAGER, "Purchasing")
    then = given(*TAUGHT, ASSIGNED, moved).when(CompleteTraining("plan_work", 85), by=ANNA)
    assert then == [COMPLETED]


def test_below_the_pass_mark_nothing_is_completed_and_it_may_be_tried_again() -> None:
    failed = TrainingFailed("plan_work", ANNA, 59, MONDAY)
    wish = CompleteTraining("plan_work", 59)
    assert given(*TAUGHT, ASSIGNED).when(wish) == [failed]
    assert given(*TAUGHT, ASSIGNED, failed).when(wish) == []
    tomorrow = given(*TAUGHT, ASSIGNED, failed).when(wish, at=NOON + DAY)
    assert tomorrow == [replace(failed, failed_on=TUESDAY)]
    assert given(*TAUGHT, ASSIGNED, failed).when(CompleteTraining("plan_work", 85)) == [COMPLETED]


def test_a_training_is_completed_once_with_one_score() -> None:
    assert given(*TRAINED).when(CompleteTraining("plan_work", 85), at=NOON + DAY) == []
    for score in (84, 10):
        given(*TRAINED).when(CompleteTraining("plan_work", score)).refused(AlreadyCompleted, field="score")


def test_only_what_is_assigned_is_completed() -> None:
    given(*TAUGHT, BENS).when(CompleteTraining("plan_work", 85)).refused(NotAssigned, field="course")
    given(*TAUGHT).when(CompleteTraining("paint", 85)).refused(UnknownCourse, field="course")
    given(*TAUGHT).when(RecordTrainingResult("plan_work", BEN, 85)).refused(NotAssigned, field="course")


def test_a_score_lies_between_0_and_100() -> None:
    for score in (-1, 101):
        with pytest.raises(Malformed):
            CompleteTraining("plan_work", score)
        with pytest.raises(Malformed):
            RecordTrainingResult("plan_work", ANNA, score)


def test_a_programme_counts_both_its_ends_and_is_scheduled_anew_until_somebody_came() -> None:
    assert given(*PROJECT_STORY).when(SCHEDULE) == [PROGRAMME]
    assert given(*PROJECT_STORY, PROGRAMME).when(SCHEDULE) == []
    longer = replace(SCHEDULE, ends_on=MONDAY + timedelta(days=20))
    again = replace(PROGRAMME, ends_on=longer.ends_on, length_days=21)
    assert given(*PROJECT_STORY, PROGRAMME).when(longer) == [again]
    attended = (*TAUGHT, ASSIGNED, BENS, SHEET)
    given(*attended).when(longer).refused(ProgrammeAttended, field="code")
    assert given(*attended).when(SCHEDULE) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": ""}, "code"),
        ({"title": ""}, "title"),
        ({"ends_on": MONDAY - timedelta(days=1)}, "endsOn"),
        ({"ends_on": MONDAY + timedelta(days=366)}, "endsOn"),
    ],
)
def test_a_programme_has_a_shape(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(SCHEDULE, **changes)
    assert refusal.value.field == field


def test_attendance_says_who_was_missing_too_and_may_be_corrected() -> None:
    cohort = (*TAUGHT, ASSIGNED, BENS)
    wish = RecordAttendance("spring", MONDAY, (BEN,))
    assert given(*cohort).when(wish) == [SHEET]
    assert given(*cohort, SHEET).when(wish) == []
    both = RecordAttendance("spring", MONDAY, (BEN, ANNA))
    assert given(*cohort, SHEET).when(both) == [AttendanceRecorded("spring", MONDAY, (ANNA, BEN), ())]
    nobody = RecordAttendance("spring", MONDAY, ())
    assert given(*cohort).when(nobody) == [AttendanceRecorded("spring", MONDAY, (), (ANNA, BEN))]


def test_attendance_is_of_a_past_day_of_the_programme_and_of_its_participants() -> None:
    cohort = (*TAUGHT, ASSIGNED, replace(BENS, programme=None))
    wish = RecordAttendance("spring", MONDAY, (ANNA,))
    before = replace(wish, held_on=MONDAY - timedelta(days=1))
    given(*cohort).when(before).refused(OutsideProgramme, field="heldOn")
    behind = replace(wish, held_on=MONDAY + timedelta(days=14))
    given(*cohort).when(behind, at=NOON + 30 * DAY).refused(OutsideProgramme, field="heldOn")
    given(*cohort).when(replace(wish, held_on=TUESDAY)).refused(StillAhead, field="heldOn")
    given(*cohort).when(replace(wish, programme="fall")).refused(UnknownProgramme, field="programme")
    others = replace(wish, present_ids=(ANNA, BEN))
    given(*cohort).when(others).refused(NotInProgramme, field="presentIds.1")
    with pytest.raises(Malformed):
        replace(wish, present_ids=(ANNA, ANNA))
    with pytest.raises(Malformed):
        replace(wish, present_ids=tuple(UUID(int=each) for each in range(10_001)))
