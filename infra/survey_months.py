"""The months of a project that went by without a survey closed: one statement over its surveys."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from psycopg.sql import SQL

from infra.reads import AsyncPool, fetch, view
from projections.surveys import READ_MODEL

EVERYTHING: Final = 2**63 - 1
"""A log position that is never reached."""


@dataclass(frozen=True, slots=True)
class MissingSurveyMonth:
    """A month that went by without a survey closed."""

    month: Annotated[date, "The month, by its first day."]
    has_open_survey: Annotated[bool, "Whether a survey of it was opened, but not closed."]


async def missing_survey_months(
    pool: AsyncPool, project_id: UUID, as_of_on: date, known_at: int | None
) -> list[MissingSurveyMonth]:
    """Return the months without a survey closed by a day, of what was recorded up to a position (None: now).

    They are those over on that day, from the month of the first survey opened by then; the earliest first.
    """
    at = EVERYTHING if known_at is None else known_at
    statement = SQL(
        "WITH known AS (SELECT month, opened_on, closed_on FROM {} WHERE project_id = %s"
        " AND from_position <= %s UNION ALL SELECT month, opened_on, closed_on FROM {}"
        " WHERE project_id = %s AND from_position <= %s AND to_position > %s),"
        " opened AS (SELECT month, closed_on FROM known WHERE opened_on <= %s)"
        " SELECT m::date, m IN (SELECT month FROM opened) FROM generate_series("
        " (SELECT min(month) FROM opened)::timestamp, %s::timestamp - interval '1 month', '1 month') m"
        " WHERE m NOT IN (SELECT month FROM opened WHERE closed_on <= %s) ORDER BY 1"
    ).format(view(READ_MODEL.name), view(f"{READ_MODEL.name}_history"))
    on = as_of_on
    found = await fetch(pool, statement, [project_id, at, project_id, at, at, on, on, on])
    return [MissingSurveyMonth(*row) for row in found]
