"""Timers of operation: quarters, health checks and goals to resolve end at their own time, each once."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.feedback import (
    AcknowledgeIncident,
    GiveSuggestion,
    LinkFeedbackToRelease,
    PauseIncident,
    ReportIncident,
    ResolveFeedback,
    ResumeIncident,
    Severity,
)
from domain.ids import FeedbackId, ProjectId
from domain.project import CloseProject, OpenProject
from domain.project.health_checks import CloseHealthCheck, StartHealthCheck
from domain.project.releases import ReleaseVersion
from domain.project.service_levels import DefineServiceLevelAgreement
from domain.recorded import Issued
from infra.codec import codec
from infra.database import connect
from infra.log_reader import Record
from infra.reactions import SYSTEM_ACTOR, due, wishes
from infra.rebuild import rebuild
from projections.all import ALL
from projections.read_model import ReadModel
from tests.infra.relaying import wait_until
from tests.infra.story import PARTITIONS, assert_rows_are_the_fold, issued, named, ready, stream_of
from tests.infra.test_reactions import kinds, reacting, told
from tests.infra.test_rebuild import lag
from tests.infra.test_rebuild import projecting as projector

NOW = datetime.now(UTC).replace(microsecond=0)
PROJECT = ProjectId(named("operated"))
OVER = ProjectId(named("over"))
CHECK = named("check")
IDEAS = FeedbackId(named("bare")), FeedbackId(named("planned"))
OTHER = named("other")
LINKED = "feedback.linked_to_release.v2"
FIRST_QUARTERS = 3
TIMED: list[ReadModel[object]] = [model for model in ALL if model.on_due is not None]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def of(url: str, stream: UUID, kind: str) -> list[Record]:
    return [each for each in stream_of(url, stream) if each.type == kind]


@pytest.fixture
def database_url(readable_url: str) -> str:
    """Give a log that has its tables, so that no test of what happens in them makes them anew."""
    return readable_url


def nothing_to_do(url: str) -> bool:
    with connect(url, application="test") as connection:
        return not wishes(connection) and not any(due(connection, model) for model in TIMED)


def operated(project: ProjectId, name: str) -> list[Issued[object]]:
    begun = at("2025-02-03T08:00:00Z")
    check = named(f"check {name}")
    return [
        issued(OpenProject(name, "Europe/Vienna"), project, begun, f"open {name}"),
        issued(ReleaseVersion("1.0"), project, begun + timedelta(days=7), f"release {name}"),
        issued(StartHealthCheck(check), project, begun + timedelta(days=8), f"start {name}"),
        issued(CloseHealthCheck(check), project, begun + timedelta(days=9), f"close check {name}"),
    ]


def test_quarters_and_health_checks_end_where_the_project_is_once_whoever_runs(database_url: str) -> None:
    told(database_url, operated(PROJECT, "operated"))
    told(database_url, operated(OVER, "over"))
    told(database_url, [issued(CloseProject(), OVER, at("2025-03-03T08:00:00Z"), "end")])
    with ExitStack() as running:
        running.enter_context(projector(database_url))
        running.enter_context(reacting(database_url, 2))
        wait_until(lambda: lag(database_url) == 0 and nothing_to_do(database_url), "all has ended")
        before = kinds(database_url, PROJECT)
        rebuild(database_url, ALL, codec(), partitions=PARTITIONS)
        wait_until(lambda: lag(database_url) == 0 and nothing_to_do(database_url), "nothing is left to do")
    assert kinds(database_url, PROJECT) == before
    first, second, third = of(database_url, PROJECT, "project.quarter_closed.v1")[:FIRST_QUARTERS]
    ends = [each.occurred_at for each in (first, second, third)]
    # midnight in Vienna, in summer time from the end of March on
    assert ends == [at("2025-03-31T22:00:00Z"), at("2025-06-30T22:00:00Z"), at("2025-09-30T22:00:00Z")]
    counts = [each.decoded(codec()).event.version_count for each in (first, second, third)]
    assert counts == [1, 0, 0]
    assert {each.actor_id for each in (first, second, third)} == {SYSTEM_ACTOR}
    (missed,) = of(database_url, PROJECT, "project.health_check_missed.v1")
    # closed on 12 February, due on 13 May, passed when that day is over
    assert missed.occurred_at == at("2025-05-13T22:00:00Z")
    assert kinds(database_url, OVER)[-1] == "project.closed.v1"


def incident(name: str, *more: tuple[object, timedelta]) -> list[Issued[object]]:
    """Return an incident reported three days ago, and what came after it how much later."""
    reported_at = NOW - timedelta(days=3)
    stream = named(name)
    return [
        issued(ReportIncident(PROJECT, "It broke", Severity.HIGH), stream, reported_at, f"report {name}"),
        *(
            issued(command, stream, reported_at + later, f"{name} {number}")
            for number, (command, later) in enumerate(more)
        ),
    ]


def test_what_is_not_resolved_is_breached_when_its_goal_passes_pauses_aside(database_url: str) -> None:
    hour = timedelta(hours=1)
    taken = (AcknowledgeIncident(), hour)
    opened_at = NOW - timedelta(days=4)
    told(
        database_url,
        [
            issued(OpenProject("Operated"), PROJECT, opened_at, "open"),
            issued(DefineServiceLevelAgreement(Severity.HIGH, 120, 480), PROJECT, opened_at, "agree"),
            *incident("open", taken),
            *incident("resolved", taken, (ResolveFeedback("Mended"), 8 * hour)),
            *incident("paused", taken, (PauseIncident("Weekend"), 2 * hour)),
            *incident("resumed", taken, (PauseIncident("Weekend"), 2 * hour), (ResumeIncident(), 7 * hour)),
        ],
    )
    with projector(database_url), reacting(database_url):
        wait_until(lambda: lag(database_url) == 0 and nothing_to_do(database_url), "all has ended")
    breaches = {
        name: [
            each.occurred_at - (NOW - timedelta(days=3))
            for each in of(database_url, named(name), "feedback.incident_resolution_breached.v1")
        ]
        for name in ("open", "resolved", "paused", "resumed")
    }
    assert breaches == {"open": [8 * hour], "resolved": [], "paused": [], "resumed": [13 * hour]}
    (escalated,) = of(database_url, named("open"), "feedback.incident_escalated.v1")
    (breach,) = of(database_url, named("open"), "feedback.incident_resolution_breached.v1")
    assert escalated.causation_id == breach.event_id
    assert of(database_url, named("open"), "feedback.incident_breached.v2") == []


def test_two_goals_of_an_incident_that_pass_at_the_same_instant_are_both_breached(database_url: str) -> None:
    opened_at = NOW - timedelta(days=4)
    told(
        database_url,
        [
            issued(OpenProject("Operated"), PROJECT, opened_at, "open"),
            issued(DefineServiceLevelAgreement(Severity.HIGH, 120, 120), PROJECT, opened_at, "agree"),
            *incident("both"),
        ],
    )
    with projector(database_url), reacting(database_url):
        wait_until(lambda: lag(database_url) == 0 and nothing_to_do(database_url), "all has ended")
    found = kinds(database_url, named("both"))
    assert sorted(found[1:]) == [
        "feedback.incident_breached.v2",
        "feedback.incident_escalated.v1",
        "feedback.incident_resolution_breached.v1",
    ]


def released(url: str, at: datetime) -> None:
    """Release a version that answers two ideas of three, one of them planned for it by hand before."""
    given_at = at - timedelta(days=2)
    told(
        url,
        [
            issued(OpenProject("Operated"), PROJECT, given_at, "open"),
            *(
                issued(GiveSuggestion(PROJECT, "Better"), stream, given_at, f"give {stream}")
                for stream in (*IDEAS, OTHER)
            ),
            issued(LinkFeedbackToRelease("2.0"), IDEAS[1], given_at, "plan"),
        ],
    )
    ready(url)  # process managers look ahead from here
    told(url, [issued(ReleaseVersion("2.0", IDEAS), PROJECT, at, "release")])


def test_a_version_is_linked_once_to_each_feedback_it_answers_whoever_runs(database_url: str) -> None:
    out_at = NOW - timedelta(days=1)
    released(database_url, out_at)
    with ExitStack() as running:
        running.enter_context(projector(database_url))
        running.enter_context(reacting(database_url, 2))
        wait_until(lambda: len(of(database_url, IDEAS[0], LINKED)) == 1, "what it answers is linked")
        wait_until(lambda: lag(database_url) == 0 and nothing_to_do(database_url), "nothing is left to do")
        before = [kinds(database_url, stream) for stream in IDEAS]
        rebuild(database_url, ALL, codec(), partitions=PARTITIONS)
        wait_until(lambda: lag(database_url) == 0 and nothing_to_do(database_url), "nothing is left to do")
    assert [kinds(database_url, stream) for stream in IDEAS] == before
    (release,) = of(database_url, PROJECT, "project.version_released.v1")
    for stream, by_hand in zip(IDEAS, (0, 1), strict=True):
        link = of(database_url, stream, LINKED)[by_hand:][0]
        assert (link.causation_id, link.correlation_id) == (release.event_id, release.correlation_id)
        assert (link.actor_id, link.occurred_at) == (SYSTEM_ACTOR, out_at)
        assert link.decoded(codec()).event.release_minutes == 2 * 24 * 60
    counts = [len(of(database_url, stream, LINKED)) for stream in (*IDEAS, OTHER)]
    assert counts == [1, 2, 0]
    assert_rows_are_the_fold(database_url)
