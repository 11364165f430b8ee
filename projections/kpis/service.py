"""The KPIs of service: how incidents, outages and integrations are dealt with."""

from typing import Final

from domain.project.kpis import Direction
from projections.kpis.definition import Kpi, KpiCode, Measure

SERVICE: Final = (
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
    Kpi(
        KpiCode.INTEGRATION_SUCCESS,
        "sync_runs",
        Measure.RATE,
        "percent",
        Direction.HIGHER,
        "Runs of integrations without errors, of all runs, by the day they finished.",
    ),
    Kpi(
        KpiCode.FIRST_RESPONSE_TIME,
        "feedback_replies",
        Measure.MEAN,
        "minutes",
        Direction.LOWER,
        "Elapsed minutes from when feedback was given to the first message of somebody else, by day of that.",
    ),
    Kpi(
        KpiCode.FIRST_RESPONSE_TIME_WORKING,
        "feedback_replies",
        Measure.MEAN,
        "minutes",
        Direction.LOWER,
        "First response time in working minutes of the project's calendar.",
    ),
    Kpi(
        KpiCode.NEXT_RESPONSE_TIME,
        "feedback_replies",
        Measure.MEAN,
        "minutes",
        Direction.LOWER,
        "Elapsed minutes from a giver's first message left open, after a first answer, to the next one of"
        " somebody else, by day of that; one for each gap.",
    ),
    Kpi(
        KpiCode.NEXT_RESPONSE_TIME_WORKING,
        "feedback_replies",
        Measure.MEAN,
        "minutes",
        Direction.LOWER,
        "Next response time in working minutes of the project's calendar.",
    ),
)
