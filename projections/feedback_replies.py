"""The conversations about feedback: one row for each message, and how long its giver waited for it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from domain.feedback import FeedbackReplied
from domain.recorded import Recorded
from projections.read_model import Observation, ReadModel, part_id


@dataclass(frozen=True, slots=True)
class FeedbackReply:
    """One message about feedback."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    feedback_id: Annotated[UUID, "The feedback it is about."]
    text: Annotated[str, "The message."]
    replied_by: Annotated[UUID, "Who wrote it."]
    replied_at: Annotated[datetime, "When it was written (UTC)."]
    replied_on: Annotated[date, "The same, as a day in the project's time zone."]
    is_first_response: Annotated[bool, "Whether it is the first by anybody but the giver."]
    response_minutes: Annotated[
        int | None, "Elapsed minutes the giver had waited for it; null where nothing was open."
    ]
    response_working_minutes: Annotated[int | None, "The same in working minutes of the project's calendar."]


def keys(seen: Recorded[FeedbackReplied]) -> Iterable[UUID]:
    """Return the message."""
    return (part_id(seen.stream, "feedback_reply", seen.version),)


def evolve(row: FeedbackReply | None, seen: Recorded[FeedbackReplied]) -> FeedbackReply | None:
    """Return the message as it was written: it never changes."""
    event = seen.event
    if row is not None or seen.project_id is None:
        return row
    (key,) = keys(seen)
    said = event.text, event.replied_by, event.replied_at, event.replied_on
    waited = event.is_first_response, event.response_minutes, event.response_working_minutes
    return FeedbackReply(key, seen.project_id, seen.stream, *said, *waited)


def observe(row: FeedbackReply) -> Iterator[Observation]:
    """Yield how long the giver waited, for the first answer or for one after it."""
    which = "first" if row.is_first_response else "next"
    if row.response_minutes is not None:
        yield Observation(f"{which}_response_time", row.replied_on, row.response_minutes)
    if row.response_working_minutes is not None:
        yield Observation(f"{which}_response_time_working", row.replied_on, row.response_working_minutes)


READ_MODEL: Final = ReadModel(
    name="feedback_replies",
    row=FeedbackReply,
    folds=frozenset({FeedbackReplied}),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"REPLIED": ("replied_at",)},
    filters=("feedback_id", "replied_by", "is_first_response"),
)
