"""How feedback comes in: suggestions, ratings of a screen, complaints, and incidents with their clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.decider import Context, Upcast
from domain.errors import AlreadyExists
from domain.facet import Facet
from domain.feedback.goals import due_after
from domain.feedback.state import ComplaintCategory, Feedback, FeedbackKind
from domain.ids import ProjectId
from domain.personal import Personal
from domain.project import Project, ongoing
from domain.severity import Severity

SCORE_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class SuggestionGiven:
    """Somebody had an idea, on the screen named; `given_on` is the day in the project's time zone."""

    project_id: UUID
    text: Annotated[str, Personal()]
    screen: str
    given_by: UUID
    given_at: datetime
    given_on: date


@dataclass(frozen=True, slots=True)
class IncidentReported:
    """Somebody reported something that does not work, to be acknowledged and resolved by these moments.

    They count on the working calendar `calendar_name`, None where they are elapsed time; `resolve_due_at` is
    None where no goal for resolving was agreed.
    """

    project_id: UUID
    text: Annotated[str, Personal()]
    severity: Severity
    reported_by: UUID
    reported_at: datetime
    reported_on: date
    acknowledge_due_at: datetime
    resolve_due_at: datetime | None = None
    calendar_name: str | None = None


@dataclass(frozen=True, slots=True)
class FeedbackSubmitted:
    """Somebody pressed the feedback button of a screen and rated it, from 1 to 5, the best."""

    project_id: UUID
    screen: str
    text: Annotated[str, Personal()]
    score: int
    given_by: UUID
    given_at: datetime
    given_on: date


@dataclass(frozen=True, slots=True)
class ComplaintFiled:
    """Somebody complained."""

    project_id: UUID
    text: Annotated[str, Personal()]
    severity: Severity
    category: ComplaintCategory
    filed_by: UUID
    filed_at: datetime
    filed_on: date


GivingEvent = SuggestionGiven | IncidentReported | FeedbackSubmitted | ComplaintFiled


@dataclass(frozen=True, slots=True)
class GiveSuggestion:
    """Give a suggestion on a project."""

    project_id: Annotated[ProjectId, "The project it is about."]
    text: Annotated[str, "The suggestion, 1 to 10,000 characters."]
    screen: Annotated[str, "The screen it was given on, at most 200 characters; may be empty."] = ""

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed text or screen."""
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)
        shape.optional_text(self.screen, "screen", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class ReportIncident:
    """Report something that does not work; goals are as agreed, else two hours to acknowledge it."""

    project_id: Annotated[ProjectId, "The project it is about."]
    text: Annotated[str, "What does not work, 1 to 10,000 characters."]
    severity: Annotated[Severity, "How much it hurts."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed text."""
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class SubmitFeedback:
    """Rate a screen by its feedback button, and say why."""

    project_id: Annotated[ProjectId, "The project it is about."]
    screen: Annotated[str, "The screen the button is on, 1 to 200 characters."]
    text: Annotated[str, "What there is to say, 1 to 10,000 characters."]
    score: Annotated[int, "How good it is, 1 to 5, the best."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed screen or text, or a score out of bounds."""
        shape.text(self.screen, "screen", shape.NAME_LENGTH_MAX)
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)
        shape.whole(self.score, "score", 1, SCORE_MAX)


@dataclass(frozen=True, slots=True)
class FileComplaint:
    """Complain about a project or what it delivers."""

    project_id: Annotated[ProjectId, "The project it is about."]
    text: Annotated[str, "What is wrong, 1 to 10,000 characters."]
    severity: Annotated[Severity, "How much it hurts."]
    category: Annotated[ComplaintCategory, "What is complained of."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed text."""
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)


GivingCommand = GiveSuggestion | ReportIncident | SubmitFeedback | FileComplaint


def decide(command: GivingCommand, feedback: Feedback | None, context: Context) -> Sequence[GivingEvent]:
    """Return the beginning of feedback, nothing when this very feedback is there already."""
    project = ongoing(context)
    event = _event(command, project, context)
    if feedback is None:
        return [event]
    if _content(begun(event)) == _content(feedback):
        return []
    raise AlreadyExists


def begun(event: GivingEvent) -> Feedback:
    """Return the feedback as it comes in."""
    match event:
        case SuggestionGiven(project_id, text, screen, by, at):
            return Feedback(project_id, FeedbackKind.SUGGESTION, text, by, at, at, screen)
        case FeedbackSubmitted(project_id, screen, text, score, by, at):
            return Feedback(project_id, FeedbackKind.RATING, text, by, at, at, screen, score=score)
        case ComplaintFiled(project_id, text, severity, category, by, at):
            kind = FeedbackKind.COMPLAINT
            return Feedback(project_id, kind, text, by, at, at, severity=severity, category=category)
        case IncidentReported(project_id, text, severity, by, at):
            return Feedback(
                project_id,
                FeedbackKind.INCIDENT,
                text,
                by,
                at,
                at,
                severity=severity,
                acknowledge_due_at=event.acknowledge_due_at,
                resolve_due_at=event.resolve_due_at,
                calendar_name=event.calendar_name,
            )
        case _:
            assert_never(event)


def _event(command: GivingCommand, project: Project, context: Context) -> GivingEvent:
    by, at, on = context.actor_id, context.at, project.local_day(context.at)
    match command:
        case GiveSuggestion(project_id, text, screen):
            return SuggestionGiven(project_id, text, screen, by, at, on)
        case SubmitFeedback(project_id, screen, text, score):
            return FeedbackSubmitted(project_id, screen, text, score, by, at, on)
        case FileComplaint(project_id, text, severity, category):
            return ComplaintFiled(project_id, text, severity, category, by, at, on)
        case ReportIncident(project_id, text, severity):
            goals = project.service_levels.goals(severity)
            name, minutes = goals.calendar_name, goals.resolution_minutes
            respond_by = due_after(project, name, at, goals.response_minutes)
            resolve_by = None if minutes is None else due_after(project, name, at, minutes)
            return IncidentReported(project_id, text, severity, by, at, on, respond_by, resolve_by, name)
        case _:
            assert_never(command)


def _content(feedback: Feedback) -> tuple[object, ...]:
    """Return what makes feedback the same when it is given again: all that was said, and by whom."""
    said = feedback.text, feedback.screen, feedback.severity, feedback.score, feedback.category
    return feedback.project_id, feedback.kind, feedback.given_by, *said


def evolve(feedback: Feedback | None, event: GivingEvent) -> Feedback:
    """Return the feedback that an event begins."""
    del feedback
    return begun(event)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "feedback.suggestion_given.v1": SuggestionGiven,
        "feedback.incident_reported.v2": IncidentReported,
        "feedback.submitted.v1": FeedbackSubmitted,
        "feedback.complaint_filed.v1": ComplaintFiled,
    },
    commands={
        GiveSuggestion: roles.READERS,
        ReportIncident: roles.READERS,
        SubmitFeedback: roles.READERS,
        FileComplaint: roles.READERS,
    },
)

UPCASTS: Final = {
    "feedback.incident_reported.v1": Upcast(
        "feedback.incident_reported.v2", lambda body: {**body, "resolve_due_at": None, "calendar_name": None}
    ),
}
