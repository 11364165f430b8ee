"""Earned value over GraphQL: what was planned, earned and spent by a moment, and what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from api.asking import After, AsOf, Moment, Scope, scope
from api.context import Info
from api.kinds import enum_type, read_id
from api.kpi import instant_of
from api.levelling import project_ids_of
from api.rows import row_type
from api.scalars import Whole
from api.worth import OneProject
from domain import shape
from domain.earned_value import EarningRule
from domain.errors import Malformed, UnknownTask
from domain.project.baselines import NUMBER_MAX
from domain.project.phases import FIRST, PHASE_MAX
from domain.schedule.crew import Calendars, CrewAxes
from infra.budgets import Budgets, Question, ValueBasis
from infra.earned_value import (
    Costs,
    EarnedValue,
    PhaseEarnedValue,
    SeveralCurrencies,
    Share,
    costs_by_task,
    earned_by,
    planned_tasks,
    references,
    share_of,
    shares_by_phase,
)
from infra.plans import PlanParts, plan_parts
from infra.serving import Serving
from infra.worth import ProjectValue, worth
from projections.delivery_plan import READ_MODEL as PHASES
from projections.plans import READ_MODEL as PLANS
from projections.plans import Plan
from projections.read_model import part_id

EARNED_VALUE: Final[Any] = row_type(EarnedValue)
PHASE_EARNED_VALUE: Final[Any] = row_type(PhaseEarnedValue)
enum_type(EarningRule)
enum_type(ValueBasis)
Basis = Annotated[
    ValueBasis, strawberry.argument(description="Whether amounts are minutes of work or cents.")
]
Rule = Annotated[
    EarningRule | None,
    strawberry.argument(
        description="When each task's budget is earned; by default as setEarningRule said of the task. By"
        " weighted milestones, a task that has none earns at its end."
    ),
]
Below = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        name="task",
        description="Only this task and what is below it; costs that name none of them do not count.",
    ),
]
OfBaseline = Annotated[
    int | None,
    strawberry.argument(
        description="The number of the baseline that is the plan, 0 to 10. By default the one in force (0"
        " before one was set); a task that has none of it counts by the last one before."
    ),
]
Rest = Annotated[
    Whole | None,
    strawberry.argument(
        description="A new estimate of what is left, in the unit of the basis. By default, of work: what the"
        " estimates of open tasks leave undone, if each has one."
    ),
]
Projects = Annotated[
    list[strawberry.ID],
    strawberry.argument(description="The projects that are added up, 1 to 20; days are of the first's zone."),
]


async def earned_value(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    task: Below = None,
    baseline: OfBaseline = None,
    basis: Basis = ValueBasis.WORK,
    rule: Rule = None,
    estimate_to_complete: Rest = None,
    as_of: AsOf = None,
    after: After = None,
) -> EarnedValue | None:
    """Return the earned value of a project, None before it was opened."""
    below = None if task is None else read_id(task, "task")
    _check(baseline, estimate_to_complete)
    within = await scope(info.context, project=project, as_of=as_of, after=after)
    asked = _Asked(info.context.engine.serving, within, await _instant(info, as_of))
    plan = (await asked.plans([UUID(project)])).get(UUID(project))
    if plan is None:
        return None
    numbers = await asked.numbers(plan) if baseline is None else (baseline,)
    question = Question(asked.at, numbers, basis, rule, below, estimate_to_complete)
    return earned_by([await asked.share(plan, question)], asked.at, plan.time_zone, numbers[0])


async def earned_value_by_phase(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    baseline: OfBaseline = None,
    basis: Basis = ValueBasis.WORK,
    rule: Rule = None,
    as_of: AsOf = None,
    after: After = None,
) -> list[PhaseEarnedValue]:
    """Return the earned value of each phase in order, then of what is in none; nothing before the project."""
    _check(baseline, None)
    within = await scope(info.context, project=project, as_of=as_of, after=after)
    asked = _Asked(info.context.engine.serving, within, await _instant(info, as_of))
    plan = (await asked.plans([UUID(project)])).get(UUID(project))
    if plan is None:
        return []
    numbers = await asked.numbers(plan) if baseline is None else (baseline,)
    question = Question(asked.at, numbers, basis, rule)
    costs = await asked.costs(plan, question)
    shares = shares_by_phase(await asked.budgets(plan, question), question, costs)
    names = await asked.phase_names(plan.project_id)
    nothing = Share((), 0, 0 if basis is ValueBasis.WORK else None)
    return [
        PhaseEarnedValue(phase, name, earned_by([share], asked.at, plan.time_zone, numbers[0]))
        for phase, name in [*names.items(), (None, None)]
        for share in [shares.get(phase, nothing)]
    ]


async def portfolio_earned_value(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    projects: Projects,
    basis: Basis = ValueBasis.WORK,
    rule: Rule = None,
    as_of: AsOf = None,
    after: After = None,
) -> EarnedValue | None:
    """Return the earned value of several projects, each by its baseline in force; None before any opened."""
    ids = await project_ids_of(info.context, projects)
    within = await scope(info.context, project=None, as_of=as_of, after=after)
    asked = _Asked(info.context.engine.serving, within, await _instant(info, as_of))
    found = await asked.plans(ids)
    plans = [found[each] for each in ids if each in found]
    if basis is ValueBasis.COST and len({(await asked.spent(plan)).currency for plan in plans} - {None}) > 1:
        raise SeveralCurrencies(field="basis")
    question = Question(asked.at, (), basis, rule)
    shares = [await asked.share(plan, replace(question, numbers=await asked.numbers(plan))) for plan in plans]
    return earned_by(shares, asked.at, plans[0].time_zone, None) if plans else None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a query of earned value reads, all of it as of one position."""

    serving: Serving
    within: Scope
    at: datetime

    async def plans(self, project_ids: Sequence[UUID]) -> dict[UUID, Plan]:
        """Return the plans of those projects that were opened by then."""
        rows = self.serving.rows[PLANS.name]
        return dict(await rows.get(project_ids, as_of=self.within.position))

    async def numbers(self, plan: Plan) -> tuple[int, ...]:
        """Return the number of the baseline in force, and of those before it."""
        return await references(self.serving.pool, plan.project_id, self.within.position)

    async def spent(self, plan: Plan) -> ProjectValue:
        """Return what a project cost and brought, and in which currency."""
        return await worth(self.serving.pool, plan.project_id, self.at.date(), self.within.as_of)

    async def phase_names(self, project_id: UUID) -> dict[int, str]:
        """Return what each phase of a project is called, by its number, in order."""
        ids = [part_id(project_id, "phase", number) for number in range(FIRST, PHASE_MAX + 1)]
        found = await self.serving.rows[PHASES.name].get(ids, as_of=self.within.as_of)
        return {each.number: each.name for each in sorted(found.values(), key=lambda each: each.number)}

    async def costs(self, plan: Plan, question: Question) -> Costs:
        """Return what was spent for each task of a project by that day; nothing where work is counted."""
        if question.basis is ValueBasis.WORK:
            return {}
        on = self.at.date()
        return await costs_by_task(self.serving.pool, plan.project_id, on, self.within.position)

    async def share(self, plan: Plan, question: Question) -> Share:
        """Return what a project adds to an answer; raise `UnknownTask` for a task that is not of it."""
        costs = await self.costs(plan, question)
        return share_of(await self.budgets(plan, question), question, costs)

    async def budgets(self, plan: Plan, question: Question) -> Budgets:
        """Return the budgets of a project's tasks; raise `UnknownTask` for a task that is not of it."""
        tasks = await planned_tasks(self.serving.pool, plan.project_id, self.within.position)
        if question.below is not None and question.below not in {each.task_id for each in tasks}:
            raise UnknownTask(field="task")
        parts = await plan_parts(self.serving.pool, plan, PlanParts())
        axes = CrewAxes(Calendars(parts.standard(plan), parts.calendars), self.at.date())
        return Budgets(tasks, axes, parts.crews())


async def _instant(info: Info, as_of: Moment | None) -> datetime:
    return datetime.now(UTC) if as_of is None else await instant_of(info, as_of)


def _check(baseline: int | None, rest: int | None) -> None:
    if baseline is not None and not 0 <= baseline <= NUMBER_MAX:
        raise Malformed(f"A baseline has a number from 0 to {NUMBER_MAX}.", field="baseline")
    if rest is not None:
        shape.whole(rest, "estimateToComplete", 0, shape.CENTS_MAX)
