"""The rows that are served against the fold of the log, and the day totals against the observations.

What is stored is read once, what it should be is folded from the log beside it, and both are added up
(`infra/verify/sums.py`). Only where the sums differ it is looked which records do: that takes another fold.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import Connection
from psycopg.sql import SQL

from infra.codec import Codec
from infra.database import connect
from infra.decoding import decoded_all
from infra.log_reader import Share, pages
from infra.tables import Tables
from infra.verify.faults import Fault, Kind
from infra.verify.folded import Counted, Folded
from infra.verify.lines import KINDS, OBSERVATIONS, stored
from infra.verify.pinned import Pinned, reading
from infra.verify.sums import Differing, Sums

PAGE_EVENTS: Final = 5_000
_TOTALS: Final = SQL(
    "SELECT kpi FROM (SELECT kpi, project_id, day, dimensions, observation_count, value_sum, met_count,"
    " missed_count FROM {totals} WHERE observation_count <> 0 EXCEPT ALL"
    " SELECT kpi, project_id, day, dimensions, count(*), sum(value), count(*) FILTER (WHERE is_met),"
    " count(*) FILTER (WHERE NOT is_met) FROM {observations} WHERE to_position IS NULL"
    " GROUP BY kpi, project_id, day, dimensions) d LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """How many records of a read model are there or in the fold only, and from which position the first."""

    model: str
    records: int
    first_position: int | None


class Stored:
    """What is stored, as far as this process read it; `unread` are the models of which it could not."""

    def __init__(self, of: Pinned, models: Iterable[Tables]) -> None:
        """Read what is pinned, of some models."""
        self._of = of
        self._items = items(models)
        self.sums: dict[Counted, Sums] = {}
        self.unread: list[str] = []
        self.faults: list[Fault] = []

    def read(self, database_url: str, numbers: Iterable[int]) -> None:
        """Add up those of `items` with some numbers."""
        if not self._items:
            return
        with reading(database_url, self._of) as connection:
            for number in numbers:
                self._read(connection, *self._items[number])

    def _read(self, connection: Connection[Any], tables: Tables, kind: str) -> None:
        name = tables.model.name
        sums = self.sums[name, kind] = Sums(self._of.key)
        try:
            with connection.transaction():
                sums.add(stored(connection, tables, kind))
                if kind == OBSERVATIONS:
                    self.faults += _totals(connection, tables)
        except psycopg.ProgrammingError:  # a table or a column is not there
            del self.sums[name, kind]
            self.unread.append(name)


def items(models: Iterable[Tables]) -> list[tuple[Tables, str]]:
    """Return what is to be read: each read model's tables and a kind of its lines."""
    return [
        (tables, kind)
        for tables in models
        for kind in KINDS
        if kind != OBSERVATIONS or tables.model.observe is not None
    ]


def absent(model: str) -> Fault:
    """Return the fault of a read model whose rows cannot be compared."""
    return Fault(0, Kind.UNREADABLE, f"The rows of {model} are not there, or were made by other code.")


def _totals(connection: Connection[Any], tables: Tables) -> Iterator[Fault]:
    """Yield a fault where the day totals are not the sums of the observations."""
    row = connection.execute(
        _TOTALS.format(totals=tables.name("_day_total"), observations=tables.name("_observation"))
    ).fetchone()
    if row is not None:
        yield Fault(0, Kind.ROW_NOT_THE_FOLD, f"A day total of {row[0]} is not the sum of its observations.")


def differing(
    of: Pinned, folded: Mapping[Counted, Sums], there: Mapping[Counted, Sums]
) -> dict[Counted, frozenset[int]]:
    """Return where what was folded is not what is there, of what could be read: the buckets that differ."""
    found: dict[Counted, frozenset[int]] = {}
    for counted, sums in there.items():
        left = Sums(of.key)
        left.join(sums, -1)
        if counted in folded:
            left.join(folded[counted], 1)
        if left.differing:
            found[counted] = left.differing
    return found


def differences(  # noqa: PLR0913, PLR0917 - each its own
    database_url: str,
    of: Pinned,
    events: Codec,
    up_to: int,
    shares: int,
    where: Mapping[Counted, frozenset[int]],
) -> list[Difference]:
    """Return what differs in each read model of `where`: these are folded once more, and read once more.

    Of the lines that fall into the buckets given each takes some 200 bytes.
    """
    names = {name for name, _ in where}
    models = [each for each in of.tables if each.model.name in names]
    left = {
        (name, kind): Differing(of.key, where.get((name, kind), frozenset()))
        for name in names
        for kind in KINDS
    }
    with connect(database_url, application="verify rows again") as connection:
        for number in range(shares):
            folded = Folded(of, models, left.__getitem__)
            for page in pages(
                connection, 0, up_to=up_to, limit=PAGE_EVENTS, share=Share.numbered(number, shares)
            ):
                folded.take(decoded_all(page, events))
            folded.finish()
    with reading(database_url, of) as connection:
        for tables, kind in items(models):
            if (tables.model.name, kind) in where:
                there = Differing(of.key, where[tables.model.name, kind])
                there.add(stored(connection, tables, kind))
                left[tables.model.name, kind].less(there)
    return [_difference(name, [left[name, kind] for kind in KINDS]) for name in sorted(names)]


def _difference(model: str, kinds: list[Differing]) -> Difference:
    positions = [each.first_position for each in kinds if each.first_position is not None]
    return Difference(model, sum(each.count for each in kinds), min(positions, default=None))


def fault_of(found: Difference) -> Fault:
    """Return the fault that a difference is."""
    return Fault(
        found.first_position or 0,
        Kind.ROW_NOT_THE_FOLD,
        f"{found.records} records of {found.model} are not the fold of the log.",
    )
