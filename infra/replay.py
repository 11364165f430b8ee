"""The state of every stream as of a moment, folded from the log alone or an archive, one stream at a time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from domain.aggregates import AGGREGATES
from domain.decider import Decider
from infra.codec import BadEvent, Codec, UnknownEvent
from infra.log_reader import COLUMNS, Record

FETCH_EVENTS: Final = 2_000
"""Events held at a time; beside them there is only the state of the stream being folded."""

_DECIDERS: Final[Mapping[str, Decider[Any, Any, Any]]] = {decider.name: decider for decider in AGGREGATES}
_WANTED: Final = (
    "FROM log.event WHERE position <= %(until)s AND (%(project)s::uuid IS NULL OR project_id = %(project)s)"
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
        cursor.execute(
            f"SELECT {COLUMNS} {_WANTED} ORDER BY stream, version", {"until": until, "project": project_id}
        )
        yield from folded(map(Record._make, cursor), events)


def event_count(connection: Connection[Any], *, until: int, project_id: UUID | None = None) -> int:
    """Return how many events a replay reads."""
    row = connection.execute(f"SELECT count(*) {_WANTED}", {"until": until, "project": project_id}).fetchone()
    return 0 if row is None else int(row[0])


def folded(records: Iterable[Record], events: Codec) -> Iterator[Replayed]:
    """Yield each stream of some records, which are in order of stream and version."""
    for _, of_stream in groupby(records, key=attrgetter("stream")):
        yield _folded(of_stream, events)


def _folded(records: Iterator[Record], events: Codec) -> Replayed:
    last = next(records)
    missing = None if last.version == 1 else "Version 1 is missing."
    state, problem = _after(None, missing, last, events)
    for record in records:
        if problem is None and record.version != last.version + 1:
            problem = f"Version {last.version + 1} is missing."
        last = record
        state, problem = _after(state, problem, last, events)
    kind = last.type.partition(".")[0]
    return Replayed(
        last.stream, kind, last.project_id, last.version, last.position, last.recorded_at, state, problem
    )


def _after(state: Any, problem: str | None, record: Record, events: Codec) -> tuple[Any, str | None]:
    if problem is not None:
        return state, problem
    try:
        event = events.decode(record.type, record.data, record.stream)
    except (BadEvent, UnknownEvent) as fault:
        return state, f"The event at position {record.position} cannot be read: {type(fault).__name__}."
    return _DECIDERS[record.type.partition(".")[0]].evolve(state, event), None
