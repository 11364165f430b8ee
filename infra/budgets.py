"""The budgets of a project's tasks by a baseline: what each adds to what was planned and earned.

Summaries count by what is below them. A task is in the phase it is planned in, else in that of what is
above it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from domain.calendar import WorkingAxis, epoch_minute
from domain.earned_value import (
    EarningRule,
    Milestone,
    Performance,
    Progress,
    TimePerformance,
    earned_schedule,
    earned_value,
    planned_value,
)
from domain.schedule.crew import ANYBODY, Crew, CrewAxes
from domain.task import TaskStatus
from projections.baseline_comparison import BaselineComparison
from projections.task_board import WeightedMilestone

DAYS_MAX: Final = 3_660
"""A plan of more days has no earned schedule."""
_DAY: Final = timedelta(days=1)
_DAY_MINUTES: Final = 1_440
_PERCENT: Final = 100
_ENDED: Final = (TaskStatus.COMPLETED.value, TaskStatus.CANCELLED.value)
_baselines: Final = msgspec.json.Decoder(tuple[BaselineComparison, ...]).decode
_milestones: Final = msgspec.json.Decoder(tuple[WeightedMilestone, ...]).decode


class ValueBasis(StrEnum):
    """What is counted: minutes of work, or money in cents."""

    WORK = "work"
    COST = "cost"


class PlannedTask(NamedTuple):
    """A task with what was planned of it, as of a position."""

    task_id: UUID
    parent_id: UUID | None
    status: str
    percent: int
    started_at: datetime | None
    spent_minutes: int
    calendar_name: str | None
    baselines: str
    estimate_minutes: int | None
    is_milestone: bool
    earning_rule: str
    earning_milestones: str
    phase: int | None

    def baseline(self, numbers: Sequence[int]) -> BaselineComparison | None:
        """Return what was planned under the first of these numbers that the task has; None for none."""
        kept = {each.number: each for each in _baselines(self.baselines)}
        return next((kept[number] for number in numbers if number in kept), None)

    def earned(self, budget: int, rule: EarningRule | None) -> int:
        """Return what is earned of a budget by a rule, by the task's own for None."""
        rule = EarningRule(self.earning_rule) if rule is None else rule
        is_done = self.status == TaskStatus.COMPLETED.value
        milestones: tuple[Milestone, ...] = ()
        if rule is EarningRule.WEIGHTED_MILESTONES:
            parts = _milestones(self.earning_milestones)
            milestones = tuple(Milestone(each.weight_percent, each.is_reached) for each in parts)
        return earned_value(
            budget, rule, Progress(self.started_at is not None, is_done, self.percent, milestones)
        )


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: as of an instant, of a baseline, counted so, below a task if that is given.

    `numbers` are of the baseline and of those that hold where a task has none of it; `rule` is None for that
    of each task. `rest` is a new estimate of what is left, in the unit of the basis.
    """

    at: datetime
    numbers: tuple[int, ...]
    basis: ValueBasis
    rule: EarningRule | None = None
    below: UUID | None = None
    rest: int | None = None


class BudgetPart(NamedTuple):
    """What one task adds: its budget, its planned span as `epoch_minute`s, what is earned of it."""

    budget: int
    span: tuple[int, int] | None
    axis: WorkingAxis
    earned: int


def tasks_below(tasks: Sequence[PlannedTask], top: UUID | None) -> Sequence[PlannedTask]:
    """Return the tasks at or below one, all where there is none."""
    if top is None:
        return tasks
    children = _by_parent(tasks)
    found = [each for each in tasks if each.task_id == top]
    for each in found:
        found.extend(children.get(each.task_id, ()))
    return found


def by_phase(tasks: Sequence[PlannedTask]) -> dict[int | None, list[PlannedTask]]:
    """Return a project's tasks by the phase each is in: its own, else that of what is above it, else None."""
    children = _by_parent(tasks)
    known = {each.task_id for each in tasks}
    waiting = [(each, each.phase) for each in tasks if each.parent_id not in known]
    found: dict[int | None, list[PlannedTask]] = {}
    for each, phase in waiting:
        found.setdefault(phase, []).append(each)
        below = children.get(each.task_id, ())
        waiting.extend((child, phase if child.phase is None else child.phase) for child in below)
    return found


def _by_parent(tasks: Sequence[PlannedTask]) -> dict[UUID | None, list[PlannedTask]]:
    children: dict[UUID | None, list[PlannedTask]] = {}
    for each in tasks:
        children.setdefault(each.parent_id, []).append(each)
    return children


class Budgets:
    """The budgets of a project's tasks, spread over the working time that their schedule has, too."""

    def __init__(self, tasks: Sequence[PlannedTask], axes: CrewAxes, crews: Mapping[UUID, Crew]) -> None:
        """Keep all tasks of a project, as it shows from all of them which are summaries, and their crews."""
        self.tasks = tasks
        self._above = {each.parent_id for each in tasks}
        self._axes, self._crews = axes, crews

    def parts_of(self, tasks: Sequence[PlannedTask], question: Question) -> list[BudgetPart]:
        """Return what each of some tasks with the baseline asked for adds, summaries left out."""
        parts: list[BudgetPart] = []
        for each in tasks:
            kept = None if each.task_id in self._above else each.baseline(question.numbers)
            if kept is None:
                continue
            budget = (kept.work_minutes if question.basis is ValueBasis.WORK else kept.cost_cents) or 0
            axis = self._axes.of(each.calendar_name, self._crews.get(each.task_id, ANYBODY))
            parts.append(BudgetPart(budget, _span(kept), axis, each.earned(budget, question.rule)))
        return parts

    def minutes_left(self, tasks: Sequence[PlannedTask]) -> int | None:
        """Return the work left of some tasks by the estimates of now: each open one's, less its percent done.

        Rounded half to even; summaries and milestones have none. None where an open task has no estimate: the
        sum would leave it out.
        """
        left = [
            (each.estimate_minutes, _PERCENT - each.percent)
            for each in tasks
            if each.status not in _ENDED and each.task_id not in self._above and not each.is_milestone
        ]
        if any(minutes is None for minutes, _ in left):
            return None
        return round(Fraction(sum((minutes or 0) * percent for minutes, percent in left), _PERCENT))


def _span(kept: BaselineComparison) -> tuple[int, int] | None:
    """Return when something was planned; None where that was not said: it counts at once."""
    start, finish = kept.start_at or kept.finish_at, kept.finish_at or kept.start_at
    return None if start is None or finish is None else (epoch_minute(start), epoch_minute(finish))


def in_time(
    parts: Sequence[BudgetPart], performance: Performance, at: int, zone: ZoneInfo
) -> TimePerformance | None:
    """Return earned schedule in days of the zone; None without planned dates, or of more than `DAYS_MAX`."""
    spans = [part.span for part in parts if part.span is not None]
    if not spans or not performance.budget_at_completion:
        return None
    first, last = (_day(edge, zone) for edge in (min(s for s, _ in spans), max(f for _, f in spans)))
    days = (last - first).days + 1
    if days > DAYS_MAX:
        return None
    ends = [_midnight(first + count * _DAY, zone) for count in range(days + 1)]
    earned = earned_schedule(_cumulative(parts, ends, first, zone), performance.earned)
    if earned is None:
        return None
    return TimePerformance(earned, Fraction(max(at - ends[0], 0), _DAY_MINUTES), Fraction(days))


def _cumulative(parts: Sequence[BudgetPart], ends: Sequence[int], first: date, zone: ZoneInfo) -> list[int]:
    """Return the planned value at the end of each day, 0 at the start; each task is asked on its own days."""
    steps = [0] * len(ends)
    for budget, span, axis, _ in parts:
        if span is None:
            steps[1] += budget
            continue
        before = 0
        begin, end = ((_day(edge, zone) - first).days for edge in span)
        for day in range(begin + 1, end + 2):
            planned = planned_value(budget, axis, span, ends[day])
            steps[day] += planned - before
            before = planned
    total = 0
    return [total := total + step for step in steps]


def _day(minute: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(60 * minute, zone).date()


def _midnight(day: date, zone: ZoneInfo) -> int:
    return epoch_minute(datetime.combine(day, time(), zone))
