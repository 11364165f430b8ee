"""Adoption by cohort: how many of each month, role or department used a project by the end of a day."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from psycopg.sql import SQL, Composable

from infra.reads import AsyncPool, fetch, view

COHORTS_MAX: Final = 200


class CohortKind(StrEnum):
    """What a team is divided by: the month of the first naming, the role, or the department."""

    MONTH = "month"
    ROLE = "role"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class AdoptionCohort:
    """How many of a cohort used a project on a day."""

    cohort: Annotated[
        str, "The month, such as 2026-03, the role, or the department; empty for no department."
    ]
    invited_count: Annotated[int, "Members of the team named by then."]
    active_count: Annotated[int, "Those who had issued a command in the 14 days before."]
    ever_active_count: Annotated[int, "Those who had ever become active."]
    inactive_count: Annotated[int, "Those who had become active and were no more."]
    adoption_rate_percent: Annotated[float, "Active of invited, in percent."]
    abandonment_rate_percent: Annotated[float | None, "Inactive of ever active, in percent; null at none."]


_COHORTS: Final[dict[CohortKind, Composable]] = {
    CohortKind.MONTH: SQL("to_char(named_on, 'YYYY-MM')"),
    CohortKind.ROLE: SQL("role"),
    CohortKind.DEPARTMENT: SQL("coalesce(department, '')"),
}
_MEMBERS: Final = SQL(
    "SELECT {} AS cohort, (SELECT count(*) > 0 FROM json_array_elements(active_periods::json) AS p"
    " WHERE (p ->> 'active_on')::date <= %s) AS was_active,"
    " (SELECT count(*) > 0 FROM json_array_elements(active_periods::json) AS p"
    " WHERE (p ->> 'active_on')::date <= %s AND coalesce((p ->> 'inactive_on')::date > %s, true))"
    " AS is_active"
    " FROM {} WHERE project_id = %s AND is_on_team AND named_on <= %s AND {}"
)


async def adoption(
    pool: AsyncPool, project_id: UUID, kind: CohortKind, on: date, known_at: int | None
) -> list[AdoptionCohort]:
    """Return the first `COHORTS_MAX` cohorts of a project's team as they were at the end of a day, in order.

    The team is that of what was recorded up to a log position (None: now), whoever left it left out.
    """
    cohort = _COHORTS[kind]
    parts = [_MEMBERS.format(cohort, view("member_adoption"), SQL("true"))]
    if known_at is not None:
        then = SQL("from_position <= {}").format(known_at)
        closed = SQL("{} AND to_position > {}").format(then, known_at)
        parts = [
            _MEMBERS.format(cohort, view("member_adoption"), then),
            _MEMBERS.format(cohort, view("member_adoption_history"), closed),
        ]
    statement = SQL(
        "SELECT cohort, count(*), count(*) FILTER (WHERE is_active), count(*) FILTER (WHERE was_active)"
        " FROM ({}) team GROUP BY 1 ORDER BY 1 LIMIT {}"
    ).format(SQL(" UNION ALL ").join(parts), COHORTS_MAX)
    parameters: list[Any] = [on, on, on, project_id, on]
    found = await fetch(pool, statement, parameters * len(parts))
    return [_cohort(*values) for values in found]


def _cohort(cohort: str, invited: int, active: int, ever: int) -> AdoptionCohort:
    inactive = ever - active
    abandoned = 100 * inactive / ever if ever else None
    return AdoptionCohort(cohort, invited, active, ever, inactive, 100 * active / invited, abandoned)
