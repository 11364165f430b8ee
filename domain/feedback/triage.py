"""How feedback is dealt with: its priority, the tasks it leads to, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.elapsed import elapsed_minutes
from domain.facet import Facet
from domain.feedback.resolution import IncidentResolutionBreached, breach_by
from domain.feedback.state import Feedback, FeedbackIsResolved, Priority, check_order, unresolved
from domain.ids import TaskId
from domain.personal import Personal
from domain.project import Project, ongoing


@dataclass(frozen=True, slots=True)
class FeedbackTriaged:
    """Feedback got a priority."""

    priority: Priority


@dataclass(frozen=True, slots=True)
class FeedbackLinkedToTask:
    """A task deals with feedback."""

    task_id: UUID


@dataclass(frozen=True, slots=True)
class FeedbackResolved:
    """Feedback was dealt with; `open_minutes` are elapsed ones without those of its pauses."""

    outcome: Annotated[str, Personal()]
    resolved_at: datetime
    resolved_on: date
    open_minutes: int


TriageEvent = FeedbackTriaged | FeedbackLinkedToTask | FeedbackResolved


@dataclass(frozen=True, slots=True)
class TriageFeedback:
    """Give feedback a priority."""

    priority: Annotated[Priority, "How soon it is to be dealt with."]


@dataclass(frozen=True, slots=True)
class LinkFeedbackToTask:
    """Say that a task deals with feedback."""

    task_id: Annotated[TaskId, "A task of the same project."]


@dataclass(frozen=True, slots=True)
class ResolveFeedback:
    """Say what came of feedback. Resolving an incident does not acknowledge it."""

    outcome: Annotated[str, "What came of it, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed outcome."""
        shape.text(self.outcome, "outcome", shape.TEXT_LENGTH_MAX)


TriageCommand = TriageFeedback | LinkFeedbackToTask | ResolveFeedback


def decide(
    command: TriageCommand, feedback: Feedback, context: Context
) -> Sequence[TriageEvent | IncidentResolutionBreached]:
    """Return what happens to the handling of feedback."""
    project = ongoing(context)
    match command:
        case TriageFeedback(priority):
            return [] if priority is unresolved(feedback).priority else [FeedbackTriaged(priority)]
        case LinkFeedbackToTask(task_id):
            return [] if task_id in feedback.task_ids else [FeedbackLinkedToTask(task_id)]
        case ResolveFeedback(outcome):
            return _resolve(outcome, feedback, project, context)
        case _:
            assert_never(command)


def evolve(feedback: Feedback, event: TriageEvent) -> Feedback:
    """Return the feedback after an event of its handling."""
    match event:
        case FeedbackTriaged(priority):
            return replaced(feedback, priority=priority)
        case FeedbackLinkedToTask(task_id):
            return replaced(feedback, task_ids=feedback.task_ids | {task_id})
        case FeedbackResolved(outcome, resolved_at):
            paused_for = feedback.paused_until(resolved_at)
            return replaced(
                feedback, outcome=outcome, resolved_at=resolved_at, pause=None, paused_for=paused_for
            )
        case _:
            assert_never(event)


def _resolve(
    outcome: str, feedback: Feedback, project: Project, context: Context
) -> Sequence[FeedbackResolved | IncidentResolutionBreached]:
    if feedback.resolved_at is None:
        at = context.at
        check_order(feedback, at)
        open_minutes = elapsed_minutes(feedback.given_at, at, without=feedback.paused_until(at))
        resolved = FeedbackResolved(outcome, at, project.local_day(at), open_minutes)
        return [*breach_by(feedback, project, at), resolved]
    if outcome == feedback.outcome:
        return []
    raise FeedbackIsResolved


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "feedback.triaged.v1": FeedbackTriaged,
        "feedback.linked_to_task.v1": FeedbackLinkedToTask,
        "feedback.resolved.v1": FeedbackResolved,
    },
    commands={
        TriageFeedback: roles.LEADS,
        LinkFeedbackToTask: roles.TEAM,
        ResolveFeedback: roles.TEAM,
    },
)
