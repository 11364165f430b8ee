"""The clock of incidents: every branch of its fold, what is due and what is called for."""

import pytest

from domain.feedback import (
    BreachIncident,
    EscalateIncident,
    FeedbackResolved,
    IncidentAcknowledged,
    IncidentBreached,
    IncidentPaused,
    IncidentResumed,
    SuggestionGiven,
)
from projections.incident_clock import READ_MODEL
from projections.read_model import Wish
from tests.examples import HOUR, INCIDENT, MONDAY, NINE, NOON
from tests.projections.folding import STREAM, row_after, seen

DUE = NINE + 2 * HOUR
ACKNOWLEDGED = IncidentAcknowledged(NINE + HOUR, MONDAY, NINE, 60, is_within_goal=True)
PAUSED = IncidentPaused("Weekend", NINE + HOUR)
RESUMED = IncidentResumed(NINE + 2 * HOUR, 60, DUE + HOUR)
BREACHED = IncidentBreached(DUE, MONDAY)
RESOLVED = FeedbackResolved("Mended", NINE, MONDAY, 0)


def test_a_suggestion_has_no_clock() -> None:
    assert SuggestionGiven not in READ_MODEL.folds
    assert READ_MODEL.evolve(None, seen(RESOLVED)) is None


@pytest.mark.parametrize(
    ("events", "due_at"),
    [
        ((), DUE),
        ((ACKNOWLEDGED,), None),
        ((PAUSED,), None),
        ((RESOLVED,), None),
        ((BREACHED,), None),
        ((PAUSED, RESUMED), DUE + HOUR),
        ((ACKNOWLEDGED, PAUSED, RESUMED), None),
        ((BREACHED, PAUSED, RESUMED), None),
    ],
)
def test_the_clock_runs_until_it_ends(events: tuple[object, ...], due_at: object) -> None:
    assert row_after(READ_MODEL, INCIDENT, *events).due_at == due_at


def test_a_breach_calls_for_an_escalation_and_nothing_else_does() -> None:
    react, clock = READ_MODEL.react, row_after(READ_MODEL, INCIDENT)
    assert react is not None
    assert list(react(seen(BREACHED), clock)) == [Wish("feedback", STREAM, EscalateIncident(), NOON)]
    assert list(react(seen(INCIDENT), clock)) == []


def test_what_is_due_is_breached_at_its_instant() -> None:
    on_due = READ_MODEL.on_due
    assert on_due is not None
    assert on_due(row_after(READ_MODEL, INCIDENT)) == Wish("feedback", STREAM, BreachIncident(DUE), DUE)
    with pytest.raises(AssertionError):
        on_due(row_after(READ_MODEL, INCIDENT, ACKNOWLEDGED))
