"""Who may do what: the whole matrix, through the one place that decides; and what a denial leaves."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.authorise import as_fairlead, effective_roles, may_read, permitting
from api.forms import forms
from api.permissions import PAGE, page
from domain.aggregates import AGGREGATES
from domain.decider import Decider, action_of
from domain.errors import NotPermitted
from domain.project import Charter, Named, Project, Team
from domain.project.permission_rules import PermissionRules, RuleRevised
from domain.recorded import Issued
from domain.roles import LEADS, ORGANISATION_ROLES, PROJECT_ROLES, READERS, Role
from infra.tokens import Actor
from tests.api.conftest import Api, Scene

EVERY_COMMAND = [(decider, command) for decider in AGGREGATES for command in decider.commands]
AT = datetime(2026, 3, 1, tzinfo=UTC)


def somebody(role: Role | None) -> tuple[Actor, Project]:
    """Return an actor with one role, where that role is had, and a project."""
    actor_id = uuid4()
    members = {actor_id: Named(role, None)} if role in PROJECT_ROLES else {}
    charter = Charter("House", "UTC", AT)
    return Actor(actor_id, frozenset({role} if role else ())), Project(charter, Team(members=members))


def is_permitted(
    decider: Decider[Any, Any, Any],
    command: type,
    actor: Actor,
    project: Project | None,
    *,
    is_backdated: bool = False,
) -> bool:
    issued = Issued(object.__new__(command), uuid4(), uuid4(), actor.actor_id, AT, is_backdated=is_backdated)
    try:
        permitting(actor)(issued, decider, project)
    except NotPermitted:
        return False
    return True


@pytest.mark.parametrize(
    ("decider", "command"), EVERY_COMMAND, ids=lambda each: getattr(each, "__name__", "")
)
def test_each_role_may_issue_what_the_decider_says_and_nothing_else(
    decider: Decider[Any, Any, Any], command: type
) -> None:
    for role in Role:
        actor, project = somebody(role)
        expected = role in decider.commands[command] and role is not Role.SYSTEM
        assert is_permitted(decider, command, actor, project) == expected, role
    assert not is_permitted(decider, command, *somebody(None))


@pytest.mark.parametrize(
    ("decider", "command"), EVERY_COMMAND, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_role_on_one_team_is_none_in_another_project_or_in_none(
    decider: Decider[Any, Any, Any], command: type
) -> None:
    for role in PROJECT_ROLES:
        actor, _ = somebody(role)
        _, other_project = somebody(role)
        assert not is_permitted(decider, command, actor, other_project)
        assert not is_permitted(decider, command, actor, None)


@pytest.mark.parametrize(
    ("decider", "command"), EVERY_COMMAND, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_projects_rule_takes_a_command_from_its_own_roles_and_from_no_other(
    decider: Decider[Any, Any, Any], command: type
) -> None:
    for allowed in ((), (Role.MEMBER,)):
        rules = PermissionRules({action_of(command): RuleRevised(action_of(command), allowed, 1)})
        for role in Role:
            actor, project = somebody(role)
            expected = role in decider.commands[command] and role is not Role.SYSTEM
            if role in PROJECT_ROLES:
                expected = expected and role in allowed
            assert is_permitted(decider, command, actor, replace(project, permission_rules=rules)) == expected


def test_saying_when_it_happened_is_for_leads() -> None:
    decider, command = next((d, c) for d, c in EVERY_COMMAND if c.__name__ == "GiveSuggestion")
    for role in READERS:
        actor, project = somebody(role)
        assert is_permitted(decider, command, actor, project)
        assert is_permitted(decider, command, actor, project, is_backdated=True) == (role in LEADS)


def test_reading_needs_any_role_around_the_project() -> None:
    for role in READERS:
        assert may_read(*somebody(role))
    assert not may_read(*somebody(None))
    assert not may_read(*somebody(Role.SYSTEM))
    assert may_read(Actor(uuid4(), frozenset({Role.AUDITOR})), None)


def test_a_token_gives_no_role_within_a_project() -> None:
    claimed = Actor(uuid4(), frozenset(Role))
    assert effective_roles(claimed, None) == ORGANISATION_ROLES


def test_fairlead_itself_may_do_only_what_is_left_to_it() -> None:
    for decider, command in EVERY_COMMAND:
        issued = Issued(object.__new__(command), uuid4(), uuid4(), uuid4(), AT)
        if Role.SYSTEM in decider.commands[command]:
            as_fairlead(issued, decider, None)
        else:
            with pytest.raises(NotPermitted):
                as_fairlead(issued, decider, None)


def test_the_page_of_permissions_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python -m api.permissions"


def denials(api: Api) -> list[tuple[Any, ...]]:
    return api.rows(
        "SELECT actor_id, project_id, convert_from(data, 'UTF8')::json ->> 'action',"
        " (convert_from(data, 'UTF8')::json ->> 'target')::uuid"
        " FROM log.event WHERE type = 'denial.recorded.v1' ORDER BY position"
    )


@pytest.mark.anyio
async def test_a_denied_command_leaves_one_record_however_often_it_is_sent(scene: Scene) -> None:
    stranger = scene.api.of(scene.other_manager)
    command = {"commandId": str(uuid4()), "taskId": scene.task, "title": "Mine"}
    before = len(scene.api.events())
    answers = await asyncio.gather(*(stranger.do("retitleTask", **command) for _ in range(10)))
    for answer in answers:
        assert [error["code"] for error in answer["userErrors"]] == ["NOT_PERMITTED"]
        assert "project_manager" in answer["userErrors"][0]["message"]
    assert scene.api.events()[before:] == ["denial.recorded.v1"]
    (denial,) = denials(scene.api)
    assert denial == (scene.other_manager.actor_id, UUID(scene.project), "retitleTask", UUID(scene.task))


@pytest.mark.anyio
async def test_a_denial_under_a_stolen_command_id_is_recorded_too(scene: Scene) -> None:
    command_id = str(uuid4())
    await scene.api.made("startTask", commandId=command_id, taskId=scene.task)
    stranger = scene.api.of(scene.other_manager)
    for title in ("One", "Two"):
        payload = await stranger.do("retitleTask", commandId=command_id, taskId=scene.task, title=title)
        assert [error["code"] for error in payload["userErrors"]] == ["NOT_PERMITTED"]
    assert len(denials(scene.api)) == 2


@pytest.mark.anyio
async def test_a_denial_in_a_project_there_is_not_names_none(scene: Scene) -> None:
    manager = scene.api.of(scene.manager)
    payload = await manager.do("openTask", projectId=str(uuid4()), title="x")
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_PERMITTED"]
    ((_, project_id, action, _),) = denials(scene.api)
    assert (project_id, action) == (None, "openTask")


def strangers_inputs(scene: Scene) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield, for every command with plain fields, an input that names the other project's things."""
    ids = {"projectId": scene.other_project, "taskId": scene.other_task}
    yield from (
        ("retitleTask", {**ids, "title": "x"}),
        ("closeProject", ids),
        ("nameDepartment", {**ids, "name": "x"}),
    )
    yield from (("startTask", ids), ("completeTask", ids), ("cancelTask", {**ids, "cause": "x"}))
    yield ("openTask", {"projectId": scene.other_project, "title": "x"})
    yield ("giveSuggestion", {"projectId": scene.other_project, "text": "x"})
    yield ("linkTasks", {**ids, "predecessorId": scene.task, "successorId": scene.other_task, **LINK})


LINK = {"kind": "FS", "lagMinutes": 0, "lagUnit": "WORKING"}


@pytest.mark.anyio
async def test_in_another_project_everything_is_denied(scene: Scene) -> None:
    api = scene.api.of(scene.manager)
    count = 0
    for name, given in strangers_inputs(scene):
        form = next(form for form in forms() if form.name == name)
        shown = {form.stream_field, *(slot.shown_name for slot in form.slots)}
        payload = await api.do(name, **{key: value for key, value in given.items() if key in shown})
        assert [error["code"] for error in payload["userErrors"]] == ["NOT_PERMITTED"], name
        count += 1
    assert len(denials(scene.api)) == count


@pytest.mark.anyio
async def test_ids_of_another_project_are_refused_within_ones_own(scene: Scene) -> None:
    api = scene.api.of(scene.manager)
    link = {"projectId": scene.project, "predecessorId": scene.task, "successorId": scene.other_task, **LINK}
    assert await api.refused("linkTasks", **link) == {"code": "UNKNOWN_TASK", "field": "successorId"}
    feedback = await api.made("giveSuggestion", projectId=scene.project, text="Blue")
    why = await api.refused("linkFeedbackToTask", feedbackId=feedback, taskId=scene.other_task)
    assert why == {"code": "UNKNOWN_TASK", "field": "taskId"}


@pytest.mark.anyio
async def test_a_member_may_not_say_when_it_happened(scene: Scene) -> None:
    api = scene.api.of(scene.member)
    payload = await api.do("startTask", taskId=scene.task, occurredAt="2026-03-01T08:00:00Z")
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_PERMITTED", "occurredAt")
    await api.made("startTask", taskId=scene.task)


@pytest.mark.anyio
async def test_whoever_left_the_team_may_do_nothing_there_any_more(scene: Scene) -> None:
    await scene.api.of(scene.member).made("startTask", taskId=scene.task)
    await scene.api.made("removeMember", projectId=scene.project, memberId=str(scene.member.actor_id))
    payload = await scene.api.of(scene.member).do("retitleTask", taskId=scene.task, title="x")
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_PERMITTED"]
