"""Parking: a key whose event a read model cannot fold waits, in order, while everything else goes on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from psycopg import Connection

from domain.operation import RetryParked, SkipParked
from infra.folding import Failure

_log: Final = structlog.get_logger(__name__)


PARKED: Final = (
    "SELECT model, key, partition, position, type, problem, attempts, parked_at FROM rows.parked"
    " ORDER BY parked_at, model, key"
)


@dataclass(frozen=True, slots=True)
class ParkedKey:
    """A key that waits in a read model because an event of its could not be folded."""

    model: Annotated[str, "The read model it waits in."]
    key: Annotated[UUID, "The project, or the stream where there is no project."]
    partition: Annotated[int, "The partition of the topic it is in."]
    position: Annotated[
        int, "The position of the event that could not be folded; what follows waits behind it."
    ]
    type: Annotated[str, "The stored name of that event."]
    problem: Annotated[str, "The kind of failure; never the event's content."]
    attempts: Annotated[int, "How often it was tried."]
    parked_at: Annotated[datetime, "When it was parked (UTC)."]


def park(connection: Connection[Any], failure: Failure, partition: int, attempts: int) -> None:
    """Park the key of a failed event in its model; one already parked there stays as it is."""
    _log.error(
        "stream_parked",
        model=failure.model,
        key=str(failure.key),
        position=failure.position,
        event_type=failure.type,
        problem=failure.problem,
    )
    connection.execute(
        "INSERT INTO rows.parked (model, key, partition, position, type, problem, attempts)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (model, key) DO UPDATE SET attempts = rows.parked.attempts + excluded.attempts,"
        " position = excluded.position, type = excluded.type, problem = excluded.problem",
        (
            failure.model,
            failure.key,
            partition,
            failure.position,
            failure.type,
            failure.problem,
            attempts,
        ),
    )


def parked(connection: Connection[Any]) -> list[ParkedKey]:
    """Return every parked key, the longest waiting first."""
    return [ParkedKey(*row) for row in connection.execute(PARKED).fetchall()]


def waits_for(decision: RetryParked | SkipParked, waiting: Iterable[ParkedKey]) -> bool:
    """Say whether what an operating decision is about is parked."""
    if isinstance(decision, RetryParked):
        return any((each.model, each.key) == (decision.model, decision.key) for each in waiting)
    return any((each.model, each.position) == (decision.model, decision.position) for each in waiting)


def unpark(connection: Connection[Any], model: str, key: UUID) -> int | None:
    """Take a key off the parked ones and return the position it waited at; None when it is not parked."""
    row = connection.execute(
        "DELETE FROM rows.parked WHERE model = %s AND key = %s RETURNING position", (model, key)
    ).fetchone()
    return None if row is None else int(row[0])


def skip(connection: Connection[Any], model: str, position: int) -> None:
    """Leave one event out of one model, now and in every rebuild."""
    connection.execute(
        "INSERT INTO rows.skipped (model, position) VALUES (%s, %s) ON CONFLICT DO NOTHING", (model, position)
    )
