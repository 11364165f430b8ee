"""A member's erasure: asked for with a cause, decided by somebody else, refused while a legal hold stands.

Longer than other files: who asks, who decides and what stands in the way is one rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Refusal
from domain.facet import Facet
from domain.member.state import Erasure, Member, lasting
from domain.personal import ERASED, Personal


@dataclass(frozen=True, slots=True)
class MemberErasureRequested:
    """Somebody asked that a member's personal texts become unreadable."""

    requester_id: UUID
    cause: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class MemberErasureWithdrawn:
    """A member is not to be erased after all."""

    cause: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class MemberErased:
    """Somebody other than the requester decided that a member is erased; their key is deleted after this."""

    requester_id: UUID
    approver_id: UUID


@dataclass(frozen=True, slots=True)
class MemberErasureCompleted:
    """The key of an erased member is deleted, and no row holds a text of theirs any more."""


@dataclass(frozen=True, slots=True)
class MemberLegalHoldPlaced:
    """A member is not to be erased while this legal hold stands."""

    hold_id: UUID
    cause: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class MemberLegalHoldLifted:
    """A legal hold on a member stands no more."""

    hold_id: UUID
    cause: Annotated[str, Personal()]


ErasureEvent = (
    MemberErasureRequested
    | MemberErasureWithdrawn
    | MemberErased
    | MemberErasureCompleted
    | MemberLegalHoldPlaced
    | MemberLegalHoldLifted
)


@dataclass(frozen=True, slots=True)
class EraseMember:
    """Ask for the erasure of a member; it happens when somebody else approves it."""

    cause: Annotated[str, "Why, 1 to 10,000 characters; name nobody in it: it stays readable."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed cause."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class WithdrawMemberErasure:
    """Let a member stay whose erasure somebody asked for."""

    cause: Annotated[str, "Why, 1 to 10,000 characters; name nobody in it: it stays readable."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed cause."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class ApproveMemberErasure:
    """Erase a member as somebody else asked for; this cannot be undone."""


@dataclass(frozen=True, slots=True)
class PlaceLegalHold:
    """Forbid the erasure of a member while a legal matter needs what they wrote."""

    hold_id: Annotated[UUID, "A UUID for the hold, to lift it by."]
    cause: Annotated[str, "Why, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed cause."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class LiftLegalHold:
    """Let a legal hold on a member stand no more."""

    hold_id: Annotated[UUID, "The hold."]
    cause: Annotated[str, "Why, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed cause."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class CompleteMemberErasure:
    """Record that nothing of an erased member's texts can be read any more."""


ErasureCommand = (
    EraseMember
    | WithdrawMemberErasure
    | ApproveMemberErasure
    | PlaceLegalHold
    | LiftLegalHold
    | CompleteMemberErasure
)


class MemberOnLegalHold(Refusal):
    """A member is not erased while a legal hold stands on them, or on a project they are in."""

    sentence = "A legal hold stands: this member must not be erased."


class ErasureNotRequested(Refusal):
    """There is no erasure to decide on."""

    sentence = "Nobody asked for the erasure of this member."


class OwnErasureRequest(Refusal):
    """Nobody approves the erasure they asked for."""

    sentence = "You asked for this erasure yourself: somebody else approves it."


class MemberNotErased(Refusal):
    """An erasure is complete only after it was decided."""

    sentence = "This member was not erased."


def decide(command: ErasureCommand, member: Member, context: Context) -> Sequence[ErasureEvent]:
    """Return what happens to the member's erasure."""
    erasure = member.erasure
    match command:
        case EraseMember(cause):
            return _request(erasure, cause, context)
        case WithdrawMemberErasure(cause):
            is_wanted = lasting(member).erasure.requester_id is not None
            return [MemberErasureWithdrawn(cause)] if is_wanted else []
        case ApproveMemberErasure():
            return _approve(erasure, context)
        case PlaceLegalHold(hold_id, cause):
            is_there = hold_id in lasting(member).erasure.holds
            return [] if is_there else [MemberLegalHoldPlaced(hold_id, cause)]
        case LiftLegalHold(hold_id, cause):
            return [MemberLegalHoldLifted(hold_id, cause)] if hold_id in erasure.holds else []
        case CompleteMemberErasure():
            return _complete(erasure)
        case _:
            assert_never(command)


def _request(erasure: Erasure, cause: str, context: Context) -> Sequence[MemberErasureRequested]:
    by = context.actor_id
    if erasure.is_decided or (erasure.requester_id, erasure.cause) == (by, cause):
        return []
    _check_holds(erasure, context)
    if erasure.requester_id is not None:
        raise AlreadyExists("Somebody asked for this erasure already.")
    return [MemberErasureRequested(by, cause)]


def _approve(erasure: Erasure, context: Context) -> Sequence[MemberErased]:
    if erasure.is_decided:
        return []
    if erasure.requester_id is None:
        raise ErasureNotRequested
    if erasure.requester_id == context.actor_id:
        raise OwnErasureRequest
    _check_holds(erasure, context)
    return [MemberErased(erasure.requester_id, context.actor_id)]


def _check_holds(erasure: Erasure, context: Context) -> None:
    if erasure.holds:
        raise MemberOnLegalHold
    if context.held_in:
        raise MemberOnLegalHold(
            f"A legal hold stands on project {context.held_in[0]}: nobody in it is to be erased."
        )


def _complete(erasure: Erasure) -> Sequence[MemberErasureCompleted]:
    if not erasure.is_decided:
        raise MemberNotErased
    return [] if erasure.is_complete else [MemberErasureCompleted()]


def evolve(member: Member, event: ErasureEvent) -> Member:
    """Return the member after an event."""
    erasure = member.erasure
    match event:
        case MemberErasureRequested(requester_id, cause):
            after = replaced(erasure, requester_id=requester_id, cause=cause)
        case MemberErasureWithdrawn():
            after = replaced(erasure, requester_id=None, cause="")
        case MemberErased():
            return replaced(member, name=ERASED, email=ERASED, erasure=replaced(erasure, is_decided=True))
        case MemberErasureCompleted():
            after = replaced(erasure, is_complete=True)
        case MemberLegalHoldPlaced(hold_id):
            after = replaced(erasure, holds=erasure.holds | {hold_id})
        case MemberLegalHoldLifted(hold_id):
            after = replaced(erasure, holds=erasure.holds - {hold_id})
        case _:
            assert_never(event)
    return replaced(member, erasure=after)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "member.erasure_requested.v1": MemberErasureRequested,
        "member.erasure_withdrawn.v1": MemberErasureWithdrawn,
        "member.erased.v1": MemberErased,
        "member.erasure_completed.v1": MemberErasureCompleted,
        "member.legal_hold_placed.v1": MemberLegalHoldPlaced,
        "member.legal_hold_lifted.v1": MemberLegalHoldLifted,
    },
    commands={
        EraseMember: roles.DIRECTORS,
        WithdrawMemberErasure: roles.DIRECTORS,
        ApproveMemberErasure: roles.DIRECTORS,
        PlaceLegalHold: roles.DIRECTORS,
        LiftLegalHold: roles.DIRECTORS,
        CompleteMemberErasure: roles.SYSTEM,
    },
)
