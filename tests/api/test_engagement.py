"""Points, awards, communication, use, adoption, involvement, from command to read model: DOMAIN.md's rows.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from infra.tokens import Actor
from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import ask, assert_rebuilt_alike, do, happened, piloted, refused, rows, today
from tests.infra.story import assert_rows_are_the_fold

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
EXPERT = {"month": "2026-03-01", "award": "best project management expert"}


def of(actor: Actor) -> str:
    return str(actor.actor_id)


async def denied(scene: Scene, command: str, by: Actor, **given: Any) -> dict[str, Any]:
    """Issue a command in the first project that must be refused, and return why."""
    payload = await scene.api.of(by).do(command, projectId=scene.project, **given)
    (error,) = payload["userErrors"]
    return {"code": error["code"], "field": error["field"]}


async def test_row_14_use_is_counted_by_channel(scene: Scene) -> None:
    at_first = await do(scene, "recordClientUse", by=scene.member, channel="MOBILE")
    await do(scene, "recordClientUse", by=scene.member, channel="MOBILE")
    await do(scene, "recordClientUse", by=scene.member, channel="WEB")
    await do(scene, "recordClientUse", channel="WEB")
    await do(scene, "recordClientUse", channel="API")
    assert scene.api.events().count("project.session_observed.v1") == 4
    fields = "month webCount mobileCount apiCount mobilePercent"
    month = str(today().replace(day=1))
    assert await rows(scene, "clientUse", fields) == [
        {"month": month, "webCount": 2, "mobileCount": 1, "apiCount": 1, "mobilePercent": 25}
    ]
    (then,) = await rows(scene, "clientUse", fields, f"asOf: {{position: {at_first}}}")
    assert (then["mobileCount"], then["mobilePercent"]) == (1, 100)
    stranger = await denied(scene, "recordClientUse", scene.other_manager, channel="WEB")
    assert stranger["code"] == "NOT_PERMITTED"


async def test_row_20_the_best_expert_of_a_month_is_one(scene: Scene) -> None:
    nominated = EXPERT | {"memberId": of(scene.member), "cause": "Helps everybody"}
    assert await denied(scene, "nominateForAward", scene.member, **nominated) == {
        "code": "AWARD_NOT_OPEN",
        "field": "award",
    }
    await do(scene, "openAwardMonth", **EXPERT)
    await do(scene, "nominateForAward", by=scene.member, **nominated)
    await do(scene, "nominateForAward", by=scene.member, **nominated | {"memberId": of(scene.manager)})
    assert (await denied(scene, "grantAward", scene.member, **EXPERT, memberId=of(scene.member)))[
        "code"
    ] == "NOT_PERMITTED"
    await asyncio.gather(
        *(
            scene.api.of(scene.manager).do(
                "grantAward",
                projectId=scene.project,
                **EXPERT,
                memberId=of((scene.member, scene.manager)[n % 2]),
            )
            for n in range(6)
        )
    )
    assert scene.api.events().count("project.award_granted.v1") == 1
    fields = "month award winnerId grantedOn nominations { memberId nominatorId cause }"
    (fame,) = await rows(scene, "hallOfFame", fields, "where: {isGranted: [true]}")
    assert (fame["month"], fame["award"]) == (EXPERT["month"], EXPERT["award"])
    assert fame["winnerId"] in {of(scene.member), of(scene.manager)}
    assert fame["grantedOn"] == str(today())
    assert fame["nominations"][0] == {
        "memberId": of(scene.member),
        "nominatorId": of(scene.member),
        "cause": "Helps everybody",
    }
    loser = ({of(scene.member), of(scene.manager)} - {fame["winnerId"]}).pop()
    taken = await refused(scene, "grantAward", **EXPERT, memberId=loser)
    assert taken == {"code": "AWARD_TAKEN", "field": "award"}
    await do(scene, "openAwardMonth", **EXPERT | {"month": "2026-04-01"})
    (still_open,) = await rows(scene, "hallOfFame", "month", "where: {isGranted: [false]}")
    assert still_open == {"month": "2026-04-01"}


async def test_row_21_points_and_praise_are_on_the_leaderboard_and_no_balance_is_below_zero(
    scene: Scene,
) -> None:
    grant = {"grantId": str(uuid4()), "memberId": of(scene.member), "points": 100, "cause": "Taught"}
    at_first = await do(scene, "grantPoints", **grant)
    assert (await denied(scene, "grantPoints", scene.member, **grant))["code"] == "NOT_PERMITTED"
    await do(scene, "recordPraise", praiseId=str(uuid4()), memberId=of(scene.member), text="Never late")
    redeemed = await asyncio.gather(
        *(
            scene.api.of(scene.member).do(
                "redeemPoints", projectId=scene.project, redemptionId=str(uuid4()), points=30, purpose="Tea"
            )
            for _ in range(8)
        )
    )
    codes = [error["code"] for each in redeemed for error in each["userErrors"]]
    assert codes == ["BALANCE_TOO_LOW"] * 5
    fields = "memberId grantedPoints redeemedPoints balancePoints praiseCount lastPraise"
    (entry,) = await rows(scene, "leaderboard", fields)
    assert entry == {
        "memberId": of(scene.member),
        "grantedPoints": 100,
        "redeemedPoints": 90,
        "balancePoints": 10,
        "praiseCount": 1,
        "lastPraise": "Never late",
    }
    await do(scene, "grantPoints", **grant | {"grantId": str(uuid4()), "memberId": of(scene.manager)})
    first, second = await rows(scene, "leaderboard", "memberId", "order: BALANCE, descending: true")
    assert (first["memberId"], second["memberId"]) == (of(scene.manager), of(scene.member))
    (then,) = await rows(scene, "leaderboard", fields, f"asOf: {{position: {at_first}}}")
    assert (then["balancePoints"], then["praiseCount"]) == (100, 0)
    away = await refused(scene, "grantPoints", **grant | {"grantId": str(uuid4()), "memberId": str(uuid4())})
    assert away == {"code": "UNKNOWN_MEMBER", "field": "memberId"}


async def adoption(scene: Scene, arguments: str = "") -> list[dict[str, Any]]:
    fields = (
        "cohort invitedCount activeCount everActiveCount inactiveCount adoptionRatePercent"
        " abandonmentRatePercent"
    )
    found: list[dict[str, Any]] = await ask(scene, "adoption", arguments, fields)
    return found


def counts(cohort: dict[str, Any]) -> tuple[int, int, int, int]:
    names = ("invitedCount", "activeCount", "everActiveCount", "inactiveCount")
    invited, active, ever, inactive = (cohort[name] for name in names)
    return invited, active, ever, inactive


async def begun(scene: Scene, named_at: datetime) -> Scene:
    """Return a scene with a project of 60 days ago in place of the first, its clocks running."""
    await project(scene.api.database_url)
    at = named_at.isoformat()
    made = await scene.api.made("openProject", name="Plant", occurredAt=at)
    await scene.api.made("nameDepartment", projectId=made, name="Paint", occurredAt=at)
    for actor, role in ((scene.manager, "PROJECT_MANAGER"), (scene.member, "MEMBER")):
        await scene.api.made(
            "nameMember",
            projectId=made,
            memberId=of(actor),
            role=role,
            department="Paint" if actor is scene.member else None,
            occurredAt=at,
        )
    return Scene(**{name: getattr(scene, name) for name in Scene.__annotations__} | {"project": made})


async def kpi_value(scene: Scene, code: str, window: str, more: str = "") -> float | None:
    found = await ask(scene, "kpi", f"code: {code}, {window} {more}", "figure { value }")
    value: float | None = found["figure"]["value"]
    return value


@dataclass(frozen=True)
class Used:
    """A project whose manager worked on days 20 and 25 and whose member works now, 60 days after it began."""

    scene: Scene
    named_at: datetime
    position_before: int

    def day(self, number: int) -> date:
        return (self.named_at + number * DAY).date()

    def on(self, number: int) -> str:
        return f'asOf: {{time: "{(self.named_at + number * DAY).isoformat()}"}}'

    @property
    def known_before(self) -> str:
        return f"knownAt: {{position: {self.position_before}}}"


@pytest.fixture
async def used(scene: Scene) -> Used:
    named_at = datetime.now(UTC).replace(microsecond=0) - 60 * DAY
    scene = await begun(scene, named_at)
    ((position_before,),) = scene.api.rows("SELECT max(position) FROM log.event")
    for days in (20, 25):
        await do(scene, "renameProject", name=f"P{days}", occurredAt=(named_at + days * DAY).isoformat())
    await scene.api.of(scene.member).made("giveSuggestion", projectId=scene.project, text="A larger button")
    await happened(scene, "project.member_went_inactive.v1")
    await happened(scene, "project.member_became_active.v1", 2)
    return Used(scene, named_at, position_before)


async def test_row_23_adoption_and_abandonment_are_counted_by_cohort(used: Used) -> None:
    scene = used.scene
    (cohort,) = await adoption(scene)
    assert cohort["cohort"] == f"{used.named_at:%Y-%m}"
    assert counts(cohort) == (2, 1, 2, 1)
    assert (cohort["adoptionRatePercent"], cohort["abandonmentRatePercent"]) == (50.0, 50.0)
    roles = {each["cohort"]: counts(each) for each in await adoption(scene, "by: ROLE")}
    assert roles == {"project_manager": (1, 0, 1, 1), "member": (1, 1, 1, 0)}
    assert [each["cohort"] for each in await adoption(scene, "by: DEPARTMENT")] == ["", "Paint"]
    for day, expected in ((19, (2, 0, 0, 0)), (38, (2, 1, 1, 0)), (39, (2, 0, 1, 1))):
        assert [counts(each) for each in await adoption(scene, used.on(day))] == [expected]
    assert await adoption(scene, used.on(-1)) == []
    assert [counts(each) for each in await adoption(scene, used.known_before)] == [(2, 0, 0, 0)]


async def test_row_23_whoever_stops_is_inactive_fourteen_days_after_their_last_command(used: Used) -> None:
    scene = used.scene
    fields = "memberId status sinceAt activePeriods { activeOn inactiveOn }"
    (gone,) = await rows(scene, "memberAdoption", fields, "where: {status: [INACTIVE]}")
    assert (gone["memberId"], gone["status"]) == (of(scene.manager), "INACTIVE")
    assert datetime.fromisoformat(gone["sinceAt"]) == used.named_at + 39 * DAY
    assert gone["activePeriods"] == [{"activeOn": str(used.day(20)), "inactiveOn": str(used.day(39))}]
    window = f'from: "{used.day(0)}", to: "{today()}"'
    assert await kpi_value(scene, "ADOPTION_RATE", window) == 50.0
    assert await kpi_value(scene, "ABANDONMENT_RATE", window) == 50.0
    assert await kpi_value(scene, "ADOPTION_RATE", window, used.known_before) == 0.0
    assert await kpi_value(scene, "ABANDONMENT_RATE", window, used.known_before) is None
    await asyncio.to_thread(assert_rows_are_the_fold, scene.api.database_url)


def risk() -> dict[str, Any]:
    seen = {"probabilityPercent": 30, "impactCents": 500, "response": "REDUCE", "contingency": "Stock"}
    return {"riskId": str(uuid4()), "title": "Steel is late", **seen}


async def test_row_35_it_leads_the_team_and_the_business_decides_with_it(scene: Scene) -> None:
    await do(scene, "nameDepartment", name="IT")
    await do(scene, "nameMember", memberId=of(scene.manager), role="PROJECT_MANAGER", department="IT")
    unknown = await refused(scene, "formTeam", leadDepartment="Sales")
    assert unknown == {"code": "UNKNOWN_DEPARTMENT", "field": "leadDepartment"}
    await do(scene, "formTeam", leadDepartment="IT")
    before = await do(scene, "registerRisk", **risk())
    await do(scene, "registerRisk", by=scene.member, **risk())
    await piloted(scene)
    fields = (
        "leadDepartment formedOn decisionCount businessDecisionCount businessPercent"
        " departments { department decisionCount }"
    )
    (involved,) = await rows(scene, "involvement", fields)
    assert involved == {
        "leadDepartment": "IT",
        "formedOn": str(today()),
        "decisionCount": 3,
        "businessDecisionCount": 1,
        "businessPercent": 33,
        "departments": [
            {"department": "IT", "decisionCount": 2},
            {"department": "Paint", "decisionCount": 1},
        ],
    }
    (then,) = await rows(scene, "involvement", fields, f"asOf: {{position: {before}}}")
    assert (then["decisionCount"], then["businessPercent"]) == (1, 0)


async def planned(scene: Scene, **more: Any) -> str:
    communication = str(uuid4())
    await do(
        scene,
        "planCommunication",
        communicationId=communication,
        **{
            "audience": None,
            "channel": "MEETING",
            "message": "The board replaces the sheet",
            "why": "Nobody sees who is late",
            "plannedOn": str(today()),
        }
        | more,
    )
    return communication


async def test_row_43_people_are_told_why_before_going_live_or_going_live_warns(scene: Scene) -> None:
    communication = await planned(scene)
    early = await denied(scene, "acknowledgeNotice", scene.member, communicationId=communication)
    assert early == {"code": "NOT_ADDRESSED", "field": None}
    await do(scene, "sendNotice", communicationId=communication)
    await do(scene, "acknowledgeNotice", by=scene.member, communicationId=communication)
    fields = "audience channel why isSent sentOn addressedCount acknowledgedCount reachPercent waitingIds"
    assert await rows(scene, "communication", fields) == [
        {
            "audience": None,
            "channel": "MEETING",
            "why": "Nobody sees who is late",
            "isSent": True,
            "sentOn": str(today()),
            "addressedCount": 2,
            "acknowledgedCount": 1,
            "reachPercent": 50,
            "waitingIds": [of(scene.manager)],
        }
    ]
    waiting = f'where: {{waitingIds: "{of(scene.manager)}"}}'
    assert len(await rows(scene, "communication", "reachPercent", waiting)) == 1
    await do(scene, "setReachTarget", targetPercent=60)
    await piloted(scene)
    await do(scene, "recordGoLive", wentLiveOn=str(today()))
    await do(scene, "acknowledgeNotice", communicationId=communication)
    fields = "isLive reachPercent reachTargetPercent isReachBelowTarget"
    (live,) = await rows(scene, "goLive", fields)
    assert live == {
        "isLive": True,
        "reachPercent": 50,
        "reachTargetPercent": 60,
        "isReachBelowTarget": True,
    }
    assert await rows(scene, "communication", "reachPercent waitingIds") == [
        {"reachPercent": 100, "waitingIds": []}
    ]


async def test_row_43_going_live_does_not_warn_where_enough_were_reached(scene: Scene) -> None:
    communication = await planned(scene, audience="Paint", plannedOn=str(today() - DAY))
    sent = await refused(scene, "sendNotice", communicationId=str(uuid4()))
    assert sent == {"code": "UNKNOWN_COMMUNICATION", "field": "communicationId"}
    await do(scene, "sendNotice", communicationId=communication)
    for actor in (scene.manager, scene.member):
        await do(scene, "acknowledgeNotice", by=actor, communicationId=communication)
    await piloted(scene)
    await do(scene, "recordGoLive", wentLiveOn=str(today()))
    (live,) = await rows(scene, "goLive", "reachPercent reachTargetPercent isReachBelowTarget")
    assert live == {"reachPercent": 100, "reachTargetPercent": 80, "isReachBelowTarget": False}


async def test_the_rows_are_the_fold_of_the_log_also_when_rebuilt(scene: Scene) -> None:
    await do(scene, "recordClientUse", by=scene.member, channel="MOBILE")
    await do(scene, "formTeam", leadDepartment="Paint")
    await do(scene, "grantPoints", grantId=str(uuid4()), memberId=of(scene.member), points=5, cause="Taught")
    await do(scene, "openAwardMonth", **EXPERT)
    await do(scene, "sendNotice", communicationId=await planned(scene))
    await project(scene.api.database_url)
    await assert_rebuilt_alike(
        scene,
        {
            "leaderboard",
            "hall_of_fame",
            "communication",
            "client_use",
            "member_adoption",
            "involvement",
            "activity_clock",
            "go_live",
        },
    )
