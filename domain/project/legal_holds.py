"""A project's legal holds: while one stands, nobody who wrote in it, or is named in it, is erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.decider import Context
from domain.errors import Refusal
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class ProjectLegalHoldPlaced:
    """Nothing that was written in a project is to become unreadable while this legal hold stands."""

    hold_id: UUID
    cause: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class ProjectLegalHoldLifted:
    """A legal hold on a project stands no more."""

    hold_id: UUID
    cause: Annotated[str, Personal()]


LegalHoldEvent = ProjectLegalHoldPlaced | ProjectLegalHoldLifted


@dataclass(frozen=True, slots=True)
class PlaceProjectLegalHold:
    """Forbid to archive a project or erase anybody in it while a legal matter needs what they wrote."""

    hold_id: Annotated[UUID, "A UUID for the hold, to lift it by."]
    cause: Annotated[str, "Why, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed cause."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class LiftProjectLegalHold:
    """Let a legal hold on a project stand no more."""

    hold_id: Annotated[UUID, "The hold."]
    cause: Annotated[str, "Why, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed cause."""
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


LegalHoldCommand = PlaceProjectLegalHold | LiftProjectLegalHold


class ProjectOnLegalHold(Refusal):
    """A project is not archived while a legal hold stands."""

    sentence = "A legal hold stands on this project: it is not archived."


@dataclass(frozen=True, slots=True)
class LegalHolds:
    """The legal holds that stand on a project."""

    standing: frozenset[UUID] = frozenset()


def decide(command: LegalHoldCommand, project: "Project", context: Context) -> Sequence[LegalHoldEvent]:
    """Return what happens to the legal holds."""
    del context
    standing = project.legal_holds.standing
    match command:
        case PlaceProjectLegalHold(hold_id, cause):
            return [] if hold_id in standing else [ProjectLegalHoldPlaced(hold_id, cause)]
        case LiftProjectLegalHold(hold_id, cause):
            return [ProjectLegalHoldLifted(hold_id, cause)] if hold_id in standing else []
        case _:
            assert_never(command)


def evolve(holds: LegalHolds, event: LegalHoldEvent) -> LegalHolds:
    """Return the legal holds after an event."""
    match event:
        case ProjectLegalHoldPlaced(hold_id):
            return LegalHolds(holds.standing | {hold_id})
        case ProjectLegalHoldLifted(hold_id):
            return LegalHolds(holds.standing - {hold_id})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="legal_holds",
    decide=decide,
    evolve=evolve,
    events={
        "project.legal_hold_placed.v1": ProjectLegalHoldPlaced,
        "project.legal_hold_lifted.v1": ProjectLegalHoldLifted,
    },
    commands={
        PlaceProjectLegalHold: roles.DIRECTORS,
        LiftProjectLegalHold: roles.DIRECTORS,
    },
)
