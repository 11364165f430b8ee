"""The record that somebody looked at audit data: who, by which query, what at, how much. One stream each."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from domain import roles, shape
from domain.decider import Context, Decider
from domain.errors import AlreadyExists, Malformed

COUNT_MAX: Final = 10**12


@dataclass(frozen=True, slots=True)
class AccessRecorded:
    """Somebody looked at audit data, some times within a short while; the actor is whoever looked."""

    query: str
    subject: UUID | None
    within: UUID | None
    times: int
    entry_count: int
    first_at: datetime
    last_at: datetime


AccessEvent = AccessRecorded


@dataclass(frozen=True, slots=True)
class RecordAccess:
    """Record that audit data was looked at, in the name of whoever looked."""

    query: Annotated[str, "What it was asked by, such as auditTrail, 1 to 200 characters."]
    subject: Annotated[UUID | None, "The one thing it was asked about, if any."]
    within: Annotated[UUID | None, "The one project it was asked about, if any."]
    times: Annotated[int, "How often it was asked, from 1."]
    entry_count: Annotated[int, "How many entries were answered, all times together."]
    first_at: Annotated[datetime, "When it was asked first (UTC)."]
    last_at: Annotated[datetime, "When it was asked last (UTC)."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed query or count, or times in the wrong order."""
        shape.text(self.query, "query", shape.NAME_LENGTH_MAX)
        shape.whole(self.times, "times", 1, COUNT_MAX)
        shape.whole(self.entry_count, "entryCount", 0, COUNT_MAX)
        if self.first_at > self.last_at:
            raise Malformed("The last time is not before the first.", field="lastAt")


AccessCommand = RecordAccess


@dataclass(frozen=True, slots=True)
class Access:
    """What was looked at, as recorded."""

    recorded: AccessRecorded


def decide(command: AccessCommand, access: Access | None, context: Context) -> Sequence[AccessEvent]:
    """Return the record, nothing when it was made already."""
    del context
    event = AccessRecorded(**{each.name: getattr(command, each.name) for each in fields(command)})
    if access is None:
        return [event]
    if access == Access(event):
        return []
    raise AlreadyExists


def evolve(access: Access | None, event: AccessEvent) -> Access:
    """Return the access recorded."""
    del access
    return Access(event)


DECIDER: Final[Decider[AccessCommand, Access, AccessEvent]] = Decider(
    name="access",
    decide=decide,
    evolve=evolve,
    events={"access.recorded.v1": AccessRecorded},
    commands={RecordAccess: roles.SYSTEM},
    opens=frozenset({RecordAccess}),
    project_of=lambda _: None,
)
