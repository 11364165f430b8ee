"""The state of every stream as of a position, folded from the log alone, one stream at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from domain.aggregates import AGGREGATES
from domain.decider import Decider
from infra.codec import BadEvent, Codec, UnknownEvent

FETCH_EVENTS: Final = 2_000
"""Events held at a time; beside them there is only the state of the stream being folded."""

_DECIDERS: Final[Mapping[str, Decider[Any, Any, Any]]] = {decider.name: decider for decider in AGGREGATES}
_EVENTS: Final = (
    "SELECT stream, version, type, project_id, position, recorded_at, data FROM log.event"
    " WHERE position <= %(until)s AND (%(project)s::uuid IS NULL OR project_id = %(project)s)"
    " ORDER BY stream, version"
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A stream as of a position: its last event is at `position`, recorded at `recorded_at` (aware UTC).

    `problem` says why it could not be folded; `state` is then the one before the event at fault.
    """

    stream: UUID
    kind: str
    project_id: UUID | None
    version: int
    position: int
    recorded_at: datetime
    state: Any
    problem: str | None = None


def replay(
    connection: Connection[Any], events: Codec, *, until: int, project_id: UUID | None = None
) -> Iterator[Replayed]:
    """Yield every stream (of one project, where given) as of position `until`, ordered by id."""
    with connection.transaction(), connection.cursor("replay", binary=True) as cursor:
        cursor.itersize = FETCH_EVENTS
        cursor.execute(_EVENTS, {"until": until, "project": project_id})
        for _, rows in groupby(cursor, key=itemgetter(0)):
            yield _folded(rows, events)


def _folded(rows: Iterator[tuple[Any, ...]], events: Codec) -> Replayed:
    state: Any = None
    problem: str | None = None
    last: tuple[Any, ...] = ()
    for last in rows:
        if problem is None:
            try:
                event = events.decode(last[2], last[6], last[0])
            except (BadEvent, UnknownEvent) as fault:
                problem = f"The event at position {last[4]} cannot be read: {type(fault).__name__}."
            else:
                state = _DECIDERS[last[2].partition(".")[0]].evolve(state, event)
    stream, version, name, project, position, recorded_at, _ = last
    return Replayed(stream, name.partition(".")[0], project, version, position, recorded_at, state, problem)
