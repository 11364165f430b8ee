"""The delivery scorecard over GraphQL: what a project achieved, by the dimensions of its success."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from api.asking import After
from api.context import Info
from api.kpi import FirstDay, LastDay, check_window
from api.progress import KpiProgress, actual_of, progress
from api.rows import row_type
from api.worth import KnownAt, OnDay, OneProject, within_one
from domain.project.success import SuccessDimension
from projections.kpi_targets import READ_MODEL, KpiTarget
from projections.kpis import KPIS, Kpi
from projections.read_model import part_id
from projections.scorecard import SCORECARD as CODES


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What a delivery achieved in one dimension of its success."""

    dimension: Annotated[SuccessDimension, "Which dimension."]
    kpis: Annotated[
        tuple[KpiProgress, ...],
        "Its KPIs over the window, against baseline and target where the project set them; else null.",
    ]


SCORECARD: Final[Any] = row_type(Scorecard)


async def scorecard(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    begin: FirstDay,
    end: LastDay,
    as_of: OnDay = None,
    known_at: KnownAt = None,
    after: After = None,
) -> list[Scorecard]:
    """Return the scorecard of a project over a window of days: every dimension, with every KPI of it."""
    check_window(begin, end)
    within, project_id, on = await within_one(info, project, as_of=as_of, known_at=known_at, after=after)
    window = begin, end if as_of is None else min(end, on)
    serving = info.context.engine.serving
    rows = await serving.rows[READ_MODEL.name].get(
        [_key(project_id, code) for code in KPIS], as_of=within.as_of
    )

    async def of(kpi: Kpi) -> KpiProgress:
        row = rows.get(_key(project_id, kpi.code)) or _undefined(project_id, kpi)
        if row.unit != kpi.unit:
            row = _undefined(project_id, kpi)
        actual = await actual_of(serving.pool, kpi, window, project_id, within.as_of)
        return progress(row, window, actual)

    return [
        Scorecard(dimension, tuple([await of(KPIS[code]) for code in codes]))
        for dimension, codes in CODES.items()
    ]


def _key(project_id: UUID, code: str) -> UUID:
    return part_id(project_id, "kpi", code)


def _undefined(project_id: UUID, kpi: Kpi) -> KpiTarget:
    """Return what a project says of a KPI it did not define, or defined in another unit: nothing."""
    return KpiTarget(_key(project_id, kpi.code), project_id, kpi.code.value, kpi.unit, kpi.direction, ())
