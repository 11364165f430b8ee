"""What may happen to a project's integrations and their runs, and to what it says of its organisation."""

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed, StillAhead
from domain.project import NotOnTheTeam
from domain.project.integrations import (
    IntegrationIsRetired,
    IntegrationKind,
    IntegrationMappingRevised,
    IntegrationRegistered,
    IntegrationRetired,
    MappedField,
    RegisterIntegration,
    RetireIntegration,
    ReviseIntegrationMapping,
    SyncDirection,
    UnknownIntegration,
)
from domain.project.organisation import (
    DeclareLegacySource,
    DescribeOrganisation,
    LegacySource,
    LegacySourceDeclared,
    OrganisationDescribed,
)
from domain.project.sync_runs import RecordSyncRun, RunOutOfOrder, SyncRunRecorded
from tests.examples import BEN, DAY, HOUR, MINUTE, MONDAY, NINE, NOON, PROJECT_STORY, STRANGER
from tests.spec import given

ERP = UUID(int=81)
PAIR, OTHER_PAIR = MappedField("KOSTL", "cost_centre"), MappedField("AUFNR", "task")
REGISTER = RegisterIntegration(ERP, IntegrationKind.ERP, "SAP", SyncDirection.IN, BEN, (PAIR,))
REGISTERED = IntegrationRegistered(ERP, IntegrationKind.ERP, "SAP", SyncDirection.IN, BEN, (PAIR,), 1)
REVISE = ReviseIntegrationMapping(ERP, (PAIR, OTHER_PAIR))
REVISED = IntegrationMappingRevised(ERP, (PAIR, OTHER_PAIR), 2)
RETIRED = IntegrationRetired(ERP)
CONNECTED = (*PROJECT_STORY, REGISTERED)

RUN = RecordSyncRun(ERP, NINE, NINE + MINUTE, 10, 3, 2, 1, 0, 500, 500)
RAN = SyncRunRecorded(
    ERP, NINE, NINE + MINUTE, MONDAY, 1, 10, 3, 2, 1, 0, "", 500, 500, is_successful=True, is_reconciled=True
)
NEXT = replace(RUN, started_at=NINE + HOUR, finished_at=NINE + HOUR)

DESCRIBE = DescribeOrganisation("Manufacturing", 5 * 10**11, None, "CNY")
DESCRIBED = OrganisationDescribed("Manufacturing", 5 * 10**11, None, "CNY")
DECLARE = DeclareLegacySource(LegacySource.EXCEL, "Plans")
DECLARED = LegacySourceDeclared(LegacySource.EXCEL, "Plans", MONDAY)


def test_an_integration_is_registered_once_with_an_owner_of_the_team() -> None:
    assert given(*PROJECT_STORY).when(REGISTER) == [REGISTERED]
    assert given(*CONNECTED).when(REGISTER) == []
    given(*CONNECTED).when(replace(REGISTER, name="x")).refused(AlreadyExists, field="integrationId")
    stranger = replace(REGISTER, owner_id=STRANGER)
    given(*PROJECT_STORY).when(stranger).refused(NotOnTheTeam, field="ownerId")


def test_a_mapping_is_revised_in_versions() -> None:
    assert given(*CONNECTED).when(REVISE) == [REVISED]
    assert given(*CONNECTED, REVISED).when(REVISE) == []
    assert given(*CONNECTED, REVISED).when(replace(REVISE, mapping=())) == [
        IntegrationMappingRevised(ERP, (), 3)
    ]


@pytest.mark.parametrize("command", [REVISE, RUN], ids=["mapping", "run"])
def test_what_is_not_connected_is_neither_mapped_nor_run(command: Any) -> None:
    given(*PROJECT_STORY).when(command).refused(UnknownIntegration, field="integrationId")
    given(*CONNECTED, RETIRED).when(command).refused(IntegrationIsRetired, field="integrationId")


def test_an_integration_is_retired_once() -> None:
    assert given(*CONNECTED).when(RetireIntegration(ERP)) == [RETIRED]
    assert given(*CONNECTED, RETIRED).when(RetireIntegration(ERP)) == []
    given(*PROJECT_STORY).when(RetireIntegration(ERP)).refused(UnknownIntegration, field="integrationId")


def test_a_run_says_whether_it_went_well_and_adds_up() -> None:
    assert given(*CONNECTED).when(RUN) == [RAN]
    failed = replace(RUN, error_count=2, errors="Timeout", total_out_hundredths=499)
    (event,) = given(*CONNECTED, REVISED).when(failed).events
    assert (event.is_successful, event.is_reconciled, event.errors) == (False, False, "Timeout")
    assert event.mapping_version == 2


def test_a_runs_day_is_that_of_the_project() -> None:
    late = NINE.replace(hour=23, minute=30)  # half past midnight in Vienna
    (event,) = given(*CONNECTED).when(replace(RUN, finished_at=late), at=NOON + DAY).events
    assert event.finished_on == MONDAY + timedelta(days=1)


def test_runs_are_recorded_in_their_order_and_each_once() -> None:
    assert given(*CONNECTED, RAN).when(RUN) == []
    elsewhere = timezone(timedelta(hours=2))
    same = replace(RUN, started_at=RUN.started_at.astimezone(elsewhere))
    assert given(*CONNECTED, RAN).when(same) == []
    assert given(*CONNECTED, RAN, REVISED).when(RUN) == []
    given(*CONNECTED, RAN).when(replace(RUN, read_count=11)).refused(AlreadyExists, field="startedAt")
    (after,) = given(*CONNECTED, RAN).when(NEXT).events
    given(*CONNECTED, RAN, after).when(RUN).refused(RunOutOfOrder, field="startedAt")
    ahead = replace(RUN, finished_at=NOON + MINUTE)
    given(*CONNECTED).when(ahead).refused(StillAhead, field="finishedAt")


def test_an_organisation_is_described_and_described_anew() -> None:
    assert given(*PROJECT_STORY).when(DESCRIBE) == [DESCRIBED]
    assert given(*PROJECT_STORY, DESCRIBED).when(DESCRIBE) == []
    grown = replace(DESCRIBE, revenue_below_cents=10**12)
    expected = [replace(DESCRIBED, revenue_below_cents=10**12)]
    assert given(*PROJECT_STORY, DESCRIBED).when(grown) == expected


def test_what_was_used_before_is_declared() -> None:
    assert given(*PROJECT_STORY).when(DECLARE) == [DECLARED]
    assert given(*PROJECT_STORY, DECLARED).when(DECLARE) == []
    more = [replace(DECLARED, used_for="Plans and hours")]
    assert given(*PROJECT_STORY, DECLARED).when(replace(DECLARE, used_for="Plans and hours")) == more
    mail = [LegacySourceDeclared(LegacySource.EMAIL, "", MONDAY)]
    assert given(*PROJECT_STORY, DECLARED).when(DeclareLegacySource(LegacySource.EMAIL)) == mail


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (REGISTER, {"name": ""}, "name"),
        (REGISTER, {"mapping": (PAIR, PAIR)}, "mapping"),
        (REVISE, {"mapping": tuple(MappedField(str(n), "x") for n in range(501))}, "mapping"),
        (PAIR, {"theirs": ""}, "theirs"),
        (PAIR, {"ours": ""}, "ours"),
        (RUN, {"started_at": NINE.replace(tzinfo=None)}, "startedAt"),
        (RUN, {"finished_at": NINE - MINUTE}, "finishedAt"),
        (RUN, {"read_count": -1}, "readCount"),
        (RUN, {"read_count": 5}, "readCount"),
        (RUN, {"created_count": -1}, "createdCount"),
        (RUN, {"changed_count": -1}, "changedCount"),
        (RUN, {"refused_count": -1}, "refusedCount"),
        (RUN, {"error_count": 10**9 + 1}, "errorCount"),
        (RUN, {"total_in_hundredths": 10**15 + 1}, "totalInHundredths"),
        (RUN, {"total_out_hundredths": -(10**15) - 1}, "totalOutHundredths"),
        (RUN, {"errors": "x" * 10_001}, "errors"),
        (DESCRIBE, {"industry": ""}, "industry"),
        (DESCRIBE, {"revenue_from_cents": -1}, "revenueFromCents"),
        (DESCRIBE, {"revenue_below_cents": 5 * 10**11}, "revenueBelowCents"),
        (DESCRIBE, {"currency": "yuan"}, "currency"),
        (DECLARE, {"used_for": "x" * 10_001}, "usedFor"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(command: Any, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)
    assert refusal.value.field == field
