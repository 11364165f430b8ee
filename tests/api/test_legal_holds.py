"""A legal hold on a project: nobody who wrote in it, or is named in it, is erased, whatever comes between."""

from uuid import uuid4

import pytest

from domain.roles import Role
from infra.tokens import Actor
from tests.api.conftest import Api, Scene, opened, settings_for

pytestmark = pytest.mark.anyio

DIRECTOR = Actor(uuid4(), frozenset({Role.MANAGEMENT}))


async def invited(api: Api, actor: Actor) -> dict[str, str]:
    member = {"memberId": str(actor.actor_id)}
    await api.made("inviteMember", name="Guest", email="guest@x.org", role="MEMBER", **member)
    return member


async def refusal(api: Api, name: str, /, **given: str) -> str:
    payload = await api.do(name, **given)
    (error,) = payload["userErrors"]
    assert error["code"] == "MEMBER_ON_LEGAL_HOLD"
    message: str = error["message"]
    return message


async def test_whoever_is_in_a_held_project_is_not_erased_until_the_hold_is_lifted(scene: Scene) -> None:
    api, hold = scene.api, {"projectId": scene.project, "holdId": str(uuid4())}
    wrote, named = Actor(uuid4(), frozenset({Role.MANAGEMENT})), scene.member
    await invited(api, wrote)
    await api.of(wrote).done("renameProject", projectId=scene.project, name="Castle")
    await api.done("removeMember", projectId=scene.project, memberId=str(named.actor_id))
    await api.of(DIRECTOR).done("placeProjectLegalHold", cause="A claim", **hold)
    for actor in (wrote, named):
        member = {"memberId": str(actor.actor_id)}
        assert scene.project in await refusal(api, "eraseMember", cause="A letter", **member)
    elsewhere = {"memberId": str(scene.other_manager.actor_id)}
    await api.done("eraseMember", cause="A letter", **elsewhere)
    await api.of(DIRECTOR).done("approveMemberErasure", **elsewhere)
    await api.done("liftProjectLegalHold", cause="Settled", **hold)
    await api.done("eraseMember", cause="A letter", memberId=str(named.actor_id))


async def test_a_stakeholder_who_is_a_member_is_held_too(scene: Scene) -> None:
    api, guest = scene.api, Actor(uuid4(), frozenset())
    member = await invited(api, guest)
    await api.done(
        "registerStakeholder", projectId=scene.project, stakeholderId=str(uuid4()), name="Guest",
        role="SPONSOR", **member,
    )  # fmt: skip
    await api.done("placeProjectLegalHold", projectId=scene.project, holdId=str(uuid4()), cause="A claim")
    assert scene.project in await refusal(api, "eraseMember", cause="A letter", **member)


async def test_a_hold_that_another_process_placed_meanwhile_refuses_an_approval(scene: Scene) -> None:
    api, member = scene.api, {"memberId": str(scene.member.actor_id)}
    await api.done("eraseMember", cause="A letter", **member)
    async with opened(settings_for(api.database_url)) as other:
        await other.done(
            "placeProjectLegalHold", projectId=scene.project, holdId=str(uuid4()), cause="A claim"
        )
    assert scene.project in await refusal(api.of(DIRECTOR), "approveMemberErasure", **member)


async def test_a_hold_is_placed_by_directors(scene: Scene) -> None:
    hold = {"projectId": scene.project, "holdId": str(uuid4()), "cause": "A claim"}
    denied = await scene.api.of(scene.manager).do("placeProjectLegalHold", **hold)
    assert denied["userErrors"][0]["code"] == "NOT_PERMITTED"
