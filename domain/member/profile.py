"""Who a member is, in which role and department."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Malformed
from domain.facet import Facet
from domain.member.state import Member, lasting
from domain.personal import OF_STREAM, Personal
from domain.roles import Role


@dataclass(frozen=True, slots=True)
class MemberInvited:
    """Somebody joined the organisation."""

    name: Annotated[str, Personal(of=OF_STREAM)]
    email: Annotated[str, Personal(of=OF_STREAM)]
    role: Role
    department: str
    invited_at: datetime


@dataclass(frozen=True, slots=True)
class MemberRoleChanged:
    """A member got another role."""

    role: Role


@dataclass(frozen=True, slots=True)
class MemberDepartmentChanged:
    """A member went to another department."""

    department: str


ProfileEvent = MemberInvited | MemberRoleChanged | MemberDepartmentChanged


@dataclass(frozen=True, slots=True)
class InviteMember:
    """Invite somebody into the organisation."""

    name: Annotated[str, "What they are called, 1 to 200 characters."]
    email: Annotated[str, "Their e-mail address, at most 254 characters."]
    role: Annotated[Role, "The role they have: any but that of the system."]
    department: Annotated[str, "Their department, at most 200 characters; may be empty."] = ""

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed name, address or department, or the system's role."""
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)
        shape.email(self.email, "email")
        _check_role(self.role)
        shape.optional_text(self.department, "department", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class ChangeMemberRole:
    """Give a member another role."""

    role: Annotated[Role, "The role they have from now on: any but that of the system."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for the system's role."""
        _check_role(self.role)


@dataclass(frozen=True, slots=True)
class ChangeMemberDepartment:
    """Put a member into another department."""

    department: Annotated[str, "Their department from now on, at most 200 characters; may be empty."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed department."""
        shape.optional_text(self.department, "department", shape.NAME_LENGTH_MAX)


ProfileCommand = InviteMember | ChangeMemberRole | ChangeMemberDepartment


def decide(command: ProfileCommand, member: Member | None, context: Context) -> Sequence[ProfileEvent]:
    """Return what happens to the member."""
    match command:
        case InviteMember():
            return _invite(command, member, context)
        case ChangeMemberRole(role):
            return [] if role is lasting(member).role else [MemberRoleChanged(role)]
        case ChangeMemberDepartment(department):
            is_there = department == lasting(member).department
            return [] if is_there else [MemberDepartmentChanged(department)]
        case _:
            assert_never(command)


def evolve(member: Member, event: ProfileEvent) -> Member:
    """Return the member after an event other than the first."""
    match event:
        case MemberRoleChanged(role):
            return replaced(member, role=role)
        case MemberDepartmentChanged(department):
            return replaced(member, department=department)
        case MemberInvited():
            return begun(event)
        case _:
            assert_never(event)


def begun(invited: MemberInvited) -> Member:
    """Return the member that an invitation makes."""
    return Member(invited.name, invited.email, invited.role, invited.department, invited.invited_at)


def _invite(command: InviteMember, member: Member | None, context: Context) -> Sequence[MemberInvited]:
    invited = MemberInvited(command.name, command.email, command.role, command.department, context.at)
    if member is None:
        return [invited]
    if replaced(begun(invited), invited_at=member.invited_at, erasure=member.erasure) == member:
        return []
    raise AlreadyExists


def _check_role(role: Role) -> None:
    if role is Role.SYSTEM:
        raise Malformed("Nobody has the role of the system.", field="role")


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "member.invited.v1": MemberInvited,
        "member.role_changed.v1": MemberRoleChanged,
        "member.department_changed.v1": MemberDepartmentChanged,
    },
    commands={
        InviteMember: roles.DIRECTORS,
        ChangeMemberRole: roles.DIRECTORS,
        ChangeMemberDepartment: roles.DIRECTORS,
    },
)
