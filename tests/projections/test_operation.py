"""Service levels, outages, duties, releases, health checks, handover: every branch of their folds.

Longer than other files: each rule of its subject has its test here.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.feedback import LinkFeedbackToRelease
from domain.project import ProjectClosed, ProjectOpened
from domain.project.duties import DutyAssigned, DutyEnded, DutyKind, SecurityAuditHeld, TuningDone
from domain.project.handover import KnowledgeTransferred, Ownership, OwnershipAssigned
from domain.project.health_checks import (
    FindingArea,
    FindingRecorded,
    HealthCheckClosed,
    HealthCheckIntervalSet,
    HealthCheckMissed,
    HealthCheckStarted,
    MissHealthCheck,
)
from domain.project.outages import MaintenanceCancelled, MaintenanceScheduled, OutageEnded, OutageStarted
from domain.project.releases import CloseQuarter, PatchPublished, QuarterClosed, VersionReleased
from domain.project.rollout import GoLiveRecorded
from domain.project.service_levels import ServiceLevelAgreementDefined, ServiceLevelObjectiveDefined
from domain.severity import Severity
from projections import (
    duty_roster,
    health_check_schedule,
    health_checks,
    maintenance_windows,
    outages,
    ownership,
    release_calendar,
    release_clock,
    releases,
    service_levels,
    upkeep,
    vendor_dependence,
)
from projections.read_model import ReadModel, Wish
from projections.releases import ReleaseKind
from projections.service_levels import AgreedGoals, AvailabilityObjective
from tests.examples import ANNA, BEN, HOUR, MONDAY, NINE, NOON, PROJECT_OPENED
from tests.projections.folding import STREAM, only_row_after, rows_after, seen

ONE, TWO = UUID(int=1), UUID(int=2)
OBJECTIVE = ServiceLevelObjectiveDefined(9950)
AGREED = ServiceLevelAgreementDefined(Severity.HIGH, 60, None, "standard")
DOWN = OutageStarted(ONE, "Disk full", NINE)
UP = OutageEnded(ONE, NOON, MONDAY, 180)
SCHEDULED = MaintenanceScheduled(ONE, NOON, NOON + HOUR, "New disks")
DUTY = DutyAssigned(ONE, DutyKind.TUNING, BEN, MONDAY)
VENDORS = replace(DUTY, duty_id=TWO, member_id=None)
ENDED = DutyEnded(ONE, MONDAY)
AUDIT = SecurityAuditHeld(TWO, ("An old key", "A shared account"), ANNA, MONDAY)
PATCH = PatchPublished("1.0.1", MONDAY)
Q1, Q2 = date(2026, 1, 1), date(2026, 4, 1)
VERSION = VersionReleased("2.0", (ONE, TWO), MONDAY, Q1)
LIVE = GoLiveRecorded(MONDAY, date(2026, 6, 2))
CHECK = HealthCheckStarted(ONE, MONDAY)
CLOSED = HealthCheckClosed(ONE, MONDAY)
SAP = OwnershipAssigned(ONE, "Interface to SAP", Ownership.VENDOR, MONDAY)
TAUGHT = KnowledgeTransferred(ONE, is_duty=True, member_id=BEN, transferred_on=MONDAY)
APRIL = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)  # midnight in Vienna
DUE_ON = MONDAY + timedelta(days=90)
OVERDUE_AT = datetime(2026, 5, 31, 22, 0, tzinfo=UTC)


def test_service_levels_keep_every_objective_and_the_goals_of_now() -> None:
    higher = ServiceLevelObjectiveDefined(9990)
    quicker = replace(AGREED, response_minutes=30, resolution_minutes=60, calendar_name=None)
    low = replace(AGREED, severity=Severity.LOW)
    row = only_row_after(service_levels.READ_MODEL, OBJECTIVE, AGREED, higher, low, quicker)
    assert row.availability_basis_points == 9990
    assert row.objectives == (AvailabilityObjective(9950, NOON), AvailabilityObjective(9990, NOON))
    assert row.agreements == (
        AgreedGoals(Severity.LOW, 60, None, "standard", NOON),
        AgreedGoals(Severity.HIGH, 30, 60, None, NOON),
    )


def test_an_outage_goes_on_until_it_ends_and_then_says_how_long_it_took() -> None:
    row = only_row_after(outages.READ_MODEL, DOWN)
    assert (row.outage_id, row.cause, row.started_at, row.is_open) == (ONE, "Disk full", NINE, True)
    assert list(outages.observe(row)) == []
    row = only_row_after(outages.READ_MODEL, DOWN, UP)
    assert (row.is_open, row.ended_at, row.ended_on, row.elapsed_minutes) == (False, NOON, MONDAY, 180)
    (observation,) = outages.observe(row)
    assert observation[:3] == ("time_to_restore", MONDAY, 180)


def test_maintenance_is_announced_and_may_be_called_off() -> None:
    row = only_row_after(maintenance_windows.READ_MODEL, SCHEDULED)
    assert (row.starts_at, row.ends_at, row.purpose) == (NOON, NOON + HOUR, "New disks")
    assert (row.announced_at, row.is_cancelled) == (NOON, False)
    assert only_row_after(maintenance_windows.READ_MODEL, SCHEDULED, MaintenanceCancelled(ONE)).is_cancelled


def test_a_duty_moves_between_members_and_the_vendor_and_keeps_who_was_taught() -> None:
    row = only_row_after(duty_roster.READ_MODEL, DUTY)
    assert (row.kind, row.holder, row.member_id) == (DutyKind.TUNING, Ownership.INTERNAL, BEN)
    moved = replace(DUTY, member_id=None, assigned_on=MONDAY + timedelta(days=1))
    row = only_row_after(duty_roster.READ_MODEL, DUTY, TAUGHT, moved)
    assert (row.holder, row.member_id, row.assigned_on) == (Ownership.VENDOR, None, moved.assigned_on)
    assert (row.taught_member_ids, row.is_open) == ((BEN,), True)
    row = only_row_after(duty_roster.READ_MODEL, DUTY, ENDED)
    assert (row.is_open, row.ended_on) == (False, MONDAY)
    assert rows_after(duty_roster.READ_MODEL, replace(TAUGHT, is_duty=False)) == {}


def test_upkeep_is_what_was_tuned_and_audited() -> None:
    row = only_row_after(upkeep.READ_MODEL, TuningDone(ONE, "An index", BEN, MONDAY))
    assert (row.kind, row.done_by, row.done_on, row.text) == (DutyKind.TUNING, BEN, MONDAY, "An index")
    row = only_row_after(upkeep.READ_MODEL, AUDIT)
    assert (row.kind, row.done_by, row.text) == (DutyKind.SECURITY_AUDIT, ANNA, None)
    assert (row.findings, row.finding_count) == (AUDIT.findings, 2)


def test_releases_are_patches_and_versions() -> None:
    row = only_row_after(releases.READ_MODEL, PATCH)
    assert (row.version, row.kind, row.released_on) == ("1.0.1", ReleaseKind.PATCH, MONDAY)
    row = only_row_after(releases.READ_MODEL, VERSION)
    assert (row.version, row.kind, row.feedback_ids) == ("2.0", ReleaseKind.VERSION, (ONE, TWO))


def test_a_version_is_linked_to_each_feedback_it_answers_and_a_patch_to_none() -> None:
    react = releases.react
    assert list(react(seen(VERSION), only_row_after(releases.READ_MODEL, VERSION))) == [
        Wish("feedback", each, LinkFeedbackToRelease("2.0"), NOON) for each in (ONE, TWO)
    ]
    assert list(react(seen(PATCH), only_row_after(releases.READ_MODEL, PATCH))) == []


def test_a_quarter_without_a_version_is_missed_until_one_is_told_of() -> None:
    row = only_row_after(release_calendar.READ_MODEL, VERSION)
    assert (row.begins_on, row.ends_on, row.versions) == (Q1, date(2026, 3, 31), ("2.0",))
    assert (row.feedback_count, row.is_missed) == (2, False)
    assert not only_row_after(release_calendar.READ_MODEL, VERSION, QuarterClosed(Q1, 1)).is_missed
    row = only_row_after(release_calendar.READ_MODEL, QuarterClosed(Q1, 0))
    assert (row.versions, row.is_missed) == ((), True)
    assert not only_row_after(release_calendar.READ_MODEL, QuarterClosed(Q1, 0), VERSION).is_missed


@pytest.mark.parametrize(
    ("events", "quarter", "due_at"),
    [
        ((), None, None),
        ((VERSION,), Q1, APRIL),
        ((LIVE,), Q2, datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ((LIVE, VERSION), Q2, datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ((VERSION, LIVE), Q1, APRIL),
        ((VERSION, replace(VERSION, quarter_begins_on=Q2)), Q1, APRIL),
        ((VERSION, QuarterClosed(Q1, 1)), Q2, datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ((VERSION, ProjectClosed()), Q1, None),
    ],
    ids=["none", "release", "live", "live_first", "release_first", "ahead", "closed", "project_closed"],
)
def test_the_next_quarter_is_due_at_its_end_where_the_project_is(
    events: tuple[object, ...], quarter: date | None, due_at: datetime | None
) -> None:
    clock = only_row_after(release_clock.READ_MODEL, PROJECT_OPENED, *events)
    assert (clock.quarter_begins_on, clock.due_at) == (quarter, due_at)


def test_a_quarter_that_is_due_is_closed_at_its_end() -> None:
    clock = only_row_after(release_clock.READ_MODEL, PROJECT_OPENED, VERSION)
    assert release_clock.on_due(clock) == Wish("project", STREAM, CloseQuarter(Q1), APRIL)
    with pytest.raises(AssertionError):
        release_clock.on_due(only_row_after(release_clock.READ_MODEL, PROJECT_OPENED))


def test_a_health_check_counts_its_findings_by_area() -> None:
    found = [
        FindingRecorded(ONE, UUID(int=number), area, "Too many")
        for number, area in enumerate((FindingArea.FIELD, FindingArea.WORKFLOW, FindingArea.FIELD))
    ]
    row = only_row_after(health_checks.READ_MODEL, CHECK, *found)
    assert (row.workflow_count, row.field_count, row.permission_count) == (1, 2, 0)
    assert [each.area for each in row.findings] == [each.area for each in found]
    assert (row.started_on, row.is_open, row.closed_on) == (MONDAY, True, None)
    row = only_row_after(health_checks.READ_MODEL, CHECK, CLOSED)
    assert (row.is_open, row.closed_on) == (False, MONDAY)


@pytest.mark.parametrize(
    ("events", "next_due_on", "is_overdue", "due_at"),
    [
        ((), None, False, None),
        ((HealthCheckIntervalSet(30),), None, False, None),
        ((LIVE,), DUE_ON, False, OVERDUE_AT),
        ((LIVE, HealthCheckMissed(DUE_ON)), DUE_ON, True, None),
        (
            (LIVE, HealthCheckMissed(DUE_ON), replace(CLOSED, closed_on=DUE_ON)),
            DUE_ON + timedelta(days=90),
            False,
            OVERDUE_AT + timedelta(days=90),
        ),
        ((CLOSED,), DUE_ON, False, OVERDUE_AT),
        ((LIVE, ProjectClosed()), None, False, None),
    ],
    ids=["none", "not_live", "live", "missed", "closed_late", "closed", "project_closed"],
)
def test_a_health_check_is_overdue_when_its_day_has_passed(
    events: tuple[object, ...], next_due_on: date | None, *, is_overdue: bool, due_at: datetime | None
) -> None:
    row = only_row_after(health_check_schedule.READ_MODEL, PROJECT_OPENED, *events)
    assert (row.next_due_on, row.is_overdue, row.due_at) == (next_due_on, is_overdue, due_at)


def test_a_shorter_interval_makes_a_check_overdue_when_it_is_set_not_before() -> None:
    long_ago = replace(LIVE, went_live_on=date(2025, 12, 1))
    story = (PROJECT_OPENED, long_ago, HealthCheckIntervalSet(30))
    row = only_row_after(health_check_schedule.READ_MODEL, *story)
    assert (row.next_due_on, row.due_at) == (date(2025, 12, 31), NOON)


def test_a_missed_health_check_is_stated_when_its_day_has_passed() -> None:
    row = only_row_after(health_check_schedule.READ_MODEL, PROJECT_OPENED, LIVE)
    assert health_check_schedule.on_due(row) == Wish("project", STREAM, MissHealthCheck(DUE_ON), OVERDUE_AT)
    with pytest.raises(AssertionError):
        health_check_schedule.on_due(only_row_after(health_check_schedule.READ_MODEL, PROJECT_OPENED))


def test_a_subject_goes_to_the_organisation_and_its_knowledge_to_members() -> None:
    taught = replace(TAUGHT, is_duty=False)
    ours = replace(SAP, ownership=Ownership.INTERNAL, assigned_on=DUE_ON)
    row = only_row_after(ownership.READ_MODEL, SAP, taught, ours)
    assert (row.subject_id, row.subject, row.taught_member_ids) == (ONE, "Interface to SAP", (BEN,))
    assert (row.ownership, row.assigned_on) == (Ownership.INTERNAL, DUE_ON)
    assert rows_after(ownership.READ_MODEL, TAUGHT) == {}


def test_vendor_dependence_is_the_vendors_share_of_open_duties() -> None:
    model = vendor_dependence.READ_MODEL
    row = only_row_after(model, DUTY, VENDORS)
    assert (row.vendor_duty_count, row.open_duty_count, row.vendor_share_percent) == (1, 2, 50)
    assert (row.vendor_duty_ids, row.internal_duty_ids) == ((TWO,), (ONE,))
    row = only_row_after(model, DUTY, VENDORS, replace(VENDORS, member_id=BEN), ENDED)
    assert (row.vendor_duty_count, row.open_duty_count, row.vendor_share_percent) == (0, 1, 0)
    row = only_row_after(model, DUTY, ENDED)
    assert (row.open_duty_count, row.vendor_share_percent) == (0, None)
    third = replace(VENDORS, duty_id=UUID(int=3))
    assert only_row_after(model, DUTY, VENDORS, third).vendor_share_percent == 66
    row = only_row_after(model, SAP)
    assert (row.vendor_subject_ids, row.internal_subject_ids) == ((ONE,), ())
    row = only_row_after(model, SAP, replace(SAP, ownership=Ownership.INTERNAL))
    assert (row.vendor_subject_ids, row.internal_subject_ids) == ((), (ONE,))


OPENED = ProjectOpened("Line 5", "Europe/Vienna", NINE)


@pytest.mark.parametrize(
    ("model", "later"),
    [
        (outages.READ_MODEL, UP),
        (maintenance_windows.READ_MODEL, MaintenanceCancelled(ONE)),
        (duty_roster.READ_MODEL, ENDED),
        (release_clock.READ_MODEL, LIVE),
        (health_checks.READ_MODEL, CLOSED),
        (health_check_schedule.READ_MODEL, LIVE),
        (ownership.READ_MODEL, replace(TAUGHT, is_duty=False)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_comes_first_is_never_missing(model: ReadModel[Any], later: object) -> None:
    with pytest.raises(AssertionError):
        rows_after(model, later)
