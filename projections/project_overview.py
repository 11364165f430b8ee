"""The projects: their state and team; the counts of their tasks are sums over the task board."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain import project
from domain.copies import replaced
from domain.recorded import Recorded
from domain.roles import Role
from projections.read_model import ReadModel


@dataclass(frozen=True, slots=True)
class TeamMember:
    """Somebody on a project's team."""

    member_id: Annotated[UUID, "The member's id."]
    role: Annotated[Role, "Their role in this project."]
    department: Annotated[str | None, "Their department in this project."]


@dataclass(frozen=True, slots=True)
class ProjectSummary:
    """One project as its people see it."""

    project_id: Annotated[UUID, "The project's id."]
    name: Annotated[str, "Its name."]
    time_zone: Annotated[str, "The IANA time zone its days are counted in."]
    opened_at: Annotated[datetime, "When it was opened (UTC)."]
    closed_at: Annotated[datetime | None, "When it was closed (UTC); null while it goes on."] = None
    departments: Annotated[tuple[str, ...], "Its departments, in the order they were named."] = ()
    team: Annotated[tuple[TeamMember, ...], "Its team, in the order they were named."] = ()
    member_ids: Annotated[tuple[UUID, ...], "The ids of its team."] = ()


Event: TypeAlias = (
    project.ProjectOpened
    | project.ProjectRenamed
    | project.ProjectClosed
    | project.DepartmentNamed
    | project.MemberNamed
    | project.MemberRemoved
)


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project."""
    return (seen.stream,)


def evolve(row: ProjectSummary | None, seen: Recorded[Event]) -> ProjectSummary | None:
    """Return the project after an event."""
    event = seen.event
    if isinstance(event, project.ProjectOpened):
        return ProjectSummary(seen.stream, event.name, event.time_zone, event.opened_at)
    if row is None:
        raise AssertionError("a project's first event is that it was opened")
    match event:
        case project.ProjectRenamed(name):
            return replaced(row, name=name)
        case project.ProjectClosed():
            return replaced(row, closed_at=seen.occurred_at)
        case project.DepartmentNamed(name):
            return replaced(row, departments=(*row.departments, name))
        case project.MemberNamed() | project.MemberRemoved():
            return _with_team(row, event)


def _with_team(row: ProjectSummary, event: project.MemberNamed | project.MemberRemoved) -> ProjectSummary:
    team = tuple(each for each in row.team if each.member_id != event.member_id)
    if isinstance(event, project.MemberNamed):
        team = (*team, TeamMember(event.member_id, event.role, event.department))
    return replaced(row, team=team, member_ids=tuple(each.member_id for each in team))


READ_MODEL: Final = ReadModel(
    name="project_overview",
    row=ProjectSummary,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"OPENED": ("opened_at",), "NAME": ("name",)},
    filters=("member_ids",),
)
