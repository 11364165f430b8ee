"""Ownership beside the duties: what the vendor or the organisation looks after, and who was taught it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.handover import KnowledgeTransferred, Ownership, OwnershipAssigned
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class OwnedSubject:
    """Something that is looked after, such as an interface."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    subject_id: Annotated[UUID, "The subject, as commands name it."]
    subject: Annotated[str, "What it is."]
    ownership: Annotated[Ownership, "Who looks after it."]
    assigned_on: Annotated[date, "Since which day, in the project's time zone."]
    taught_member_ids: Annotated[tuple[UUID, ...], "The members who were taught what it needs."] = ()


Event: TypeAlias = OwnershipAssigned | KnowledgeTransferred


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the subject; of a duty nothing is said here."""
    match seen.event:
        case OwnershipAssigned(subject_id) | KnowledgeTransferred(subject_id, False):
            return (part_id(seen.stream, "subject", subject_id),)
        case KnowledgeTransferred():
            return ()


def evolve(row: OwnedSubject | None, seen: Recorded[Event]) -> OwnedSubject | None:
    """Return the subject after an event."""
    event = seen.event
    if isinstance(event, OwnershipAssigned):
        if row is not None:
            return replaced(row, ownership=event.ownership, assigned_on=event.assigned_on)
        row_id = part_id(seen.stream, "subject", event.subject_id)
        what = event.subject_id, event.subject, event.ownership, event.assigned_on
        return OwnedSubject(row_id, seen.stream, *what)
    if row is None:
        raise AssertionError("a subject's first event is that its ownership was assigned")
    return replaced(row, taught_member_ids=(*row.taught_member_ids, event.member_id))


READ_MODEL: Final = ReadModel(
    name="ownership",
    row=OwnedSubject,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"SUBJECT": ("subject",), "ASSIGNED": ("assigned_on",)},
    filters=("ownership",),
)
