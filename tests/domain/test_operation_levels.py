"""What may happen to a project's service levels, outages and maintenance."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.elapsed import OutOfOrder
from domain.errors import AlreadyExists, Malformed
from domain.project import WorkingCalendarSet
from domain.project.outages import (
    CancelMaintenance,
    EndOutage,
    MaintenanceBegun,
    MaintenanceCancelled,
    MaintenanceScheduled,
    NotAnnounced,
    OutageEnded,
    OutageStarted,
    ScheduleMaintenance,
    StartOutage,
    UnknownMaintenance,
    UnknownOutage,
)
from domain.project.service_levels import (
    DefineServiceLevelAgreement,
    DefineServiceLevelObjective,
    Goals,
    ServiceLevelAgreementDefined,
    ServiceLevelObjectiveDefined,
    UnknownCalendar,
)
from domain.severity import Severity
from tests.examples import HOUR, MINUTE, MONDAY, MORNINGS, NINE, NOON, PROJECT_STORY
from tests.spec import given, state_after

ONE = UUID(int=71)
OBJECTIVE = ServiceLevelObjectiveDefined(9950)
AGREE = DefineServiceLevelAgreement(Severity.HIGH, 60, 480, "Night shift")
AGREED = ServiceLevelAgreementDefined(Severity.HIGH, 60, 480, "Night shift")
CALENDAR = WorkingCalendarSet("Night shift", MORNINGS)
DOWN = OutageStarted(ONE, "Disk full", NINE)
UP = OutageEnded(ONE, NOON, MONDAY, 180)
SCHEDULE = ScheduleMaintenance(ONE, NOON + HOUR, NOON + 3 * HOUR, "New disks")
SCHEDULED = MaintenanceScheduled(ONE, NOON + HOUR, NOON + 3 * HOUR, "New disks")


def test_an_objective_is_defined_and_may_change() -> None:
    assert given(*PROJECT_STORY).when(DefineServiceLevelObjective(9950)) == [OBJECTIVE]
    assert given(*PROJECT_STORY, OBJECTIVE).when(DefineServiceLevelObjective(9950)) == []
    higher = ServiceLevelObjectiveDefined(9990)
    assert given(*PROJECT_STORY, OBJECTIVE).when(DefineServiceLevelObjective(9990)) == [higher]


def test_goals_are_agreed_for_each_severity() -> None:
    assert given(*PROJECT_STORY, CALENDAR).when(AGREE) == [AGREED]
    assert given(*PROJECT_STORY, CALENDAR, AGREED).when(AGREE) == []
    elapsed = replace(AGREE, calendar_name=None)
    assert given(*PROJECT_STORY, AGREED).when(elapsed) == [replace(AGREED, calendar_name=None)]
    standard = replace(AGREE, calendar_name="standard", resolution_minutes=None)
    expected = replace(AGREED, calendar_name="standard", resolution_minutes=None)
    assert given(*PROJECT_STORY).when(standard) == [expected]
    given(*PROJECT_STORY).when(AGREE).refused(UnknownCalendar, field="calendarName")


def test_without_an_agreement_an_incident_is_acknowledged_in_two_hours() -> None:
    levels = state_after(*PROJECT_STORY, AGREED, OBJECTIVE).service_levels
    assert levels.goals(Severity.HIGH) == Goals(60, 480, "Night shift")
    assert levels.goals(Severity.LOW) == Goals(120, None, None)
    assert levels.availability_basis_points == 9950


def test_an_outage_starts_once_and_others_may_go_on() -> None:
    assert given(*PROJECT_STORY).when(StartOutage(ONE, "Disk full"), at=NINE) == [DOWN]
    assert given(*PROJECT_STORY, DOWN).when(StartOutage(ONE, "Disk full")) == []
    given(*PROJECT_STORY, DOWN).when(StartOutage(ONE, "Fire")).refused(AlreadyExists, field="outageId")
    two = UUID(int=72)
    other = OutageStarted(two, "Network", NOON)
    assert given(*PROJECT_STORY, DOWN).when(StartOutage(two, "Network")) == [other]


def test_an_outage_ends_once_and_not_before_it_started() -> None:
    assert given(*PROJECT_STORY, DOWN).when(EndOutage(ONE)) == [UP]
    assert given(*PROJECT_STORY, DOWN, UP).when(EndOutage(ONE)) == []
    given(*PROJECT_STORY, DOWN).when(EndOutage(ONE), at=NINE - MINUTE).refused(OutOfOrder)
    given(*PROJECT_STORY).when(EndOutage(ONE)).refused(UnknownOutage, field="outageId")


def test_an_outage_ends_on_the_day_it_is_where_the_project_is() -> None:
    late = NINE.replace(hour=23, minute=30)
    ended = OutageEnded(ONE, late, MONDAY + timedelta(days=1), 930)
    assert given(*PROJECT_STORY, DOWN).when(EndOutage(ONE), at=late) == [ended]


def test_maintenance_is_announced_ahead() -> None:
    assert given(*PROJECT_STORY).when(SCHEDULE) == [SCHEDULED]
    assert given(*PROJECT_STORY, SCHEDULED).when(SCHEDULE, at=NOON + 9 * HOUR) == []
    given(*PROJECT_STORY).when(SCHEDULE, at=NOON + 2 * HOUR).refused(NotAnnounced, field="startsAt")
    other = replace(SCHEDULE, purpose="Other disks")
    given(*PROJECT_STORY, SCHEDULED).when(other).refused(AlreadyExists, field="maintenanceId")


def test_maintenance_is_called_off_until_it_begins() -> None:
    cancelled = MaintenanceCancelled(ONE)
    assert given(*PROJECT_STORY, SCHEDULED).when(CancelMaintenance(ONE)) == [cancelled]
    assert given(*PROJECT_STORY, SCHEDULED, cancelled).when(CancelMaintenance(ONE)) == []
    begun = given(*PROJECT_STORY, SCHEDULED).when(CancelMaintenance(ONE), at=NOON + HOUR)
    begun.refused(MaintenanceBegun, field="maintenanceId")
    given(*PROJECT_STORY).when(CancelMaintenance(ONE)).refused(UnknownMaintenance, field="maintenanceId")


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (DefineServiceLevelObjective(1), {"availability_basis_points": 0}, "availabilityBasisPoints"),
        (DefineServiceLevelObjective(1), {"availability_basis_points": 10_001}, "availabilityBasisPoints"),
        (AGREE, {"response_minutes": 0}, "responseMinutes"),
        (AGREE, {"resolution_minutes": 59}, "resolutionMinutes"),
        (AGREE, {"calendar_name": " "}, "calendarName"),
        (StartOutage(ONE, "x"), {"cause": ""}, "cause"),
        (SCHEDULE, {"purpose": ""}, "purpose"),
        (SCHEDULE, {"ends_at": SCHEDULE.starts_at}, "endsAt"),
        (SCHEDULE, {"starts_at": NOON.replace(tzinfo=None)}, "startsAt"),
        (SCHEDULE, {"ends_at": NOON.replace(year=2300)}, "endsAt"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(
    command: object, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field
