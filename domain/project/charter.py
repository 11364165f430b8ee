"""A project's charter: its name, its time zone, and whether it is still under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, assert_never

from domain import errors, roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class ProjectOpened:
    """A project began."""

    name: Annotated[str, Personal()]
    time_zone: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class ProjectRenamed:
    """A project got another name."""

    name: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class ProjectClosed:
    """A project ended: nothing in it changes any more. The refusal of that name is `errors.ProjectClosed`."""


CharterEvent = ProjectOpened | ProjectRenamed | ProjectClosed


@dataclass(frozen=True, slots=True)
class OpenProject:
    """Begin a project."""

    name: Annotated[str, "What the project is called, 1 to 200 characters."]
    time_zone: Annotated[str, "IANA time zone of the project's days, such as Europe/Vienna."] = "UTC"

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long name or an unknown time zone."""
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)
        shape.time_zone(self.time_zone, "timeZone")


@dataclass(frozen=True, slots=True)
class RenameProject:
    """Give a project another name."""

    name: Annotated[str, "What the project is called from now on, 1 to 200 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long name."""
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class CloseProject:
    """End a project: after this nothing in it changes any more."""


CharterCommand = RenameProject | CloseProject


@dataclass(frozen=True, slots=True)
class Charter:
    """What a project is."""

    name: str
    time_zone: str
    opened_at: datetime
    is_closed: bool = False


def ongoing(charter: Charter) -> Charter:
    """Return the charter; raise `errors.ProjectClosed` when the project has ended."""
    if charter.is_closed:
        raise errors.ProjectClosed
    return charter


def begin(command: OpenProject, charter: Charter | None, context: Context) -> Sequence[ProjectOpened]:
    """Return the beginning of a project, nothing when this very project is open already."""
    if charter is None:
        return [ProjectOpened(command.name, command.time_zone, context.at)]
    if charter == Charter(command.name, command.time_zone, charter.opened_at):
        return []
    raise errors.AlreadyExists


def decide(command: CharterCommand, project: "Project", context: Context) -> Sequence[CharterEvent]:
    """Return what happens to the charter."""
    del context
    charter = project.charter
    match command:
        case RenameProject(name):
            return [] if name == ongoing(charter).name else [ProjectRenamed(name)]
        case CloseProject():
            return [] if charter.is_closed else [ProjectClosed()]
        case _:
            assert_never(command)


def chartered(event: ProjectOpened) -> Charter:
    """Return the charter a project begins with."""
    return Charter(event.name, event.time_zone, event.opened_at)


def evolve(charter: Charter, event: ProjectRenamed | ProjectClosed) -> Charter:
    """Return the charter after an event."""
    match event:
        case ProjectRenamed(name):
            return replaced(charter, name=name)
        case ProjectClosed():
            return replaced(charter, is_closed=True)
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="charter",
    decide=decide,
    evolve=evolve,
    events={
        "project.opened.v1": ProjectOpened,
        "project.renamed.v1": ProjectRenamed,
        "project.closed.v1": ProjectClosed,
    },
    commands={
        OpenProject: roles.DIRECTORS,
        RenameProject: roles.LEADS,
        CloseProject: roles.LEADS,
    },
)
