"""How a task's budget is earned: by which rule, and of weighted milestones, which were reached.

What the rules mean stands in `domain/earned_value.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.earned_value import EarningRule
from domain.errors import Malformed, Unknown
from domain.facet import Facet
from domain.task.state import Earning, EarningMilestone, Task, under_way

MILESTONES_MAX: Final = 20
_WHOLE_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class EarningRuleSet:
    """A task's budget is earned by this rule from now on; no milestone of it is reached yet."""

    rule: EarningRule
    milestones: tuple[EarningMilestone, ...]


@dataclass(frozen=True, slots=True)
class EarningMilestoneMarked:
    """A milestone of a task, counted from 1, was reached, or was not after all."""

    number: int
    is_reached: bool


EarningEvent = EarningRuleSet | EarningMilestoneMarked


@dataclass(frozen=True, slots=True)
class SetEarningRule:
    """Say by which rule a task's budget is earned."""

    rule: Annotated[EarningRule, "The rule; without one a task earns with its percent done."]
    milestones: Annotated[
        tuple[EarningMilestone, ...],
        "For weighted milestones: 1 to 20, whose weights make 100 percent. None for other rules.",
    ] = ()

    def __post_init__(self) -> None:
        """Raise `Malformed` for milestones out of bounds, of another rule, or not of 100 percent."""
        is_weighted = self.rule is EarningRule.WEIGHTED_MILESTONES
        if not is_weighted and self.milestones:
            raise Malformed("Only weighted milestones have milestones.", field="milestones")
        if len(self.milestones) > MILESTONES_MAX:
            raise Malformed(f"There are at most {MILESTONES_MAX} milestones.", field="milestones")
        for index, each in enumerate(self.milestones):
            shape.text(each.name, f"milestones.{index}.name", shape.NAME_LENGTH_MAX)
            shape.whole(each.weight_percent, f"milestones.{index}.weightPercent", 1, _WHOLE_PERCENT)
        if is_weighted and sum(each.weight_percent for each in self.milestones) != _WHOLE_PERCENT:
            raise Malformed("The weights of the milestones make 100 percent.", field="milestones")


@dataclass(frozen=True, slots=True)
class MarkEarningMilestone:
    """Say that a milestone by which a task earns was reached."""

    number: Annotated[int, "Which milestone of the task's earning rule, counted from 1."]
    is_reached: Annotated[bool, "Whether it was reached; false takes back what was said."] = True

    def __post_init__(self) -> None:
        """Raise `Malformed` for a number out of bounds."""
        shape.whole(self.number, "number", 1, MILESTONES_MAX)


EarningCommand = SetEarningRule | MarkEarningMilestone


class UnknownEarningMilestone(Unknown):
    """A number names no milestone of the task's earning rule."""

    sentence = "The task's earning rule has no milestone of this number."


def decide(command: EarningCommand, task: Task, context: Context) -> Sequence[EarningEvent]:
    """Return what happens to how a task under way earns."""
    del context
    earning = under_way(task).earning
    match command:
        case SetEarningRule(rule, milestones):
            is_so = (earning.rule, earning.milestones) == (rule, milestones)
            return [] if is_so else [EarningRuleSet(rule, milestones)]
        case MarkEarningMilestone(number, is_reached):
            if number > len(earning.milestones):
                raise UnknownEarningMilestone(field="number")
            is_so = is_reached == (number in earning.reached)
            return [] if is_so else [EarningMilestoneMarked(number, is_reached)]
        case _:
            assert_never(command)


def evolve(task: Task, event: EarningEvent) -> Task:
    """Return the task after an event of how it earns."""
    match event:
        case EarningRuleSet(rule, milestones):
            return replaced(task, earning=Earning(rule, milestones))
        case EarningMilestoneMarked(number, is_reached):
            others = task.earning.reached - {number}
            reached = others | {number} if is_reached else others
            return replaced(task, earning=replaced(task.earning, reached=reached))
        case _:
            assert_never(event)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.earning_rule_set.v1": EarningRuleSet,
        "task.earning_milestone_marked.v1": EarningMilestoneMarked,
    },
    commands={
        SetEarningRule: roles.LEADS,
        MarkEarningMilestone: roles.TEAM,
    },
)
