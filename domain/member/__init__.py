"""A member of the organisation: who they are, and their erasure. One stream each; a file for each facet."""

from collections.abc import Sequence
from typing import Final

from domain.decider import Context, Decider
from domain.facet import Facets
from domain.member import erasure, profile
from domain.member.profile import (
    ChangeMemberDepartment,
    ChangeMemberRole,
    InviteMember,
    MemberDepartmentChanged,
    MemberInvited,
    MemberRoleChanged,
)
from domain.member.state import Member, invited

__all__ = [
    "DECIDER",
    "ChangeMemberDepartment",
    "ChangeMemberRole",
    "InviteMember",
    "Member",
    "MemberCommand",
    "MemberDepartmentChanged",
    "MemberEvent",
    "MemberInvited",
    "MemberRoleChanged",
    "decide",
    "evolve",
]

MemberEvent = profile.ProfileEvent | erasure.ErasureEvent
MemberCommand = profile.ProfileCommand | erasure.ErasureCommand


def decide(command: MemberCommand, member: Member | None, context: Context) -> Sequence[MemberEvent]:
    """Return what happens to the member."""
    if isinstance(command, profile.ProfileCommand):
        return profile.decide(command, member, context)
    return erasure.decide(command, invited(member), context)


def evolve(member: Member | None, event: MemberEvent) -> Member:
    """Return the member after an event."""
    if isinstance(event, MemberInvited):
        return profile.begun(event)
    return _FACETS.evolve(invited(member), event)


_FACETS: Final = Facets((profile.FACET, erasure.FACET))

DECIDER: Final[Decider[MemberCommand, Member, MemberEvent]] = Decider(
    name="member",
    decide=decide,
    evolve=evolve,
    events=_FACETS.events,
    commands=_FACETS.commands,
    opens=frozenset({InviteMember}),
    project_of=lambda _: None,
    heeds_holds=frozenset({erasure.EraseMember, erasure.ApproveMemberErasure}),
)
