"""Feedback and satisfaction, from command to read model and figure: rows 28, 29 and 41 of DOMAIN.md.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from infra.tokens import Actor
from tests.api.conftest import Scene
from tests.api.projecting import project
from tests.api.rows import ask, assert_rebuilt_alike, do, refused, rows

pytestmark = pytest.mark.anyio

LOOP = "loopStage isLoopOpen release toldOn loopMinutes"
NEW = {"release": None, "toldOn": None, "loopMinutes": None, "isLoopOpen": True}
OPEN_ENDS = "where: {isLoopOpen: [true]}"


async def handled(scene: Scene, command: str, feedback: str, **given: Any) -> int:
    """Issue a command about feedback, by the manager, and return its position."""
    return await scene.api.of(scene.manager).done(command, feedbackId=feedback, **given)


async def figure(scene: Scene, code: str, month: str, fields: str = "value observationCount") -> Any:
    """Return a KPI's figure of a month of the first project."""
    window = f'code: {code}, from: "{month}-01", to: "{month}-28"'
    return (await ask(scene, "kpi", window, f"figure {{ {fields} }}"))["figure"]


async def test_row_28_feedback_from_a_screen_goes_all_the_way_back_to_its_giver(scene: Scene) -> None:
    member = scene.api.of(scene.member)
    said_so = {"screen": "board", "text": "The button is too small", "score": 2}
    feedback = await member.made("submitFeedback", projectId=scene.project, **said_so)
    (item,) = await rows(scene, "feedbackInbox", f"id kind screen text score givenBy status {LOOP}")
    assert item == {
        "id": feedback,
        "kind": "RATING",
        "givenBy": str(scene.member.actor_id),
        "status": "NEW",
        "loopStage": "TRIAGE",
        **said_so,
        **NEW,
    }
    early = await scene.api.of(scene.manager).refused("tellGiver", feedbackId=feedback)
    assert early == {"code": "NOTHING_TO_TELL", "field": None}
    triaged = await handled(scene, "triageFeedback", feedback, priority="HIGH")
    await handled(scene, "linkFeedbackToTask", feedback, taskId=scene.task)
    of_task = f'where: {{taskIds: "{scene.task}", loopStage: [RELEASE]}}'
    assert [each["id"] for each in await rows(scene, "feedbackInbox", "id", of_task)] == [feedback]
    await handled(scene, "linkFeedbackToRelease", feedback, version="2.4")
    (told_next,) = await rows(scene, "feedbackInbox", LOOP, 'where: {release: ["2.4"]}')
    assert told_next == {**NEW, "loopStage": "TELLING", "release": "2.4"}
    await handled(scene, "resolveFeedback", feedback, outcome="It is twice as large")
    await handled(scene, "tellGiver", feedback)
    (closed,) = await rows(scene, "feedbackInbox", f"status outcome {LOOP}")
    assert (closed["status"], closed["outcome"]) == ("RESOLVED", "It is twice as large")
    assert (closed["loopStage"], closed["isLoopOpen"], closed["loopMinutes"]) == ("CLOSED", False, 0)
    assert await rows(scene, "feedbackInbox", "id", OPEN_ENDS) == []
    (then,) = await rows(scene, "feedbackInbox", LOOP, f"{OPEN_ENDS}, asOf: {{position: {triaged}}}")
    assert then == {**NEW, "loopStage": "TASK"}


async def test_row_28_the_loop_has_a_median_length_and_its_open_ends_are_listed(scene: Scene) -> None:
    manager, of = scene.api.of(scene.manager), {"projectId": scene.project}
    at = {"occurredAt": "2026-01-05T08:00:00Z"}
    giving: list[tuple[str, dict[str, Any]]] = [
        ("submitFeedback", {"screen": "board", "text": "Slow", "score": 1}),
        ("giveSuggestion", {"text": "A larger button"}),
        ("fileComplaint", {"text": "Late again", "severity": "HIGH", "category": "SCHEDULE"}),
        ("reportIncident", {"text": "The board stays empty", "severity": "LOW"}),
    ]
    given = [await manager.made(command, **of, **what, **at) for command, what in giving]
    for feedback, told_on in zip(given, ("06", "07", "15"), strict=False):
        done = {"occurredAt": f"2026-01-{told_on}T08:00:00Z"}
        await handled(scene, "resolveFeedback", feedback, outcome="Done", **done)
        await handled(scene, "tellGiver", feedback, **done)
    assert await figure(scene, "FEEDBACK_LOOP_TIME", "2026-01", "observationCount p50 p95 value") == {
        "observationCount": 3,
        "p50": 2 * 24 * 60,
        "p95": 10 * 24 * 60,
        "value": 13 * 24 * 60 / 3,
    }
    (waiting,) = await rows(scene, "feedbackInbox", "id kind loopStage", OPEN_ENDS)
    assert waiting == {"id": given[3], "kind": "INCIDENT", "loopStage": "TRIAGE"}
    complaints = "where: {kind: [COMPLAINT], category: [SCHEDULE], severity: [HIGH]}"
    (complaint,) = await rows(scene, "feedbackInbox", "id category severity toldOn", complaints)
    assert complaint == {
        "id": given[2],
        "category": "SCHEDULE",
        "severity": "HIGH",
        "toldOn": "2026-01-15",
    }


async def test_row_28_whoever_gave_feedback_and_those_who_answer_talk_about_it(scene: Scene) -> None:
    """Each wait for an answer is one of two figures: the first, or one of those after it."""
    giver, manager, at = scene.api, scene.api.of(scene.manager), "2026-01-05T{}:00:00Z"
    idea = {"projectId": scene.project, "text": "A larger button", "occurredAt": at.format("08")}
    feedback = await giver.made("giveSuggestion", **idea)
    talk = [(manager, "Which?", "09"), (giver, "The red one", "10"), (giver, "Or all", "11")]
    for by, text, hour in (*talk, (manager, "All of them", "14"), (manager, "Soon", "15")):
        await by.done("replyToFeedback", feedbackId=feedback, text=text, occurredAt=at.format(hour))
    of_it = f'where: {{feedbackId: "{feedback}"}}, order: REPLIED'
    said = await rows(scene, "feedbackReplies", "text repliedBy isFirstResponse responseMinutes", of_it)
    assert [(each["text"], each["isFirstResponse"], each["responseMinutes"]) for each in said] == [
        ("Which?", True, 60),
        ("The red one", False, None),
        ("Or all", False, None),
        ("All of them", False, 240),
        ("Soon", False, None),
    ]
    assert await figure(scene, "FIRST_RESPONSE_TIME", "2026-01") == {"value": 60, "observationCount": 1}
    assert await figure(scene, "NEXT_RESPONSE_TIME", "2026-01") == {"value": 240, "observationCount": 1}
    working = await figure(scene, "NEXT_RESPONSE_TIME_WORKING", "2026-01")
    assert working == {"value": 240, "observationCount": 1}
    stranger = await scene.api.of(scene.other_manager).do("replyToFeedback", feedbackId=feedback, text="Hi")
    assert [each["code"] for each in stranger["userErrors"]] == ["NOT_PERMITTED"]


async def test_row_28_a_score_lies_between_1_and_5(scene: Scene) -> None:
    why = await refused(scene, "submitFeedback", screen="board", text="Fine", score=6)
    assert why == {"code": "MALFORMED", "field": "score"}


async def opened(scene: Scene, month: str, kind: str, scale: tuple[int, int], *people: Actor) -> str:
    """Open a month's survey, ask people, and return its id."""
    survey = str(uuid4())
    low, high = scale
    question = {"question": "How satisfied are you?", "scaleMin": low, "scaleMax": high}
    await do(scene, "openSurvey", surveyId=survey, month=f"{month}-01", kind=kind, **question)
    asked = [str(person.actor_id) for person in people]
    await do(scene, "inviteToSurvey", surveyId=survey, memberIds=asked)
    return survey


async def test_row_29_each_month_has_its_survey_answered_once_by_those_asked(scene: Scene) -> None:
    survey = await opened(scene, "2026-02", "SATISFACTION", (1, 5), scene.member, scene.manager)
    late = await refused(scene, "submitSurveyResponse", surveyId=str(uuid4()), answer=4)
    assert late == {"code": "UNKNOWN_SURVEY", "field": "surveyId"}
    off = await refused(scene, "submitSurveyResponse", surveyId=survey, answer=6)
    assert off == {"code": "ANSWER_OFF_SCALE", "field": "answer"}
    answer = {"surveyId": survey, "answer": 4, "comment": "Quicker than mail"}
    answered = await do(scene, "submitSurveyResponse", by=scene.member, **answer)
    member = scene.api.of(scene.member)
    again = await member.refused("submitSurveyResponse", projectId=scene.project, surveyId=survey, answer=5)
    assert again == {"code": "ALREADY_ANSWERED", "field": None}
    fields = (
        "month kind scaleMin scaleMax isClosed invitedCount responseCount responseRateHundredths"
        " csatScoreHundredths csatTopTwoHundredths npsHundredths"
    )
    assert await rows(scene, "surveys", fields) == [
        {
            "month": "2026-02-01",
            "kind": "SATISFACTION",
            "scaleMin": 1,
            "scaleMax": 5,
            "isClosed": False,
            "invitedCount": 2,
            "responseCount": 1,
            "responseRateHundredths": 5_000,
            "csatScoreHundredths": 7_500,
            "csatTopTwoHundredths": 10_000,
            "npsHundredths": None,
        }
    ]
    (before,) = await rows(scene, "surveys", "responseCount", f"asOf: {{position: {answered - 1}}}")
    assert before == {"responseCount": 0}
    raw = await rows(scene, "surveyResponses", "memberId answer comment", "where: {isAnswered: [true]}")
    assert raw == [{"memberId": str(scene.member.actor_id), "answer": 4, "comment": "Quicker than mail"}]
    silent = await rows(scene, "surveyResponses", "memberId answer", "where: {isAnswered: [false]}")
    assert silent == [{"memberId": str(scene.manager.actor_id), "answer": None}]
    await do(scene, "closeSurvey", surveyId=survey)
    over = await refused(scene, "submitSurveyResponse", surveyId=survey, answer=4)
    assert over == {"code": "SURVEY_IS_CLOSED", "field": None}
    assert await figure(scene, "CSAT_SCORE", "2026-02") == {"value": 75.0, "observationCount": 1}
    assert await figure(scene, "CSAT_TOP_2_BOX", "2026-02") == {"value": 100.0, "observationCount": 1}
    assert await figure(scene, "SURVEY_RESPONSE_RATE", "2026-02") == {"value": 50.0, "observationCount": 2}
    assert await figure(scene, "CSAT_SCORE", "2026-03") == {"value": None, "observationCount": 0}


async def test_row_29_recommendation_is_asked_for_beside_satisfaction(scene: Scene) -> None:
    people = await joined(scene, 4)
    survey = await opened(scene, "2026-02", "RECOMMENDATION", (0, 10), *people)
    uninvited = await refused(scene, "submitSurveyResponse", surveyId=survey, answer=9)
    assert uninvited == {"code": "NOT_INVITED", "field": None}
    await answer_all(scene, survey, people, (10, 9, 7, 6))
    (row,) = await rows(scene, "surveys", "npsHundredths csatScoreHundredths")
    assert row == {"npsHundredths": 2_500, "csatScoreHundredths": None}
    nps = await figure(scene, "NPS", "2026-02", "value observationCount valueSum")
    assert nps == {"value": 25.0, "observationCount": 4, "valueSum": 100}
    another = {"month": "2026-02-01", "kind": "RECOMMENDATION", "question": "And now?"}
    scale = {"scaleMin": 0, "scaleMax": 10}
    twice = await refused(scene, "openSurvey", surveyId=str(uuid4()), **another, **scale)
    assert twice == {"code": "MONTH_HAS_SURVEY", "field": "month"}
    await opened(scene, "2026-02", "SATISFACTION", (1, 5), *people)
    by_kind = await rows(scene, "surveys", "kind", 'where: {month: ["2026-02-01"]}')
    assert sorted(each["kind"] for each in by_kind) == ["RECOMMENDATION", "SATISFACTION"]


async def missing(scene: Scene, as_of: str, known: str = "") -> list[tuple[str, bool]]:
    """Return the months missing by a moment, and whether each has an open survey."""
    found = await ask(scene, "missingSurveyMonths", f"asOf: {as_of}{known}", "month hasOpenSurvey")
    return [(each["month"], each["hasOpenSurvey"]) for each in found]


def on(day: str) -> str:
    return f'{{time: "{day}T12:00:00Z"}}'


async def test_row_29_a_month_without_a_closed_survey_is_flagged_once_it_is_over(scene: Scene) -> None:
    surveys = {}
    for month in ("2026-01", "2026-02", "2026-04"):
        surveys[month] = str(uuid4())
        what = {"kind": "SATISFACTION", "question": "How satisfied?", "scaleMin": 1, "scaleMax": 5}
        begun = {"month": f"{month}-01", "occurredAt": f"{month}-02T08:00:00Z"}
        await do(scene, "openSurvey", surveyId=surveys[month], **what, **begun)
    assert await missing(scene, on("2026-01-01")) == []
    assert await missing(scene, on("2026-01-31")) == []
    await do(scene, "closeSurvey", surveyId=surveys["2026-01"], occurredAt="2026-01-30T08:00:00Z")
    closed = await do(scene, "closeSurvey", surveyId=surveys["2026-02"], occurredAt="2026-03-05T08:00:00Z")
    assert await missing(scene, on("2026-02-28")) == []
    assert await missing(scene, on("2026-03-01")) == [("2026-02-01", True)]
    assert await missing(scene, on("2026-03-05")) == []
    assert await missing(scene, on("2026-04-30")) == [("2026-03-01", False)]
    both = [("2026-03-01", False), ("2026-04-01", True)]
    assert await missing(scene, on("2026-05-01")) == both
    before = f", knownAt: {{position: {closed - 1}}}"
    assert await missing(scene, on("2026-05-01"), before) == [("2026-02-01", True), *both]


async def test_row_29_missing_months_are_seen_by_the_projects_people_only(scene: Scene) -> None:
    await project(scene.api.database_url)
    query = f'{{ missingSurveyMonths(project: "{scene.project}", asOf: {on("2026-05-01")}) {{ month }} }}'
    reply = await scene.api.of(scene.other_manager).ask(query)
    assert reply["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    without = await scene.api.ask(f'{{ missingSurveyMonths(project: "{scene.project}") {{ month }} }}')
    assert "asOf" in without["errors"][0]["message"]


async def joined(scene: Scene, count: int) -> list[Actor]:
    """Put new people on the first project's team and return them."""
    people = [Actor(uuid4(), frozenset()) for _ in range(count)]
    for number, person in enumerate(people):
        who = {"name": f"C{number}", "email": f"c{number}@x.org", "role": "MEMBER"}
        await scene.api.made("inviteMember", memberId=str(person.actor_id), **who)
        named = {"memberId": str(person.actor_id), "role": "MEMBER", "department": None}
        await do(scene, "nameMember", **named)
    return people


async def answer_all(scene: Scene, survey: str, people: list[Actor], answers: tuple[int, ...]) -> None:
    for person, answer in zip(people, answers, strict=True):
        await do(scene, "submitSurveyResponse", by=person, surveyId=survey, answer=answer)


async def test_row_41_customer_satisfaction_goes_from_67_to_89(scene: Scene) -> None:
    customers = await joined(scene, 10)
    waves = {}
    for month, answers in (("2026-01", (7,) * 7 + (6,) * 3), ("2026-04", (9,) * 9 + (8,))):
        waves[month] = await opened(scene, month, "SATISFACTION", (0, 10), *customers)
        await answer_all(scene, waves[month], customers, answers)
        last = await do(scene, "closeSurvey", surveyId=waves[month])
    await project(scene.api.database_url)
    window = f'code: CSAT_SCORE, project: "{scene.project}", from: "2026-01-01", to: "2026-04-30"'
    by_month = "unit measure figures(every: MONTH) { begin value observationCount }"
    reply = await scene.api.of(scene.member).ask(
        f"{{ now: kpi({window}) {{ {by_month} observations(first: 1) {{ totalCount nodes {{ day value"
        f" events {{ nodes {{ type actorId }} }} }} }} }}"
        f" then: kpi({window}, knownAt: {{position: {last - 2}}}) {{ figures(every: MONTH) {{ value }} }} }}"
    )
    now = reply["data"]["now"]
    assert (now["unit"], now["measure"]) == ("percent", "MEAN_OF_HUNDREDTHS")
    assert now["figures"] == [
        {"begin": "2026-01-01", "value": 67.0, "observationCount": 10},
        {"begin": "2026-04-01", "value": 89.0, "observationCount": 10},
    ]
    assert now["observations"]["totalCount"] == 20
    (first,) = now["observations"]["nodes"]
    assert (first["day"], first["value"] in {6_000, 7_000}) == ("2026-01-31", True)
    (cause,) = first["events"]["nodes"]
    assert cause["type"] == "project.survey_response_submitted.v1"
    assert UUID(cause["actorId"]) in {each.actor_id for each in customers}
    assert [each["value"] for each in reply["data"]["then"]["figures"]] == [67.0, 90.0]


async def test_row_41_the_rise_is_22_points_or_32_8_percent_of_the_first_wave(scene: Scene) -> None:
    customers = await joined(scene, 2)
    survey = await opened(scene, "2026-04", "SATISFACTION", (0, 100), *customers)
    await answer_all(scene, survey, customers, (88, 90))
    kpi = {"code": "csat_score", "unit": "percent", "direction": "HIGHER"}
    await do(scene, "defineKpi", **kpi, formulaVersion=1, definition="As agreed")
    baseline = {"beginsOn": "2026-01-01", "endsOn": "2026-01-31", "valueHundredths": 6_700}
    await do(scene, "fixKpiBaseline", code="csat_score", **baseline)
    target = {"improvement": "POINTS", "change": 22, "byOn": "2026-04-30"}
    await do(scene, "setKpiTarget", code="csat_score", **target)
    await project(scene.api.database_url)
    progress = "actual pointsChange relativeChangePercent isMet"
    reply = await scene.api.of(scene.member).ask(
        f'{{ kpiTargetProgress(project: "{scene.project}", asOf: {on("2026-05-01")}) {{ {progress} }} }}'
    )
    (csat,) = reply["data"]["kpiTargetProgress"]
    assert (csat["actual"], csat["pointsChange"], csat["isMet"]) == (89.0, 22.0, True)
    assert csat["relativeChangePercent"] == pytest.approx(32.8, abs=0.05)


async def test_however_often_somebody_answers_at_once_one_answer_counts(scene: Scene) -> None:
    survey = await opened(scene, "2026-02", "SATISFACTION", (1, 5), scene.member)
    member = scene.api.of(scene.member)
    sent = {"projectId": scene.project, "surveyId": survey}
    answers = [member.do("submitSurveyResponse", **sent, answer=number) for number in range(1, 6)]
    payloads = await asyncio.gather(*answers)
    codes = [error["code"] for payload in payloads for error in payload["userErrors"]]
    assert codes == ["ALREADY_ANSWERED"] * 4
    assert scene.api.events().count("project.survey_response_submitted.v1") == 1


async def test_rows_of_surveys_and_loops_are_the_fold_of_the_log_also_when_rebuilt(scene: Scene) -> None:
    survey = await opened(scene, "2026-02", "SATISFACTION", (1, 5), scene.member, scene.manager)
    given = {"projectId": scene.project, "screen": "board", "text": "Slow", "score": 1}
    feedback = await scene.api.of(scene.member).made("submitFeedback", **given)
    await project(scene.api.database_url)
    await do(scene, "submitSurveyResponse", by=scene.member, surveyId=survey, answer=4)
    await do(scene, "closeSurvey", surveyId=survey)
    await handled(scene, "linkFeedbackToRelease", feedback, version="2.4")
    await handled(scene, "tellGiver", feedback)
    await project(scene.api.database_url)
    await assert_rebuilt_alike(scene, {"feedback_inbox", "surveys", "survey_responses"})
