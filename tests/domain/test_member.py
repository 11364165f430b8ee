"""What may happen to a member of the organisation."""

from dataclasses import replace

import pytest

from domain.errors import AlreadyExists, Malformed, UnknownMember
from domain.member import (
    ChangeMemberDepartment,
    ChangeMemberRole,
    InviteMember,
    MemberDepartmentChanged,
    MemberRoleChanged,
)
from domain.roles import Role
from tests.examples import INVITED, NINE
from tests.spec import given, state_after

INVITE = InviteMember("Anna Berger", "anna@example.org", Role.MEMBER, "Assembly")


def test_a_member_is_invited() -> None:
    assert given().when(INVITE, at=NINE) == [INVITED]


def test_a_member_may_belong_to_no_department() -> None:
    invite = InviteMember("Anna Berger", "anna@example.org", Role.MEMBER)
    assert given().when(invite, at=NINE) == [replace(INVITED, department="")]


def test_the_same_member_invited_again_is_there_already() -> None:
    assert given(INVITED).when(INVITE) == []


def test_the_id_of_another_member_is_taken() -> None:
    given(INVITED).when(replace(INVITE, email="ben@example.org")).refused(AlreadyExists)


@pytest.mark.parametrize("command", [ChangeMemberRole(Role.AUDITOR), ChangeMemberDepartment("Sales")])
def test_a_command_to_no_member_is_refused(command: object) -> None:
    given().when(command).refused(UnknownMember)


def test_a_role_is_changed_once() -> None:
    changed = MemberRoleChanged(Role.AUDITOR)
    assert given(INVITED).when(ChangeMemberRole(Role.AUDITOR)) == [changed]
    assert given(INVITED, changed).when(ChangeMemberRole(Role.AUDITOR)) == []
    assert state_after(INVITED, changed).role is Role.AUDITOR


def test_a_department_is_changed_once_and_may_become_none() -> None:
    changed = MemberDepartmentChanged("")
    assert given(INVITED).when(ChangeMemberDepartment("")) == [changed]
    assert given(INVITED, changed).when(ChangeMemberDepartment("")) == []
    assert given(INVITED).when(ChangeMemberDepartment("Assembly")) == []


def test_nobody_gets_the_role_of_the_system() -> None:
    with pytest.raises(Malformed) as invited:
        replace(INVITE, role=Role.SYSTEM)
    with pytest.raises(Malformed) as changed:
        ChangeMemberRole(Role.SYSTEM)
    assert (invited.value.field, changed.value.field) == ("role", "role")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"email": "anna"}, "email"),
        ({"email": "an na@example.org"}, "email"),
        ({"department": "x" * 201}, "department"),
    ],
)
def test_an_invitation_out_of_shape_names_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(INVITE, **change)  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_a_department_is_not_too_long() -> None:
    with pytest.raises(Malformed):
        ChangeMemberDepartment("x" * 201)
