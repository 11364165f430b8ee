"""A project's change requests: what to change in its plan and why, who decided, and the plan revised.

Longer than other files: what a request asks for, who decides and what it then revises is one rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Refusal, Unknown
from domain.facet import Facet, once
from domain.personal import Personal
from domain.project.baselines import NUMBER_MAX, BaselineSet, revised
from domain.project.placements import TasksPlaced

if TYPE_CHECKING:
    from domain.project import Project

DAYS_MAX: Final = 3_650


class ChangeKind(StrEnum):
    """What a change is about: what is delivered, when, for how much, how well, or by whom."""

    SCOPE = "scope"
    SCHEDULE = "schedule"
    COST = "cost"
    QUALITY = "quality"
    RESOURCES = "resources"


@dataclass(frozen=True, slots=True)
class ChangeRequested:
    """Somebody asks for a change of the plan that makes it end so much later and cost so much more."""

    change_id: UUID
    title: Annotated[str, Personal()]
    cause: Annotated[str, Personal()]
    kind: ChangeKind
    impact_days: int
    impact_cents: int
    requester_id: UUID


@dataclass(frozen=True, slots=True)
class ChangeRequestApproved:
    """A lead said yes to a change."""

    change_id: UUID
    approver_id: UUID


@dataclass(frozen=True, slots=True)
class ChangeRequestRejected:
    """A lead said no to a change."""

    change_id: UUID
    rejecter_id: UUID
    cause: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class PlanRevised:
    """The plan was changed as approved; `baseline_number` is the new reference, None if the old one stays."""

    change_id: UUID
    baseline_number: int | None


ChangeRequestEvent = ChangeRequested | ChangeRequestApproved | ChangeRequestRejected | PlanRevised


@dataclass(frozen=True, slots=True)
class RequestChange:
    """Ask for a change of the plan, and say why."""

    change_id: Annotated[UUID, "A new UUID for the change request."]
    title: Annotated[str, "What is to be changed, 1 to 200 characters."]
    cause: Annotated[str, "Why, 1 to 10,000 characters."]
    kind: Annotated[ChangeKind, "What the change is about."]
    impact_days: Annotated[int, "Days the plan then ends later, ten years at most; below 0 for earlier."]
    impact_cents: Annotated[int, "Cents of the project's currency it then costs more; below 0 for less."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a text or a number out of bounds."""
        shape.text(self.title, "title", shape.NAME_LENGTH_MAX)
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)
        shape.whole(self.impact_days, "impactDays", -DAYS_MAX, DAYS_MAX)
        shape.whole(self.impact_cents, "impactCents", -shape.CENTS_MAX, shape.CENTS_MAX)


@dataclass(frozen=True, slots=True)
class ApproveChangeRequest:
    """Say yes to a change that somebody else asked for."""

    change_id: Annotated[UUID, "The change request."]


@dataclass(frozen=True, slots=True)
class RejectChangeRequest:
    """Say no to a change that somebody else asked for."""

    change_id: Annotated[UUID, "The change request."]
    cause: Annotated[str, "Why not, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class ApplyChangeRequest:
    """Record that the plan was revised as approved, perhaps with a new baseline as its reference."""

    change_id: Annotated[UUID, "The change request."]
    baseline_number: Annotated[int | None, "The new reference, 0 to 10; none leaves the old one."] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for a number out of bounds."""
        if self.baseline_number is not None:
            shape.whole(self.baseline_number, "baselineNumber", 0, NUMBER_MAX)


ChangeRequestCommand = RequestChange | ApproveChangeRequest | RejectChangeRequest | ApplyChangeRequest


class UnknownChangeRequest(Unknown):
    """No change request of this project has this id."""

    sentence = "There is no change request with this id in this project."


class OwnChangeRequest(Refusal):
    """Who asked for a change is not the one to decide on it."""

    sentence = "Nobody decides on a change they requested themselves."


class ChangeRequestDecided(Refusal):
    """The change request was decided the other way."""

    sentence = "The change request was decided the other way."


class ChangeRequestNotApproved(Refusal):
    """Nobody has approved the change."""

    sentence = "The change request was not approved."


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A change request, how it was decided (None until then), and the revision it led to."""

    requested: ChangeRequested
    is_approved: bool | None = None
    revision: PlanRevised | None = None


@dataclass(frozen=True, slots=True)
class ChangeRequests:
    """The change requests of a project, by their ids."""

    by_id: Mapping[UUID, ChangeRequest] = field(default_factory=dict[UUID, ChangeRequest])


def decide(
    command: ChangeRequestCommand, project: "Project", context: Context
) -> Sequence[ChangeRequestEvent | BaselineSet | TasksPlaced]:
    """Return what happens to the change requests, the baselines and the placements."""
    change = project.change_requests.by_id.get(command.change_id)
    if isinstance(command, RequestChange):
        return _request(command, change, context.actor_id)
    if change is None:
        raise UnknownChangeRequest(field="changeId")
    match command:
        case ApproveChangeRequest(change_id):
            approved = ChangeRequestApproved(change_id, context.actor_id)
            return [approved] if _is_new(change, context, is_approved=True) else []
        case RejectChangeRequest(change_id, cause):
            rejected = ChangeRequestRejected(change_id, context.actor_id, cause)
            return [rejected] if _is_new(change, context, is_approved=False) else []
        case ApplyChangeRequest(_, baseline_number):
            return _apply(change, baseline_number, project)
        case _:
            assert_never(command)


def _request(command: RequestChange, change: ChangeRequest | None, by: UUID) -> Sequence[ChangeRequested]:
    content = command.title, command.cause, command.kind, command.impact_days, command.impact_cents
    requester_id = by if change is None else change.requested.requester_id
    requested = ChangeRequested(command.change_id, *content, requester_id)
    return once(None if change is None else change.requested, requested, "changeId")


def _is_new(change: ChangeRequest, context: Context, *, is_approved: bool) -> bool:
    """Return whether a decision is still to be taken; refuse the requester's own, and another than before."""
    if context.actor_id == change.requested.requester_id:
        raise OwnChangeRequest
    if change.is_approved not in (None, is_approved):
        raise ChangeRequestDecided
    return change.is_approved is None


def _apply(
    change: ChangeRequest, number: int | None, project: "Project"
) -> Sequence[PlanRevised | BaselineSet | TasksPlaced]:
    requested = change.requested
    revision = PlanRevised(requested.change_id, number)
    if change.revision is not None:
        return once(change.revision, revision, "baselineNumber")
    if not change.is_approved:
        raise ChangeRequestNotApproved
    placed = project.placements.placed(requested.change_id)
    return [revision, *placed, *([] if number is None else [revised(project, number, requested)])]


def evolve(changes: ChangeRequests, event: ChangeRequestEvent) -> ChangeRequests:
    """Return the change requests after an event."""
    match event:
        case ChangeRequested(change_id):
            after = ChangeRequest(event)
        case ChangeRequestApproved(change_id):
            after = replaced(changes.by_id[change_id], is_approved=True)
        case ChangeRequestRejected(change_id):
            after = replaced(changes.by_id[change_id], is_approved=False)
        case PlanRevised(change_id):
            after = replaced(changes.by_id[change_id], revision=event)
        case _:
            assert_never(event)
    return ChangeRequests({**changes.by_id, change_id: after})


FACET: Final = Facet(
    own="change_requests",
    decide=decide,
    evolve=evolve,
    events={
        "project.change_requested.v1": ChangeRequested,
        "project.change_request_approved.v1": ChangeRequestApproved,
        "project.change_request_rejected.v1": ChangeRequestRejected,
        "project.plan_revised.v1": PlanRevised,
    },
    commands={
        RequestChange: roles.TEAM,
        ApproveChangeRequest: roles.LEADS,
        RejectChangeRequest: roles.LEADS,
        ApplyChangeRequest: roles.LEADS,
    },
)
