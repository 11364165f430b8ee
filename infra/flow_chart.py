"""How a project's tasks flowed, day by day: from the log itself, as of any moment, known at any position."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.sql import SQL

from domain import task
from infra import forecast_inputs
from infra.reads import fetch
from infra.serving import Serving
from infra.stored_names import stored_names
from projections.flow_chart import Change, FlowDay, Turn, daily

DAYS_MAX: Final = 366
_TURNS: Final = {
    task.TaskOpened: Turn.OPENED,
    task.TaskEstimated: Turn.ESTIMATED,
    task.TaskStarted: Turn.STARTED,
    task.TaskCompleted: Turn.COMPLETED,
    task.TaskCancelled: Turn.CANCELLED,
    task.TaskReopened: Turn.REOPENED,
}
_TYPES: Final = {name: _TURNS[kind] for name, kind in stored_names(task.DECIDER, *_TURNS).items()}
_CHANGES: Final = SQL(
    "SELECT stream, type, occurred_at, CASE WHEN type LIKE 'task.estimated.%%'"
    " THEN (convert_from(data, 'UTF8')::json ->> 'minutes')::int8 ELSE 0 END FROM log.event"
    " WHERE project_id = %s AND type = ANY(%s) AND position <= %s AND occurred_at <= %s"
    " ORDER BY stream, version"
)


async def flow(
    serving: Serving, project_id: UUID, days: tuple[date, date], *, until: datetime, known_at: int
) -> list[FlowDay]:
    """Return where a project's tasks stood at the end of each day, at most `DAYS_MAX` of them.

    What happened up to `until` counts, of what was recorded up to a log position. Days are those of the
    project's time zone; those which had not begun then are left out.
    """
    first, last = days
    project = await forecast_inputs.plan_of(serving.pool, serving.codec, project_id, known_at)
    zone = ZoneInfo(project.charter.time_zone)
    last = min(last, until.astimezone(zone).date())
    if last < first:
        return []
    found = await fetch(serving.pool, _CHANGES, [project_id, list(_TYPES), known_at, until])
    return daily((_change(row, zone) for row in found), first, last)


def _change(row: tuple[Any, ...], zone: ZoneInfo) -> Change:
    stream, name, occurred_at, minutes = row
    return Change(stream, occurred_at.astimezone(zone).date(), _TYPES[name], minutes)
