"""Changes of a project's schedule: a levelled plan is accepted as a change request that names its moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

from domain import roles, shape
from domain.decider import Context
from domain.errors import Malformed
from domain.facet import Facet, once
from domain.levelling.problem import Objective
from domain.project.change_requests import DAYS_MAX, ChangeKind, ChangeRequested
from domain.project.placements import Move, ScheduleChangeRequested, TasksPlaced, evolve

if TYPE_CHECKING:
    from domain.project import Project

MOVES_MAX: Final = 5_000
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RequestScheduleChange:
    """Ask for tasks to be placed anew in the plan, such as a levelled plan proposes, and say why.

    Once the change request is approved and applied, the plan starts each of them no earlier than said here.
    """

    change_id: Annotated[UUID, "A new UUID for the change request."]
    title: Annotated[str, "What is to be changed, 1 to 200 characters."]
    cause: Annotated[str, "Why, 1 to 10,000 characters."]
    objective: Annotated[Objective, "What the moves make least."]
    moves: Annotated[tuple[Move, ...], "What is to move from where to where, 1 to 5,000 tasks, each once."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a text out of bounds, or moves that are none, too many or make no sense."""
        shape.text(self.title, "title", shape.NAME_LENGTH_MAX)
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)
        if not 1 <= len(self.moves) <= MOVES_MAX:
            raise Malformed(f"These are 1 to {MOVES_MAX} moves.", field="moves")
        if len({move.task_id for move in self.moves}) < len(self.moves):
            raise Malformed("A task moves only once.", field="moves")
        for number, move in enumerate(self.moves):
            _check(move, f"moves.{number}")


def _check(move: Move, path: str) -> None:
    for name in ("from_start_at", "from_finish_at", "start_at", "finish_at"):
        shape.instant(getattr(move, name), f"{path}.{name}")
    if move.finish_at < move.start_at or move.from_finish_at < move.from_start_at:
        raise Malformed("The task finishes before it starts.", field=f"{path}.finishAt")


def decide(
    command: RequestScheduleChange, project: "Project", context: Context
) -> Sequence[ChangeRequested | ScheduleChangeRequested]:
    """Return that a change of the schedule is asked for."""
    before = project.change_requests.by_id.get(command.change_id)
    requester_id = context.actor_id if before is None else before.requested.requester_id
    asked = ChangeRequested(
        command.change_id,
        command.title,
        command.cause,
        ChangeKind.SCHEDULE,
        _days_later(command.moves),
        0,
        requester_id,
    )
    moves = ScheduleChangeRequested(command.change_id, command.objective, command.moves)
    moved = once(project.placements.requested.get(command.change_id), moves, "changeId")
    return [*once(None if before is None else before.requested, asked, "changeId"), *moved]


def _days_later(moves: Sequence[Move]) -> int:
    """Return by how many days, begun ones counted, the last of the moved tasks finishes later."""
    before = max(move.from_finish_at for move in moves)
    days = -((before - max(move.finish_at for move in moves)) // _DAY)
    return max(-DAYS_MAX, min(DAYS_MAX, days))


FACET: Final = Facet(
    own="placements",
    decide=decide,
    evolve=evolve,
    events={
        "project.schedule_change_requested.v1": ScheduleChangeRequested,
        "project.tasks_placed.v1": TasksPlaced,
    },
    commands={
        RequestScheduleChange: roles.TEAM,
    },
)
