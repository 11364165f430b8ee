"""The tables of one generation of a read model: rows and history; observations and day totals, if any."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, starmap
from typing import Any, Final
from uuid import UUID

from psycopg import Connection
from psycopg.sql import SQL, Composable, Composed, Identifier

from infra.columns import Column, Shape, shape_of
from infra.folding import Changes, Version, observed
from infra.history import History
from infra.lines import HEADER, TRAILER
from infra.observation_lines import dimensions_text, observation_line_maker
from infra.packing import days, long_integers, packed, texts, uuids
from infra.reach import Reach
from projections.read_model import ReadModel

SCHEMA: Final = "rows"
COPIED_TOGETHER: Final = 1_000
_OBSERVATION_DDL: Final = (
    "key uuid NOT NULL, kpi text NOT NULL, name text NOT NULL, project_id uuid, day date NOT NULL,"
    " dimensions text NOT NULL, value int8 NOT NULL, is_met bool,"
    " from_position int8 NOT NULL, to_position int8"
)
_TOTAL_DDL: Final = (
    "kpi text NOT NULL, project_id uuid, day date NOT NULL, dimensions text NOT NULL,"
    " observation_count int8 NOT NULL, value_sum int8 NOT NULL,"
    " met_count int8 NOT NULL, missed_count int8 NOT NULL"
)
_ALWAYS: Final = ("", "_history")
_OBSERVATION_LINE: Final = observation_line_maker("from_position", "to_position")
_OBSERVED: Final = ("_observation", "_day_total")
KINDS: Final = (*_ALWAYS, *_OBSERVED)


class Tables:
    """Reads and writes one generation of one read model; the caller owns the transaction."""

    def __init__(self, model: ReadModel[Any], generation: int) -> None:
        """Name the tables of `generation`."""
        self.model = model
        self.shape = shape_of(model.row)
        self.generation = generation
        self.kinds = _ALWAYS if model.observe is None else KINDS
        self.history = History(SCHEMA, f"{model.name}_{generation}_history")
        self._reach = Reach(model, self.shape, generation)

    @cached_property
    def _load_statement(self) -> Composed:
        return SQL("SELECT {}, from_position FROM {} WHERE {} = ANY(%b::uuid[])").format(
            _names(self.shape.names), self.name(), Identifier(self.shape.key)
        )

    def name(self, kind: str = "") -> Composed:
        """Return the quoted name of one of the tables; `kind` is one of `KINDS`."""
        return SQL("{}.{}").format(
            Identifier(SCHEMA), Identifier(f"{self.model.name}_{self.generation}{kind}")
        )

    def create(self, connection: Connection[Any]) -> None:
        """Create the tables with few indexes: the others come when they are filled."""
        ddl = SQL(self.shape.ddl)  # pyright: ignore[reportArgumentType] - built from our dataclasses alone
        key = Identifier(self.shape.key)
        rows = SQL(
            "CREATE TABLE {} ({}, from_position int8 NOT NULL, PRIMARY KEY ({})) WITH (fillfactor = 80)"
        ).format(self.name(), ddl, key)
        observed = () if self.model.observe is None else self._observed_ddl()
        _execute_all(connection, [rows, self.history.ddl(ddl), *observed])

    def _observed_ddl(self) -> tuple[Composed, ...]:
        return (
            SQL("CREATE TABLE {} ({})").format(self.name("_observation"), SQL(_OBSERVATION_DDL)),
            SQL("CREATE TABLE {} ({}, UNIQUE NULLS NOT DISTINCT (kpi, project_id, day, dimensions))").format(
                self.name("_day_total"), SQL(_TOTAL_DDL)
            ),
            SQL("CREATE INDEX ON {} (key) WHERE to_position IS NULL").format(self.name("_observation")),
            SQL("CREATE INDEX ON {} (kpi) WHERE observation_count = 0").format(self.name("_day_total")),
        )

    def index(self, connection: Connection[Any]) -> None:
        """Create the indexes that lists, as-of reads and KPIs need.

        Positions are key columns: a version that was not there at the position asked for is passed over in
        the index; were they included columns, it would be fetched first.
        """
        _execute_all(connection, self._index_ddl())

    def _index_ddl(self) -> Iterator[Composed]:
        rows, history = self.name(), self.name("_history")
        for order in self.model.orders:
            terms = [term for term, _ in order_terms(self.model, self.shape, order)]
            for prefix in _prefixes(self.shape):
                listed = SQL(", ").join([*prefix, *terms])
                yield SQL("CREATE INDEX ON {} ({}, from_position)").format(rows, listed)
                yield SQL("CREATE INDEX ON {} ({}, from_position, to_position)").format(history, listed)
        yield SQL("CREATE INDEX ON {} ({}, from_position)").format(history, Identifier(self.shape.key))
        if "due_at" in self.shape.names:
            yield SQL("CREATE INDEX ON {} (due_at) WHERE due_at IS NOT NULL").format(rows)
        if self.model.observe is not None:
            yield SQL("CREATE INDEX ON {} (kpi, project_id, day)").format(self.name("_observation"))

    def drop(self, connection: Connection[Any]) -> None:
        """Drop the tables, if they are there."""
        connection.execute(SQL("DROP TABLE IF EXISTS {}").format(SQL(", ").join(map(self.name, KINDS))))
        self._reach.drop(connection)

    def load(self, connection: Connection[Any], keys: Sequence[UUID]) -> dict[UUID, Version]:
        """Return the current versions of the rows with these keys, those there are."""
        if not keys:
            return {}
        rows = connection.cursor(binary=True).execute(self._load_statement, (uuids(keys),), prepare=True)
        load = self.shape.load
        found: dict[UUID, Version] = {}
        for values in rows:
            row = load(values[:-1])
            found[values[0]] = Version(row, values[-1], observed(self.model, row))
        return found

    def write(self, connection: Connection[Any], changes: Changes, known: Iterable[UUID]) -> None:
        """Write what a batch changed; `known` are the keys of the rows that were there before."""
        self.write_history(connection, changes)
        self.write_current(connection, changes.current, known)

    def write_history(self, connection: Connection[Any], changes: Changes) -> None:
        """Add closed versions and observations, end those that are over, move day totals and the reach."""
        for number, versions in self.history.parts(changes.closed):
            part = self.history.partition(connection, number)
            _copy(connection, part, starmap(self.shape.line_maker("since", "until"), versions))
        self._reach.write(connection, changes)
        self._end_observations(connection, changes.ended)
        seen = [*changes.finished, *changes.begun.values()]
        if seen:
            lines = (_OBSERVATION_LINE(each, each.observation) for each in seen)
            _copy(connection, self.name("_observation"), lines)
        self._add_totals(connection, changes)

    def write_current(
        self, connection: Connection[Any], current: Mapping[UUID, Version], known: Iterable[UUID]
    ) -> None:
        """Replace the current rows."""
        replaced = [key for key in known if key in current]
        if replaced:
            connection.execute(
                SQL("DELETE FROM {} WHERE {} = ANY(%b::uuid[])").format(
                    self.name(), Identifier(self.shape.key)
                ),
                (uuids(replaced),),
            )
        make = self.shape.line_maker("since")
        lines = [make(row, since) for row, since, _ in current.values() if row is not None]
        if lines:
            _copy(connection, self.name(), lines)

    def _end_observations(
        self, connection: Connection[Any], ended: Sequence[tuple[UUID, str, str, int]]
    ) -> None:
        if not ended:
            return
        connection.execute(
            SQL(
                "UPDATE {} o SET to_position = e.to_position"
                " FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::int8[])"
                " AS e (key, kpi, name, to_position)"
                " WHERE o.key = e.key AND o.kpi = e.kpi AND o.name = e.name AND o.to_position IS NULL"
            ).format(self.name("_observation")),
            packed((uuids, texts, texts, long_integers), ended),
        )

    def _add_totals(self, connection: Connection[Any], changes: Changes) -> None:
        totals = [
            (kpi, project_id, day, dimensions_text(dimensions), *numbers)
            for (kpi, project_id, day, dimensions), numbers in changes.totals.items()
            if any(numbers)
        ]
        if not totals:
            return
        connection.execute(
            SQL(
                "INSERT INTO {} AS t (kpi, project_id, day, dimensions,"
                " observation_count, value_sum, met_count, missed_count)"
                " SELECT * FROM unnest(%b::text[], %b::uuid[], %b::date[], %b::text[],"
                " %b::int8[], %b::int8[], %b::int8[], %b::int8[])"
                " ON CONFLICT (kpi, project_id, day, dimensions) DO UPDATE SET"
                " observation_count = t.observation_count + excluded.observation_count,"
                " value_sum = t.value_sum + excluded.value_sum, met_count = t.met_count + excluded.met_count,"
                " missed_count = t.missed_count + excluded.missed_count"
            ).format(self.name("_day_total")),
            packed((texts, uuids, days, texts, *[long_integers] * 4), totals),
        )
        connection.execute(SQL("DELETE FROM {} WHERE observation_count = 0").format(self.name("_day_total")))


def _execute_all(connection: Connection[Any], statements: Iterable[Composed]) -> None:
    """Execute statements without parameters in one round trip."""
    connection.execute(SQL("; ").join(statements))


def _copy(connection: Connection[Any], table: Composed, lines: Iterable[bytes]) -> None:
    statement = SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(table)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(HEADER)
        remaining = iter(lines)
        while some := b"".join(islice(remaining, COPIED_TOGETHER)):
            copy.write(some)
        copy.write(TRAILER)


def order_terms(model: ReadModel[Any], shape: Shape, order: str) -> list[tuple[Composable, str]]:
    """Return (expression, type) of what a list is ordered by, the key last; an unknown time comes last."""
    columns = {column.name: column for column in shape.columns}
    return [_order_term(columns[name]) for name in (*model.orders.get(order, ()), shape.key)]


def _order_term(column: Column) -> tuple[Composable, str]:
    name = Identifier(column.name)
    if column.is_nullable:  # a day or an instant: a read model promises it
        return SQL("coalesce({}, 'infinity'::{})").format(name, Identifier(column.type)), column.type
    return name, column.type


def _prefixes(shape: Shape) -> list[list[Composable]]:
    """Return what an order's index begins with: nothing, and the project for rows that are not projects."""
    return [[]] if shape.key == "project_id" else [[], [Identifier("project_id")]]


def _names(names: Iterable[str]) -> Composed:
    return SQL(", ").join(map(Identifier, names))
