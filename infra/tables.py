"""The tables of one generation of a read model: rows; history, observations, day totals if it has any."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import starmap
from typing import Any, Final
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Composable, Composed, Identifier

from infra.columns import Column, Shape, shape_of
from infra.folding import Changes, TotalKey, Version, observed
from infra.history import History
from infra.observation_lines import dimensions_text
from infra.packing import days, long_integers, packed, texts, uuids
from infra.reach import Reach
from infra.row_writing import Copying, Inserting
from projections.read_model import ReadModel

SCHEMA: Final = "rows"
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
_HISTORY: Final = ("_history",)
_OBSERVED: Final = ("_observation", "_day_total")
KINDS: Final = ("", *_HISTORY, *_OBSERVED)


class Tables:
    """Reads and writes one generation of one read model; the caller owns the transaction."""

    def __init__(self, model: ReadModel[Any], generation: int) -> None:
        """Name the tables of `generation`."""
        self.model = model
        self.shape = shape_of(model.row)
        self.generation = generation
        observed = () if model.observe is None else _OBSERVED
        self.kinds = ("", *(_HISTORY if model.has_history else ()), *observed)
        self.history = History(SCHEMA, f"{model.name}_{generation}_history")
        self._reach = Reach(model, generation)
        self._copying = Copying(self.shape)
        self._inserting = Inserting(self.shape)

    @cached_property
    def _load_statement(self) -> bytes:
        statement = SQL("SELECT {}, from_position FROM {} WHERE {} = ANY(%b::uuid[])")
        return statement.format(_names(self.shape.names), self.name(), Identifier(self.shape.key)).as_bytes()

    @cached_property
    def _delete_statement(self) -> bytes:
        statement = SQL("DELETE FROM {} WHERE {} = ANY(%b::uuid[])")
        return statement.format(self.name(), Identifier(self.shape.key)).as_bytes()

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
        history = (self.history.ddl(ddl),) if self.model.has_history else ()
        connection.execute(SQL("; ").join([rows, *history, *observed]))

    def _observed_ddl(self) -> tuple[Composed, ...]:
        return (
            SQL("CREATE TABLE {} ({})").format(self.name("_observation"), SQL(_OBSERVATION_DDL)),
            SQL("CREATE TABLE {} ({})").format(self.name("_day_total"), SQL(_TOTAL_DDL)),
            SQL("CREATE INDEX ON {} (key) WHERE to_position IS NULL").format(self.name("_observation")),
        )

    def drop(self, connection: Connection[Any]) -> None:
        """Drop the tables, if they are there."""
        connection.execute(SQL("DROP TABLE IF EXISTS {}").format(SQL(", ").join(map(self.name, KINDS))))
        self._reach.drop(connection)

    def load(self, connection: Connection[Any], keys: Sequence[UUID]) -> dict[UUID, Version]:
        """Return the current versions of the rows with these keys, those there are."""
        return self.loaded(self.ask(connection, keys)) if keys else {}

    def ask(self, connection: Connection[Any], keys: Iterable[UUID]) -> Cursor[Any]:
        """Ask for the current rows with these keys, which `loaded` reads: a pipeline may ask many tables."""
        cursor = connection.cursor(binary=True)
        return cursor.execute(self._load_statement, (uuids(list(keys)),), prepare=True)

    def loaded(self, asked: Iterable[tuple[Any, ...]]) -> dict[UUID, Version]:
        """Return the current versions of the rows that were asked for."""
        load = self.shape.load
        found: dict[UUID, Version] = {}
        for values in asked:
            row = load(values[:-1])
            found[values[0]] = Version(row, values[-1], observed(self.model, row))
        return found

    def write(self, connection: Connection[Any], changes: Changes, known: Iterable[UUID]) -> None:
        """Write what a batch changed; `known` are the keys of the rows that were there before.

        A pipeline may take it.
        """
        self._write_history(connection, changes, self._inserting)
        self.add_totals(connection, changes.totals)
        self._write_current(connection, changes.current, known, self._inserting)

    def fill_history(self, connection: Connection[Any], changes: Changes) -> None:
        """Add many closed versions and observations; day totals are left to what completes the tables."""
        self._write_history(connection, changes, self._copying)

    def fill_current(
        self, connection: Connection[Any], current: Mapping[UUID, Version], known: Iterable[UUID]
    ) -> None:
        """Replace many current rows."""
        self._write_current(connection, current, known, self._copying)

    def _write_history(self, connection: Connection[Any], changes: Changes, way: Copying) -> None:
        for number, versions in self.history.parts(changes.closed):
            part = self.history.partition(connection, number)
            way.put(connection, part, self.name("_history"), starmap(way.closed, versions))
        self._reach.write(connection, changes)
        self._end_observations(connection, changes.ended)
        seen = [*changes.finished, *changes.begun.values()]
        if seen:
            table = self.name("_observation")
            way.put(connection, table, table, (way.observation(each, each.observation) for each in seen))

    def _write_current(
        self,
        connection: Connection[Any],
        current: Mapping[UUID, Version],
        known: Iterable[UUID],
        way: Copying,
    ) -> None:
        replaced = [key for key in known if key in current]
        if replaced:
            connection.execute(self._delete_statement, (uuids(replaced),))
        lines = [way.row(each.row, each.from_position) for each in current.values() if each.row is not None]
        if lines:
            way.put(connection, self.name(), self.name(), lines)

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

    def add_totals(self, connection: Connection[Any], moved: Mapping[TotalKey, Sequence[int]]) -> None:
        """Move the day totals by differences."""
        totals = [
            (kpi, project_id, day, dimensions_text(dimensions), *numbers)
            for (kpi, project_id, day, dimensions), numbers in moved.items()
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
        if any(numbers[0] < 0 for numbers in moved.values()):
            statement = SQL("DELETE FROM {} WHERE observation_count = 0").format(self.name("_day_total"))
            connection.execute(statement)


def order_terms(model: ReadModel[Any], shape: Shape, order: str) -> list[tuple[Composable, str]]:
    """Return (expression, type) of what a list is ordered by, the key last; an unknown time comes last."""
    columns = {column.name: column for column in shape.columns}
    return [_order_term(columns[name]) for name in (*model.orders.get(order, ()), shape.key)]


def _order_term(column: Column) -> tuple[Composable, str]:
    name = Identifier(column.name)
    if column.is_nullable:  # a day or an instant: a read model promises it
        return SQL("coalesce({}, 'infinity'::{})").format(name, Identifier(column.type)), column.type
    return name, column.type


def _names(names: Iterable[str]) -> Composed:
    return SQL(", ").join(map(Identifier, names))
