"""What is left of a plan by the estimates of now."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.calendar import Shift, WorkingCalendar, epoch_minute
from domain.earned_value import planned_value
from domain.schedule.crew import ANYBODY, Calendars, CrewAxes, crew_of
from infra.budgets import Budgets, PlannedTask, Question, ValueBasis, by_phase
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
