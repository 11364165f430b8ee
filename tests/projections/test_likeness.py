"""How much a past task says about another: more, the more alike they are and the later it was opened."""

from datetime import date, timedelta

import pytest

from projections.forecast.likeness import (
    HALF_LIFE_DAYS,
    KNOWN_MAX,
    PEOPLE_WEIGHT,
    PROJECT_WEIGHT,
    Kind,
    PastTasks,
)
from projections.forecast.ratios import Learnt, PastTask

FIRST = date(2020, 1, 1)
DAY = timedelta(days=1)
WANTED = Kind(("anna",), "mill", 120)


def past(*kinds: Kind) -> PastTasks:
    """Return tasks of one day that took as long as estimated."""
    found = PastTasks()
    for kind in kinds:
        found.add(kind, FIRST, kind.estimate_minutes, 60)
    return found


@pytest.mark.parametrize(
    ("kind", "weight"),
    [
        (Kind(("ben",), "hall", 120), 1),
        (Kind(("anna",), "hall", 120), PEOPLE_WEIGHT),
        (Kind(("ben",), "mill", 120), PROJECT_WEIGHT),
        (WANTED, PEOPLE_WEIGHT * PROJECT_WEIGHT),
        (Kind(("anna", "ben"), "hall", 120), 1),
        (Kind(("ben",), "hall", 240), 0.25),
        (Kind(("ben",), "hall", 60), 0.25),
    ],
)
def test_a_past_task_counts_by_its_people_its_project_and_its_estimate(kind: Kind, weight: float) -> None:
    assert past(kind).weights(WANTED).tolist() == [weight]


def test_a_name_nobody_knows_leaves_people_and_project_out() -> None:
    assert past(WANTED).weights(Kind(("carl",), "yard", 120)).tolist() == [1]


def test_a_task_opened_a_half_life_before_another_counts_half() -> None:
    found = PastTasks()
    for days in (HALF_LIFE_DAYS, 0, 40 * HALF_LIFE_DAYS):
        found.add(WANTED, FIRST + days * DAY, 120, 60)
    least, less, most = found.weights(WANTED)
    assert most == PEOPLE_WEIGHT * PROJECT_WEIGHT
    assert less == least == pytest.approx(most / 2**10, rel=1e-5)
    found = PastTasks()
    for days in (0, HALF_LIFE_DAYS):
        found.add(WANTED, FIRST + days * DAY, 120, 60)
    assert found.weights(WANTED).tolist() == [most / 2, most]


def test_whatever_is_finished_first_the_same_is_taught() -> None:
    tasks = [(FIRST + number % 7 * 30 * DAY, 60 + number) for number in range(70)]
    taught = []
    for order in (tasks, sorted(tasks)):
        found = PastTasks()
        for opened_on, work in order:
            found.add(WANTED, opened_on, work, 2 * work)
        taught.append((found.taught().work.tolist(), found.weights(WANTED).tolist()))
    assert taught[0] == taught[1]


def test_of_many_tasks_those_opened_last_are_looked_at() -> None:
    found = PastTasks()
    for number in range(1, KNOWN_MAX + 1):
        found.add(WANTED, FIRST + number * DAY, number, 60)
    assert found.taught().work.min() == 1 / 120
    found.add(WANTED, FIRST, KNOWN_MAX + 1, 60)
    assert found.taught().work.max() == KNOWN_MAX / 120
    found.add(WANTED, FIRST + 9 * DAY, KNOWN_MAX + 2, 60)
    work = found.taught().work
    assert (len(work), work.min(), work.max()) == (KNOWN_MAX, 2 / 120, (KNOWN_MAX + 2) / 120)


def test_few_tasks_of_ones_own_lean_on_those_of_all() -> None:
    lessons = [PastTask(("many",), "p", 60, 60, None, FIRST, FIRST)] * 200
    lessons += [PastTask(("few",), "q", 60, 240, None, FIRST, FIRST)] * 5
    few = Learnt(lessons).ratios(("few",), "q", 60)
    many = Learnt(lessons).ratios(("many",), "p", 60)
    assert 0.3 < float((few.work == 4).mean()) < 0.7
    assert float((many.work == 4).mean()) < 0.03
