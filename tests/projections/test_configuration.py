"""Configuration, saved views, integrations and organisations: every branch of their folds."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.project.custom_fields import FieldDefined, FieldRetired, FieldRevised
from domain.project.field_values import FieldType
from domain.project.integrations import (
    IntegrationKind,
    IntegrationMappingRevised,
    IntegrationRegistered,
    IntegrationRetired,
    MappedField,
    SyncDirection,
)
from domain.project.organisation import LegacySource, LegacySourceDeclared, OrganisationDescribed
from domain.project.permission_rules import RuleRevised
from domain.project.saved_views import SavedViewDefined, SavedViewRemoved, SavedViewRenamed, ViewFilter
from domain.project.sync_runs import SyncRunRecorded
from domain.project.workflow import (
    StateCategory,
    WorkflowDefined,
    WorkflowRevised,
    WorkflowState,
    WorkflowTransition,
)
from domain.roles import Role
from projections import configuration, integration_health, organisations, saved_views, sync_runs
from projections.configuration import ConfigurationKind, FieldDefinition, WorkflowDefinition
from projections.organisations import LegacyUse
from projections.read_model import Observation, ReadModel
from tests.examples import ANNA, BEN, DAY, MINUTE, MONDAY, NINE, NOON
from tests.projections.folding import only_row_after, rows_after, seen

ONE = UUID(int=1)
LOT = FieldDefined("lot", "Lot", FieldType.TEXT, (), is_required=False, version=1, defined_at=NOON)
LOT_2 = FieldRevised("lot", "Lot", FieldType.CHOICE, ("A",), is_required=True, version=2, revised_at=NOON)
STATES = (WorkflowState("New", StateCategory.OPEN), WorkflowState("Done", StateCategory.COMPLETED))
WAYS = (WorkflowTransition("New", "Done"),)
FLOW = WorkflowDefined(STATES, WAYS, 1)
RULE = RuleRevised("completeTask", (Role.MEMBER,), 1)
FILTER = ViewFilter("status", ("OPEN",))
VIEW = SavedViewDefined(
    ONE, ANNA, "Mine", "task_board", (FILTER,), "DUE", is_descending=True, is_shared=False
)
PAIR = MappedField("KOSTL", "cost_centre")
ERP = IntegrationRegistered(ONE, IntegrationKind.ERP, "SAP", SyncDirection.IN, BEN, (PAIR,), 1)
RUN = SyncRunRecorded(
    ONE, NINE, NINE + MINUTE, MONDAY, 1, 10, 3, 2, 1, 0, "", 5, 5, is_successful=True, is_reconciled=True
)
FAILED = replace(
    RUN,
    started_at=NINE + DAY,
    finished_at=NINE + DAY,
    finished_on=MONDAY.replace(day=3),
    error_count=1,
    errors="Timeout",
    total_out_hundredths=4,
    is_successful=False,
    is_reconciled=False,
)
MAKER = OrganisationDescribed("Manufacturing", 5 * 10**11, None, "CNY")
EXCEL = LegacySourceDeclared(LegacySource.EXCEL, "Plans", MONDAY)


def test_a_field_shows_what_it_was_in_each_version_and_by_whom() -> None:
    row = only_row_after(configuration.READ_MODEL, LOT, LOT_2)
    assert (row.kind, row.code, row.version, row.is_retired) == (ConfigurationKind.FIELD, "lot", 2, False)
    first, second = row.versions
    assert (first.number, first.changed_at, first.changed_by_id) == (1, NOON, ANNA)
    assert first.field == FieldDefinition("Lot", FieldType.TEXT, (), is_required=False)
    assert second.field == FieldDefinition("Lot", FieldType.CHOICE, ("A",), is_required=True)
    assert (second.number, second.workflow, second.roles) == (2, None, None)
    retired = only_row_after(configuration.READ_MODEL, LOT, LOT_2, FieldRetired("lot"))
    assert (retired.is_retired, retired.retired_by_id, retired.versions) == (True, ANNA, row.versions)


def test_a_workflow_and_a_rule_show_their_versions_each_in_a_row() -> None:
    shorter = WorkflowRevised(STATES, WAYS, 2)
    rows = rows_after(configuration.READ_MODEL, FLOW, RULE, shorter, replace(RULE, roles=(), version=2))
    flow, rule = rows.values()
    assert (flow.kind, flow.code, flow.version) == (ConfigurationKind.WORKFLOW, "", 2)
    assert [each.workflow for each in flow.versions] == [WorkflowDefinition(STATES, WAYS)] * 2
    assert (rule.kind, rule.code, rule.version) == (ConfigurationKind.RULE, "completeTask", 2)
    assert [each.roles for each in rule.versions] == [(Role.MEMBER,), ()]


def test_a_field_and_a_rule_of_one_name_are_two_items() -> None:
    rows = rows_after(configuration.READ_MODEL, LOT, replace(RULE, action="lot"))
    assert {row.kind for row in rows.values()} == {ConfigurationKind.FIELD, ConfigurationKind.RULE}


def test_a_view_shows_as_it_was_saved_last_until_it_is_removed() -> None:
    row = only_row_after(saved_views.READ_MODEL, VIEW, SavedViewRenamed(ONE, "Due"))
    assert (row.view_id, row.owner_id, row.name, row.saved_at) == (ONE, ANNA, "Due", NOON)
    assert (row.read_model, row.filters, row.order_by) == ("task_board", (FILTER,), "DUE")
    assert (row.is_descending, row.is_shared) == (True, False)
    assert only_row_after(saved_views.READ_MODEL, VIEW, replace(VIEW, is_shared=True)).is_shared
    assert saved_views.READ_MODEL.evolve(row, seen(SavedViewRemoved(ONE))) is None


def test_an_integration_is_as_healthy_as_its_runs() -> None:
    row = only_row_after(integration_health.READ_MODEL, ERP)
    assert (row.name, row.kind, row.owner_id, row.mapping) == ("SAP", IntegrationKind.ERP, BEN, (PAIR,))
    assert (row.run_count, row.error_rate_percent, row.last_run_on, row.is_successful) == (
        0,
        None,
        None,
        None,
    )
    row = only_row_after(integration_health.READ_MODEL, ERP, RUN)
    assert (row.run_count, row.failed_count, row.error_rate_percent) == (1, 0, 0)
    assert (row.last_run_on, row.last_success_on, row.is_reconciled) == (MONDAY, MONDAY, True)
    row = only_row_after(integration_health.READ_MODEL, ERP, RUN, RUN, FAILED)
    assert (row.run_count, row.failed_count, row.error_rate_percent) == (3, 1, 33)
    assert (row.last_started_at, row.last_finished_at) == (NINE + DAY, NINE + DAY)
    assert (row.last_run_on, row.last_success_on) == (MONDAY.replace(day=3), MONDAY)
    assert (row.is_successful, row.is_reconciled, row.is_retired) == (False, False, False)


def test_an_integration_shows_its_mapping_now_and_whether_it_is_retired() -> None:
    revised = IntegrationMappingRevised(ONE, (), 2)
    row = only_row_after(integration_health.READ_MODEL, ERP, revised, IntegrationRetired(ONE))
    assert (row.mapping, row.mapping_version, row.is_retired) == ((), 2, True)


def test_each_run_is_a_row_and_says_whether_it_went_well() -> None:
    good, bad = rows_after(sync_runs.READ_MODEL, RUN, FAILED).values()
    assert (good.read_count, good.unchanged_count, good.mapping_version) == (10, 4, 1)
    assert (bad.errors, bad.error_count, bad.is_reconciled) == ("Timeout", 1, False)
    of = (("integration_id", str(ONE)),)
    assert list(sync_runs.observe(good)) == [
        Observation("integration_success", MONDAY, 1, is_met=True, dimensions=of)
    ]
    (said,) = sync_runs.observe(bad)
    assert (said.day, said.is_met) == (MONDAY.replace(day=3), False)


def test_an_organisation_shows_what_it_is_and_what_it_used() -> None:
    mail = LegacySourceDeclared(LegacySource.EMAIL, "", MONDAY)
    more = replace(EXCEL, used_for="Plans and hours")
    row = only_row_after(organisations.READ_MODEL, EXCEL, mail, more)
    assert (row.industry, row.revenue_from_cents, row.described_at) == (None, None, NOON)
    assert row.legacy_sources == (
        LegacyUse(LegacySource.EMAIL, "", MONDAY),
        LegacyUse(LegacySource.EXCEL, "Plans and hours", MONDAY),
    )
    row = only_row_after(organisations.READ_MODEL, EXCEL, MAKER)
    assert (row.industry, row.revenue_from_cents, row.revenue_below_cents, row.currency) == (
        "Manufacturing",
        5 * 10**11,
        None,
        "CNY",
    )
    assert len(row.legacy_sources) == 1


@pytest.mark.parametrize(
    ("model", "event"),
    [
        (configuration.READ_MODEL, FieldRetired("lot")),
        (saved_views.READ_MODEL, SavedViewRemoved(ONE)),
        (integration_health.READ_MODEL, RUN),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_goes_on_must_have_begun(model: ReadModel[Any], event: object) -> None:
    with pytest.raises(AssertionError):
        model.evolve(None, seen(event))
