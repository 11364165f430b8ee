"""The mentor pairs: the edges of the mentor tree, and since when each mentee works by themself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.mentoring import MenteeOnboarded, MentorPaired, MentorPairEnded
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class MentorPair:
    """One super user and somebody they bring along; a mentee may be a mentor of others."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    pair_id: Annotated[UUID, "The pair, as commands name it."]
    mentor_id: Annotated[UUID, "The mentor: whoever is above in the tree."]
    mentee_id: Annotated[UUID, "The mentee: whoever is below."]
    paired_on: Annotated[date, "The day they were paired, in the project's time zone."]
    is_onboarded: Annotated[bool, "Whether the mentee works with the product by themself."] = False
    onboarded_on: Annotated[date | None, "Since which day; null until then."] = None
    is_ended: Annotated[bool, "Whether the pair goes on no more."] = False
    ended_on: Annotated[date | None, "The day it ended; null while it goes on."] = None


Event: TypeAlias = MentorPaired | MenteeOnboarded | MentorPairEnded


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the pair."""
    return (part_id(seen.stream, "mentor_pair", seen.event.pair_id),)


def evolve(row: MentorPair | None, seen: Recorded[Event]) -> MentorPair | None:
    """Return the pair after an event."""
    event = seen.event
    if isinstance(event, MentorPaired):
        (row_id,) = keys(seen)
        who = event.pair_id, event.mentor_id, event.mentee_id
        return MentorPair(row_id, seen.stream, *who, event.paired_on)
    if row is None:
        raise AssertionError("a pair's first event is that it was made")
    match event:
        case MenteeOnboarded(onboarded_on=onboarded_on):
            return replaced(row, is_onboarded=True, onboarded_on=onboarded_on)
        case MentorPairEnded(ended_on=ended_on):
            return replaced(row, is_ended=True, ended_on=ended_on)


READ_MODEL: Final = ReadModel(
    name="mentor_pairs",
    row=MentorPair,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"PAIRED": ("paired_on",), "ONBOARDED": ("onboarded_on",)},
    filters=("mentor_id", "mentee_id", "is_onboarded", "is_ended"),
)
