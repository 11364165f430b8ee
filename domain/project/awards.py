"""A project's monthly awards, such as the best project management expert: one winner a month and award."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Malformed, Refusal, Unknown
from domain.facet import Facet
from domain.ids import MemberId
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

MONTH_TEXT: Final = "The first day of the month it is for."
AWARD_TEXT: Final = "Which award, such as best project management expert, 1 to 200 characters."


@dataclass(frozen=True, slots=True)
class AwardMonthOpened:
    """Members can be nominated for an award of a month."""

    month: date
    award: str


@dataclass(frozen=True, slots=True)
class CandidateNominated:
    """Somebody nominated somebody for an award of a month."""

    month: date
    award: str
    member_id: UUID
    nominator_id: UUID
    cause: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class AwardGranted:
    """Somebody got an award of a month, on a day of the project's time zone."""

    month: date
    award: str
    member_id: UUID
    granted_on: date


AwardEvent = AwardMonthOpened | CandidateNominated | AwardGranted


@dataclass(frozen=True, slots=True)
class OpenAwardMonth:
    """Let members be nominated for an award of a month."""

    month: Annotated[date, MONTH_TEXT]
    award: Annotated[str, AWARD_TEXT]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a day that begins no month, or a blank or long name."""
        _check(self.month, self.award)


@dataclass(frozen=True, slots=True)
class NominateForAward:
    """Nominate somebody of the team for an award of a month, once, before it is granted."""

    month: Annotated[date, MONTH_TEXT]
    award: Annotated[str, AWARD_TEXT]
    member_id: Annotated[MemberId, "Who should get it: somebody on the project's team."]
    cause: Annotated[str, "For what, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a day that begins no month, or a blank or long text."""
        _check(self.month, self.award)
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class GrantAward:
    """Give an award of a month to one of the nominated."""

    month: Annotated[date, MONTH_TEXT]
    award: Annotated[str, AWARD_TEXT]
    member_id: Annotated[MemberId, "Who gets it: somebody nominated for it."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a day that begins no month, or a blank or long name."""
        _check(self.month, self.award)


AwardCommand = OpenAwardMonth | NominateForAward | GrantAward


def _check(month: date, award: str) -> None:
    shape.day(month, "month")
    if month.day != 1:
        raise Malformed("A month is named by its first day.", field="month")
    shape.text(award, "award", shape.NAME_LENGTH_MAX)


class AwardNotOpen(Unknown):
    """Nobody opened this award for this month."""

    sentence = "This award is not open for this month."


class AwardTaken(Refusal):
    """Somebody has the award of this month already."""

    sentence = "This award of this month was granted."


class NotNominated(Refusal):
    """An award is to go to somebody nobody nominated."""

    sentence = "This member was not nominated for this award of this month."


@dataclass(frozen=True, slots=True)
class Contest:
    """One award of one month: who nominated whom, as (nominated, nominator), and who got it."""

    nominations: frozenset[tuple[UUID, UUID]] = frozenset()
    winner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Awards:
    """The awards of a project, by month and name as one text, such as `2026-03 best expert`."""

    contests: Mapping[str, Contest] = field(default_factory=dict[str, Contest])


def decide(command: AwardCommand, project: "Project", context: Context) -> Sequence[AwardEvent]:
    """Return what happens to the awards."""
    month, award = command.month, command.award
    contest = project.awards.contests.get(_key(month, award))
    if isinstance(command, OpenAwardMonth):
        return [AwardMonthOpened(month, award)] if contest is None else []
    if contest is None:
        raise AwardNotOpen(field="award")
    match command:
        case NominateForAward(member_id=member_id, cause=cause):
            if (member_id, context.actor_id) in contest.nominations:
                return []
            project.team.check_member(member_id, "memberId")
            if contest.winner_id is not None:
                raise AwardTaken(field="award")
            return [CandidateNominated(month, award, member_id, context.actor_id, cause)]
        case GrantAward(member_id=member_id):
            if contest.winner_id == member_id:
                return []
            _check_grant(contest, member_id)
            return [AwardGranted(month, award, member_id, project.local_day(context.at))]
        case _:
            assert_never(command)


def _key(month: date, award: str) -> str:
    return f"{month:%Y-%m} {award}"


def _check_grant(contest: Contest, member_id: UUID) -> None:
    if contest.winner_id is not None:
        raise AwardTaken(field="award")
    if member_id not in {nominated for nominated, _ in contest.nominations}:
        raise NotNominated(field="memberId")


def evolve(awards: Awards, event: AwardEvent) -> Awards:
    """Return the awards after an event."""
    key = _key(event.month, event.award)
    match event:
        case AwardMonthOpened():
            after = Contest()
        case CandidateNominated(member_id=member_id, nominator_id=nominator_id):
            before = awards.contests[key]
            after = replaced(before, nominations=before.nominations | {(member_id, nominator_id)})
        case AwardGranted(member_id=member_id):
            after = replaced(awards.contests[key], winner_id=member_id)
        case _:
            assert_never(event)
    return Awards({**awards.contests, key: after})


FACET: Final = Facet(
    own="awards",
    decide=decide,
    evolve=evolve,
    events={
        "project.award_month_opened.v1": AwardMonthOpened,
        "project.candidate_nominated.v1": CandidateNominated,
        "project.award_granted.v1": AwardGranted,
    },
    commands={
        OpenAwardMonth: roles.LEADS,
        NominateForAward: roles.TEAM,
        GrantAward: roles.LEADS,
    },
)
