"""How dates moved: the schedules of a plan's revisions, one after another, and where they differ.

No dates are stored: each revision is computed from the rows as of its position, as any schedule is. What is
read is read once for all revisions of a page, and a revision that left all rows alike is not computed again.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL, Identifier

from domain.errors import Refusal
from domain.schedule import Network, Schedule, SlackMode, schedule
from domain.task import TaskStatus
from infra.columns import shape_of
from infra.plan_versions import PlanVersions, plan_versions
from infra.plans import PlanParts, parts_after
from infra.reads import fetch, view
from infra.serving import Serving
from projections.plans import READ_MODEL as PLANS
from projections.plans import Plan
from projections.task_board import READ_MODEL as TASKS

SCHEDULED_MAX: Final = 100_000
"""A page goes through so many revisions at most that with their tasks it computes this many dates."""
_SHAPE: Final = shape_of(Plan)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which revisions of a project's plan: those behind one position, up to another, the last first if so."""

    project_id: UUID
    since: int
    until: int
    is_descending: bool


class Seen(NamedTuple):
    """What was looked at in a schedule; `figures` tell whether it moved, and a refusal has no schedule."""

    figures: Hashable = None
    value: Any = None
    refusal_code: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A revision that moved what was looked at: its position, and what it was before and after."""

    position: int
    before: Seen
    after: Seen


@dataclass(frozen=True, slots=True)
class Gone:
    """The moves of the revisions that were gone through, the last of these, and whether there are more."""

    moves: list[Move]
    last: int | None
    has_next: bool


Look = Callable[[Schedule], Seen]


async def moves(serving: Serving, over: Stretch, first: int, mode: SlackMode, look: Look) -> Gone:
    """Return where what `look` finds moved, within the first revisions of a stretch.

    At most `first` revisions are gone through, fewer in a large plan, at least one. Raises `PlanTooLarge`.
    """
    size = await _size(serving, over, first)
    plans = await _revisions(serving, over, size + 1)
    has_next, plans = len(plans) > size, plans[:size]
    if not plans:
        return Gone([], None, has_next=False)
    last = plans[-1].revised_position
    rising = plans[::-1] if over.is_descending else plans
    before = await _plan(serving, over.project_id, rising[0].revised_position - 1)
    parts = PlanParts() if before is None else await serving.schedules.parts(before)
    positions = [each.revised_position for each in rising]
    versions = await plan_versions(serving.pool, over.project_id, parts.position, positions)
    begun = None if before is None else parts.network(before)
    found = await asyncio.to_thread(
        _through, begun, parts, rising, versions, lambda of: _seen(of, mode, look)
    )
    return Gone(found[::-1] if over.is_descending else found, last, has_next)


async def revision_count(serving: Serving, over: Stretch) -> int:
    """Return how many revisions a whole stretch has."""
    statement = SQL("SELECT sum(n) FROM ({} UNION ALL {}) found").format(
        *(_selection(SQL("count(*) AS n"), name) for name in (PLANS.name, f"{PLANS.name}_history"))
    )
    ((count,),) = await fetch(serving.pool, statement, _parameters(over))
    return int(count)


async def _size(serving: Serving, over: Stretch, first: int) -> int:
    """Return how many revisions a page goes through; a revision adds or takes away one task at most."""
    edge = over.until if over.is_descending else over.since
    counts = await serving.rows[TASKS.name].counts([over.project_id], "status", as_of=edge)
    tasks = sum(n for status, n in counts[over.project_id].items() if status != TaskStatus.CANCELLED.value)
    return min(first, max(1, SCHEDULED_MAX // max(1, tasks)))


async def _plan(serving: Serving, project_id: UUID, at: int) -> Plan | None:
    found: dict[UUID, Plan] = await serving.rows[PLANS.name].get([project_id], as_of=at)
    return found.get(project_id)


async def _revisions(serving: Serving, over: Stretch, most: int) -> list[Plan]:
    """Return the plan at its first so many revisions of a stretch."""
    columns = SQL(", ").join(map(Identifier, _SHAPE.names))
    statement = SQL("SELECT {} FROM ({} UNION ALL {}) found ORDER BY revised_position {} LIMIT {}").format(
        columns,
        *(_selection(columns, name) for name in (PLANS.name, f"{PLANS.name}_history")),
        SQL("DESC" if over.is_descending else "ASC"),
        most,
    )
    return [_SHAPE.load(values) for values in await fetch(serving.pool, statement, _parameters(over))]


def _selection(selected: Any, name: str) -> Any:
    return SQL(
        "SELECT {} FROM {} WHERE project_id = %(project_id)s"
        " AND from_position > %(since)s AND from_position <= %(until)s"
    ).format(selected, view(name))


def _parameters(over: Stretch) -> dict[str, Any]:
    return {"project_id": over.project_id, "since": over.since, "until": over.until}


def _through(
    network: Network | None,
    parts: PlanParts,
    plans: Sequence[Plan],
    versions: PlanVersions,
    look: Callable[[Network], Seen],
) -> list[Move]:
    """Return where what is looked at moved, from a network and its parts through the plans after it."""
    found: list[Move] = []
    before = Seen() if network is None else look(network)
    for plan in plans:
        parts = parts_after(parts, plan, versions.between(parts.position, plan.revised_position))
        last, network = network, parts.network(plan)
        after = before if network == last else look(network)
        if (after.figures, after.refusal_code) != (before.figures, before.refusal_code):
            found.append(Move(plan.revised_position, before, after))
        before = after
    return found


def _seen(network: Network, mode: SlackMode, look: Look) -> Seen:
    try:
        return look(schedule(network, mode))
    except Refusal as refusal:
        return Seen(refusal_code=refusal.code)
