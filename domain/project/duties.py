"""A project's duties in operation: who monitors, tunes, manages permissions and audits, and what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Malformed, Refusal, Unknown
from domain.facet import Facet
from domain.ids import MemberId
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

FINDINGS_MAX: Final = 100


class DutyKind(StrEnum):
    """What is to be taken care of while a product is in use."""

    MONITORING = "monitoring"
    TUNING = "tuning"
    PERMISSION_MANAGEMENT = "permission_management"
    SECURITY_AUDIT = "security_audit"


@dataclass(frozen=True, slots=True)
class DutyAssigned:
    """A duty is with a member, or with the vendor where that is None, from a day of the project's zone."""

    duty_id: UUID
    kind: DutyKind
    member_id: UUID | None
    assigned_on: date


@dataclass(frozen=True, slots=True)
class DutyEnded:
    """A duty is no more, from a day of the project's time zone."""

    duty_id: UUID
    ended_on: date


@dataclass(frozen=True, slots=True)
class TuningDone:
    """Somebody made the product run better, on a day of the project's time zone."""

    tuning_id: UUID
    text: Annotated[str, Personal()]
    done_by: UUID
    done_on: date


@dataclass(frozen=True, slots=True)
class SecurityAuditHeld:
    """Somebody audited the security, with these findings, on a day of the project's time zone."""

    audit_id: UUID
    findings: tuple[Annotated[str, Personal()], ...]
    held_by: UUID
    held_on: date


DutyEvent = DutyAssigned | DutyEnded | TuningDone | SecurityAuditHeld


@dataclass(frozen=True, slots=True)
class AssignDuty:
    """Put a duty into the hands of a member of the team, or of the vendor; or move it there."""

    duty_id: Annotated[UUID, "The duty, or a UUID of your choice for a new one."]
    kind: Annotated[DutyKind, "What is to be taken care of; a duty keeps its kind."]
    member_id: Annotated[MemberId | None, "Who on the team takes care of it; the vendor if none."]


@dataclass(frozen=True, slots=True)
class EndDuty:
    """Say that a duty is no more."""

    duty_id: Annotated[UUID, "The duty."]


@dataclass(frozen=True, slots=True)
class RecordTuning:
    """Record what one did to make the product run better."""

    tuning_id: Annotated[UUID, "A UUID of your choice for the tuning."]
    text: Annotated[str, "What was done and what came of it, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text."""
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class HoldSecurityAudit:
    """Record that one audited the security, and what was found."""

    audit_id: Annotated[UUID, "A UUID of your choice for the audit."]
    findings: Annotated[tuple[str, ...], "What was found, each 1 to 10,000 characters; 100 at most, or none."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for too many findings, or a blank or long one."""
        if len(self.findings) > FINDINGS_MAX:
            raise Malformed(f"An audit has at most {FINDINGS_MAX} findings.", field="findings")
        for index, finding in enumerate(self.findings):
            shape.text(finding, f"findings.{index}", shape.TEXT_LENGTH_MAX)


DutyCommand = AssignDuty | EndDuty | RecordTuning | HoldSecurityAudit


class UnknownDuty(Unknown):
    """No duty of this project has this id."""

    sentence = "There is no duty with this id in this project."


class DutyOver(Refusal):
    """The duty was ended: nobody takes it over any more."""

    sentence = "The duty was ended."


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty; `member_id` None stands for the vendor."""

    kind: DutyKind
    member_id: UUID | None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Duties:
    """The duties of a project by their ids, and the tunings and audits."""

    by_id: Mapping[UUID, Duty] = field(default_factory=dict[UUID, Duty])
    tunings: Mapping[UUID, str] = field(default_factory=dict[UUID, str])
    audits: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict[UUID, tuple[str, ...]])


def decide(command: DutyCommand, project: "Project", context: Context) -> Sequence[DutyEvent]:
    """Return what happens to the duties."""
    duties, today = project.duties, project.local_day(context.at)
    match command:
        case AssignDuty():
            return _assign(command, project, today)
        case EndDuty(duty_id):
            return [] if known(duties, duty_id, "dutyId").is_over else [DutyEnded(duty_id, today)]
        case RecordTuning(tuning_id, text):
            is_new = _is_new(duties.tunings.get(tuning_id), text, "tuningId")
            return [TuningDone(tuning_id, text, context.actor_id, today)] if is_new else []
        case HoldSecurityAudit(audit_id, findings):
            is_new = _is_new(duties.audits.get(audit_id), findings, "auditId")
            return [SecurityAuditHeld(audit_id, findings, context.actor_id, today)] if is_new else []
        case _:
            assert_never(command)


def _assign(command: AssignDuty, project: "Project", today: date) -> Sequence[DutyAssigned]:
    before = project.duties.by_id.get(command.duty_id)
    if before is not None:
        if before.kind is not command.kind:
            raise AlreadyExists(field="dutyId")
        if before.is_over:
            raise DutyOver(field="dutyId")
        if before.member_id == command.member_id:
            return []
    if command.member_id is not None:
        project.team.check_member(command.member_id, "memberId")
    return [DutyAssigned(command.duty_id, command.kind, command.member_id, today)]


def _is_new(before: object, now: object, path: str) -> bool:
    """Return whether something is recorded for the first time; raise `AlreadyExists` where it was another."""
    if before not in {None, now}:
        raise AlreadyExists(field=path)
    return before is None


def known(duties: Duties, duty_id: UUID, path: str) -> Duty:
    """Return a duty; raise `UnknownDuty` for the field `path`."""
    if duty_id not in duties.by_id:
        raise UnknownDuty(field=path)
    return duties.by_id[duty_id]


def evolve(duties: Duties, event: DutyEvent) -> Duties:
    """Return the duties after an event."""
    match event:
        case DutyAssigned(duty_id, kind, member_id):
            return replaced(duties, by_id={**duties.by_id, duty_id: Duty(kind, member_id)})
        case DutyEnded(duty_id):
            over = replaced(duties.by_id[duty_id], is_over=True)
            return replaced(duties, by_id={**duties.by_id, duty_id: over})
        case TuningDone(tuning_id, text):
            return replaced(duties, tunings={**duties.tunings, tuning_id: text})
        case SecurityAuditHeld(audit_id, findings):
            return replaced(duties, audits={**duties.audits, audit_id: findings})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="duties",
    decide=decide,
    evolve=evolve,
    events={
        "project.duty_assigned.v1": DutyAssigned,
        "project.duty_ended.v1": DutyEnded,
        "project.tuning_done.v1": TuningDone,
        "project.security_audit_held.v1": SecurityAuditHeld,
    },
    commands={
        AssignDuty: roles.LEADS,
        EndDuty: roles.LEADS,
        RecordTuning: roles.TEAM,
        HoldSecurityAudit: roles.TEAM,
    },
)
