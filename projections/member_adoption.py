"""Adoption: who of a project's team uses it, who never did, and who did and stopped."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project import MemberNamed, MemberRemoved
from domain.project.activity import MemberBecameActive, MemberWentInactive
from domain.recorded import Recorded
from domain.roles import Role
from projections.read_model import Observation, ReadModel, part_id


class AdoptionStatus(StrEnum):
    """Whether somebody uses a project: named but never active, active, or active once and no more."""

    INVITED = "invited"
    ACTIVE = "active"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class ActivePeriod:
    """A time in which somebody was active, in days of the project's time zone."""

    active_on: Annotated[date, "The day they became active."]
    inactive_on: Annotated[date | None, "The day they went inactive; null while they are active."] = None


@dataclass(frozen=True, slots=True)
class MemberAdoption:
    """How one member of a project's team takes to it."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    member_id: Annotated[UUID, "The member."]
    role: Annotated[Role, "Their role in this project."]
    department: Annotated[str | None, "Their department in this project."]
    named_on: Annotated[date, "The day they were first named on the team, in the project's time zone."]
    is_on_team: Annotated[bool, "Whether they are on the team."] = True
    status: Annotated[AdoptionStatus, "Whether they use it."] = AdoptionStatus.INVITED
    since_at: Annotated[datetime | None, "Since when the status holds (UTC); null while only invited."] = None
    active_periods: Annotated[tuple[ActivePeriod, ...], "When they were active, the earliest first."] = ()


Event: TypeAlias = MemberNamed | MemberRemoved | MemberBecameActive | MemberWentInactive


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the member."""
    return (part_id(seen.stream, "member_adoption", seen.event.member_id),)


def evolve(row: MemberAdoption | None, seen: Recorded[Event]) -> MemberAdoption | None:
    """Return the member after an event."""
    event = seen.event
    if isinstance(event, MemberNamed):
        return _named(row, event, seen)
    if row is None:
        raise AssertionError("a member is first named on the team")
    match event:
        case MemberRemoved():
            return replaced(row, is_on_team=False)
        case MemberBecameActive(active_at=at, active_on=active_on):
            periods = (*row.active_periods, ActivePeriod(active_on))
            return replaced(row, status=AdoptionStatus.ACTIVE, since_at=at, active_periods=periods)
        case MemberWentInactive(inactive_at=at, inactive_on=inactive_on):
            last = ActivePeriod(row.active_periods[-1].active_on, inactive_on)
            periods = (*row.active_periods[:-1], last)
            return replaced(row, status=AdoptionStatus.INACTIVE, since_at=at, active_periods=periods)


def _named(row: MemberAdoption | None, event: MemberNamed, seen: Recorded[Any]) -> MemberAdoption:
    """Return the member as named; whoever comes back stays in the cohort of the first time."""
    if row is not None:
        return replaced(row, role=event.role, department=event.department, is_on_team=True)
    key = part_id(seen.stream, "member_adoption", event.member_id)
    named_on = event.named_on or seen.occurred_at.date()
    return MemberAdoption(key, seen.stream, event.member_id, event.role, event.department, named_on)


def observe(row: MemberAdoption) -> Iterator[Observation]:
    """Yield whether somebody on the team is active, and of those who ever were whether they stopped."""
    if not row.is_on_team:
        return
    cohort = (("role", row.role.value), ("department", row.department or ""))
    is_active = row.status is AdoptionStatus.ACTIVE
    yield Observation("adoption_rate", row.named_on, 1, is_active, dimensions=cohort)
    if row.status is not AdoptionStatus.INVITED:
        yield Observation("abandonment_rate", row.named_on, 1, not is_active, dimensions=cohort)


READ_MODEL: Final = ReadModel(
    name="member_adoption",
    row=MemberAdoption,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"NAMED": ("named_on",), "SINCE": ("since_at",)},
    filters=("member_id", "status", "role", "department", "is_on_team"),
)
