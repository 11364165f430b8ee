"""The duty roster: who takes care of what while the product is in use."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.duties import DutyAssigned, DutyEnded, DutyKind
from domain.project.handover import KnowledgeTransferred, Ownership
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class RosteredDuty:
    """One duty and who has it."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    duty_id: Annotated[UUID, "The duty, as commands name it."]
    kind: Annotated[DutyKind, "What is to be taken care of."]
    holder: Annotated[Ownership, "Whether the vendor or the organisation has it."]
    member_id: Annotated[UUID | None, "The member who has it; null for the vendor."]
    assigned_on: Annotated[date, "Since which day, in the project's time zone."]
    is_open: Annotated[bool, "Whether it is still a duty."] = True
    ended_on: Annotated[date | None, "The day it ended, in the project's time zone."] = None
    taught_member_ids: Annotated[tuple[UUID, ...], "The members who were taught what it needs."] = ()


Event: TypeAlias = DutyAssigned | DutyEnded | KnowledgeTransferred


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the duty; of something else that is looked after nothing is said here."""
    match seen.event:
        case DutyAssigned(duty_id) | DutyEnded(duty_id) | KnowledgeTransferred(duty_id, True):
            return (part_id(seen.stream, "duty", duty_id),)
        case KnowledgeTransferred():
            return ()


def evolve(row: RosteredDuty | None, seen: Recorded[Event]) -> RosteredDuty | None:
    """Return the duty after an event."""
    event = seen.event
    if isinstance(event, DutyAssigned):
        return _assigned(row, event, seen.stream)
    if row is None:
        raise AssertionError("a duty's first event is that it was assigned")
    match event:
        case DutyEnded(_, ended_on):
            return replaced(row, is_open=False, ended_on=ended_on)
        case KnowledgeTransferred(member_id=member_id):
            return replaced(row, taught_member_ids=(*row.taught_member_ids, member_id))


def _assigned(row: RosteredDuty | None, event: DutyAssigned, project_id: UUID) -> RosteredDuty:
    return RosteredDuty(
        part_id(project_id, "duty", event.duty_id),
        project_id,
        event.duty_id,
        event.kind,
        Ownership.VENDOR if event.member_id is None else Ownership.INTERNAL,
        event.member_id,
        event.assigned_on,
        taught_member_ids=() if row is None else row.taught_member_ids,
    )


READ_MODEL: Final = ReadModel(
    name="duty_roster",
    row=RosteredDuty,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"KIND": ("kind",), "ASSIGNED": ("assigned_on",)},
    filters=("kind", "holder", "member_id", "is_open"),
)
