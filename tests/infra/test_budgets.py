"""What is left of a plan by the estimates of now."""

from typing import Any
from uuid import UUID

from infra.budgets import PlannedTask, minutes_left


def planned(number: int, minutes: int | None, percent: int = 0, **more: Any) -> PlannedTask:
    said: dict[str, Any] = {"parent_id": None, "status": "started", "is_milestone": False} | more
    return PlannedTask(
        UUID(int=number),
        percent=percent,
        started_at=None,
        spent_minutes=0,
        calendar_name=None,
        baselines="[]",
        estimate_minutes=minutes,
        earning_rule="physical_percent",
        earning_milestones="[]",
        **said,
    )


def test_what_is_left_is_the_estimates_of_open_tasks_less_what_is_done() -> None:
    tasks = [
        planned(1, None),  # a summary
        planned(2, 100, 25, parent_id=UUID(int=1)),
        planned(3, 50, parent_id=UUID(int=1)),
        planned(4, 70, status="completed"),
        planned(5, None, status="cancelled"),
        planned(6, None, is_milestone=True),
    ]
    assert minutes_left(tasks) == 125
    assert minutes_left([*tasks, planned(7, None)]) is None
    assert minutes_left([]) == 0
