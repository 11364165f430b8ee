"""Filled tables completed: by day totals, indexes and statistics, those of a long log several at once."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Composed

from infra.database import connect
from infra.filling import Filling
from infra.tables import Tables

_FINISHING: Final = SQL(
    "SET synchronous_commit = off; SET max_parallel_maintenance_workers = 0;"
    "SET default_statistics_target = 30"
)
"""The connections share the cores; 9,000 rows of each table are enough to plan lists by, and autovacuum will
look at more."""


def finish_together(database_url: str, fillings: Sequence[Filling], connections: int) -> None:
    """Complete filled tables and let the planner know them, through some connections at once."""
    tables = [each.tables for each in fillings]
    if connections == 1:
        completing = [SQL("; ").join(each.completing()) for each in tables]
    else:
        with connect(database_url, application="rebuild finishing") as connection:
            tables = _longest_first(connection, tables)
        completing = [statement for each in tables for statement in each.completing()]
    _execute_together(database_url, completing, connections)
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
