"""The earned value of a project, or of what is below one of its tasks, as of an instant and a position.

What was planned is the tasks' baselines of one number. Money is spent by projects, not by tasks, so only work
is known of a part of one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.sql import SQL, Identifier

from domain.calendar import WorkingCalendar, epoch_minute
from domain.earned_value import Performance, TimePerformance, planned_value
from infra.budgets import PlannedTask, Question, ValueBasis, in_time, parts_of, tasks_below
from infra.plans import TASKS_MAX, PlanTooLarge
from infra.reads import AsyncPool, fetch, view
from projections.task_board import READ_MODEL as TASKS

_COLUMNS: Final = (
    "task_id", "parent_id", "status", "percent", "started_at", "spent_minutes", "calendar_name", "baselines",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Estimate:
    """What all of it will cost by one formula, and what that leaves to do."""

    formula: Annotated[str, "The formula, such as BAC / CPI."]
    at_completion_amount: Annotated[int | None, "EAC; null where its divisor is 0."]
    to_complete_amount: Annotated[int | None, "ETC = EAC - AC."]
    variance_amount: Annotated[int | None, "VAC = BAC - EAC."]
    to_complete_index: Annotated[float | None, "TCPI = (BAC - EV) / (EAC - AC)."]


@dataclass(frozen=True, slots=True)
class EarnedValue:
    """What was planned, earned and spent by an instant, and what follows; amounts are minutes or cents."""

    at: Annotated[datetime, "The instant (UTC)."]
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


def earned_by(
    tasks: Sequence[PlannedTask],
    question: Question,
    calendars: Mapping[str, WorkingCalendar],
    time_zone: str,
    actual_cents: int,
) -> EarnedValue:
    """Return the answer to a question; `actual_cents` is what was spent where money is counted."""
    asked = tasks_below(tasks, question.below)
    parts = parts_of(asked, question, calendars, time_zone)
    work = sum(each.spent_minutes for each in asked)
    at = epoch_minute(question.at)
    performance = Performance(
        sum(part.budget for part in parts),
        sum(planned_value(part.budget, part.axis, part.span or (at, at), at) for part in parts),
        sum(part.earned for part in parts),
        actual_cents if question.basis is ValueBasis.COST else work,
    )
    return _answer(question, len(parts), performance, in_time(parts, performance, at, ZoneInfo(time_zone)))


def _answer(question: Question, count: int, of: Performance, in_time: TimePerformance | None) -> EarnedValue:
    return EarnedValue(
        question.at,
        count,
        of.budget_at_completion,
        of.planned,
        of.earned,
        of.actual,
        of.schedule_variance,
        of.cost_variance,
        _number(of.schedule_performance_index),
        _number(of.cost_performance_index),
        _number(of.to_complete_performance_index()),
        _estimates(of),
        *_days(in_time),
    )


def _days(of: TimePerformance | None) -> tuple[Any, ...]:
    if of is None:
        return (None,) * 7
    figures = of.actual, of.earned, of.variance, of.performance_index
    return int(of.planned), *map(_number, (*figures, of.estimate_at_completion, of.to_complete_index))


def _estimates(of: Performance) -> tuple[Estimate, ...]:
    found = of.estimates_at_completion()
    named = (
        ("BAC / CPI", found.typical),
        ("AC + BAC - EV", found.atypical),
        ("AC + (BAC - EV) / (CPI x SPI)", found.with_schedule),
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
