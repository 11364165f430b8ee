"""Reactions and timers: what is due happens at its instant, once, whoever runs and whatever is rebuilt."""

import asyncio
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from psycopg import Connection
from structlog.testing import capture_logs

from domain.aggregates import AGGREGATES
from domain.feedback import AcknowledgeIncident, PauseIncident, ReportIncident, ResumeIncident, Severity
from domain.ids import SYSTEM_ACTOR, ProjectId
from domain.project import CloseProject, OpenProject
from domain.recorded import Issued
from infra.codec import codec
from infra.database import connect, install
from infra.event_log import EventLog
from infra.log_reader import Record, head, read
from infra.reactions import BATCH_MAX, Reactions, due, side_by_side, wishes
from infra.rebuild import rebuild
from projections.all import ALL
from projections.incident_clock import READ_MODEL as CLOCK
from tests.infra.relaying import query, wait_until
from tests.infra.story import PARTITIONS, issued, named, projecting, ready, say, stream_of
from tests.infra.test_rebuild import lag
from tests.infra.test_rebuild import projecting as projector

REPORTED = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
DUE = REPORTED + timedelta(hours=2)
PROJECT = ProjectId(named("project"))
REPORT = ReportIncident(PROJECT, "It broke", Severity.HIGH)


def told(url: str, commands: Sequence[Issued[object]]) -> None:
    install(url)

    async def telling() -> None:
        async with EventLog(url) as log:
            for each in commands:
                await say(log, each)

    asyncio.run(telling())


def began(*more: Issued[object]) -> list[Issued[object]]:
    return [issued(OpenProject("Line"), PROJECT, REPORTED, "open"), *more]


def reported(name: str) -> Issued[object]:
    return issued(REPORT, named(name), REPORTED, f"report {name}")


@contextmanager
def reacting(url: str, runners: int = 1) -> Generator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=Reactions(url, ALL).run, args=(stop,)) for _ in range(runners)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in threads:
            each.join(15)
            assert not each.is_alive()


def fold_to_the_head(url: str) -> None:
    with connect(url, application="test") as connection:
        everywhere = range(PARTITIONS)
        projecting(connection).project(
            read(connection, 0), dict.fromkeys(everywhere, 0), dict.fromkeys(everywhere, head(connection))
        )


def kinds(url: str, stream: UUID) -> list[str]:
    return [each.type for each in stream_of(url, stream)]


def assert_breached(records: Sequence[Record]) -> None:
    """Check that an incident was breached at its instant and escalated because of that, each once."""
    assert [each.type for each in records] == [
        "feedback.incident_reported.v2",
        "feedback.incident_breached.v2",
        "feedback.incident_escalated.v1",
    ]
    _, breach, escalation = records
    assert breach.occurred_at == DUE
    assert escalation.occurred_at == DUE
    assert escalation.causation_id == breach.event_id
    assert escalation.correlation_id == breach.correlation_id
    assert {breach.actor_id, escalation.actor_id} == {SYSTEM_ACTOR}


def test_what_is_not_acknowledged_is_breached_at_its_instant_once_by_any_number_of_runners(
    readable_url: str,
) -> None:
    told(readable_url, began(reported("one"), reported("two")))
    with ExitStack() as running:
        running.enter_context(projector(readable_url))
        running.enter_context(reacting(readable_url, 2))
        wait_until(
            lambda: all(len(kinds(readable_url, named(name))) == 3 for name in ("one", "two")),
            "both are breached and escalated",
        )
        wait_until(lambda: lag(readable_url) == 0, "all is folded")
        rebuild(readable_url, ALL, codec(), partitions=PARTITIONS)
        wait_until(lambda: nothing_to_do(readable_url), "nothing is left to do")
    with reacting(readable_url):
        wait_until(lambda: nothing_to_do(readable_url), "nothing is left to do")
    for name in ("one", "two"):
        assert_breached(stream_of(readable_url, named(name)))


def nothing_to_do(url: str) -> bool:
    with connect(url, application="test") as connection:
        return not wishes(connection) and not due(connection, CLOCK)


def test_what_is_acknowledged_or_paused_in_time_is_not_breached(database_url: str) -> None:
    soon = REPORTED + timedelta(hours=1)
    told(
        database_url,
        began(
            reported("taken"),
            issued(AcknowledgeIncident(), named("taken"), soon, 1),
            reported("paused"),
            issued(PauseIncident("Weekend"), named("paused"), soon, 2),
            reported("resumed"),
            issued(PauseIncident("Weekend"), named("resumed"), soon, 3),
            issued(ResumeIncident(), named("resumed"), soon + timedelta(hours=5), 4),
        ),
    )
    ready(database_url)
    with connect(database_url, application="test") as connection:
        [((key, at), wish)] = due(connection, CLOCK)
        assert (key, at) == (named("resumed"), DUE + timedelta(hours=5))
        assert wish.at == at
        assert due(connection, CLOCK, [(key, at)]) == []


def test_a_timer_that_is_refused_is_tried_once_and_holds_up_no_other(readable_url: str) -> None:
    closed = [
        issued(REPORT, named(f"late {number}"), REPORTED - timedelta(hours=1), f"late {number}")
        for number in range(BATCH_MAX + 5)
    ]
    told(readable_url, began(*closed, issued(CloseProject(), PROJECT, DUE + timedelta(hours=1), "close")))
    other = ProjectId(named("other"))
    told(
        readable_url,
        [
            issued(OpenProject("Other"), other, REPORTED, "open other"),
            issued(ReportIncident(other, "It broke", Severity.HIGH), named("one"), REPORTED, "report"),
        ],
    )
    structlog.reset_defaults()
    with capture_logs() as lines, projector(readable_url), reacting(readable_url):
        wait_until(lambda: len(kinds(readable_url, named("one"))) == 3, "the other one is escalated")
        refused = [line for line in lines if is_refused(line)]
        before = ticks(readable_url)
        wait_until(lambda: ticks(readable_url) > before + 8, "the runner goes on")
        again = [line for line in lines if is_refused(line)]
    assert len(refused) == len(closed)
    assert again == refused
    assert kinds(readable_url, named("late 0")) == ["feedback.incident_reported.v2"]


def is_refused(line: Mapping[str, Any]) -> bool:
    return (line.get("action"), line.get("outcome")) == ("BreachIncident", "PROJECT_CLOSED")


def ticks(url: str) -> int:
    """Return a number that grows with every look of the runner: how often its clocks were read."""
    found = query(
        url,
        "SELECT sum(idx_scan + seq_scan) FROM pg_stat_user_tables"
        " WHERE starts_with(relname, 'incident_clock_')",
    )
    return int(found[0] or 0)


def escalations(connection: Connection[Any]) -> list[Issued[Any]]:
    """Return what is wanted of feedback: whoever reported it is to be said to be active, too."""
    return [issued for issued, decider in wishes(connection) if decider.name == "feedback"]


def test_what_a_rebuild_folds_first_is_still_reacted_to(database_url: str) -> None:
    told(database_url, began(reported("one")))
    ready(database_url)

    async def breach() -> None:
        async with EventLog(database_url) as log:
            with connect(database_url, application="test") as connection:
                [(_, wish)] = due(connection, CLOCK)
            await say(log, issued(wish.command, wish.stream, wish.at, "breach"))

    asyncio.run(breach())
    with connect(database_url, application="test") as connection:
        assert escalations(connection) == []
    rebuild(database_url, ALL, codec(), partitions=PARTITIONS)
    with connect(database_url, application="test") as connection:
        [escalation] = escalations(connection)
        assert escalation.causation_id == stream_of(database_url, named("one"))[1].event_id
        connection.execute("DELETE FROM rows.wish")
    rebuild(database_url, ALL, codec(), partitions=PARTITIONS)
    fold_to_the_head(database_url)
    with connect(database_url, application="test") as connection:
        assert escalations(connection) == []


def test_only_commands_of_one_kind_to_different_streams_are_issued_at_once() -> None:
    decider = next(each for each in AGGREGATES if each.name == "feedback")
    sent = [
        (issued(command, named(stream), REPORTED, f"{number}"), decider)
        for number, (command, stream) in enumerate(
            [
                (AcknowledgeIncident(), "a"),
                (AcknowledgeIncident(), "b"),
                (ResumeIncident(), "c"),
                (ResumeIncident(), "a"),
                (ResumeIncident(), "c"),
                (AcknowledgeIncident(), "c"),
            ]
        )
    ]
    groups = list(side_by_side(sent))
    assert [len(group) for group in groups] == [2, 2, 1, 1]
    assert [each for group in groups for each in group] == sent
    assert list(side_by_side([])) == []
