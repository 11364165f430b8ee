"""A project: one delivery, one stream; each facet of it is a file here, and all of them stand in `facets`."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from domain.decider import Context, Decider
from domain.errors import UnknownProject
from domain.project import baselines, charter, plan, team, value, working_time
from domain.project.charter import (
    Charter,
    CloseProject,
    OpenProject,
    ProjectClosed,
    ProjectOpened,
    ProjectRenamed,
    RenameProject,
)
from domain.project.facets import ALSO_CLOSED, FACETS
from domain.project.plan import (
    LagUnit,
    Link,
    LinkCycle,
    LinkKind,
    LinkTasks,
    Plan,
    PlanStartSet,
    SetPlanStart,
    TasksLinked,
    TasksUnlinked,
    UnlinkTasks,
)
from domain.project.state import Project, ongoing
from domain.project.team import (
    DepartmentNamed,
    MemberNamed,
    MemberRemoved,
    Named,
    NameDepartment,
    NameMember,
    NotOnTheTeam,
    RemoveMember,
    Team,
    UnknownDepartment,
)
from domain.project.working_time import (
    STANDARD,
    AssignCalendar,
    CalendarAssigned,
    SetWorkingCalendar,
    UnknownCalendar,
    WorkingCalendarSet,
    WorkingTime,
)

__all__ = [
    "DECIDER",
    "STANDARD",
    "AssignCalendar",
    "CalendarAssigned",
    "Charter",
    "CloseProject",
    "DepartmentNamed",
    "LagUnit",
    "Link",
    "LinkCycle",
    "LinkKind",
    "LinkTasks",
    "MemberNamed",
    "MemberRemoved",
    "NameDepartment",
    "NameMember",
    "Named",
    "NotOnTheTeam",
    "OpenProject",
    "Plan",
    "PlanStartSet",
    "Project",
    "ProjectClosed",
    "ProjectCommand",
    "ProjectEvent",
    "ProjectOpened",
    "ProjectRenamed",
    "RemoveMember",
    "RenameProject",
    "SetPlanStart",
    "SetWorkingCalendar",
    "TasksLinked",
    "TasksUnlinked",
    "Team",
    "UnknownCalendar",
    "UnknownDepartment",
    "UnlinkTasks",
    "WorkingCalendarSet",
    "WorkingTime",
    "decide",
    "evolve",
    "ongoing",
]

ProjectEvent: TypeAlias = Any
"""One of `FACETS.events`."""
ProjectCommand: TypeAlias = Any
"""One of `FACETS.commands`."""


def decide(command: ProjectCommand, project: Project | None, context: Context) -> Sequence[ProjectEvent]:
    """Return what happens to the project."""
    if isinstance(command, OpenProject):
        return charter.begin(command, None if project is None else project.charter, context)
    if project is None:
        raise UnknownProject
    facet = FACETS.of_command[type(command)]
    if facet not in ALSO_CLOSED:
        charter.ongoing(project.charter)
    return facet.decide(command, project, context)


def evolve(project: Project | None, event: ProjectEvent) -> Project:
    """Return the project after an event."""
    if isinstance(event, ProjectOpened):
        return Project(charter.chartered(event))
    if project is None:
        raise AssertionError("a project's first event is that it was opened")
    return FACETS.evolve(project, event)


def _belongs_to(project: Project) -> None:
    """Return None: a project is not in a project, and its own id is that of its stream."""
    del project


DECIDER: Final[Decider[ProjectCommand, Project, ProjectEvent]] = Decider(
    name="project",
    decide=decide,
    evolve=evolve,
    events=FACETS.events,
    commands=FACETS.commands,
    opens=frozenset({OpenProject}),
    project_of=_belongs_to,
    upcasts=team.UPCASTS | baselines.UPCASTS | working_time.UPCASTS | plan.UPCASTS | value.UPCASTS,
)
