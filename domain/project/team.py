"""A project's team: its departments, and who is on it in which role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context, Upcast
from domain.errors import Malformed, Refusal
from domain.facet import Facet
from domain.ids import FormerMemberId, MemberId
from domain.roles import PROJECT_ROLES, Role

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class DepartmentNamed:
    """A department takes part in a project."""

    name: str


@dataclass(frozen=True, slots=True)
class MemberNamed:
    """Somebody is on a project's team in this role, and for this department if any.

    `named_on` is the day in the project's time zone, None where it was stored without one.
    """

    member_id: UUID
    role: Role
    department: str | None
    named_on: date | None = None


@dataclass(frozen=True, slots=True)
class MemberRemoved:
    """Somebody left a project's team."""

    member_id: UUID


TeamEvent = DepartmentNamed | MemberNamed | MemberRemoved


@dataclass(frozen=True, slots=True)
class NameDepartment:
    """Let a department take part in a project."""

    name: Annotated[str, "What the department is called, 1 to 200 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long name."""
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class NameMember:
    """Put somebody on a project's team, or change the role or department they have there."""

    member_id: Annotated[MemberId, "Who."]
    role: Annotated[Role, "The role in this project: project manager or member."]
    department: Annotated[str | None, "A department of this project, or none."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a role nobody can have in a project, or a malformed department."""
        if self.role not in PROJECT_ROLES:
            raise Malformed("This is not a role within a project.", field="role")
        if self.department is not None:
            shape.text(self.department, "department", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Take somebody off a project's team."""

    member_id: Annotated[FormerMemberId, "Who."]


TeamCommand = NameDepartment | NameMember | RemoveMember


class UnknownDepartment(Refusal):
    """A department named in a command does not take part in the project."""

    sentence = "There is no department of this name in this project."


class NotOnTheTeam(Refusal):
    """Somebody is to do something in a project they are not part of."""

    sentence = "This member is not on the project's team."


@dataclass(frozen=True, slots=True)
class Named:
    """What somebody is on a team."""

    role: Role
    department: str | None


@dataclass(frozen=True, slots=True)
class Team:
    """Who takes part in a project."""

    departments: frozenset[str] = frozenset()
    members: Mapping[UUID, Named] = field(default_factory=dict[UUID, Named])

    def check_department(self, name: str, path: str) -> None:
        """Raise `UnknownDepartment` for the field `path` unless the department takes part."""
        if name not in self.departments:
            raise UnknownDepartment(field=path)

    def check_member(self, member_id: UUID, path: str) -> None:
        """Raise `NotOnTheTeam` for the field `path` unless somebody takes part."""
        if member_id not in self.members:
            raise NotOnTheTeam(field=path)


def decide(command: TeamCommand, project: "Project", context: Context) -> Sequence[TeamEvent]:
    """Return what happens to the team."""
    team = project.team
    match command:
        case NameDepartment(name):
            return [] if name in team.departments else [DepartmentNamed(name)]
        case NameMember(member_id, role, department):
            if department is not None:
                team.check_department(department, "department")
            is_known = team.members.get(member_id) == Named(role, department)
            today = project.local_day(context.at)
            return [] if is_known else [MemberNamed(member_id, role, department, today)]
        case RemoveMember(member_id):
            return [MemberRemoved(member_id)] if member_id in team.members else []
        case _:
            assert_never(command)


def evolve(team: Team, event: TeamEvent) -> Team:
    """Return the team after an event."""
    match event:
        case DepartmentNamed(name):
            return replaced(team, departments=team.departments | {name})
        case MemberNamed(member_id, role, department):
            return replaced(team, members={**team.members, member_id: Named(role, department)})
        case MemberRemoved(member_id):
            others = {key: named for key, named in team.members.items() if key != member_id}
            return replaced(team, members=others)
        case _:
            assert_never(event)


UPCASTS: Final = {
    "project.member_named.v1": Upcast("project.member_named.v2", lambda body: {**body, "named_on": None}),
}

FACET: Final = Facet(
    own="team",
    decide=decide,
    evolve=evolve,
    events={
        "project.department_named.v1": DepartmentNamed,
        "project.member_named.v2": MemberNamed,
        "project.member_removed.v1": MemberRemoved,
    },
    commands={
        NameDepartment: roles.LEADS,
        NameMember: roles.LEADS,
        RemoveMember: roles.LEADS,
    },
)
