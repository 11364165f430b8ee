"""Which part of the log is exported: what is wished, held against log and checkpoint."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from domain.errors import Malformed, Refusal, UnknownProject
from infra.log_reader import head
from infra.proof import store
from infra.proof.store import Issued

_TICK: Final = timedelta(microseconds=1)

Place = int | datetime
"""A position of the log, or a moment (aware): what was recorded from then on, or by then."""


class NothingProven(Refusal):
    """No checkpoint was issued yet, so nothing could be proven of an export."""

    sentence = "The log has no checkpoint yet: nothing can be proven of what would be exported."


class NotYetProven(Refusal):
    """The range goes beyond the latest checkpoint."""

    sentence = "No checkpoint covers all of this range yet; there is one within a minute."


class PastHead(Refusal):
    """The range goes beyond the head of the log."""

    sentence = "The log has not reached this position."


class BeforeFirst(Refusal):
    """The range ends before the first event of the log."""

    sentence = "Nothing had been recorded by then."


class EmptyRange(Refusal):
    """The range ends before it begins."""

    sentence = "The range ends before it begins."


@dataclass(frozen=True, slots=True)
class Wished:
    """What is to be exported: of one project or actor where given, from and to a place, both included."""

    project: UUID | None = None
    actor: UUID | None = None
    begin: Place | None = None
    end: Place | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """Positions from `begin` to `end`, both included, and the checkpoint that covers them."""

    begin: int
    end: int
    head: Issued


def settled(connection: Connection[Any], wished: Wished) -> Range:
    """Return the range of what is wished; raise the Refusal that tells why there is none."""
    if wished.project is not None:
        _check_project(connection, wished.project)
    begin = 1 if wished.begin is None else _first(connection, wished.begin)
    latest = store.latest(connection)
    if latest is None:
        raise NothingProven
    end = latest.size if wished.end is None else _last(connection, wished.end)
    last = head(connection)
    if end > last or begin > last:
        raise PastHead(f"The log has not reached position {max(begin, end)}: its last is {last}.", field="to")
    if end > latest.size:
        raise NotYetProven(field="to")
    if begin > end:
        raise EmptyRange(field="from")
    return Range(begin, end, latest)


def _first(connection: Connection[Any], place: Place) -> int:
    if isinstance(place, datetime):
        return _position_at(connection, place - _TICK) + 1
    if place < 1:
        raise Malformed("Positions begin with 1.", field="from")
    return place


def _last(connection: Connection[Any], place: Place) -> int:
    position = _position_at(connection, place) if isinstance(place, datetime) else place
    if position < 1:
        raise BeforeFirst(field="to")
    return position


def _position_at(connection: Connection[Any], moment: datetime) -> int:
    row = connection.execute("SELECT log.position_at(%s)", (moment.astimezone(UTC),)).fetchone()
    return 0 if row is None else int(row[0])


def _check_project(connection: Connection[Any], project: UUID) -> None:
    row = connection.execute(
        "SELECT type FROM log.event WHERE stream = %s AND version = 1", (project,)
    ).fetchone()
    if row is None or not row[0].startswith("project."):
        raise UnknownProject(field="project")
