"""What feedback is: the state its facets share, whatever its kind."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.elapsed import OutOfOrder
from domain.errors import Refusal, UnknownFeedback
from domain.severity import Severity


class FeedbackKind(StrEnum):
    """What was given: an idea, a report of what does not work, the rating of a screen, or a complaint."""

    SUGGESTION = "suggestion"
    INCIDENT = "incident"
    RATING = "rating"
    COMPLAINT = "complaint"


class FeedbackStatus(StrEnum):
    """Where feedback stands."""

    NEW = "new"
    TRIAGED = "triaged"
    ACKNOWLEDGED = "acknowledged"
    PAUSED = "paused"
    RESOLVED = "resolved"


class ComplaintCategory(StrEnum):
    """What is complained of."""

    QUALITY = "quality"
    SCHEDULE = "schedule"
    SERVICE = "service"
    COMMUNICATION = "communication"
    OTHER = "other"


class Priority(StrEnum):
    """How soon feedback is to be dealt with."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class FeedbackIsResolved(Refusal):
    """The feedback was dealt with, so its handling does not change any more."""

    sentence = "The feedback is resolved."


@dataclass(frozen=True, slots=True)
class Pause:
    """Why an incident's clock stands still, and since when."""

    cause: str
    paused_at: datetime


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody gave: a suggestion, an incident, a rating or a complaint.

    `clock_set_at` is when its clock last began to run or to stand still, `paused_for` sums past pauses.
    `is_released` says whether `release` itself named it, rather than somebody by hand.
    `calendar_name` is the working calendar an incident's goals count on, None where they are elapsed time.
    `asked_at` is when the giver wrote what is not answered yet, once there was a first answer.
    """

    project_id: UUID
    kind: FeedbackKind
    text: str
    given_by: UUID
    given_at: datetime
    clock_set_at: datetime
    screen: str = ""
    severity: Severity | None = None
    acknowledge_due_at: datetime | None = None
    priority: Priority | None = None
    task_ids: frozenset[UUID] = frozenset()
    acknowledged_at: datetime | None = None
    pause: Pause | None = None
    paused_for: timedelta = timedelta()
    is_breached: bool = False
    is_escalated: bool = False
    resolved_at: datetime | None = None
    outcome: str | None = None
    score: int | None = None
    category: ComplaintCategory | None = None
    release: str | None = None
    is_giver_told: bool = False
    calendar_name: str | None = None
    resolve_due_at: datetime | None = None
    is_resolution_breached: bool = False
    is_released: bool = False
    last_message_at: datetime | None = None
    asked_at: datetime | None = None
    is_answered: bool = False

    @property
    def paused_at(self) -> datetime | None:
        """Return since when the clock stands still, None while it runs."""
        return None if self.pause is None else self.pause.paused_at

    @property
    def status(self) -> FeedbackStatus:
        """Return where the feedback stands: the furthest it has come, paused before acknowledged."""
        if self.resolved_at is not None:
            return FeedbackStatus.RESOLVED
        if self.pause is not None:
            return FeedbackStatus.PAUSED
        if self.acknowledged_at is not None:
            return FeedbackStatus.ACKNOWLEDGED
        return FeedbackStatus.NEW if self.priority is None else FeedbackStatus.TRIAGED

    def paused_until(self, at: datetime) -> timedelta:
        """Return how long the clock stood still in all, up to an instant not before `clock_set_at`."""
        return self.paused_for if self.pause is None else self.paused_for + (at - self.pause.paused_at)


def check_order(feedback: Feedback, at: datetime) -> None:
    """Raise `OutOfOrder` for an instant before the clock was last set: what it showed then is not kept."""
    if at < feedback.clock_set_at:
        raise OutOfOrder


def given(feedback: Feedback | None) -> Feedback:
    """Return the feedback; raise `UnknownFeedback` for none."""
    if feedback is None:
        raise UnknownFeedback
    return feedback


def unresolved(feedback: Feedback) -> Feedback:
    """Return the feedback; raise `FeedbackIsResolved` for one dealt with."""
    if feedback.resolved_at is not None:
        raise FeedbackIsResolved
    return feedback
