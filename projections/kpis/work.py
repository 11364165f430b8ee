"""The KPIs of work: how tasks, projects and approvals go, and what they cost and bring."""

from typing import Final

from domain.project.kpis import Direction
from projections.kpis.definition import Kpi, KpiCode, Measure

WORK: Final = (
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
        KpiCode.FINISH_VARIANCE,
        "task_board",
        Measure.MEAN,
        "minutes",
        Direction.LOWER,
        "Elapsed minutes from the finish of baseline 0 to each completion, below 0 for one before it, by"
        " day of completion; tasks without that baseline do not count.",
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
        KpiCode.FLOW_EFFICIENCY,
        "task_flow",
        Measure.SHARE,
        "percent",
        Direction.HIGHER,
        "Elapsed minutes in which started tasks did not wait, of all minutes from each start or reopening"
        " to its completion, by day of completion; a task waits while it is blocked or another"
        " department's answer is due.",
    ),
    Kpi(
        KpiCode.REOPEN_COUNT,
        "task_flow",
        Measure.TOTAL,
        "reopenings",
        Direction.LOWER,
        "Completed tasks that were reopened, each time anew, by day of reopening.",
    ),
    Kpi(
        KpiCode.TASKS_WITHOUT_OWNER,
        "task_board",
        Measure.TOTAL,
        "tasks",
        Direction.LOWER,
        "Tasks neither completed nor cancelled that nobody is assigned to, by the day they were opened.",
    ),
    Kpi(
        KpiCode.SELF_STARTED_SHARE,
        "task_flow",
        Measure.RATE,
        "percent",
        Direction.HIGHER,
        "Tasks that one of their assignees started, or handed on to another department, before anybody"
        " was reminded of them, of all that were started or handed on while somebody was assigned to"
        " them, by day of first completion.",
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
        KpiCode.PROJECT_CYCLE_TIME,
        "project_cycles",
        Measure.MEAN,
        "days",
        Direction.LOWER,
        "Days from the start of a project's delivery or first task, whichever is earlier, to its closing,"
        " both counted, by day of closing; projects closed without either do not count.",
    ),
    Kpi(
        KpiCode.APPROVAL_TIME,
        "approval_queue",
        Measure.MEAN,
        "minutes",
        Direction.LOWER,
        "Elapsed minutes from a request for approval to its decision by people, by day of decision; its"
        " observations name path and version. Withdrawn requests do not count.",
    ),
    Kpi(
        KpiCode.APPROVAL_AUTOMATIC_SHARE,
        "approval_queue",
        Measure.RATE,
        "percent",
        Direction.HIGHER,
        "Requests that a rule approved, of all that were approved or rejected, by day of decision.",
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
    *(
        Kpi(
            code,
            "forecasts",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            f"Forecasts whose {percentile} came true, of those recorded and settled, by the day they were"
            f" reached or the last day promised; {percentile[1:]} percent is right, more is too careful.",
        )
        for code, percentile in (
            (KpiCode.FORECAST_HIT_P50, "P50"),
            (KpiCode.FORECAST_HIT_P85, "P85"),
            (KpiCode.FORECAST_HIT_P95, "P95"),
        )
    ),
)
