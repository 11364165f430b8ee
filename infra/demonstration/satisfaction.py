"""What people say: surveys month by month, one of them missed; suggestions and incidents, each dealt with."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from domain.feedback import (
    AcknowledgeIncident,
    GiveSuggestion,
    LinkFeedbackToTask,
    Priority,
    ReportIncident,
    ResolveFeedback,
    Severity,
    TriageFeedback,
)
from domain.feedback.loop import LinkFeedbackToRelease, TellGiver
from domain.ids import TaskId
from domain.project.survey_responses import InviteToSurvey, SubmitSurveyResponse
from domain.project.surveys import CloseSurvey, OpenSurvey, SurveyKind
from domain.task import CompleteTask, OpenTask, StartTask
from infra.demonstration.acts import Act, Lane, at, named, workday
from infra.demonstration.aims import DELIVERY, act
from infra.demonstration.cast import CAST, DIRECTOR, Person

ASKED: Final = CAST[100:250]
ANSWERING: Final = 100
SCALE: Final = (1, 5)
SCORES: Final = (
    (1, 67), (2, 67), (3, 68), (4, 70), (6, 73), (7, 76), (8, 79), (9, 82), (10, 85), (11, 87), (12, 89),
)  # fmt: skip
"""The score of each month's survey of 2025, out of 100; in May nobody asked."""
SUGGESTIONS: Final = (
    ("Show the due day in red once it has passed", "board"),
    ("Two approvals are enough", "approvals"),
    ("A larger button to hand work on", "task"),
    ("Let me book a whole day at once", "time"),
    ("Search by part number", "board"),
)
OPERATION_BEGINS_ON: Final = date(2025, 9, 1)
INCIDENTS: Final = 24
LATE_INCIDENTS: Final = frozenset({5, 17})


def surveys() -> Lane:
    """Return the surveys of a year."""
    lane: Lane = []
    for month, score in SCORES:
        first = date(2025, month, 1)
        survey = named(f"survey {month}")
        question = "How satisfied are you with how projects are run?"
        lane.append(act(first, OpenSurvey(survey, first, SurveyKind.SATISFACTION, question, *SCALE), hour=8))
        lane.append(act(first, InviteToSurvey(survey, tuple(each.member_id for each in ASKED)), hour=9))
        lane += [
            act(
                first + timedelta(days=1 + number % 20), SubmitSurveyResponse(survey, answer), person, hour=12
            )
            for number, (person, answer) in enumerate(zip(ASKED, answers(score), strict=False))
        ]
        lane.append(act(first + timedelta(days=24), CloseSurvey(survey), hour=18))
    return lane


def answers(score: int) -> list[int]:
    """Return a hundred answers whose normalised mean is a score out of 100."""
    worst, best = SCALE
    points, rest = divmod(score * (best - worst), ANSWERING)
    return [worst + points + (number < rest) for number in range(ANSWERING)]


def suggestions() -> Iterator[Lane]:
    """Yield suggestions of the pilots, each from its giver through a task and a release back to its giver."""
    for number, (text, screen) in enumerate(SUGGESTIONS):
        yield list(_suggestion(number, text, screen))


def _suggestion(number: int, text: str, screen: str) -> Iterator[Act]:
    feedback, task = named(f"suggestion {number}"), TaskId(named(f"improvement {number}"))
    giver, day = CAST[204 + number], date(2025, 4, 21) + timedelta(days=number)

    def said(command: object, by: Person, after_days: int) -> Act:
        return Act("feedback", feedback, command, by.member_id, at(workday(day + timedelta(days=after_days))))

    def done(command: object, after_days: int) -> Act:
        on = workday(day + timedelta(days=after_days))
        return Act("task", task, command, CAST[10].member_id, at(on, 10))

    yield said(GiveSuggestion(DELIVERY, text, screen), giver, 0)
    yield said(TriageFeedback(Priority.HIGH), DIRECTOR, 2)
    yield done(OpenTask(DELIVERY, text), 2)
    yield said(LinkFeedbackToTask(task), DIRECTOR, 5)
    yield done(StartTask(), 7)
    yield done(CompleteTask(), 21 + 7 * number)
    yield said(LinkFeedbackToRelease("1.1"), DIRECTOR, 24 + 7 * number)
    yield said(ResolveFeedback("Built, and in release 1.1"), DIRECTOR, 24 + 7 * number)
    if number < len(SUGGESTIONS) - 1:
        yield said(TellGiver(), DIRECTOR, 28 + 7 * number)


def incidents() -> Iterator[Lane]:
    """Yield what broke while in operation: most of it taken up within two hours, some not."""
    for number in range(INCIDENTS):
        yield list(_incident(number))


def _incident(number: int) -> Iterator[Act]:
    feedback = named(f"incident {number}")
    day = workday(OPERATION_BEGINS_ON + timedelta(days=5 * number))
    reported_at = at(day, 10, 5 * (number % 12))
    minutes = 200 if number in LATE_INCIDENTS else 10 + 7 * (number % 12)
    severity = Severity.HIGH if number % 4 == 0 else Severity.MEDIUM

    def said(command: object, by: Person, after_minutes: int) -> Act:
        return Act(
            "feedback", feedback, command, by.member_id, reported_at + timedelta(minutes=after_minutes)
        )

    yield said(ReportIncident(DELIVERY, "The board stays empty", severity), CAST[300 + number], 0)
    yield said(AcknowledgeIncident(), CAST[20], minutes)
    yield said(ResolveFeedback("Restarted, and the cause mended"), CAST[20], minutes + 45)
