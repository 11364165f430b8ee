"""The leaderboard: what each member was granted and redeemed, and how often they were praised."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.points import PointsGranted, PointsRedeemed, PraiseRecorded
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class LeaderboardEntry:
    """The points and praise of one member in one project."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    member_id: Annotated[UUID, "The member."]
    granted_points: Annotated[int, "Points granted so far."] = 0
    redeemed_points: Annotated[int, "Points redeemed so far."] = 0
    balance_points: Annotated[int, "Granted less redeemed: never below 0."] = 0
    praise_count: Annotated[int, "How often they were praised."] = 0
    last_praise: Annotated[str | None, "What was said of them last."] = None


Event: TypeAlias = PointsGranted | PointsRedeemed | PraiseRecorded


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the member's entry."""
    return (part_id(seen.stream, "leaderboard", seen.event.member_id),)


def evolve(row: LeaderboardEntry | None, seen: Recorded[Event]) -> LeaderboardEntry | None:
    """Return the member's entry after an event."""
    event = seen.event
    member_id = event.member_id
    row = row or LeaderboardEntry(part_id(seen.stream, "leaderboard", member_id), seen.stream, member_id)
    match event:
        case PointsGranted(points=points):
            granted = row.granted_points + points
            return replaced(row, granted_points=granted, balance_points=granted - row.redeemed_points)
        case PointsRedeemed(points=points):
            redeemed = row.redeemed_points + points
            return replaced(row, redeemed_points=redeemed, balance_points=row.granted_points - redeemed)
        case PraiseRecorded(text=text):
            return replaced(row, praise_count=row.praise_count + 1, last_praise=text)


READ_MODEL: Final = ReadModel(
    name="leaderboard",
    row=LeaderboardEntry,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={
        "GRANTED": ("granted_points",),
        "BALANCE": ("balance_points",),
        "PRAISE": ("praise_count",),
    },
    filters=("member_id",),
)
