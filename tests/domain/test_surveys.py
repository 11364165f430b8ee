"""What may happen to a project's monthly surveys and their answers."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import get_type_hints
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed, StillAhead
from domain.personal import Personal
from domain.project import NotOnTheTeam
from domain.project.survey_responses import (
    AlreadyAnswered,
    AnswerOffScale,
    InviteToSurvey,
    NotInvited,
    SubmitSurveyResponse,
    SurveyInvitationSent,
    SurveyResponseSubmitted,
)
from domain.project.surveys import (
    CloseSurvey,
    MonthHasSurvey,
    OpenSurvey,
    SurveyClosed,
    SurveyIsClosed,
    SurveyKind,
    SurveyOpened,
    UnknownSurvey,
)
from tests.examples import ANNA, BEN, DAY, MONDAY, NOON, PROJECT_STORY, STRANGER
from tests.spec import given, state_after

ONE = UUID(int=71)
TWO = UUID(int=72)
MARCH = date(2026, 3, 1)
OPEN = OpenSurvey(ONE, MARCH, SurveyKind.SATISFACTION, "How satisfied are you?", 1, 5)
OPENED = SurveyOpened(ONE, MARCH, SurveyKind.SATISFACTION, "How satisfied are you?", 1, 5, MONDAY)
NPS = replace(OPEN, survey_id=TWO, kind=SurveyKind.RECOMMENDATION, scale_min=0, scale_max=10)
NPS_OPENED = SurveyOpened(TWO, MARCH, SurveyKind.RECOMMENDATION, OPEN.question, 0, 10, MONDAY)
INVITED = SurveyInvitationSent(ONE, BEN, MARCH, SurveyKind.SATISFACTION, 1, 5, MONDAY)
ANSWERED = SurveyResponseSubmitted(ONE, BEN, 4, "Quicker", MONDAY)
CLOSED = SurveyClosed(ONE, MONDAY)
UNDER_WAY = (*PROJECT_STORY, OPENED)
ASKED = (*UNDER_WAY, INVITED)


def test_a_month_has_one_survey_of_each_kind() -> None:
    assert given(*PROJECT_STORY).when(OPEN) == [OPENED]
    assert given(*UNDER_WAY).when(OPEN, at=NOON + DAY) == []
    assert given(*UNDER_WAY).when(NPS) == [NPS_OPENED]
    given(*UNDER_WAY).when(replace(OPEN, survey_id=TWO)).refused(MonthHasSurvey, field="month")
    given(*UNDER_WAY).when(replace(OPEN, question="And now?")).refused(AlreadyExists, field="surveyId")
    april = replace(OPEN, survey_id=TWO, month=date(2026, 4, 1))
    opened = given(*UNDER_WAY, CLOSED).when(april, at=NOON + 40 * DAY)
    assert opened == [replace(OPENED, survey_id=TWO, month=april.month, opened_on=date(2026, 4, 11))]


def test_a_survey_is_of_a_month_that_has_begun_where_the_project_is() -> None:
    april = replace(OPEN, month=date(2026, 4, 1))
    given(*PROJECT_STORY).when(april).refused(StillAhead, field="month")
    in_vienna = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    opened = replace(OPENED, month=april.month, opened_on=april.month)
    assert given(*PROJECT_STORY).when(april, at=in_vienna) == [opened]
    late = replace(OPEN, month=date(2026, 1, 1))
    assert given(*PROJECT_STORY).when(late) == [replace(OPENED, month=late.month)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"month": MONDAY}, "month"),
        ({"month": date(1969, 12, 1)}, "month"),
        ({"question": " "}, "question"),
        ({"scale_min": -1}, "scaleMin"),
        ({"scale_min": 5}, "scaleMax"),
        ({"scale_max": 101}, "scaleMax"),
        ({"kind": SurveyKind.RECOMMENDATION}, "scaleMax"),
        ({"kind": SurveyKind.RECOMMENDATION, "scale_max": 10}, "scaleMax"),
    ],
    ids=str,
)
def test_a_survey_out_of_shape_names_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(OPEN, **change)  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_people_on_the_team_are_asked_once() -> None:
    both = InviteToSurvey(ONE, (ANNA, BEN, ANNA))
    assert given(*UNDER_WAY).when(both) == [replace(INVITED, member_id=ANNA), INVITED]
    assert given(*ASKED).when(both) == [replace(INVITED, member_id=ANNA)]
    assert given(*ASKED).when(InviteToSurvey(ONE, (BEN,))) == []
    assert given(*ASKED, CLOSED).when(InviteToSurvey(ONE, (BEN,))) == []
    given(*ASKED, CLOSED).when(both).refused(SurveyIsClosed)
    stranger = InviteToSurvey(ONE, (BEN, STRANGER))
    given(*UNDER_WAY).when(stranger).refused(NotOnTheTeam, field="memberIds.1")
    with pytest.raises(Malformed) as refusal:
        InviteToSurvey(ONE, ())
    assert refusal.value.field == "memberIds"


def test_whoever_was_asked_answers_once_in_their_own_name() -> None:
    answer = SubmitSurveyResponse(ONE, 4, "Quicker")
    assert given(*ASKED).when(answer, by=BEN) == [ANSWERED]
    assert given(*ASKED, ANSWERED).when(answer, by=BEN) == []
    assert given(*ASKED, ANSWERED, CLOSED).when(answer, by=BEN) == []
    given(*ASKED).when(answer, by=ANNA).refused(NotInvited)
    for other in (SubmitSurveyResponse(ONE, 5, "Quicker"), SubmitSurveyResponse(ONE, 4)):
        given(*ASKED, ANSWERED).when(other, by=BEN).refused(AlreadyAnswered)


@pytest.mark.parametrize(("answer", "is_on"), [(0, False), (1, True), (5, True), (6, False)])
def test_an_answer_lies_on_the_scale(answer: int, *, is_on: bool) -> None:
    then = given(*ASKED).when(SubmitSurveyResponse(ONE, answer), by=BEN)
    if is_on:
        assert then == [replace(ANSWERED, answer=answer, comment="")]
    else:
        then.refused(AnswerOffScale, field="answer")


@pytest.mark.parametrize(
    ("values", "field"),
    [((-1, ""), "answer"), ((101, ""), "answer"), ((True, ""), "answer"), ((3, "x" * 10_001), "comment")],
)
def test_an_answer_out_of_shape_names_its_field(values: tuple[int, str], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        SubmitSurveyResponse(ONE, *values)
    assert refusal.value.field == field


def test_a_closed_survey_takes_no_answers() -> None:
    assert given(*ASKED).when(CloseSurvey(ONE)) == [CLOSED]
    assert given(*ASKED, CLOSED).when(CloseSurvey(ONE), at=NOON + DAY) == []
    given(*ASKED, CLOSED).when(SubmitSurveyResponse(ONE, 4), by=BEN).refused(SurveyIsClosed)


@pytest.mark.parametrize(
    "command", [InviteToSurvey(TWO, (BEN,)), SubmitSurveyResponse(TWO, 4), CloseSurvey(TWO)]
)
def test_a_survey_is_opened_first(command: object) -> None:
    given(*UNDER_WAY).when(command).refused(UnknownSurvey, field="surveyId")


@pytest.mark.parametrize(
    ("month", "at", "counted_on"),
    [
        (MARCH, NOON, MONDAY),
        (MARCH, datetime(2026, 4, 3, 9, tzinfo=UTC), date(2026, 3, 31)),
        (date(2026, 2, 1), NOON, date(2026, 2, 28)),
        (date(2025, 12, 1), NOON, date(2025, 12, 31)),
        (MARCH, datetime(2026, 2, 27, 9, tzinfo=UTC), MARCH),
    ],
    ids=["within", "late", "february", "december", "before"],
)
def test_what_is_said_counts_in_the_months_survey(month: date, at: datetime, counted_on: date) -> None:
    opened, invited = replace(OPENED, month=month), replace(INVITED, month=month)
    assert given(*PROJECT_STORY, opened).when(InviteToSurvey(ONE, (BEN,)), at=at) == [
        replace(invited, counted_on=counted_on)
    ]
    answered = given(*PROJECT_STORY, opened, invited).when(SubmitSurveyResponse(ONE, 4), at=at, by=BEN)
    assert answered == [replace(ANSWERED, comment="", counted_on=counted_on)]


def test_raw_answers_are_kept_and_comments_are_personal() -> None:
    survey = state_after(*ASKED, ANSWERED).surveys.survey(ONE)
    assert survey.said == {BEN: (4, "Quicker")}
    hints = get_type_hints(SurveyResponseSubmitted, include_extras=True)
    marked = [name for name, hint in hints.items() if Personal() in getattr(hint, "__metadata__", ())]
    assert marked == ["comment"]
