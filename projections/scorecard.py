"""The delivery scorecard: in which dimension of a delivery's success each KPI counts."""

from collections.abc import Mapping
from typing import Final

from domain.project.success import SuccessDimension
from projections.kpis import KpiCode

SCORECARD: Final[Mapping[SuccessDimension, tuple[KpiCode, ...]]] = {
    SuccessDimension.TECHNOLOGY: (
        KpiCode.INCIDENT_RESPONSE,
        KpiCode.INCIDENT_RESPONSE_ATTAINMENT,
    ),
    SuccessDimension.ORGANISATION: (
        KpiCode.CROSS_DEPARTMENT_RESPONSE,
        KpiCode.CROSS_DEPARTMENT_RESPONSE_ELAPSED,
        KpiCode.CYCLE_TIME,
        KpiCode.CYCLE_TIME_WORKING,
        KpiCode.LEAD_TIME,
        KpiCode.FLOW_EFFICIENCY,
        KpiCode.REOPEN_COUNT,
    ),
    SuccessDimension.PEOPLE: (KpiCode.SELF_STARTED_SHARE,),
    SuccessDimension.BUSINESS_RESULTS: (
        KpiCode.ON_TIME_RATE,
        KpiCode.ON_TIME_RATE_OF_DUE,
        KpiCode.ON_TIME_RATE_OF_BASELINE,
        KpiCode.THROUGHPUT,
        KpiCode.PROJECT_CYCLE_TIME,
        KpiCode.COST,
        KpiCode.BENEFIT,
    ),
}
"""Each KPI in exactly one dimension, in the order they are shown."""
