"""Earned value and earned schedule: what was planned, earned and spent by an instant, and what follows.

Budget, planned, earned and actual values are whole numbers of one unit: cents, or minutes of work. Formulas
and their sources stand in `docs/planning.md`. Where a divisor is 0 there is no figure.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Final, assert_never

from domain.calendar import WorkingAxis
from domain.errors import Malformed

_PERCENT: Final = 100


class EarningRule(StrEnum):
    """When a task's budget is earned: at its end, half at its start, by milestones, or with its progress."""

    ZERO_HUNDRED = "zero_hundred"
    FIFTY_FIFTY = "fifty_fifty"
    WEIGHTED_MILESTONES = "weighted_milestones"
    PHYSICAL_PERCENT = "physical_percent"


@dataclass(frozen=True, slots=True)
class Milestone:
    """A part of a task's budget that is earned at once; weights count against the sum of all."""

    weight: int
    is_reached: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is."""

    is_started: bool
    is_finished: bool
    percent: int = 0
    milestones: tuple[Milestone, ...] = ()


def earned_value(budget: int, rule: EarningRule, progress: Progress) -> int:
    """Return what is earned of a task's budget, rounded half to even; all of it once it is finished."""
    if progress.is_finished:
        return budget
    match rule:
        case EarningRule.ZERO_HUNDRED:
            return 0
        case EarningRule.FIFTY_FIFTY:
            return round(Fraction(budget, 2)) if progress.is_started else 0
        case EarningRule.WEIGHTED_MILESTONES:
            weights = sum(each.weight for each in progress.milestones)
            reached = sum(each.weight for each in progress.milestones if each.is_reached)
            return round(Fraction(budget * reached, weights)) if weights else 0
        case EarningRule.PHYSICAL_PERCENT:
            return round(Fraction(budget * progress.percent, _PERCENT))
        case _:
            assert_never(rule)


def planned_value(budget: int, axis: WorkingAxis, span: tuple[int, int], at: int) -> int:
    """Return what is planned of a budget by an instant, spread evenly over the working minutes of its span.

    Instants are `epoch_minute`s; a span without working time is planned as a whole at its end.
    """
    start, finish = span
    if at >= finish:
        return budget
    begun = axis.worked_until(start)
    whole, done = axis.worked_until(finish) - begun, axis.worked_until(at) - begun
    return round(Fraction(budget * max(done, 0), whole)) if whole > 0 else 0


def earned_schedule(planned: Sequence[int], earned: int) -> Fraction | None:
    """Return after how many periods the plan had earned this much: ES = C + (EV - PV_C) / (PV_C+1 - PV_C).

    `planned` are the cumulative planned values at the ends of periods 0 (the start), 1, 2 and so on, which
    never fall; C is the last period with PV_C <= EV, the first that reaches the whole budget at most. None
    without a plan. Raise `Malformed` for values that fall.
    """
    if not planned or planned[-1] == 0:
        return None
    if any(after < before for before, after in pairwise(planned)):
        raise Malformed("Cumulative planned values never fall.", field="planned")
    if earned >= planned[-1]:
        return Fraction(bisect_left(planned, planned[-1]))
    last = bisect_right(planned, earned) - 1
    if last < 0:
        return Fraction(0)
    return last + Fraction(earned - planned[last], planned[last + 1] - planned[last])


@dataclass(frozen=True, slots=True)
class Estimates:
    """What all of it will cost, by four formulas; each says what it takes for granted of the rest."""

    typical: Annotated[int | None, "BAC / CPI: the rest costs as much for its worth as what is done did."]
    atypical: Annotated[int, "AC + BAC - EV: the rest costs what was planned for it."]
    with_schedule: Annotated[int | None, "AC + (BAC - EV) / (CPI x SPI): being late costs, too."]
    bottom_up: Annotated[int | None, "AC + a new estimate of the rest; null where there is none."]


@dataclass(frozen=True, slots=True)
class Performance:
    """What was planned, earned and spent by an instant, in one unit, and all that is derived from it."""

    budget_at_completion: int
    planned: int
    earned: int
    actual: int

    @property
    def schedule_variance(self) -> int:
        """Return SV = EV - PV."""
        return self.earned - self.planned

    @property
    def cost_variance(self) -> int:
        """Return CV = EV - AC."""
        return self.earned - self.actual

    @property
    def schedule_performance_index(self) -> Fraction | None:
        """Return SPI = EV / PV."""
        return _ratio(self.earned, self.planned)

    @property
    def cost_performance_index(self) -> Fraction | None:
        """Return CPI = EV / AC."""
        return _ratio(self.earned, self.actual)

    def estimates_at_completion(self, bottom_up_rest: int | None = None) -> Estimates:
        """Return EAC by each formula, rounded half to even."""
        rest = self.budget_at_completion - self.earned
        cost, time = self.cost_performance_index, self.schedule_performance_index
        both = None if cost is None or time is None else cost * time
        return Estimates(
            typical=round(self.budget_at_completion / cost) if cost else None,
            atypical=self.actual + rest,
            with_schedule=self.actual + round(rest / both) if both else None,
            bottom_up=None if bottom_up_rest is None else self.actual + bottom_up_rest,
        )

    def estimate_to_complete(self, estimate_at_completion: int) -> int:
        """Return ETC = EAC - AC."""
        return estimate_at_completion - self.actual

    def variance_at_completion(self, estimate_at_completion: int) -> int:
        """Return VAC = BAC - EAC."""
        return self.budget_at_completion - estimate_at_completion

    def to_complete_performance_index(self, target: int | None = None) -> Fraction | None:
        """Return TCPI = (BAC - EV) / (target - AC); the target is BAC unless an EAC is given."""
        aim = self.budget_at_completion if target is None else target
        return _ratio(self.budget_at_completion - self.earned, aim - self.actual)


@dataclass(frozen=True, slots=True)
class TimePerformance:
    """Earned schedule ES, actual time AT and planned duration PD, all in the same periods."""

    earned: Fraction
    actual: Fraction
    planned: Fraction

    @property
    def variance(self) -> Fraction:
        """Return SV(t) = ES - AT."""
        return self.earned - self.actual

    @property
    def performance_index(self) -> Fraction | None:
        """Return SPI(t) = ES / AT."""
        return _ratio(self.earned, self.actual)

    @property
    def estimate_at_completion(self) -> Fraction | None:
        """Return IEAC(t) = PD / SPI(t)."""
        index = self.performance_index
        return self.planned / index if index else None

    @property
    def to_complete_index(self) -> Fraction | None:
        """Return TSPI(t) = (PD - ES) / (PD - AT)."""
        return _ratio(self.planned - self.earned, self.planned - self.actual)


def _ratio(above: Fraction | int, below: Fraction | int) -> Fraction | None:
    return Fraction(above) / Fraction(below) if below else None
