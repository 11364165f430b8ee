"""What may be entered as the costs and benefits of a project, and how an entry is corrected."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from domain import errors
from domain.errors import AlreadyExists, Malformed
from domain.project import ProjectClosed
from domain.project.kpis import Direction, KpiDefined, UnknownKpi
from domain.project.value import (
    BenefitRecorded,
    CorrectedBelowZero,
    CorrectEntry,
    CostKind,
    CostRecorded,
    EntryCorrected,
    EntrySide,
    OtherCurrency,
    RecordBenefit,
    RecordCost,
    UnknownEntry,
)
from tests.examples import CUT, MONDAY, PROJECT_STORY
from tests.spec import given

DEFINED = KpiDefined("lead_time", "minutes", Direction.LOWER, 1, "From opening to completion")
LICENCE, SAVED, COUNTER = UUID(int=301), UUID(int=302), UUID(int=303)
COST = RecordCost(LICENCE, 100_00, "EUR", MONDAY, CostKind.LICENCE)
SPENT = CostRecorded(LICENCE, 100_00, "EUR", MONDAY, CostKind.LICENCE)
BENEFIT = RecordBenefit(SAVED, 250_00, "EUR", MONDAY, "lead_time")
GAINED = BenefitRecorded(SAVED, 250_00, "EUR", MONDAY, "lead_time")
CORRECT = CorrectEntry(COUNTER, LICENCE, -40_00, MONDAY, "Two licences too many")
CORRECTED = EntryCorrected(COUNTER, LICENCE, EntrySide.COST, -40_00, "EUR", MONDAY, "Two licences too many")


def test_a_cost_is_recorded_once() -> None:
    assert given(*PROJECT_STORY).when(COST) == [SPENT]
    assert given(*PROJECT_STORY, SPENT).when(COST) == []


def test_a_cost_may_name_the_task_it_was_spent_for() -> None:
    for_task, spent_for_task = replace(COST, task_id=CUT), replace(SPENT, task_id=CUT)
    assert given(*PROJECT_STORY).when(for_task) == [spent_for_task]
    assert given(*PROJECT_STORY, spent_for_task).when(for_task) == []
    given(*PROJECT_STORY, SPENT).when(for_task).refused(AlreadyExists, field="entryId")


def test_a_benefit_is_recorded_once_with_the_kpi_that_shows_it() -> None:
    assert given(*PROJECT_STORY, DEFINED).when(BENEFIT) == [GAINED]
    assert given(*PROJECT_STORY, DEFINED, GAINED).when(BENEFIT) == []
    given(*PROJECT_STORY).when(BENEFIT).refused(UnknownKpi, field="code")


def test_the_id_of_another_entry_is_taken() -> None:
    given(*PROJECT_STORY, SPENT).when(replace(COST, amount_cents=1)).refused(AlreadyExists, field="entryId")
    same_id = replace(BENEFIT, entry_id=LICENCE)
    given(*PROJECT_STORY, DEFINED, SPENT).when(same_id).refused(AlreadyExists, field="entryId")


def test_the_entries_of_a_project_are_in_one_currency() -> None:
    given(*PROJECT_STORY, DEFINED, SPENT).when(replace(BENEFIT, currency="CNY")).refused(
        OtherCurrency, field="currency"
    )


def test_an_entry_is_corrected_by_a_counter_entry_once() -> None:
    assert given(*PROJECT_STORY, SPENT).when(CORRECT) == [CORRECTED]
    assert given(*PROJECT_STORY, SPENT, CORRECTED).when(CORRECT) == []
    gained = replace(CORRECT, corrects_id=SAVED, amount_cents=10_00)
    assert given(*PROJECT_STORY, DEFINED, GAINED).when(gained) == [
        replace(CORRECTED, corrects_id=SAVED, side=EntrySide.BENEFIT, cents=10_00)
    ]


def test_a_counter_entry_names_a_cost_or_a_benefit_of_the_project() -> None:
    given(*PROJECT_STORY).when(CORRECT).refused(UnknownEntry, field="correctsId")
    of_a_counter_entry = CorrectEntry(UUID(int=304), COUNTER, 1, MONDAY, "Wrong again")
    given(*PROJECT_STORY, SPENT, CORRECTED).when(of_a_counter_entry).refused(UnknownEntry, field="correctsId")


def test_no_more_is_taken_away_than_there_is() -> None:
    more = CorrectEntry(UUID(int=304), LICENCE, -60_01, MONDAY, "All of it")
    given(*PROJECT_STORY, SPENT, CORRECTED).when(more).refused(CorrectedBelowZero, field="amountCents")
    rest = replace(more, amount_cents=-60_00)
    assert given(*PROJECT_STORY, SPENT, CORRECTED).when(rest) == [
        replace(CORRECTED, entry_id=UUID(int=304), cents=-60_00, cause="All of it")
    ]


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (COST, {"amount_cents": 0}, "amountCents"),
        (COST, {"amount_cents": 10**15 + 1}, "amountCents"),
        (COST, {"currency": "eur"}, "currency"),
        (COST, {"incurred_on": date(1960, 1, 1)}, "incurredOn"),
        (BENEFIT, {"amount_cents": -1}, "amountCents"),
        (BENEFIT, {"currency": "EURO"}, "currency"),
        (BENEFIT, {"realised_on": date(2300, 1, 1)}, "realisedOn"),
        (CORRECT, {"amount_cents": 0}, "amountCents"),
        (CORRECT, {"corrected_on": date(1960, 1, 1)}, "correctedOn"),
        (CORRECT, {"cause": ""}, "cause"),
    ],
)
def test_what_is_out_of_shape_is_refused(command: object, change: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field


@pytest.mark.parametrize("command", [COST, BENEFIT, CORRECT])
def test_nothing_is_entered_in_a_closed_project(command: object) -> None:
    given(*PROJECT_STORY, ProjectClosed()).when(command).refused(errors.ProjectClosed)
