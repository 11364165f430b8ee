"""The feedback inbox: every branch of its fold and of what it says."""

from datetime import date

import pytest

from domain.feedback import (
    FeedbackKind,
    FeedbackLinkedToTask,
    FeedbackResolved,
    FeedbackStatus,
    FeedbackTriaged,
    IncidentAcknowledged,
    IncidentBreached,
    IncidentEscalated,
    IncidentPaused,
    IncidentResumed,
    Priority,
)
from projections.feedback_inbox import READ_MODEL
from tests.examples import BEN, HOUR, INCIDENT, MONDAY, NINE, SUGGESTION, WELD
from tests.projections.folding import STREAM, observed, row_after, seen

TUESDAY = date(2026, 3, 3)
PAUSED = IncidentPaused("Weekend", NINE + HOUR)
RESUMED = IncidentResumed(NINE + 2 * HOUR, 60, NINE + 3 * HOUR)
RESOLVED = FeedbackResolved("Mended", NINE + 3 * HOUR, MONDAY, 180)
BREACHED = IncidentBreached(NINE.replace(hour=23), TUESDAY)  # in Vienna; in UTC it is Monday


def acknowledged(*, is_within_goal: bool = True) -> IncidentAcknowledged:
    return IncidentAcknowledged(NINE + HOUR, MONDAY, NINE, 60, is_within_goal)


def test_a_suggestion_is_new_with_no_clock() -> None:
    row = row_after(READ_MODEL, SUGGESTION)
    assert (row.feedback_id, row.kind, row.status) == (STREAM, FeedbackKind.SUGGESTION, FeedbackStatus.NEW)
    assert (row.text, row.screen, row.given_by, row.given_at) == ("A larger button", "board", BEN, NINE)
    assert row.acknowledge_due_at is None
    assert observed(READ_MODEL, SUGGESTION) == {}


def test_an_incident_is_new_with_its_clock() -> None:
    row = row_after(READ_MODEL, INCIDENT)
    assert (row.kind, row.severity, row.acknowledge_due_at) == (
        FeedbackKind.INCIDENT,
        INCIDENT.severity,
        NINE + 2 * HOUR,
    )
    assert observed(READ_MODEL, INCIDENT) == {}


def test_triage_sets_the_priority_and_takes_nothing_back() -> None:
    triaged = FeedbackTriaged(Priority.HIGH)
    assert row_after(READ_MODEL, SUGGESTION, triaged).status is FeedbackStatus.TRIAGED
    later = row_after(READ_MODEL, INCIDENT, acknowledged(), triaged)
    assert (later.status, later.priority) == (FeedbackStatus.ACKNOWLEDGED, Priority.HIGH)


def test_tasks_it_led_to_are_listed() -> None:
    assert row_after(READ_MODEL, SUGGESTION, FeedbackLinkedToTask(WELD)).task_ids == (WELD,)


@pytest.mark.parametrize("is_within_goal", [True, False])
def test_an_acknowledgement_is_a_response(*, is_within_goal: bool) -> None:
    event = acknowledged(is_within_goal=is_within_goal)
    row = row_after(READ_MODEL, INCIDENT, event)
    assert (row.status, row.response_minutes) == (FeedbackStatus.ACKNOWLEDGED, 60)
    assert observed(READ_MODEL, INCIDENT, event) == {
        ("incident_response", ""): (MONDAY, 60, None),
        ("incident_response_attainment", ""): (MONDAY, 1, is_within_goal),
    }


def test_a_breach_counts_at_the_goals_time_also_once_it_is_acknowledged() -> None:
    missed = {("incident_response_attainment", ""): (TUESDAY, 1, False)}
    assert observed(READ_MODEL, INCIDENT, BREACHED) == missed
    late = acknowledged(is_within_goal=False)
    assert observed(READ_MODEL, INCIDENT, BREACHED, late) == {
        ("incident_response", ""): (MONDAY, 60, None),
        **missed,
    }


def test_a_pause_stops_the_clock_and_the_end_of_it_leads_back() -> None:
    assert row_after(READ_MODEL, INCIDENT, PAUSED).status is FeedbackStatus.PAUSED
    row = row_after(READ_MODEL, INCIDENT, PAUSED, RESUMED)
    assert (row.status, row.acknowledge_due_at) == (FeedbackStatus.NEW, NINE + 3 * HOUR)
    row = row_after(READ_MODEL, INCIDENT, acknowledged(), PAUSED, RESUMED)
    assert row.status is FeedbackStatus.ACKNOWLEDGED


def test_an_escalation_and_a_resolution_are_kept() -> None:
    assert row_after(READ_MODEL, INCIDENT, IncidentEscalated(NINE)).is_escalated
    row = row_after(READ_MODEL, INCIDENT, RESOLVED)
    assert (row.status, row.outcome, row.resolved_at, row.open_minutes) == (
        FeedbackStatus.RESOLVED,
        "Mended",
        NINE + 3 * HOUR,
        180,
    )


def test_what_goes_on_must_have_begun() -> None:
    with pytest.raises(AssertionError):
        READ_MODEL.evolve(None, seen(BREACHED))
