"""What may be said of a project's stakeholders, their needs and the pains of today."""

from dataclasses import replace
from typing import get_type_hints
from uuid import UUID

import pytest

from domain import errors
from domain.errors import AlreadyExists, Malformed
from domain.personal import Personal
from domain.project import ProjectClosed
from domain.project.kpis import Direction, KpiDefined, UnknownKpi
from domain.project.needs import (
    LinkPainPoint,
    NeedRecorded,
    PainCategory,
    PainPointLinkedToKpi,
    PainPointRecorded,
    RecordNeed,
    RecordPainPoint,
    RegisterStakeholder,
    StakeholderRegistered,
    StakeholderRole,
    UnknownPainPoint,
    UnknownStakeholder,
)
from infra.codec import codec
from tests.examples import PROJECT_STORY
from tests.spec import given

HEAD, NEED, PAIN = UUID(int=101), UUID(int=102), UUID(int=103)
REGISTER = RegisterStakeholder(HEAD, "Eva Huber", StakeholderRole.DEPARTMENT_HEAD, "Sales", "Fewer meetings")
REGISTERED = StakeholderRegistered(
    HEAD, "Eva Huber", StakeholderRole.DEPARTMENT_HEAD, "Sales", "Fewer meetings", None
)
RECORD_NEED = RecordNeed(NEED, HEAD, "See every order's state")
NEED_RECORDED = NeedRecorded(NEED, HEAD, "See every order's state")
RECORD_PAIN = RecordPainPoint(PAIN, PainCategory.INFORMATION_SILO, "Each shop has its own sheet")
PAIN_RECORDED = PainPointRecorded(PAIN, PainCategory.INFORMATION_SILO, "Each shop has its own sheet")
DEFINED = KpiDefined("lead_time", "minutes", Direction.LOWER, 1, "From opening to completion")


def test_a_stakeholder_is_registered_once() -> None:
    assert given(*PROJECT_STORY).when(REGISTER) == [REGISTERED]
    assert given(*PROJECT_STORY, REGISTERED).when(REGISTER) == []


def test_the_id_of_another_stakeholder_is_taken() -> None:
    other = replace(REGISTER, name="Eva Maier")
    given(*PROJECT_STORY, REGISTERED).when(other).refused(AlreadyExists, field="stakeholderId")


def test_a_need_is_recorded_once() -> None:
    assert given(*PROJECT_STORY, REGISTERED).when(RECORD_NEED) == [NEED_RECORDED]
    assert given(*PROJECT_STORY, REGISTERED, NEED_RECORDED).when(RECORD_NEED) == []


def test_the_id_of_another_need_is_taken() -> None:
    other = replace(RECORD_NEED, text="Less paper")
    given(*PROJECT_STORY, REGISTERED, NEED_RECORDED).when(other).refused(AlreadyExists, field="needId")


def test_a_need_is_that_of_a_stakeholder() -> None:
    given(*PROJECT_STORY).when(RECORD_NEED).refused(UnknownStakeholder, field="stakeholderId")


def test_a_pain_point_is_recorded_once() -> None:
    assert given(*PROJECT_STORY).when(RECORD_PAIN) == [PAIN_RECORDED]
    assert given(*PROJECT_STORY, PAIN_RECORDED).when(RECORD_PAIN) == []


def test_the_id_of_another_pain_point_is_taken() -> None:
    other = replace(RECORD_PAIN, category=PainCategory.SCHEDULE_LAG)
    given(*PROJECT_STORY, PAIN_RECORDED).when(other).refused(AlreadyExists, field="painPointId")


def test_a_pain_point_is_linked_to_each_kpi_once() -> None:
    link, linked = LinkPainPoint(PAIN, "lead_time"), PainPointLinkedToKpi(PAIN, "lead_time")
    assert given(*PROJECT_STORY, PAIN_RECORDED, DEFINED).when(link) == [linked]
    assert given(*PROJECT_STORY, PAIN_RECORDED, DEFINED, linked).when(link) == []
    other = replace(DEFINED, code="cycle_time")
    assert given(*PROJECT_STORY, PAIN_RECORDED, DEFINED, linked, other).when(
        LinkPainPoint(PAIN, "cycle_time")
    ) == [PainPointLinkedToKpi(PAIN, "cycle_time")]


def test_a_link_joins_a_pain_point_and_a_kpi_of_the_project() -> None:
    link = LinkPainPoint(PAIN, "lead_time")
    given(*PROJECT_STORY, DEFINED).when(link).refused(UnknownPainPoint, field="painPointId")
    given(*PROJECT_STORY, PAIN_RECORDED).when(link).refused(UnknownKpi, field="code")


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (REGISTER, {"name": " "}, "name"),
        (REGISTER, {"department": "x" * 201}, "department"),
        (REGISTER, {"interest": "x" * 10_001}, "interest"),
        (RECORD_NEED, {"text": ""}, "text"),
        (RECORD_PAIN, {"text": "\0"}, "text"),
    ],
)
def test_texts_are_neither_blank_nor_long(command: object, change: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)  # type: ignore[type-var]
    assert refusal.value.field == field


@pytest.mark.parametrize("command", [REGISTER, RECORD_NEED, RECORD_PAIN, LinkPainPoint(PAIN, "lead_time")])
def test_nothing_is_said_of_a_closed_project(command: object) -> None:
    given(*PROJECT_STORY, ProjectClosed()).when(command).refused(errors.ProjectClosed)


def test_names_and_free_text_are_marked_as_personal_and_stored_all_the_same() -> None:
    for event, personal in (
        (REGISTERED, {"name", "interest"}),
        (NEED_RECORDED, {"text"}),
        (PAIN_RECORDED, {"text"}),
    ):
        hints = get_type_hints(type(event), include_extras=True)
        marked = {
            name
            for name, hint in hints.items()
            if any(isinstance(each, Personal) for each in getattr(hint, "__metadata__", ()))
        }
        assert marked == personal
        assert codec().decode(codec().name(event), codec().encode(event)) == event
