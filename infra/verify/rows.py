"""The rows that are served against the fold of the log, and the day totals against the observations."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL

from infra.codec import Codec
from infra.read_side import generations
from infra.rebuild import Rebuilt, rebuild
from infra.tables import Tables
from infra.verify.faults import Fault, Kind, first
from projections.read_model import ReadModel

_TOTALS: Final = SQL(
    "SELECT kpi FROM (SELECT kpi, project_id, day, dimensions, observation_count, value_sum, met_count,"
    " missed_count FROM {totals} WHERE observation_count <> 0 EXCEPT ALL"
    " SELECT kpi, project_id, day, dimensions, count(*), sum(value), count(*) FILTER (WHERE is_met),"
    " count(*) FILTER (WHERE NOT is_met) FROM {observations} WHERE to_position IS NULL"
    " GROUP BY kpi, project_id, day, dimensions) d LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Compared:
    """Which read models are compared, what their events are read by, in how many partitions they are."""

    models: Sequence[ReadModel[Any]]
    events: Codec
    partitions: int


def rows(
    database_url: str,
    connection: Connection[Any],
    compared: Compared,
    progress: Callable[[int, int], None],
) -> Fault | None:
    """Return the first row that is not the fold of the log; raise `RebuildUnderWay` beside another."""
    models, events = compared.models, compared.events
    done = rebuild(
        database_url, models, events, partitions=compared.partitions, progress=progress, is_check=True
    )
    return first(*map(_fault, done), *_totals(connection, models))


def _fault(done: Rebuilt) -> Fault | None:
    if done.differences is None:
        return Fault(
            0, Kind.UNREADABLE, f"The rows of {done.model} are not there, or were made by other code."
        )
    if done.differences:
        return Fault(
            done.first_position or 0,
            Kind.ROW_NOT_THE_FOLD,
            f"{done.differences} records of {done.model} are not the fold of the log.",
        )
    return None


def _totals(connection: Connection[Any], models: Sequence[ReadModel[Any]]) -> Iterator[Fault]:
    """Yield a fault for each read model whose day totals are not the sums of its observations."""
    live = generations(connection)
    for model in models:
        if model.observe is None or model.name not in live:
            continue
        tables = Tables(model, live[model.name][0])
        row = connection.execute(
            _TOTALS.format(totals=tables.name("_day_total"), observations=tables.name("_observation"))
        ).fetchone()
        if row is not None:
            yield Fault(
                0, Kind.ROW_NOT_THE_FOLD, f"A day total of {row[0]} is not the sum of its observations."
            )
