"""Earned value and earned schedule, by the numbers of textbooks and at their edges."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import WorkingAxis, epoch_minute, office_hours
from domain.earned_value import (
    EarningRule,
    Estimates,
    Milestone,
    Performance,
    Progress,
    TimePerformance,
    earned_schedule,
    earned_value,
    planned_value,
)
from domain.errors import Malformed

OFFICE = WorkingAxis([office_hours("UTC")], date(2026, 3, 2))
LATE = Performance(budget_at_completion=1_000, planned=500, earned=400, actual=500)
NOTHING = Performance(0, 0, 0, 0)
HALFWAY = Progress(
    is_started=True,
    is_finished=False,
    percent=40,
    milestones=(Milestone(3, is_reached=True), Milestone(1, is_reached=False)),
)


def minute(day: int, hour: int) -> int:
    return epoch_minute(datetime(2026, 3, day, hour, tzinfo=UTC))


@pytest.mark.parametrize(
    ("rule", "earned"),
    [
        (EarningRule.ZERO_HUNDRED, 0),
        (EarningRule.FIFTY_FIFTY, 500),
        (EarningRule.WEIGHTED_MILESTONES, 750),
        (EarningRule.PHYSICAL_PERCENT, 400),
    ],
)
def test_each_rule_earns_in_its_own_way_and_all_at_the_end(rule: EarningRule, earned: int) -> None:
    assert earned_value(1_000, rule, HALFWAY) == earned
    assert earned_value(1_000, rule, Progress(is_started=False, is_finished=False)) == 0
    assert earned_value(1_000, rule, replace(HALFWAY, is_finished=True)) == 1_000


def test_a_budget_is_planned_evenly_over_working_time() -> None:
    friday_to_monday = minute(6, 9), minute(9, 17)
    planned = [planned_value(960, OFFICE, friday_to_monday, minute(day, 13)) for day in (5, 6, 7, 8, 9, 10)]
    assert planned == [0, 240, 480, 480, 720, 960]


def test_a_span_without_working_time_is_planned_at_its_end() -> None:
    weekend = minute(7, 9), minute(8, 9)
    assert [planned_value(100, OFFICE, weekend, minute(day, 9)) for day in (7, 8)] == [0, 100]


def test_variances_and_indices_are_those_of_the_textbook() -> None:
    assert (LATE.schedule_variance, LATE.cost_variance) == (-100, -100)
    assert LATE.schedule_performance_index == LATE.cost_performance_index == Fraction(4, 5)
    assert LATE.estimates_at_completion(700) == Estimates(1_250, 1_100, 1_438, 1_200)
    assert (LATE.estimate_to_complete(1_250), LATE.variance_at_completion(1_250)) == (750, -250)
    assert LATE.to_complete_performance_index() == Fraction(6, 5)
    assert LATE.to_complete_performance_index(1_250) == Fraction(4, 5)


def test_without_a_divisor_there_is_no_figure() -> None:
    assert NOTHING.schedule_performance_index is None
    assert NOTHING.cost_performance_index is None
    assert NOTHING.to_complete_performance_index() is None
    assert NOTHING.estimates_at_completion() == Estimates(None, 0, None, None)
    assert replace(LATE, earned=0).estimates_at_completion() == Estimates(None, 1_500, None, None)
    begin = TimePerformance(Fraction(0), Fraction(0), Fraction(0))
    assert (begin.performance_index, begin.estimate_at_completion, begin.to_complete_index) == (None,) * 3


@pytest.mark.parametrize(
    ("earned", "periods"),
    [
        (0, Fraction(0)),
        (25, Fraction(5, 2)),
        (30, Fraction(4)),  # the last of the periods that plan no more
        (35, Fraction(9, 2)),
        (40, Fraction(5)),  # the first that has all of it
        (99, Fraction(5)),
    ],
)
def test_earned_schedule_is_when_the_plan_had_earned_as_much(earned: int, periods: Fraction) -> None:
    assert earned_schedule([0, 10, 20, 30, 30, 40, 40], earned) == periods


def test_a_plan_of_nothing_has_no_earned_schedule_and_one_that_falls_is_refused() -> None:
    assert earned_schedule([], 5) is None
    assert earned_schedule([0, 0], 0) is None
    with pytest.raises(Malformed):
        earned_schedule([0, 20, 10], 5)


def test_a_late_project_shows_it_in_time_to_the_end() -> None:
    """Planned for 4 periods, done after 5: SPI is 1 again, SPI(t) is not."""
    done = TimePerformance(Fraction(4), Fraction(5), Fraction(4))
    assert done.performance_index == Fraction(4, 5)
    assert (done.variance, done.estimate_at_completion) == (-1, 5)
    half = TimePerformance(Fraction(2), Fraction(3), Fraction(4))
    assert (half.estimate_at_completion, half.to_complete_index) == (6, 2)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12), st.integers(0, 700))
def test_more_earned_is_never_earlier(steps: list[int], earned: int) -> None:
    planned = [sum(steps[:count]) for count in range(len(steps) + 1)]
    before, after = earned_schedule(planned, earned), earned_schedule(planned, earned + 1)
    if before is not None and after is not None:
        assert 0 <= before <= after <= len(steps)
