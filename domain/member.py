"""A member of the organisation: who they are, in which role and department. One stream each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final, assert_never

from domain import roles, shape
from domain.decider import Context, Decider
from domain.errors import AlreadyExists, Malformed, UnknownMember
from domain.personal import Personal
from domain.roles import Role


@dataclass(frozen=True, slots=True)
class MemberInvited:
    """Somebody joined the organisation."""

    name: Annotated[str, Personal()]
    email: Annotated[str, Personal()]
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


MemberEvent = MemberInvited | MemberRoleChanged | MemberDepartmentChanged


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


MemberCommand = InviteMember | ChangeMemberRole | ChangeMemberDepartment


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the organisation."""

    name: str
    email: str
    role: Role
    department: str
    invited_at: datetime


def decide(command: MemberCommand, member: Member | None, context: Context) -> Sequence[MemberEvent]:
    """Return what happens to the member."""
    match command:
        case InviteMember():
            return _invite(command, member, context)
        case ChangeMemberRole(role):
            return [] if role is _invited(member).role else [MemberRoleChanged(role)]
        case ChangeMemberDepartment(department):
            is_there = department == _invited(member).department
            return [] if is_there else [MemberDepartmentChanged(department)]
        case _:
            assert_never(command)


def evolve(member: Member | None, event: MemberEvent) -> Member:
    """Return the member after an event."""
    match event:
        case MemberInvited(name, email, role, department, invited_at):
            return Member(name, email, role, department, invited_at)
        case MemberRoleChanged(role):
            return replace(_invited(member), role=role)
        case MemberDepartmentChanged(department):
            return replace(_invited(member), department=department)
        case _:
            assert_never(event)


def _invite(command: InviteMember, member: Member | None, context: Context) -> Sequence[MemberInvited]:
    who = command.name, command.email, command.role, command.department
    if member is None:
        return [MemberInvited(*who, context.at)]
    if member == Member(*who, member.invited_at):
        return []
    raise AlreadyExists


def _invited(member: Member | None) -> Member:
    if member is None:
        raise UnknownMember
    return member


def _check_role(role: Role) -> None:
    if role is Role.SYSTEM:
        raise Malformed("Nobody has the role of the system.", field="role")


DECIDER: Final[Decider[MemberCommand, Member, MemberEvent]] = Decider(
    name="member",
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
    opens=frozenset({InviteMember}),
    project_of=lambda _: None,
)
