"""The clock of an incident: acknowledged in time or not, standing still in pauses, escalated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context, Upcast
from domain.elapsed import elapsed_minutes
from domain.errors import Refusal
from domain.facet import Facet
from domain.feedback.goals import due_after_pause, stood_open
from domain.feedback.state import Feedback, Pause, check_order, unresolved
from domain.personal import Personal
from domain.project import Project, ongoing


@dataclass(frozen=True, slots=True)
class IncidentAcknowledged:
    """Somebody took an incident up; `elapsed_minutes` since the report are those the clock ran."""

    acknowledged_at: datetime
    acknowledged_on: date
    reported_at: datetime
    elapsed_minutes: int
    is_within_goal: bool


@dataclass(frozen=True, slots=True)
class IncidentPaused:
    """The clock of an incident stands still."""

    cause: Annotated[str, Personal()]
    paused_at: datetime


@dataclass(frozen=True, slots=True)
class IncidentResumed:
    """The clock of an incident runs again, and the moments it is due by may be later ones."""

    resumed_at: datetime
    paused_minutes: int
    acknowledge_due_at: datetime
    resolve_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncidentBreached:
    """The moment to acknowledge an incident by passed without that, on a day of the project's time zone."""

    due_at: datetime
    breached_on: date


@dataclass(frozen=True, slots=True)
class IncidentEscalated:
    """An incident went to those above."""

    escalated_at: datetime


IncidentEvent = IncidentAcknowledged | IncidentPaused | IncidentResumed | IncidentBreached | IncidentEscalated


@dataclass(frozen=True, slots=True)
class AcknowledgeIncident:
    """Take an incident up."""


@dataclass(frozen=True, slots=True)
class PauseIncident:
    """Let the clock of an incident stand still."""

    cause: Annotated[str, "What is waited for, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed cause."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class ResumeIncident:
    """Let the clock of an incident run again."""


@dataclass(frozen=True, slots=True)
class BreachIncident:
    """State that the moment to acknowledge an incident by has passed."""

    due_at: Annotated[datetime, "The moment that passed, an instant."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for an instant out of range."""
        shape.instant(self.due_at, "dueAt")


@dataclass(frozen=True, slots=True)
class EscalateIncident:
    """Send an incident to those above."""


IncidentCommand = AcknowledgeIncident | PauseIncident | ResumeIncident | BreachIncident | EscalateIncident


class NotAnIncident(Refusal):
    """Only an incident has a clock."""

    sentence = "The feedback is not an incident."


class IncidentIsPaused(Refusal):
    """The clock stands still already."""

    sentence = "The incident is paused already, for another cause."


def decide(command: IncidentCommand, feedback: Feedback, context: Context) -> Sequence[IncidentEvent]:
    """Return what happens to the clock of an incident."""
    project = ongoing(context)
    due_at = feedback.acknowledge_due_at
    if due_at is None:
        raise NotAnIncident
    match command:
        case AcknowledgeIncident():
            return _acknowledge(feedback, due_at, project, context)
        case PauseIncident(cause):
            return _pause(cause, feedback, context)
        case ResumeIncident():
            return _resume(feedback, due_at, project, context)
        case BreachIncident(passed_at):
            return _breach(feedback, due_at, project) if passed_at == due_at else []
        case EscalateIncident():
            is_done = feedback.is_escalated or feedback.resolved_at is not None
            return [] if is_done else [IncidentEscalated(context.at)]
        case _:
            assert_never(command)


def evolve(feedback: Feedback, event: IncidentEvent) -> Feedback:
    """Return the incident after an event of its clock."""
    match event:
        case IncidentAcknowledged(acknowledged_at):
            return replaced(feedback, acknowledged_at=acknowledged_at)
        case IncidentPaused(cause, paused_at):
            return replaced(feedback, pause=Pause(cause, paused_at), clock_set_at=paused_at)
        case IncidentResumed(resumed_at, _, due_at, resolve_due_at):
            paused_for = feedback.paused_until(resumed_at)
            return replaced(
                feedback,
                pause=None,
                paused_for=paused_for,
                clock_set_at=resumed_at,
                acknowledge_due_at=due_at,
                resolve_due_at=resolve_due_at,
            )
        case IncidentBreached():
            return replaced(feedback, is_breached=True)
        case IncidentEscalated():
            return replaced(feedback, is_escalated=True)
        case _:
            assert_never(event)


def _acknowledge(
    feedback: Feedback, due_at: datetime, project: Project, context: Context
) -> Sequence[IncidentAcknowledged]:
    if feedback.acknowledged_at is not None:
        return []
    unresolved(feedback)
    at = context.at
    check_order(feedback, at)
    return [
        IncidentAcknowledged(
            acknowledged_at=at,
            acknowledged_on=project.local_day(at),
            reported_at=feedback.given_at,
            elapsed_minutes=elapsed_minutes(feedback.given_at, at, without=feedback.paused_until(at)),
            is_within_goal=at <= due_after_pause(feedback, due_at, None, project, at),
        )
    ]


def _pause(cause: str, feedback: Feedback, context: Context) -> Sequence[IncidentPaused]:
    pause = unresolved(feedback).pause
    if pause is None:
        check_order(feedback, context.at)
        return [IncidentPaused(cause, context.at)]
    if cause == pause.cause:
        return []
    raise IncidentIsPaused


def _resume(
    feedback: Feedback, due_at: datetime, project: Project, context: Context
) -> Sequence[IncidentResumed]:
    if feedback.pause is None:
        return []
    paused_minutes = elapsed_minutes(feedback.pause.paused_at, context.at)
    respond_by = due_after_pause(feedback, due_at, feedback.acknowledged_at, project, context.at)
    resolve_by = feedback.resolve_due_at
    if resolve_by is not None:
        resolve_by = due_after_pause(feedback, resolve_by, None, project, context.at)
    return [IncidentResumed(context.at, paused_minutes, respond_by, resolve_by)]


def _breach(feedback: Feedback, due_at: datetime, project: Project) -> Sequence[IncidentBreached]:
    if feedback.is_breached or not stood_open(feedback, due_at, feedback.acknowledged_at):
        return []
    return [IncidentBreached(due_at, project.local_day(due_at))]


def _with_utc_day(breached: dict[str, Any]) -> dict[str, Any]:
    """Return a breach of the first version with its day, which is taken to be that of UTC."""
    return {**breached, "breached_on": breached["due_at"][: len("2026-03-02")]}


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "feedback.incident_acknowledged.v1": IncidentAcknowledged,
        "feedback.incident_paused.v1": IncidentPaused,
        "feedback.incident_resumed.v2": IncidentResumed,
        "feedback.incident_breached.v2": IncidentBreached,
        "feedback.incident_escalated.v1": IncidentEscalated,
    },
    commands={
        AcknowledgeIncident: roles.TEAM,
        PauseIncident: roles.TEAM,
        ResumeIncident: roles.TEAM,
        BreachIncident: roles.SYSTEM,
        EscalateIncident: roles.SYSTEM,
    },
)

UPCASTS: Final = {
    "feedback.incident_resumed.v1": Upcast(
        "feedback.incident_resumed.v2", lambda body: {**body, "resolve_due_at": None}
    ),
    "feedback.incident_breached.v1": Upcast("feedback.incident_breached.v2", _with_utc_day),
}
