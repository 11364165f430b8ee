"""How regularly a project's patches come out, by a day: one statement of its releases."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from psycopg.sql import SQL, Composable

from infra.reads import AsyncPool, fetch, view


@dataclass(frozen=True, slots=True)
class PatchCadence:
    """How regularly patches came out by a day."""

    as_of_on: Annotated[date, "The last day whose patches count."]
    patch_count: Annotated[int, "How many came out."]
    last_version: Annotated[str | None, "The last one; null before the first."]
    last_published_on: Annotated[date | None, "Its day, in the project's time zone."]
    days_since_last: Annotated[int | None, "Days from then to the day asked for."]
    days_between_mean: Annotated[
        float | None, "Mean of the days from each to the next; null before the second."
    ]


async def patch_cadence(
    pool: AsyncPool, project_id: UUID, as_of_on: date, known_at: int | None
) -> PatchCadence:
    """Return the cadence by a day, of what was recorded up to a log position (None: now)."""
    known: Composable = SQL("true")
    if known_at is not None:  # a release does not change, so that none is in the history
        known = SQL("from_position <= {}").format(known_at)
    statement = SQL(
        "SELECT count(*), min(released_on), max(released_on),"
        " (array_agg(version ORDER BY released_on DESC, from_position DESC))[1] FROM {}"
        " WHERE project_id = %s AND kind = 'patch' AND released_on <= %s AND {}"
    ).format(view("releases"), known)
    parameters: list[Any] = [project_id, as_of_on]
    ((count, first_on, last_on, version),) = await fetch(pool, statement, parameters)
    since = None if last_on is None else (as_of_on - last_on).days
    mean = (last_on - first_on).days / (count - 1) if count > 1 else None
    return PatchCadence(as_of_on, count, version, last_on, since, mean)
