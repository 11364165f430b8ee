"""Who uses a project: a member is active who issued a command in the last 14 days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles
from domain.decider import Context
from domain.facet import Facet

if TYPE_CHECKING:
    from domain.project import Project

ACTIVE_FOR: Final = timedelta(days=14)
"""How long one command keeps its issuer active."""


@dataclass(frozen=True, slots=True)
class MemberBecameActive:
    """Somebody on the team issued a command (UTC) who had issued none in the 14 days before it."""

    member_id: UUID
    active_at: datetime
    active_on: date


@dataclass(frozen=True, slots=True)
class MemberWentInactive:
    """Fourteen days passed (UTC) since somebody's last command."""

    member_id: UUID
    inactive_at: datetime
    inactive_on: date


ActivityEvent = MemberBecameActive | MemberWentInactive


@dataclass(frozen=True, slots=True)
class MarkMemberActive:
    """Record that somebody on the team became active."""

    member_id: Annotated[UUID, "Who."]
    active_at: Annotated[datetime, "When they issued the command that made them active (UTC)."]


@dataclass(frozen=True, slots=True)
class MarkMemberInactive:
    """Record that somebody went inactive."""

    member_id: Annotated[UUID, "Who."]
    inactive_at: Annotated[datetime, "When 14 days had passed since their last command (UTC)."]


ActivityCommand = MarkMemberActive | MarkMemberInactive


@dataclass(frozen=True, slots=True)
class Activity:
    """Who is active in a project."""

    active_ids: frozenset[UUID] = frozenset()


def decide(command: ActivityCommand, project: "Project", context: Context) -> Sequence[ActivityEvent]:
    """Return what happens to the activity of a member: one event for each change, nothing between."""
    del context
    is_active = command.member_id in project.activity.active_ids
    match command:
        case MarkMemberActive(member_id, active_at):
            if is_active:
                return []
            project.team.check_member(member_id, "memberId")
            return [MemberBecameActive(member_id, active_at, project.local_day(active_at))]
        case MarkMemberInactive(member_id, inactive_at):
            if not is_active:
                return []
            return [MemberWentInactive(member_id, inactive_at, project.local_day(inactive_at))]
        case _:
            assert_never(command)


def evolve(activity: Activity, event: ActivityEvent) -> Activity:
    """Return who is active after an event."""
    match event:
        case MemberBecameActive(member_id):
            return Activity(activity.active_ids | {member_id})
        case MemberWentInactive(member_id):
            return Activity(activity.active_ids - {member_id})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="activity",
    decide=decide,
    evolve=evolve,
    events={
        "project.member_became_active.v1": MemberBecameActive,
        "project.member_went_inactive.v1": MemberWentInactive,
    },
    commands={
        MarkMemberActive: roles.SYSTEM,
        MarkMemberInactive: roles.SYSTEM,
    },
)
