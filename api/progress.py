"""KPI targets over GraphQL: baseline, target and the actual figure side by side, as of a day."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from api.asking import FIRST_MAX, After
from api.context import Info
from api.rows import row_type
from api.worth import KnownAt, OnDay, OneProject, within_one
from domain.project.kpis import Direction
from infra import figures
from infra.figures import Window
from infra.reads import AsyncPool, Filter, Listing
from projections.kpi_targets import READ_MODEL, KpiTarget, measured_over
from projections.kpis import KPIS, Kpi


@dataclass(frozen=True, slots=True)
class KpiProgress:
    """How far one KPI is from its baseline to its target."""

    code: Annotated[str, "The KPI's code."]
    unit: Annotated[str, "What its values are in."]
    direction: Annotated[Direction, "Which way is better."]
    baseline: Annotated[float | None, "The fixed baseline, in the unit."]
    target: Annotated[float | None, "What it is to become, in the unit."]
    by_on: Annotated[date | None, "The day by which."]
    begins_on: Annotated[
        date | None,
        "First day of the window measured; of kpiTargetProgress one as long as the baseline's, after it.",
    ]
    ends_on: Annotated[date | None, "Last day of it: the target's day, or the day asked for if earlier."]
    actual: Annotated[
        float | None, "The figure over it; null where Fairlead does not measure this code in this unit."
    ]
    relative_change_percent: Annotated[float | None, "(actual - baseline) / baseline x 100."]
    points_change: Annotated[float | None, "actual - baseline, in the unit."]
    is_met: Annotated[bool | None, "Whether the figure, to the hundredth, reaches the target."]


KPI_PROGRESS: Final[Any] = row_type(KpiProgress)


async def kpi_target_progress(
    info: Info,
    *,
    project: OneProject,
    as_of: OnDay = None,
    known_at: KnownAt = None,
    after: After = None,
) -> list[KpiProgress]:
    """Return the progress of each KPI of a project, by code."""
    within, project_id, on = await within_one(info, project, as_of=as_of, known_at=known_at, after=after)
    serving = info.context.engine.serving
    mine = (Filter("project_id", "=", project_id),)
    page = await serving.rows[READ_MODEL.name].page(Listing(mine, "CODE", FIRST_MAX, as_of=within.as_of))
    return [await _progress(serving.pool, row, on, within.as_of) for row in page.rows]


async def _progress(pool: AsyncPool, row: KpiTarget, on: date, known_at: int | None) -> KpiProgress:
    window = measured_over(row, on)
    kpi = next((each for code, each in KPIS.items() if (code, each.unit) == (row.code, row.unit)), None)
    actual = None
    if window is not None and kpi is not None:
        actual = await actual_of(pool, kpi, window, row.project_id, known_at)
    return progress(row, window, actual)


async def actual_of(
    pool: AsyncPool, kpi: Kpi, window: tuple[date, date], project_id: UUID, known_at: int | None
) -> float | None:
    """Return a KPI's figure of a project over a window; None where there is none."""
    found = await figures.figures(pool, Window(kpi, *window, (project_id,), known_at), None)
    return found[0].value


def progress(row: KpiTarget, window: tuple[date, date] | None, actual: float | None) -> KpiProgress:
    """Return how far a KPI is, given its figure over a window."""
    baseline = None if row.baseline_hundredths is None else row.baseline_hundredths / 100
    points = None if actual is None or baseline is None else actual - baseline
    return KpiProgress(
        code=row.code,
        unit=row.unit,
        direction=row.direction,
        baseline=baseline,
        target=None if row.target_hundredths is None else row.target_hundredths / 100,
        by_on=row.by_on,
        begins_on=window and window[0],
        ends_on=window and window[1],
        actual=actual,
        relative_change_percent=100 * points / baseline if points is not None and baseline else None,
        points_change=points,
        is_met=_is_met(row, actual),
    )


def _is_met(row: KpiTarget, actual: float | None) -> bool | None:
    if actual is None or row.target_hundredths is None:
        return None
    beyond = round(100 * actual) - row.target_hundredths
    return beyond >= 0 if row.direction is Direction.HIGHER else beyond <= 0
