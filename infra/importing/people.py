"""The people of a source: a member each, and their places on the teams of projects."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.ids import MemberId
from domain.member import InviteMember
from domain.project import NameDepartment, NameMember
from domain.roles import Role
from infra.importing.plan import FIRST_STAGE, TEAM_STAGE, PlanBuilder

ADDRESS_CHARACTERS_MAX: Final = 60
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(slots=True)
class People:
    """Gathers who works where; `prefix` stands before a code where that is no name."""

    builder: PlanBuilder
    prefix: str = ""
    _places: dict[str, dict[str, str | None]] = field(default_factory=dict[str, dict[str, str | None]])

    def check(self, code: str, department: str | None) -> None:
        """Raise `Malformed` unless somebody can be invited under this name, for this department."""
        invitation(self.builder.kind, f"{self.prefix}{code}", None, department or "")

    def add(self, code: str, project: str, department: str | None = None) -> None:
        """Take somebody's place on a team into account; the first department named holds."""
        teams = self._places.setdefault(code, {})
        teams[project] = teams.get(project) or department

    def plan(self, opened_at: Mapping[str, datetime]) -> None:
        """Add their invitations and their places, as of when their projects begin (aware UTC)."""
        for code, teams in sorted(self._places.items()):
            member = self.builder.stream("member", code)
            first = min(opened_at[project] for project in teams)
            department = next((each for each in teams.values() if each), "")
            invited = invitation(self.builder.kind, f"{self.prefix}{code}", None, department)
            self.builder.add(FIRST_STAGE, [self.builder.want("member", member, invited, first)])
            for project, named in teams.items():
                self._place(code, project, named, opened_at[project])

    def _place(self, code: str, project: str, department: str | None, at: datetime) -> None:
        stream = self.builder.stream("project", project)
        commands = place(MemberId(self.builder.stream("member", code)), department)
        self.builder.add(TEAM_STAGE, [self.builder.want("project", stream, each, at) for each in commands])


def invitation(kind: str, name: str, email: str | None, department: str) -> InviteMember:
    """Return the invitation of a member; without an address one under `.invalid`, which gets no mail."""
    given = email or (name if _ADDRESS.fullmatch(name) else None)
    address = "".join(letter if letter.isalnum() else "-" for letter in name.lower())[:ADDRESS_CHARACTERS_MAX]
    return InviteMember(name, given or f"{address}@{kind}.invalid", Role.MEMBER, department)


def place(member_id: MemberId, department: str | None) -> tuple[NameDepartment | NameMember, ...]:
    """Return the commands which put somebody on a team, for a department where one is given."""
    named = NameMember(member_id, Role.MEMBER, department)
    return (named,) if department is None else (NameDepartment(department), named)
