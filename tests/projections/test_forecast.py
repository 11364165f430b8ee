"""Forecasts as functions: repeatable, joint, within their bounds, and blind to what comes later.

Longer than other files: each rule of its subject has its test here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import DayException, office_hours
from domain.project.plan import LinkKind
from projections.forecast import backtest, throughput
from projections.forecast.chance import Chance, Percentiles, rank, reached_at_least, reached_by
from projections.forecast.network import PlannedLink, PlannedTask, simulate
from projections.forecast.past import TaskPast
from projections.forecast.ratios import Learnt, PastTask
from projections.forecast.scoring import Promise, Subject, score
from projections.forecast.throughput import Draw
from projections.forecast.working_days import backward, finished_by_day, forward

VIENNA = office_hours("Europe/Vienna")
MONDAY = date(2026, 3, 2)
PROJECT = UUID(int=1)
DRAW = Draw(seed=7, runs=300)
DAYS = st.lists(st.integers(0, 4), min_size=20, max_size=60).filter(lambda days: sum(days) >= 10)
DAY = timedelta(days=1)


def finished(number: int, people: str, project: str, work: int, elapsed: int | None = None) -> PastTask:
    """Return a task estimated at an hour, opened on the day of a number and finished on it."""
    on = MONDAY + number * DAY
    return PastTask((people,), project, 60, work, elapsed, on, on)


TWICE = Learnt([finished(0, str(number % 3), "p", 120, 120) for number in range(40)])


@pytest.mark.parametrize(
    ("percent", "count", "nearest"), [(50, 10, 5), (85, 10, 9), (95, 20, 19), (50, 1, 1)]
)
def test_a_percentile_is_the_nearest_rank(percent: int, count: int, nearest: int) -> None:
    assert rank(percent, count) == nearest


def test_what_is_reached_at_least_is_the_lower_tail() -> None:
    values = np.arange(1, 101)
    assert reached_by(values) == Percentiles(50, 85, 95)
    assert reached_at_least(values) == Percentiles(51, 16, 6)


def test_draws_of_a_seed_are_these_for_ever() -> None:
    assert Chance(7).below(1_000, 6).tolist() == [944, 625, 684, 897, 578, 775]
    assert {int(each) for each in Chance(1).below(3, 100)} == {0, 1, 2}


@settings(max_examples=25)
@given(DAYS, st.integers(1, 30), st.integers(0, 2**31 - 1))
def test_the_same_seed_gives_the_same_and_a_greater_chance_promises_less(
    finished: Sequence[int], remaining: int, seed: int
) -> None:
    draw = replace(DRAW, seed=seed)
    found = throughput.when([finished], [remaining], draw)
    assert found == throughput.when([finished], [remaining], draw)
    days = [each or throughput.HORIZON_DAYS + 1 for each in (found.p50, found.p85, found.p95)]
    assert days == sorted(days)
    fan = throughput.fan(finished, 25, draw)
    assert throughput.how_many(finished, 25, draw) == fan[-1]
    assert all(each.p50 >= each.p85 >= each.p95 for each in fan)
    assert [each.p85 for each in fan] == sorted(each.p85 for each in fan)


def test_a_team_is_done_at_its_pace_or_later_and_an_idle_one_never() -> None:
    found = throughput.when([[2] * 20], [9], replace(DRAW, runs=2_001))
    assert found.p50 == 5
    assert found.p85 is not None
    assert found.p95 is not None
    assert 5 < found.p85 < found.p95
    assert throughput.when([[2] * 20], [0], DRAW) == Percentiles(0, 0, 0)
    assert throughput.how_many([2] * 20, 5, replace(DRAW, runs=2_001)).p50 == 10
    assert throughput.when([[0] * 20], [1], DRAW) == Percentiles(None, None, None)
    assert not throughput.is_history([0] * 100)
    assert not throughput.is_history([5] * 19)


@settings(max_examples=25)
@given(DAYS, DAYS)
def test_two_teams_are_done_when_the_later_one_is_in_each_run(one: list[int], other: list[int]) -> None:
    length = min(len(one), len(other))
    both = throughput.when([one[:length], other[:length]], [5, 5], DRAW)
    each = [throughput.when([days[:length]], [5], DRAW) for days in (one, other)]
    for name in ("p50", "p85", "p95"):
        joint, *singles = (getattr(found, name) or throughput.HORIZON_DAYS + 1 for found in (both, *each))
        assert joint >= max(singles)


def test_two_uncertain_teams_are_less_likely_done_than_either() -> None:
    days = [0, 2] * 30
    shifted = [2, 0] * 30
    one = throughput.when([days], [10], replace(DRAW, block_days=1))
    both = throughput.when([days, shifted], [10, 10], replace(DRAW, block_days=1))
    assert both.p50 is not None
    assert one.p50 is not None
    assert both.p50 > one.p50


@settings(max_examples=25)
@given(DAYS, st.integers(1, 30), st.integers(0, 2**31 - 1))
def test_by_when_and_how_many_by_say_the_same(finished: Sequence[int], remaining: int, seed: int) -> None:
    draw = replace(DRAW, seed=seed)
    found = throughput.when([finished], [remaining], draw)
    for name in ("p50", "p85", "p95"):
        day = getattr(found, name)
        if day is not None and day > 1:
            assert getattr(throughput.how_many(finished, day, draw), name) >= remaining
            assert getattr(throughput.how_many(finished, day - 1, draw), name) < remaining


def test_the_further_ahead_the_less_is_certain() -> None:
    draw = replace(DRAW, runs=2_001)
    near, far = (throughput.how_many([2] * 60, days, draw) for days in (10, 100))
    assert near.p95 / near.p50 > far.p95 / far.p50


def test_working_days_know_holidays_and_days_that_are_exceptions() -> None:
    calendar = replace(
        VIENNA, holidays=(MONDAY,), exceptions=(DayException(date(2026, 3, 7), VIENNA.week[0]),)
    )
    ahead = forward(calendar, MONDAY)
    assert [next(ahead).day for _ in range(6)] == [3, 4, 5, 6, 7, 9]
    assert [each.day for each in backward(calendar, date(2026, 3, 9), 3)] == [5, 6, 7]
    days = backward(calendar, date(2026, 3, 10), 3)
    sunday = date(2026, 3, 8)
    assert finished_by_day(days, [date(2026, 3, 1), sunday, sunday, date(2026, 3, 9)]) == [0, 0, 3]


def planned(name: str, person: str = "", estimate: int = 60, **more: int) -> PlannedTask:
    people = (person,) if person else ()
    return PlannedTask(name, "p", people, estimate, urgency=(name,), **more)


def finishes(tasks: Sequence[PlannedTask], *links: PlannedLink) -> dict[str, int]:
    """Return the median finish of each task, in hours, rounded."""
    found = simulate(tasks, links, TWICE, seed=1, runs=2_001)
    return {name: round(each.p50 / 60) for name, each in found.percentiles(set(found.order)).items()}


def test_one_person_does_one_task_after_another_and_others_at_once() -> None:
    assert finishes([planned("a", "0"), planned("b", "0"), planned("c", "1"), planned("d", "2")]) == {
        "a": 2, "b": 4, "c": 2, "d": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "lag", "hours"),
    [
        (LinkKind.FS, 0, 4),
        (LinkKind.FS, 60, 5),
        (LinkKind.SS, 60, 3),
        (LinkKind.FF, 60, 3),
        (LinkKind.SF, 300, 5),
    ],
)
def test_a_task_waits_for_what_its_link_names(kind: LinkKind, lag: int, hours: int) -> None:
    found = finishes([planned("a", "0"), planned("b", "1")], PlannedLink("a", "b", kind, lag))
    assert found == {"a": 2, "b": hours}


def test_what_is_spent_is_done_and_what_has_no_estimate_takes_no_time() -> None:
    assert finishes([planned("a", "0", spent_minutes=90, age_minutes=90)]) == {"a": 0}
    tasks = [planned("a", "0"), planned("b", estimate=0), planned("c", "1")]
    links = [PlannedLink("a", "b", LinkKind.FS), PlannedLink("b", "c", LinkKind.FS)]
    assert finishes(tasks, *links) == {"a": 2, "b": 2, "c": 4}


def test_a_plan_is_finished_with_its_last_task_and_meets_a_day_in_a_share_of_runs() -> None:
    tasks = [planned("a", "0"), planned("b", "1")]
    found = simulate(tasks, [], TWICE, seed=1, runs=1_000)
    assert found.whole().p50 > found.percentiles({"a"})["a"].p50
    chances = found.chances({"a": int(found.percentiles({"a"})["a"].p85), "gone": 5})
    assert chances["a"] == pytest.approx(0.85, abs=0.006)
    assert list(chances) == ["a"]
    again = simulate(tasks, [], TWICE, seed=1, runs=1_000)
    assert (again.finishes == found.finishes).all()


def test_a_plan_that_waits_for_itself_or_is_too_large_is_a_fault() -> None:
    circle = [PlannedLink("a", "b", LinkKind.FS), PlannedLink("b", "a", LinkKind.FS)]
    with pytest.raises(AssertionError):
        simulate([planned("a"), planned("b")], circle, TWICE, seed=1, runs=10)
    with pytest.raises(AssertionError):
        simulate([planned("a")] * 10_001, [], TWICE, seed=1, runs=1)
    with pytest.raises(AssertionError):
        Learnt([]).ratios((), "p", 60)


def story(numbers: Sequence[int]) -> list[TaskPast]:
    """Return tasks of a Monday each, estimated at an hour, with their work in quarters of an hour."""
    tasks: list[TaskPast] = []
    for place, number in enumerate(numbers):
        day = date(2020, 1, 6) + timedelta(days=place % 5 + 7 * (place // 5))
        opened_at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        done = day + timedelta(days=number % 3)
        work = 15 * (1 + number)
        tasks.append(
            TaskPast(UUID(int=place), PROJECT, opened_at, day, 60, ("a",), work, done, work, 2 * work)
        )
    return tasks


def promised(tasks: Sequence[TaskPast]) -> list[Promise]:
    past = backtest.Past(tasks, {PROJECT: VIENNA}, date(2020, 12, 31))
    return list(backtest.promises(past, date(2020, 1, 1), date(2020, 12, 31), DRAW))


@settings(max_examples=10)
@given(st.lists(st.integers(0, 9), min_size=150, max_size=150), st.integers(1, 9), st.integers(1, 90))
def test_what_happens_later_changes_no_promise_made_before(
    numbers: list[int], change: int, late: int
) -> None:
    turn = date(2020, 5, 1)
    tasks = story(numbers)
    others = [
        each
        if each.completed_on is not None and each.completed_on < turn
        else replace(
            each,
            worked_minutes=each.worked_minutes * change,
            completed_on=max(turn, (each.completed_on or turn)) + timedelta(days=late),
        )
        for each in tasks
    ]
    before, after = ([each for each in promised(one) if each.made_on < turn] for one in (tasks, others))
    assert before
    assert {(each.subject, each.made_on, each.promised, each.velocity) for each in before if said(each)} == {
        (each.subject, each.made_on, each.promised, each.velocity) for each in after if said(each)
    }


def said(promise: Promise) -> bool:
    """Return whether a promise is about something that nothing later makes fall out of the comparison."""
    return promise.subject in (Subject.HOW_MANY, Subject.WORK, Subject.WORK_OF_MONTH)


def test_a_score_tells_what_came_true_and_what_was_exactly_met() -> None:
    made = [
        Promise(Subject.WORK, MONDAY, Percentiles(10.0, 20.0, 30.0), 10, 12, actual)
        for actual in (5.0, 10.0, 15.0, 25.0)
    ]
    found = score(made)
    assert found.kept == Percentiles(0.5, 0.75, 1.0)
    assert found.exactly == Percentiles(0.25, 0.0, 0.0)
    assert found.middle == Percentiles(0.375, 0.75, 1.0)
    assert found.sharpness == 20
    assert found.against_estimate is not None
    many = [Promise(Subject.HOW_MANY, MONDAY, Percentiles(10.0, 5.0, 2.0), None, 12, 5.0)]
    assert (score(many).kept, score(many).against_estimate) == (Percentiles(0.0, 1.0, 1.0), None)
