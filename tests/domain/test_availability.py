"""Availability as arithmetic: unions of overlapping intervals, exclusion, clipping, the error budget."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.availability import Interval, clipped, excluded, outcome, union
from tests.examples import HOUR, MINUTE

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
MONTH = Interval(BEGIN, BEGIN + timedelta(days=30))
END = MONTH.end
UNITS = 24


def between(begin: float, end: float) -> Interval:
    """Return the interval between two hours of the month."""
    return Interval(BEGIN + begin * HOUR, BEGIN + end * HOUR)


def spans() -> st.SearchStrategy[list[Interval]]:
    hours = st.integers(-2, UNITS + 2)
    return st.lists(st.tuples(hours, hours).map(lambda two: between(min(two), max(two))), max_size=6)


def covered(intervals: list[Interval]) -> set[int]:
    """Return the hours that intervals cover, one by one."""
    return {
        hour
        for hour in range(-2, UNITS + 2)
        if any(begin <= BEGIN + hour * HOUR < end for begin, end in intervals)
    }


@given(spans())
def test_a_union_covers_the_same_time_in_ascending_parts_that_do_not_touch(intervals: list[Interval]) -> None:
    joined = union(part for part in intervals if part.begin < part.end)
    assert covered(joined) == covered(intervals)
    assert all(first.end < second.begin for first, second in pairwise(joined))


@given(spans(), spans())
def test_what_is_excluded_is_gone_and_nothing_else_is(intervals: list[Interval], out: list[Interval]) -> None:
    day = between(0, UNITS)
    left = excluded(union(clipped(intervals, day)), union(clipped(out, day)))
    assert covered(left) == (covered(intervals) - covered(out)) & set(range(UNITS))
    assert all(part.begin < part.end for part in left)


@given(spans(), spans(), st.integers(-2, UNITS + 2))
def test_an_outcome_counts_each_hour_once(outages: list[Interval], out: list[Interval], until: int) -> None:
    window = between(0, UNITS)
    hours = set(range(UNITS))
    passed = {hour for hour in hours if hour < until} - covered(out)
    found = outcome(window, BEGIN + until * HOUR, outages, out)
    assert found.total_seconds == UNITS * 3600
    assert found.maintenance_seconds == len(covered(out) & hours) * 3600
    assert found.observed_seconds == len(passed) * 3600
    assert found.downtime_seconds == len(covered(outages) & passed) * 3600


def test_99_5_percent_allow_216_minutes_in_30_days() -> None:
    found = outcome(MONTH, END, [], [])
    assert found.error_budget_seconds(9950) == 216 * 60
    assert outcome(Interval(BEGIN, BEGIN + timedelta(days=31)), END, [], []).error_budget_seconds(9950) == (
        13_392
    )
    assert (found.availability_percent, found.is_met(9950)) == (100.0, True)


@pytest.mark.parametrize(("minutes", "is_met"), [(216, True), (217, False)])
def test_an_objective_is_met_to_the_minute(minutes: int, *, is_met: bool) -> None:
    down = Interval(BEGIN, BEGIN + minutes * MINUTE)
    found = outcome(MONTH, END, [down], [])
    assert found.downtime_seconds == minutes * 60
    assert found.is_met(9950) is is_met
    assert found.availability_percent == pytest.approx(100 * (1 - minutes / 43_200))


def test_overlapping_outages_count_once_and_maintenance_leaves_both_sides() -> None:
    outages = [between(1, 3), between(2, 4), between(10, 12)]
    found = outcome(MONTH, END, outages, [between(11, 20)])
    assert found.downtime_seconds == 4 * 3600
    assert found.observed_seconds == found.total_seconds - 9 * 3600
    assert found.error_budget_seconds(9950) == (720 - 9) * 3600 * 50 // 10_000


def test_what_is_ahead_counts_for_the_budget_and_not_for_the_availability() -> None:
    found = outcome(MONTH, BEGIN + 10 * HOUR, [between(5, 1000)], [between(100, 110)])
    assert (found.observed_seconds, found.downtime_seconds) == (10 * 3600, 5 * 3600)
    assert found.availability_percent == 50.0
    assert found.maintenance_seconds == 10 * 3600


def test_nothing_observed_has_no_availability() -> None:
    for until, out in ((BEGIN, []), (BEGIN - HOUR, []), (END, [MONTH])):
        found = outcome(MONTH, until, [MONTH], out)
        assert (found.availability_percent, found.is_met(9950)) == (None, None)
        assert found.downtime_seconds == 0
