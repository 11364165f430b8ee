"""What holds for every aggregate, whatever its commands are.

Longer than other files: each rule of its subject has its test here.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta
from functools import cache
from typing import Annotated, Any, NewType, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from domain import roles
from domain.access import AccessRecorded
from domain.aggregates import AGGREGATES
from domain.approval.requesting import ApprovalRequested
from domain.decider import Context, Decider, fold
from domain.denial import CommandDenied
from domain.errors import Refusal
from domain.feedback import ReplyToFeedback
from domain.operation import ParkedSkipped, RetryParked
from domain.project import DECIDER as PROJECT_DECIDER
from domain.project.approval_paths import ApprovalPathDefined, ApprovalStep
from domain.project.approval_rules import ApprovalRuleDefined
from domain.project.forecasts import ForecastFigures, ForecastOutcome
from domain.project.integrations import MappedField
from domain.project.placements import Move
from domain.project.saved_views import ViewFilter
from domain.project.workflow import StateCategory, WorkflowState, WorkflowTransition
from domain.roles import Role
from domain.task import RemindTask, SpendTime
from domain.task.state import EarningMilestone
from tests.examples import (
    ANNA,
    BEN,
    CUT,
    IMPORTED,
    INCIDENT,
    INVITED,
    MONDAY,
    MORNINGS,
    NINE,
    NOON,
    PROJECT_ID,
    PROJECT_OPENED,
    ROW_REFUSAL,
    SHA256,
    TASK_OPENED,
    WELD,
    project_after,
)
from tests.spec import OF_EVENT, state_after

PATH = ApprovalPathDefined(
    "purchase",
    "Purchases",
    (
        ApprovalStep("Assembly", 7, approver_role=Role.MEMBER, substitute_id=ANNA),
        ApprovalStep("Purchasing", 120, approver_id=ANNA, amount_from_cents=2),
    ),
)
APPROVAL = ApprovalRequested(PROJECT_ID, "x", 1, "purchase", 1, PATH.steps[:1], None, None, BEN, NINE, NINE)
PROOF_KEY = (
    "fairlead/00000000-0000-0000-0000-000000000007+8a475d0f+AYMgpRl32MOMqKSSfGcN9YIeRJdhlF4V6e+yahUJ0jDq"
)
WITH_A_PATH = project_after(PATH, ApprovalRuleDefined("small", "purchase", 1))
MOVES = (
    Move(CUT, NINE, NOON, NOON, NOON + timedelta(hours=3)),
    Move(WELD, NOON, NOON + timedelta(hours=1), NOON, NOON + timedelta(hours=9)),
)
COUNTED_EACH_TIME = (SpendTime, RetryParked, RemindTask, ReplyToFeedback)
BY_NAME = {decider.name: decider for decider in AGGREGATES}
COMMANDS = [(decider, command) for decider in AGGREGATES for command in decider.commands]

FIGURES = ForecastFigures(7, MONDAY, 2, 20, 10, 1, 2, 3, None, MONDAY, MONDAY, None)
STATES = (
    WorkflowState("Assembly", StateCategory.OPEN),
    WorkflowState("Purchasing", StateCategory.COMPLETED),
)
TRANSITIONS = (
    WorkflowTransition("Assembly", "Purchasing"),
    WorkflowTransition("Purchasing", "Assembly", (Role.MEMBER,)),
)
BY_FIELD = {
    "time_zone": st.sampled_from(["UTC", "Europe/Vienna"]),
    "email": st.sampled_from(["anna@example.org", "ben@example.org"]),
    "sha256": st.just(SHA256),
    "calendar": st.just(MORNINGS),
    "refusals": st.just((ROW_REFUSAL,)),
    "due_at": st.sampled_from([INCIDENT.acknowledge_due_at, NINE + timedelta(minutes=7)]),
    "refused": st.integers(1, 3),
    "code": st.sampled_from(["lead_time", "csat_score"]),
    "currency": st.sampled_from(["EUR", "CNY"]),
    "party_ids": st.sampled_from([(ANNA,), (ANNA, BEN)]),
    "modules": st.sampled_from([(), ("Board", "Gantt")]),
    "units": st.just(("Workshop 1",)),
    "month": st.just(MONDAY.replace(day=1)),
    "scale_min": st.just(0),
    "scale_max": st.just(10),
    "member_ids": st.sampled_from([(ANNA,), (ANNA, BEN)]),
    "guides": st.sampled_from([(), ("The plan, step by step",)]),
    "cases": st.just(("Line 4",)),
    "course": st.sampled_from(["lead_time", "csat_score"]),
    "programme": st.sampled_from(["lead_time", "csat_score"]),
    "person_ids": st.sampled_from([(), (BEN,)]),
    "present_ids": st.sampled_from([(), (BEN,)]),
    "participant_ids": st.sampled_from([(ANNA,), (ANNA, BEN)]),
    "choices": st.sampled_from([(), ("Assembly", "Purchasing")]),
    "states": st.just(STATES),
    "transitions": st.sampled_from([TRANSITIONS, TRANSITIONS[:1]]),
    "action": st.sampled_from(["completeTask", "reviseRule"]),
    "roles": st.sampled_from([(), (Role.PROJECT_MANAGER,), (Role.MEMBER, Role.PROJECT_MANAGER)]),
    "read_model": st.sampled_from(["task_board", "pilots"]),
    "filters": st.sampled_from([(), (ViewFilter("status", ("OPEN",)),)]),
    "mapping": st.sampled_from([(), (MappedField("KOSTL", "cost_centre"),)]),
    "read_count": st.just(9),
    "path_code": st.just("purchase"),
    "rule_code": st.sampled_from(["small", "large"]),
    "steps": st.sampled_from([PATH.steps, PATH.steps[:1]]),
    "findings": st.sampled_from([(), ("An old key",)]),
    "feedback_ids": st.sampled_from([(), (ANNA,)]),
    "calendar_name": st.sampled_from([None, "standard"]),
    "figures": st.sampled_from([None, FIGURES]),
    "outcomes": st.sampled_from([(), (ForecastOutcome(ANNA, 2, MONDAY),)]),
    "skills": st.sampled_from([(), ("Assembly",), ("Assembly", "Purchasing")]),
    "moves": st.sampled_from([MOVES, MOVES[:1]]),
    "milestones": st.sampled_from([(), (EarningMilestone("Cut", 60), EarningMilestone("Welded", 40))]),
    "verifier_key": st.sampled_from([PROOF_KEY]),
}
BY_TYPE: dict[object, st.SearchStrategy[Any]] = {
    str: st.sampled_from(["Assembly", "Purchasing"]),
    int: st.integers(1, 3),
    UUID: st.sampled_from([ANNA, BEN]),
    date: st.sampled_from([MONDAY, MONDAY + timedelta(days=1)]),
    datetime: st.sampled_from([NINE, NINE + timedelta(hours=5)]),
    bool: st.booleans(),
    type(None): st.none(),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Return a few values of a command field's type, so that commands meet often."""
    if isinstance(hint, NewType):
        return values(hint.__supertype__)
    if get_args(hint):
        return st.one_of([values(part) for part in get_args(hint)])
    return BY_TYPE[hint] if hint in BY_TYPE else st.sampled_from(hint)


@cache
def wishes(command: type) -> Mapping[str, st.SearchStrategy[Any]]:
    """Return what each field of a command is drawn from; kept, for making it anew each time takes longest."""
    hints = get_type_hints(command)
    return {
        each.name: BY_FIELD[each.name] if each.name in BY_FIELD else values(hints[each.name])
        for each in fields(command)
    }


@st.composite
def commands(draw: st.DrawFn, command: type) -> Any:
    drawn = {name: draw(strategy) for name, strategy in wishes(command).items()}
    try:
        return command(**drawn)
    except Refusal:
        reject()


@cache
def openings(name: str) -> st.SearchStrategy[tuple[type, list[type]]]:
    """Return how a story of an aggregate goes: a command that opens it, and some others."""
    decider = BY_NAME[name]
    others = st.sampled_from(sorted(decider.commands, key=str))
    return st.tuples(st.sampled_from(sorted(decider.opens, key=str)), st.lists(others, max_size=8))


def around(decider: Decider[Any, Any, Any], state: Any, at: datetime) -> Context:
    return Context(at, ANNA, state if decider is PROJECT_DECIDER else WITH_A_PATH)


def after(decider: Decider[Any, Any, Any], command: object, state: Any, at: datetime) -> Any:
    try:
        return fold(decider, decider.decide(command, state, around(decider, state, at)), state)
    except Refusal:
        return state


def assert_adds_nothing(decider: Decider[Any, Any, Any], command: object, state: Any, at: datetime) -> None:
    """Fail unless a command that was just issued is refused now, or nothing happens."""
    try:
        again = decider.decide(command, state, around(decider, state, at))
    except Refusal:
        return
    assert list(again) == [], command


@pytest.mark.parametrize("decider", AGGREGATES, ids=lambda decider: decider.name)
def test_a_command_repeated_at_once_adds_nothing(decider: Decider[Any, Any, Any]) -> None:
    """Each command of a story is repeated; there are so many stories that each is met some forty times."""

    @settings(max_examples=8 * max(8, len(decider.commands)))
    @given(data=st.data())
    def test(data: st.DataObject) -> None:
        opening, others = data.draw(openings(decider.name))
        state: Any = None
        at = NINE
        for command in (opening, *others):
            at += timedelta(minutes=data.draw(st.sampled_from([0, 7, 120])))
            wish = data.draw(commands(command))
            state = after(decider, wish, state, at)
            if command not in COUNTED_EACH_TIME:
                assert_adds_nothing(decider, wish, state, at)

    test()


@pytest.mark.parametrize("decider", AGGREGATES, ids=lambda decider: decider.name)
def test_stored_names_begin_with_the_aggregate_and_end_with_a_version(
    decider: Decider[Any, Any, Any],
) -> None:
    for name in decider.events:
        kind, what, version = name.split(".")
        assert (kind, version[0]) == (decider.name, "v")
        assert int(version[1:]) >= 1
        assert what.replace("_", "").isalpha()


def test_each_event_and_command_belongs_to_one_aggregate() -> None:
    events = [event for decider in AGGREGATES for event in decider.events.values()]
    names = [event.__name__ for event in events] + [command.__name__ for _, command in COMMANDS]
    assert len(set(names)) == len(names)


def test_whoever_is_on_a_team_works_and_only_some_do_what_binds_others() -> None:
    allowed: dict[frozenset[Role], set[str]] = {}
    for decider, command in COMMANDS:
        allowed.setdefault(decider.commands[command], set()).add(command.__name__)
    assert allowed.pop(roles.TEAM) >= {"OpenTask", "CompleteTask", "LinkTasks", "AcknowledgeIncident"}
    assert allowed.pop(roles.TEAM | roles.SYSTEM) == {"LinkFeedbackToRelease"}
    assert allowed == {
        roles.LEADS: {
            "RenameProject",
            "CloseProject",
            "NameDepartment",
            "NameMember",
            "RemoveMember",
            "SetWorkingCalendar",
            "RegisterStakeholder",
            "RecordNeed",
            "RecordPainPoint",
            "LinkPainPoint",
            "DefineKpi",
            "ReviseKpiFormula",
            "FixKpiBaseline",
            "SetKpiTarget",
            "DefineSuccessCriterion",
            "AssessCriterion",
            "ProposeValueStatement",
            "RecordCost",
            "RecordBenefit",
            "CorrectEntry",
            "SetTaskBaseline",
            "TriageFeedback",
            "DraftChangePlan",
            "ApproveChangePlan",
            "PlanPhase",
            "StartPhase",
            "ClosePhase",
            "MarkScenarioCovered",
            "SetHighFrequency",
            "HoldRetrospective",
            "StartPilot",
            "EvaluatePilot",
            "PlanRolloutWave",
            "StartRolloutWave",
            "RecordGoLive",
            "OpenSurvey",
            "InviteToSurvey",
            "CloseSurvey",
            "DefineCourse",
            "AssignTraining",
            "RecordTrainingResult",
            "ScheduleTrainingProgramme",
            "RecordAttendance",
            "RecordDrill",
            "PublishMaterial",
            "NominateSuperUser",
            "PairMentor",
            "EndMentorPair",
            "DefineField",
            "ReviseField",
            "RetireField",
            "DefineWorkflow",
            "ReviseWorkflow",
            "ReviseRule",
            "RegisterIntegration",
            "ReviseIntegrationMapping",
            "RetireIntegration",
            "DescribeOrganisation",
            "DeclareLegacySource",
            "DefineApprovalPath",
            "ReviseApprovalPath",
            "RequireApproval",
            "SetBaseline",
            "ApproveChangeRequest",
            "RejectChangeRequest",
            "ApplyChangeRequest",
            "GrantPoints",
            "OpenAwardMonth",
            "GrantAward",
            "PlanCommunication",
            "SendNotice",
            "SetReachTarget",
            "FormTeam",
            "DefineServiceLevelObjective",
            "DefineServiceLevelAgreement",
            "ScheduleMaintenance",
            "CancelMaintenance",
            "AssignDuty",
            "EndDuty",
            "PublishPatch",
            "ReleaseVersion",
            "SetHealthCheckInterval",
            "StartHealthCheck",
            "CloseHealthCheck",
            "AssignOwnership",
            "TransferKnowledge",
            "DefineResource",
            "SetResourceRate",
            "RetireResource",
            "SetEarningRule",
            "SetPlanStart",
            "AssignCalendar",
        },
        roles.DIRECTORS: {
            "OpenProject",
            "InviteMember",
            "ChangeMemberRole",
            "ChangeMemberDepartment",
            "RecordImport",
            "ListRefusals",
            "OverrideGate",
            "DefineApprovalRule",
            "RetireApprovalRule",
            "EraseMember",
            "WithdrawMemberErasure",
            "ApproveMemberErasure",
            "PlaceLegalHold",
            "LiftLegalHold",
            "PlaceProjectLegalHold",
            "LiftProjectLegalHold",
        },
        roles.ADMINISTRATORS: {"RetryParked", "SkipParked"},
        roles.READERS: {
            "GiveSuggestion",
            "ReportIncident",
            "SubmitFeedback",
            "FileComplaint",
            "ReplyToFeedback",
        },
        roles.SYSTEM: {
            "BreachIncident",
            "EscalateIncident",
            "RecordDenial",
            "RecordAccess",
            "ApproveAutomatically",
            "MarkStepOverdue",
            "RecordTaskApproval",
            "MarkMemberActive",
            "MarkMemberInactive",
            "BreachIncidentResolution",
            "CloseQuarter",
            "MissHealthCheck",
            "CompleteMemberErasure",
            "AssessForecasts",
            "RecordDisclosure",
        },
        roles.ADMINISTRATORS | roles.SYSTEM: {"AnnounceProofKey"},
    }


@pytest.mark.parametrize("decider", AGGREGATES, ids=lambda decider: decider.name)
def test_what_opens_a_stream_is_a_command_of_the_aggregate(decider: Decider[Any, Any, Any]) -> None:
    assert decider.opens <= set(decider.commands)
    assert all(decider.commands.values())


@pytest.mark.parametrize("command", [pytest.param(command, id=command.__name__) for _, command in COMMANDS])
def test_every_field_of_a_command_is_described(command: type) -> None:
    assert command.__doc__
    for hint in get_type_hints(command, include_extras=True).values():
        assert get_origin(hint) is Annotated
        assert hint.__metadata__[0].endswith(".")


@pytest.mark.parametrize(
    ("event", "project_id"),
    [
        (PROJECT_OPENED, None),
        (TASK_OPENED, PROJECT_ID),
        (INCIDENT, PROJECT_ID),
        (INVITED, None),
        (CommandDenied("OpenTask", None, PROJECT_ID), PROJECT_ID),
        (IMPORTED, None),
        (AccessRecorded("auditTrail", None, PROJECT_ID, 1, 7, NINE, NINE), None),
        (ParkedSkipped("task_board", 7), None),
        (APPROVAL, PROJECT_ID),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_stream_belongs_to_the_project_it_began_in(event: object, project_id: UUID | None) -> None:
    assert OF_EVENT[type(event)].project_of(state_after(event)) == project_id
