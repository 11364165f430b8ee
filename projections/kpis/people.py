"""The KPIs of people: what they say, what they learn, and whether they use it."""

from typing import Final

from domain.project.kpis import Direction
from projections.kpis.definition import Kpi, KpiCode, Measure

PEOPLE: Final = (
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
        KpiCode.FEEDBACK_TO_RELEASE_TIME,
        "feedback_inbox",
        Measure.MEAN,
        "minutes",
        Direction.LOWER,
        "Elapsed minutes from when feedback was given until the first version that named it came out, by"
        " day of release; links made by hand do not count.",
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
