"""A levelled plan as it is proposed: how good it is, and what moves from where to where and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from domain.calendar import instant_at
from domain.ids import TaskId
from domain.levelling.explaining import MoveCause, Moved, moved
from domain.levelling.planning import Levelling, span_of
from domain.levelling.problem import Objective
from domain.project.placements import Move
from infra.levelling.outcome import Levelled, Progress, Verdict, finish_of

Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class ProposedMove:
    """One task that the proposed plan moves, and what keeps it from starting earlier."""

    task_id: Annotated[UUID, "The task."]
    project_id: Annotated[UUID, "The project it belongs to."]
    from_start_at: Annotated[datetime, "When it starts in today's plan (UTC)."]
    from_finish_at: Annotated[datetime, "When it finishes in today's plan (UTC)."]
    start_at: Annotated[datetime, "When it is to start (UTC)."]
    finish_at: Annotated[datetime, "When it is to finish (UTC)."]
    cause: Annotated[MoveCause, "What binds it: a resource, what it waits for, a constraint, the objective."]
    resource_id: Annotated[UUID | None, "The resource that is in use, for that cause."]
    because_of_ids: Annotated[tuple[UUID, ...], "The tasks that use the resource, or that it waits for."]

    @property
    def move(self) -> Move:
        """Return the move as a change request names it."""
        return Move(
            TaskId(self.task_id), self.from_start_at, self.from_finish_at, self.start_at, self.finish_at
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a search came to; without a plan, today's stays as it is and nothing moves."""

    verdict: Verdict
    objective: Objective
    position: int
    from_finish_at: datetime | None
    finish_at: datetime | None
    value: int | None
    bound: int | None
    seconds: float
    moves: tuple[ProposedMove, ...] = ()


def proposal_of(levelling: Levelling, levelled: Levelled, position: int) -> Proposal:
    """Return what is proposed, as of a log position."""
    problem = levelling.problem
    moves = moved(levelling, levelled.starts) if levelled.starts else []
    finish = finish_of(problem, levelled.starts) if levelled.starts else None
    return Proposal(
        levelled.verdict,
        problem.objective,
        position,
        instant_at(finish_of(problem, dict(levelling.planned))) if problem.activities else None,
        None if finish is None else instant_at(finish),
        levelled.value,
        levelled.bound,
        levelled.seconds,
        tuple(_proposed(levelling, each) for each in moves),
    )


def _proposed(levelling: Levelling, each: Moved) -> ProposedMove:
    before = span_of(levelling, each.task_id, each.from_start)
    after = span_of(levelling, each.task_id, each.start)
    project_id = levelling.project_of[each.task_id]
    return ProposedMove(
        each.task_id, project_id, *before, *after, each.cause, each.resource_id, each.task_ids
    )
