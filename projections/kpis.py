"""The KPIs: what each one's figure is made of, over which observations, in which unit."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

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
    TIME_TO_RESOLVE = "time_to_resolve"
    RESOLUTION_ATTAINMENT = "resolution_attainment"
    TIME_TO_RESTORE = "time_to_restore"


class Measure(StrEnum):
    """How a figure is computed from its observations."""

    RATE = "rate"
    """Met of all observed, in percent."""
    MEAN = "mean"
    """Sum of values by their number."""
    TOTAL = "total"
    """Sum of values."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI: its observations are those that `model`'s rows give under `code`."""

    code: KpiCode
    model: str
    measure: Measure
    unit: str
    direction: Direction
    definition: str


KPIS: Final[dict[KpiCode, Kpi]] = {
    kpi.code: kpi
    for kpi in (
        Kpi(
            KpiCode.ON_TIME_RATE,
            "task_board",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            "Completions on or before the due day in force then, of all completions of tasks with a due day,"
            " by day of completion. Reopening takes no completion back.",
        ),
        Kpi(
            KpiCode.ON_TIME_RATE_OF_DUE,
            "task_board",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            "Tasks now completed on or before their due day, of all due in the window, by due day; open ones"
            " count as late, cancelled ones do not count.",
        ),
        Kpi(
            KpiCode.ON_TIME_RATE_OF_BASELINE,
            "task_board",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            "Completions at or before the finish of baseline 0, of all completions of tasks that have one, by"
            " day of completion: re-planning does not hide lateness.",
        ),
        Kpi(
            KpiCode.CYCLE_TIME,
            "task_board",
            Measure.MEAN,
            "minutes",
            Direction.LOWER,
            "Elapsed minutes from the first start to each completion, by day of completion; tasks never"
            " started do not count.",
        ),
        Kpi(
            KpiCode.CYCLE_TIME_WORKING,
            "task_board",
            Measure.MEAN,
            "working minutes",
            Direction.LOWER,
            "Cycle time in working minutes of the project's standard calendar, by day of completion.",
        ),
        Kpi(
            KpiCode.LEAD_TIME,
            "task_board",
            Measure.MEAN,
            "minutes",
            Direction.LOWER,
            "Elapsed minutes from opening to each completion, by day of completion.",
        ),
        Kpi(
            KpiCode.THROUGHPUT,
            "task_board",
            Measure.TOTAL,
            "completions",
            Direction.HIGHER,
            "Entries to done, by day of completion.",
        ),
        Kpi(
            KpiCode.CROSS_DEPARTMENT_RESPONSE,
            "task_board",
            Measure.MEAN,
            "working minutes",
            Direction.LOWER,
            "Working minutes, on the answering department's calendar, from a hand-off to its answer, by day"
            " of answer.",
        ),
        Kpi(
            KpiCode.CROSS_DEPARTMENT_RESPONSE_ELAPSED,
            "task_board",
            Measure.MEAN,
            "minutes",
            Direction.LOWER,
            "Elapsed minutes from a hand-off to its answer, by day of answer.",
        ),
        Kpi(
            KpiCode.INCIDENT_RESPONSE,
            "feedback_inbox",
            Measure.MEAN,
            "minutes",
            Direction.LOWER,
            "Elapsed minutes from report to acknowledgement, pauses aside, by day of acknowledgement.",
        ),
        Kpi(
            KpiCode.INCIDENT_RESPONSE_ATTAINMENT,
            "feedback_inbox",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            "Incidents acknowledged within their goal, of those acknowledged or breached; a breach counts at"
            " the goal's time.",
        ),
        Kpi(
            KpiCode.COST,
            "costs_and_benefits",
            Measure.TOTAL,
            "cents",
            Direction.LOWER,
            "Money spent, counter-entries included, by the day it counts on; in hundredths of the unit of the"
            " project's currency, so that only projects of one currency have a sum.",
        ),
        Kpi(
            KpiCode.BENEFIT,
            "costs_and_benefits",
            Measure.TOTAL,
            "cents",
            Direction.HIGHER,
            "Money gained or saved, counter-entries included, by the day it counts on; in hundredths of the"
            " unit of the project's currency, so that only projects of one currency have a sum.",
        ),
        Kpi(
            KpiCode.TIME_TO_RESOLVE,
            "feedback_inbox",
            Measure.MEAN,
            "minutes",
            Direction.LOWER,
            "Elapsed minutes from an incident's report to its resolution, pauses aside, by day of that.",
        ),
        Kpi(
            KpiCode.RESOLUTION_ATTAINMENT,
            "feedback_inbox",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            "Incidents resolved within the goal agreed, of those resolved or breached that have one; a breach"
            " counts at the goal's time.",
        ),
        Kpi(
            KpiCode.TIME_TO_RESTORE,
            "outages",
            Measure.MEAN,
            "minutes",
            Direction.LOWER,
            "Elapsed minutes from the start of an outage to its end, by day of its end.",
        ),
    )
}
