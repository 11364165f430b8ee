"""Levelling runs over GraphQL: how far one is, and what it proposes to move."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from api.asking import FIRST_DEFAULT, Cursor, First
from api.connections import Connection
from api.context import Context, Info
from api.kinds import enum_type, read_id
from api.levelling import page_of
from api.rows import row_type
from domain.levelling.problem import Objective
from infra.levelling.outcome import Verdict
from infra.levelling.proposal import ProposedMove
from infra.levelling.runs import Run, RunState

PROPOSED_MOVE: Final[Any] = row_type(ProposedMove)
for _enum in (Objective, RunState, Verdict):
    enum_type(_enum)


@dataclass(frozen=True, slots=True)
class LevellingRun:
    """One run of the levelling: how far it is, and once it is done what it proposes."""

    run_id: Annotated[UUID, "The id of this run."]
    project_ids: Annotated[tuple[UUID, ...], "The projects that are levelled together."]
    objective: Annotated[Objective, "What is made least."]
    state: Annotated[RunState, "Where it stands."]
    seconds: Annotated[float, "Seconds it has run."]
    plan_count: Annotated[int, "Plans found so far, each better than the one before."]
    value: Annotated[
        float | None,
        "What is made least, in the best plan: the last finish in minutes since 1970 (UTC), cents, or minutes"
        " times priority + 1.",
    ]
    bound: Annotated[float | None, "No plan can have less of it, as far as is known."]
    verdict: Annotated[Verdict | None, "What it came to; null until it is done."]
    from_finish_at: Annotated[datetime | None, "When today's plan finishes (UTC)."]
    finish_at: Annotated[datetime | None, "When the proposed plan finishes (UTC); null without one."]
    move_count: Annotated[int, "How many tasks the proposed plan moves."]
    refusal_code: Annotated[str | None, "Why it was refused, as a stable code."]
    refusal_message: Annotated[str | None, "The same in a sentence."]


LEVELLING_RUN: Final[Any] = row_type(LevellingRun, "run_id")


def shown(run: Run) -> LevellingRun:
    """Return a run as it is answered; the value of a finish is in minutes since 1970."""
    proposal, progress, refusal = run.proposal, run.progress, run.refusal
    value = progress.value if proposal is None else proposal.value
    bound = progress.bound if proposal is None else proposal.bound
    return LevellingRun(
        run.run_id,
        run.project_ids,
        run.objective,
        run.state,
        progress.seconds if proposal is None else proposal.seconds,
        progress.plan_count,
        None if value is None else float(value),
        None if bound is None else float(bound),
        None if proposal is None else proposal.verdict,
        None if proposal is None else proposal.from_finish_at,
        None if proposal is None else proposal.finish_at,
        0 if proposal is None else len(proposal.moves),
        None if refusal is None else refusal.code,
        None if refusal is None else refusal.message,
    )


async def levelling_run(
    info: Info,
    *,
    run: Annotated[strawberry.ID, strawberry.argument(description="One of the viewer's own runs.")],
) -> LevellingRun:
    """Return a run; raise `UnknownRun`."""
    return shown(run_of(info.context, run))


async def proposed_moves(
    info: Info,
    *,
    run: Annotated[strawberry.ID, strawberry.argument(description="One of the viewer's own runs.")],
    first: First = FIRST_DEFAULT,
    cursor: Cursor = None,
) -> Connection[Any]:
    """Return a page of what a run proposes to move, the earliest first."""
    proposal = run_of(info.context, run).proposal
    moves = () if proposal is None else proposal.moves
    position = 0 if proposal is None else proposal.position
    place: Callable[[ProposedMove], tuple[str, str]] = lambda move: (  # noqa: E731 - a key
        move.start_at.isoformat(),
        str(move.task_id),
    )
    return page_of(moves, place, position, (("proposed_moves", str(run)), first, cursor))


def run_of(context: Context, run_id: str) -> Run:
    """Return a run of the actor's own; raise `UnknownRun`."""
    return context.engine.levelling.of(read_id(run_id, "runId"), context.actor.actor_id)
