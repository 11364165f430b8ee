"""The state of a member: who they are, and what stands in the way of, or has become of, their erasure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.errors import Refusal, UnknownMember
from domain.roles import Role


@dataclass(frozen=True, slots=True)
class Erasure:
    """Who asked for a member's erasure and why, None where nobody does; the legal holds; how far it is."""

    requester_id: UUID | None = None
    cause: str = ""
    holds: frozenset[UUID] = frozenset()
    is_decided: bool = False
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the organisation."""

    name: str
    email: str
    role: Role
    department: str
    invited_at: datetime
    erasure: Erasure = Erasure()


class MemberIsErased(Refusal):
    """A member who was erased does not change any more."""

    sentence = "This member was erased."


def invited(member: Member | None) -> Member:
    """Return the member; raise `UnknownMember` before the invitation."""
    if member is None:
        raise UnknownMember
    return member


def lasting(member: Member | None) -> Member:
    """Return a member who was not erased; raise `UnknownMember` or `MemberIsErased`."""
    member = invited(member)
    if member.erasure.is_decided:
        raise MemberIsErased
    return member
