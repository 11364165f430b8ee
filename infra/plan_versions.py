"""What became of the rows of a plan in a range of positions, read at once for one revision or for many.

What is read is what the tables of tasks, links, calendars, people and changes held at one position, or at
each of several, so that it is one plan whatever is folded meanwhile.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from operator import itemgetter
from typing import Any, Final, NamedTuple, Self, TypeVar
from uuid import UUID

from psycopg.sql import SQL, Composable, Identifier

from domain.errors import Refusal
from infra.reads import AsyncPool, fetch, view
from projections import (
    assignments,
    member_calendars,
    plan_links,
    resources,
    schedule_changes,
    task_board,
    working_calendars,
)
from projections.read_model import ReadModel

TASKS_MAX: Final = 100_000
"""A plan of more tasks, or of three times as many links, is not read."""
_OTHERS_MAX: Final = 3 * TASKS_MAX
_TASK: Final = (
    "task_id", "status", "parent_id", "estimate_minutes", "duration_minutes", "is_duration_elapsed",
    "is_milestone", "calendar_name", "constraint_kind", "constraint_at", "deadline_on", "started_at",
    "completed_at", "assignee_ids",
)  # fmt: skip
_LINK: Final = (
    "row_id", "predecessor_id", "successor_id", "kind", "lag_minutes", "lag_unit", "lag_percent",
)  # fmt: skip
_CALENDAR: Final = ("name", "calendar")
_ASSIGNMENT: Final = ("row_id", "task_id", "resource_id")
_RESOURCE: Final = ("resource_id", "is_retired", "kind", "calendar_name")
_MEMBER: Final = ("member_id", "calendar_name", "department")
_CHANGE: Final = ("applied_at", "moves")
_HELD: Final = SQL(
    "project_id = %(project_id)s AND to_position > %(since)s AND EXISTS (SELECT FROM"
    " unnest(%(positions)s::int8[]) p WHERE from_position <= p AND p < to_position)"
)
"""That a version which ended held at one of the positions; the first condition finds its partitions."""
_began: Final = itemgetter(0)

V = TypeVar("V")


class PlanTooLarge(Refusal):
    """A project has more tasks or links than a schedule is computed of."""

    sentence = f"A schedule is computed of at most {TASKS_MAX:,} tasks, and three links for each."


class Version(NamedTuple):
    """The values of a row, the position at which they began to hold, and the one at which they ended."""

    began: int
    ended: int | None
    values: tuple[Any, ...]


class Versions(NamedTuple):
    """The versions of one table's rows by when they began, and (position, row's id) of those that ended."""

    begun: Sequence[Version] = ()
    ended: Sequence[tuple[int, UUID]] = ()

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """Return the values that began to hold."""
        return [each.values for each in self.begun]

    def without_gone(self, known: Mapping[UUID, V]) -> dict[UUID, V]:
        """Return what is known by the ids of rows, without those that no longer hold as they were."""
        left = dict(known)
        for _, row_id in self.ended:
            left.pop(row_id, None)
        return left

    def between(self, since: int, until: int) -> "Versions":
        """Return what began after `since` and still holds at `until`, and what ended in between."""
        begun = _cut(self.begun, since, until)
        still = [each for each in begun if each.ended is None or each.ended > until]
        return Versions(still, _cut(self.ended, since, until))


def _cut(ordered: Sequence[Any], since: int, until: int) -> Sequence[Any]:
    return ordered[bisect_right(ordered, since, key=_began) : bisect_right(ordered, until, key=_began)]


@dataclass(frozen=True, slots=True)
class PlanVersions:
    """What became of all rows of a plan; only of links and assignments is it known that they ended."""

    tasks: Versions
    links: Versions
    calendars: Versions
    assignments: Versions
    resources: Versions
    members: Versions
    changes: Versions

    def between(self, since: int, until: int) -> Self:
        """Return what of it lies behind one position and up to another."""
        return type(self)(*(getattr(self, each.name).between(since, until) for each in fields(self)))


async def plan_versions(
    pool: AsyncPool, project_id: UUID, since: int, positions: Sequence[int]
) -> PlanVersions:
    """Return what became of a plan after `since`, as far as it held at one of some rising positions.

    Raises `PlanTooLarge`.
    """
    where = _Where(pool, project_id, since, positions)
    return PlanVersions(
        Versions(await where.begun(task_board.READ_MODEL, _TASK, TASKS_MAX)),
        await where.both(plan_links.READ_MODEL, _LINK),
        Versions(await where.begun(working_calendars.READ_MODEL, _CALENDAR, TASKS_MAX)),
        await where.both(assignments.READ_MODEL, _ASSIGNMENT),
        Versions(await where.begun(resources.READ_MODEL, _RESOURCE, TASKS_MAX)),
        Versions(await where.begun(member_calendars.READ_MODEL, _MEMBER, TASKS_MAX)),
        Versions(await where.begun(schedule_changes.READ_MODEL, _CHANGE, TASKS_MAX)),
    )


@dataclass(frozen=True, slots=True)
class _Where:
    """A project, the position after which a change counts, and those at which it is looked at."""

    pool: AsyncPool
    project_id: UUID
    since: int
    positions: Sequence[int]

    async def both(self, model: ReadModel[Any], columns: Sequence[str]) -> Versions:
        """Return what began and what ended of a table whose rows come and go."""
        return Versions(await self.begun(model, columns, _OTHERS_MAX), await self._ended(model))

    async def begun(self, model: ReadModel[Any], columns: Sequence[str], most: int) -> list[Version]:
        """Return the versions that began after `since` and held at one of the positions."""
        statement = SQL(
            "SELECT from_position, NULL::int8, {columns} FROM {rows} WHERE project_id = %(project_id)s"
            " AND from_position > %(since)s AND from_position <= %(until)s"
            " UNION ALL SELECT from_position, to_position, {columns} FROM {history}"
            " WHERE {held} AND from_position > %(since)s AND from_position <= %(until)s LIMIT {most}"
        ).format(
            columns=SQL(", ").join(map(Identifier, columns)),
            rows=view(model.name),
            history=view(f"{model.name}_history"),
            held=_HELD,
            most=most + 1,
        )
        found = await self._fetch(statement, self.positions)
        if len(found) > most:
            raise PlanTooLarge
        return sorted((Version(values[0], values[1], values[2:]) for values in found), key=_began)

    async def _ended(self, model: ReadModel[Any]) -> list[tuple[int, UUID]]:
        """Return the rows that held at `since` or a position, and by the last one no longer as they were."""
        statement = SQL(
            "SELECT to_position, row_id FROM {} WHERE {} AND to_position <= %(until)s ORDER BY to_position"
        ).format(view(f"{model.name}_history"), _HELD)
        found = await self._fetch(statement, [self.since, *self.positions])
        return [(ended, row_id) for ended, row_id in found]

    async def _fetch(self, statement: Composable, positions: Sequence[int]) -> list[tuple[Any, ...]]:
        parameters = {
            "project_id": self.project_id,
            "since": self.since,
            "until": self.positions[-1],
            "positions": list(positions),
        }
        return await fetch(self.pool, statement, parameters)
