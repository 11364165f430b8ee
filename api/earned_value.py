"""Earned value over GraphQL: what was planned, earned and spent by a moment, and what follows from it."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from api.asking import After, AsOf, scope
from api.context import Info
from api.gantt import Number
from api.kinds import enum_type, read_id
from api.kpi import instant_of
from api.rows import row_type
from api.worth import OneProject
from domain.earned_value import EarningRule
from domain.errors import Malformed, UnknownTask
from domain.project.baselines import NUMBER_MAX
from infra.budgets import Question, ValueBasis
from infra.earned_value import EarnedValue, earned_by, planned_tasks
from infra.plans import PlanParts, plan_parts
from infra.worth import worth
from projections.plans import READ_MODEL as PLANS

EARNED_VALUE: Final[Any] = row_type(EarnedValue)
enum_type(EarningRule)
enum_type(ValueBasis)
Basis = Annotated[
    ValueBasis, strawberry.argument(description="Whether amounts are minutes of work or cents.")
]
Rule = Annotated[
    EarningRule,
    strawberry.argument(
        description="When a task's budget is earned; weighted milestones are not recorded yet."
    ),
]
Below = Annotated[
    strawberry.ID | None,
    strawberry.argument(name="task", description="Only this task and what is below it; for work only."),
]


async def earned_value(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    task: Below = None,
    baseline: Number = 0,
    basis: Basis = ValueBasis.WORK,
    rule: Rule = EarningRule.PHYSICAL_PERCENT,
    as_of: AsOf = None,
    after: After = None,
) -> EarnedValue | None:
    """Return the earned value of a project, None before it was opened."""
    below = None if task is None else read_id(task, "task")
    _check(baseline, basis, rule, below)
    within = await scope(info.context, project=project, as_of=as_of, after=after)
    at = datetime.now(UTC) if as_of is None else await instant_of(info, as_of)
    serving, project_id = info.context.engine.serving, UUID(project)
    plan = (await serving.rows[PLANS.name].get([project_id], as_of=within.position)).get(project_id)
    if plan is None:
        return None
    tasks = await planned_tasks(serving.pool, project_id, within.position)
    if below is not None and below not in {each.task_id for each in tasks}:
        raise UnknownTask(field="task")
    calendars = (await plan_parts(serving.pool, plan, PlanParts())).calendars
    spent = await worth(serving.pool, project_id, at.date(), within.as_of)
    question = Question(at, baseline, basis, rule, below)
    return earned_by(tasks, question, calendars, plan.time_zone, spent.cost_cents)


def _check(baseline: int, basis: ValueBasis, rule: EarningRule, below: UUID | None) -> None:
    if not 0 <= baseline <= NUMBER_MAX:
        raise Malformed(f"A baseline has a number from 0 to {NUMBER_MAX}.", field="baseline")
    if basis is ValueBasis.COST and below is not None:
        raise Malformed("What was spent is known of projects, not of their tasks.", field="basis")
    if rule is EarningRule.WEIGHTED_MILESTONES:
        raise Malformed("The milestones of a task and their weights are not recorded.", field="rule")
