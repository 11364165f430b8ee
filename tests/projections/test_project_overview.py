"""The projects: every branch of their fold."""

import pytest

from domain.project import MemberNamed, MemberRemoved, ProjectClosed, ProjectRenamed
from domain.roles import Role
from projections.project_overview import READ_MODEL, TeamMember
from tests.examples import ANNA, BEN, NOON, PROJECT_OPENED, PROJECT_STORY
from tests.projections.folding import STREAM, row_after, seen

ANNA_LEADS = TeamMember(ANNA, Role.PROJECT_MANAGER, "Assembly")


def test_a_project_has_its_departments_and_team_in_the_order_they_were_named() -> None:
    row = row_after(READ_MODEL, *PROJECT_STORY)
    assert (row.project_id, row.name, row.closed_at) == (STREAM, "Line 4", None)
    assert row.departments == ("Assembly", "Purchasing")
    assert row.team == (ANNA_LEADS, TeamMember(BEN, Role.MEMBER, None))
    assert row.member_ids == (ANNA, BEN)


def test_somebody_named_again_has_the_new_role_and_somebody_removed_none() -> None:
    named = MemberNamed(BEN, Role.PROJECT_MANAGER, "Purchasing")
    assert row_after(READ_MODEL, *PROJECT_STORY, named).team[1] == TeamMember(
        BEN, Role.PROJECT_MANAGER, "Purchasing"
    )
    row = row_after(READ_MODEL, *PROJECT_STORY, MemberRemoved(BEN))
    assert (row.team, row.member_ids) == ((ANNA_LEADS,), (ANNA,))


def test_a_project_is_renamed_and_closed() -> None:
    row = row_after(READ_MODEL, PROJECT_OPENED, ProjectRenamed("Line 5"), ProjectClosed())
    assert (row.name, row.closed_at) == ("Line 5", NOON)


def test_what_goes_on_must_have_begun() -> None:
    with pytest.raises(AssertionError):
        READ_MODEL.evolve(None, seen(ProjectClosed()))
