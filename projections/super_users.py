"""The super users: since when they are, whom they mentored, and how many of these work by themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.mentoring import MenteeOnboarded, MentorPaired, MentorPairEnded, SuperUserNominated
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class SuperUser:
    """One super user of a project."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    member_id: Annotated[UUID, "The member."]
    nominated_on: Annotated[date, "The day they became one, in the project's time zone."]
    pair_count: Annotated[int, "How many pairs they were or are the mentor in: the denominator."] = 0
    onboarded_count: Annotated[int, "In how many of them the mentee works by themself: the numerator."] = 0
    onboarded_percent: Annotated[
        int | None, "Their quotient in percent, rounded down; null without a pair."
    ] = None
    going_on_count: Annotated[int, "How many of these pairs go on."] = 0


Event: TypeAlias = SuperUserNominated | MentorPaired | MenteeOnboarded | MentorPairEnded


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the super user."""
    event = seen.event
    member_id = event.member_id if isinstance(event, SuperUserNominated) else event.mentor_id
    return (part_id(seen.stream, "super_user", member_id),)


def evolve(row: SuperUser | None, seen: Recorded[Event]) -> SuperUser | None:
    """Return the super user after an event."""
    event = seen.event
    if isinstance(event, SuperUserNominated):
        (row_id,) = keys(seen)
        return SuperUser(row_id, seen.stream, event.member_id, event.nominated_on)
    if row is None:
        raise AssertionError("a super user's first event is that they were nominated")
    match event:
        case MentorPaired():
            paired = replaced(row, going_on_count=row.going_on_count + 1)
            return _counted(paired, row.pair_count + 1, row.onboarded_count)
        case MenteeOnboarded():
            return _counted(row, row.pair_count, row.onboarded_count + 1)
        case MentorPairEnded():
            return replaced(row, going_on_count=row.going_on_count - 1)


def _counted(row: SuperUser, pairs: int, onboarded: int) -> SuperUser:
    return replaced(
        row, pair_count=pairs, onboarded_count=onboarded, onboarded_percent=onboarded * 100 // pairs
    )


READ_MODEL: Final = ReadModel(
    name="super_users",
    row=SuperUser,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"NOMINATED": ("nominated_on",), "ONBOARDED": ("onboarded_count",)},
    filters=("member_id",),
)
