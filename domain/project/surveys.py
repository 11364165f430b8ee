"""A project's monthly surveys: one question a month and kind, from when it is opened to when it is closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Malformed, Refusal, StillAhead, Unknown
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

SCALE_MAX: Final = 100
RECOMMENDATION_SCALE: Final = (0, 10)
"""The scale of the net promoter score; one that starts at 1 moves the detractors."""


class SurveyKind(StrEnum):
    """What a survey asks for: how satisfied people are, or whether they would recommend (NPS)."""

    SATISFACTION = "satisfaction"
    RECOMMENDATION = "recommendation"


@dataclass(frozen=True, slots=True)
class SurveyOpened:
    """A month's survey began; `month` is its first day, answers are whole numbers on the scale."""

    survey_id: UUID
    month: date
    kind: SurveyKind
    question: Annotated[str, Personal()]
    scale_min: int
    scale_max: int
    opened_on: date


@dataclass(frozen=True, slots=True)
class SurveyClosed:
    """A survey takes no answers any more."""

    survey_id: UUID
    closed_on: date


SurveyEvent = SurveyOpened | SurveyClosed


@dataclass(frozen=True, slots=True)
class OpenSurvey:
    """Begin the survey of a month; there is one of each kind a month."""

    survey_id: Annotated[UUID, "A new UUID for the survey."]
    month: Annotated[date, "The month it is of, by its first day: one that has begun."]
    kind: Annotated[SurveyKind, "What it asks for."]
    question: Annotated[str, "The question, 1 to 10,000 characters."]
    scale_min: Annotated[int, "The worst answer, 0 to 99; 0 for a recommendation."]
    scale_max: Annotated[int, "The best answer, at most 100; 10 for a recommendation."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a day within a month, a malformed question, or a scale out of bounds."""
        shape.day(self.month, "month")
        if self.month.day != 1:
            raise Malformed("A month is named by its first day.", field="month")
        shape.text(self.question, "question", shape.TEXT_LENGTH_MAX)
        shape.whole(self.scale_min, "scaleMin", 0, SCALE_MAX - 1)
        shape.whole(self.scale_max, "scaleMax", self.scale_min + 1, SCALE_MAX)
        is_nps = self.kind is SurveyKind.RECOMMENDATION
        if is_nps and (self.scale_min, self.scale_max) != RECOMMENDATION_SCALE:
            raise Malformed("A recommendation is asked for on a scale from 0 to 10.", field="scaleMax")


@dataclass(frozen=True, slots=True)
class CloseSurvey:
    """Let a survey take no answers any more."""

    survey_id: Annotated[UUID, "The survey."]


SurveyCommand = OpenSurvey | CloseSurvey


class UnknownSurvey(Unknown):
    """No survey of this project has this id."""

    sentence = "There is no survey with this id in this project."


class MonthHasSurvey(Refusal):
    """A month has one survey of each kind."""

    sentence = "This month has a survey of this kind already."


class SurveyIsClosed(Refusal):
    """A closed survey stays as it is."""

    sentence = "The survey is closed."


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey as it was opened, who was asked, and what each of them said: answer and comment."""

    opened: SurveyOpened
    invited: frozenset[UUID] = frozenset()
    said: Mapping[UUID, tuple[int, str]] = field(default_factory=dict[UUID, tuple[int, str]])
    is_closed: bool = False

    def counted_on(self, day: date) -> date:
        """Return the day something counts on: its own, moved into the survey's month."""
        first = self.opened.month
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return min(max(day, first), last)


@dataclass(frozen=True, slots=True)
class Surveys:
    """The surveys of a project, by their ids."""

    by_id: Mapping[UUID, Survey] = field(default_factory=dict[UUID, Survey])

    def survey(self, survey_id: UUID) -> Survey:
        """Return a survey; raise `UnknownSurvey` at `surveyId`."""
        found = self.by_id.get(survey_id)
        if found is None:
            raise UnknownSurvey(field="surveyId")
        return found

    def with_one(self, survey: Survey) -> "Surveys":
        """Return the surveys with one of them new or changed."""
        return Surveys({**self.by_id, survey.opened.survey_id: survey})


def decide(command: SurveyCommand, project: "Project", context: Context) -> Sequence[SurveyEvent]:
    """Return what happens to the surveys."""
    today = project.local_day(context.at)
    match command:
        case OpenSurvey():
            return _open(command, project.surveys, today)
        case CloseSurvey(survey_id):
            is_closed = project.surveys.survey(survey_id).is_closed
            return [] if is_closed else [SurveyClosed(survey_id, today)]
        case _:
            assert_never(command)


def _open(command: OpenSurvey, surveys: Surveys, today: date) -> Sequence[SurveyOpened]:
    of, scale = (command.month, command.kind), (command.scale_min, command.scale_max)
    wish = SurveyOpened(command.survey_id, *of, command.question, *scale, today)
    before = surveys.by_id.get(command.survey_id)
    if before is not None:
        if replaced(before.opened, opened_on=today) == wish:
            return []
        raise AlreadyExists(field="surveyId")
    if command.month > today:
        raise StillAhead(field="month")
    if any((each.opened.month, each.opened.kind) == of for each in surveys.by_id.values()):
        raise MonthHasSurvey(field="month")
    return [wish]


def evolve(surveys: Surveys, event: SurveyEvent) -> Surveys:
    """Return the surveys after an event."""
    match event:
        case SurveyOpened():
            return surveys.with_one(Survey(event))
        case SurveyClosed(survey_id):
            return surveys.with_one(replaced(surveys.by_id[survey_id], is_closed=True))
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="surveys",
    decide=decide,
    evolve=evolve,
    events={
        "project.survey_opened.v1": SurveyOpened,
        "project.survey_closed.v1": SurveyClosed,
    },
    commands={
        OpenSurvey: roles.LEADS,
        CloseSurvey: roles.LEADS,
    },
)
