"""Approvals set going by the real runner: rules, deadlines and tasks that learn of them, each once."""

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.approval.deciding import ApproveStep
from domain.approval.requesting import RequestApproval
from domain.errors import Refusal
from domain.ids import MemberId, ProjectId, TaskId
from domain.member import InviteMember
from domain.project import NameMember, OpenProject
from domain.project.approval_paths import ApprovalStep, DefineApprovalPath, ReviseApprovalPath
from domain.project.approval_rules import DefineApprovalRule
from domain.recorded import Issued
from domain.roles import Role
from domain.task import CompleteTask, OpenTask
from domain.task.approval import RequireApproval
from infra.codec import codec
from infra.database import connect, install
from infra.event_log import EventLog
from infra.log_reader import Record
from infra.reactions import SYSTEM_ACTOR, due, wishes
from infra.rebuild import rebuild
from projections.all import ALL
from projections.approval_routing import READ_MODEL as ROUTING
from tests.infra.relaying import wait_until
from tests.infra.story import (
    PARTITIONS,
    assert_rows_are_the_fold,
    issued,
    named,
    ready,
    said,
    say,
    stream_of,
)
from tests.infra.test_reactions import fold_to_the_head, kinds, reacting, told
from tests.infra.test_rebuild import lag
from tests.infra.test_rebuild import projecting as projector

_TODAY: Final = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
BEGIN: Final = _TODAY - timedelta(days=14 + _TODAY.weekday())  # a Monday, 09:00 in the project's zone
PROJECT: Final = ProjectId(named("project"))
TASK: Final = TaskId(named("task"))
BEN: Final = MemberId(named("ben"))
STEPS: Final = (
    ApprovalStep("Lead", 60, approver_role=Role.PROJECT_MANAGER, substitute_id=BEN),
    ApprovalStep("Buyer", 120, approver_id=BEN, amount_from_cents=100_000),
)


def at_the_beginning(command: object, stream: UUID, name: str) -> Issued[Any]:
    return issued(command, stream, BEGIN, name)


BEFORE: Final = [
    at_the_beginning(InviteMember("Ben", "ben@example.org", Role.MEMBER, ""), BEN, "invite"),
    at_the_beginning(OpenProject("Line", "UTC"), PROJECT, "open"),
    at_the_beginning(NameMember(BEN, Role.PROJECT_MANAGER, None), PROJECT, "name"),
    at_the_beginning(DefineApprovalPath("purchase", "Purchases", STEPS), PROJECT, "path"),
    at_the_beginning(DefineApprovalRule("small", "purchase", 50_000), PROJECT, "rule"),
    at_the_beginning(OpenTask(PROJECT, "Buy steel"), TASK, "task"),
    at_the_beginning(RequireApproval("purchase"), TASK, "require"),
]


def asking(name: str, cents: int, task_id: TaskId | None = TASK) -> Issued[Any]:
    return at_the_beginning(RequestApproval(PROJECT, "purchase", "Steel", cents, task_id), named(name), name)


def by_ben(step: str, name: str, minutes: int) -> Issued[Any]:
    at = BEGIN + timedelta(minutes=minutes)
    return replace(issued(ApproveStep(step), named(name), at, f"{name} {step}"), actor_id=BEN)


def asked(url: str, *commands: Issued[Any]) -> None:
    """Say what comes before, build the rows, and only then ask: process managers look ahead."""
    told(url, BEFORE)
    ready(url)
    told(url, commands)


def nothing_to_do(url: str) -> bool:
    with connect(url, application="test") as connection:
        return not wishes(connection) and not due(connection, ROUTING)


def assert_caused(effect: Record, cause: Record) -> None:
    assert (effect.causation_id, effect.correlation_id) == (cause.event_id, cause.correlation_id)
    assert (effect.actor_id, effect.occurred_at) == (SYSTEM_ACTOR, cause.occurred_at)


def test_a_rule_approves_and_the_task_learns_of_it_once_by_any_number_of_runners(readable_url: str) -> None:
    asked(readable_url, asking("small", 50_000))
    with ExitStack() as running:
        running.enter_context(projector(readable_url))
        running.enter_context(reacting(readable_url, 2))
        wait_until(lambda: len(kinds(readable_url, TASK)) == 3, "the task knows")
        wait_until(lambda: lag(readable_url) == 0, "all is folded")
        rebuild(readable_url, ALL, codec(), partitions=PARTITIONS)
        wait_until(lambda: nothing_to_do(readable_url), "nothing is left to do")
    request, automatic = stream_of(readable_url, named("small"))
    assert automatic.type == "approval.approved_automatically.v1"
    assert b'"rule_code":"small"' in automatic.data
    assert_caused(automatic, request)
    *_, required, approved = stream_of(readable_url, TASK)
    assert [required.type, approved.type] == ["task.approval_required.v1", "task.approved.v1"]
    assert_caused(approved, automatic)


def test_wishes_delivered_again_issue_nothing_again(database_url: str) -> None:
    asked(database_url, asking("small", 50_000))
    keeping = "CREATE TABLE rows.kept AS TABLE rows.wish"
    again = "INSERT INTO rows.wish SELECT * FROM rows.kept"
    with projector(database_url):
        wait_until(lambda: lag(database_url) == 0, "all is folded")
        with connect(database_url, application="test") as connection:
            connection.execute(keeping)
            assert len(wishes(connection)) == 1
        with reacting(database_url):
            wait_until(lambda: len(kinds(database_url, TASK)) == 3, "the task knows")
            wait_until(lambda: nothing_to_do(database_url), "nothing is left to do")
            with connect(database_url, application="test") as connection:
                connection.execute(again)
            wait_until(lambda: nothing_to_do(database_url), "what came again is answered")
    assert kinds(database_url, named("small")) == [
        "approval.requested.v1",
        "approval.approved_automatically.v1",
    ]
    assert kinds(database_url, TASK).count("task.approved.v1") == 1


def test_a_step_is_overdue_at_the_instant_its_working_time_ran_out_and_later_decided(
    readable_url: str,
) -> None:
    asked(readable_url, asking("robot", 200_000))
    stream = named("robot")
    with projector(readable_url), reacting(readable_url, 2):
        wait_until(lambda: len(kinds(readable_url, stream)) == 2, "the first step is overdue")
        shorter = ReviseApprovalPath("purchase", STEPS[:1], "Too slow")
        told(readable_url, [by_ben("Lead", "robot", 90), at_the_beginning(shorter, PROJECT, "shorter")])
        wait_until(lambda: len(kinds(readable_url, stream)) == 4, "the second step is overdue")
        told(readable_url, [by_ben("Buyer", "robot", 300)])
        wait_until(lambda: "task.approved.v1" in kinds(readable_url, TASK), "the task knows")
        wait_until(lambda: nothing_to_do(readable_url), "nothing is left to do")
    _, lead_late, lead, buyer_late, buyer, approved = stream_of(readable_url, stream)
    assert [each.type for each in (lead_late, buyer_late)] == ["approval.step_overdue.v1"] * 2
    assert lead_late.occurred_at == BEGIN + timedelta(minutes=60)
    assert buyer_late.occurred_at == BEGIN + timedelta(minutes=90 + 120)
    assert {lead_late.actor_id, buyer_late.actor_id} == {SYSTEM_ACTOR}
    assert [each.type for each in (lead, buyer)] == ["approval.step_approved.v1"] * 2
    assert_caused(stream_of(readable_url, TASK)[-1], approved)
    assert_rows_are_the_fold(readable_url)
    before = said(readable_url)
    rebuild(readable_url, ALL, codec(), partitions=PARTITIONS)
    assert said(readable_url) == before


def test_a_step_decided_in_time_is_not_overdue(readable_url: str) -> None:
    asked(readable_url, asking("robot", 60_000, None), by_ben("Lead", "robot", 60), asking("late", 60_000))
    fold_to_the_head(readable_url)
    with connect(readable_url, application="test") as connection:
        assert [key for (key, _), _ in due(connection, ROUTING)] == [named("late")]


def test_a_task_is_never_completed_without_the_approval_required_before(database_url: str) -> None:
    tasks = [TaskId(named(f"raced {number}")) for number in range(20)]
    install(database_url)

    async def racing() -> None:
        async with EventLog(database_url) as one, EventLog(database_url) as other:
            for each in BEFORE:
                await say(one, each)
            for task in tasks:
                await say(one, at_the_beginning(OpenTask(PROJECT, "Raced"), task, f"open {task}"))
            for task in tasks:
                require = at_the_beginning(RequireApproval("purchase"), task, f"require {task}")
                complete = at_the_beginning(CompleteTask(), task, f"complete {task}")
                done = await asyncio.gather(say(one, require), say(other, complete), return_exceptions=True)
                assert sum(isinstance(each, Refusal) for each in done) == 1, done

    asyncio.run(racing())
    for task in tasks:
        assert kinds(database_url, task)[1:] in (["task.completed.v2"], ["task.approval_required.v1"])
