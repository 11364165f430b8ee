"""Reading rows: lists by keyset, single rows and counts, now or as of a position; one statement each.

Longer than other files: now and as of are two forms of one statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composable, Composed, Identifier
from psycopg_pool import AsyncConnectionPool

from infra.columns import shape_of
from infra.database import check_alive, session
from infra.reach import BOUND, bound_values, reaching
from infra.snapshot import current
from infra.tables import SCHEMA, order_terms
from projections.read_model import ReadModel

PAGE_MAX: Final = 200
CONNECTIONS_MAX: Final = 8
STATEMENT_MILLISECONDS_MAX: Final = 10_000
WAIT_SECONDS_MAX: Final = 5.0

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


@dataclass(frozen=True, slots=True)
class Source:
    """A table that holds rows asked for, the condition they meet, and the values of its parameters."""

    table: Composable
    condition: Composable
    values: list[Any]


_NOTHING: Final = SQL("")
_OPERATORS: Final[Mapping[str, SQL]] = {
    "=": SQL("{column} = %s"),
    "any": SQL("{column} = ANY(%s)"),
    "contains": SQL("{column} @> ARRAY[%s]"),
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
        self._reaching = reaching(model, self.shape)

    async def page(self, listing: Listing) -> Page:
        """Return one page of a list, of at most `PAGE_MAX` rows."""
        first = min(listing.first, PAGE_MAX)
        statement, parameters = self._statement(listing, first + 1)
        width = len(self.shape.names)
        found = await self._fetch(statement, parameters)
        rows = [self.shape.load(values[:width]) for values in found[:first]]
        return Page(rows, [values[width:] for values in found[:first]], len(found) > first)

    async def count(self, listing: Listing) -> int:
        """Return how many rows the whole list has."""
        union, parameters = self._union(listing, SQL("count(*) AS n"))
        found = await self._fetch(SQL("SELECT sum(n) FROM ({}) c").format(union), parameters)
        return int(found[0][0])

    async def get(self, keys: Sequence[UUID], *, as_of: int | None = None) -> dict[UUID, Any]:
        """Return the rows with these keys, those there are (or were, `as_of` a position)."""
        listing = Listing((Filter(self.shape.key, "any", list(keys)),), "", len(keys), as_of=as_of)
        found = await self._fetch(*self._union(listing, self._columns))
        return {values[0]: self.shape.load(values) for values in found}

    async def counts(
        self, project_ids: Sequence[UUID], column: str, *, as_of: int | None = None
    ) -> dict[UUID, dict[Any, int]]:
        """Return how many rows each of these projects has by the value of a column."""
        listing = Listing((Filter("project_id", "any", list(project_ids)),), "", 0, as_of=as_of)
        counted = SQL("project_id, {} AS value, count(*) AS n").format(Identifier(column))
        union, parameters = self._union(listing, counted, SQL(" GROUP BY 1, 2"))
        statement = SQL("SELECT project_id, value, sum(n) FROM ({}) c GROUP BY 1, 2").format(union)
        found: dict[UUID, dict[Any, int]] = {project_id: {} for project_id in project_ids}
        for project_id, value, count in await self._fetch(statement, parameters):
            found[project_id][value] = int(count)
        return found

    def _sources(self, listing: Listing) -> list[Source]:
        """Return where the rows that are asked for are: those of now, or those that held at a position."""
        filters = [
            _OPERATORS[each.operator].format(column=Identifier(each.column)) for each in listing.filters
        ]
        wanted = SQL(" AND ").join(filters) if filters else SQL("true")
        values = [each.value for each in listing.filters]
        rows, history = view(self.model.name), view(f"{self.model.name}_history")
        if listing.as_of is None:
            return [Source(rows, wanted, values)]
        at = listing.as_of
        began = SQL("{} AND from_position <= %s").format(wanted)
        held = SQL("{} AND to_position > %s").format(began)
        return [Source(rows, began, [*values, at]), Source(history, held, [*values, at, at])]

    def _union(
        self, listing: Listing, selected: Composable, grouping: SQL = _NOTHING
    ) -> tuple[Composable, list[Any]]:
        """Return the statement that selects from all sources, in no order, and its parameters."""
        sources = self._sources(listing)
        parts = [
            SQL("SELECT {} FROM {} WHERE {}{}").format(selected, source.table, source.condition, grouping)
            for source in sources
        ]
        return SQL(" UNION ALL ").join(parts), [value for source in sources for value in source.values]

    def _statement(self, listing: Listing, limit: int) -> tuple[Composable, list[Any]]:
        """Return the statement of a page; as of a position it joins what still holds and what held then.

        What held then is looked for no further than to the end of the page that what still holds would fill:
        where few versions have ended, finding a page of them would mean reading the list to its end.
        """
        terms = order_terms(self.model, self.shape, listing.order)
        direction = SQL("DESC" if listing.is_descending else "ASC")
        order = SQL("ORDER BY {}").format(
            SQL(", ").join(SQL("{} {}").format(term, direction) for term, _ in terms)
        )
        tail = SQL("{} LIMIT {}").format(order, limit)
        columns = SQL(", ").join([self._columns, *_cursor(terms)])
        behind, place = _behind(listing, terms), listing.after or ()
        within, within_values = self._within(listing)
        sources = self._sources(listing)
        still, *then = (
            SQL("SELECT {} FROM {} WHERE {}{}{}").format(
                columns, source.table, source.condition, within, behind
            )
            for source in sources
        )
        still_values, *then_values = ([*source.values, *within_values, *place] for source in sources)
        if not then:
            return SQL("{} {}").format(still, tail), still_values
        places = [Identifier(f"place_{number}") for number, _ in enumerate(terms)]
        statement = SQL(
            "WITH still AS MATERIALIZED ({still} {tail}),"
            " edge AS MATERIALIZED (SELECT {named} FROM still {order} OFFSET {last})"
            " SELECT * FROM (SELECT * FROM still"
            " UNION ALL ({then} AND ({terms}) {operator} ({edge}) {tail})"
            " UNION ALL ({then} AND NOT EXISTS (SELECT FROM edge) {tail})) u {tail}"
        ).format(
            still=still,
            tail=tail,
            order=order,
            last=limit - 1,
            then=then[0],
            terms=SQL(", ").join(term for term, _ in terms),
            operator=SQL(">=" if listing.is_descending else "<="),
            named=SQL(", ").join(
                SQL("{} AS {}").format(term, place) for (term, _), place in zip(terms, places, strict=True)
            ),
            edge=SQL(", ").join(SQL("(SELECT {} FROM edge)").format(place) for place in places),
        )
        return statement, [*still_values, *then_values[0] * 2]

    def _within(self, listing: Listing) -> tuple[Composable, list[Any]]:
        """Return where a list as of a position begins, newest first: without that it would be looked for."""
        column, *_ = self.model.orders.get(listing.order) or ("",)
        if listing.as_of is None or not listing.is_descending or column not in self._reaching:
            return _NOTHING, []
        return BOUND.format(column=Identifier(column)), bound_values(self.model, column, listing.as_of)

    async def _fetch(self, statement: Composable, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
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


def _cursor(terms: Sequence[tuple[Composable, str]]) -> list[Composable]:
    """Return the columns that hold a row's place in the list's order, as text."""
    return [
        SQL("({})::text AS {}").format(term, Identifier(f"cursor_{number}"))
        for number, (term, _) in enumerate(terms)
    ]


def _behind(listing: Listing, terms: Sequence[tuple[Composable, str]]) -> Composable:
    """Return the condition that a row comes behind the cursor in the list's order."""
    if listing.after is None:
        return SQL("")
    expressions = SQL(", ").join(term for term, _ in terms)
    casts = SQL(", ").join(SQL("%s::text::{}").format(Identifier(kind)) for _, kind in terms)
    operator = SQL("<" if listing.is_descending else ">")
    return SQL(" AND ({}) {} ({})").format(expressions, operator, casts)
