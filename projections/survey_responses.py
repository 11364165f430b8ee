"""The answers to surveys: one row for each person asked, and what it says of the satisfaction KPIs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.survey_responses import SurveyInvitationSent, SurveyResponseSubmitted
from domain.project.surveys import SurveyKind
from domain.recorded import Recorded
from projections.read_model import Observation, ReadModel, part_id
from projections.surveys import hundredths, is_top_two, promotes


@dataclass(frozen=True, slots=True)
class SurveyResponse:
    """One person asked by a survey, and the answer once there is one."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    survey_id: Annotated[UUID, "The survey, as commands name it."]
    member_id: Annotated[UUID, "Who was asked."]
    month: Annotated[date, "The survey's month, by its first day."]
    kind: Annotated[SurveyKind, "What the survey asks for."]
    scale_min: Annotated[int, "The worst answer."]
    scale_max: Annotated[int, "The best answer."]
    invited_at: Annotated[datetime, "When they were asked (UTC)."]
    invitation_counts_on: Annotated[date, "The day of the survey's month the invitation counts on."]
    is_answered: Annotated[bool, "Whether they answered."] = False
    answer: Annotated[int | None, "The answer as it was given, on the scale."] = None
    comment: Annotated[str | None, "What they added; may be empty."] = None
    answered_at: Annotated[datetime | None, "When they answered (UTC)."] = None
    answer_counts_on: Annotated[date | None, "The day of the survey's month the answer counts on."] = None


Event: TypeAlias = SurveyInvitationSent | SurveyResponseSubmitted


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the person asked."""
    event = seen.event
    return (part_id(seen.stream, "survey_response", f"{event.survey_id}:{event.member_id}"),)


def evolve(row: SurveyResponse | None, seen: Recorded[Event]) -> SurveyResponse | None:
    """Return what was asked or answered after an event."""
    event = seen.event
    if isinstance(event, SurveyInvitationSent):
        (key,) = keys(seen)
        who, scale = (event.survey_id, event.member_id), (event.scale_min, event.scale_max)
        asked = seen.occurred_at, event.counted_on
        return SurveyResponse(key, seen.stream, *who, event.month, event.kind, *scale, *asked)
    if row is None:
        raise AssertionError("nobody answers who was not asked")
    return replaced(
        row,
        is_answered=True,
        answer=event.answer,
        comment=event.comment,
        answered_at=seen.occurred_at,
        answer_counts_on=event.counted_on,
    )


def observe(row: SurveyResponse) -> Iterator[Observation]:
    """Yield whether somebody asked answered, and what the answer says of satisfaction or recommendation."""
    yield Observation("survey_response_rate", row.invitation_counts_on, 1, row.is_answered)
    if row.answer is None or row.answer_counts_on is None:
        return
    on, scale = row.answer_counts_on, (row.scale_min, row.scale_max)
    if row.kind is SurveyKind.RECOMMENDATION:
        yield Observation("nps", on, 100 * promotes(row.answer))
        return
    score = hundredths(row.answer - row.scale_min, row.scale_max - row.scale_min)
    if score is not None:
        yield Observation("csat_score", on, score)
    is_satisfied = is_top_two(row.answer, scale)
    if is_satisfied is not None:
        yield Observation("csat_top_2_box", on, 1, is_satisfied)


READ_MODEL: Final = ReadModel(
    name="survey_responses",
    row=SurveyResponse,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"INVITED": ("invited_at",), "ANSWERED": ("answered_at",)},
    filters=("survey_id", "month", "kind", "member_id", "is_answered"),
)
