"""How a project's special team is formed: one department leads, the others are the business."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final

from domain import roles, shape
from domain.decider import Context
from domain.facet import Facet

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class TeamFormed:
    """A department leads the team, from a day of the project's time zone on."""

    lead_department: str
    formed_on: date


FormationEvent = TeamFormed


@dataclass(frozen=True, slots=True)
class FormTeam:
    """Let a department lead the team, such as IT; another may take the lead later."""

    lead_department: Annotated[str, "The department that leads, one of this project."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long name."""
        shape.text(self.lead_department, "leadDepartment", shape.NAME_LENGTH_MAX)


FormationCommand = FormTeam


@dataclass(frozen=True, slots=True)
class Formation:
    """Which department leads, None until the team is formed."""

    lead_department: str | None = None


def decide(command: FormationCommand, project: "Project", context: Context) -> Sequence[FormationEvent]:
    """Return what happens to the lead."""
    department = command.lead_department
    project.team.check_department(department, "leadDepartment")
    is_leading = department == project.formation.lead_department
    return [] if is_leading else [TeamFormed(department, project.local_day(context.at))]


def evolve(formation: Formation, event: FormationEvent) -> Formation:
    """Return the formation after an event."""
    del formation
    return Formation(event.lead_department)


FACET: Final = Facet(
    own="formation",
    decide=decide,
    evolve=evolve,
    events={"project.team_formed.v1": TeamFormed},
    commands={FormTeam: roles.LEADS},
)
