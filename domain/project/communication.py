"""A project's communication plan: who is told what before it changes and why, and whom it reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Refusal, Unknown
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

REACH_TARGET_PERCENT: Final = 80
"""How many of those addressed a project wants to reach before going live, unless it says otherwise."""


class NoticeChannel(StrEnum):
    """How people are told."""

    EMAIL = "email"
    MEETING = "meeting"
    INTRANET = "intranet"
    NOTICE_BOARD = "notice_board"


@dataclass(frozen=True, slots=True)
class CommunicationPlanned:
    """A department, or with None the whole team, is to be told something and why, on a day."""

    communication_id: UUID
    audience: str | None
    channel: NoticeChannel
    message: Annotated[str, Personal()]
    why: Annotated[str, Personal()]
    planned_on: date


@dataclass(frozen=True, slots=True)
class NoticeSent:
    """These members were told, on a day of the project's time zone."""

    communication_id: UUID
    addressed_ids: tuple[UUID, ...]
    sent_on: date


@dataclass(frozen=True, slots=True)
class NoticeAcknowledged:
    """One of those told said that it had reached them, on a day of the project's time zone."""

    communication_id: UUID
    member_id: UUID
    acknowledged_on: date


@dataclass(frozen=True, slots=True)
class ReachTargetSet:
    """A project wants this share of those addressed to be reached before it goes live."""

    target_percent: int


CommunicationEvent = CommunicationPlanned | NoticeSent | NoticeAcknowledged | ReachTargetSet


@dataclass(frozen=True, slots=True)
class PlanCommunication:
    """Plan who is told what and why, or plan it anew while nobody was told."""

    communication_id: Annotated[UUID, "A new UUID for what is planned, or one planned before."]
    audience: Annotated[str | None, "A department of this project; null for the whole team."]
    channel: Annotated[NoticeChannel, "How they are told."]
    message: Annotated[str, "What they are told, 1 to 10,000 characters."]
    why: Annotated[str, "Why it is done, as they are told, 1 to 10,000 characters."]
    planned_on: Annotated[date, "The day they are to be told, in the project's time zone."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a text or a day out of bounds."""
        if self.audience is not None:
            shape.text(self.audience, "audience", shape.NAME_LENGTH_MAX)
        shape.text(self.message, "message", shape.TEXT_LENGTH_MAX)
        shape.text(self.why, "why", shape.TEXT_LENGTH_MAX)
        shape.day(self.planned_on, "plannedOn")


@dataclass(frozen=True, slots=True)
class SendNotice:
    """Tell the audience: whoever is in it now is addressed."""

    communication_id: Annotated[UUID, "What was planned."]


@dataclass(frozen=True, slots=True)
class AcknowledgeNotice:
    """Say that a notice reached oneself."""

    communication_id: Annotated[UUID, "What one was told."]


@dataclass(frozen=True, slots=True)
class SetReachTarget:
    """Say which share of those addressed is to be reached before going live."""

    target_percent: Annotated[int, "Acknowledged of addressed, 0 to 100 percent; 80 until it is set."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a percentage out of bounds."""
        shape.percent(self.target_percent, "targetPercent")


CommunicationCommand = PlanCommunication | SendNotice | AcknowledgeNotice | SetReachTarget


class UnknownCommunication(Unknown):
    """No communication of this project has this id."""

    sentence = "There is no communication with this id in this project."


class NoticeIsSent(Refusal):
    """People were told already: what they were told changes no more."""

    sentence = "The notice was sent."


class NobodyAddressed(Refusal):
    """There is nobody in the audience."""

    sentence = "Nobody on the team belongs to this audience."


class NotAddressed(Refusal):
    """A notice is acknowledged by somebody it was not sent to."""

    sentence = "The notice was not sent to you."


@dataclass(frozen=True, slots=True)
class Planned:
    """One communication: the plan, who was told (None: nobody yet), and whom it reached."""

    plan: CommunicationPlanned
    addressed_ids: frozenset[UUID] | None = None
    reached_ids: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Communication:
    """The communication plan of a project, by ids, and the reach it wants, in percent."""

    by_id: Mapping[UUID, Planned] = field(default_factory=dict[UUID, Planned])
    target_percent: int = REACH_TARGET_PERCENT


def decide(
    command: CommunicationCommand, project: "Project", context: Context
) -> Sequence[CommunicationEvent]:
    """Return what happens to the communication plan."""
    plan = project.communication
    if isinstance(command, SetReachTarget):
        percent = command.target_percent
        return [] if percent == plan.target_percent else [ReachTargetSet(percent)]
    planned = plan.by_id.get(command.communication_id)
    if isinstance(command, PlanCommunication):
        return _plan(command, project, planned)
    if planned is None:
        raise UnknownCommunication(field="communicationId")
    today = project.local_day(context.at)
    if isinstance(command, AcknowledgeNotice):
        return _acknowledge(planned, NoticeAcknowledged(command.communication_id, context.actor_id, today))
    if planned.addressed_ids is not None:
        return []
    return [NoticeSent(command.communication_id, _audience(project, planned.plan.audience), today)]


def _acknowledge(planned: Planned, acknowledged: NoticeAcknowledged) -> list[NoticeAcknowledged]:
    if acknowledged.member_id in planned.reached_ids:
        return []
    if acknowledged.member_id not in (planned.addressed_ids or ()):
        raise NotAddressed
    return [acknowledged]


def _plan(
    command: PlanCommunication, project: "Project", before: Planned | None
) -> list[CommunicationPlanned]:
    said = command.audience, command.channel, command.message, command.why, command.planned_on
    planned = CommunicationPlanned(command.communication_id, *said)
    if before is not None and before.plan == planned:
        return []
    if before is not None and before.addressed_ids is not None:
        raise NoticeIsSent(field="communicationId")
    if command.audience is not None:
        project.team.check_department(command.audience, "audience")
    return [planned]


def _audience(project: "Project", department: str | None) -> tuple[UUID, ...]:
    members = project.team.members.items()
    found = tuple(key for key, named in members if department in {None, named.department})
    if not found:
        raise NobodyAddressed
    return found


def evolve(plan: Communication, event: CommunicationEvent) -> Communication:
    """Return the communication plan after an event."""
    match event:
        case ReachTargetSet(target_percent):
            return replaced(plan, target_percent=target_percent)
        case CommunicationPlanned(key):
            after = Planned(event)
        case NoticeSent(key, addressed_ids):
            after = replaced(plan.by_id[key], addressed_ids=frozenset(addressed_ids))
        case NoticeAcknowledged(key, member_id):
            before = plan.by_id[key]
            after = replaced(before, reached_ids=before.reached_ids | {member_id})
        case _:
            assert_never(event)
    return replaced(plan, by_id={**plan.by_id, key: after})


FACET: Final = Facet(
    own="communication",
    decide=decide,
    evolve=evolve,
    events={
        "project.communication_planned.v1": CommunicationPlanned,
        "project.notice_sent.v1": NoticeSent,
        "project.notice_acknowledged.v1": NoticeAcknowledged,
        "project.reach_target_set.v1": ReachTargetSet,
    },
    commands={
        PlanCommunication: roles.LEADS,
        SendNotice: roles.LEADS,
        AcknowledgeNotice: roles.TEAM,
        SetReachTarget: roles.LEADS,
    },
)
