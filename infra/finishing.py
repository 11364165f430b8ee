"""Filled tables completed: by day totals, indexes and statistics, those of a long log several at once."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from infra.database import connect
from infra.filling import Filling
from infra.tables import Tables, order_terms

_TOTALS: Final = (
    "INSERT INTO {totals} SELECT kpi, project_id, day, dimensions,"
    " count(*), sum(value), count(*) FILTER (WHERE is_met), count(*) FILTER (WHERE NOT is_met)"
    " FROM {observations} WHERE to_position IS NULL GROUP BY kpi, project_id, day, dimensions;"
    "CREATE UNIQUE INDEX ON {totals} (kpi, project_id, day, dimensions) NULLS NOT DISTINCT;"
    "CREATE INDEX ON {totals} (kpi) WHERE observation_count = 0"
)
_FINISHING: Final = SQL(
    "SET synchronous_commit = off; SET max_parallel_maintenance_workers = 0;"
    "SET default_statistics_target = 30"
)
"""The connections share the cores; 9,000 rows of each table are enough to plan lists by, and autovacuum will
look at more."""


def completing(tables: Tables) -> Iterator[Composed]:
    """Yield, for each filled table, what completes it: indexes of lists, as-of reads and KPIs; day totals.

    Each is for one connection: two indexes of one table that are made at once may get the same name from
    PostgreSQL. Positions are key columns: a version that was not there at the position asked for is passed
    over in the index; were they included columns, it would be fetched first.
    """
    for statements in (_of_history(tables), _of_observations(tables), _of_rows(tables)):
        if made := list(statements):
            yield SQL("; ").join(made)


def _of_history(tables: Tables) -> Iterator[Composed]:
    if tables.model.has_history:
        history, key = tables.name("_history"), Identifier(tables.shape.key)
        for listed in _listed(tables):
            yield SQL("CREATE INDEX ON {} ({}, from_position, to_position)").format(history, listed)
        yield SQL("CREATE INDEX ON {} ({}, from_position)").format(history, key)


def _of_observations(tables: Tables) -> Iterator[Composed]:
    if tables.model.observe is not None:
        observations = tables.name("_observation")
        yield SQL(_TOTALS).format(totals=tables.name("_day_total"), observations=observations)
        yield SQL("CREATE INDEX ON {} (kpi, project_id, day)").format(observations)


def _of_rows(tables: Tables) -> Iterator[Composed]:
    for listed in _listed(tables):
        yield SQL("CREATE INDEX ON {} ({}, from_position)").format(tables.name(), listed)
    if "due_at" in tables.shape.names:
        yield SQL("CREATE INDEX ON {} (due_at) WHERE due_at IS NOT NULL").format(tables.name())


def _listed(tables: Tables) -> Iterator[Composed]:
    """Yield what the indexes of orders begin with: of all rows, and of a project's if there are several."""
    for order in tables.model.orders:
        terms = [term for term, _ in order_terms(tables.model, tables.shape, order)]
        yield SQL(", ").join(terms)
        if tables.shape.key != "project_id":
            yield SQL(", ").join([Identifier("project_id"), *terms])


def finish_together(database_url: str, fillings: Sequence[Filling], connections: int) -> None:
    """Complete filled tables and let the planner know them, through some connections at once."""
    tables = [each.tables for each in fillings]
    if connections == 1:
        statements = [SQL("; ").join(completing(each)) for each in tables]
    else:
        with connect(database_url, application="rebuild finishing") as connection:
            tables = _longest_first(connection, tables)
        statements = [statement for each in tables for statement in completing(each)]
    _execute_together(database_url, statements, connections)
    analyzing = [SQL("ANALYZE {}").format(SQL(", ").join(map(each.name, each.kinds))) for each in tables]
    _execute_together(database_url, analyzing, connections)
    for filling in fillings:
        filling.is_summing = True


def _longest_first(connection: Connection[Any], tables: Sequence[Tables]) -> list[Tables]:
    """Return tables with the longest histories first: no connection works alone at the end for long."""
    sizes = connection.execute(
        "SELECT"
        " (SELECT coalesce(sum(pg_relation_size(relid)), 0) FROM pg_partition_tree(to_regclass(history)))"
        " FROM unnest(%s::text[]) WITH ORDINALITY AS names (history, number) ORDER BY number",
        ([each.name("_history").as_string() for each in tables],),
    )
    sized = zip(tables, [size for (size,) in sizes], strict=True)
    return [each for each, _ in sorted(sized, key=lambda pair: -pair[1])]


def _execute_together(database_url: str, statements: Iterable[Composed], connections: int) -> None:
    waiting: SimpleQueue[Composed | None] = SimpleQueue()
    for each in (*statements, *[None] * connections):
        waiting.put(each)

    def work() -> None:
        with connect(database_url, application="rebuild finishing") as connection:
            connection.execute(_FINISHING)
            for each in iter(waiting.get, None):
                connection.execute(each)

    with ThreadPoolExecutor(connections) as pool:
        for done in [pool.submit(work) for _ in range(connections)]:
            done.result()
