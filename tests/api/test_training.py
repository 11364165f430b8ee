"""Training, drills, materials and mentors, from command to read model: rows 17, 18, 19, 22 and 38.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
import json
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from infra.tokens import Actor
from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import ask, assert_rebuilt_alike, do, refused, rows, today

pytestmark = pytest.mark.anyio

DUE = str(today() + timedelta(days=14))
PROGRAMME = {"title": "Two weeks in spring", "beginsOn": str(today() - timedelta(days=3))}
ENDS = {"endsOn": str(today() + timedelta(days=10))}


async def newcomer(scene: Scene, department: str | None = None) -> Actor:
    """Invite somebody, and put them on the team of the first project."""
    actor = await invited(scene)
    await do(scene, "nameMember", memberId=str(actor.actor_id), role="MEMBER", department=department)
    return actor


async def invited(scene: Scene) -> Actor:
    who = uuid4()
    await scene.api.made("inviteMember", memberId=str(who), name="N", email="n@x.org", role="MEMBER")
    return Actor(who, frozenset())


async def defined(scene: Scene, code: str, audience: str = "MEMBER", pass_mark: int = 60) -> None:
    what = {"title": code, "audience": audience, "level": "BASIC", "passMark": pass_mark}
    await do(scene, "defineCourse", code=code, **what)


async def assigned(scene: Scene, course: str, who: Actor, programme: str | None = None) -> int:
    asked = {"course": course, "memberId": str(who.actor_id), "dueOn": DUE}
    return await do(scene, "assignTraining", programme=programme, **asked)


async def rate(scene: Scene, code: str, known: str = "") -> dict[str, Any]:
    """Return a KPI's figure for the last days, in percent, and its observations' dimensions."""
    window = f'from: "{today() - timedelta(days=5)}", to: "{today() + timedelta(days=1)}"'
    fields = "figure { value metCount missedCount } observations { nodes { dimensions isMet } }"
    found: dict[str, Any] = await ask(scene, "kpi", f"code: {code}, {window} {known}", fields)
    return found


async def test_row_17_each_role_has_courses_with_guides_and_cases(scene: Scene) -> None:
    director = await invited(scene)
    board = {
        "title": "The board",
        "audience": "MEMBER",
        "level": "BASIC",
        "passMark": 60,
        "guides": ["The board, step by step"],
        "cases": ["Line 4", "The press"],
    }
    await do(scene, "defineCourse", code="board", **board)
    await defined(scene, "plan", "PROJECT_MANAGER")
    await defined(scene, "steer", "MANAGEMENT")
    fields = "code title audience level passMark guides cases"
    (of_members,) = await rows(scene, "courses", fields, "where: {audience: [MEMBER]}")
    assert of_members == {"code": "board", **board}
    assert [each["code"] for each in await rows(scene, "courses", "code")] == ["board", "plan", "steer"]
    nobody = {"title": "x", "audience": "AUDITOR", "level": "BASIC", "passMark": 1}
    assert await refused(scene, "defineCourse", code="x", **nobody) == {
        "code": "MALFORMED",
        "field": "audience",
    }
    await assigned(scene, "board", scene.member)
    await assigned(scene, "plan", scene.manager)
    await assigned(scene, "steer", director)
    fields = "course memberId role department cohort assignedOn dueOn isCompleted score"
    matrix = await rows(scene, "trainingMatrix", fields, "order: COURSE")
    assert matrix[0] == {
        "course": "board",
        "memberId": str(scene.member.actor_id),
        "role": "MEMBER",
        "department": "Paint",
        "cohort": None,
        "assignedOn": str(today()),
        "dueOn": DUE,
        "isCompleted": False,
        "score": None,
    }
    assert [(each["course"], each["role"], each["department"]) for each in matrix[1:]] == [
        ("plan", "PROJECT_MANAGER", "Paint"),
        ("steer", "MANAGEMENT", None),
    ]
    of_managers = await rows(scene, "trainingMatrix", "course", "where: {role: [PROJECT_MANAGER]}")
    assert of_managers == [{"course": "plan"}]


async def test_row_17_training_is_assigned_by_leads_to_people_there_are(scene: Scene) -> None:
    await defined(scene, "board")
    asked = {"course": "board", "memberId": str(scene.member.actor_id), "dueOn": DUE}
    denied = await scene.api.of(scene.member).do("assignTraining", projectId=scene.project, **asked)
    assert [error["code"] for error in denied["userErrors"]] == ["NOT_PERMITTED"]
    nobody = asked | {"memberId": str(uuid4())}
    assert await refused(scene, "assignTraining", **nobody) == {"code": "UNKNOWN_MEMBER", "field": "memberId"}
    stranger = asked | {"memberId": str(scene.other_manager.actor_id)}
    assert (await refused(scene, "assignTraining", **stranger))["code"] == "NOT_ON_THE_TEAM"
    unknown = asked | {"course": "weld"}
    assert await refused(scene, "assignTraining", **unknown) == {"code": "UNKNOWN_COURSE", "field": "course"}
    await do(scene, "assignTraining", **asked)
    await do(scene, "assignTraining", **asked | {"dueOn": str(today())})
    assert await rows(scene, "trainingMatrix", "dueOn") == [{"dueOn": str(today())}]


async def test_row_18_a_course_is_completed_from_its_pass_mark_on(scene: Scene) -> None:
    other = await newcomer(scene)
    await defined(scene, "board")
    for who in (scene.member, other):
        await assigned(scene, "board", who)
    await do(scene, "completeTraining", by=scene.member, course="board", score=59)
    fields = "memberId isCompleted completedOn score failedCount"
    mine = f'where: {{memberId: ["{scene.member.actor_id}"]}}'
    entry = {"memberId": str(scene.member.actor_id), "isCompleted": False, "completedOn": None}
    assert await rows(scene, "trainingMatrix", fields, mine) == [entry | {"score": 59, "failedCount": 1}]
    await do(scene, "completeTraining", by=scene.member, course="board", score=85)
    await do(scene, "recordTrainingResult", course="board", memberId=str(other.actor_id), score=100)
    day = str(today())
    done = await rows(scene, "trainingMatrix", fields, "where: {isCompleted: [true]}")
    by_score = sorted(done, key=lambda each: each["score"])
    assert by_score[0] == entry | {"isCompleted": True, "completedOn": day, "score": 85, "failedCount": 1}
    assert (by_score[1]["memberId"], by_score[1]["score"]) == (str(other.actor_id), 100)


async def half_trained(scene: Scene) -> int:
    """Assign four trainings, return the position then, and have two of them completed."""
    other = await newcomer(scene)
    await defined(scene, "board")
    await defined(scene, "plan", "PROJECT_MANAGER")
    await do(scene, "scheduleTrainingProgramme", code="spring", **PROGRAMME, **ENDS)
    for who in (scene.member, scene.manager, other):
        await assigned(scene, "board", who, "spring")
    before = await assigned(scene, "plan", scene.manager)
    for who in (scene.member, other):
        await do(scene, "completeTraining", by=who, course="board", score=85)
    return before


async def test_row_18_completion_is_known_by_role_department_cohort_and_course(scene: Scene) -> None:
    before = await half_trained(scene)
    fields = "percent isCompleted shares { dimension value assignedCount completedCount }"
    (completion,) = await rows(scene, "trainingCompletion", fields)
    assert (completion["percent"], completion["isCompleted"]) == (50, False)
    counts = {
        (each["dimension"], each["value"]): (each["completedCount"], each["assignedCount"])
        for each in completion["shares"]
    }
    assert counts == {
        ("ROLE", "member"): (2, 3),
        ("ROLE", "project_manager"): (0, 1),
        ("DEPARTMENT", "Paint"): (1, 3),
        ("COHORT", "spring"): (2, 3),
        ("COURSE", "board"): (2, 3),
        ("COURSE", "plan"): (0, 1),
    }
    (then,) = await rows(scene, "trainingCompletion", "percent", f"asOf: {{position: {before}}}")
    assert then == {"percent": 0}


async def test_row_18_completion_is_a_kpi_now_and_as_known_before(scene: Scene) -> None:
    before = await half_trained(scene)
    now = await rate(scene, "TRAINING_COMPLETION")
    assert now["figure"] == {"value": 50.0, "metCount": 2, "missedCount": 2}
    met = [json.loads(each["dimensions"]) for each in now["observations"]["nodes"] if each["isMet"]]
    in_paint = {"role": "member", "department": "Paint", "cohort": "spring"}
    assert sorted(met, key=len) == [{"role": "member", "cohort": "spring"}, in_paint]
    known = await rate(scene, "TRAINING_COMPLETION", f", knownAt: {{position: {before}}}")
    assert known["figure"] == {"value": 0.0, "metCount": 0, "missedCount": 4}


async def test_row_18_a_completion_is_of_what_was_assigned_and_changes_no_more(scene: Scene) -> None:
    await defined(scene, "board")
    await assigned(scene, "board", scene.member)
    not_mine = {"code": "NOT_ASSIGNED", "field": "course"}
    assert await refused(scene, "completeTraining", course="board", score=85) == not_mine
    over = await refused(scene, "completeTraining", course="board", score=101)
    assert over == {"code": "MALFORMED", "field": "score"}
    await do(scene, "completeTraining", by=scene.member, course="board", score=85)
    again = {"course": "board", "memberId": str(scene.member.actor_id), "score": 100}
    changed = await refused(scene, "recordTrainingResult", **again)
    assert changed == {"code": "ALREADY_COMPLETED", "field": "score"}


async def tree(scene: Scene) -> tuple[str, str, str]:
    """Pair the member with a newcomer, and the newcomer with another; return their ids from the top."""
    top, middle, bottom = scene.member, await newcomer(scene), await newcomer(scene)
    ids = (str(top.actor_id), str(middle.actor_id), str(bottom.actor_id))
    for mentor, mentee in pairwise(ids):
        await do(scene, "nominateSuperUser", memberId=mentor)
        await do(scene, "pairMentor", pairId=mentee, mentorId=mentor, menteeId=mentee)
    return ids


async def test_row_19_super_users_bring_others_along(scene: Scene) -> None:
    top, middle, bottom = await tree(scene)
    before = await do(scene, "nominateSuperUser", memberId=str(scene.manager.actor_id))
    await do(scene, "onboardMentee", by=scene.member, pairId=middle)
    await do(scene, "endMentorPair", pairId=middle)
    fields = "mentorId menteeId pairedOn isOnboarded onboardedOn isEnded"
    day = str(today())
    (onboarded,) = await rows(scene, "mentorPairs", fields, "where: {isOnboarded: [true]}")
    assert onboarded == {
        "mentorId": top,
        "menteeId": middle,
        "pairedOn": day,
        "isOnboarded": True,
        "onboardedOn": day,
        "isEnded": True,
    }
    (waiting,) = await rows(scene, "mentorPairs", fields, f'where: {{mentorId: ["{middle}"]}}')
    assert (waiting["menteeId"], waiting["isOnboarded"], waiting["onboardedOn"]) == (bottom, False, None)
    then = await rows(scene, "mentorPairs", "isOnboarded", f"asOf: {{position: {before}}}")
    assert then == [{"isOnboarded": False}] * 2


async def test_row_19_each_super_user_is_known_by_the_adoption_of_their_mentees(scene: Scene) -> None:
    top, middle, _ = await tree(scene)
    await do(scene, "onboardMentee", by=scene.member, pairId=middle)
    await do(scene, "endMentorPair", pairId=middle)
    fields = "memberId nominatedOn pairCount onboardedCount onboardedPercent goingOnCount"
    best, other = await rows(scene, "superUsers", fields, "order: ONBOARDED, descending: true")
    assert best == {
        "memberId": top,
        "nominatedOn": str(today()),
        "pairCount": 1,
        "onboardedCount": 1,
        "onboardedPercent": 100,
        "goingOnCount": 0,
    }
    assert (other["memberId"], other["onboardedPercent"], other["goingOnCount"]) == (middle, 0, 1)


async def test_row_19_mentors_are_super_users_and_make_a_tree(scene: Scene) -> None:
    top, middle, bottom = await tree(scene)
    wish = {"pairId": str(uuid4()), "mentorId": bottom, "menteeId": str(scene.manager.actor_id)}
    assert await refused(scene, "pairMentor", **wish) == {"code": "NOT_SUPER_USER", "field": "mentorId"}
    taken = wish | {"mentorId": top, "menteeId": bottom}
    assert await refused(scene, "pairMentor", **taken) == {"code": "ALREADY_PAIRED", "field": "menteeId"}
    await do(scene, "nominateSuperUser", memberId=bottom)
    circle = wish | {"menteeId": top}
    assert await refused(scene, "pairMentor", **circle) == {"code": "MENTOR_CYCLE", "field": "menteeId"}
    assert (await refused(scene, "onboardMentee", pairId=middle))["code"] == "NOT_THE_MENTOR"


async def test_row_22_drills_are_held_and_materials_used(scene: Scene) -> None:
    await defined(scene, "board")
    drill, video, questions = (str(uuid4()) for _ in range(3))
    held = {
        "drillId": drill,
        "scenario": "The line stands still on a Friday",
        "participantIds": [str(scene.member.actor_id)],
        "result": "PARTLY_PASSED",
        "heldOn": str(today()),
    }
    await do(scene, "recordDrill", **held)
    ahead = held | {"drillId": str(uuid4()), "heldOn": DUE}
    assert await refused(scene, "recordDrill", **ahead) == {"code": "STILL_AHEAD", "field": "heldOn"}
    mine = f'where: {{participantIds: "{scene.member.actor_id}"}}'
    assert await rows(scene, "drills", " ".join(held), mine) == [held]
    assert await rows(scene, "drills", "drillId", "where: {result: [FAILED]}") == []
    film = {
        "kind": "VIDEO",
        "title": "The board in two minutes",
        "address": "https://x.org/1",
        "course": "board",
    }
    manual = {"kind": "FAQ", "title": "Asked often", "address": "Shelf 4", "course": None}
    await do(scene, "publishMaterial", materialId=video, **film)
    await do(scene, "publishMaterial", materialId=questions, **manual)
    for who in (scene.member, scene.member, scene.manager):
        await do(scene, "recordMaterialUse", by=who, materialId=video)
    unknown = await refused(scene, "recordMaterialUse", materialId=drill)
    assert unknown == {"code": "UNKNOWN_MATERIAL", "field": "materialId"}
    fields = "materialId kind title address course publishedOn useCount userCount lastUsedOn"
    most, least = await rows(scene, "materials", fields, "order: USES, descending: true")
    day = str(today())
    use = {"publishedOn": day, "useCount": 2, "userCount": 2, "lastUsedOn": day}
    assert most == {"materialId": video, **film, **use}
    unused = {"publishedOn": day, "useCount": 0, "userCount": 0, "lastUsedOn": None}
    assert least == {"materialId": questions, **manual, **unused}


async def test_row_22_the_effect_of_materials_is_how_many_complete_with_them_and_without(
    scene: Scene,
) -> None:
    await defined(scene, "board")
    with_it = [await newcomer(scene) for _ in range(3)]
    without = [await newcomer(scene) for _ in range(2)]
    for who in (*with_it, *without):
        await assigned(scene, "board", who)
    material = str(uuid4())
    await do(scene, "publishMaterial", materialId=material, kind="GUIDE", title="Guide", address="Shelf 4")
    for who in with_it:
        await do(scene, "recordMaterialUse", by=who, materialId=material)
    for who in (*with_it[:2], without[0]):
        await do(scene, "completeTraining", by=who, course="board", score=90)
    before = await do(scene, "recordMaterialUse", by=without[0], materialId=material)
    helped = await rate(scene, "TRAINING_WITH_MATERIAL")
    assert helped["figure"] == {"value": pytest.approx(66.67, abs=0.01), "metCount": 2, "missedCount": 1}
    alone = await rate(scene, "TRAINING_WITHOUT_MATERIAL")
    assert alone["figure"] == {"value": 50.0, "metCount": 1, "missedCount": 1}
    await do(scene, "completeTraining", by=with_it[2], course="board", score=90)
    assert (await rate(scene, "TRAINING_WITH_MATERIAL"))["figure"]["value"] == 100.0
    then = await rate(scene, "TRAINING_WITH_MATERIAL", f", knownAt: {{position: {before}}}")
    assert then["figure"] == helped["figure"]
    arguments = "where: {isMaterialUser: [false], isCompleted: [false]}"
    fields = "memberId assignedCount completedCount materialUseCount"
    assert await rows(scene, "learners", fields, arguments) == [
        {
            "memberId": str(without[1].actor_id),
            "assignedCount": 1,
            "completedCount": 0,
            "materialUseCount": 0,
        }
    ]


async def test_row_38_two_weeks_of_training_with_attendance_of_each_day(scene: Scene) -> None:
    await defined(scene, "board")
    await do(scene, "scheduleTrainingProgramme", code="spring", **PROGRAMME, **ENDS)
    other = await newcomer(scene)
    for who in (scene.member, other):
        await assigned(scene, "board", who, "spring")
    ids = [str(scene.member.actor_id), str(other.actor_id)]
    first, second = (str(today() - timedelta(days=days)) for days in (3, 2))
    await do(scene, "recordAttendance", programme="spring", heldOn=second, presentIds=ids[:1])
    wrong = await do(scene, "recordAttendance", programme="spring", heldOn=first, presentIds=[])
    await do(scene, "recordAttendance", programme="spring", heldOn=first, presentIds=ids)
    fields = (
        "code title beginsOn endsOn lengthDays days { heldOn presentCount missingCount } attendancePercent"
    )
    assert await rows(scene, "trainingProgrammes", fields) == [
        {
            "code": "spring",
            **PROGRAMME,
            **ENDS,
            "lengthDays": 14,
            "days": [
                {"heldOn": first, "presentCount": 2, "missingCount": 0},
                {"heldOn": second, "presentCount": 1, "missingCount": 1},
            ],
            "attendancePercent": 75,
        }
    ]
    (then,) = await rows(scene, "trainingProgrammes", "attendancePercent", f"asOf: {{position: {wrong}}}")
    assert then == {"attendancePercent": 25}
    fields = "memberId presentOn missingOn missingDayCount"
    always, sometimes = await rows(scene, "programmeAttendance", fields, "order: MISSING")
    assert (always["memberId"], always["missingDayCount"]) == (ids[0], 0)
    assert sometimes == {
        "memberId": ids[1],
        "presentOn": [first],
        "missingOn": [second],
        "missingDayCount": 1,
    }


async def test_row_38_attendance_is_of_the_programmes_days_and_people(scene: Scene) -> None:
    await defined(scene, "board")
    await do(scene, "scheduleTrainingProgramme", code="spring", **PROGRAMME, **ENDS)
    await assigned(scene, "board", scene.member, "spring")
    sheet: dict[str, Any] = {"programme": "spring", "heldOn": str(today()), "presentIds": []}
    stranger = sheet | {"presentIds": [str(scene.manager.actor_id)]}
    outside = {"code": "NOT_IN_PROGRAMME", "field": "presentIds.0"}
    assert await refused(scene, "recordAttendance", **stranger) == outside
    early = sheet | {"heldOn": str(today() - timedelta(days=4))}
    assert (await refused(scene, "recordAttendance", **early))["code"] == "OUTSIDE_PROGRAMME"
    ahead = sheet | {"heldOn": ENDS["endsOn"]}
    assert (await refused(scene, "recordAttendance", **ahead))["code"] == "STILL_AHEAD"
    await do(scene, "recordAttendance", **sheet)
    moved = PROGRAMME | {"endsOn": str(today())}
    begun = await refused(scene, "scheduleTrainingProgramme", code="spring", **moved)
    assert begun == {"code": "PROGRAMME_ATTENDED", "field": "code"}


async def trained(scene: Scene) -> None:
    """Train and mentor the first project's people, and project it in two batches."""
    await defined(scene, "board")
    await do(scene, "scheduleTrainingProgramme", code="spring", **PROGRAMME, **ENDS)
    await assigned(scene, "board", scene.member, "spring")
    await assigned(scene, "board", scene.manager)
    member = str(scene.member.actor_id)
    day = str(today())
    await do(scene, "recordAttendance", programme="spring", heldOn=day, presentIds=[])
    held = {"scenario": "Standstill", "participantIds": [member], "result": "PASSED", "heldOn": day}
    await do(scene, "recordDrill", drillId=str(uuid4()), **held)
    material, pair = str(uuid4()), str(uuid4())
    await do(scene, "publishMaterial", materialId=material, kind="CASE", title="Line 4", address="Shelf 4")
    await do(scene, "recordMaterialUse", by=scene.member, materialId=material)
    await do(scene, "nominateSuperUser", memberId=str(scene.manager.actor_id))
    await do(scene, "pairMentor", pairId=pair, mentorId=str(scene.manager.actor_id), menteeId=member)
    await project(scene.api.database_url)
    await do(scene, "recordAttendance", programme="spring", heldOn=day, presentIds=[member])
    await do(scene, "completeTraining", by=scene.member, course="board", score=80)
    await do(scene, "completeTraining", course="board", score=10)
    await do(scene, "onboardMentee", pairId=pair)
    await do(scene, "endMentorPair", pairId=pair)
    await project(scene.api.database_url)


OF_TRAINING = {
    "courses",
    "training_matrix",
    "training_completion",
    "training_programmes",
    "programme_attendance",
    "drills",
    "materials",
    "learners",
    "mentor_pairs",
    "super_users",
}


async def test_rows_of_training_are_the_fold_of_the_log_also_when_rebuilt(scene: Scene) -> None:
    await trained(scene)
    await assert_rebuilt_alike(scene, OF_TRAINING)


async def test_a_mentee_has_one_mentor_however_many_are_paired_at_the_same_time(scene: Scene) -> None:
    mentee = await newcomer(scene)
    mentors = [str(scene.manager.actor_id), str(scene.member.actor_id)]
    for mentor in mentors:
        await do(scene, "nominateSuperUser", memberId=mentor)
    wishes = [{"pairId": str(uuid4()), "mentorId": mentors[number % 2]} for number in range(8)]
    as_manager = scene.api.of(scene.manager)
    payloads = await asyncio.gather(
        *(
            as_manager.do("pairMentor", projectId=scene.project, menteeId=str(mentee.actor_id), **wish)
            for wish in wishes
        )
    )
    codes = [error["code"] for payload in payloads for error in payload["userErrors"]]
    assert codes == ["ALREADY_PAIRED"] * 7
    assert scene.api.events().count("project.mentor_paired.v1") == 1
