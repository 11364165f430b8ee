"""Which projects' legal holds stood in the way of a command, told from the log as it was then."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from domain.project import legal_holds
from domain.recorded import Recorded
from infra.codec import Codec
from infra.decoding import Unreadable, decoded_all
from infra.event_log import PROJECTS_OF
from infra.log_reader import read_stream

UNDER_WAY_SECONDS_MAX: Final = 60
"""What somebody wrote so shortly before an event may have been unknown when that was decided."""


def holds_of(connection: Connection[Any], events: Codec) -> Callable[[Recorded[Any]], Iterator[UUID]]:
    """Return what yields, for an event in a person's stream, the projects on hold that needed the person."""

    def held_in(seen: Recorded[Any]) -> Iterator[UUID]:
        known_at = seen.recorded_at - timedelta(seconds=UNDER_WAY_SECONDS_MAX)
        person = {"person": seen.stream, "text": str(seen.stream).encode(), "known_at": known_at}
        for (project_id,) in connection.execute(PROJECTS_OF, person).fetchall():
            if _is_held(connection, events, project_id, seen.position):
                yield project_id

    return held_in


def _is_held(connection: Connection[Any], events: Codec, project_id: UUID, position: int) -> bool:
    """Say whether a hold stood; what cannot be read is passed over, since it is a fault of its own."""
    records = [
        each
        for each in read_stream(connection, project_id)
        if each.position < position and each.type in legal_holds.FACET.events
    ]
    holds = legal_holds.LegalHolds()
    for each in decoded_all(records, events):
        if type(each.event) is not Unreadable:
            holds = legal_holds.evolve(holds, each.event)
    return bool(holds.standing)
