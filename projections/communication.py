"""The communication plan: what is told to whom and why, and how many of them it reached."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.communication import (
    CommunicationPlanned,
    NoticeAcknowledged,
    NoticeChannel,
    NoticeSent,
)
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class CommunicationEntry:
    """One thing that people are told before it changes."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    communication_id: Annotated[UUID, "The communication, as commands name it."]
    audience: Annotated[str | None, "The department that is told; null for the whole team."]
    channel: Annotated[NoticeChannel, "How they are told."]
    message: Annotated[str, "What they are told."]
    why: Annotated[str, "Why it is done, as they are told."]
    planned_on: Annotated[date, "The day they are to be told, in the project's time zone."]
    is_sent: Annotated[bool, "Whether they were told."] = False
    sent_on: Annotated[date | None, "The day they were told, in the project's time zone."] = None
    addressed_count: Annotated[int, "How many were told."] = 0
    acknowledged_count: Annotated[int, "How many said that it had reached them."] = 0
    reach_percent: Annotated[
        int | None, "Acknowledged of addressed, rounded down; null before it is sent."
    ] = None
    waiting_ids: Annotated[tuple[UUID, ...], "Who was told and has not acknowledged it."] = ()


def reach_percent(acknowledged_count: int, addressed_count: int) -> int | None:
    """Return acknowledged of addressed in whole percent, rounded down; None where nobody was addressed."""
    return 100 * acknowledged_count // addressed_count if addressed_count else None


Event: TypeAlias = CommunicationPlanned | NoticeSent | NoticeAcknowledged


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the communication."""
    return (part_id(seen.stream, "communication", seen.event.communication_id),)


def evolve(row: CommunicationEntry | None, seen: Recorded[Event]) -> CommunicationEntry | None:
    """Return the communication after an event."""
    event = seen.event
    if isinstance(event, CommunicationPlanned):
        return _planned(event, seen.stream)
    if row is None:
        raise AssertionError("a communication's first event is that it was planned")
    match event:
        case NoticeSent(addressed_ids=addressed_ids, sent_on=sent_on):
            return replaced(
                row,
                is_sent=True,
                sent_on=sent_on,
                addressed_count=len(addressed_ids),
                reach_percent=0,
                waiting_ids=addressed_ids,
            )
        case NoticeAcknowledged(member_id=member_id):
            count = row.acknowledged_count + 1
            return replaced(
                row,
                acknowledged_count=count,
                reach_percent=reach_percent(count, row.addressed_count),
                waiting_ids=tuple(each for each in row.waiting_ids if each != member_id),
            )


def _planned(event: CommunicationPlanned, project_id: UUID) -> CommunicationEntry:
    """Return a communication as planned: it may be planned anew until it is sent."""
    return CommunicationEntry(
        part_id(project_id, "communication", event.communication_id),
        project_id,
        event.communication_id,
        event.audience,
        event.channel,
        event.message,
        event.why,
        event.planned_on,
    )


READ_MODEL: Final = ReadModel(
    name="communication",
    row=CommunicationEntry,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"PLANNED": ("planned_on",), "SENT": ("sent_on",)},
    filters=("is_sent", "audience", "channel", "waiting_ids"),
)
