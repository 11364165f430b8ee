"""Levelling within a time limit: a first plan by the serial scheme and justification, then CP-SAT from it.

The search tells what it has found as it goes and ends when it is told to. Whoever runs it waits for it.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from operator import itemgetter
from typing import Final
from uuid import UUID

from ortools.sat.python import cp_model

from domain.levelling.heuristic import first_plans
from domain.levelling.problem import Objective, Problem, earliest_starts
from infra.levelling.model import Model, change_of, model_of
from infra.levelling.outcome import Levelled, Limits, Progress, Verdict, finish_of

FIRST_PLANS_MAX: Final = 51
"""The serial scheme's plan, it justified, and others that are."""
FIRST_SHARE: Final = 0.05
"""How much of the time limit at most goes into first plans."""
TIDY_SHARE: Final = 0.3
"""How much of the time limit at most goes into moving as little as possible, once the finish is settled."""


class Search:
    """One search, which another thread may watch and cancel."""

    def __init__(
        self, problem: Problem, limits: Limits, tell: Callable[[Progress], None] | None = None
    ) -> None:
        """Prepare to level `problem`; `tell` is called from the search's own threads."""
        self._problem = problem
        self._limits = limits
        self._tell = tell or _untold
        self._solver = cp_model.CpSolver()
        self._is_cancelled = self._is_stopped = False
        self._began_at = 0.0

    def stop(self) -> None:
        """End the search soon with the best it has found."""
        self._is_stopped = True
        self._solver.stop_search()

    def cancel(self) -> None:
        """End the search soon, whatever it has found."""
        self._is_cancelled = True
        self.stop()

    def run(self) -> Levelled:
        """Return what was found within the limits; blocking."""
        self._began_at = time.monotonic()
        found = self._first()
        if not self._is_stopped:
            found = self._searched(found)
        if self._is_cancelled:
            return Levelled(Verdict.CANCELLED, seconds=self._seconds())
        if found.verdict is Verdict.NOTHING_IN_TIME:
            return Levelled(found.verdict, seconds=self._seconds())
        return replace(found, seconds=self._seconds())

    def _first(self) -> Levelled:
        """Return the best of some first plans, BEST where nothing can end earlier; raise `BeyondAxis`."""
        problem = self._problem
        bound = finish_of(problem, earliest_starts(problem))
        starts = self._best_first(bound)
        if not _keeps_latest(problem, starts):
            return Levelled(Verdict.NOTHING_IN_TIME, starts)
        if problem.objective is not Objective.FINISH:
            return Levelled(Verdict.FOUND, starts)
        last = finish_of(problem, starts)
        self.noted(last, bound, 1)
        return Levelled(Verdict.BEST if last == bound else Verdict.FOUND, starts, last, bound)

    def _best_first(self, bound: int) -> dict[UUID, int]:
        """Return of some first plans one that keeps its limits, and ends earliest if that is sought."""
        problem, seconds = self._problem, self._limits.seconds * FIRST_SHARE
        plans = first_plans(problem, self._limits.seed)
        best = next(plans)
        if problem.objective is not Objective.FINISH:
            return best
        value = _worth(problem, best)
        for starts in islice(plans, FIRST_PLANS_MAX - 1):
            if value <= (False, bound) or self._seconds() > seconds or self._is_stopped:
                break
            best, value = min((best, value), (starts, _worth(problem, starts)), key=itemgetter(1))
        return best

    def _searched(self, first: Levelled) -> Levelled:
        problem = self._problem
        horizon = self._horizon(first)
        is_tidied = problem.objective is Objective.FINISH and self._limits.is_tidied
        if first.verdict is Verdict.BEST and not is_tidied:
            return first
        model = model_of(problem, horizon, first.starts)
        found = first if first.verdict is Verdict.BEST else self._solved(model, self._left(), first)
        is_settled = found.verdict in {Verdict.BEST, Verdict.FOUND}
        return self._tidied(model, found, horizon) if is_tidied and is_settled else found

    def _tidied(self, model: Model, found: Levelled, horizon: int) -> Levelled:
        """Return the plan with the same finish that moves least from today's, as far as time allows."""
        seconds = min(self._left(), self._limits.seconds * TIDY_SHARE)
        if found.value is None or self._is_stopped:
            return found
        model.cp.add(model.last <= found.value)
        model.cp.clear_objective()
        model.goal = change_of(model, self._problem, horizon)
        model.cp.minimize(model.goal)
        model.cp.clear_hints()
        for key, start in found.starts.items():
            if self._problem.activities[key].fixed_at is None:
                model.cp.add_hint(model.placed[key].start, start)
        tidied = self._solved(model, seconds, found)
        return replace(found, starts=tidied.starts)

    def _horizon(self, first: Levelled) -> int:
        """Return when all has finished at the latest: for FINISH when it has in the first plan.

        Otherwise half as long again as that takes may pass after whichever ends last, it or today's plan.
        """
        problem, last = self._problem, finish_of(self._problem, first.starts)
        if problem.objective is Objective.FINISH and first.verdict is not Verdict.NOTHING_IN_TIME:
            return last
        planned = [
            each.finish(each.planned_at)
            for each in problem.activities.values()
            if each.planned_at is not None
        ]
        begin = min(first.starts.values(), default=0)
        return max([last, *planned]) + (last - begin) // 2

    def _solved(self, model: Model, seconds: float, before: Levelled) -> Levelled:
        """Return what the solver finds; `before` where it finds nothing better in time."""
        if seconds <= 0 or self._is_stopped:
            return before
        solver = self._solver
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.num_workers = self._limits.workers
        solver.parameters.random_seed = self._limits.seed
        watch = _Watch(self)
        solver.best_bound_callback = watch.bounded
        status = solver.solve(model.cp, watch)
        if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            verdict = Verdict.BEST if status == cp_model.OPTIMAL else Verdict.FOUND
            starts = {key: solver.value(each.start) for key, each in model.placed.items()}
            value, bound = round(solver.objective_value), round(solver.best_objective_bound)
            return Levelled(verdict, starts, value, bound)
        if status == cp_model.INFEASIBLE and before.verdict is Verdict.NOTHING_IN_TIME:
            return Levelled(Verdict.IMPOSSIBLE)
        return before if before.verdict is Verdict.FOUND else Levelled(Verdict.NOTHING_IN_TIME)

    def _seconds(self) -> float:
        return time.monotonic() - self._began_at

    def _left(self) -> float:
        return self._limits.seconds - self._seconds()

    def noted(self, value: int | None, bound: int | None, plan_count: int) -> bool:
        """Tell how far the search is, and say whether it is to end."""
        self._tell(Progress(self._seconds(), value, bound, plan_count))
        return self._is_stopped


class _Watch(cp_model.CpSolverSolutionCallback):
    """Passes on what the solver finds, from its threads."""

    def __init__(self, search: Search) -> None:
        super().__init__()
        self._search = search
        self._value: int | None = None
        self._bound: int | None = None
        self._count = 0

    def on_solution_callback(self) -> None:
        """Pass on a better plan."""
        self._count += 1
        self._value, self._bound = round(self.objective_value), round(self.best_objective_bound)
        if self._search.noted(self._value, self._bound, self._count):
            self.stop_search()

    def bounded(self, bound: float) -> None:
        """Pass on a better bound."""
        self._bound = round(bound)
        if self._search.noted(self._value, self._bound, self._count):
            self._search.stop()


def _untold(progress: Progress) -> None:
    del progress


def _worth(problem: Problem, starts: dict[UUID, int]) -> tuple[bool, int]:
    """Return what makes a first plan better, the least: that it keeps its limits, and when it ends."""
    return not _keeps_latest(problem, starts), finish_of(problem, starts)


def _keeps_latest(problem: Problem, starts: dict[UUID, int]) -> bool:
    return all(
        each.latest is None or each.fixed_at is not None or each.finish(starts[key]) <= each.latest
        for key, each in problem.activities.items()
    )
