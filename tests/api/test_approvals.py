"""Approvals, from command to read model and figure: DOMAIN.md's rows 13 and 37.

Longer than other files: each rule of its subject has its test here.
"""

from typing import Any

import pytest

from infra.tokens import Actor
from tests.api.conftest import ADMINISTRATOR, Scene
from tests.api.projecting import project
from tests.api.rows import ask, do, happened, refused, rows, today

pytestmark = pytest.mark.anyio


def lead(**more: Any) -> dict[str, Any]:
    return {"name": "Lead", "deadlineWorkingMinutes": 480, "approverRole": "PROJECT_MANAGER", **more}


async def path_defined(scene: Scene, *steps: dict[str, Any], **more: Any) -> None:
    await do(scene, "defineApprovalPath", pathCode="purchase", name="Purchases", steps=[*steps], **more)
    await project(scene.api.database_url)  # process managers look ahead from here


async def ask_for(scene: Scene, by: Actor, subject: str, cents: int, **more: Any) -> str:
    wish = {"projectId": scene.project, "pathCode": "purchase", "subject": subject, "amountCents": cents}
    return await scene.api.of(by).made("requestApproval", **wish, **more)


async def approve(scene: Scene, by: Actor, approval: str, step: str, **more: Any) -> None:
    await scene.api.of(by).made("approveStep", approvalId=approval, step=step, **more)


async def figure(scene: Scene, code: str, begin: str, end: str, fields: str) -> dict[str, Any]:
    found: dict[str, Any] = await ask(scene, "kpi", f'code: {code}, from: "{begin}", to: "{end}"', fields)
    return found


async def test_row_13_a_rule_approves_by_itself_and_lets_the_task_be_completed(scene: Scene) -> None:
    await path_defined(scene, lead())
    rule = {"ruleCode": "small", "pathCode": "purchase", "amountMaxCents": 50_000}
    own = await scene.api.of(scene.manager).do("defineApprovalRule", projectId=scene.project, **rule)
    assert [error["code"] for error in own["userErrors"]] == ["NOT_PERMITTED"]
    await do(scene, "defineApprovalRule", by=ADMINISTRATOR, **rule)
    manager = scene.api.of(scene.manager)
    await manager.made("requireApproval", taskId=scene.task, pathCode="purchase")
    missing = {"code": "APPROVAL_MISSING", "field": None}
    assert await manager.refused("completeTask", taskId=scene.task) == missing
    approval = await ask_for(scene, scene.member, "Paint", 50_000, taskId=scene.task)
    await happened(scene, "task.approved.v1")
    await manager.made("completeTask", taskId=scene.task)
    fields = "id status ruleCode decisions { step } elapsedMinutes step approverRole"
    assert await rows(scene, "approvalQueue", fields) == [
        {
            "id": approval,
            "status": "APPROVED",
            "ruleCode": "small",
            "decisions": [],
            "elapsedMinutes": 0,
            "step": None,
            "approverRole": None,
        }
    ]
    fields = "nodes { type eventId causationId correlationId data }"
    reply = await scene.api.ask(f'{{ auditTrail(node: "{approval}") {{ {fields} }} }}')
    request, automatic = reply["data"]["auditTrail"]["nodes"]
    assert automatic["type"] == "approval.approved_automatically.v1"
    assert '"rule_code":"small"' in automatic["data"]
    assert automatic["causationId"] == request["eventId"]
    assert automatic["correlationId"] == request["correlationId"]
    (card,) = await rows(scene, "taskBoard", "status requiredPathCode approvedPathCodes")
    assert card == {
        "status": "COMPLETED",
        "requiredPathCode": "purchase",
        "approvedPathCodes": ["purchase"],
    }


async def two_asked(scene: Scene) -> tuple[str, str]:
    """Let the manager ask for a robot, which two steps approve, and the member for gloves, which one does."""
    member = str(scene.member.actor_id)
    buyer = {"name": "Buyer", "deadlineWorkingMinutes": 960, "approverId": member, "amountFromCents": 100_000}
    await path_defined(scene, lead(substituteId=member), buyer)
    robot = await ask_for(scene, scene.manager, "Welding robot", 200_000)
    return robot, await ask_for(scene, scene.member, "Gloves", 99_999)


async def test_row_13_a_step_is_decided_by_whoever_is_asked_and_by_nobody_else(scene: Scene) -> None:
    robot, small = await two_asked(scene)
    to_lead = "where: {status: [PENDING], approverRole: [PROJECT_MANAGER]}, order: REQUESTED"
    assert await rows(scene, "approvalQueue", "id steps { name }", to_lead) == [
        {"id": robot, "steps": [{"name": "Lead"}, {"name": "Buyer"}]},
        {"id": small, "steps": [{"name": "Lead"}]},
    ]
    manager, substitute = scene.api.of(scene.manager), scene.api.of(scene.member)
    step = {"approvalId": robot, "step": "Lead"}
    assert await manager.refused("approveStep", **step) == {"code": "OWN_REQUEST", "field": None}
    others = {"code": "NOT_THE_APPROVER", "field": "step"}
    assert await scene.api.refused("approveStep", **step) == others
    early = {"approvalId": robot, "step": "Buyer"}
    assert await substitute.refused("approveStep", **early) == {"code": "STEP_NOT_BEGUN", "field": "step"}
    rejection = {"approvalId": small, "step": "Lead", "cause": "We have some"}
    assert await substitute.refused("rejectApproval", **rejection) == {"code": "OWN_REQUEST", "field": None}


async def test_row_13_people_approve_step_by_step_or_reject(scene: Scene) -> None:
    robot, small = await two_asked(scene)
    member = str(scene.member.actor_id)
    payload = await scene.api.of(scene.member).do("approveStep", approvalId=robot, step="Lead")
    now_asked = f'where: {{approverIds: "{member}"}}'
    (waiting,) = await rows(scene, "approvalQueue", "id step approverRole waitingSince dueAt", now_asked)
    assert (waiting["id"], waiting["step"], waiting["approverRole"]) == (robot, "Buyer", None)
    assert waiting["waitingSince"] < waiting["dueAt"]
    await approve(scene, scene.member, robot, "Buyer")
    rejection = {"approvalId": small, "step": "Lead", "cause": "We have some"}
    await scene.api.of(scene.manager).made("rejectApproval", **rejection)
    fields = "id status cause decisions { step approverId isApproved isWithinDeadline }"
    approved, rejected = await rows(scene, "approvalQueue", fields, "order: REQUESTED")
    assert [approved["status"], rejected["status"]] == ["APPROVED", "REJECTED"]
    assert [each["approverId"] for each in approved["decisions"]] == [member, member]
    assert rejected["cause"] == "We have some"
    (then,) = await rows(
        scene, "approvalQueue", "status step", f"asOf: {{position: {payload['position']}}}, {now_asked}"
    )
    assert then == {"status": "PENDING", "step": "Buyer"}


async def test_row_13_the_share_approved_by_rules_and_the_time_people_take_are_figures(scene: Scene) -> None:
    june = {"occurredAt": "2026-06-01T08:00:00Z"}
    await path_defined(scene, lead(), **june)
    rule = {"ruleCode": "small", "pathCode": "purchase", "amountMaxCents": 100}
    await do(scene, "defineApprovalRule", by=ADMINISTRATOR, **rule)
    for number in range(3):
        await ask_for(scene, ADMINISTRATOR, f"Screws {number}", 100, **june)
    robot = await ask_for(scene, ADMINISTRATOR, "Robot", 101, **june)
    await approve(scene, scene.manager, robot, "Lead", occurredAt="2026-06-01T14:00:00Z")
    await happened(scene, "approval.approved_automatically.v1", 3)
    month = ("2026-06-01", "2026-06-30")
    fields = "unit figure { value metCount missedCount }"
    share = await figure(scene, "APPROVAL_AUTOMATIC_SHARE", *month, fields)
    assert share == {"unit": "percent", "figure": {"value": 75.0, "metCount": 3, "missedCount": 1}}
    fields = "unit figure { value } observations { nodes { rowId value dimensions events { totalCount } } }"
    time = await figure(scene, "APPROVAL_TIME", *month, fields)
    assert (time["unit"], time["figure"]) == ("minutes", {"value": 360.0})
    (observed,) = time["observations"]["nodes"]
    assert (observed["rowId"], observed["value"], observed["events"]["totalCount"]) == (robot, 360, 3)
    assert observed["dimensions"] == '{"path": "purchase", "version": "1"}'
    await do(scene, "retireApprovalRule", by=ADMINISTRATOR, ruleCode="small")
    await ask_for(scene, ADMINISTRATOR, "Screws", 100)
    pending = await rows(scene, "approvalQueue", "subject", "where: {status: [PENDING]}")
    assert pending == [{"subject": "Screws"}]


async def test_row_13_a_step_not_decided_in_time_goes_to_the_substitute(scene: Scene) -> None:
    member = str(scene.member.actor_id)
    await path_defined(scene, lead(substituteId=member))
    friday = "2026-06-05T12:00:00Z"  # five hours of that day, three of Monday
    approval = await ask_for(scene, ADMINISTRATOR, "Robot", 1, occurredAt=friday)
    await happened(scene, "approval.step_overdue.v1")
    fields = "id step isOverdue dueAt approverIds waitingSince"
    mine = f'where: {{approverIds: "{member}", isOverdue: [true]}}'
    assert await rows(scene, "approvalQueue", fields, mine) == [
        {
            "id": approval,
            "step": "Lead",
            "isOverdue": True,
            "dueAt": "2026-06-08T12:00:00Z",
            "approverIds": [member],
            "waitingSince": friday,
        }
    ]
    reply = await scene.api.ask(f'{{ auditTrail(node: "{approval}") {{ nodes {{ type occurredAt }} }} }}')
    assert reply["data"]["auditTrail"]["nodes"][1] == {
        "type": "approval.step_overdue.v1",
        "occurredAt": "2026-06-08T12:00:00Z",
    }
    await approve(scene, scene.member, approval, "Lead")
    (row,) = await rows(scene, "approvalQueue", "status decisions { isWithinDeadline }")
    assert row == {"status": "APPROVED", "decisions": [{"isWithinDeadline": False}]}


async def decided(scene: Scene, day: str, hours: int, *steps: str) -> None:
    """Ask for approval at eight on a day, and approve each step so many hours after the one before."""
    approval = await ask_for(scene, ADMINISTRATOR, f"Steel of {day}", 1, occurredAt=f"{day}T08:00:00Z")
    for number, step in enumerate(steps, start=1):
        at = f"{day}T{8 + number * hours:02}:00:00Z"
        await approve(scene, scene.manager, approval, step, occurredAt=at)


async def test_row_37_feedback_shortens_an_approval_path_and_the_effect_is_measured(scene: Scene) -> None:
    steps = [lead(name=name) for name in ("Foreman", "Lead", "Plant")]
    await path_defined(scene, *steps, occurredAt="2026-06-01T07:00:00Z")
    for day in ("2026-06-01", "2026-06-02"):
        await decided(scene, day, 3, "Foreman", "Lead", "Plant")
    under_way = await ask_for(scene, ADMINISTRATOR, "Old", 1, occurredAt="2026-06-03T08:00:00Z")
    text = "Three signatures for a box of screws"
    feedback = await scene.api.of(scene.member).made(
        "giveSuggestion", projectId=scene.project, text=text, screen="approvals"
    )
    revision = {"pathCode": "purchase", "steps": [lead()], "cause": "Two of three add nothing"}
    unknown = await refused(scene, "reviseApprovalPath", **revision, feedbackId=scene.task)
    assert unknown == {"code": "UNKNOWN_FEEDBACK", "field": "feedbackId"}
    before = await do(
        scene, "reviseApprovalPath", **revision, feedbackId=feedback, occurredAt="2026-07-01T07:00:00Z"
    )
    await scene.api.of(scene.manager).made("resolveFeedback", feedbackId=feedback, outcome="One is left")
    for day in ("2026-07-01", "2026-07-02", "2026-07-03"):
        await decided(scene, day, 2, "Lead")
    fields = (
        "version stepCount stepCountBefore cause feedbackId supersededAt decidedCount elapsedMinutesSum"
        " workingMinutesSum"
    )
    first, second = await rows(scene, "approvalPaths", fields, 'where: {pathCode: ["purchase"]}')
    assert first == {
        "version": 1,
        "stepCount": 3,
        "stepCountBefore": None,
        "cause": None,
        "feedbackId": None,
        "supersededAt": "2026-07-01T07:00:00Z",
        "decidedCount": 2,
        "elapsedMinutesSum": 2 * 540,
        "workingMinutesSum": 2 * 480,
    }
    assert second == {
        "version": 2,
        "stepCount": 1,
        "stepCountBefore": 3,
        "cause": "Two of three add nothing",
        "feedbackId": feedback,
        "supersededAt": None,
        "decidedCount": 3,
        "elapsedMinutesSum": 3 * 120,
        "workingMinutesSum": 3 * 60,
    }
    (alone,) = await rows(scene, "approvalPaths", "version", f"asOf: {{position: {before - 1}}}")
    assert alone == {"version": 1}
    months = [("2026-06-01", "2026-06-30"), ("2026-07-01", "2026-07-31")]
    hours = [await figure(scene, "APPROVAL_TIME", *month, "figure { value }") for month in months]
    assert [each["figure"]["value"] / 60 for each in hours] == [9.0, 2.0]
    (old,) = await rows(scene, "approvalQueue", "id pathVersion steps { name }", "where: {status: [PENDING]}")
    names = [{"name": name} for name in ("Foreman", "Lead", "Plant")]
    assert old == {"id": under_way, "pathVersion": 1, "steps": names}


async def test_a_request_is_taken_back_by_whoever_made_it_and_paths_are_refused_by_field(
    scene: Scene,
) -> None:
    stranger = lead(approverRole=None, approverId=str(scene.other_manager.actor_id))
    path = {"pathCode": "purchase", "name": "Purchases"}
    nobody = await refused(scene, "defineApprovalPath", **path, steps=[lead(name="A"), stranger])
    assert nobody == {"code": "NOT_ON_THE_TEAM", "field": "steps.1.approverId"}
    never = await refused(scene, "defineApprovalPath", **path, steps=[lead(amountFromCents=1)])
    assert never == {"code": "MALFORMED", "field": "steps"}
    await path_defined(scene, lead())
    approval = await ask_for(scene, scene.member, "Gloves", 1)
    other = await scene.api.of(scene.manager).refused("withdrawApproval", approvalId=approval)
    assert other == {"code": "NOT_THE_REQUESTER", "field": None}
    await scene.api.of(scene.member).made("withdrawApproval", approvalId=approval)
    late = await scene.api.of(scene.manager).refused("approveStep", approvalId=approval, step="Lead")
    assert late == {"code": "APPROVAL_DECIDED", "field": None}
    unknown = await scene.api.of(scene.manager).refused("approveStep", approvalId=scene.task, step="Lead")
    assert unknown == {"code": "UNKNOWN_APPROVAL", "field": None}
    (row,) = await rows(scene, "approvalQueue", "status decidedOn")
    assert row == {"status": "WITHDRAWN", "decidedOn": None}
    nothing = await figure(scene, "APPROVAL_TIME", str(today()), str(today()), "figure { observationCount }")
    assert nothing["figure"]["observationCount"] == 0
