"""First plans: each keeps all rules, and pushing all to the end and back ends plans earlier."""

from dataclasses import replace
from itertools import islice
from pathlib import Path
from uuid import UUID

import pytest

from bench import psplib
from domain.levelling.axis import Axis, BeyondAxis
from domain.levelling.heuristic import first_plans
from domain.levelling.problem import Activity, Bound, Problem
from infra.levelling.outcome import finish_of
from tests.infra.levelling.checking import broken
from tests.infra.levelling.plans import random_plan

ANNA = UUID(int=901)
PLANS = 12


def key(number: int) -> UUID:
    return UUID(int=number)


def problem(*activities: Activity, bounds: tuple[Bound, ...] = (), units: int = 2) -> Problem:
    return Problem({each.key: each for each in activities}, bounds, {ANNA: units})


def of_anna(number: int, duration: int, units: int = 1, axis: Axis | None = None) -> Activity:
    return Activity(key(number), duration, {ANNA: units}, axis)


@pytest.mark.parametrize("seed", range(20))
def test_no_first_plan_breaks_a_rule(seed: int) -> None:
    plan = random_plan(seed)
    for starts in islice(first_plans(plan, seed), PLANS):
        assert broken(plan, starts) == []


def test_the_same_seed_gives_the_same_plans() -> None:
    one, other = (list(islice(first_plans(random_plan(5), 9), PLANS)) for _ in range(2))
    assert one == other


def test_pushed_to_the_end_and_back_plans_of_j30_end_earlier(shared_data: Path) -> None:
    found = psplib.problems(shared_data / "psplib")
    first = justified = best = 0
    for name in list(found)[::20]:
        ends = [finish_of(found[name], starts) for starts in islice(first_plans(found[name], 1), PLANS)]
        first, justified, best = first + ends[0], justified + ends[1], best + min(ends)
    assert best < justified < first


def test_what_cannot_be_pushed_without_going_back_before_all_working_time_stays_where_it_is() -> None:
    axis = Axis(((0, 4), (10, 20)))
    late = replace(of_anna(2, 4, axis=axis), latest=4)
    plan = problem(of_anna(1, 4, axis=axis), late, bounds=(Bound(key(1), key(2)),))
    assert list(islice(first_plans(plan, 1), 3)) == [{key(1): 0, key(2): 10}] * 3


def test_a_plan_that_does_not_fit_into_its_working_time_is_refused() -> None:
    with pytest.raises(BeyondAxis):
        next(first_plans(problem(of_anna(1, 9, axis=Axis(((0, 4), (10, 14))))), 1))


def test_more_units_than_there_are_is_a_fault() -> None:
    with pytest.raises(AssertionError):
        next(first_plans(problem(of_anna(1, 4, units=3)), 1))


def test_nothing_to_do_is_a_plan_of_nothing() -> None:
    assert list(islice(first_plans(problem(), 1), 3)) == [{}, {}, {}]
