"""Surveys, their answers, and the loop of feedback: every branch of their folds and of what they say.

Longer than other files: each rule of its subject has its test here.
"""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.feedback import (
    ComplaintCategory,
    ComplaintFiled,
    FeedbackKind,
    FeedbackLinkedToRelease,
    FeedbackLinkedToTask,
    FeedbackResolved,
    FeedbackStatus,
    FeedbackSubmitted,
    FeedbackTriaged,
    GiverTold,
    LoopStage,
    Priority,
    Severity,
)
from domain.project.survey_responses import SurveyInvitationSent, SurveyResponseSubmitted
from domain.project.surveys import SurveyClosed, SurveyKind, SurveyOpened
from projections import feedback_inbox, survey_responses, surveys
from projections.read_model import ReadModel
from projections.surveys import hundredths, is_top_two, promotes
from tests.examples import (
    ANNA,
    BEN,
    INCIDENT,
    MONDAY,
    NINE,
    NOON,
    PROJECT_ID,
    SUGGESTION,
    WELD,
)
from tests.projections.folding import STREAM, observed, only_row_after, row_after, rows_after, seen

ONE = UUID(int=71)
MARCH = date(2026, 3, 1)
TUESDAY = date(2026, 3, 3)
OPENED = SurveyOpened(ONE, MARCH, SurveyKind.SATISFACTION, "How satisfied?", 1, 5, MONDAY)
ASKED = SurveyInvitationSent(ONE, BEN, MARCH, SurveyKind.SATISFACTION, 1, 5, MONDAY)
ANSWERED = SurveyResponseSubmitted(ONE, BEN, 4, "Quicker", TUESDAY)
RATING = FeedbackSubmitted(PROJECT_ID, "board", "Too small", 2, BEN, NINE, MONDAY)
COMPLAINT = ComplaintFiled(PROJECT_ID, "Late", Severity.HIGH, ComplaintCategory.SCHEDULE, BEN, NINE, MONDAY)
TOLD = GiverTold(NOON, TUESDAY, 1_620)
LINKED = FeedbackLinkedToRelease("2.4", NOON, MONDAY, None)
RELEASED = FeedbackLinkedToRelease("2.4", NOON, MONDAY, 180)


def of(kind: SurveyKind, low: int, high: int) -> tuple[SurveyOpened, SurveyInvitationSent]:
    """Return a survey of a kind on a scale, and the invitation to it."""
    return (
        replace(OPENED, kind=kind, scale_min=low, scale_max=high),
        replace(ASKED, kind=kind, scale_min=low, scale_max=high),
    )


def test_a_survey_has_no_figures_before_somebody_was_asked() -> None:
    row = only_row_after(surveys.READ_MODEL, OPENED)
    assert (row.survey_id, row.month, row.kind) == (ONE, MARCH, SurveyKind.SATISFACTION)
    assert (row.question, row.scale_min, row.scale_max) == ("How satisfied?", 1, 5)
    assert (row.opened_on, row.closed_on, row.is_closed) == (MONDAY, None, False)
    assert (row.invited_count, row.response_rate_hundredths, row.csat_score_hundredths) == (0, None, None)
    row = only_row_after(surveys.READ_MODEL, OPENED, ASKED)
    assert (row.invited_count, row.response_count, row.response_rate_hundredths) == (1, 0, 0)
    assert (row.csat_score_hundredths, row.csat_top_two_hundredths, row.nps_hundredths) == (None,) * 3


def test_a_satisfaction_survey_has_its_mean_and_its_share_of_the_satisfied() -> None:
    answers = [replace(ANSWERED, member_id=UUID(int=at), answer=at) for at in (1, 4, 5)]
    row = only_row_after(surveys.READ_MODEL, OPENED, *[ASKED] * 4, *answers, SurveyClosed(ONE, TUESDAY))
    assert (row.invited_count, row.response_count, row.response_rate_hundredths) == (4, 3, 7_500)
    assert (row.answer_sum, row.csat_score_hundredths) == (10, 5_833)
    assert (row.top_two_count, row.csat_top_two_hundredths) == (2, 6_667)
    assert (row.nps_hundredths, row.promoter_count, row.detractor_count) == (None, 0, 0)
    assert (row.closed_on, row.is_closed) == (TUESDAY, True)


def test_on_another_scale_than_1_to_5_there_is_no_top_2_box() -> None:
    opened, asked = of(SurveyKind.SATISFACTION, 0, 10)
    row = only_row_after(surveys.READ_MODEL, opened, asked, replace(ANSWERED, answer=5))
    assert (row.csat_score_hundredths, row.csat_top_two_hundredths, row.top_two_count) == (5_000, None, 0)


def test_a_recommendation_survey_has_its_net_promoter_score() -> None:
    opened, asked = of(SurveyKind.RECOMMENDATION, 0, 10)
    answers = [replace(ANSWERED, answer=answer) for answer in (10, 9, 8, 7, 6, 0, 3)]
    row = only_row_after(surveys.READ_MODEL, opened, *[asked] * 7, *answers)
    assert (row.promoter_count, row.detractor_count, row.nps_hundredths) == (2, 3, -1_429)
    assert (row.csat_score_hundredths, row.csat_top_two_hundredths) == (None, None)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 0, None),
        (1, 3, 3_333),
        (2, 3, 6_667),
        (1, 6, 1_667),
        (1, 32, 313),
        (-1, 3, -3_333),
        (3, 3, 10_000),
    ],
)
def test_hundredths_of_a_percent_round_halves_up(part: int, whole: int, expected: int | None) -> None:
    assert hundredths(part, whole) == expected


def test_promoters_answer_9_or_10_and_detractors_0_to_6() -> None:
    assert [promotes(answer) for answer in range(11)] == [-1] * 7 + [0, 0, 1, 1]


def test_the_satisfied_answer_4_or_5_of_5() -> None:
    assert [is_top_two(answer, (1, 5)) for answer in range(1, 6)] == [False, False, False, True, True]
    assert is_top_two(5, (0, 5)) is None


def test_who_was_asked_is_a_row_and_counts_as_unanswered() -> None:
    row = only_row_after(survey_responses.READ_MODEL, ASKED)
    assert (row.project_id, row.survey_id, row.member_id) == (STREAM, ONE, BEN)
    assert (row.month, row.kind, row.invited_at) == (MARCH, SurveyKind.SATISFACTION, NOON)
    assert (row.is_answered, row.answer, row.comment, row.answered_at) == (False, None, None, None)
    assert said(ASKED) == {"survey_response_rate": (MONDAY, 1, False)}


def test_each_person_asked_has_their_own_row() -> None:
    rows = rows_after(survey_responses.READ_MODEL, ASKED, replace(ASKED, member_id=ANNA), ANSWERED)
    assert sorted((row.member_id, row.answer) for row in rows.values()) == [(ANNA, None), (BEN, 4)]


def said(*events: object) -> dict[str, tuple[date, int, bool | None]]:
    observe = survey_responses.READ_MODEL.observe
    assert observe is not None
    found = observe(only_row_after(survey_responses.READ_MODEL, *events))
    return {each.kpi: (each.day, each.value, each.is_met) for each in found}


@pytest.mark.parametrize(
    ("kind", "scale", "answer", "expected"),
    [
        (
            SurveyKind.SATISFACTION,
            (1, 5),
            4,
            {"csat_score": (TUESDAY, 7_500, None), "csat_top_2_box": (TUESDAY, 1, True)},
        ),
        (
            SurveyKind.SATISFACTION,
            (1, 5),
            1,
            {"csat_score": (TUESDAY, 0, None), "csat_top_2_box": (TUESDAY, 1, False)},
        ),
        (SurveyKind.SATISFACTION, (1, 7), 6, {"csat_score": (TUESDAY, 8_333, None)}),
        (SurveyKind.RECOMMENDATION, (0, 10), 9, {"nps": (TUESDAY, 100, None)}),
        (SurveyKind.RECOMMENDATION, (0, 10), 7, {"nps": (TUESDAY, 0, None)}),
        (SurveyKind.RECOMMENDATION, (0, 10), 6, {"nps": (TUESDAY, -100, None)}),
    ],
)
def test_an_answer_says_what_its_kind_and_its_scale_allow(
    kind: SurveyKind, scale: tuple[int, int], answer: int, expected: dict[str, object]
) -> None:
    _, asked = of(kind, *scale)
    answered = {"survey_response_rate": (MONDAY, 1, True)}
    assert said(asked, replace(ANSWERED, answer=answer)) == answered | expected


def test_an_answer_is_kept_as_it_was_given() -> None:
    row = only_row_after(survey_responses.READ_MODEL, ASKED, ANSWERED)
    assert (row.is_answered, row.answer, row.comment, row.answered_at) == (True, 4, "Quicker", NOON)
    assert (row.invitation_counts_on, row.answer_counts_on) == (MONDAY, TUESDAY)


@pytest.mark.parametrize(
    "model", [surveys.READ_MODEL, survey_responses.READ_MODEL], ids=lambda model: model.name
)
def test_what_goes_on_must_have_begun(model: ReadModel[Any]) -> None:
    with pytest.raises(AssertionError):
        model.evolve(None, seen(ANSWERED))


def test_a_rating_and_a_complaint_are_in_the_inbox() -> None:
    row = row_after(feedback_inbox.READ_MODEL, RATING)
    assert (row.kind, row.status, row.screen, row.text, row.score) == (
        FeedbackKind.RATING,
        FeedbackStatus.NEW,
        "board",
        "Too small",
        2,
    )
    assert (row.given_by, row.given_at, row.severity) == (BEN, NINE, None)
    row = row_after(feedback_inbox.READ_MODEL, COMPLAINT)
    assert (row.kind, row.status, row.text) == (FeedbackKind.COMPLAINT, FeedbackStatus.NEW, "Late")
    assert (row.severity, row.category) == (Severity.HIGH, ComplaintCategory.SCHEDULE)
    assert (row.given_by, row.given_at, row.score) == (BEN, NINE, None)


@pytest.mark.parametrize("given", [SUGGESTION, INCIDENT, RATING, COMPLAINT])
def test_a_loop_goes_from_triage_to_the_giver_told(given: object) -> None:
    story = (
        (FeedbackTriaged(Priority.HIGH), LoopStage.TASK),
        (FeedbackLinkedToTask(WELD), LoopStage.RELEASE),
        (LINKED, LoopStage.TELLING),
        (FeedbackResolved("Mended", NOON, MONDAY, 180), LoopStage.TELLING),
        (TOLD, LoopStage.CLOSED),
        (replace(LINKED, version="2.5"), LoopStage.CLOSED),
    )
    row = row_after(feedback_inbox.READ_MODEL, given)
    assert (row.loop_stage, row.is_loop_open) == (LoopStage.TRIAGE, True)
    events = [given]
    for event, stage in story:
        events.append(event)
        row = row_after(feedback_inbox.READ_MODEL, *events)
        assert (row.loop_stage, row.is_loop_open) == (stage, stage is not LoopStage.CLOSED)
    assert (row.release, row.told_at, row.told_on, row.loop_minutes) == ("2.5", NOON, TUESDAY, 1_620)


def test_what_is_resolved_without_a_task_is_to_be_told() -> None:
    resolved = FeedbackResolved("We keep it", NOON, MONDAY, 180)
    assert row_after(feedback_inbox.READ_MODEL, RATING, resolved).loop_stage is LoopStage.TELLING


def test_a_closed_loop_has_a_length_and_an_open_one_none() -> None:
    assert observed(feedback_inbox.READ_MODEL, RATING, LINKED) == {}
    told = observed(feedback_inbox.READ_MODEL, RATING, LINKED, TOLD)
    assert told == {("feedback_loop_time", ""): (TUESDAY, 1_620, None)}


def test_what_waited_for_its_first_release_is_said_of_it_and_stays() -> None:
    released = {("feedback_to_release_time", ""): (MONDAY, 180, None)}
    assert observed(feedback_inbox.READ_MODEL, RATING, LINKED, RELEASED) == released
    row = row_after(feedback_inbox.READ_MODEL, RATING, RELEASED)
    assert (row.release, row.released_on, row.release_minutes) == ("2.4", MONDAY, 180)
    for later in (replace(LINKED, version="2.5"), FeedbackLinkedToRelease("2.5", NOON, TUESDAY, 1_620)):
        assert observed(feedback_inbox.READ_MODEL, RATING, RELEASED, later) == released
        assert row_after(feedback_inbox.READ_MODEL, RATING, RELEASED, later).release == "2.5"
