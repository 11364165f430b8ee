"""The earned value of projects, or of what is below a task of one, as of an instant and a position.

What was planned is the tasks' baselines of one number, or of the reference in force and those before it.
Money is spent for the tasks that costs name; costs that name none are the project's, and of no part of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.sql import SQL, Identifier

from domain.calendar import epoch_minute
from domain.earned_value import Performance, TimePerformance, planned_value
from domain.errors import Refusal
from infra.budgets import (
    BudgetPart,
    Budgets,
    PlannedTask,
    Question,
    ValueBasis,
    by_phase,
    in_time,
    tasks_below,
)
from infra.plan_versions import TASKS_MAX, PlanTooLarge
from infra.reads import AsyncPool, fetch, view
from projections.baselines import READ_MODEL as BASELINES
from projections.costs_and_benefits import READ_MODEL as COSTS
from projections.task_board import READ_MODEL as TASKS

_COLUMNS: Final = (
    "task_id", "parent_id", "status", "percent", "started_at", "spent_minutes", "calendar_name", "baselines",
    "estimate_minutes", "is_milestone", "earning_rule", "earning_milestones", "phase",
)  # fmt: skip


class SeveralCurrencies(Refusal):
    """Projects spend in several currencies, so that their cents have no sum."""

    sentence = "The costs of these projects are in several currencies, so they have no sum."


@dataclass(frozen=True, slots=True)
class Estimate:
    """What all of it will cost by one formula, and what that leaves to do."""

    formula: Annotated[str, "The formula, such as BAC / CPI."]
    at_completion_amount: Annotated[
        int | None, "EAC; null where its divisor is 0, or nothing says what is left."
    ]
    to_complete_amount: Annotated[int | None, "ETC = EAC - AC."]
    variance_amount: Annotated[int | None, "VAC = BAC - EAC."]
    to_complete_index: Annotated[float | None, "TCPI = (BAC - EV) / (EAC - AC)."]


@dataclass(frozen=True, slots=True)
class EarnedValue:
    """What was planned, earned and spent by an instant, and what follows; amounts are minutes or cents."""

    at: Annotated[datetime, "The instant (UTC)."]
    baseline_number: Annotated[int | None, "The baseline that is the plan; null over several projects."]
    task_count: Annotated[int, "How many tasks have such a baseline; summaries do not count."]
    budget_amount: Annotated[int, "BAC, the whole budget."]
    planned_amount: Annotated[int, "PV, the budget of what was to be done by then."]
    earned_amount: Annotated[int, "EV, the budget of what was done."]
    actual_amount: Annotated[int, "AC, what that took."]
    schedule_variance_amount: Annotated[int, "SV = EV - PV."]
    cost_variance_amount: Annotated[int, "CV = EV - AC."]
    schedule_performance_index: Annotated[float | None, "SPI = EV / PV."]
    cost_performance_index: Annotated[float | None, "CPI = EV / AC."]
    to_complete_index: Annotated[float | None, "TCPI = (BAC - EV) / (BAC - AC)."]
    estimates: Annotated[tuple[Estimate, ...], "EAC by each formula."]
    planned_days: Annotated[int | None, "PD, the days from the first planned start to the last finish."]
    actual_days: Annotated[float | None, "AT, the days from the first planned start to the instant."]
    earned_days: Annotated[float | None, "ES, the days after which the plan had earned as much."]
    schedule_variance_days: Annotated[float | None, "SV(t) = ES - AT."]
    schedule_performance_index_of_time: Annotated[float | None, "SPI(t) = ES / AT."]
    estimate_at_completion_days: Annotated[float | None, "IEAC(t) = PD / SPI(t)."]
    to_complete_index_of_time: Annotated[float | None, "TSPI(t) = (PD - ES) / (PD - AT)."]


@dataclass(frozen=True, slots=True)
class PhaseEarnedValue:
    """The earned value of the tasks of one phase, or of those that are in none."""

    phase: Annotated[int | None, "The phase's number; null for the tasks that are in no phase."]
    name: Annotated[str | None, "What the phase is called."]
    value: Annotated[EarnedValue, "What was planned, earned and spent of its tasks, and what follows."]


@dataclass(frozen=True, slots=True)
class Share:
    """What a project or phase adds to an answer: budgets, what was spent, what is left by a new estimate."""

    parts: Sequence[BudgetPart]
    actual: int
    left: int | None


Costs = Mapping[UUID | None, int]
"""Cents by the task they were spent for, None for none."""


async def references(pool: AsyncPool, project_id: UUID, position: int) -> tuple[int, ...]:
    """Return the numbers of the baseline in force as of a position and of those before it, the last first.

    Before any was set that is number 0.
    """
    statement = SQL(
        "SELECT number FROM (SELECT number, replaced_at FROM {rows} WHERE project_id = %(id)s AND is_set"
        " AND from_position <= %(at)s UNION ALL SELECT number, replaced_at FROM {history}"
        " WHERE project_id = %(id)s AND is_set AND from_position <= %(at)s AND to_position > %(at)s) found"
        " ORDER BY replaced_at DESC NULLS FIRST"
    ).format(rows=view(BASELINES.name), history=view(f"{BASELINES.name}_history"))
    found = await fetch(pool, statement, {"id": project_id, "at": position})
    return tuple(number for (number,) in found) or (0,)


async def planned_tasks(pool: AsyncPool, project_id: UUID, position: int) -> list[PlannedTask]:
    """Return a project's tasks as of a position; raise `PlanTooLarge`."""
    statement = SQL(
        "SELECT {columns} FROM {rows} WHERE project_id = %(id)s AND from_position <= %(at)s UNION ALL"
        " SELECT {columns} FROM {history} WHERE project_id = %(id)s AND from_position <= %(at)s"
        " AND to_position > %(at)s LIMIT {most}"
    ).format(
        columns=SQL(", ").join(map(Identifier, _COLUMNS)),
        rows=view(TASKS.name),
        history=view(f"{TASKS.name}_history"),
        most=TASKS_MAX + 1,
    )
    found = await fetch(pool, statement, {"id": project_id, "at": position})
    if len(found) > TASKS_MAX:
        raise PlanTooLarge
    return [PlannedTask(*values) for values in found]


async def costs_by_task(pool: AsyncPool, project_id: UUID, on: date, position: int) -> dict[UUID | None, int]:
    """Return the cents spent by a day for each task, as recorded up to a position; under None for no task.

    A counter-entry counts for the task of the cost that it corrects. Entries never change.
    """
    statement = SQL(
        "SELECT coalesce(entry.task_id, wrong.task_id), sum(entry.amount_cents)::int8 FROM {rows} entry"
        " LEFT JOIN {rows} wrong ON wrong.project_id = entry.project_id"
        " AND wrong.entry_id = entry.corrects_id"
        " WHERE entry.project_id = %(id)s AND entry.side = 'cost' AND entry.counted_on <= %(on)s"
        " AND entry.from_position <= %(at)s GROUP BY 1"
    ).format(rows=view(COSTS.name))
    return dict(await fetch(pool, statement, {"id": project_id, "on": on, "at": position}))


def share_of(budgets: Budgets, question: Question, costs: Costs) -> Share:
    """Return what a project adds to an answer, or what is below a task of it; costs of none are all its."""
    tasks = tasks_below(budgets.tasks, question.below)
    return _share(budgets, tasks, question, costs, is_rest=question.below is None)


def shares_by_phase(budgets: Budgets, question: Question, costs: Costs) -> dict[int | None, Share]:
    """Return what each phase with tasks adds to an answer, under None what is of no phase."""
    phases = {None: [], **by_phase(budgets.tasks)}
    return {
        phase: _share(budgets, tasks, question, costs, is_rest=phase is None)
        for phase, tasks in phases.items()
    }


def _share(
    budgets: Budgets, tasks: Sequence[PlannedTask], question: Question, costs: Costs, *, is_rest: bool
) -> Share:
    """Return what some tasks add; `is_rest` gives them the costs that are recorded for no task, too."""
    parts = budgets.parts_of(tasks, question)
    if question.basis is ValueBasis.COST:
        spent = sum(costs.get(each.task_id, 0) for each in tasks)
        return Share(parts, spent + (costs.get(None, 0) if is_rest else 0), question.rest)
    left = budgets.minutes_left(tasks) if question.rest is None else question.rest
    return Share(parts, sum(each.spent_minutes for each in tasks), left)


def earned_by(shares: Sequence[Share], at: datetime, time_zone: str, number: int | None) -> EarnedValue:
    """Return the answer as of an instant: each figure of the sums; days are those of the time zone."""
    parts = [part for share in shares for part in share.parts]
    minute = epoch_minute(at)
    performance = Performance(
        sum(part.budget for part in parts),
        sum(planned_value(part.budget, part.axis, part.span or (minute, minute), minute) for part in parts),
        sum(part.earned for part in parts),
        sum(share.actual for share in shares),
    )
    known = [share.left for share in shares if share.left is not None]
    left = sum(known) if len(known) == len(shares) else None
    time = in_time(parts, performance, minute, ZoneInfo(time_zone))
    return EarnedValue(at, number, len(parts), *_figures(performance, left), *_days(time))


def _figures(of: Performance, left: int | None) -> tuple[Any, ...]:
    return (
        of.budget_at_completion,
        of.planned,
        of.earned,
        of.actual,
        of.schedule_variance,
        of.cost_variance,
        _number(of.schedule_performance_index),
        _number(of.cost_performance_index),
        _number(of.to_complete_performance_index()),
        _estimates(of, left),
    )


def _days(of: TimePerformance | None) -> tuple[Any, ...]:
    if of is None:
        return (None,) * 7
    figures = of.actual, of.earned, of.variance, of.performance_index
    return int(of.planned), *map(_number, (*figures, of.estimate_at_completion, of.to_complete_index))


def _estimates(of: Performance, left: int | None) -> tuple[Estimate, ...]:
    found = of.estimates_at_completion(left)
    named = (
        ("BAC / CPI", found.typical),
        ("AC + BAC - EV", found.atypical),
        ("AC + (BAC - EV) / (CPI x SPI)", found.with_schedule),
        ("AC + bottom-up ETC", found.bottom_up),
    )
    return tuple(
        Estimate(formula, None, None, None, None)
        if amount is None
        else Estimate(
            formula,
            amount,
            of.estimate_to_complete(amount),
            of.variance_at_completion(amount),
            _number(of.to_complete_performance_index(amount)),
        )
        for formula, amount in named
    )


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
