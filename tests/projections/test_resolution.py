"""The goal to resolve incidents by: its clock, and what the inbox says of it to the KPIs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.feedback import (
    EscalateIncident,
    FeedbackResolved,
    IncidentAcknowledged,
    IncidentPaused,
    IncidentResumed,
    SuggestionGiven,
)
from domain.feedback.resolution import BreachIncidentResolution, IncidentResolutionBreached
from projections import feedback_inbox, resolution_clock
from projections.read_model import Wish
from tests.examples import HOUR, INCIDENT, MONDAY, NINE, NOON, SUGGESTION
from tests.projections.folding import STREAM, observed, row_after, seen

CLOCK, INBOX = resolution_clock.READ_MODEL, feedback_inbox.READ_MODEL
DUE = NINE + 4 * HOUR
REPORTED = replace(INCIDENT, resolve_due_at=DUE)
ACKNOWLEDGED = IncidentAcknowledged(NINE + HOUR, MONDAY, NINE, 60, is_within_goal=True)
PAUSED = IncidentPaused("Weekend", NINE + HOUR)
RESUMED = IncidentResumed(NINE + 2 * HOUR, 60, NINE + 3 * HOUR, DUE + HOUR)
BREACHED = IncidentResolutionBreached(DUE, MONDAY)
TUESDAY = MONDAY + timedelta(days=1)
RESOLVED = FeedbackResolved("Mended", NOON, TUESDAY, 180)


def test_a_suggestion_has_no_clock() -> None:
    assert SuggestionGiven not in CLOCK.folds
    assert CLOCK.evolve(None, seen(RESOLVED)) is None


@pytest.mark.parametrize(
    ("events", "due_at"),
    [
        ((), DUE),
        ((PAUSED,), None),
        ((RESOLVED,), None),
        ((BREACHED,), None),
        ((PAUSED, RESUMED), DUE + HOUR),
        ((BREACHED, PAUSED, RESUMED), None),
    ],
)
def test_the_clock_runs_until_it_ends_which_acknowledging_does_not(
    events: tuple[object, ...], due_at: object
) -> None:
    assert row_after(CLOCK, REPORTED, *events).due_at == due_at
    assert IncidentAcknowledged not in CLOCK.folds


def test_without_a_goal_the_clock_never_runs() -> None:
    unmoved = replace(RESUMED, resolve_due_at=None)
    assert row_after(CLOCK, INCIDENT).due_at is None
    assert row_after(CLOCK, INCIDENT, PAUSED, unmoved).due_at is None


def test_a_breach_calls_for_an_escalation_and_nothing_else_does() -> None:
    clock = row_after(CLOCK, REPORTED)
    assert list(resolution_clock.react(seen(BREACHED), clock)) == [
        Wish("feedback", STREAM, EscalateIncident(), NOON)
    ]
    assert list(resolution_clock.react(seen(REPORTED), clock)) == []


def test_what_is_due_is_breached_at_its_instant() -> None:
    wish = Wish("feedback", STREAM, BreachIncidentResolution(DUE), DUE)
    assert resolution_clock.on_due(row_after(CLOCK, REPORTED)) == wish
    with pytest.raises(AssertionError):
        resolution_clock.on_due(row_after(CLOCK, REPORTED, RESOLVED))


def test_the_inbox_shows_until_when_an_incident_is_to_be_resolved() -> None:
    row = row_after(INBOX, REPORTED, PAUSED, RESUMED)
    assert (row.resolve_due_at, row.resolved_on) == (DUE + HOUR, None)
    row = row_after(INBOX, REPORTED, BREACHED, RESOLVED)
    assert (row.resolution_breached_on, row.resolved_on) == (MONDAY, TUESDAY)


def test_an_incident_resolved_in_time_met_its_goal_on_that_day() -> None:
    assert observed(INBOX, REPORTED, RESOLVED) == {
        ("time_to_resolve", ""): (TUESDAY, 180, None),
        ("resolution_attainment", ""): (TUESDAY, 1, True),
    }


def test_a_breach_counts_at_the_goals_time_also_once_it_is_resolved() -> None:
    missed = {("resolution_attainment", ""): (MONDAY, 1, False)}
    assert observed(INBOX, REPORTED, BREACHED) == missed
    assert observed(INBOX, REPORTED, BREACHED, RESOLVED) == {
        ("time_to_resolve", ""): (TUESDAY, 180, None),
        **missed,
    }


def test_an_incident_without_a_goal_has_a_time_and_no_attainment_and_a_suggestion_neither() -> None:
    assert observed(INBOX, INCIDENT, RESOLVED) == {("time_to_resolve", ""): (TUESDAY, 180, None)}
    assert observed(INBOX, SUGGESTION, RESOLVED) == {}
