"""What the solver finds: plans that keep all rules, the best of them, and typed answers for none."""

import random
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from bench import psplib
from domain.levelling.problem import Activity, Bound, Objective, Problem, Rate
from infra.levelling.outcome import Limits, Progress, Verdict, finish_of
from infra.levelling.solver import Search
from tests.infra.levelling.checking import broken
from tests.infra.levelling.plans import ANNA, DAYS, NINE, SAW, key, random_plan

SHORT = Limits(5.0, workers=1)
SAMPLE = 24


def problem(
    *activities: Activity, bounds: tuple[Bound, ...] = (), objective: Objective = Objective.FINISH
) -> Problem:
    return Problem({each.key: each for each in activities}, bounds, {ANNA: 100, SAW: 200}, objective)


def of_anna(number: int, hours: int, units: int = 100, **more: object) -> Activity:
    activity = Activity(key(number), hours * 60, {ANNA: units}, DAYS, earliest=NINE, planned_at=NINE)
    return replace(activity, **more)  # type: ignore[arg-type]


def test_the_best_known_finish_of_a_sample_of_j30_and_no_rule_broken(shared_data: Path) -> None:
    problems, optima = psplib.problems(shared_data / "psplib"), psplib.optima(shared_data / "psplib")
    gaps: list[float] = []
    for name in list(problems)[:: len(problems) // SAMPLE]:
        found = Search(problems[name], Limits(1.0, is_tidied=False)).run()
        assert psplib.broken(problems[name], found.starts) == []
        assert finish_of(problems[name], found.starts) == found.value
        assert found.value is not None
        assert found.value >= optima[name]
        gaps.append(found.value / optima[name] - 1)
    # However busy the machine: what an idle one reaches, the bench says.
    assert sum(gap == 0 for gap in gaps) >= SAMPLE // 2
    assert sum(gaps) / len(gaps) < 0.05


def test_one_resource_does_one_thing_after_the_other_in_its_working_time() -> None:
    three = problem(of_anna(1, 6), of_anna(2, 6), of_anna(3, 3, units=50), of_anna(4, 3, units=50))
    found = Search(three, SHORT).run()
    assert broken(three, found.starts) == []
    assert (found.verdict, found.value) == (Verdict.BEST, 1_440 + NINE + 7 * 60)


def test_a_plan_is_moved_no_more_than_its_finish_needs() -> None:
    late = of_anna(1, 2, planned_at=NINE + 120)
    two = problem(late, of_anna(2, 2), of_anna(3, 4, uses={SAW: 100}, earliest=NINE + 240))
    found = Search(two, SHORT).run()
    assert found.starts == {key(1): NINE + 120, key(2): NINE, key(3): NINE + 240}


@pytest.mark.parametrize("seed", range(8))
def test_no_plan_breaks_a_rule_whatever_is_sought(seed: int) -> None:
    plan = random_plan(seed)
    found = Search(plan, Limits(2.0)).run()
    assert found.verdict in {Verdict.BEST, Verdict.FOUND}
    assert broken(plan, found.starts) == []


def test_lateness_lets_the_important_task_with_the_earlier_day_go_first() -> None:
    due = NINE + 120
    small, large = of_anna(1, 2, due=due, weight=100), of_anna(2, 2, due=due, weight=900)
    found = Search(problem(small, large, objective=Objective.LATENESS), SHORT).run()
    assert (found.starts, found.value) == ({key(1): NINE + 120, key(2): NINE}, 120 * 101)


def test_cost_waits_for_the_cheaper_rate() -> None:
    cheaper = NINE + 60
    rates = (Rate(0, 500), Rate(cheaper, 300))
    found = Search(problem(of_anna(1, 2, rates=rates), objective=Objective.COST), SHORT).run()
    assert (found.value, found.starts) == (300, {key(1): cheaper})


def test_least_change_leaves_a_plan_that_is_right_already() -> None:
    right = problem(of_anna(1, 2, planned_at=NINE + 120), of_anna(2, 2), objective=Objective.LEAST_CHANGE)
    found = Search(right, SHORT).run()
    assert (found.starts, found.value) == ({key(1): NINE + 120, key(2): NINE}, 0)


def test_what_has_begun_together_goes_on_and_others_wait_for_both() -> None:
    begun = [of_anna(number, hours, fixed_at=NINE) for number, hours in ((1, 2), (2, 4))]
    plan = problem(*begun, of_anna(3, 1))
    found = Search(plan, SHORT).run()
    assert found.starts[key(3)] == NINE + 240
    assert broken(plan, found.starts) == []


def test_limits_that_cannot_all_be_kept_are_said_to_be_impossible() -> None:
    both = [of_anna(number, 4, latest=NINE + 360) for number in (1, 2)]
    found = Search(problem(*both), SHORT).run()
    assert (found.verdict, found.starts) == (Verdict.IMPOSSIBLE, {})


def hard(seed: int = 3, tasks: int = 120) -> Problem:
    """Return a problem that no search is done with soon."""
    chance = random.Random(seed)
    resources = {UUID(int=800 + number): 10 for number in range(4)}
    made = [
        Activity(key(number), chance.randint(1, 9), {each: chance.randint(1, 6) for each in resources})
        for number in range(1, tasks)
    ]
    bounds = [
        Bound(key(chance.randint(max(1, number - 9), number - 1)), key(number)) for number in range(2, tasks)
    ]
    return Problem({each.key: each for each in made}, bounds, resources)


def test_a_search_without_time_for_a_plan_that_keeps_the_limits_says_so() -> None:
    plan = hard()
    limited = {each: replace(activity, latest=300) for each, activity in plan.activities.items()}
    found = Search(replace(plan, activities=limited), Limits(0.05)).run()
    assert (found.verdict, found.starts) == (Verdict.NOTHING_IN_TIME, {})


def test_a_search_tells_what_it_finds_and_ends_when_it_is_cancelled() -> None:
    told: list[Progress] = []
    heard = threading.Event()
    search = Search(hard(), Limits(60.0), lambda progress: (told.append(progress), heard.set())[-1])
    answers: list[Verdict] = []
    running = threading.Thread(target=lambda: answers.append(search.run().verdict))
    running.start()
    assert heard.wait(20)
    search.cancel()
    running.join(20)
    assert answers == [Verdict.CANCELLED]
    assert told[0].value is not None


def test_the_same_plan_is_found_again_with_one_worker() -> None:
    plan = random_plan(3)
    first: Mapping[UUID, int] = Search(plan, SHORT).run().starts
    assert Search(plan, SHORT).run().starts == first
