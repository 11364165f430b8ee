"""What may happen to feedback: how it comes in, is dealt with, and how the clock of an incident runs.

Longer than other files: each rule of its subject has its test here.
"""

from dataclasses import replace
from datetime import date
from typing import get_type_hints

import pytest

from domain import errors
from domain.elapsed import OutOfOrder
from domain.errors import AlreadyExists, Malformed, UnknownFeedback
from domain.feedback import (
    DECIDER,
    AcknowledgeIncident,
    BreachIncident,
    ComplaintCategory,
    ComplaintFiled,
    EscalateIncident,
    FeedbackIsResolved,
    FeedbackLinkedToRelease,
    FeedbackLinkedToTask,
    FeedbackResolved,
    FeedbackStatus,
    FeedbackSubmitted,
    FeedbackTriaged,
    FileComplaint,
    GiverTold,
    GiveSuggestion,
    IncidentAcknowledged,
    IncidentBreached,
    IncidentEscalated,
    IncidentIsPaused,
    IncidentPaused,
    IncidentReported,
    IncidentResumed,
    LinkFeedbackToRelease,
    LinkFeedbackToTask,
    LoopStage,
    NotAnIncident,
    NothingToTell,
    PauseIncident,
    Priority,
    ReportIncident,
    ResolveFeedback,
    ResumeIncident,
    Severity,
    SubmitFeedback,
    SuggestionGiven,
    TellGiver,
    TriageFeedback,
    stage,
)
from domain.feedback.resolution import BreachIncidentResolution
from domain.ids import SYSTEM_ACTOR
from domain.personal import Personal
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
RATING = FeedbackSubmitted(PROJECT_ID, "board", "Too small", 2, BEN, NINE, MONDAY)
COMPLAINT = ComplaintFiled(PROJECT_ID, "Late", Severity.HIGH, ComplaintCategory.SCHEDULE, BEN, NINE, MONDAY)
RELEASED = FeedbackLinkedToRelease("2.4", NOON, MONDAY, 180)
LINKED = FeedbackLinkedToRelease("2.4", NOON, MONDAY, None)
TOLD = GiverTold(NOON, MONDAY, 180)

GIVING = [
    GiveSuggestion(PROJECT_ID, "A larger button", "board"),
    ReportIncident(PROJECT_ID, "The board stays empty", Severity.HIGH),
    SubmitFeedback(PROJECT_ID, "board", "Too small", 2),
    FileComplaint(PROJECT_ID, "Late", Severity.HIGH, ComplaintCategory.SCHEDULE),
]
GIVEN = [SUGGESTION, INCIDENT, RATING, COMPLAINT]
CLOCK_COMMANDS = [
    AcknowledgeIncident(),
    PauseIncident("Waiting"),
    ResumeIncident(),
    BreachIncident(DUE),
    EscalateIncident(),
    BreachIncidentResolution(DUE),
]
HANDLING = [
    TriageFeedback(Priority.HIGH),
    LinkFeedbackToTask(CUT),
    *CLOCK_COMMANDS,
    ResolveFeedback("Restarted"),
    LinkFeedbackToRelease("2.4"),
    TellGiver(),
]


@pytest.mark.parametrize("command", [*GIVING, *HANDLING], ids=lambda command: type(command).__name__)
def test_no_feedback_changes_in_a_closed_project(command: object) -> None:
    given(INCIDENT, within=CLOSED_PROJECT).when(command).refused(errors.ProjectClosed)


@pytest.mark.parametrize("command", HANDLING, ids=lambda command: type(command).__name__)
def test_a_command_to_no_feedback_is_refused(command: object) -> None:
    given().when(command).refused(UnknownFeedback)


@pytest.mark.parametrize("command", CLOCK_COMMANDS, ids=lambda command: type(command).__name__)
def test_only_an_incident_has_a_clock(command: object) -> None:
    for other in (SUGGESTION, RATING, COMPLAINT):
        given(other).when(command).refused(NotAnIncident)


@pytest.mark.parametrize(("command", "event"), [*zip(GIVING, GIVEN, strict=True)])
def test_feedback_is_given_in_the_name_of_whoever_issues_it(command: object, event: object) -> None:
    assert given().when(command, at=NINE, by=BEN) == [event]


def test_an_incident_is_to_be_acknowledged_within_two_hours() -> None:
    assert INCIDENT.acknowledge_due_at == NINE + 2 * HOUR
    assert given().when(GIVING[1], at=NINE, by=BEN) == [INCIDENT]


def test_feedback_late_in_the_evening_belongs_to_the_next_day_of_the_project() -> None:
    late, tuesday = NINE.replace(hour=23), date(2026, 3, 3)
    given_late = SuggestionGiven(PROJECT_ID, "A larger button", "", ANNA, late, tuesday)
    assert given().when(GiveSuggestion(PROJECT_ID, "A larger button"), at=late) == [given_late]
    reported = IncidentReported(PROJECT_ID, "Down", Severity.CRITICAL, ANNA, late, tuesday, late + 2 * HOUR)
    assert given().when(ReportIncident(PROJECT_ID, "Down", Severity.CRITICAL), at=late) == [reported]


@pytest.mark.parametrize(("before", "command"), [*zip(GIVEN, GIVING, strict=True)])
def test_the_same_feedback_given_again_is_there_already(before: object, command: object) -> None:
    assert given(before).when(command, by=BEN) == []


@pytest.mark.parametrize("command", GIVING, ids=lambda command: type(command).__name__)
def test_the_id_of_another_feedback_is_taken(command: object) -> None:
    for before in GIVEN:
        given(before).when(command, by=ANNA).refused(AlreadyExists)


def test_another_score_or_category_is_another_feedback() -> None:
    given(RATING).when(replace(GIVING[2], score=3), by=BEN).refused(AlreadyExists)  # type: ignore[type-var]
    other = replace(GIVING[3], category=ComplaintCategory.QUALITY)  # type: ignore[type-var]
    given(COMPLAINT).when(other, by=BEN).refused(AlreadyExists)


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


@pytest.mark.parametrize("before", GIVEN)
def test_feedback_is_resolved_with_one_outcome(before: object) -> None:
    assert given(before).when(ResolveFeedback("Restarted")) == [RESOLVED]
    assert given(before, RESOLVED).when(ResolveFeedback("Restarted")) == []
    given(before, RESOLVED).when(ResolveFeedback("Replaced")).refused(FeedbackIsResolved)


def test_feedback_is_not_resolved_before_it_was_given() -> None:
    given(SUGGESTION).when(ResolveFeedback("Done"), at=NINE - MINUTE).refused(OutOfOrder)


def test_feedback_is_in_one_release_also_when_resolved_and_another_replaces_it() -> None:
    assert given(RATING, RESOLVED).when(LinkFeedbackToRelease("2.4")) == [LINKED]
    assert given(RATING, LINKED).when(LinkFeedbackToRelease("2.4"), at=NOON + HOUR) == []
    later = replace(LINKED, version="2.5")
    assert given(RATING, LINKED).when(LinkFeedbackToRelease("2.5")) == [later]
    assert given(RATING, LINKED, later).when(LinkFeedbackToRelease("2.4")) == [LINKED]


@pytest.mark.parametrize("feedback", GIVEN)
def test_a_release_says_once_how_long_feedback_waited_for_it(feedback: object) -> None:
    link = LinkFeedbackToRelease("2.4")
    for before in ((), (LINKED,), (replace(LINKED, version="2.3"),), (RESOLVED, TOLD)):
        assert given(feedback, *before).when(link, by=SYSTEM_ACTOR) == [RELEASED]
        assert given(feedback, *before, RELEASED).when(link, by=SYSTEM_ACTOR) == []
        assert given(feedback, *before, RELEASED).when(link) == []


def test_the_next_release_says_so_too_and_one_before_the_feedback_is_not_its_own() -> None:
    link = LinkFeedbackToRelease("2.5")
    later = FeedbackLinkedToRelease("2.5", NOON + HOUR, MONDAY, 240)
    assert given(RATING, RELEASED).when(link, at=NOON + HOUR, by=SYSTEM_ACTOR) == [later]
    planned = replace(LINKED, version="2.5")
    assert given(RATING, RELEASED, planned).when(link, at=NOON + HOUR, by=SYSTEM_ACTOR) == [later]
    given(RATING).when(link, at=NINE - MINUTE, by=SYSTEM_ACTOR).refused(OutOfOrder)


@pytest.mark.parametrize("outcome", [RELEASED, RESOLVED], ids=["released", "resolved"])
def test_a_giver_is_told_once_what_came_of_it(outcome: object) -> None:
    assert given(RATING, outcome).when(TellGiver()) == [TOLD]
    assert given(RATING, outcome, TOLD).when(TellGiver(), at=NOON + HOUR) == []


def test_there_is_nothing_to_tell_before_something_came_of_it() -> None:
    linked = FeedbackLinkedToTask(CUT)
    given(RATING, FeedbackTriaged(Priority.LOW), linked).when(TellGiver()).refused(NothingToTell)


def test_the_length_of_a_loop_counts_pauses_too_and_its_day_is_the_projects() -> None:
    late = NINE.replace(hour=23)
    told = GiverTold(late, date(2026, 3, 3), 15 * 60)
    assert given(INCIDENT, PAUSED, RESUMED, RESOLVED).when(TellGiver(), at=late) == [told]


def test_a_giver_is_not_told_before_the_feedback_was_given_or_resolved() -> None:
    given(RATING, RELEASED).when(TellGiver(), at=NINE - MINUTE).refused(OutOfOrder)
    given(RATING, RESOLVED).when(TellGiver(), at=NOON - MINUTE).refused(OutOfOrder)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ((), LoopStage.TRIAGE),
        (("is_triaged",), LoopStage.TASK),
        (("has_task",), LoopStage.RELEASE),
        (("is_triaged", "has_task"), LoopStage.RELEASE),
        (("is_triaged", "has_task", "has_release"), LoopStage.TELLING),
        (("is_resolved",), LoopStage.TELLING),
        (("is_resolved", "is_told"), LoopStage.CLOSED),
    ],
)
def test_a_loop_waits_for_its_next_step(known: tuple[str, ...], expected: LoopStage) -> None:
    facts = ("is_triaged", "has_task", "has_release", "is_resolved", "is_told")
    assert stage(**{fact: fact in known for fact in facts}) is expected


@pytest.mark.parametrize(
    ("event", "field"),
    [
        *((each, "text") for each in GIVEN),
        (PAUSED, "cause"),
        (RESOLVED, "outcome"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_people_write_is_marked_as_personal(event: object, field: str) -> None:
    hints = get_type_hints(type(event), include_extras=True)
    assert [name for name, hint in hints.items() if Personal() in getattr(hint, "__metadata__", ())] == [
        field
    ]


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
    breached = IncidentBreached(DUE, MONDAY)
    assert given(INCIDENT).when(BreachIncident(DUE), at=DUE) == [breached]
    assert given(INCIDENT, breached).when(BreachIncident(DUE), at=DUE) == []


def test_a_breach_has_the_day_of_the_projects_time_zone() -> None:
    late = NINE.replace(hour=23)  # Tuesday in Vienna, Monday in UTC
    incident = replace(INCIDENT, acknowledge_due_at=late)
    breached = IncidentBreached(late, date(2026, 3, 3))
    assert given(incident).when(BreachIncident(late), at=late) == [breached]


def test_a_breach_stored_without_its_day_has_that_of_utc() -> None:
    upcast = DECIDER.upcasts["feedback.incident_breached.v1"]
    stored = {"due_at": "2026-03-02T23:30:00Z"}
    assert upcast.transform(stored) == {**stored, "breached_on": "2026-03-02"}


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
    assert given(INCIDENT, event).when(BreachIncident(DUE), at=DUE) == [IncidentBreached(DUE, MONDAY)]


def test_the_moved_goal_can_be_missed_too() -> None:
    later = DUE + HOUR
    breached = IncidentBreached(later, MONDAY)
    assert given(INCIDENT, PAUSED, RESUMED).when(BreachIncident(later), at=later) == [breached]


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
        (SubmitFeedback, {"project_id": PROJECT_ID, "screen": "", "text": "x", "score": 1}, "screen"),
        (SubmitFeedback, {"project_id": PROJECT_ID, "screen": "x", "text": " ", "score": 1}, "text"),
        (SubmitFeedback, {"project_id": PROJECT_ID, "screen": "x", "text": "x", "score": 0}, "score"),
        (SubmitFeedback, {"project_id": PROJECT_ID, "screen": "x", "text": "x", "score": 6}, "score"),
        (
            FileComplaint,
            {
                "project_id": PROJECT_ID,
                "text": "",
                "severity": Severity.LOW,
                "category": ComplaintCategory.OTHER,
            },
            "text",
        ),
        (LinkFeedbackToRelease, {"version": " "}, "version"),
        (PauseIncident, {"cause": ""}, "cause"),
        (BreachIncident, {"due_at": NINE.replace(tzinfo=None)}, "dueAt"),
        (ResolveFeedback, {"outcome": "\0"}, "outcome"),
    ],
    ids=[
        "blank_text",
        "long_screen",
        "long_text",
        "blank_screen",
        "blank_feedback",
        "low_score",
        "high_score",
        "blank_complaint",
        "blank_version",
        "blank_cause",
        "due_without_offset",
        "unprintable_outcome",
    ],
)
def test_a_command_out_of_shape_names_its_field(command: type, values: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        command(**values)
    assert refusal.value.field == field
