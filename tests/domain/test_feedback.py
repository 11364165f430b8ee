"""What may happen to feedback: how it comes in, is dealt with, and how the clock of an incident runs."""

from dataclasses import replace
from datetime import date

import pytest

from domain import errors
from domain.elapsed import OutOfOrder
from domain.errors import AlreadyExists, Malformed, UnknownFeedback
from domain.feedback import (
    AcknowledgeIncident,
    BreachIncident,
    EscalateIncident,
    FeedbackIsResolved,
    FeedbackLinkedToTask,
    FeedbackResolved,
    FeedbackStatus,
    FeedbackTriaged,
    GiveSuggestion,
    IncidentAcknowledged,
    IncidentBreached,
    IncidentEscalated,
    IncidentIsPaused,
    IncidentPaused,
    IncidentReported,
    IncidentResumed,
    LinkFeedbackToTask,
    NotAnIncident,
    PauseIncident,
    Priority,
    ReportIncident,
    ResolveFeedback,
    ResumeIncident,
    Severity,
    SuggestionGiven,
    TriageFeedback,
)
from domain.feedback.resolution import BreachIncidentResolution
from tests.examples import (
    ANNA,
    BEN,
    CLOSED_PROJECT,
    CUT,
    HOUR,
    INCIDENT,
    MINUTE,
    MONDAY,
    NINE,
    NOON,
    PROJECT_ID,
    SUGGESTION,
    WELD,
)
from tests.spec import given, state_after

DUE = NINE + 2 * HOUR
ACKNOWLEDGED = IncidentAcknowledged(NINE + HOUR, MONDAY, NINE, 60, is_within_goal=True)
PAUSED = IncidentPaused("Waiting for the log file", NINE + HOUR)
RESUMED = IncidentResumed(NINE + 2 * HOUR, 60, DUE + HOUR)
RESOLVED = FeedbackResolved("Restarted", NOON, MONDAY, 180)

EVERY_COMMAND = [
    GiveSuggestion(PROJECT_ID, "A larger button", "board"),
    ReportIncident(PROJECT_ID, "The board stays empty", Severity.HIGH),
    TriageFeedback(Priority.HIGH),
    LinkFeedbackToTask(CUT),
    AcknowledgeIncident(),
    PauseIncident("Waiting"),
    ResumeIncident(),
    BreachIncident(DUE),
    EscalateIncident(),
    BreachIncidentResolution(DUE),
    ResolveFeedback("Restarted"),
]
CLOCK_COMMANDS = EVERY_COMMAND[4:10]


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=lambda command: type(command).__name__)
def test_no_feedback_changes_in_a_closed_project(command: object) -> None:
    given(INCIDENT, within=CLOSED_PROJECT).when(command).refused(errors.ProjectClosed)


@pytest.mark.parametrize("command", EVERY_COMMAND[2:], ids=lambda command: type(command).__name__)
def test_a_command_to_no_feedback_is_refused(command: object) -> None:
    given().when(command).refused(UnknownFeedback)


@pytest.mark.parametrize("command", CLOCK_COMMANDS, ids=lambda command: type(command).__name__)
def test_a_suggestion_has_no_clock(command: object) -> None:
    given(SUGGESTION).when(command).refused(NotAnIncident)


def test_a_suggestion_is_given_in_the_name_of_whoever_issues_it() -> None:
    suggestion = GiveSuggestion(PROJECT_ID, "A larger button", "board")
    assert given().when(suggestion, at=NINE, by=BEN) == [SUGGESTION]


def test_an_incident_is_to_be_acknowledged_within_two_hours() -> None:
    report = ReportIncident(PROJECT_ID, "The board stays empty", Severity.HIGH)
    assert given().when(report, at=NINE, by=BEN) == [INCIDENT]


def test_feedback_late_in_the_evening_belongs_to_the_next_day_of_the_project() -> None:
    late, tuesday = NINE.replace(hour=23), date(2026, 3, 3)
    given_late = SuggestionGiven(PROJECT_ID, "A larger button", "", ANNA, late, tuesday)
    assert given().when(GiveSuggestion(PROJECT_ID, "A larger button"), at=late) == [given_late]
    reported = IncidentReported(PROJECT_ID, "Down", Severity.CRITICAL, ANNA, late, tuesday, late + 2 * HOUR)
    assert given().when(ReportIncident(PROJECT_ID, "Down", Severity.CRITICAL), at=late) == [reported]


@pytest.mark.parametrize(
    ("before", "command"), [(SUGGESTION, EVERY_COMMAND[0]), (INCIDENT, EVERY_COMMAND[1])]
)
def test_the_same_feedback_given_again_is_there_already(before: object, command: object) -> None:
    assert given(before).when(command, by=BEN) == []


@pytest.mark.parametrize("command", EVERY_COMMAND[:2], ids=lambda command: type(command).__name__)
def test_the_id_of_another_feedback_is_taken(command: object) -> None:
    given(SUGGESTION).when(command, by=ANNA).refused(AlreadyExists)
    given(INCIDENT).when(command, by=ANNA).refused(AlreadyExists)


def test_feedback_gets_a_priority() -> None:
    triaged = FeedbackTriaged(Priority.HIGH)
    assert given(SUGGESTION).when(TriageFeedback(Priority.HIGH)) == [triaged]
    assert given(SUGGESTION, triaged).when(TriageFeedback(Priority.HIGH)) == []
    assert given(SUGGESTION, triaged).when(TriageFeedback(Priority.LOW)) == [FeedbackTriaged(Priority.LOW)]


def test_resolved_feedback_keeps_its_priority() -> None:
    given(SUGGESTION, RESOLVED).when(TriageFeedback(Priority.HIGH)).refused(FeedbackIsResolved)


def test_feedback_is_linked_to_each_task_once_even_when_resolved() -> None:
    linked = FeedbackLinkedToTask(CUT)
    assert given(SUGGESTION, RESOLVED).when(LinkFeedbackToTask(CUT)) == [linked]
    assert given(SUGGESTION, linked).when(LinkFeedbackToTask(CUT)) == []
    assert given(SUGGESTION, linked).when(LinkFeedbackToTask(WELD)) == [FeedbackLinkedToTask(WELD)]


@pytest.mark.parametrize("before", [SUGGESTION, INCIDENT])
def test_feedback_is_resolved_with_one_outcome(before: object) -> None:
    assert given(before).when(ResolveFeedback("Restarted")) == [RESOLVED]
    assert given(before, RESOLVED).when(ResolveFeedback("Restarted")) == []
    given(before, RESOLVED).when(ResolveFeedback("Replaced")).refused(FeedbackIsResolved)


def test_feedback_is_not_resolved_before_it_was_given() -> None:
    given(SUGGESTION).when(ResolveFeedback("Done"), at=NINE - MINUTE).refused(OutOfOrder)


def test_open_minutes_leave_out_pauses_be_they_over_or_not() -> None:
    over = given(INCIDENT, PAUSED, RESUMED).when(ResolveFeedback("Restarted"))
    assert over == [replace(RESOLVED, open_minutes=120)]
    assert given(INCIDENT, PAUSED).when(ResolveFeedback("Restarted")) == [replace(RESOLVED, open_minutes=60)]


def test_an_incident_is_acknowledged_once() -> None:
    assert given(INCIDENT).when(AcknowledgeIncident(), at=NINE + HOUR) == [ACKNOWLEDGED]
    assert given(INCIDENT, ACKNOWLEDGED).when(AcknowledgeIncident()) == []


@pytest.mark.parametrize(
    ("after_due", "is_within_goal"), [(-MINUTE, True), (0 * MINUTE, True), (MINUTE, False)]
)
def test_the_goal_includes_the_moment_it_is_due(after_due: object, *, is_within_goal: bool) -> None:
    at = DUE + after_due  # type: ignore[operator]
    minutes = (at - NINE) // MINUTE
    acknowledged = IncidentAcknowledged(at, MONDAY, NINE, minutes, is_within_goal)
    assert given(INCIDENT).when(AcknowledgeIncident(), at=at) == [acknowledged]


def test_a_resolved_incident_is_not_acknowledged_any_more() -> None:
    given(INCIDENT, RESOLVED).when(AcknowledgeIncident()).refused(FeedbackIsResolved)


def test_resolving_acknowledges_nothing() -> None:
    assert state_after(INCIDENT, RESOLVED).acknowledged_at is None


def test_an_incident_is_not_acknowledged_before_it_was_reported_or_its_clock_was_set() -> None:
    given(INCIDENT).when(AcknowledgeIncident(), at=NINE - MINUTE).refused(OutOfOrder)
    given(INCIDENT, PAUSED).when(AcknowledgeIncident(), at=NINE + MINUTE).refused(OutOfOrder)
    given(INCIDENT, PAUSED, RESUMED).when(AcknowledgeIncident(), at=NINE + HOUR).refused(OutOfOrder)


def test_the_time_to_acknowledge_leaves_out_a_pause_that_is_over() -> None:
    at = DUE + HOUR
    acknowledged = IncidentAcknowledged(at, MONDAY, NINE, 120, is_within_goal=True)
    assert given(INCIDENT, PAUSED, RESUMED).when(AcknowledgeIncident(), at=at) == [acknowledged]
    late = replace(acknowledged, acknowledged_at=at + MINUTE, elapsed_minutes=121, is_within_goal=False)
    assert given(INCIDENT, PAUSED, RESUMED).when(AcknowledgeIncident(), at=at + MINUTE) == [late]


def test_an_incident_acknowledged_in_a_pause_met_its_goal_if_it_had_when_the_pause_began() -> None:
    at = NOON + 20 * HOUR
    acknowledged = IncidentAcknowledged(at, date(2026, 3, 3), NINE, 60, is_within_goal=True)
    assert given(INCIDENT, PAUSED).when(AcknowledgeIncident(), at=at) == [acknowledged]


def test_an_incident_is_paused_for_one_cause_at_a_time() -> None:
    pause = PauseIncident("Waiting for the log file")
    assert given(INCIDENT).when(pause, at=NINE + HOUR) == [PAUSED]
    assert given(INCIDENT, PAUSED).when(pause) == []
    given(INCIDENT, PAUSED).when(PauseIncident("Lunch")).refused(IncidentIsPaused)
    given(INCIDENT, RESOLVED).when(pause).refused(FeedbackIsResolved)


def test_an_incident_is_not_paused_before_its_clock_was_last_set() -> None:
    given(INCIDENT, PAUSED, RESUMED).when(PauseIncident("Lunch"), at=NINE).refused(OutOfOrder)


def test_a_pause_moves_the_moment_to_acknowledge_by() -> None:
    assert given(INCIDENT, PAUSED).when(ResumeIncident(), at=NINE + 2 * HOUR) == [RESUMED]
    assert given(INCIDENT, PAUSED, RESUMED).when(ResumeIncident()) == []
    assert state_after(INCIDENT, PAUSED, RESUMED).acknowledge_due_at == DUE + HOUR


def test_a_pause_after_the_acknowledgement_moves_nothing() -> None:
    paused = replace(PAUSED, paused_at=NINE + HOUR + MINUTE)
    resumed = IncidentResumed(NOON, 119, DUE)
    assert given(INCIDENT, ACKNOWLEDGED, paused).when(ResumeIncident()) == [resumed]


def test_a_pause_after_the_goal_was_missed_moves_nothing() -> None:
    paused = replace(PAUSED, paused_at=DUE + MINUTE)
    assert given(INCIDENT, paused).when(ResumeIncident()) == [IncidentResumed(NOON, 59, DUE)]


def test_an_incident_is_not_resumed_before_it_was_paused() -> None:
    given(INCIDENT, PAUSED).when(ResumeIncident(), at=NINE).refused(OutOfOrder)


def test_a_goal_missed_is_a_breach_once() -> None:
    assert given(INCIDENT).when(BreachIncident(DUE), at=DUE) == [IncidentBreached(DUE)]
    assert given(INCIDENT, IncidentBreached(DUE)).when(BreachIncident(DUE), at=DUE) == []


@pytest.mark.parametrize(
    "events",
    [
        (ACKNOWLEDGED,),
        (replace(ACKNOWLEDGED, acknowledged_at=DUE),),
        (PAUSED,),
        (PAUSED, RESUMED),
        (replace(RESOLVED, resolved_at=DUE),),
    ],
    ids=["acknowledged", "acknowledged_when_due", "paused", "due_later", "resolved"],
)
def test_a_goal_that_was_met_or_moved_is_no_breach(events: tuple[object, ...]) -> None:
    assert given(INCIDENT, *events).when(BreachIncident(DUE), at=DUE) == []


@pytest.mark.parametrize(
    "event",
    [
        replace(ACKNOWLEDGED, acknowledged_at=DUE + MINUTE, is_within_goal=False),
        replace(PAUSED, paused_at=DUE + MINUTE),
        replace(RESOLVED, resolved_at=DUE + MINUTE),
    ],
    ids=["acknowledged", "paused", "resolved"],
)
def test_what_came_after_the_goal_was_missed_does_not_undo_the_breach(event: object) -> None:
    assert given(INCIDENT, event).when(BreachIncident(DUE), at=DUE) == [IncidentBreached(DUE)]


def test_the_moved_goal_can_be_missed_too() -> None:
    later = DUE + HOUR
    assert given(INCIDENT, PAUSED, RESUMED).when(BreachIncident(later), at=later) == [IncidentBreached(later)]


def test_an_incident_is_escalated_once_and_not_when_resolved() -> None:
    escalated = IncidentEscalated(NOON)
    assert given(INCIDENT).when(EscalateIncident()) == [escalated]
    assert given(INCIDENT, escalated).when(EscalateIncident()) == []
    assert given(INCIDENT, RESOLVED).when(EscalateIncident()) == []


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((), FeedbackStatus.NEW),
        ((FeedbackTriaged(Priority.LOW),), FeedbackStatus.TRIAGED),
        ((FeedbackTriaged(Priority.LOW), ACKNOWLEDGED), FeedbackStatus.ACKNOWLEDGED),
        ((ACKNOWLEDGED, PAUSED), FeedbackStatus.PAUSED),
        ((ACKNOWLEDGED, PAUSED, RESUMED), FeedbackStatus.ACKNOWLEDGED),
        ((PAUSED, RESOLVED), FeedbackStatus.RESOLVED),
    ],
    ids=["new", "triaged", "acknowledged", "paused", "resumed", "resolved"],
)
def test_feedback_stands_where_it_has_come_furthest(
    events: tuple[object, ...], status: FeedbackStatus
) -> None:
    assert state_after(INCIDENT, *events).status is status


@pytest.mark.parametrize(
    ("command", "values", "field"),
    [
        (GiveSuggestion, {"project_id": PROJECT_ID, "text": ""}, "text"),
        (GiveSuggestion, {"project_id": PROJECT_ID, "text": "More", "screen": "x" * 201}, "screen"),
        (ReportIncident, {"project_id": PROJECT_ID, "text": "x" * 10_001, "severity": Severity.LOW}, "text"),
        (PauseIncident, {"cause": ""}, "cause"),
        (BreachIncident, {"due_at": NINE.replace(tzinfo=None)}, "dueAt"),
        (ResolveFeedback, {"outcome": "\0"}, "outcome"),
    ],
    ids=[
        "blank_text",
        "long_screen",
        "long_text",
        "blank_cause",
        "due_without_offset",
        "unprintable_outcome",
    ],
)
def test_a_command_out_of_shape_names_its_field(command: type, values: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        command(**values)
    assert refusal.value.field == field
