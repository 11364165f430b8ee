"""The conversation about feedback: messages between whoever gave it and those who answer, and the waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from domain import roles, shape
from domain.calendar import working_minutes_between
from domain.copies import replaced
from domain.decider import Context
from domain.elapsed import OutOfOrder, elapsed_minutes
from domain.facet import Facet
from domain.feedback.state import Feedback
from domain.personal import Personal
from domain.project import ongoing


@dataclass(frozen=True, slots=True)
class FeedbackReplied:
    """Somebody wrote a message about feedback; `replied_on` is the day in the project's time zone.

    A message by anybody but the giver answers what the giver wrote since the last answer: it then carries
    the minutes the giver had waited since the first message left open, elapsed ones and those of the
    project's working calendar. They are None where nothing was open.
    """

    text: Annotated[str, Personal()]
    replied_by: UUID
    replied_at: datetime
    replied_on: date
    is_first_response: bool = False
    response_minutes: int | None = None
    response_working_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class ReplyToFeedback:
    """Write a message about feedback, as the one who gave it or as one who answers."""

    text: Annotated[str, "The message, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed text."""
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)


def decide(command: ReplyToFeedback, feedback: Feedback, context: Context) -> Sequence[FeedbackReplied]:
    """Return the message and, where it is an answer, how long it was waited for."""
    project, at = ongoing(context), context.at
    if at < (feedback.last_message_at or feedback.given_at):
        raise OutOfOrder
    said = FeedbackReplied(command.text, context.actor_id, at, project.local_day(at))
    since = _asked_at(feedback)
    if since is None or context.actor_id == feedback.given_by:
        return [said]
    answer = replaced(
        said,
        is_first_response=not feedback.is_answered,
        response_minutes=elapsed_minutes(since, at),
        response_working_minutes=working_minutes_between(project.calendar_of(None), since, at),
    )
    return [answer]


def evolve(feedback: Feedback, event: FeedbackReplied) -> Feedback:
    """Return the feedback after a message."""
    at = event.replied_at
    if event.replied_by == feedback.given_by:
        asked_at = _asked_at(feedback) or at
        return replaced(feedback, last_message_at=at, asked_at=asked_at)
    return replaced(feedback, last_message_at=at, asked_at=None, is_answered=True)


def _asked_at(feedback: Feedback) -> datetime | None:
    """Return since when the giver waits for an answer: from the beginning, unless one came."""
    return feedback.asked_at if feedback.is_answered else feedback.given_at


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={"feedback.replied.v1": FeedbackReplied},
    commands={ReplyToFeedback: roles.READERS},
)
