"""The hall of fame: each award of each month, who was nominated for it, and who got it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.awards import AwardGranted, AwardMonthOpened, CandidateNominated
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class Nomination:
    """Somebody nominated for an award."""

    member_id: Annotated[UUID, "The member nominated."]
    nominator_id: Annotated[UUID, "The member who nominated them."]
    cause: Annotated[str, "For what."]


@dataclass(frozen=True, slots=True)
class MonthlyAward:
    """One award of one month."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    month: Annotated[date, "The first day of the month it is for."]
    award: Annotated[str, "Which award."]
    nominations: Annotated[tuple[Nomination, ...], "Who was nominated, the first nomination first."] = ()
    is_granted: Annotated[bool, "Whether somebody got it."] = False
    winner_id: Annotated[UUID | None, "The member who got it."] = None
    granted_on: Annotated[date | None, "The day they got it, in the project's time zone."] = None


Event: TypeAlias = AwardMonthOpened | CandidateNominated | AwardGranted


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the award of its month."""
    return (_key(seen.stream, seen.event),)


def _key(project_id: UUID, event: AwardMonthOpened | CandidateNominated | AwardGranted) -> UUID:
    return part_id(project_id, "award", f"{event.month:%Y-%m} {event.award}")


def evolve(row: MonthlyAward | None, seen: Recorded[Event]) -> MonthlyAward | None:
    """Return the award after an event."""
    event = seen.event
    if isinstance(event, AwardMonthOpened):
        return MonthlyAward(_key(seen.stream, event), seen.stream, event.month, event.award)
    if row is None:
        raise AssertionError("an award's first event is that its month was opened")
    match event:
        case CandidateNominated(member_id=member_id, nominator_id=nominator_id, cause=cause):
            nomination = Nomination(member_id, nominator_id, cause)
            return replaced(row, nominations=(*row.nominations, nomination))
        case AwardGranted(member_id=winner_id, granted_on=granted_on):
            return replaced(row, is_granted=True, winner_id=winner_id, granted_on=granted_on)


READ_MODEL: Final = ReadModel(
    name="hall_of_fame",
    row=MonthlyAward,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"MONTH": ("month", "award")},
    filters=("award", "winner_id", "is_granted"),
)
