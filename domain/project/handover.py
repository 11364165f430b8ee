"""A project's handover: what belongs to the vendor or to the organisation, and who was taught what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Unknown
from domain.facet import Facet
from domain.ids import MemberId
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project


class Ownership(StrEnum):
    """Who looks after something: the vendor, or the organisation itself."""

    VENDOR = "vendor"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class OwnershipAssigned:
    """Something, such as an interface, is looked after by the vendor or by the organisation from a day on."""

    subject_id: UUID
    subject: Annotated[str, Personal()]
    ownership: Ownership
    assigned_on: date


@dataclass(frozen=True, slots=True)
class KnowledgeTransferred:
    """A member was taught what a duty (`is_duty`) or another subject needs, on a day."""

    subject_id: UUID
    is_duty: bool
    member_id: UUID
    transferred_on: date


HandoverEvent = OwnershipAssigned | KnowledgeTransferred


@dataclass(frozen=True, slots=True)
class AssignOwnership:
    """Say who looks after something that is no duty, such as an interface or a script; or move it there."""

    subject_id: Annotated[UUID, "The subject, or a UUID of your choice for a new one."]
    subject: Annotated[str, "What it is, 1 to 200 characters; it stays what it is."]
    ownership: Annotated[Ownership, "The vendor, or the organisation itself."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long name."""
        shape.text(self.subject, "subject", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class TransferKnowledge:
    """Record that a member was taught what a duty or another subject needs."""

    subject_id: Annotated[UUID, "The duty, or the subject whose ownership was assigned."]
    member_id: Annotated[MemberId, "Who was taught, a member of the team."]


HandoverCommand = AssignOwnership | TransferKnowledge


class UnknownSubject(Unknown):
    """No duty and no subject of this project has this id."""

    sentence = "There is no duty and no subject with this id in this project."


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that is looked after."""

    subject: str
    ownership: Ownership


@dataclass(frozen=True, slots=True)
class Handover:
    """The subjects by id, and whom was taught what: pairs of subject or duty and member."""

    subjects: Mapping[UUID, Subject] = field(default_factory=dict[UUID, Subject])
    taught: frozenset[tuple[UUID, UUID]] = frozenset()


def decide(command: HandoverCommand, project: "Project", context: Context) -> Sequence[HandoverEvent]:
    """Return what happens to the handover."""
    today = project.local_day(context.at)
    match command:
        case AssignOwnership():
            return _assign(command, project, today)
        case TransferKnowledge(subject_id, member_id):
            is_duty = subject_id in project.duties.by_id
            if not is_duty and subject_id not in project.handover.subjects:
                raise UnknownSubject(field="subjectId")
            if (subject_id, member_id) in project.handover.taught:
                return []
            project.team.check_member(member_id, "memberId")
            return [KnowledgeTransferred(subject_id, is_duty, member_id, today)]
        case _:
            assert_never(command)


def _assign(command: AssignOwnership, project: "Project", today: date) -> Sequence[OwnershipAssigned]:
    subject_id, subject, ownership = command.subject_id, command.subject, command.ownership
    before = project.handover.subjects.get(subject_id)
    is_other = before is not None and before.subject != subject
    if is_other or subject_id in project.duties.by_id:
        raise AlreadyExists(field="subjectId")
    if before == Subject(subject, ownership):
        return []
    return [OwnershipAssigned(subject_id, subject, ownership, today)]


def evolve(handover: Handover, event: HandoverEvent) -> Handover:
    """Return the handover after an event."""
    match event:
        case OwnershipAssigned(subject_id, subject, ownership):
            subjects = {**handover.subjects, subject_id: Subject(subject, ownership)}
            return replaced(handover, subjects=subjects)
        case KnowledgeTransferred(subject_id, _, member_id):
            return replaced(handover, taught=handover.taught | {(subject_id, member_id)})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="handover",
    decide=decide,
    evolve=evolve,
    events={
        "project.ownership_assigned.v1": OwnershipAssigned,
        "project.knowledge_transferred.v1": KnowledgeTransferred,
    },
    commands={
        AssignOwnership: roles.LEADS,
        TransferKnowledge: roles.LEADS,
    },
)
