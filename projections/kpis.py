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
            KpiCode.FEEDBACK_LOOP_TIME,
            "feedback_inbox",
            Measure.MEAN,
            "minutes",
            Direction.LOWER,
            "Elapsed minutes from when feedback was given until its giver was told what came of it, by day of"
            " telling; p50 is the loop's median length. Loops still open do not count.",
        ),
        Kpi(
            KpiCode.CSAT_SCORE,
            "survey_responses",
            Measure.MEAN_OF_HUNDREDTHS,
            "percent",
            Direction.HIGHER,
            "Mean of (answer - worst) / (best - worst) x 100 over the answers to satisfaction surveys; each"
            " observation is in hundredths of a percent. An answer counts in its survey's month: on its day,"
            " or the month's last day if later.",
        ),
        Kpi(
            KpiCode.CSAT_TOP_2_BOX,
            "survey_responses",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            "Answers of 4 or 5, of all to satisfaction surveys on a scale from 1 to 5; by day as csat_score.",
        ),
        Kpi(
            KpiCode.NPS,
            "survey_responses",
            Measure.MEAN,
            "points",
            Direction.HIGHER,
            "Percent of promoters (9 and 10) less percent of detractors (0 to 6), -100 to 100, over the"
            " answers to recommendation surveys: the mean of 100, 0 and -100; by day as csat_score.",
        ),
        Kpi(
            KpiCode.SURVEY_RESPONSE_RATE,
            "survey_responses",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            "Invitations answered so far, of all; by day of invitation, moved into its survey's month.",
        ),
        Kpi(
            KpiCode.TRAINING_COMPLETION,
            "training_matrix",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            "Assignments of courses completed by now, of all made in the window, by day of assignment;"
            " divided by role, department and cohort as they were then.",
        ),
        Kpi(
            KpiCode.TRAINING_WITH_MATERIAL,
            "learners",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            "Members who completed all courses assigned to them, of those who used training materials while"
            " some were open, by day of first assignment.",
        ),
        Kpi(
            KpiCode.TRAINING_WITHOUT_MATERIAL,
            "learners",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            "Members who completed all courses assigned to them, of those who used no training material"
            " while some were open, by day of first assignment.",
        ),
        Kpi(
            KpiCode.INTEGRATION_SUCCESS,
            "sync_runs",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            "Runs of integrations without errors, of all runs, by the day they finished.",
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
            KpiCode.FINISH_VARIANCE,
            "task_board",
            Measure.MEAN,
            "minutes",
            Direction.LOWER,
            "Elapsed minutes from the finish of baseline 0 to each completion, below 0 for one before it, by"
            " day of completion; tasks without that baseline do not count.",
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
            KpiCode.PROJECT_CYCLE_TIME,
            "project_cycles",
            Measure.MEAN,
            "days",
            Direction.LOWER,
            "Days from the start of a project's delivery or first task, whichever is earlier, to its closing,"
            " both counted, by day of closing; projects closed without either do not count.",
        ),
        Kpi(
            KpiCode.ADOPTION_RATE,
            "member_adoption",
            Measure.RATE,
            "percent",
            Direction.HIGHER,
            "Active members, who issued a command in the last 14 days, of all on the team, by the day they"
            " were first named on it: a window is a cohort.",
        ),
        Kpi(
            KpiCode.ABANDONMENT_RATE,
            "member_adoption",
            Measure.RATE,
            "percent",
            Direction.LOWER,
            "Members now inactive of those on the team who ever became active, by the day they were first"
            " named on it: a window is a cohort.",
        ),
    )
}
