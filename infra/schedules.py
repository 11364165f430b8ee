"""Schedules: computed from a project's rows as of its last revision, and kept while somebody asks for them.

A schedule is named by project, revision and slack mode, and never changes under that name: what is kept is
right for ever. A project that changed is read from where it was read last.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from domain.schedule import Dependency, Schedule, SlackMode, schedule
from infra.plans import PlanParts, plan_parts
from infra.reads import AsyncPool
from projections.plans import Plan

KEPT_MAX: Final = 16
"""Schedules and plans kept; one of 10,000 tasks takes about 20 MB."""

K = TypeVar("K")
V = TypeVar("V")
Name = tuple[UUID, int, SlackMode]


@dataclass(frozen=True, slots=True)
class Planned:
    """A schedule, its tasks in order (early start as `epoch_minute`, whole number of the id), its plan."""

    schedule: Schedule
    order: Sequence[tuple[int, int]]
    parts: PlanParts

    def waits_by(self, task_ids: Collection[UUID]) -> dict[UUID, list[Dependency]]:
        """Return for each of some tasks the links by which it waits for others."""
        found: dict[UUID, list[Dependency]] = {task_id: [] for task_id in task_ids}
        for link in self.parts.links.values():
            if link.successor_id in found:
                found[link.successor_id].append(link)
        return found


class Schedules:
    """Computes schedules for one event loop, each once however many ask for it together."""

    def __init__(self, pool: AsyncPool) -> None:
        """Read through `pool`."""
        self._pool = pool
        self._parts: OrderedDict[UUID, PlanParts] = OrderedDict()
        self._planned: OrderedDict[Name, Planned] = OrderedDict()
        self._turns: dict[UUID, asyncio.Lock] = {}

    async def of(self, plan: Plan, mode: SlackMode) -> Planned:
        """Return the schedule of a plan; raise what `schedule` refuses."""
        name = plan.project_id, plan.revised_position, mode
        async with self._turn(plan.project_id):
            found = self._planned.get(name)
            if found is None:
                found = await asyncio.to_thread(planned, plan, await self._read(plan), mode)
            _keep(self._planned, name, found)
        return found

    async def parts(self, plan: Plan) -> PlanParts:
        """Return what the schedule of a plan is computed from; raise `PlanTooLarge`."""
        async with self._turn(plan.project_id):
            return await self._read(plan)

    def _turn(self, project_id: UUID) -> asyncio.Lock:
        """Return what lets one at a time read a project, for whoever takes it at once."""
        if len(self._turns) > KEPT_MAX:
            self._turns = {key: lock for key, lock in self._turns.items() if lock.locked()}
        return self._turns.setdefault(project_id, asyncio.Lock())

    async def _read(self, plan: Plan) -> PlanParts:
        """Return a plan's parts, from what is kept of the project where that is not later."""
        kept = self._parts.get(plan.project_id)
        if kept is None or kept.position > plan.revised_position:
            return await self._kept(plan, PlanParts(), is_latest=kept is None)
        return await self._kept(plan, kept, is_latest=True)

    async def _kept(self, plan: Plan, since: PlanParts, *, is_latest: bool) -> PlanParts:
        parts = await plan_parts(self._pool, plan, since)
        if is_latest:
            _keep(self._parts, plan.project_id, parts)
        return parts


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > KEPT_MAX:
        kept.popitem(last=False)


def planned(plan: Plan, parts: PlanParts, mode: SlackMode) -> Planned:
    """Return the schedule of a plan with these parts; raise what `schedule` refuses."""
    found = schedule(parts.network(plan), mode)
    return Planned(found, sorted(found.early_starts()), parts)
