"""What may happen to how a task earns its budget."""

from typing import Any

import pytest

from domain.earned_value import EarningRule
from domain.errors import Malformed
from domain.task import TaskClosed
from domain.task.earning import (
    EarningMilestoneMarked,
    EarningRuleSet,
    MarkEarningMilestone,
    SetEarningRule,
    UnknownEarningMilestone,
)
from domain.task.ending import TaskCancelled
from domain.task.state import EarningMilestone
from tests.examples import NINE, TASK_OPENED
from tests.spec import given

PARTS = EarningMilestone("Cut", 60), EarningMilestone("Welded", 40)
WEIGHTED, HALF = EarningRule.WEIGHTED_MILESTONES, EarningRule.FIFTY_FIFTY
SET = EarningRuleSet(WEIGHTED, PARTS)
REACHED = EarningMilestoneMarked(2, is_reached=True)


def test_a_rule_is_set_and_replaced_and_then_nothing_is_reached() -> None:
    half = SetEarningRule(HALF)
    assert given(TASK_OPENED).when(half) == [EarningRuleSet(HALF, ())]
    assert given(TASK_OPENED).when(SetEarningRule(EarningRule.PHYSICAL_PERCENT)) == []
    assert given(TASK_OPENED, SET, REACHED).when(SetEarningRule(WEIGHTED, PARTS)) == []
    anew = SetEarningRule(WEIGHTED, PARTS[::-1])
    assert given(TASK_OPENED, SET, REACHED).when(anew) == [EarningRuleSet(WEIGHTED, PARTS[::-1])]
    again = given(TASK_OPENED, SET, REACHED, EarningRuleSet(WEIGHTED, PARTS[::-1]))
    assert again.when(MarkEarningMilestone(2)) == [REACHED]


def test_a_milestone_is_reached_once_and_that_can_be_taken_back() -> None:
    reach, back = MarkEarningMilestone(2), MarkEarningMilestone(2, is_reached=False)
    assert given(TASK_OPENED, SET).when(reach) == [REACHED]
    assert given(TASK_OPENED, SET, REACHED).when(reach) == []
    assert given(TASK_OPENED, SET, REACHED).when(back) == [EarningMilestoneMarked(2, is_reached=False)]
    assert given(TASK_OPENED, SET).when(back) == []


def test_only_what_the_rule_has_is_reached_and_only_while_the_task_is_under_way() -> None:
    given(TASK_OPENED, SET).when(MarkEarningMilestone(3)).refused(UnknownEarningMilestone, field="number")
    given(TASK_OPENED).when(MarkEarningMilestone(1)).refused(UnknownEarningMilestone, field="number")
    closed = given(TASK_OPENED, SET, TaskCancelled("No need", NINE))
    closed.when(MarkEarningMilestone(1)).refused(TaskClosed)
    closed.when(SetEarningRule(HALF)).refused(TaskClosed)


@pytest.mark.parametrize(
    ("make", "values", "field"),
    [
        (SetEarningRule, (HALF, PARTS), "milestones"),
        (SetEarningRule, (WEIGHTED,), "milestones"),
        (SetEarningRule, (WEIGHTED, PARTS[:1]), "milestones"),
        (SetEarningRule, (WEIGHTED, (EarningMilestone("x", 5),) * 21), "milestones"),
        (SetEarningRule, (WEIGHTED, (EarningMilestone("x", 101),)), "milestones.0.weightPercent"),
        (SetEarningRule, (WEIGHTED, (PARTS[0], EarningMilestone("", 40))), "milestones.1.name"),
        (MarkEarningMilestone, (0,), "number"),
    ],
)
def test_a_rule_out_of_shape_is_refused(make: Any, values: tuple[Any, ...], field: str) -> None:
    with pytest.raises(Malformed) as refused:
        make(*values)
    assert refused.value.field == field
