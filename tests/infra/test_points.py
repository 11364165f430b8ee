"""Points through the log: a balance is never below zero, however many spend it at the same time."""

import asyncio
from uuid import UUID

from domain.errors import Refusal
from domain.ids import MemberId, ProjectId
from domain.member import InviteMember
from domain.project import NameMember, OpenProject
from domain.project.points import GrantPoints, RedeemPoints
from domain.roles import Role
from infra.database import install
from infra.event_log import EventLog
from tests.examples import DAY, NINE
from tests.infra.story import ACTOR, issued, named, say, stream_of

PROJECT = ProjectId(named("project"))


async def spend(log: EventLog, number: int) -> str:
    command = RedeemPoints(UUID(int=number), 30, "Tea")
    try:
        await say(log, issued(command, PROJECT, NINE + DAY, f"redeem {number}"))
    except Refusal as refusal:
        return refusal.code
    return "REDEEMED"


def test_a_balance_holds_under_redemptions_of_two_processes_at_the_same_time(database_url: str) -> None:
    install(database_url)

    async def spending() -> list[str]:
        async with EventLog(database_url) as one, EventLog(database_url) as other:
            invite = InviteMember("Anna", "anna@example.org", Role.MEMBER)
            await say(one, issued(invite, ACTOR, NINE, "invite"))
            await say(one, issued(OpenProject("Line"), PROJECT, NINE, "open"))
            name = NameMember(MemberId(ACTOR), Role.MEMBER, None)
            await say(one, issued(name, PROJECT, NINE, "name"))
            grant = GrantPoints(UUID(int=1), MemberId(ACTOR), 100, "Taught")
            await say(one, issued(grant, PROJECT, NINE, "grant"))
            return await asyncio.gather(*(spend((one, other)[number % 2], number) for number in range(24)))

    said = asyncio.run(spending())
    assert (said.count("REDEEMED"), said.count("BALANCE_TOO_LOW")) == (3, 21)
    types = [each.type for each in stream_of(database_url, PROJECT)]
    assert types.count("project.points_redeemed.v1") == 3
