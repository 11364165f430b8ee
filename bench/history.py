"""What history costs: bytes an event in log, rows, history and observations, and pages as of a position."""

from dataclasses import replace
from typing import Final

import psycopg

from bench.application import in_loop
from bench.as_of import compared, make_rows
from bench.log_filling import fill
from bench.place import Place
from bench.report import Report

EVENTS: Final = 100_000
_KINDS: Final = {
    "log": ("log", "^(event|command)$"),
    "rows": ("rows", r"^[a-z_]+_\d+$"),
    "history": ("rows", r"_history_\d+$"),
    "observations": ("rows", "_observation$"),
    "day totals": ("rows", "_day_total$"),
}
"""Schema and name of the tables that count as each."""


def run(place: Place, events: int) -> Report:
    """Fill a log, build all read models, and measure both."""
    database_url = place.database()
    fill(database_url, events)
    make_rows(database_url)
    report = replace(in_loop(compared(database_url, events)), name="history")
    with psycopg.connect(database_url) as connection:
        for name, (schema, tables) in _KINDS.items():
            row = connection.execute(
                "SELECT coalesce(sum(pg_table_size(oid)), 0)::int8,"
                " coalesce(sum(pg_indexes_size(oid)), 0)::int8 FROM pg_class"
                " WHERE relkind = 'r' AND relnamespace = %s::regnamespace AND relname ~ %s",
                (schema, tables),
            ).fetchone()
            for what, size in zip(("tables", "indexes"), row or (0, 0), strict=True):
                report.add_figure(f"{name}, {what}", [size / events], "bytes/event")
    return report
