"""What a KPI is: its code, how its figure is computed, over which observations, in which unit."""

from dataclasses import dataclass
from enum import StrEnum

from domain.project.kpis import Direction


class KpiCode(StrEnum):
    """The KPIs there are."""

    ON_TIME_RATE = "on_time_rate"
    ON_TIME_RATE_OF_DUE = "on_time_rate_of_due"
    ON_TIME_RATE_OF_BASELINE = "on_time_rate_of_baseline"
    CYCLE_TIME = "cycle_time"
    CYCLE_TIME_WORKING = "cycle_time_working"
    LEAD_TIME = "lead_time"
    THROUGHPUT = "throughput"
    CROSS_DEPARTMENT_RESPONSE = "cross_department_response"
    CROSS_DEPARTMENT_RESPONSE_ELAPSED = "cross_department_response_elapsed"
    INCIDENT_RESPONSE = "incident_response"
    INCIDENT_RESPONSE_ATTAINMENT = "incident_response_attainment"
    COST = "cost"
    BENEFIT = "benefit"
    FEEDBACK_LOOP_TIME = "feedback_loop_time"
    CSAT_SCORE = "csat_score"
    CSAT_TOP_2_BOX = "csat_top_2_box"
    NPS = "nps"
    SURVEY_RESPONSE_RATE = "survey_response_rate"
    TRAINING_COMPLETION = "training_completion"
    TRAINING_WITH_MATERIAL = "training_with_material"
    TRAINING_WITHOUT_MATERIAL = "training_without_material"
    INTEGRATION_SUCCESS = "integration_success"
    TASKS_WITHOUT_OWNER = "tasks_without_owner"
    APPROVAL_TIME = "approval_time"
    APPROVAL_AUTOMATIC_SHARE = "approval_automatic_share"
    FINISH_VARIANCE = "finish_variance"
    FLOW_EFFICIENCY = "flow_efficiency"
    REOPEN_COUNT = "reopen_count"
    SELF_STARTED_SHARE = "self_started_share"
    PROJECT_CYCLE_TIME = "project_cycle_time"
    ADOPTION_RATE = "adoption_rate"
    ABANDONMENT_RATE = "abandonment_rate"
    TIME_TO_RESOLVE = "time_to_resolve"
    RESOLUTION_ATTAINMENT = "resolution_attainment"
    TIME_TO_RESTORE = "time_to_restore"
    FEEDBACK_TO_RELEASE_TIME = "feedback_to_release_time"
    FIRST_RESPONSE_TIME = "first_response_time"
    FIRST_RESPONSE_TIME_WORKING = "first_response_time_working"
    NEXT_RESPONSE_TIME = "next_response_time"
    NEXT_RESPONSE_TIME_WORKING = "next_response_time_working"
    FORECAST_HIT_P50 = "forecast_hit_p50"
    FORECAST_HIT_P85 = "forecast_hit_p85"
    FORECAST_HIT_P95 = "forecast_hit_p95"


class Measure(StrEnum):
    """How a figure is computed from its observations."""

    RATE = "rate"
    """Met of all observed, in percent."""
    MEAN = "mean"
    """Sum of values by their number."""
    TOTAL = "total"
    """Sum of values."""
    MEAN_OF_HUNDREDTHS = "mean_of_hundredths"
    """Sum of values by their number; values and percentiles are in hundredths of the unit."""
    SHARE = "share"
    """Sum of the values that met, of the sum of all values, in percent."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI: its observations are those that `model`'s rows give under `code`."""

    code: KpiCode
    model: str
    measure: Measure
    unit: str
    direction: Direction
    definition: str
