"""What may happen to a project's duties, releases, health checks and handover.

Longer than other files: each rule of its subject has its test here.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from domain.elapsed import OutOfOrder
from domain.errors import AlreadyExists, Malformed, StillAhead
from domain.ids import FeedbackId
from domain.project.duties import (
    AssignDuty,
    DutyAssigned,
    DutyEnded,
    DutyKind,
    DutyOver,
    EndDuty,
    HoldSecurityAudit,
    RecordTuning,
    SecurityAuditHeld,
    TuningDone,
    UnknownDuty,
)
from domain.project.handover import (
    AssignOwnership,
    KnowledgeTransferred,
    Ownership,
    OwnershipAssigned,
    TransferKnowledge,
    UnknownSubject,
)
from domain.project.health_checks import (
    CloseHealthCheck,
    FindingArea,
    FindingRecorded,
    HealthCheckClosed,
    HealthCheckIntervalSet,
    HealthCheckMissed,
    HealthCheckOpen,
    HealthCheckOver,
    HealthCheckStarted,
    MissHealthCheck,
    RecordFinding,
    SetHealthCheckInterval,
    StartHealthCheck,
    UnknownHealthCheck,
)
from domain.project.releases import (
    CloseQuarter,
    PatchPublished,
    PublishPatch,
    QuarterClosed,
    ReleaseVersion,
    VersionReleased,
    next_quarter,
    quarter_of,
)
from domain.project.rollout import GoLiveRecorded
from domain.project.team import NotOnTheTeam
from tests.examples import ANNA, BEN, DAY, MONDAY, NOON, PROJECT_STORY, STRANGER
from tests.spec import given, state_after

ONE, TWO = UUID(int=71), UUID(int=72)
TUNING = DutyKind.TUNING
BENS = DutyAssigned(ONE, TUNING, BEN, MONDAY)
VENDORS = DutyAssigned(ONE, TUNING, None, MONDAY)
ENDED = DutyEnded(ONE, MONDAY)
Q1, Q2 = date(2026, 1, 1), date(2026, 4, 1)
APRIL = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)  # midnight in Vienna
IDEA = FeedbackId(UUID(int=81))
RELEASE = ReleaseVersion("2.0", (IDEA,))
RELEASED = VersionReleased("2.0", (IDEA,), MONDAY, Q1)
CHECKED = HealthCheckStarted(ONE, MONDAY)
CLOSED = HealthCheckClosed(ONE, MONDAY)
LIVE = GoLiveRecorded(MONDAY, date(2026, 6, 2))
FIND = RecordFinding(ONE, TWO, FindingArea.FIELD, "Nobody fills in the cost centre")
FOUND = FindingRecorded(ONE, TWO, FindingArea.FIELD, "Nobody fills in the cost centre")
SAP = OwnershipAssigned(TWO, "Interface to SAP", Ownership.VENDOR, MONDAY)


def test_a_duty_is_assigned_to_a_member_or_the_vendor_and_moves() -> None:
    assert given(*PROJECT_STORY).when(AssignDuty(ONE, TUNING, BEN)) == [BENS]
    assert given(*PROJECT_STORY).when(AssignDuty(ONE, TUNING, None)) == [VENDORS]
    assert given(*PROJECT_STORY, BENS).when(AssignDuty(ONE, TUNING, BEN)) == []
    assert given(*PROJECT_STORY, BENS).when(AssignDuty(ONE, TUNING, None)) == [VENDORS]
    stranger = given(*PROJECT_STORY).when(AssignDuty(ONE, TUNING, STRANGER))
    stranger.refused(NotOnTheTeam, field="memberId")
    other = AssignDuty(ONE, DutyKind.MONITORING, BEN)
    given(*PROJECT_STORY, BENS).when(other).refused(AlreadyExists, field="dutyId")


def test_a_duty_ends_once_and_for_good() -> None:
    assert given(*PROJECT_STORY, BENS).when(EndDuty(ONE)) == [ENDED]
    assert given(*PROJECT_STORY, BENS, ENDED).when(EndDuty(ONE)) == []
    given(*PROJECT_STORY).when(EndDuty(ONE)).refused(UnknownDuty, field="dutyId")
    given(*PROJECT_STORY, BENS, ENDED).when(AssignDuty(ONE, TUNING, BEN)).refused(DutyOver, field="dutyId")


def test_tuning_is_recorded_in_the_name_of_whoever_did_it() -> None:
    done = TuningDone(ONE, "An index", BEN, MONDAY)
    assert given(*PROJECT_STORY).when(RecordTuning(ONE, "An index"), by=BEN) == [done]
    assert given(*PROJECT_STORY, done).when(RecordTuning(ONE, "An index"), by=ANNA) == []
    given(*PROJECT_STORY, done).when(RecordTuning(ONE, "Two")).refused(AlreadyExists, field="tuningId")


@pytest.mark.parametrize("findings", [(), ("An old key", "A shared account")])
def test_an_audit_is_held_with_its_findings_or_none(findings: tuple[str, ...]) -> None:
    held = SecurityAuditHeld(ONE, findings, ANNA, MONDAY)
    assert given(*PROJECT_STORY).when(HoldSecurityAudit(ONE, findings)) == [held]
    assert given(*PROJECT_STORY, held).when(HoldSecurityAudit(ONE, findings)) == []
    other = HoldSecurityAudit(ONE, ("Another",))
    given(*PROJECT_STORY, held).when(other).refused(AlreadyExists, field="auditId")


def test_a_patch_is_published_once() -> None:
    patch = PatchPublished("1.0.1", MONDAY)
    assert given(*PROJECT_STORY).when(PublishPatch("1.0.1")) == [patch]
    assert given(*PROJECT_STORY, patch).when(PublishPatch("1.0.1"), at=NOON + DAY) == []
    given(*PROJECT_STORY, RELEASED).when(PublishPatch("2.0")).refused(AlreadyExists, field="version")


def test_patches_come_in_the_order_of_their_days() -> None:
    patch = PatchPublished("1.0.1", MONDAY)
    given(*PROJECT_STORY, patch).when(PublishPatch("1.0.0"), at=NOON - DAY).refused(OutOfOrder)


def test_a_version_is_released_once_and_counts_for_its_quarter() -> None:
    assert given(*PROJECT_STORY).when(RELEASE) == [RELEASED]
    assert given(*PROJECT_STORY, RELEASED).when(RELEASE, at=NOON + DAY) == []
    later = VersionReleased("2.0", (IDEA,), Q2, Q2)
    assert given(*PROJECT_STORY).when(RELEASE, at=APRIL) == [later]
    other = ReleaseVersion("2.0")
    given(*PROJECT_STORY, RELEASED).when(other).refused(AlreadyExists, field="version")
    patch = PatchPublished("2.0", MONDAY)
    given(*PROJECT_STORY, patch).when(RELEASE).refused(AlreadyExists, field="version")


def test_a_quarter_is_closed_when_it_has_ended_with_what_came_out_in_it() -> None:
    close = CloseQuarter(Q1)
    assert given(*PROJECT_STORY).when(close, at=APRIL) == [QuarterClosed(Q1, 0)]
    two = (RELEASED, replace(RELEASED, version="2.1"))
    assert given(*PROJECT_STORY, *two).when(close, at=APRIL) == [QuarterClosed(Q1, 2)]
    assert given(*PROJECT_STORY, QuarterClosed(Q1, 0)).when(close, at=APRIL) == []
    early = given(*PROJECT_STORY).when(close, at=APRIL - timedelta(seconds=1))
    early.refused(StillAhead, field="quarterBeginsOn")


@pytest.mark.parametrize(
    ("day", "begins_on", "following"),
    [
        (date(2026, 1, 1), Q1, Q2),
        (date(2026, 3, 31), Q1, Q2),
        (date(2026, 4, 1), Q2, date(2026, 7, 1)),
        (date(2026, 12, 31), date(2026, 10, 1), date(2027, 1, 1)),
    ],
)
def test_quarters_are_those_of_the_calendar(day: date, begins_on: date, following: date) -> None:
    assert quarter_of(day) == begins_on
    assert next_quarter(begins_on) == following


def test_the_interval_of_health_checks_is_90_days_unless_set() -> None:
    assert given(*PROJECT_STORY).when(SetHealthCheckInterval(90)) == []
    assert given(*PROJECT_STORY).when(SetHealthCheckInterval(30)) == [HealthCheckIntervalSet(30)]


def test_there_is_one_health_check_at_a_time() -> None:
    assert given(*PROJECT_STORY).when(StartHealthCheck(ONE)) == [CHECKED]
    assert given(*PROJECT_STORY, CHECKED).when(StartHealthCheck(ONE)) == []
    given(*PROJECT_STORY, CHECKED).when(StartHealthCheck(TWO)).refused(HealthCheckOpen)
    again = HealthCheckStarted(TWO, MONDAY)
    assert given(*PROJECT_STORY, CHECKED, CLOSED).when(StartHealthCheck(TWO)) == [again]
    assert given(*PROJECT_STORY, CHECKED, CLOSED, again).when(StartHealthCheck(ONE)) == []


def test_a_finding_is_recorded_while_the_check_is_open() -> None:
    assert given(*PROJECT_STORY, CHECKED).when(FIND) == [FOUND]
    assert given(*PROJECT_STORY, CHECKED, FOUND, CLOSED).when(FIND) == []
    given(*PROJECT_STORY).when(FIND).refused(UnknownHealthCheck, field="checkId")
    given(*PROJECT_STORY, CHECKED, CLOSED).when(FIND).refused(HealthCheckOver, field="checkId")
    other = replace(FIND, area=FindingArea.WORKFLOW)
    given(*PROJECT_STORY, CHECKED, FOUND).when(other).refused(AlreadyExists, field="findingId")


def test_a_health_check_is_closed_once() -> None:
    assert given(*PROJECT_STORY, CHECKED).when(CloseHealthCheck(ONE)) == [CLOSED]
    assert given(*PROJECT_STORY, CHECKED, CLOSED).when(CloseHealthCheck(ONE)) == []
    given(*PROJECT_STORY).when(CloseHealthCheck(ONE)).refused(UnknownHealthCheck, field="checkId")


@pytest.mark.parametrize(
    ("before", "due_on"),
    [
        ((LIVE,), MONDAY + timedelta(days=90)),
        ((LIVE, HealthCheckIntervalSet(30)), MONDAY + timedelta(days=30)),
        ((LIVE, replace(CLOSED, closed_on=MONDAY + timedelta(days=7))), MONDAY + timedelta(days=97)),
        ((CLOSED,), MONDAY + timedelta(days=90)),
    ],
    ids=["live", "interval", "closed", "closed_before_going_live"],
)
def test_a_health_check_is_missed_once_the_day_after_it_was_due(
    before: tuple[object, ...], due_on: date
) -> None:
    story, miss = (*PROJECT_STORY, *before), MissHealthCheck(due_on)
    on_the_day = datetime(due_on.year, due_on.month, due_on.day, 12, tzinfo=UTC)
    assert given(*story).when(miss, at=on_the_day) == []
    assert given(*story).when(miss, at=on_the_day + DAY) == [HealthCheckMissed(due_on)]
    assert given(*story, HealthCheckMissed(due_on)).when(miss, at=on_the_day + DAY) == []
    other = MissHealthCheck(due_on - timedelta(days=1))
    assert given(*story).when(other, at=on_the_day + DAY) == []


def test_no_health_check_is_missed_before_anything_is_live() -> None:
    assert given(*PROJECT_STORY).when(MissHealthCheck(MONDAY), at=NOON + 400 * DAY) == []


def test_ownership_goes_from_the_vendor_to_the_organisation() -> None:
    assign = AssignOwnership(TWO, "Interface to SAP", Ownership.VENDOR)
    assert given(*PROJECT_STORY).when(assign) == [SAP]
    assert given(*PROJECT_STORY, SAP).when(assign) == []
    ours = replace(assign, ownership=Ownership.INTERNAL)
    assert given(*PROJECT_STORY, SAP).when(ours) == [replace(SAP, ownership=Ownership.INTERNAL)]
    other = replace(assign, subject="Interface to CRM")
    given(*PROJECT_STORY, SAP).when(other).refused(AlreadyExists, field="subjectId")
    duty = replace(assign, subject_id=ONE)
    given(*PROJECT_STORY, BENS).when(duty).refused(AlreadyExists, field="subjectId")


@pytest.mark.parametrize(("before", "subject", "is_duty"), [(VENDORS, ONE, True), (SAP, TWO, False)])
def test_knowledge_of_a_duty_or_a_subject_goes_to_each_member_once(
    before: object, subject: UUID, *, is_duty: bool
) -> None:
    taught = KnowledgeTransferred(subject, is_duty, BEN, MONDAY)
    assert given(*PROJECT_STORY, before).when(TransferKnowledge(subject, BEN)) == [taught]
    assert given(*PROJECT_STORY, before, taught).when(TransferKnowledge(subject, BEN)) == []
    stranger = given(*PROJECT_STORY, before).when(TransferKnowledge(subject, STRANGER))
    stranger.refused(NotOnTheTeam, field="memberId")
    given(*PROJECT_STORY).when(TransferKnowledge(subject, BEN)).refused(UnknownSubject, field="subjectId")


def test_what_was_released_is_in_the_state() -> None:
    releases = state_after(*PROJECT_STORY, RELEASED, QuarterClosed(Q1, 1)).releases
    assert (releases.version_counts, releases.closed) == ({Q1: 1}, {Q1})


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (RecordTuning(ONE, "x"), {"text": ""}, "text"),
        (HoldSecurityAudit(ONE, ()), {"findings": ("x",) * 101}, "findings"),
        (HoldSecurityAudit(ONE, ()), {"findings": ("x", "")}, "findings.1"),
        (PublishPatch("1"), {"version": ""}, "version"),
        (RELEASE, {"version": " "}, "version"),
        (RELEASE, {"feedback_ids": (IDEA, IDEA)}, "feedbackIds"),
        (RELEASE, {"feedback_ids": tuple(FeedbackId(UUID(int=n)) for n in range(1001))}, "feedbackIds"),
        (CloseQuarter(Q1), {"quarter_begins_on": date(1960, 1, 1)}, "quarterBeginsOn"),
        (SetHealthCheckInterval(1), {"interval_days": 0}, "intervalDays"),
        (FIND, {"text": ""}, "text"),
        (AssignOwnership(ONE, "x", Ownership.VENDOR), {"subject": ""}, "subject"),
    ],
    ids=lambda value: str(value)[:99],
)
def test_a_command_out_of_shape_names_its_field(
    command: object, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field
