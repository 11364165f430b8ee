"""Courses, training, programmes, drills, materials, learners, mentors: every branch of their folds.

Longer than other files: each rule of its subject has its test here.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.project.courses import CourseDefined, CourseLevel
from domain.project.drills import DrillHeld, DrillResult
from domain.project.materials import MaterialKind, MaterialPublished, MaterialUsed
from domain.project.mentoring import MenteeOnboarded, MentorPaired, MentorPairEnded, SuperUserNominated
from domain.project.programmes import AttendanceRecorded, TrainingProgrammeScheduled
from domain.project.training import TrainingAssigned, TrainingCompleted, TrainingDueMoved, TrainingFailed
from domain.roles import Role
from projections import (
    courses,
    drills,
    learners,
    materials,
    mentor_pairs,
    programme_attendance,
    super_users,
    training_completion,
    training_matrix,
    training_programmes,
)
from projections.read_model import Observation, ReadModel
from projections.training_completion import TrainingDimension, TrainingShare
from projections.training_programmes import ProgrammeDay
from tests.examples import ANNA, BEN, MONDAY, STRANGER
from tests.projections.folding import only_row_after, rows_after, seen

ONE, TWO = UUID(int=1), UUID(int=2)
TUESDAY = MONDAY + timedelta(days=1)
FRIDAY = MONDAY + timedelta(days=4)
COURSE = CourseDefined("plan_work", "Plan work", Role.MEMBER, CourseLevel.BASIC, 60, ("Steps",), ("Line 4",))
ASSIGNED = TrainingAssigned("plan_work", BEN, Role.MEMBER, "Assembly", "spring", FRIDAY, MONDAY)
ALONE = replace(ASSIGNED, member_id=ANNA, role=Role.MANAGEMENT, department=None, programme=None)
FAILED = TrainingFailed("plan_work", BEN, 40, MONDAY)
COMPLETED = TrainingCompleted("plan_work", BEN, 85, Role.MEMBER, "Assembly", "spring", TUESDAY)
PROGRAMME = TrainingProgrammeScheduled("spring", "Spring", MONDAY, MONDAY + timedelta(days=13), 14)
SHEET = AttendanceRecorded("spring", TUESDAY, (BEN,), (ANNA, STRANGER))
DRILL = DrillHeld(ONE, "The line stands still", (ANNA, BEN), DrillResult.FAILED, MONDAY)
PUBLISHED = MaterialPublished(TWO, MaterialKind.FAQ, "Questions", "Shelf 4", None, MONDAY)
USED = MaterialUsed(TWO, BEN, is_first_use=True, used_on=TUESDAY)
NOMINATED = SuperUserNominated(ANNA, MONDAY)
PAIRED = MentorPaired(ONE, ANNA, BEN, MONDAY)
ONBOARDED = MenteeOnboarded(ONE, ANNA, BEN, TUESDAY)
ENDED = MentorPairEnded(ONE, ANNA, BEN, FRIDAY)


def test_a_course_is_as_it_was_defined_last() -> None:
    row = only_row_after(courses.READ_MODEL, COURSE, replace(COURSE, pass_mark=70))
    assert (row.code, row.title, row.audience, row.level) == (
        "plan_work",
        "Plan work",
        Role.MEMBER,
        CourseLevel.BASIC,
    )
    assert (row.pass_mark, row.guides, row.cases) == (70, ("Steps",), ("Line 4",))


def test_the_matrix_shows_what_is_assigned_and_how_it_went() -> None:
    row = only_row_after(training_matrix.READ_MODEL, ASSIGNED)
    assert (row.member_id, row.course, row.role, row.department) == (
        BEN,
        "plan_work",
        Role.MEMBER,
        "Assembly",
    )
    assert (row.cohort, row.assigned_on, row.due_on) == ("spring", MONDAY, FRIDAY)
    assert (row.is_completed, row.score, row.failed_count) == (False, None, 0)
    moved = TrainingDueMoved("plan_work", BEN, TUESDAY)
    row = only_row_after(training_matrix.READ_MODEL, ASSIGNED, moved, FAILED, FAILED)
    assert (row.due_on, row.is_completed, row.score, row.failed_count) == (TUESDAY, False, 40, 2)
    row = only_row_after(training_matrix.READ_MODEL, ASSIGNED, FAILED, COMPLETED)
    assert (row.is_completed, row.completed_on, row.score, row.failed_count) == (True, TUESDAY, 85, 1)
    assert len(rows_after(training_matrix.READ_MODEL, ASSIGNED, ALONE)) == 2


def test_an_assignment_is_observed_on_its_day_by_what_it_is_counted_by() -> None:
    row = only_row_after(training_matrix.READ_MODEL, ASSIGNED)
    of = (("role", "member"), ("department", "Assembly"), ("cohort", "spring"))
    expected = Observation("training_completion", MONDAY, 1, is_met=False, dimensions=of)
    assert list(training_matrix.observe(row)) == [expected]
    row = only_row_after(training_matrix.READ_MODEL, ASSIGNED, COMPLETED)
    assert list(training_matrix.observe(row)) == [expected._replace(is_met=True)]
    row = only_row_after(training_matrix.READ_MODEL, ALONE)
    (said,) = training_matrix.observe(row)
    assert said.dimensions == (("role", "management"),)


def test_completion_is_counted_by_role_department_cohort_and_course() -> None:
    row = only_row_after(training_completion.READ_MODEL, ASSIGNED)
    assert (row.assigned_count, row.completed_count, row.percent, row.is_completed) == (1, 0, 0, False)
    row = only_row_after(training_completion.READ_MODEL, ASSIGNED, COMPLETED)
    assert (row.percent, row.is_completed) == (100, True)
    second = replace(ASSIGNED, course="board")
    row = only_row_after(training_completion.READ_MODEL, ASSIGNED, ALONE, second, COMPLETED)
    assert (row.assigned_count, row.completed_count, row.percent, row.is_completed) == (3, 1, 33, False)
    assert row.shares == (
        TrainingShare(TrainingDimension.COHORT, "spring", 2, 1),
        TrainingShare(TrainingDimension.COURSE, "board", 1, 0),
        TrainingShare(TrainingDimension.COURSE, "plan_work", 2, 1),
        TrainingShare(TrainingDimension.DEPARTMENT, "Assembly", 2, 1),
        TrainingShare(TrainingDimension.ROLE, "management", 1, 0),
        TrainingShare(TrainingDimension.ROLE, "member", 2, 1),
    )


def test_a_programme_shows_how_many_came_on_each_day() -> None:
    row = only_row_after(training_programmes.READ_MODEL, replace(PROGRAMME, title="x"), PROGRAMME)
    assert (row.code, row.title, row.length_days, row.days) == ("spring", "Spring", 14, ())
    assert (row.begins_on, row.ends_on) == (MONDAY, MONDAY + timedelta(days=13))
    assert row.attendance_percent is None
    first = AttendanceRecorded("spring", MONDAY, (ANNA, BEN, STRANGER), ())
    row = only_row_after(training_programmes.READ_MODEL, PROGRAMME, SHEET, first)
    assert row.days == (ProgrammeDay(MONDAY, 3, 0), ProgrammeDay(TUESDAY, 1, 2))
    assert row.attendance_percent == 66
    corrected = replace(SHEET, present_ids=(ANNA, BEN), missing_ids=(STRANGER,))
    row = only_row_after(training_programmes.READ_MODEL, PROGRAMME, SHEET, corrected)
    assert row.days == (ProgrammeDay(TUESDAY, 2, 1),)
    empty = AttendanceRecorded("spring", MONDAY, (), ())
    assert only_row_after(training_programmes.READ_MODEL, PROGRAMME, empty).attendance_percent is None


def test_a_participant_has_days_present_and_missing() -> None:
    cohort = [replace(ASSIGNED, member_id=who) for who in (ANNA, BEN, STRANGER)]
    corrected = AttendanceRecorded("spring", TUESDAY, (ANNA,), (BEN, STRANGER))
    first = AttendanceRecorded("spring", MONDAY, (BEN,), (ANNA, STRANGER))
    again = replace(ASSIGNED, course="board")
    rows = rows_after(programme_attendance.READ_MODEL, *cohort, SHEET, corrected, first, again, ALONE)
    days = {row.member_id: (row.present_on, row.missing_on, row.missing_day_count) for row in rows.values()}
    assert days == {
        ANNA: ((TUESDAY,), (MONDAY,), 1),
        BEN: ((MONDAY,), (TUESDAY,), 1),
        STRANGER: ((), (MONDAY, TUESDAY), 2),
    }
    assert {row.programme for row in rows.values()} == {"spring"}


def test_a_drill_is_as_it_was_held() -> None:
    row = only_row_after(drills.READ_MODEL, DRILL)
    assert (row.drill_id, row.scenario, row.participant_ids) == (ONE, "The line stands still", (ANNA, BEN))
    assert (row.result, row.held_on) == (DrillResult.FAILED, MONDAY)


def test_a_material_counts_uses_and_users_also_when_published_anew() -> None:
    row = only_row_after(materials.READ_MODEL, PUBLISHED)
    assert (row.kind, row.title, row.address, row.course) == (
        MaterialKind.FAQ,
        "Questions",
        "Shelf 4",
        None,
    )
    assert (row.use_count, row.user_count, row.last_used_on) == (0, 0, None)
    again = replace(USED, is_first_use=False, used_on=MONDAY)
    anew = replace(PUBLISHED, title="Answers", published_on=FRIDAY)
    row = only_row_after(materials.READ_MODEL, PUBLISHED, USED, again, anew)
    assert (row.use_count, row.user_count, row.last_used_on) == (2, 1, TUESDAY)
    assert (row.title, row.published_on) == ("Answers", FRIDAY)


@pytest.mark.parametrize(
    ("story", "with_material", "is_completed"),
    [
        ((ASSIGNED,), False, False),
        ((ASSIGNED, COMPLETED), False, True),
        ((ASSIGNED, USED), True, False),
        ((ASSIGNED, USED, COMPLETED), True, True),
        ((USED, ASSIGNED, COMPLETED), True, True),
        ((ASSIGNED, COMPLETED, USED), False, True),
        ((ASSIGNED, COMPLETED, USED, replace(ASSIGNED, course="board")), False, False),
        ((ASSIGNED, COMPLETED, replace(ASSIGNED, course="board"), USED), True, False),
    ],
)
def test_a_learner_is_helped_by_what_they_use_before_they_completed_all(
    story: tuple[Any, ...], *, with_material: bool, is_completed: bool
) -> None:
    row = only_row_after(learners.READ_MODEL, *story)
    kpi = "training_with_material" if with_material else "training_without_material"
    assert list(learners.observe(row)) == [Observation(kpi, MONDAY, 1, is_completed)]
    assert (row.member_id, row.is_completed, row.is_material_user) == (BEN, is_completed, with_material)
    assert row.material_use_count == story.count(USED)
    assert row.completed_count == story.count(COMPLETED)


def test_a_learner_counts_from_the_first_day_something_was_assigned() -> None:
    earlier = replace(ASSIGNED, course="board", assigned_on=MONDAY - timedelta(days=3))
    row = only_row_after(learners.READ_MODEL, ASSIGNED, earlier)
    assert (row.first_assigned_on, row.assigned_count) == (earlier.assigned_on, 2)


def test_who_only_uses_material_is_not_observed() -> None:
    row = only_row_after(learners.READ_MODEL, USED)
    assert (row.assigned_count, row.is_completed, row.first_assigned_on) == (0, False, None)
    assert list(learners.observe(row)) == []


def test_a_mentee_is_onboarded_since_a_day() -> None:
    row = only_row_after(mentor_pairs.READ_MODEL, PAIRED)
    assert (row.pair_id, row.mentor_id, row.mentee_id, row.paired_on) == (ONE, ANNA, BEN, MONDAY)
    assert (row.is_onboarded, row.onboarded_on, row.is_ended, row.ended_on) == (False, None, False, None)
    row = only_row_after(mentor_pairs.READ_MODEL, PAIRED, ONBOARDED, ENDED)
    assert (row.is_onboarded, row.onboarded_on, row.is_ended, row.ended_on) == (True, TUESDAY, True, FRIDAY)


def test_a_super_user_counts_pairs_and_who_of_them_is_onboarded() -> None:
    row = only_row_after(super_users.READ_MODEL, NOMINATED)
    assert (row.member_id, row.nominated_on, row.pair_count) == (ANNA, MONDAY, 0)
    assert row.onboarded_percent is None
    second = MentorPaired(TWO, ANNA, STRANGER, MONDAY)
    row = only_row_after(super_users.READ_MODEL, NOMINATED, PAIRED, second, ONBOARDED)
    assert (row.pair_count, row.onboarded_count, row.onboarded_percent, row.going_on_count) == (2, 1, 50, 2)
    row = only_row_after(super_users.READ_MODEL, NOMINATED, PAIRED, second, ENDED, ONBOARDED)
    assert (row.pair_count, row.onboarded_count, row.going_on_count) == (2, 1, 1)


@pytest.mark.parametrize(
    ("model", "event"),
    [
        (training_matrix.READ_MODEL, COMPLETED),
        (training_programmes.READ_MODEL, SHEET),
        (programme_attendance.READ_MODEL, SHEET),
        (materials.READ_MODEL, USED),
        (mentor_pairs.READ_MODEL, ONBOARDED),
        (super_users.READ_MODEL, PAIRED),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_goes_on_must_have_begun(model: ReadModel[Any], event: object) -> None:
    with pytest.raises(AssertionError):
        model.evolve(None, seen(event))
