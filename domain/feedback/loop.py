"""The closed loop of feedback: triaged, dealt with by a task, shipped in a release, and its giver told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context, Upcast
from domain.elapsed import OutOfOrder, elapsed_minutes
from domain.errors import Refusal
from domain.facet import Facet
from domain.feedback.state import Feedback
from domain.ids import SYSTEM_ACTOR
from domain.project import Project, ongoing


class LoopStage(StrEnum):
    """What the loop of feedback waits for, in this order; closed once the giver was told."""

    TRIAGE = "triage"
    TASK = "task"
    RELEASE = "release"
    TELLING = "telling"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class FeedbackLinkedToRelease:
    """A release brings what feedback led to.

    `release_minutes` are elapsed ones from when it was given until the release, which then came out at
    `linked_at`; None for a link made by hand, which does not say when that is. Links stored without their
    time have None throughout.
    """

    version: str
    linked_at: datetime | None
    linked_on: date | None
    release_minutes: int | None


@dataclass(frozen=True, slots=True)
class GiverTold:
    """Whoever gave feedback was told what came of it; `loop_minutes` are elapsed ones since it was given."""

    told_at: datetime
    told_on: date
    loop_minutes: int


LoopEvent = FeedbackLinkedToRelease | GiverTold


@dataclass(frozen=True, slots=True)
class LinkFeedbackToRelease:
    """Say which release brings what feedback led to; another one replaces it."""

    version: Annotated[str, "The release's version, such as 2.4, 1 to 200 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long version."""
        shape.text(self.version, "version", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class TellGiver:
    """Record that whoever gave feedback was told what came of it."""


LoopCommand = LinkFeedbackToRelease | TellGiver


class NothingToTell(Refusal):
    """Nothing came of the feedback yet, so its giver cannot be told what did."""

    sentence = "The feedback is neither resolved nor in a release: there is nothing to tell yet."


def stage(
    *, is_triaged: bool, has_task: bool, has_release: bool, is_resolved: bool, is_told: bool
) -> LoopStage:
    """Return what a loop waits for. Feedback in a release, or resolved in another way, is to be told of."""
    if is_told:
        return LoopStage.CLOSED
    if has_release or is_resolved:
        return LoopStage.TELLING
    if has_task:
        return LoopStage.RELEASE
    return LoopStage.TASK if is_triaged else LoopStage.TRIAGE


def decide(command: LoopCommand, feedback: Feedback, context: Context) -> Sequence[LoopEvent]:
    """Return what happens to the loop of feedback."""
    project = ongoing(context)
    match command:
        case LinkFeedbackToRelease(version):
            return _link(version, feedback, project, context)
        case TellGiver():
            return _tell(feedback, context.at, project.local_day(context.at))
        case _:
            assert_never(command)


def _link(
    version: str, feedback: Feedback, project: Project, context: Context
) -> Sequence[FeedbackLinkedToRelease]:
    """Return the link: the release's own, by Fairlead at its instant, comes once after one made by hand."""
    is_out = context.actor_id == SYSTEM_ACTOR
    if version == feedback.release and (feedback.is_released or not is_out):
        return []
    at = context.at
    minutes = elapsed_minutes(feedback.given_at, at) if is_out else None
    return [FeedbackLinkedToRelease(version, at, project.local_day(at), minutes)]


def _tell(feedback: Feedback, at: datetime, on: date) -> Sequence[GiverTold]:
    if feedback.is_giver_told:
        return []
    if feedback.release is None and feedback.resolved_at is None:
        raise NothingToTell
    if feedback.resolved_at is not None and at < feedback.resolved_at:
        raise OutOfOrder
    return [GiverTold(at, on, elapsed_minutes(feedback.given_at, at))]


def evolve(feedback: Feedback, event: LoopEvent) -> Feedback:
    """Return the feedback after an event of its loop."""
    match event:
        case FeedbackLinkedToRelease(version, release_minutes=minutes):
            return replaced(feedback, release=version, is_released=minutes is not None)
        case GiverTold():
            return replaced(feedback, is_giver_told=True)
        case _:
            assert_never(event)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "feedback.linked_to_release.v2": FeedbackLinkedToRelease,
        "feedback.giver_told.v1": GiverTold,
    },
    commands={
        LinkFeedbackToRelease: roles.TEAM | roles.SYSTEM,
        TellGiver: roles.TEAM,
    },
)

UPCASTS: Final = {
    "feedback.linked_to_release.v1": Upcast(
        "feedback.linked_to_release.v2",
        lambda body: {**body, "linked_at": None, "linked_on": None, "release_minutes": None},
    ),
}
