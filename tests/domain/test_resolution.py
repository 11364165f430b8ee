"""What an incident's goals are by the agreement in force, and when the one to resolve it is breached."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.errors import Malformed
from domain.feedback import (
    AcknowledgeIncident,
    FeedbackResolved,
    IncidentAcknowledged,
    IncidentPaused,
    IncidentResumed,
    ReportIncident,
    ResolveFeedback,
    ResumeIncident,
    Severity,
)
from domain.feedback.incident import NotAnIncident
from domain.feedback.resolution import BreachIncidentResolution, IncidentResolutionBreached
from domain.project import WorkingCalendarSet
from domain.project.service_levels import ServiceLevelAgreementDefined
from tests.examples import (
    DAY,
    HOUR,
    INCIDENT,
    MINUTE,
    MONDAY,
    MORNINGS,
    NINE,
    NOON,
    PROJECT_ID,
    SUGGESTION,
    project_after,
)
from tests.spec import given, state_after

DUE = NINE + 4 * HOUR
AGREED = replace(INCIDENT, acknowledge_due_at=NINE + HOUR, resolve_due_at=DUE)
REPORT = ReportIncident(PROJECT_ID, "The board stays empty", Severity.HIGH)
ELAPSED = project_after(ServiceLevelAgreementDefined(Severity.HIGH, 60, 240, None))
ON_MORNINGS = project_after(
    WorkingCalendarSet("Desk", MORNINGS), ServiceLevelAgreementDefined(Severity.HIGH, 60, 240, "Desk")
)
BREACH = BreachIncidentResolution(DUE)
BREACHED = IncidentResolutionBreached(DUE, MONDAY)
ACKNOWLEDGED = IncidentAcknowledged(NINE + HOUR, MONDAY, NINE, 60, is_within_goal=True)
PAUSED = IncidentPaused("Waiting", NINE + 2 * HOUR)
RESUMED = IncidentResumed(NOON, 60, NINE + HOUR, DUE + HOUR)
RESOLVED = FeedbackResolved("Restarted", NOON, MONDAY, 180)


def test_the_agreement_in_force_sets_the_goals_of_its_severity() -> None:
    from_ben = INCIDENT.reported_by
    assert given(within=ELAPSED).when(REPORT, at=NINE, by=from_ben) == [AGREED]
    low = replace(REPORT, severity=Severity.LOW)
    unagreed = replace(INCIDENT, severity=Severity.LOW)
    assert given(within=ELAPSED).when(low, at=NINE, by=from_ben) == [unagreed]
    no_resolution = project_after(ServiceLevelAgreementDefined(Severity.HIGH, 60, None, None))
    quick = replace(INCIDENT, acknowledge_due_at=NINE + HOUR)
    assert given(within=no_resolution).when(REPORT, at=NINE, by=from_ben) == [quick]


def test_goals_on_a_working_calendar_wait_for_the_next_morning() -> None:
    # mornings are 8 to 12 in Vienna; at half past eleven half an hour of Monday is left
    at = NINE + 2 * HOUR + 30 * MINUTE
    tuesday = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
    expected = replace(
        INCIDENT,
        reported_at=at,
        acknowledge_due_at=tuesday + 30 * MINUTE,
        resolve_due_at=tuesday + 210 * MINUTE,
        calendar_name="Desk",
    )
    assert given(within=ON_MORNINGS).when(REPORT, at=at, by=INCIDENT.reported_by) == [expected]


def test_an_incident_keeps_the_goals_it_was_reported_under() -> None:
    state = state_after(AGREED)
    assert (state.acknowledge_due_at, state.resolve_due_at) == (NINE + HOUR, DUE)
    assert given(AGREED, within=project_after()).when(BREACH, at=DUE) == [BREACHED]


def test_a_pause_moves_the_goal_to_resolve_also_after_the_acknowledgement() -> None:
    assert given(AGREED, ACKNOWLEDGED, PAUSED).when(ResumeIncident(), at=NOON) == [RESUMED]
    assert state_after(AGREED, ACKNOWLEDGED, PAUSED, RESUMED).resolve_due_at == DUE + HOUR
    late = replace(PAUSED, paused_at=DUE + MINUTE)
    unmoved = IncidentResumed(DUE + HOUR, 59, NINE + HOUR, DUE)
    assert given(AGREED, ACKNOWLEDGED, late).when(ResumeIncident(), at=DUE + HOUR) == [unmoved]


def test_on_a_working_calendar_a_pause_moves_goals_by_its_working_minutes() -> None:
    # reported on Monday at 9, due on Tuesday at 9; paused from 11 until Tuesday at 8:30: 60 + 30 minutes
    due_at = NINE + DAY
    reported = replace(AGREED, resolve_due_at=due_at, calendar_name="Desk")
    resumed_at = NINE + DAY - 30 * MINUTE
    paused = replace(PAUSED, paused_at=NINE + 2 * HOUR)
    expected = IncidentResumed(resumed_at, 21 * 60 + 30, NINE + HOUR, due_at + 90 * MINUTE)
    story = given(reported, ACKNOWLEDGED, paused, within=ON_MORNINGS)
    assert story.when(ResumeIncident(), at=resumed_at) == [expected]


def test_an_acknowledgement_in_a_pause_counts_on_the_calendar() -> None:
    reported = replace(AGREED, acknowledge_due_at=NINE + 3 * HOUR, calendar_name="Desk")
    paused = replace(PAUSED, paused_at=NINE + 2 * HOUR)
    at = NINE + DAY
    (event,) = given(reported, paused, within=ON_MORNINGS).when(AcknowledgeIncident(), at=at).events
    assert event.is_within_goal


def test_a_running_clock_past_its_goal_is_a_breach_once() -> None:
    assert given(AGREED).when(BREACH, at=DUE) == [BREACHED]
    assert given(AGREED, ACKNOWLEDGED).when(BREACH, at=DUE) == [BREACHED]
    assert given(AGREED, BREACHED).when(BREACH, at=DUE) == []
    given(SUGGESTION).when(BREACH).refused(NotAnIncident)


@pytest.mark.parametrize(
    "events",
    [
        (RESOLVED,),
        (replace(RESOLVED, resolved_at=DUE),),
        (PAUSED,),
        (PAUSED, RESUMED),
    ],
    ids=["resolved", "resolved_when_due", "paused", "due_later"],
)
def test_a_goal_that_was_met_or_moved_is_no_breach(events: tuple[object, ...]) -> None:
    assert given(AGREED, *events).when(BREACH, at=DUE) == []


def test_without_a_goal_to_resolve_there_is_no_breach() -> None:
    assert given(INCIDENT).when(BREACH, at=DUE) == []
    resolved = replace(RESOLVED, resolved_at=NINE + 9 * HOUR, open_minutes=540)
    assert given(INCIDENT).when(ResolveFeedback("Restarted"), at=NINE + 9 * HOUR) == [resolved]


def test_what_is_resolved_too_late_was_breached_at_the_goals_time_even_if_nobody_said_so() -> None:
    at = DUE + MINUTE
    resolved = replace(RESOLVED, resolved_at=at, open_minutes=241)
    assert given(AGREED).when(ResolveFeedback("Restarted"), at=at) == [BREACHED, resolved]
    assert given(AGREED, BREACHED).when(ResolveFeedback("Restarted"), at=at) == [resolved]
    in_time = replace(RESOLVED, resolved_at=DUE, open_minutes=240)
    assert given(AGREED).when(ResolveFeedback("Restarted"), at=DUE) == [in_time]


def test_what_is_resolved_in_a_pause_begun_in_time_is_no_breach() -> None:
    at = DUE + DAY
    events = given(AGREED, PAUSED).when(ResolveFeedback("Restarted"), at=at).events
    assert [type(event) for event in events] == [FeedbackResolved]


def test_a_breach_counts_on_the_day_it_is_where_the_project_is() -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    reported = replace(AGREED, resolve_due_at=late)
    breached = IncidentResolutionBreached(late, date(2026, 3, 3))
    assert given(reported).when(BreachIncidentResolution(late), at=late) == [breached]


def test_the_instant_of_a_breach_has_an_offset() -> None:
    with pytest.raises(Malformed) as refusal:
        BreachIncidentResolution(datetime(2026, 3, 2))  # noqa: DTZ001
    assert refusal.value.field == "dueAt"
    assert BreachIncidentResolution(NINE + timedelta(hours=1)).due_at == NINE + HOUR
