"""A project's recognition: points that are granted and redeemed, and praise said in public."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Refusal
from domain.facet import Facet, once
from domain.ids import MemberId
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

POINTS_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PointsGranted:
    """Somebody got points for something."""

    grant_id: UUID
    member_id: UUID
    points: int
    cause: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class PointsRedeemed:
    """Somebody gave points for something."""

    redemption_id: UUID
    member_id: UUID
    points: int
    purpose: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class PraiseRecorded:
    """Somebody was praised in public."""

    praise_id: UUID
    member_id: UUID
    text: Annotated[str, Personal()]


PointsEvent = PointsGranted | PointsRedeemed | PraiseRecorded


@dataclass(frozen=True, slots=True)
class GrantPoints:
    """Give somebody of the team points for something."""

    grant_id: Annotated[UUID, "A new UUID for the grant."]
    member_id: Annotated[MemberId, "Who gets them: somebody on the project's team."]
    points: Annotated[int, "How many, 1 to 1,000,000."]
    cause: Annotated[str, "For what, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a number or a text out of bounds."""
        shape.whole(self.points, "points", 1, POINTS_MAX)
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class RedeemPoints:
    """Give points of one's own for something; no more than one has."""

    redemption_id: Annotated[UUID, "A new UUID for the redemption."]
    points: Annotated[int, "How many, 1 to 1,000,000."]
    purpose: Annotated[str, "For what, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a number or a text out of bounds."""
        shape.whole(self.points, "points", 1, POINTS_MAX)
        shape.text(self.purpose, "purpose", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class RecordPraise:
    """Praise somebody of the team in public."""

    praise_id: Annotated[UUID, "A new UUID for the praise."]
    member_id: Annotated[MemberId, "Who is praised: somebody on the project's team."]
    text: Annotated[str, "What is said, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text."""
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)


PointsCommand = GrantPoints | RedeemPoints | RecordPraise


class BalanceTooLow(Refusal):
    """Somebody would give more points than they have."""

    sentence = "The balance is lower than that."


@dataclass(frozen=True, slots=True)
class Points:
    """What was granted, redeemed and said, by the ids given, and each one's balance: never below zero."""

    granted: Mapping[UUID, PointsGranted] = field(default_factory=dict[UUID, PointsGranted])
    redeemed: Mapping[UUID, PointsRedeemed] = field(default_factory=dict[UUID, PointsRedeemed])
    praised: Mapping[UUID, PraiseRecorded] = field(default_factory=dict[UUID, PraiseRecorded])
    balances: Mapping[UUID, int] = field(default_factory=dict[UUID, int])


def decide(command: PointsCommand, project: "Project", context: Context) -> Sequence[PointsEvent]:
    """Return what happens to points and praise."""
    points = project.points
    match command:
        case GrantPoints(key, member_id, number, cause):
            granted = once(points.granted.get(key), PointsGranted(key, member_id, number, cause), "grantId")
            return _to_the_team(project, granted)
        case RecordPraise(key, member_id, text):
            praised = once(points.praised.get(key), PraiseRecorded(key, member_id, text), "praiseId")
            return _to_the_team(project, praised)
        case RedeemPoints(key, number, purpose):
            redeemed = PointsRedeemed(key, context.actor_id, number, purpose)
            happens = once(points.redeemed.get(key), redeemed, "redemptionId")
            if happens and points.balances.get(context.actor_id, 0) < number:
                raise BalanceTooLow(field="points")
            return happens
        case _:
            assert_never(command)


def _to_the_team(
    project: "Project", happens: Sequence[PointsGranted | PraiseRecorded]
) -> Sequence[PointsEvent]:
    for event in happens:
        project.team.check_member(event.member_id, "memberId")
    return happens


def evolve(points: Points, event: PointsEvent) -> Points:
    """Return points and praise after an event."""
    match event:
        case PointsGranted(key, member_id, number):
            balances = {**points.balances, member_id: points.balances.get(member_id, 0) + number}
            return replaced(points, granted={**points.granted, key: event}, balances=balances)
        case PointsRedeemed(key, member_id, number):
            balances = {**points.balances, member_id: points.balances[member_id] - number}
            return replaced(points, redeemed={**points.redeemed, key: event}, balances=balances)
        case PraiseRecorded(key):
            return replaced(points, praised={**points.praised, key: event})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="points",
    decide=decide,
    evolve=evolve,
    events={
        "project.points_granted.v1": PointsGranted,
        "project.points_redeemed.v1": PointsRedeemed,
        "project.praise_recorded.v1": PraiseRecorded,
    },
    commands={
        GrantPoints: roles.LEADS,
        RedeemPoints: roles.TEAM,
        RecordPraise: roles.TEAM,
    },
)
