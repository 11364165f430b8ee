"""Reading rows: lists by keyset, single rows and counts, now or as of a position; one statement each.

Longer than other files: now and as of are two forms of one statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composable, Composed, Identifier, Placeholder
from psycopg_pool import AsyncConnectionPool

from infra.columns import shape_of
from infra.database import check_alive, session
from infra.ordering import Ordering
from infra.reach import bound, stretch_of
from infra.snapshot import current
from infra.tables import SCHEMA
from projections.read_model import ReadModel

PAGE_MAX: Final = 200
CONNECTIONS_MAX: Final = 8
STATEMENT_MILLISECONDS_MAX: Final = 10_000
WAIT_SECONDS_MAX: Final = 5.0
FORMS_MAX: Final = 200

AsyncPool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on one column: `operator` is one of `=`, `any`, `contains`."""

    column: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list asks for: `after` holds the order's values and the key of the row before the page."""

    filters: tuple[Filter, ...]
    order: str
    first: int
    is_descending: bool = False
    after: tuple[str, ...] | None = None
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `cursors` are in step with `rows`."""

    rows: list[Any]
    cursors: list[tuple[str, ...]]
    has_next: bool


class Form(NamedTuple):
    """What decides the text of a page's statement; all else of a listing is in its parameters."""

    conditions: tuple[tuple[str, str], ...]
    order: str
    limit: int
    is_descending: bool
    is_continued: bool
    is_past: bool


class Source(NamedTuple):
    """A table that holds rows asked for, and the condition they meet."""

    table: Composable
    condition: Composable


_NOTHING: Final = SQL("")
_OPERATORS: Final[Mapping[str, SQL]] = {
    "=": SQL("{column} = {value}"),
    "any": SQL("{column} = ANY({value})"),
    "contains": SQL("{column} @> ARRAY[{value}]"),
}


def reads_pool(database_url: str) -> AsyncPool:
    """Return a pool, not yet open, of at most `CONNECTIONS_MAX` connections; statements are bounded."""
    parameters = session("reads")
    parameters["options"] += f" -c statement_timeout={STATEMENT_MILLISECONDS_MAX} -c plan_cache_mode=auto"
    return AsyncConnectionPool(
        database_url,
        kwargs={"autocommit": True, **parameters},
        min_size=1,
        max_size=CONNECTIONS_MAX,
        timeout=WAIT_SECONDS_MAX,
        open=False,
        name="reads",
        check=_checked,
    )


async def _checked(connection: AsyncConnection[Any]) -> None:
    check_alive(connection)


class Rows:
    """Reads one read model's live generation."""

    def __init__(self, pool: AsyncPool, model: ReadModel[Any]) -> None:
        """Read `model` through `pool`."""
        self._pool = pool
        self.model = model
        self.shape = shape_of(model.row)
        self._columns = SQL(", ").join(map(Identifier, self.shape.names))
        self._statement = lru_cache(FORMS_MAX)(self._composed)

    async def page(self, listing: Listing) -> Page:
        """Return one page of a list, of at most `PAGE_MAX` rows."""
        first = min(listing.first, PAGE_MAX)
        width = len(self.shape.names)
        found = await self._fetch(self._statement(_form(listing, first + 1)), _values(listing))
        rows = [self.shape.load(values[:width]) for values in found[:first]]
        return Page(rows, [values[width:] for values in found[:first]], len(found) > first)

    async def count(self, listing: Listing) -> int:
        """Return how many rows the whole list has."""
        union = self._union(listing, SQL("count(*) AS n"))
        found = await self._fetch(SQL("SELECT sum(n) FROM ({}) c").format(union), _values(listing))
        return int(found[0][0])

    async def get(self, keys: Sequence[UUID], *, as_of: int | None = None) -> dict[UUID, Any]:
        """Return the rows with these keys, those there are (or were, `as_of` a position)."""
        listing = Listing((Filter(self.shape.key, "any", list(keys)),), "", len(keys), as_of=as_of)
        found = await self._fetch(self._union(listing, self._columns), _values(listing))
        return {values[0]: self.shape.load(values) for values in found}

    async def counts(
        self, project_ids: Sequence[UUID], column: str, *, as_of: int | None = None
    ) -> dict[UUID, dict[Any, int]]:
        """Return how many rows each of these projects has by the value of a column."""
        listing = Listing((Filter("project_id", "any", list(project_ids)),), "", 0, as_of=as_of)
        counted = SQL("project_id, {} AS value, count(*) AS n").format(Identifier(column))
        union = self._union(listing, counted, SQL(" GROUP BY 1, 2"))
        statement = SQL("SELECT project_id, value, sum(n) FROM ({}) c GROUP BY 1, 2").format(union)
        found: dict[UUID, dict[Any, int]] = {project_id: {} for project_id in project_ids}
        for project_id, value, count in await self._fetch(statement, _values(listing)):
            found[project_id][value] = int(count)
        return found

    def _sources(self, conditions: Sequence[tuple[str, str]], *, is_past: bool) -> list[Source]:
        """Return where the rows that are asked for are: those of now, or those that held at a position."""
        filters = [
            _OPERATORS[operator].format(column=Identifier(column), value=Placeholder(f"filter_{number}"))
            for number, (column, operator) in enumerate(conditions)
        ]
        wanted = SQL(" AND ").join(filters) if filters else SQL("true")
        rows, history = view(self.model.name), view(f"{self.model.name}_history")
        if not is_past:
            return [Source(rows, wanted)]
        began = SQL("{} AND from_position <= %(at)s").format(wanted)
        return [Source(rows, began), Source(history, SQL("{} AND to_position > %(at)s").format(began))]

    def _union(self, listing: Listing, selected: Composable, grouping: SQL = _NOTHING) -> Composable:
        """Return the statement that selects from all sources, in no order."""
        form = _form(listing, 0)
        return SQL(" UNION ALL ").join(
            SQL("SELECT {} FROM {} WHERE {}{}").format(selected, table, condition, grouping)
            for table, condition in self._sources(form.conditions, is_past=form.is_past)
        )

    def _composed(self, form: Form) -> Composable:
        """Return the statement of a page; as of a position it joins what still holds and what held then.

        What held then is looked for no further than to the end of the page that what still holds would fill,
        or to the end of the list: where few versions have ended, a page of them would not be found before.
        """
        order = Ordering(self.model, self.shape, form.order, is_descending=form.is_descending)
        tail = SQL("{} LIMIT {}").format(order.by, form.limit)
        columns = SQL("SELECT {}").format(self._columns)
        behind = order.behind() if form.is_continued else _NOTHING
        bound, within = self._bounded(form)
        still, *then = (
            SQL("FROM {} WHERE {}{}{}").format(table, condition, within, behind)
            for table, condition in self._sources(form.conditions, is_past=form.is_past)
        )
        if not then:
            return _flat(SQL("{}, {} {} {}").format(columns, order.cursor(), still, tail))
        return _flat(
            SQL(
                "WITH {bound}still AS {kept} ({columns} {still} {tail}), edge AS MATERIALIZED"
                " ((SELECT {place} FROM still {by} OFFSET {last})"
                " UNION ALL (SELECT {terms} FROM {history} {reverse} LIMIT 1) LIMIT 1)"
                " SELECT *, {cursor} FROM (SELECT * FROM still"
                " UNION ALL ({columns} {then}{up_to} {tail})) u {tail}"
            ).format(
                bound=bound,
                kept=SQL("NOT MATERIALIZED" if self._is_indexed(form) else "MATERIALIZED"),
                columns=columns,
                still=still,
                tail=tail,
                place=order.place(),
                by=order.by,
                last=form.limit - 1,
                terms=order.terms,
                history=view(f"{self.model.name}_history"),
                reverse=order.reverse,
                cursor=order.cursor(),
                then=then[0],
                up_to=order.up_to(SQL("edge")),
            )
        )

    def _is_indexed(self, form: Form) -> bool:
        """Say whether an index alone tells where a page ends: then its rows are read only as they are needed.

        It does not where a term is an expression: PostgreSQL fetches the row for its column.
        """
        order = self.model.orders.get(form.order, ())
        nullable = {column.name for column in self.shape.columns if column.is_nullable}
        is_plain = bool(order) and nullable.isdisjoint(order)
        return is_plain and form.conditions in {(), (("project_id", "="),)}

    def _bounded(self, form: Form) -> tuple[Composable, Composable]:
        """Return where a list as of a position begins, newest first: without that it would be looked for."""
        column, *_ = self.model.orders.get(form.order) or ("",)
        if not form.is_past or not form.is_descending or column not in self.model.instants:
            return _NOTHING, _NOTHING
        return (
            SQL("bound AS MATERIALIZED ({}), ").format(bound(self.model, column)),
            SQL(" AND {} <= (SELECT reached FROM bound)").format(Identifier(column)),
        )

    async def _fetch(self, statement: Composable, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return await fetch(self._pool, statement, parameters)


async def fetch(
    pool: AsyncPool, statement: Composable, parameters: Sequence[Any] | Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Run one reading statement and return its rows: in the request's snapshot, where it reads in one."""
    snapshot = current()
    if snapshot is not None:
        return await snapshot.fetch(statement, parameters)
    async with pool.connection() as connection:
        cursor = connection.cursor(binary=True)
        return await (await cursor.execute(statement.as_bytes(), parameters)).fetchall()


def view(name: str) -> Composed:
    """Return the quoted name of one of the views that mean a live generation's tables."""
    return SQL("{}.{}").format(Identifier(SCHEMA), Identifier(name))


def _form(listing: Listing, limit: int) -> Form:
    return Form(
        tuple((each.column, each.operator) for each in listing.filters),
        listing.order,
        limit,
        listing.is_descending,
        listing.after is not None,
        listing.as_of is not None,
    )


def _values(listing: Listing) -> dict[str, Any]:
    """Return the parameters of a listing's statements."""
    values = {f"filter_{number}": each.value for number, each in enumerate(listing.filters)}
    values |= {f"after_{number}": value for number, value in enumerate(listing.after or ())}
    if listing.as_of is not None:
        values |= {"at": listing.as_of, "stretch": stretch_of(listing.as_of)}
    return values


def _flat(statement: Composed) -> SQL:
    """Return the same statement in one piece, of which to make bytes costs nothing."""
    return SQL(statement.as_string())  # pyright: ignore[reportArgumentType] - composed of what may be in one
