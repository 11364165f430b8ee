"""What may happen to a project's custom fields, its permission rules and its saved views."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, Malformed, NotPermitted
from domain.project.custom_fields import (
    DefineField,
    FieldDefined,
    FieldIsRetired,
    FieldRetired,
    FieldRevised,
    RetireField,
    ReviseField,
    UnknownField,
)
from domain.project.field_values import FieldType
from domain.project.permission_rules import ReviseRule, RuleRevised, RuleTooWide, UnknownAction
from domain.project.saved_views import (
    RemoveView,
    RenameView,
    SavedViewDefined,
    SavedViewRemoved,
    SavedViewRenamed,
    SaveView,
    UnknownView,
    ViewFilter,
)
from domain.roles import LEADS, Role
from tests.examples import ANNA, BEN, NOON, PROJECT_STORY, project_after
from tests.spec import given

DEFINE = DefineField("lot", "Lot", FieldType.TEXT, is_required=False)
DEFINED = FieldDefined("lot", "Lot", FieldType.TEXT, (), is_required=False, version=1, defined_at=NOON)
REVISE = ReviseField("lot", "Lot", FieldType.CHOICE, is_required=True, choices=("A", "B"))
REVISED = FieldRevised(
    "lot", "Lot", FieldType.CHOICE, ("A", "B"), is_required=True, version=2, revised_at=NOON
)
RETIRED = FieldRetired("lot")

ONLY_MANAGERS = ReviseRule("completeTask", (Role.PROJECT_MANAGER,))
RULE = RuleRevised("completeTask", (Role.PROJECT_MANAGER,), 1)

VIEW = UUID(int=71)
FILTER = ViewFilter("status", ("OPEN", "STARTED"))
SAVE = SaveView(VIEW, "Mine", "task_board", (FILTER,), "DUE", is_descending=True)
SAVED = SavedViewDefined(
    VIEW, ANNA, "Mine", "task_board", (FILTER,), "DUE", is_descending=True, is_shared=False
)
SHARED = replace(SAVED, is_shared=True)


def test_a_field_is_defined_once() -> None:
    assert given(*PROJECT_STORY).when(DEFINE) == [DEFINED]
    assert given(*PROJECT_STORY, DEFINED).when(DEFINE) == []
    given(*PROJECT_STORY, DEFINED).when(replace(DEFINE, label="x")).refused(AlreadyExists, field="code")
    given(*PROJECT_STORY, DEFINED, RETIRED).when(DEFINE).refused(AlreadyExists, field="code")


def test_each_revision_of_a_field_is_its_next_version() -> None:
    assert given(*PROJECT_STORY, DEFINED).when(REVISE) == [REVISED]
    assert given(*PROJECT_STORY, DEFINED, REVISED).when(REVISE) == []
    back = replace(REVISE, type=FieldType.TEXT, choices=())
    third = replace(REVISED, type=FieldType.TEXT, choices=(), version=3)
    assert given(*PROJECT_STORY, DEFINED, REVISED).when(back) == [third]
    given(*PROJECT_STORY).when(REVISE).refused(UnknownField, field="code")
    given(*PROJECT_STORY, DEFINED, RETIRED).when(REVISE).refused(FieldIsRetired, field="code")


def test_a_field_is_retired_once() -> None:
    assert given(*PROJECT_STORY, DEFINED).when(RetireField("lot")) == [RETIRED]
    assert given(*PROJECT_STORY, DEFINED, RETIRED).when(RetireField("lot")) == []
    given(*PROJECT_STORY).when(RetireField("lot")).refused(UnknownField, field="code")


def test_a_rule_narrows_and_can_be_taken_back() -> None:
    assert given(*PROJECT_STORY).when(ONLY_MANAGERS) == [RULE]
    assert given(*PROJECT_STORY, RULE).when(ONLY_MANAGERS) == []
    everybody = ReviseRule("completeTask", (Role.MEMBER, Role.PROJECT_MANAGER))
    assert given(*PROJECT_STORY).when(everybody) == []
    expected = [RuleRevised("completeTask", (Role.MEMBER, Role.PROJECT_MANAGER), 2)]
    assert given(*PROJECT_STORY, RULE).when(everybody) == expected


def test_a_rule_never_widens_and_is_about_a_command_there_is() -> None:
    wide = ReviseRule("renameProject", (Role.PROJECT_MANAGER, Role.MEMBER))
    given(*PROJECT_STORY).when(wide).refused(RuleTooWide, field="roles.1")
    given(*PROJECT_STORY).when(ReviseRule("overrideGate", (Role.PROJECT_MANAGER,))).refused(
        RuleTooWide, field="roles.0"
    )
    given(*PROJECT_STORY).when(ReviseRule("conquerWorld", ())).refused(UnknownAction, field="action")


def test_a_rule_takes_nothing_from_roles_of_the_organisation() -> None:
    nobody = project_after(RuleRevised("renameProject", (), 1)).permission_rules
    assert nobody.narrowed("renameProject", LEADS) == {Role.MANAGEMENT, Role.ADMINISTRATOR}
    assert nobody.narrowed("closeProject", LEADS) == LEADS


def test_a_view_is_saved_and_saved_anew_by_its_owner() -> None:
    assert given(*PROJECT_STORY).when(SAVE) == [SAVED]
    assert given(*PROJECT_STORY, SAVED).when(SAVE) == []
    shared = replace(SAVE, is_shared=True)
    assert given(*PROJECT_STORY, SAVED).when(shared) == [SHARED]
    assert given(*PROJECT_STORY, SAVED, SavedViewRemoved(VIEW)).when(SAVE, by=BEN) == [
        replace(SAVED, owner_id=BEN)
    ]


def test_a_view_is_renamed_and_removed() -> None:
    assert given(*PROJECT_STORY, SAVED).when(RenameView(VIEW, "Due")) == [SavedViewRenamed(VIEW, "Due")]
    assert given(*PROJECT_STORY, SAVED, SavedViewRenamed(VIEW, "Due")).when(RenameView(VIEW, "Due")) == []
    given(*PROJECT_STORY).when(RenameView(VIEW, "Due")).refused(UnknownView, field="viewId")
    assert given(*PROJECT_STORY, SAVED).when(RemoveView(VIEW)) == [SavedViewRemoved(VIEW)]
    assert given(*PROJECT_STORY).when(RemoveView(VIEW)) == []


@pytest.mark.parametrize("command", [SAVE, RenameView(VIEW, "Due"), RemoveView(VIEW)], ids=str)
def test_anothers_view_is_not_touched_but_a_shared_one_by_a_project_manager(command: Any) -> None:
    bens, bens_shared = replace(SAVED, owner_id=BEN), replace(SHARED, owner_id=BEN)
    given(*PROJECT_STORY, SAVED).when(command, by=BEN).refused(NotPermitted, field="viewId")
    given(*PROJECT_STORY, SHARED).when(command, by=BEN).refused(NotPermitted, field="viewId")
    given(*PROJECT_STORY, bens).when(command, by=ANNA).refused(NotPermitted, field="viewId")
    then = given(*PROJECT_STORY, bens_shared).when(command, by=ANNA)
    assert then.refusal is None
    assert len(then.events) == 1
    assert getattr(then.events[0], "owner_id", BEN) == BEN


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (DEFINE, {"code": "Lot"}, "code"),
        (DEFINE, {"label": " "}, "label"),
        (DEFINE, {"choices": ("A",)}, "choices"),
        (DEFINE, {"type": FieldType.CHOICE}, "choices"),
        (REVISE, {"label": ""}, "label"),
        (REVISE, {"choices": ()}, "choices"),
        (REVISE, {"choices": ("A", "A")}, "choices"),
        (REVISE, {"choices": tuple(map(str, range(201)))}, "choices"),
        (REVISE, {"choices": ("A", "")}, "choices.1"),
        (ONLY_MANAGERS, {"action": ""}, "action"),
        (ONLY_MANAGERS, {"roles": (Role.AUDITOR,)}, "roles.0"),
        (ONLY_MANAGERS, {"roles": (Role.MEMBER, Role.MEMBER)}, "roles.1"),
        (SAVE, {"name": ""}, "name"),
        (SAVE, {"read_model": "taskBoard"}, "readModel"),
        (SAVE, {"order_by": ""}, "orderBy"),
        (SAVE, {"filters": (FILTER, FILTER)}, "filters"),
        (SAVE, {"filters": tuple(ViewFilter(f"f{n}", ("x",)) for n in range(51))}, "filters"),
        (FILTER, {"name": ""}, "name"),
        (FILTER, {"values": ()}, "values"),
        (FILTER, {"values": ("x",) * 201}, "values"),
        (FILTER, {"values": ("x", "y" * 201)}, "values.1"),
        (RenameView(VIEW, "Due"), {"name": ""}, "name"),
    ],
    ids=str,
)
def test_a_command_out_of_shape_names_its_field(command: Any, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(command, **change)
    assert refusal.value.field == field
