"""The clock of an incident: acknowledged in time or not, standing still in pauses, escalated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Final, assert_never

from domain import roles, shape
from domain.decider import Context
from domain.elapsed import elapsed_minutes
from domain.errors import Refusal
from domain.facet import Facet
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
    """The clock of an incident runs again, and with it the moment to acknowledge it by may be a later one."""

    resumed_at: datetime
    paused_minutes: int
    acknowledge_due_at: datetime


@dataclass(frozen=True, slots=True)
class IncidentBreached:
    """The moment to acknowledge an incident by passed without that."""

    due_at: datetime


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
            return _resume(feedback, due_at, context)
        case BreachIncident(passed_at):
            is_breach = passed_at == due_at and _stood_open(feedback, due_at) and not feedback.is_breached
            return [IncidentBreached(due_at)] if is_breach else []
        case EscalateIncident():
            is_done = feedback.is_escalated or feedback.resolved_at is not None
            return [] if is_done else [IncidentEscalated(context.at)]
        case _:
            assert_never(command)


def evolve(feedback: Feedback, event: IncidentEvent) -> Feedback:
    """Return the incident after an event of its clock."""
    match event:
        case IncidentAcknowledged(acknowledged_at):
            return replace(feedback, acknowledged_at=acknowledged_at)
        case IncidentPaused(cause, paused_at):
            return replace(feedback, pause=Pause(cause, paused_at), clock_set_at=paused_at)
        case IncidentResumed(resumed_at, _, due_at):
            paused_for = feedback.paused_until(resumed_at)
            return replace(
                feedback,
                pause=None,
                paused_for=paused_for,
                clock_set_at=resumed_at,
                acknowledge_due_at=due_at,
            )
        case IncidentBreached():
            return replace(feedback, is_breached=True)
        case IncidentEscalated():
            return replace(feedback, is_escalated=True)
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
            is_within_goal=at <= _due_after_pause(feedback, due_at, at),
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


def _resume(feedback: Feedback, due_at: datetime, context: Context) -> Sequence[IncidentResumed]:
    if feedback.pause is None:
        return []
    paused_minutes = elapsed_minutes(feedback.pause.paused_at, context.at)
    due_at = _due_after_pause(feedback, due_at, context.at)
    return [IncidentResumed(context.at, paused_minutes, due_at)]


def _due_after_pause(feedback: Feedback, due_at: datetime, at: datetime) -> datetime:
    """Return the moment to acknowledge by if the pause ends at `at`: once met or passed it does not move."""
    pause = feedback.pause
    if pause is None or feedback.acknowledged_at is not None or pause.paused_at > due_at:
        return due_at
    return due_at + (at - pause.paused_at)


def _stood_open(feedback: Feedback, due_at: datetime) -> bool:
    """Return whether the clock ran at `due_at` and nobody had taken the incident up or resolved it."""
    ended = (feedback.acknowledged_at, feedback.resolved_at, feedback.paused_at)
    return all(at is None or at > due_at for at in ended)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "feedback.incident_acknowledged.v1": IncidentAcknowledged,
        "feedback.incident_paused.v1": IncidentPaused,
        "feedback.incident_resumed.v1": IncidentResumed,
        "feedback.incident_breached.v1": IncidentBreached,
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
