"""The delivery scorecard: in which dimension of a delivery's success each KPI counts."""

from collections.abc import Mapping
from typing import Final

from domain.project.success import SuccessDimension
from projections.kpis import KpiCode

SCORECARD: Final[Mapping[SuccessDimension, tuple[KpiCode, ...]]] = {
    SuccessDimension.TECHNOLOGY: (
        KpiCode.INCIDENT_RESPONSE,
        KpiCode.INCIDENT_RESPONSE_ATTAINMENT,
        KpiCode.TIME_TO_RESOLVE,
        KpiCode.RESOLUTION_ATTAINMENT,
        KpiCode.TIME_TO_RESTORE,
        KpiCode.INTEGRATION_SUCCESS,
    ),
    SuccessDimension.ORGANISATION: (
        KpiCode.CROSS_DEPARTMENT_RESPONSE,
        KpiCode.CROSS_DEPARTMENT_RESPONSE_ELAPSED,
        KpiCode.CYCLE_TIME,
        KpiCode.CYCLE_TIME_WORKING,
        KpiCode.LEAD_TIME,
        KpiCode.FLOW_EFFICIENCY,
        KpiCode.REOPEN_COUNT,
        KpiCode.TASKS_WITHOUT_OWNER,
        KpiCode.APPROVAL_TIME,
        KpiCode.APPROVAL_AUTOMATIC_SHARE,
        KpiCode.FORECAST_HIT_P50,
        KpiCode.FORECAST_HIT_P85,
        KpiCode.FORECAST_HIT_P95,
    ),
    SuccessDimension.PEOPLE: (
        KpiCode.SELF_STARTED_SHARE,
        KpiCode.ADOPTION_RATE,
        KpiCode.ABANDONMENT_RATE,
        KpiCode.TRAINING_COMPLETION,
        KpiCode.TRAINING_WITH_MATERIAL,
        KpiCode.TRAINING_WITHOUT_MATERIAL,
        KpiCode.CSAT_SCORE,
        KpiCode.CSAT_TOP_2_BOX,
        KpiCode.NPS,
        KpiCode.SURVEY_RESPONSE_RATE,
        KpiCode.FEEDBACK_LOOP_TIME,
        KpiCode.FEEDBACK_TO_RELEASE_TIME,
        KpiCode.FIRST_RESPONSE_TIME,
        KpiCode.FIRST_RESPONSE_TIME_WORKING,
        KpiCode.NEXT_RESPONSE_TIME,
        KpiCode.NEXT_RESPONSE_TIME_WORKING,
    ),
    SuccessDimension.BUSINESS_RESULTS: (
        KpiCode.ON_TIME_RATE,
        KpiCode.ON_TIME_RATE_OF_DUE,
        KpiCode.ON_TIME_RATE_OF_BASELINE,
        KpiCode.THROUGHPUT,
        KpiCode.PROJECT_CYCLE_TIME,
        KpiCode.FINISH_VARIANCE,
        KpiCode.COST,
        KpiCode.BENEFIT,
    ),
}
"""Each KPI in exactly one dimension, in the order they are shown."""
