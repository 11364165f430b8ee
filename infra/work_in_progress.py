"""Work in progress at an instant, and its age: one statement over how tasks flow, as known at a position."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from psycopg.sql import SQL, Composable

from infra.reads import AsyncPool, fetch, view
from projections.task_flow import READ_MODEL


@dataclass(frozen=True, slots=True)
class WorkInProgress:
    """The tasks that were started and not ended at an instant; ages count from their first start."""

    at: Annotated[datetime, "The instant (UTC)."]
    count: Annotated[int, "How many tasks were in progress."]
    mean_age_minutes: Annotated[float | None, "Their mean age in elapsed minutes; null without any."]
    p50_age_minutes: Annotated[int | None, "Their median age by nearest rank."]
    p85_age_minutes: Annotated[int | None, "The 85th percentile of their ages by nearest rank."]
    p95_age_minutes: Annotated[int | None, "The 95th percentile of their ages by nearest rank."]
    oldest_age_minutes: Annotated[int | None, "The age of the oldest."]
    oldest_task_id: Annotated[UUID | None, "The id of the oldest."]


async def work_in_progress(
    pool: AsyncPool, project_ids: Sequence[UUID] | None, at: datetime, known_at: int | None
) -> WorkInProgress:
    """Return the work in progress at an instant in some projects (None: in all there are).

    Only what was recorded up to the log position `known_at` counts (None: all). A task counts if a spell
    of its work had begun by `at` and had not ended then.
    """
    percentile = SQL("percentile_disc({}) WITHIN GROUP (ORDER BY age)")
    rows, parameters = in_progress(project_ids, at, known_at)
    statement = SQL(
        "SELECT count(*), avg(age)::float8, {}, max(age), (array_agg(task_id ORDER BY age DESC, task_id))[1]"
        " FROM ({}) aged"
    ).format(SQL(", ").join(percentile.format(share) for share in (0.5, 0.85, 0.95)), rows)
    ((count, mean, p50, p85, p95, oldest, task_id),) = await fetch(pool, statement, parameters)
    return WorkInProgress(at, count, mean, p50, p85, p95, oldest, task_id)


def in_progress(
    project_ids: Sequence[UUID] | None, at: datetime, known_at: int | None
) -> tuple[Composable, dict[str, Any]]:
    """Return the statement of the tasks in progress with their ages in minutes, and its parameters."""
    condition: Composable = SQL("started_at <= %(at)s")
    if project_ids is not None:
        condition = SQL("{} AND project_id = ANY(%(project_ids)s)").format(condition)
    statement = SQL(
        "SELECT task_id, started_at, floor(extract(epoch FROM %(at)s - started_at) / 60)::int8 AS age"
        " FROM ({}) f WHERE in_progress_since <= %(at)s OR ended_at > %(at)s AND EXISTS (SELECT FROM"
        " json_to_recordset(spells::json) AS spell (began_at timestamptz, ended_at timestamptz)"
        " WHERE spell.began_at <= %(at)s AND spell.ended_at > %(at)s)"
    ).format(known(condition, known_at))
    return statement, {"at": at, "project_ids": None if project_ids is None else list(project_ids)}


def known(condition: Composable, known_at: int | None) -> Composable:
    """Return the flows of tasks that meet a condition, as they are or as they were known at a position."""
    columns = SQL("task_id, started_at, in_progress_since, ended_at, spells")
    rows = SQL("SELECT {} FROM {} WHERE {}").format(columns, view(READ_MODEL.name), condition)
    if known_at is None:
        return rows
    before = SQL("SELECT {} FROM {} WHERE {}").format(columns, view(f"{READ_MODEL.name}_history"), condition)
    return SQL("{} AND from_position <= {} UNION ALL {} AND from_position <= {} AND to_position > {}").format(
        rows, known_at, before, known_at, known_at
    )
