"""The monthly surveys: one row each, with its response rate and what its answers come to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.survey_responses import SurveyInvitationSent, SurveyResponseSubmitted
from domain.project.surveys import SurveyClosed, SurveyKind, SurveyOpened
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id

PROMOTER_MIN: Final = 9
DETRACTOR_MAX: Final = 6
TOP_TWO_SCALE: Final = (1, 5)
"""The scale on which 4 and 5 count as satisfied."""


@dataclass(frozen=True, slots=True)
class MonthlySurvey:
    """The survey of one month: how many were asked, how many answered, and what they said."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    survey_id: Annotated[UUID, "The survey, as commands name it."]
    month: Annotated[date, "The month it is of, by its first day."]
    kind: Annotated[SurveyKind, "What it asks for."]
    question: Annotated[str, "The question."]
    scale_min: Annotated[int, "The worst answer."]
    scale_max: Annotated[int, "The best answer."]
    opened_on: Annotated[date, "The day it was opened, in the project's time zone."]
    closed_on: Annotated[date | None, "The day it was closed, in the project's time zone."] = None
    is_closed: Annotated[bool, "Whether it takes no answers any more."] = False
    invited_count: Annotated[int, "How many people were asked."] = 0
    response_count: Annotated[int, "How many of them answered: the n of its figures."] = 0
    answer_sum: Annotated[int, "The sum of their answers."] = 0
    top_two_count: Annotated[int, "How many answered 4 or 5 on a scale from 1 to 5; else 0."] = 0
    promoter_count: Annotated[int, "How many would recommend: 9 or 10 of 10; else 0."] = 0
    detractor_count: Annotated[int, "How many would not: 0 to 6 of 10; else 0."] = 0
    response_rate_hundredths: Annotated[
        int | None, "Answers of all asked, in hundredths of a percent; null while nobody is."
    ] = None
    csat_score_hundredths: Annotated[
        int | None, "Mean of (answer - worst) / (best - worst) x 100, in hundredths of a percent."
    ] = None
    csat_top_two_hundredths: Annotated[
        int | None, "Answers of 4 or 5 on a scale from 1 to 5 of all, in hundredths of a percent."
    ] = None
    nps_hundredths: Annotated[
        int | None, "Percent of promoters less percent of detractors, in hundredths: -10000 to 10000."
    ] = None


def hundredths(part: int, whole: int) -> int | None:
    """Return part / whole x 100 in hundredths, halves rounded up; None of nothing."""
    return (20_000 * part + whole) // (2 * whole) if whole else None


def is_top_two(answer: int, scale: tuple[int, int]) -> bool | None:
    """Return whether an answer is 4 or 5 on a scale from 1 to 5, None on another."""
    return answer >= TOP_TWO_SCALE[1] - 1 if scale == TOP_TWO_SCALE else None


def promotes(answer: int) -> int:
    """Return 1 for a promoter (9 or 10), -1 for a detractor (0 to 6), else 0: the net promoter score's."""
    return (answer >= PROMOTER_MIN) - (answer <= DETRACTOR_MAX)


Event: TypeAlias = SurveyOpened | SurveyInvitationSent | SurveyResponseSubmitted | SurveyClosed


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the survey."""
    return (part_id(seen.stream, "survey", seen.event.survey_id),)


def evolve(row: MonthlySurvey | None, seen: Recorded[Event]) -> MonthlySurvey | None:
    """Return the survey after an event."""
    event = seen.event
    if isinstance(event, SurveyOpened):
        (key,) = keys(seen)
        of, scale = (event.month, event.kind, event.question), (event.scale_min, event.scale_max)
        return MonthlySurvey(key, seen.stream, event.survey_id, *of, *scale, event.opened_on)
    if row is None:
        raise AssertionError("a survey's first event is that it was opened")
    match event:
        case SurveyInvitationSent():
            return _figured(replaced(row, invited_count=row.invited_count + 1))
        case SurveyResponseSubmitted(_, _, answer):
            return _figured(_answered(row, answer))
        case SurveyClosed(_, closed_on):
            return replaced(row, closed_on=closed_on, is_closed=True)


def _answered(row: MonthlySurvey, answer: int) -> MonthlySurvey:
    more = {"response_count": row.response_count + 1, "answer_sum": row.answer_sum + answer}
    if row.kind is SurveyKind.RECOMMENDATION:
        more["promoter_count"] = row.promoter_count + (promotes(answer) > 0)
        more["detractor_count"] = row.detractor_count + (promotes(answer) < 0)
    elif is_top_two(answer, (row.scale_min, row.scale_max)):
        more["top_two_count"] = row.top_two_count + 1
    return replaced(row, **more)


def _figured(row: MonthlySurvey) -> MonthlySurvey:
    count, scale = row.response_count, (row.scale_min, row.scale_max)
    rate = hundredths(count, row.invited_count)
    if row.kind is SurveyKind.RECOMMENDATION:
        nps = hundredths(row.promoter_count - row.detractor_count, count)
        return replaced(row, response_rate_hundredths=rate, nps_hundredths=nps)
    above_worst = row.answer_sum - count * row.scale_min
    return replaced(
        row,
        response_rate_hundredths=rate,
        csat_score_hundredths=hundredths(above_worst, count * (row.scale_max - row.scale_min)),
        csat_top_two_hundredths=hundredths(row.top_two_count, count) if scale == TOP_TWO_SCALE else None,
    )


READ_MODEL: Final = ReadModel(
    name="surveys",
    row=MonthlySurvey,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"MONTH": ("month",)},
    filters=("month", "kind", "is_closed", "survey_id"),
)
