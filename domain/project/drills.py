"""A project's drills: work with the product rehearsed on an invented scenario, and how it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

from domain import roles, shape
from domain.decider import Context
from domain.errors import Malformed, StillAhead
from domain.facet import Facet, once
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

PARTICIPANTS_MAX: Final = 1_000


class DrillResult(StrEnum):
    """How a drill went: the scenario was mastered, mastered in part, or not."""

    PASSED = "passed"
    PARTLY_PASSED = "partly_passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DrillHeld:
    """People rehearsed their work on a scenario, with this result."""

    drill_id: UUID
    scenario: Annotated[str, Personal()]
    participant_ids: tuple[UUID, ...]
    result: DrillResult
    held_on: date


DrillEvent = DrillHeld


@dataclass(frozen=True, slots=True)
class RecordDrill:
    """Record a drill that was held."""

    drill_id: Annotated[UUID, "A new UUID for the drill."]
    scenario: Annotated[str, "What was rehearsed, 1 to 10,000 characters."]
    participant_ids: Annotated[tuple[UUID, ...], "Who took part: 1 to 1,000 of the team, each once."]
    result: Annotated[DrillResult, "How it went."]
    held_on: Annotated[date, "The day, in the project's time zone; not ahead."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a text or a day out of bounds, for none, too many or one twice."""
        shape.text(self.scenario, "scenario", shape.TEXT_LENGTH_MAX)
        how_many = len(self.participant_ids)
        if not 1 <= how_many <= PARTICIPANTS_MAX or len(set(self.participant_ids)) < how_many:
            raise Malformed("A drill has 1 to 1,000 participants, each once.", field="participantIds")
        shape.day(self.held_on, "heldOn")


DrillCommand = RecordDrill


@dataclass(frozen=True, slots=True)
class Drills:
    """The drills of a project, by their ids."""

    by_id: Mapping[UUID, DrillHeld] = field(default_factory=dict[UUID, DrillHeld])


def decide(command: DrillCommand, project: "Project", context: Context) -> Sequence[DrillEvent]:
    """Return what happens to the drills."""
    held = DrillHeld(
        command.drill_id, command.scenario, command.participant_ids, command.result, command.held_on
    )
    happens = once(project.drills.by_id.get(command.drill_id), held, "drillId")
    if happens:
        _check(command, project, project.local_day(context.at))
    return happens


def _check(command: RecordDrill, project: "Project", today: date) -> None:
    if command.held_on > today:
        raise StillAhead(field="heldOn")
    for index, member_id in enumerate(command.participant_ids):
        project.team.check_member(member_id, f"participantIds.{index}")


def evolve(drills: Drills, event: DrillEvent) -> Drills:
    """Return the drills after an event."""
    return Drills({**drills.by_id, event.drill_id: event})


FACET: Final = Facet(
    own="drills",
    decide=decide,
    evolve=evolve,
    events={"project.drill_held.v1": DrillHeld},
    commands={RecordDrill: roles.LEADS},
)
