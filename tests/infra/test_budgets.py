"""What is left of a plan by the estimates of now."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Shift, WorkingCalendar, epoch_minute
from domain.earned_value import planned_value
from domain.schedule.crew import ANYBODY, Calendars, CrewAxes, crew_of
from infra.budgets import Budgets, PlannedTask, Question, ValueBasis, by_phase
from infra.earned_value import Share, share_of, shares_by_phase
from projections.baseline_comparison import BaselineComparison
from tests.examples import MONDAY, MORNINGS


def planned(number: int, minutes: int | None, percent: int = 0, **more: Any) -> PlannedTask:
    said: dict[str, Any] = {
        "parent_id": None,
        "status": "started",
        "is_milestone": False,
        "phase": None,
        "baselines": "[]",
    }
    said |= more
    return PlannedTask(
        UUID(int=number),
        percent=percent,
        started_at=None,
        spent_minutes=0,
        calendar_name=None,
        estimate_minutes=minutes,
        earning_rule="physical_percent",
        earning_milestones="[]",
        **said,
    )


def budgets(tasks: Sequence[PlannedTask]) -> Budgets:
    return Budgets(tasks, CrewAxes(Calendars(MORNINGS, {}), MONDAY), {})


def left(tasks: Sequence[PlannedTask]) -> int | None:
    return budgets(tasks).minutes_left(tasks)


def test_what_is_left_is_the_estimates_of_open_tasks_less_what_is_done() -> None:
    tasks = [
        planned(1, None),  # a summary
        planned(2, 100, 25, parent_id=UUID(int=1)),
        planned(3, 50, parent_id=UUID(int=1)),
        planned(4, 70, status="completed"),
        planned(5, None, status="cancelled"),
        planned(6, None, is_milestone=True),
    ]
    assert left(tasks) == 125
    assert left([*tasks, planned(7, None)]) is None
    assert left([]) == 0


def test_a_budget_is_spread_over_the_time_in_which_its_task_is_worked_on() -> None:
    nine, noon = (datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (8, 11))
    kept = BaselineComparison(0, nine, noon, 180, None)
    task = planned(1, 180, baselines=msgspec.json.encode((kept,)).decode())
    late = WorkingCalendar("Europe/Vienna", ((Shift(11 * 60, 14 * 60),),) * 7)
    axes, question = (
        CrewAxes(Calendars(MORNINGS, {"late": late}), MONDAY),
        Question(noon, (0,), ValueBasis.WORK),
    )
    for crew, values in ((ANYBODY, [60, 120, 180]), (crew_of(["late"], ()), [0, 0, 180])):
        (part,) = Budgets([task], axes, {task.task_id: crew}).parts_of([task], question)
        assert part.span is not None
        hours = (epoch_minute(nine) + 60 * passed for passed in (1, 2, 3))
        assert [planned_value(part.budget, part.axis, part.span, at) for at in hours] == values


def test_a_task_is_in_its_own_phase_else_in_that_of_what_is_above_it() -> None:
    tasks = [
        planned(4, 1, parent_id=UUID(int=3)),
        planned(1, None, phase=1),
        planned(2, 1, parent_id=UUID(int=1)),
        planned(3, None, parent_id=UUID(int=1), phase=2),
        planned(5, 1),
        planned(6, 1, parent_id=UUID(int=99)),
    ]
    found = {phase: [each.task_id.int for each in below] for phase, below in by_phase(tasks).items()}
    assert found == {1: [1, 2], 2: [3, 4], None: [5, 6]}


def test_a_summary_whose_tasks_are_in_another_phase_is_still_none_of_the_work_left() -> None:
    tasks = [planned(1, 500, phase=1), planned(2, 100, parent_id=UUID(int=1), phase=2)]
    phases = by_phase(tasks)
    assert [budgets(tasks).minutes_left(phases[phase]) for phase in (1, 2)] == [0, 100]


def baseline_of(cents: int) -> str:
    return msgspec.json.encode((BaselineComparison(0, None, None, None, cents),)).decode()


@given(st.data())
def test_the_money_of_phases_is_the_brute_force_sum_over_their_tasks(data: st.DataObject) -> None:
    """Of any tree of tasks in phases with budgets, and any costs for them and for none."""
    count = data.draw(st.integers(1, 12))
    ids = [UUID(int=number + 1) for number in range(count)]
    above = [data.draw(st.sampled_from([None, *ids[:number]])) for number in range(count)]
    own = [data.draw(st.sampled_from([None, 1, 2])) for _ in ids]
    cents = [data.draw(st.integers(0, 10_000)) for _ in ids]
    costs: dict[UUID | None, int] = {
        each: data.draw(st.integers(-500, 5_000)) for each in (None, *ids) if data.draw(st.booleans())
    }
    tasks = [
        planned(number + 1, None, 100 * (number % 2), parent_id=above[number], phase=own[number],
                baselines=baseline_of(cents[number]))
        for number in range(count)
    ]  # fmt: skip
    question = Question(datetime(2026, 3, 2, 8, tzinfo=UTC), (0,), ValueBasis.COST)

    def phase_of(number: int) -> int | None:
        top = above[number]
        return own[number] if own[number] is not None or top is None else phase_of(ids.index(top))

    found = shares_by_phase(budgets(tasks), question, costs)
    for phase in (None, 1, 2):
        within = [number for number in range(count) if phase_of(number) == phase]
        leaves = [number for number in within if ids[number] not in above]
        share = found.get(phase, Share((), 0, None))
        assert sum(part.budget for part in share.parts) == sum(cents[number] for number in leaves)
        earned = sum(cents[number] for number in leaves if number % 2)
        assert sum(part.earned for part in share.parts) == earned
        rest = costs.get(None, 0) if phase is None else 0
        assert share.actual == rest + sum(costs.get(ids[number], 0) for number in within)
    assert sum(share.actual for share in found.values()) == sum(costs.values())
    assert share_of(budgets(tasks), question, costs).actual == sum(costs.values())
