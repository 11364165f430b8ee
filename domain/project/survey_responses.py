"""Answers to a project's surveys: people are invited, and each of them answers once.

An invitation and an answer count on their day, moved into the survey's month where it lies outside: a late
answer to the survey of March counts on 31 March, so that a month's figures are those of its survey.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Malformed, Refusal
from domain.facet import Facet
from domain.ids import MemberId
from domain.personal import Personal
from domain.project.surveys import SCALE_MAX, Survey, SurveyIsClosed, SurveyKind, Surveys

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class SurveyInvitationSent:
    """Somebody was asked to answer a survey; it repeats what the survey is, and counts on `counted_on`."""

    survey_id: UUID
    member_id: UUID
    month: date
    kind: SurveyKind
    scale_min: int
    scale_max: int
    counted_on: date


@dataclass(frozen=True, slots=True)
class SurveyResponseSubmitted:
    """Somebody answered a survey; this counts on `counted_on`, a day of the survey's month."""

    survey_id: UUID
    member_id: UUID
    answer: int
    comment: Annotated[str, Personal()]
    counted_on: date


SurveyResponseEvent = SurveyInvitationSent | SurveyResponseSubmitted


@dataclass(frozen=True, slots=True)
class InviteToSurvey:
    """Ask people to answer a survey; those asked already are not asked twice."""

    survey_id: Annotated[UUID, "The survey."]
    member_ids: Annotated[tuple[MemberId, ...], "Who, at least one; each on the project's team."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for nobody."""
        if not self.member_ids:
            raise Malformed("Name at least one person.", field="memberIds")


@dataclass(frozen=True, slots=True)
class SubmitSurveyResponse:
    """Answer a survey one was invited to, once."""

    survey_id: Annotated[UUID, "The survey."]
    answer: Annotated[int, "The answer, a whole number on the survey's scale."]
    comment: Annotated[str, "What there is to add, at most 10,000 characters; may be empty."] = ""

    def __post_init__(self) -> None:
        """Raise `Malformed` for a long comment or an answer on no scale."""
        shape.whole(self.answer, "answer", 0, SCALE_MAX)
        shape.optional_text(self.comment, "comment", shape.TEXT_LENGTH_MAX)


SurveyResponseCommand = InviteToSurvey | SubmitSurveyResponse


class NotInvited(Refusal):
    """Only those who were asked count, else the response rate means nothing."""

    sentence = "You were not invited to this survey."


class AlreadyAnswered(Refusal):
    """Everybody answers once."""

    sentence = "You have answered this survey already."


class AnswerOffScale(Refusal):
    """An answer lies on the survey's scale."""

    sentence = "The answer does not lie on the survey's scale."


def decide(
    command: SurveyResponseCommand, project: "Project", context: Context
) -> Sequence[SurveyResponseEvent]:
    """Return what happens to the answers of a survey."""
    survey, today = project.surveys.survey(command.survey_id), project.local_day(context.at)
    match command:
        case InviteToSurvey():
            return _invite(command, survey, project, today)
        case SubmitSurveyResponse():
            return _answer(command, survey, context.actor_id, today)
        case _:
            assert_never(command)


def _invite(
    command: InviteToSurvey, survey: Survey, project: "Project", today: date
) -> Sequence[SurveyInvitationSent]:
    fresh = {member: at for at, member in enumerate(command.member_ids) if member not in survey.invited}
    if not fresh:
        return []
    if survey.is_closed:
        raise SurveyIsClosed
    for member, at in fresh.items():
        project.team.check_member(member, f"memberIds.{at}")
    opened = survey.opened
    what = opened.month, opened.kind, opened.scale_min, opened.scale_max
    counted_on = survey.counted_on(today)
    return [SurveyInvitationSent(opened.survey_id, member, *what, counted_on) for member in fresh]


def _answer(
    command: SubmitSurveyResponse, survey: Survey, member_id: UUID, today: date
) -> Sequence[SurveyResponseSubmitted]:
    said = command.answer, command.comment
    if survey.said.get(member_id) == said:
        return []
    if survey.is_closed:
        raise SurveyIsClosed
    if member_id not in survey.invited:
        raise NotInvited
    if member_id in survey.said:
        raise AlreadyAnswered
    if not survey.opened.scale_min <= command.answer <= survey.opened.scale_max:
        raise AnswerOffScale(field="answer")
    return [SurveyResponseSubmitted(command.survey_id, member_id, *said, survey.counted_on(today))]


def evolve(surveys: Surveys, event: SurveyResponseEvent) -> Surveys:
    """Return the surveys after an event."""
    survey = surveys.by_id[event.survey_id]
    match event:
        case SurveyInvitationSent(_, member_id):
            return surveys.with_one(replaced(survey, invited=survey.invited | {member_id}))
        case SurveyResponseSubmitted(_, member_id, answer, comment):
            said = {**survey.said, member_id: (answer, comment)}
            return surveys.with_one(replaced(survey, said=said))
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="surveys",
    decide=decide,
    evolve=evolve,
    events={
        "project.survey_invitation_sent.v1": SurveyInvitationSent,
        "project.survey_response_submitted.v1": SurveyResponseSubmitted,
    },
    commands={
        InviteToSurvey: roles.LEADS,
        SubmitSurveyResponse: roles.TEAM,
    },
)
