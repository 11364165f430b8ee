"""Calibration: what was promised comes true as often as said, learns from nothing that is still to come."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.forecast import throughput
from projections.forecast.calibration import SHIFT_MAX, TIME_STEPS, WORK_STEPS, Calibration
from projections.forecast.chance import Percentiles
from projections.forecast.ratios import SAMPLE_TASKS_MIN, SLOTS, Learnt, PastTask, TaskPromise, steps
from projections.forecast.throughput import Draw

FIRST = date(2020, 1, 1)
DAY = timedelta(days=1)


@pytest.mark.parametrize("promised", [Percentiles(70.0, 120.0, 200.0), Percentiles(100.0, 300.0, 500.0)])
@pytest.mark.parametrize("steps_of", [WORK_STEPS, TIME_STEPS])
def test_whatever_is_promised_comes_true_as_often_as_said_in_the_end(
    promised: Percentiles[float], steps_of: tuple[int, int, int]
) -> None:
    chance, calibration = random.Random(1), Calibration(steps_of)
    kept = np.zeros(3)
    for number in range(6_000):
        actual = 100 * chance.lognormvariate(0, 0.6)
        made = calibration.moved(promised)
        if number >= 1_000:
            kept += [actual <= value for value in (made.p50, made.p85, made.p95)]
        calibration.learn(made, actual)
    assert kept / 5_000 == pytest.approx([0.5, 0.85, 0.95], abs=0.015)


def test_what_most_take_exactly_is_promised_at_half_as_often_as_said() -> None:
    """P85 falls on the same value as P50 and goes to and fro about it too: it must not pull P50 down."""
    chance, calibration = random.Random(2), Calibration(TIME_STEPS)
    kept = 0
    for number in range(6_000):
        actual = 100.0 if chance.random() < 0.86 else 300.0
        made = calibration.moved(Percentiles(100.0, 100.0, 300.0))
        kept += number >= 1_000 and actual <= made.p50
        calibration.learn(made, actual)
    assert kept / 5_000 == pytest.approx(0.5, abs=0.015)


@given(st.lists(st.floats(1, 1_000), max_size=300))
def test_a_greater_chance_never_promises_less_and_shifts_have_an_end(actuals: Sequence[float]) -> None:
    calibration = Calibration(TIME_STEPS)
    for actual in actuals:
        made = calibration.moved(Percentiles(10.0, 10.5, 11.0))
        assert made.p50 <= made.p85 <= made.p95
        calibration.learn(made, actual)
    assert all(abs(shift) <= SHIFT_MAX for shift in calibration.shifts)
    spread = calibration.spread(np.linspace(1, 2, 1_000))
    assert (np.diff(spread) >= 0).all()


def test_what_is_drawn_from_has_the_percentiles_that_are_promised() -> None:
    learnt = Learnt(tasks(400, 1))
    task = tasks(1, 2)[0]
    made = learnt.promise(task)
    ratios = learnt.ratios(task.people, task.project, task.estimate_minutes)
    for percent, work, elapsed in (
        (50, made.work.p50, made.elapsed.p50),
        (85, made.work.p85, made.elapsed.p85),
        (95, made.work.p95, made.elapsed.p95),
    ):
        place = SLOTS * percent // 100 - 1
        assert ratios.work[place] * task.estimate_minutes == pytest.approx(work, rel=0.01)
        assert np.sort(ratios.elapsed)[place] == pytest.approx(elapsed, rel=0.1)


def tasks(count: int, seed: int, spread: float = 0.5) -> list[PastTask]:
    """Return tasks that are all alike, three a day, each finished up to ten days after it was opened."""
    chance = random.Random(seed)
    made: list[PastTask] = []
    for number in range(count):
        estimate = chance.choice((60, 120, 240))
        work = max(1, round(estimate * chance.lognormvariate(0.2, spread)))
        opened_on = FIRST + number // 3 * DAY
        done_on = opened_on + chance.randrange(10) * DAY
        elapsed = round(420 * chance.lognormvariate(0, 1))
        made.append(PastTask((str(number % 4),), "p", estimate, work, elapsed, opened_on, done_on))
    return made


def promises(past: Sequence[PastTask]) -> list[tuple[PastTask, TaskPromise]]:
    """Return what was promised of each task on the day it was opened."""
    learnt, made = Learnt(()), list[tuple[PastTask, TaskPromise]]()
    for step in steps(past):
        if not step.is_finish and learnt.is_history:
            made.append((step.task, learnt.promise(step.task)))
        learnt.take(step)
    return made


def test_of_tasks_that_are_alike_as_many_come_true_as_promised() -> None:
    made = promises(tasks(1_500, 5))
    assert len(made) > 1_400
    for actuals, given_ in (
        ([task.work_minutes for task, _ in made], [each.work for _, each in made]),
        ([task.elapsed_minutes or 0 for task, _ in made], [each.elapsed for _, each in made]),
    ):
        kept = [
            sum(actual <= getattr(each, name) for actual, each in zip(actuals, given_, strict=True))
            for name in ("p50", "p85", "p95")
        ]
        assert np.asarray(kept) / len(made) == pytest.approx([0.5, 0.85, 0.95], abs=0.03)


@settings(max_examples=5)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(2, 9))
def test_what_comes_later_moves_no_promise_made_before(seed: int, turn: int, change: int) -> None:
    past = tasks(200, seed)
    day = FIRST + (20 + turn) * DAY
    others = [
        each
        if each.finished_on < day
        else replace(
            each,
            work_minutes=each.work_minutes * change,
            elapsed_minutes=change * (each.elapsed_minutes or 1),
            finished_on=each.finished_on + change * DAY,
        )
        for each in past
    ]
    before, after = (
        [made for task, made in promises(one) if task.finished_on < day] for one in (past, others)
    )
    assert before == after
    assert before


def test_thin_data_promises_nothing() -> None:
    assert promises(tasks(SAMPLE_TASKS_MIN, 1)) == []
    with pytest.raises(AssertionError):
        Learnt(tasks(SAMPLE_TASKS_MIN - 1, 1)).promise(tasks(1, 1)[0])


def test_the_same_past_teaches_the_same() -> None:
    one, other = (promises(tasks(300, 9)) for _ in range(2))
    assert one == other


def test_a_team_whose_pace_wanders_keeps_what_is_promised_of_it() -> None:
    chance = np.random.default_rng(3)
    many, when = np.zeros(3), np.zeros(3)
    teams = 200
    for number in range(teams):
        wander = np.repeat(np.cumsum(chance.normal(0, 0.4, 30)), 10)
        days = chance.poisson(2 * np.exp(wander - wander[119])).tolist()
        past, ahead = days[:120], days[120:]
        draw = Draw(number, 300)
        found = throughput.how_many(past, 20, draw)
        many += [sum(ahead[:20]) >= each for each in (found.p50, found.p85, found.p95)]
        reached = int(np.searchsorted(np.cumsum(ahead), 40)) + 1
        until = throughput.when([past], [40], draw)
        when += [each is None or reached <= each for each in (until.p50, until.p85, until.p95)]
    assert many / teams == pytest.approx([0.5, 0.85, 0.95], abs=0.08)
    assert when / teams == pytest.approx([0.5, 0.85, 0.95], abs=0.1)


def test_a_steady_team_is_promised_less_than_it_could_be() -> None:
    """The pace of every team wanders, as it did where the deviation was found: known and accepted."""
    chance = np.random.default_rng(4)
    kept, teams = np.zeros(3), 200
    for number in range(teams):
        days = chance.poisson(2, 140).tolist()
        found = throughput.how_many(days[:120], 20, Draw(number, 300))
        kept += [sum(days[120:]) >= each for each in (found.p50, found.p85, found.p95)]
    assert (kept / teams >= [0.4, 0.9, 0.95]).all()
