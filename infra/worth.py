"""What a project cost and brought by a day, and when it had paid for itself: one statement of its entries."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from psycopg.sql import SQL, Composable

from infra.reads import AsyncPool, fetch, view


@dataclass(frozen=True, slots=True)
class ProjectValue:
    """What a project cost and brought by a day."""

    as_of_on: Annotated[date, "The last day whose entries count."]
    currency: Annotated[str | None, "ISO 4217 code of the currency; null without entries."]
    cost_cents: Annotated[int, "The costs, counter-entries included, in hundredths of the currency's unit."]
    benefit_cents: Annotated[int, "The benefits, counter-entries included, in the same."]
    roi_percent: Annotated[float | None, "(benefit - cost) / cost x 100, undiscounted; null at no cost."]
    payback_month: Annotated[
        date | None, "First day of the first month by whose end benefits cover costs; null if none."
    ]


async def worth(pool: AsyncPool, project_id: UUID, as_of_on: date, known_at: int | None) -> ProjectValue:
    """Return the value of a project by a day, of what was recorded up to a log position (None: now)."""
    known: Composable = SQL("to_position IS NULL")
    parameters: list[Any] = [project_id, as_of_on]
    if known_at is not None:
        known = SQL("from_position <= {} AND (to_position IS NULL OR to_position > {})").format(
            known_at, known_at
        )
    statement = SQL(
        "SELECT max(currency), coalesce(sum(cost), 0)::int8, coalesce(sum(benefit), 0)::int8,"
        " min(month) FILTER (WHERE net >= 0)"
        " FROM (SELECT month, currency, cost, benefit, sum(benefit - cost) OVER (ORDER BY month) AS net"
        " FROM (SELECT date_trunc('month', day)::date AS month,"
        " max(dimensions::json ->> 'currency') AS currency,"
        " coalesce(sum(value) FILTER (WHERE kpi = 'cost'), 0) AS cost,"
        " coalesce(sum(value) FILTER (WHERE kpi = 'benefit'), 0) AS benefit"
        " FROM {} WHERE kpi IN ('cost', 'benefit') AND project_id = %s AND day <= %s AND {}"
        " GROUP BY 1) by_month) running"
    ).format(view("costs_and_benefits_observation"), known)
    ((currency, cost, benefit, month),) = await fetch(pool, statement, parameters)
    roi = 100 * (benefit - cost) / cost if cost else None
    return ProjectValue(as_of_on, currency, cost, benefit, roi, month)
