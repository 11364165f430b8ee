"""What holds for the log as one list: positions without a hole, times that never step back, answers kept."""

from typing import Any, Final, LiteralString, NamedTuple

from psycopg import Connection

from infra.log_reader import head
from infra.proof import store
from infra.verify.faults import Fault, Kind

_HOLE: Final[LiteralString] = (
    "SELECT n FROM (SELECT position, row_number() OVER (ORDER BY position) AS n FROM log.event"
    " WHERE position <= %(up_to)s) e WHERE position <> n ORDER BY n LIMIT 1"
)
_BACK: Final[LiteralString] = (
    "SELECT position FROM (SELECT position, recorded_at < lag(recorded_at) OVER (ORDER BY position) AS back"
    " FROM log.event WHERE position <= %(up_to)s) e WHERE back ORDER BY position LIMIT 1"
)
_UNANSWERED: Final[LiteralString] = (
    "SELECT min(e.position) FROM log.event e LEFT JOIN log.command c ON c.command_id = e.command_id"
    " WHERE e.position <= %(up_to)s AND (c.command_id IS NULL OR c.stream <> e.stream"
    " OR e.position > c.position OR e.position <= c.position - c.event_count)"
)
_ANSWERED_AT: Final[LiteralString] = "SELECT max(position) FROM log.command WHERE event_count > 0"

COMMAND_EVENTS_MAX: Final = 20_000
"""More events than one command has; an input has 10,000 items at most."""


class Ends(NamedTuple):
    """Where tree, answers to commands and log end, read in this order: the log grows meanwhile."""

    leaves: int
    answered: int
    head: int


def ends(connection: Connection[Any]) -> Ends:
    """Return where everything ends."""
    leaves = store.size(connection)
    row = connection.execute(_ANSWERED_AT).fetchone()
    return Ends(leaves, 0 if row is None or row[0] is None else int(row[0]), head(connection))


def boundary(connection: Connection[Any], position: int) -> int:
    """Return the last position up to one behind which another command begins."""
    row = connection.execute(
        "SELECT max(e.position) FROM log.event e JOIN log.event n ON n.position = e.position + 1"
        " WHERE e.position BETWEEN %(up_to)s - %(most)s AND %(up_to)s AND n.command_id <> e.command_id",
        {"up_to": position, "most": COMMAND_EVENTS_MAX},
    ).fetchone()
    return 0 if row is None or row[0] is None else int(row[0])


def tail(at: Ends) -> Fault | None:
    """Return what is missing at the end of the log."""
    if at.leaves > at.head:
        return Fault(at.head + 1, Kind.TAIL_CUT, f"The log ends at {at.head}, its tree at {at.leaves}.")
    if at.answered > at.head:
        return Fault(
            at.head + 1, Kind.TAIL_CUT, f"The log ends at {at.head}; a command was answered at {at.answered}."
        )
    return None


def hole(connection: Connection[Any], up_to: int) -> Fault | None:
    """Return the first position up to one that has no record."""
    found = _position(connection, _HOLE, up_to)
    return found and Fault(found, Kind.RECORD_REMOVED, "There is no record at this position.")


def unanswered(connection: Connection[Any], up_to: int) -> Fault | None:
    """Return the first record that no command was answered with."""
    found = _position(connection, _UNANSWERED, up_to)
    return found and Fault(found, Kind.RECORD_INSERTED, "No command was answered with the record here.")


def back(connection: Connection[Any], up_to: int) -> Fault | None:
    """Return the first record that was recorded before the one ahead of it."""
    found = _position(connection, _BACK, up_to)
    return found and Fault(
        found, Kind.ILLEGAL_TRANSITION, "The record here was recorded before the last one."
    )


def _position(connection: Connection[Any], statement: LiteralString, up_to: int) -> Any:
    row = connection.execute(statement, {"up_to": up_to}).fetchone()
    return None if row is None else row[0]
