"""A product in use, over GraphQL: rows 24 to 27, 30, 31 and 44 of DOMAIN.md, from command to read model.

Longer than other files: each rule of its subject has its test here.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import ask, assert_rebuilt_alike, do, happened, new, piloted, refused, rows, today

pytestmark = pytest.mark.anyio

PERIOD = (
    "beginsOn endsOn totalSeconds maintenanceSeconds observedSeconds downtimeSeconds availabilityPercent"
    " objectivePercent isMet errorBudgetSeconds errorBudgetLeftSeconds"
)


async def figure(scene: Scene, code: str, begin: str, end: str) -> Mapping[str, Any]:
    asked = f'code: {code}, from: "{begin}", to: "{end}"'
    fields = "figure { value observationCount metCount missedCount p50 }"
    found: Mapping[str, Any] = (await ask(scene, "kpi", asked, fields))["figure"]
    return found


async def outage(scene: Scene, started_at: str, ended_at: str | None) -> int:
    """Record an outage in April 2024 and return the position of its start."""
    outage_id = new()
    position = await do(
        scene, "startOutage", outageId=outage_id, cause="Disk full", occurredAt=f"2024-04-{started_at}:00Z"
    )
    if ended_at is not None:
        await do(scene, "endOutage", outageId=outage_id, occurredAt=f"2024-04-{ended_at}:00Z")
    return position


async def maintenance(scene: Scene, starts_at: str, ends_at: str) -> str:
    maintenance_id = new()
    window = {"startsAt": f"2024-04-{starts_at}:00Z", "endsAt": f"2024-04-{ends_at}:00Z"}
    await do(
        scene,
        "scheduleMaintenance",
        maintenanceId=maintenance_id,
        purpose="New disks",
        occurredAt="2024-04-01T00:00:00Z",
        **window,
    )
    return maintenance_id


APRIL = 'from: "2024-04-01", to: "2024-04-30"'


async def test_row_24_availability_and_what_is_left_of_216_minutes(scene: Scene) -> None:
    objective = {"availabilityBasisPoints": 9950, "occurredAt": "2024-03-20T08:00:00Z"}
    await do(scene, "defineServiceLevelObjective", **objective)
    (april,) = (await ask(scene, "availability", APRIL, f"months {{ {PERIOD} }}"))["months"]
    assert april == {
        "beginsOn": "2024-04-01",
        "endsOn": "2024-04-30",
        "totalSeconds": 30 * 86_400,
        "maintenanceSeconds": 0,
        "observedSeconds": 30 * 86_400,
        "downtimeSeconds": 0,
        "availabilityPercent": 100.0,
        "objectivePercent": 99.5,
        "isMet": True,
        "errorBudgetSeconds": 216 * 60,
        "errorBudgetLeftSeconds": 216 * 60,
    }
    await outage(scene, "05T10:00", "05T12:00")
    before = await outage(scene, "05T11:00", "05T13:00")
    (april,) = (await ask(scene, "availability", APRIL, f"months {{ {PERIOD} }}"))["months"]
    assert (april["downtimeSeconds"], april["isMet"]) == (180 * 60, True)
    assert april["errorBudgetLeftSeconds"] == 36 * 60
    assert april["availabilityPercent"] == pytest.approx(100 * (1 - 3 / 720))
    await outage(scene, "20T00:00", "20T01:00")
    late = await ask(scene, "availability", APRIL, f"whole {{ {PERIOD} }}")
    assert (late["whole"]["isMet"], late["whole"]["errorBudgetLeftSeconds"]) == (False, -24 * 60)
    known = f"{APRIL}, knownAt: {{position: {before - 1}}}"
    then = await ask(scene, "availability", known, f"whole {{ {PERIOD} }}")
    assert then["whole"]["downtimeSeconds"] == 120 * 60
    assert (await figure(scene, "TIME_TO_RESTORE", "2024-04-01", "2024-04-30"))["value"] == 100.0


async def test_row_24_planned_maintenance_leaves_numerator_and_denominator(scene: Scene) -> None:
    await do(
        scene,
        "defineServiceLevelObjective",
        availabilityBasisPoints=9950,
        occurredAt="2024-03-20T08:00:00Z",
    )
    await maintenance(scene, "10T02:00", "10T06:00")
    cancelled = await maintenance(scene, "12T00:00", "13T00:00")
    await do(scene, "cancelMaintenance", maintenanceId=cancelled, occurredAt="2024-04-02T00:00:00Z")
    await outage(scene, "10T05:00", "10T07:00")
    (april,) = (await ask(scene, "availability", APRIL, f"months {{ {PERIOD} }}"))["months"]
    assert (april["maintenanceSeconds"], april["observedSeconds"]) == (4 * 3600, 716 * 3600)
    assert (april["downtimeSeconds"], april["errorBudgetSeconds"]) == (3600, 716 * 18)
    assert april["availabilityPercent"] == pytest.approx(100 * 715 / 716)
    windows = await rows(scene, "maintenanceWindows", "startsAt isCancelled")
    assert [each["isCancelled"] for each in windows] == [False, True]
    past = {"startsAt": "2024-04-01T00:00:00Z", "endsAt": "2024-04-02T00:00:00Z", "purpose": "Hide it"}
    refusal = await refused(scene, "scheduleMaintenance", maintenanceId=new(), **past)
    assert refusal == {"code": "NOT_ANNOUNCED", "field": "startsAt"}


async def test_row_24_an_outage_that_goes_on_counts_until_the_moment_it_is_seen_from(scene: Scene) -> None:
    await outage(scene, "30T23:00", None)
    seen = f'{APRIL}, asOf: {{time: "2024-04-30T23:30:00Z"}}'
    found = await ask(scene, "availability", seen, f"untilAt whole {{ {PERIOD} }}")
    assert found["untilAt"] == "2024-04-30T23:30:00Z"
    assert found["whole"]["downtimeSeconds"] == 1800
    assert (found["whole"]["objectivePercent"], found["whole"]["errorBudgetSeconds"]) == (None, None)
    spring = 'from: "2024-04-15", to: "2024-06-10"'
    months = (await ask(scene, "availability", spring, f"months {{ {PERIOD} }}"))["months"]
    days = [(each["beginsOn"], each["endsOn"]) for each in months]
    assert days == [("2024-04-15", "2024-04-30"), ("2024-05-01", "2024-05-31"), ("2024-06-01", "2024-06-10")]
    assert [each["downtimeSeconds"] for each in months] == [3600, 31 * 86_400, 10 * 86_400]
    (still,) = await rows(scene, "outages", "cause startedAt", "where: {isOpen: [true]}")
    assert still == {"cause": "Disk full", "startedAt": "2024-04-30T23:00:00Z"}


@pytest.mark.parametrize(
    "window", ['from: "2024-04-02", to: "2024-04-01"', 'from: "2000-01-01", to: "2024-04-01"']
)
async def test_row_24_a_window_out_of_shape_is_refused(scene: Scene, window: str) -> None:
    query = f'{{ availability(project: "{scene.project}", {window}) {{ untilAt }} }}'
    reply = await scene.api.ask(query)
    assert reply["errors"][0]["extensions"]["code"] == "MALFORMED"


async def test_row_24_nothing_is_observed_before_anything_was_known(scene: Scene) -> None:
    await project(scene.api.database_url)
    query = f'{{ availability(project: "{scene.project}", {APRIL}, knownAt: {{position: 1}}) {{ untilAt }} }}'
    reply = await scene.api.ask(query)
    assert reply["errors"][0]["extensions"]["code"] == "UNKNOWN_PROJECT"


async def incident(scene: Scene, reported_at: str, severity: str = "HIGH") -> str:
    return await scene.api.of(scene.manager).made(
        "reportIncident",
        projectId=scene.project,
        text="The board stays empty",
        severity=severity,
        occurredAt=reported_at,
    )


async def test_row_25_faults_are_answered_and_resolved_as_agreed(scene: Scene) -> None:
    manager = scene.api.of(scene.manager)
    agreed = {"severity": "HIGH", "responseMinutes": 120, "resolutionMinutes": 480}
    await do(scene, "defineServiceLevelAgreement", **agreed)
    met, late = await incident(scene, "2024-04-08T08:00:00Z"), await incident(scene, "2024-04-09T08:00:00Z")
    await manager.made("acknowledgeIncident", feedbackId=met, occurredAt="2024-04-08T09:00:00Z")
    await manager.made("resolveFeedback", feedbackId=met, outcome="Disks", occurredAt="2024-04-08T12:00:00Z")
    await manager.made("acknowledgeIncident", feedbackId=late, occurredAt="2024-04-09T11:00:00Z")
    await manager.made("resolveFeedback", feedbackId=late, outcome="Disks", occurredAt="2024-04-10T08:00:00Z")
    fields = (
        "id acknowledgeDueAt resolveDueAt isAcknowledgedInTime resolvedOn resolutionBreachedOn openMinutes"
    )
    first, second = await rows(scene, "feedbackInbox", fields)
    assert first == {
        "id": met,
        "acknowledgeDueAt": "2024-04-08T10:00:00Z",
        "resolveDueAt": "2024-04-08T16:00:00Z",
        "isAcknowledgedInTime": True,
        "resolvedOn": "2024-04-08",
        "resolutionBreachedOn": None,
        "openMinutes": 240,
    }
    assert (second["isAcknowledgedInTime"], second["resolutionBreachedOn"]) == (False, "2024-04-09")
    april = ("2024-04-01", "2024-04-30")
    assert (await figure(scene, "INCIDENT_RESPONSE", *april))["value"] == 120.0
    assert (await figure(scene, "INCIDENT_RESPONSE_ATTAINMENT", *april))["value"] == 50.0
    assert (await figure(scene, "TIME_TO_RESOLVE", *april)) == {
        "value": 840.0,
        "observationCount": 2,
        "metCount": 0,
        "missedCount": 0,
        "p50": 240,
    }
    attainment = await figure(scene, "RESOLUTION_ATTAINMENT", *april)
    assert (attainment["value"], attainment["metCount"], attainment["missedCount"]) == (50.0, 1, 1)
    on_the_ninth = await figure(scene, "RESOLUTION_ATTAINMENT", "2024-04-09", "2024-04-09")
    assert (on_the_ninth["value"], on_the_ninth["missedCount"]) == (0.0, 1)


async def test_row_25_a_running_clock_past_its_goal_is_a_breach_at_the_goals_time(scene: Scene) -> None:
    await do(
        scene, "defineServiceLevelAgreement", severity="HIGH", responseMinutes=120, resolutionMinutes=480
    )
    fault = await incident(scene, "2024-04-08T08:00:00Z")
    await scene.api.of(scene.manager).made(
        "acknowledgeIncident", feedbackId=fault, occurredAt="2024-04-08T09:00:00Z"
    )
    paused = await incident(scene, "2024-04-08T08:00:00Z")
    await scene.api.of(scene.manager).made(
        "pauseIncident", feedbackId=paused, cause="Waiting", occurredAt="2024-04-08T08:30:00Z"
    )
    await happened(scene, "feedback.incident_escalated.v1", 1)
    fields = "id resolutionBreachedOn isEscalated"
    found = {each.pop("id"): each for each in await rows(scene, "feedbackInbox", fields)}
    assert found == {
        fault: {"resolutionBreachedOn": "2024-04-08", "isEscalated": True},
        paused: {"resolutionBreachedOn": None, "isEscalated": False},
    }
    breach = "SELECT occurred_at FROM log.event WHERE type = 'feedback.incident_resolution_breached.v1'"
    ((occurred_at,),) = scene.api.rows(breach)
    assert occurred_at == datetime.fromisoformat("2024-04-08T16:00:00Z")


async def test_row_25_goals_may_count_on_a_working_calendar(scene: Scene) -> None:
    unknown = {"severity": "LOW", "responseMinutes": 120, "calendarName": "Night shift"}
    refusal = await refused(scene, "defineServiceLevelAgreement", **unknown)
    assert refusal == {"code": "UNKNOWN_CALENDAR", "field": "calendarName"}
    await do(scene, "defineServiceLevelAgreement", **unknown | {"calendarName": "standard"})
    # Friday at 16:00 is an hour before the weekend of office hours
    friday = await incident(scene, "2024-04-05T16:00:00Z", "LOW")
    await incident(scene, "2024-04-05T16:00:00Z", "MEDIUM")
    due = {
        each["id"]: each for each in await rows(scene, "feedbackInbox", "id acknowledgeDueAt resolveDueAt")
    }
    assert due.pop(friday) == {
        "id": friday,
        "acknowledgeDueAt": "2024-04-08T10:00:00Z",
        "resolveDueAt": None,
    }
    (elapsed,) = due.values()
    assert elapsed["acknowledgeDueAt"] == "2024-04-05T18:00:00Z"
    (levels,) = await rows(scene, "serviceLevels", "agreements { severity responseMinutes calendarName }")
    assert levels["agreements"] == [{"severity": "LOW", "responseMinutes": 120, "calendarName": "standard"}]


async def test_row_26_patches_come_out_regularly(scene: Scene) -> None:
    nothing = await ask(
        scene, "patchCadence", 'asOf: {time: "2024-04-30T12:00:00Z"}', "patchCount daysSinceLast"
    )
    assert nothing == {"patchCount": 0, "daysSinceLast": None}
    for version, day in (("1.0.1", "01"), ("1.0.2", "11"), ("1.0.3", "25")):
        await do(scene, "publishPatch", version=version, occurredAt=f"2024-04-{day}T08:00:00Z")
    fields = "asOfOn patchCount lastVersion lastPublishedOn daysSinceLast daysBetweenMean"
    cadence = await ask(scene, "patchCadence", 'asOf: {time: "2024-04-30T12:00:00Z"}', fields)
    assert cadence == {
        "asOfOn": "2024-04-30",
        "patchCount": 3,
        "lastVersion": "1.0.3",
        "lastPublishedOn": "2024-04-25",
        "daysSinceLast": 5,
        "daysBetweenMean": 12.0,
    }
    earlier = await ask(scene, "patchCadence", 'asOf: {time: "2024-04-20T12:00:00Z"}', fields)
    assert (earlier["lastVersion"], earlier["daysSinceLast"], earlier["daysBetweenMean"]) == (
        "1.0.2",
        9,
        10.0,
    )
    patches = await rows(scene, "releases", "version kind releasedOn", "where: {kind: [PATCH]}")
    assert [each["version"] for each in patches] == ["1.0.1", "1.0.2", "1.0.3"]
    back = await refused(scene, "publishPatch", version="0.9", occurredAt="2024-04-24T08:00:00Z")
    assert back["code"] == "OUT_OF_ORDER"


async def test_row_27_each_duty_of_operation_is_in_somebodys_hands(scene: Scene) -> None:
    member = str(scene.member.actor_id)
    watching, tuning = new(), new()
    await do(scene, "assignDuty", dutyId=watching, kind="MONITORING", memberId=member)
    at_first = await do(scene, "assignDuty", dutyId=tuning, kind="TUNING", memberId=None)
    for kind in ("PERMISSION_MANAGEMENT", "SECURITY_AUDIT"):
        await do(scene, "assignDuty", dutyId=new(), kind=kind, memberId=member)
    await do(scene, "assignDuty", dutyId=tuning, kind="TUNING", memberId=member)
    await do(scene, "endDuty", dutyId=watching)
    open_duties = await rows(scene, "dutyRoster", "kind holder memberId", "where: {isOpen: [true]}")
    assert open_duties == [
        {"kind": kind, "holder": "INTERNAL", "memberId": member}
        for kind in ("PERMISSION_MANAGEMENT", "SECURITY_AUDIT", "TUNING")
    ]
    then = await rows(scene, "dutyRoster", "kind holder memberId", f"asOf: {{position: {at_first}}}")
    assert [(each["kind"], each["holder"]) for each in then] == [
        ("MONITORING", "INTERNAL"),
        ("TUNING", "VENDOR"),
    ]
    stranger = {"dutyId": new(), "kind": "TUNING", "memberId": str(scene.other_manager.actor_id)}
    assert await refused(scene, "assignDuty", **stranger) == {"code": "NOT_ON_THE_TEAM", "field": "memberId"}
    unsaid = await refused(scene, "assignDuty", dutyId=new(), kind="TUNING")
    assert unsaid == {"code": "MALFORMED", "field": "memberId"}
    await do(scene, "recordTuning", by=scene.member, tuningId=new(), text="An index on the board")
    findings = ["An old key", "A shared account"]
    await do(scene, "holdSecurityAudit", by=scene.member, auditId=new(), findings=findings)
    done = await rows(scene, "upkeep", "kind doneBy doneOn text findings findingCount")
    by_kind = {each["kind"]: each for each in done}
    assert by_kind["TUNING"]["text"] == "An index on the board"
    assert (by_kind["SECURITY_AUDIT"]["findings"], by_kind["SECURITY_AUDIT"]["findingCount"]) == (findings, 2)
    assert {each["doneBy"] for each in done} == {member}
    assert {each["doneOn"] for each in done} == {str(today())}


async def test_row_27_permissions_are_known_as_of_any_date(scene: Scene) -> None:
    member = str(scene.member.actor_id)
    granted = await do(scene, "nameMember", memberId=member, role="PROJECT_MANAGER", department="Paint")
    revoked = await do(scene, "nameMember", memberId=member, role="MEMBER", department="Paint")

    async def role(position: int) -> str:
        arguments = f"asOf: {{position: {position}}}"
        (seen,) = await rows(scene, "projectOverview", "team { memberId role }", arguments)
        return next(each["role"] for each in seen["team"] if each["memberId"] == member)

    roles = [await role(granted - 1), await role(granted), await role(revoked)]
    assert roles == ["MEMBER", "PROJECT_MANAGER", "MEMBER"]


async def suggestion(scene: Scene) -> str:
    return await scene.api.of(scene.member).made(
        "giveSuggestion", projectId=scene.project, text="Larger button"
    )


async def test_row_30_a_version_comes_out_each_quarter_and_answers_feedback(scene: Scene) -> None:
    ideas = [await suggestion(scene), await suggestion(scene)]
    await do(scene, "releaseVersion", version="2.0", feedbackIds=ideas, occurredAt="2024-02-10T08:00:00Z")
    await do(scene, "releaseVersion", version="2.1", feedbackIds=[], occurredAt="2024-08-10T08:00:00Z")
    answered = await rows(
        scene, "releases", "version kind feedbackIds", f'where: {{feedbackIds: "{ideas[1]}"}}'
    )
    assert answered == [{"version": "2.0", "kind": "VERSION", "feedbackIds": ideas}]
    elsewhere = await scene.api.made("giveSuggestion", projectId=scene.other_project, text="Not here")
    strange = await refused(scene, "releaseVersion", version="3.0", feedbackIds=[ideas[0], elsewhere])
    assert strange == {"code": "UNKNOWN_FEEDBACK", "field": "feedbackIds.1"}
    task = await refused(scene, "releaseVersion", version="3.0", feedbackIds=[scene.task])
    assert task == {"code": "UNKNOWN_FEEDBACK", "field": "feedbackIds.0"}
    quarters = ended_since(date(2024, 1, 1))
    await happened(scene, "project.quarter_closed.v1", len(quarters))
    fields = "beginsOn endsOn versions feedbackCount isMissed"
    first, second, third, *_ = await rows(scene, "releaseCalendar", fields)
    assert first == {
        "beginsOn": "2024-01-01",
        "endsOn": "2024-03-31",
        "versions": ["2.0"],
        "feedbackCount": 2,
        "isMissed": False,
    }
    assert (second["beginsOn"], second["versions"], second["isMissed"]) == ("2024-04-01", [], True)
    assert (third["beginsOn"], third["versions"], third["isMissed"]) == ("2024-07-01", ["2.1"], False)
    missed = await rows(scene, "releaseCalendar", "beginsOn", "where: {isMissed: [true]}")
    without = [each for each in quarters if each not in {date(2024, 1, 1), date(2024, 7, 1)}]
    assert [each["beginsOn"] for each in missed] == [str(each) for each in without]
    closed_at = scene.api.rows(
        "SELECT occurred_at FROM log.event WHERE type = 'project.quarter_closed.v1' ORDER BY position LIMIT 1"
    )
    assert closed_at == [(datetime.fromisoformat("2024-04-01T00:00:00Z"),)]


async def test_row_30_a_release_closes_the_loop_of_its_feedback(scene: Scene) -> None:
    manager, of = scene.api.of(scene.manager), {"projectId": scene.project, "text": "Larger button"}
    first, second, left = [
        await manager.made("giveSuggestion", **of, occurredAt=f"2024-01-{day}T08:00:00Z")
        for day in ("10", "11", "12")
    ]
    planned = await manager.do("linkFeedbackToRelease", feedbackId=second, version="2.0")
    await project(scene.api.database_url)
    released = {"version": "2.0", "feedbackIds": [first, second], "occurredAt": "2024-01-20T08:00:00Z"}
    out = await do(scene, "releaseVersion", **released)
    await happened(scene, "feedback.linked_to_release.v2", 3)
    fields = "id release releasedOn releaseMinutes loopStage"
    answered = await rows(scene, "feedbackInbox", fields, 'where: {release: ["2.0"]}')
    brought = {"release": "2.0", "releasedOn": "2024-01-20", "loopStage": "TELLING"}
    assert answered == [
        {"id": first, **brought, "releaseMinutes": 10 * 1_440},
        {"id": second, **brought, "releaseMinutes": 9 * 1_440},
    ]
    untouched = await rows(scene, "feedbackInbox", "id loopStage", "where: {loopStage: [TRIAGE]}")
    assert untouched == [{"id": left, "loopStage": "TRIAGE"}]
    by_hand = f'where: {{release: ["2.0"]}}, asOf: {{position: {planned["position"]}}}'
    (then,) = await rows(scene, "feedbackInbox", fields, by_hand)
    assert then == {**brought, "id": second, "releasedOn": None, "releaseMinutes": None}
    january = 'code: FEEDBACK_TO_RELEASE_TIME, from: "2024-01-01", to: "2024-01-31"'
    figured = "unit figure { value observationCount }"
    assert await ask(scene, "kpi", january, figured) == {
        "unit": "minutes",
        "figure": {"value": 9.5 * 1_440, "observationCount": 2},
    }
    before = await ask(scene, "kpi", f"{january}, knownAt: {{position: {out}}}", figured)
    assert before["figure"] == {"value": None, "observationCount": 0}
    await manager.made("tellGiver", feedbackId=first)
    (closed,) = await rows(scene, "feedbackInbox", "id release", "where: {isLoopOpen: [false]}")
    assert closed == {"id": first, "release": "2.0"}


def ended_since(first: date) -> list[date]:
    """Return the first days of the quarters that have ended, from one on."""
    begins = [date(year, month, 1) for year in range(first.year, today().year + 1) for month in (1, 4, 7, 10)]
    return [each for each in begins if (each + timedelta(days=92)).replace(day=1) <= today()]


async def test_row_31_health_checks_find_what_needs_a_change(scene: Scene) -> None:
    check = new()
    await do(scene, "setHealthCheckInterval", intervalDays=30)
    await do(scene, "startHealthCheck", checkId=check, occurredAt="2024-04-10T08:00:00Z")
    for area in ("WORKFLOW", "FIELD", "FIELD", "PERMISSION"):
        await do(
            scene,
            "recordFinding",
            by=scene.member,
            checkId=check,
            findingId=new(),
            area=area,
            text="Too many",
        )
    await do(scene, "closeHealthCheck", checkId=check, occurredAt="2024-04-12T08:00:00Z")
    late = {"checkId": check, "findingId": new(), "area": "FIELD", "text": "One more"}
    assert await refused(scene, "recordFinding", **late) == {"code": "HEALTH_CHECK_OVER", "field": "checkId"}
    fields = "startedOn closedOn isOpen workflowCount fieldCount permissionCount findings { area text }"
    (held,) = await rows(scene, "healthChecks", fields)
    assert len(held.pop("findings")) == 4
    assert held == {
        "startedOn": "2024-04-10",
        "closedOn": "2024-04-12",
        "isOpen": False,
        "workflowCount": 1,
        "fieldCount": 2,
        "permissionCount": 1,
    }
    fields = "intervalDays lastClosedOn nextDueOn isOverdue missedOn"
    (schedule,) = await rows(scene, "healthCheckSchedule", fields)
    assert schedule == {
        "intervalDays": 30,
        "lastClosedOn": "2024-04-12",
        "nextDueOn": "2024-05-12",
        "isOverdue": False,
        "missedOn": None,
    }
    await happened(scene, "project.health_check_missed.v1", 1)
    overdue = await rows(scene, "healthCheckSchedule", "nextDueOn missedOn", "where: {isOverdue: [true]}")
    assert overdue == [{"nextDueOn": "2024-05-12", "missedOn": "2024-05-12"}]
    missed = "SELECT occurred_at FROM log.event WHERE type = 'project.health_check_missed.v1'"
    assert scene.api.rows(missed) == [(datetime.fromisoformat("2024-05-13T00:00:00Z"),)]


async def test_row_31_the_first_health_check_is_due_90_days_after_going_live(scene: Scene) -> None:
    (before,) = await rows(scene, "healthCheckSchedule", "intervalDays nextDueOn")
    assert before == {"intervalDays": 90, "nextDueOn": None}
    await piloted(scene)
    await do(scene, "recordGoLive", wentLiveOn=str(today()))
    (schedule,) = await rows(scene, "healthCheckSchedule", "wentLiveOn nextDueOn isOverdue")
    assert schedule == {
        "wentLiveOn": str(today()),
        "nextDueOn": str(today() + timedelta(days=90)),
        "isOverdue": False,
    }
    await do(scene, "setHealthCheckInterval", intervalDays=30)
    (schedule,) = await rows(scene, "healthCheckSchedule", "nextDueOn")
    assert schedule == {"nextDueOn": str(today() + timedelta(days=30))}
    await do(scene, "startHealthCheck", checkId=new())
    one_at_a_time = await refused(scene, "startHealthCheck", checkId=new())
    assert one_at_a_time == {"code": "HEALTH_CHECK_OPEN", "field": None}


async def test_row_44_dependence_on_the_vendor_is_seen_and_taken_back(scene: Scene) -> None:
    member = str(scene.member.actor_id)
    watching, tuning, interface = new(), new(), new()
    await do(scene, "assignDuty", dutyId=watching, kind="MONITORING", memberId=None)
    await do(scene, "assignDuty", dutyId=tuning, kind="TUNING", memberId=None)
    await do(scene, "assignDuty", dutyId=new(), kind="SECURITY_AUDIT", memberId=member)
    subject = {"subjectId": interface, "subject": "Interface to SAP"}
    before = await do(scene, "assignOwnership", ownership="VENDOR", **subject)
    unknown = await refused(scene, "transferKnowledge", subjectId=new(), memberId=member)
    assert unknown == {"code": "UNKNOWN_SUBJECT", "field": "subjectId"}
    await do(scene, "transferKnowledge", subjectId=tuning, memberId=member)
    await do(scene, "transferKnowledge", subjectId=interface, memberId=member)
    await do(scene, "assignDuty", dutyId=tuning, kind="TUNING", memberId=member)
    await do(scene, "assignOwnership", ownership="INTERNAL", **subject)
    fields = "vendorDutyCount openDutyCount vendorSharePercent vendorDutyIds vendorSubjectIds"
    (now,) = await rows(scene, "vendorDependence", fields)
    assert now == {
        "vendorDutyCount": 1,
        "openDutyCount": 3,
        "vendorSharePercent": 33,
        "vendorDutyIds": [watching],
        "vendorSubjectIds": [],
    }
    (then,) = await rows(scene, "vendorDependence", fields, f"asOf: {{position: {before}}}")
    assert (then["vendorDutyCount"], then["vendorSharePercent"]) == (2, 66)
    assert then["vendorSubjectIds"] == [interface]
    fields = "subject ownership taughtMemberIds"
    assert await rows(scene, "ownership", fields) == [
        {"subject": "Interface to SAP", "ownership": "INTERNAL", "taughtMemberIds": [member]}
    ]
    (taught,) = await rows(scene, "dutyRoster", "taughtMemberIds", "where: {kind: [TUNING]}")
    assert taught == {"taughtMemberIds": [member]}


OF_OPERATION = {
    "service_levels",
    "outages",
    "maintenance_windows",
    "duty_roster",
    "upkeep",
    "releases",
    "release_calendar",
    "health_checks",
    "health_check_schedule",
    "ownership",
    "vendor_dependence",
    "resolution_clock",
    "release_clock",
}


async def test_rows_of_a_product_in_use_are_the_fold_of_the_log_also_when_rebuilt(scene: Scene) -> None:
    url = scene.api.database_url
    await do(scene, "defineServiceLevelObjective", availabilityBasisPoints=9950)
    await do(scene, "defineServiceLevelAgreement", severity="HIGH", responseMinutes=60, resolutionMinutes=90)
    await outage(scene, "05T10:00", "05T12:00")
    await maintenance(scene, "10T02:00", "10T06:00")
    duty, check = new(), new()
    await do(scene, "assignDuty", dutyId=duty, kind="TUNING", memberId=None)
    await do(scene, "assignOwnership", subjectId=new(), subject="Interface", ownership="VENDOR")
    await project(url)
    await do(scene, "transferKnowledge", subjectId=duty, memberId=str(scene.member.actor_id))
    await do(scene, "recordTuning", tuningId=new(), text="An index")
    await do(scene, "releaseVersion", version="2.0", feedbackIds=[await suggestion(scene)])
    await do(scene, "startHealthCheck", checkId=check)
    await do(scene, "recordFinding", checkId=check, findingId=new(), area="FIELD", text="Too many")
    await scene.api.made(
        "resolveFeedback", feedbackId=await incident(scene, "2024-04-08T08:00:00Z"), outcome="Disks"
    )
    await do(scene, "closeHealthCheck", checkId=check)
    await project(url)
    await assert_rebuilt_alike(scene, OF_OPERATION)
