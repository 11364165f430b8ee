"""The KPIs: what each one's figure is made of, over which observations, in which unit."""

from typing import Final

from projections.kpis.definition import Kpi, KpiCode, Measure
from projections.kpis.people import PEOPLE
from projections.kpis.service import SERVICE
from projections.kpis.work import WORK

__all__ = ["KPIS", "Kpi", "KpiCode", "Measure"]

KPIS: Final[dict[KpiCode, Kpi]] = {kpi.code: kpi for kpi in (*WORK, *PEOPLE, *SERVICE)}
