"""A project's super users, who know the product early, and the people they bring along as mentors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Refusal, Unknown
from domain.facet import Facet
from domain.ids import MemberId

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class SuperUserNominated:
    """Somebody is a super user from a day on."""

    member_id: UUID
    nominated_on: date


@dataclass(frozen=True, slots=True)
class MentorPaired:
    """A super user brings somebody along from a day on."""

    pair_id: UUID
    mentor_id: UUID
    mentee_id: UUID
    paired_on: date


@dataclass(frozen=True, slots=True)
class MenteeOnboarded:
    """A mentee works with the product by themself from a day on."""

    pair_id: UUID
    mentor_id: UUID
    mentee_id: UUID
    onboarded_on: date


@dataclass(frozen=True, slots=True)
class MentorPairEnded:
    """A mentor no longer brings a mentee along."""

    pair_id: UUID
    mentor_id: UUID
    mentee_id: UUID
    ended_on: date


MentoringEvent = SuperUserNominated | MentorPaired | MenteeOnboarded | MentorPairEnded


@dataclass(frozen=True, slots=True)
class NominateSuperUser:
    """Make somebody on the team a super user, who may be a mentor."""

    member_id: Annotated[MemberId, "Who."]


@dataclass(frozen=True, slots=True)
class PairMentor:
    """Let a super user bring somebody along."""

    pair_id: Annotated[UUID, "A new UUID for the pair."]
    mentor_id: Annotated[MemberId, "The super user."]
    mentee_id: Annotated[MemberId, "Who is brought along: on the team, and in no other pair that goes on."]


@dataclass(frozen=True, slots=True)
class OnboardMentee:
    """Record, as their mentor, that a mentee works with the product by themself."""

    pair_id: Annotated[UUID, "The pair."]


@dataclass(frozen=True, slots=True)
class EndMentorPair:
    """End a pair: the mentee is free for another mentor."""

    pair_id: Annotated[UUID, "The pair."]


MentoringCommand = NominateSuperUser | PairMentor | OnboardMentee | EndMentorPair


class UnknownPair(Unknown):
    """No mentor pair of this project has this id."""

    sentence = "There is no mentor pair with this id in this project."


class NotSuperUser(Refusal):
    """Only super users are mentors."""

    sentence = "This member is not a super user of the project."


class MentorCycle(Refusal):
    """Somebody would be brought along by themself, perhaps through others."""

    sentence = "The mentee would be a mentor of their own mentor."


class AlreadyPaired(Refusal):
    """A mentee has one mentor at a time."""

    sentence = "This member has a mentor already."


class NotTheMentor(Refusal):
    """Only the mentor can say how far a mentee is."""

    sentence = "Only the mentor of this pair records this."


class PairEnded(Refusal):
    """The pair goes on no more."""

    sentence = "The mentor pair has ended."


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair as it was made, and how far it is."""

    paired: MentorPaired
    is_onboarded: bool = False
    is_ended: bool = False


@dataclass(frozen=True, slots=True)
class Mentoring:
    """The super users of a project, and its mentor pairs by their ids."""

    super_users: frozenset[UUID] = frozenset()
    pairs: Mapping[UUID, Pair] = field(default_factory=dict[UUID, Pair])

    def mentors(self) -> Mapping[UUID, UUID]:
        """Return the mentor of each mentee whose pair goes on."""
        going_on = (pair.paired for pair in self.pairs.values() if not pair.is_ended)
        return {paired.mentee_id: paired.mentor_id for paired in going_on}


def decide(command: MentoringCommand, project: "Project", context: Context) -> Sequence[MentoringEvent]:
    """Return what happens to super users and mentor pairs."""
    today = project.local_day(context.at)
    match command:
        case NominateSuperUser(member_id):
            project.team.check_member(member_id, "memberId")
            is_known = member_id in project.mentoring.super_users
            return [] if is_known else [SuperUserNominated(member_id, today)]
        case PairMentor(pair_id, mentor_id, mentee_id):
            return _pair(project, MentorPaired(pair_id, mentor_id, mentee_id, today))
        case OnboardMentee(pair_id):
            return _onboard(_known(project, pair_id), context.actor_id, today)
        case EndMentorPair(pair_id):
            pair = _known(project, pair_id)
            ended = MentorPairEnded(pair_id, pair.paired.mentor_id, pair.paired.mentee_id, today)
            return [] if pair.is_ended else [ended]
        case _:
            assert_never(command)


def _known(project: "Project", pair_id: UUID) -> Pair:
    pair = project.mentoring.pairs.get(pair_id)
    if pair is None:
        raise UnknownPair(field="pairId")
    return pair


def _pair(project: "Project", wished: MentorPaired) -> Sequence[MentorPaired]:
    mentoring = project.mentoring
    before = mentoring.pairs.get(wished.pair_id)
    if before is not None:
        if replaced(before.paired, paired_on=wished.paired_on) == wished:
            return []
        raise AlreadyExists(field="pairId")
    project.team.check_member(wished.mentor_id, "mentorId")
    project.team.check_member(wished.mentee_id, "menteeId")
    if wished.mentor_id not in mentoring.super_users:
        raise NotSuperUser(field="mentorId")
    mentors = mentoring.mentors()
    if wished.mentee_id in mentors:
        raise AlreadyPaired(field="menteeId")
    _check_tree(mentors, wished)
    return [wished]


def _check_tree(mentors: Mapping[UUID, UUID], wished: MentorPaired) -> None:
    """Raise `MentorCycle` where the mentee is above the mentor; pairs so far have no cycle."""
    above: UUID | None = wished.mentor_id
    while above is not None:
        if above == wished.mentee_id:
            raise MentorCycle(field="menteeId")
        above = mentors.get(above)


def _onboard(pair: Pair, actor_id: UUID, today: date) -> Sequence[MenteeOnboarded]:
    paired = pair.paired
    if actor_id != paired.mentor_id:
        raise NotTheMentor
    if pair.is_onboarded:
        return []
    if pair.is_ended:
        raise PairEnded(field="pairId")
    return [MenteeOnboarded(paired.pair_id, paired.mentor_id, paired.mentee_id, today)]


def evolve(mentoring: Mentoring, event: MentoringEvent) -> Mentoring:
    """Return super users and mentor pairs after an event."""
    pairs = mentoring.pairs
    match event:
        case SuperUserNominated(member_id):
            return replaced(mentoring, super_users=mentoring.super_users | {member_id})
        case MentorPaired(pair_id):
            after = Pair(event)
        case MenteeOnboarded(pair_id):
            after = replaced(pairs[pair_id], is_onboarded=True)
        case MentorPairEnded(pair_id):
            after = replaced(pairs[pair_id], is_ended=True)
        case _:
            assert_never(event)
    return replaced(mentoring, pairs={**pairs, pair_id: after})


FACET: Final = Facet(
    own="mentoring",
    decide=decide,
    evolve=evolve,
    events={
        "project.super_user_nominated.v1": SuperUserNominated,
        "project.mentor_paired.v1": MentorPaired,
        "project.mentee_onboarded.v1": MenteeOnboarded,
        "project.mentor_pair_ended.v1": MentorPairEnded,
    },
    commands={
        NominateSuperUser: roles.LEADS,
        PairMentor: roles.LEADS,
        OnboardMentee: roles.TEAM,
        EndMentorPair: roles.LEADS,
    },
)
