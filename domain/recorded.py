"""An event as it stands in the log, and a command as it was issued: fact and wish with their metadata."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

Event_co = TypeVar("Event_co", covariant=True)
Command_co = TypeVar("Command_co", covariant=True)


class Recorded(NamedTuple, Generic[Event_co]):
    """One event of the log. Times are aware UTC.

    `position` counts from 1 over the whole log, `version` from 1 in its stream. A tuple, because a rebuild
    makes millions of them.
    """

    position: int
    event_id: UUID
    stream: UUID
    version: int
    type: str
    project_id: UUID | None
    actor_id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    command_id: UUID
    reason: str | None
    occurred_at: datetime
    recorded_at: datetime
    event: Event_co

    @property
    def key(self) -> UUID:
        """Return what keeps its order in Kafka: the project, or the stream where there is no project."""
        return self.project_id or self.stream


@dataclass(frozen=True, slots=True)
class Issued(Generic[Command_co]):
    """One command as issued: to which stream, by whom, when (aware UTC) and why.

    `expected_version` None means any. `is_backdated` says that the issuer named `at`; otherwise it is the
    moment the command was received.
    """

    command: Command_co
    stream: UUID
    command_id: UUID
    actor_id: UUID
    at: datetime
    reason: str | None = None
    expected_version: int | None = None
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    is_backdated: bool = False
