"""The conversation about feedback: who waits for whom, since when, and for how long."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest

from domain import errors
from domain.elapsed import OutOfOrder
from domain.errors import Malformed, UnknownFeedback
from domain.feedback import FeedbackReplied, FeedbackResolved, ReplyToFeedback
from tests.examples import ANNA, BEN, CLOSED_PROJECT, HOUR, INCIDENT, MINUTE, MONDAY, NINE, NOON, SUGGESTION
from tests.spec import given

GIVER, ANSWERER = BEN, ANNA
ASKED = FeedbackReplied(
    "Which board?",
    ANSWERER,
    NINE + HOUR,
    MONDAY,
    is_first_response=True,
    response_minutes=60,
    response_working_minutes=60,
)
SAID = FeedbackReplied("The first", GIVER, NINE + HOUR + HOUR, MONDAY)


def reply(text: str, by: UUID, at: datetime) -> FeedbackReplied:
    return replace(SAID, text=text, replied_by=by, replied_at=at)


def test_the_first_message_of_somebody_else_answers_what_was_given() -> None:
    asked = given(SUGGESTION).when(ReplyToFeedback("Which board?"), by=ANSWERER, at=NINE + HOUR)
    assert asked == [ASKED]


def test_a_message_of_the_giver_answers_nothing_and_does_not_stop_the_wait() -> None:
    more = reply("And quick", GIVER, NINE + MINUTE)
    assert given(SUGGESTION).when(ReplyToFeedback("And quick"), by=GIVER, at=NINE + MINUTE) == [more]
    asked = given(SUGGESTION, more).when(ReplyToFeedback("Which board?"), by=ANSWERER, at=NINE + HOUR)
    assert asked == [ASKED]


def test_each_later_answer_counts_from_the_first_message_left_open() -> None:
    again = reply("And the second", GIVER, NOON)
    open_ended = given(SUGGESTION, ASKED, SAID, again)
    answer = replace(reply("Done", ANSWERER, NOON + HOUR), response_minutes=120, response_working_minutes=120)
    assert open_ended.when(ReplyToFeedback("Done"), by=ANSWERER, at=NOON + HOUR) == [answer]
    more = given(SUGGESTION, ASKED, SAID, again, answer).when(
        ReplyToFeedback("By the way"), by=ANSWERER, at=NOON + HOUR
    )
    assert more == [reply("By the way", ANSWERER, NOON + HOUR)]


def test_the_project_s_working_calendar_counts_beside_the_clock() -> None:
    tomorrow = NINE + 24 * HOUR
    asked = given(SUGGESTION).when(ReplyToFeedback("Which board?"), by=ANSWERER, at=tomorrow)
    waited = {"response_minutes": 24 * 60, "response_working_minutes": 8 * 60}
    assert asked == [replace(ASKED, replied_at=tomorrow, replied_on=date(2026, 3, 3), **waited)]


def test_feedback_dealt_with_can_still_be_talked_about() -> None:
    resolved = FeedbackResolved("Done", NOON, MONDAY, 180)
    thanks = given(SUGGESTION, resolved).when(ReplyToFeedback("Thanks"), by=GIVER, at=NOON)
    assert thanks == [reply("Thanks", GIVER, NOON)]


def test_a_message_cannot_come_before_the_one_it_follows() -> None:
    given(SUGGESTION).when(ReplyToFeedback("Early"), by=ANSWERER, at=NINE - MINUTE).refused(OutOfOrder)
    given(SUGGESTION, ASKED, SAID).when(ReplyToFeedback("Early"), by=ANSWERER, at=NINE + HOUR).refused(
        OutOfOrder
    )


def test_there_is_no_conversation_without_feedback_or_in_a_closed_project() -> None:
    given().when(ReplyToFeedback("Hello")).refused(UnknownFeedback)
    given(INCIDENT, within=CLOSED_PROJECT).when(ReplyToFeedback("Hello")).refused(errors.ProjectClosed)


@pytest.mark.parametrize("text", ["", " ", "a" * 10_001, "\0"])
def test_a_malformed_message_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        ReplyToFeedback(text)
