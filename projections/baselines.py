"""The baselines of each project: which one is the reference, who set it when and why, and what it planned.

The plan is the sum over the tasks that have a baseline of that number; how each task differs from it stands
on the task board.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.baselines import BaselineSet
from domain.recorded import Recorded
from domain.task import TaskBaselineSet
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class Baseline:
    """One numbered baseline of a project; it is being gathered from its tasks until it is set."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    number: Annotated[int, "Its number, 0 to 10."]
    is_set: Annotated[bool, "Whether it was made the plan's reference and is fixed."] = False
    is_reference: Annotated[bool, "Whether it is the plan's reference now."] = False
    title: Annotated[str | None, "What the plan is called; null until it is set."] = None
    cause: Annotated[str | None, "Why it became the reference."] = None
    set_at: Annotated[datetime | None, "When it became the reference (UTC)."] = None
    set_by_id: Annotated[UUID | None, "The member who set it."] = None
    change_id: Annotated[UUID | None, "The change request that led to it; null for the first one."] = None
    replaced_at: Annotated[datetime | None, "When another became the reference (UTC)."] = None
    task_count: Annotated[int, "How many tasks have a baseline of this number."] = 0
    start_at: Annotated[datetime | None, "Earliest planned start of these tasks (UTC)."] = None
    finish_at: Annotated[datetime | None, "Latest planned finish of these tasks (UTC)."] = None
    work_minutes: Annotated[int, "Planned work of these tasks in minutes, where it was planned."] = 0
    cost_cents: Annotated[int, "Planned cost of these tasks in cents, where it was planned."] = 0


Event: TypeAlias = BaselineSet | TaskBaselineSet


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the baseline, and the one it replaces as the reference."""
    event = seen.event
    key = part_id(seen.key, "baseline", event.number)
    if isinstance(event, TaskBaselineSet) or event.replaced_number is None:
        return (key,)
    return key, part_id(seen.key, "baseline", event.replaced_number)


def evolve(row: Baseline | None, seen: Recorded[Event]) -> Baseline | None:
    """Return the baseline after an event."""
    event = seen.event
    if row is None:
        row = Baseline(part_id(seen.key, "baseline", event.number), seen.key, event.number)
    if isinstance(event, TaskBaselineSet):
        return _with_task(row, event)
    if row.number != event.number:
        return replaced(row, is_reference=False, replaced_at=seen.occurred_at)
    return replaced(
        row,
        is_set=True,
        is_reference=True,
        title=event.title,
        cause=event.cause,
        set_at=seen.occurred_at,
        set_by_id=seen.actor_id,
        change_id=event.change_id,
    )


def _with_task(row: Baseline, event: TaskBaselineSet) -> Baseline:
    starts = [each for each in (row.start_at, event.start_at) if each is not None]
    finishes = [each for each in (row.finish_at, event.finish_at) if each is not None]
    return replaced(
        row,
        task_count=row.task_count + 1,
        start_at=min(starts, default=None),
        finish_at=max(finishes, default=None),
        work_minutes=row.work_minutes + (event.work_minutes or 0),
        cost_cents=row.cost_cents + (event.cost_cents or 0),
    )


READ_MODEL: Final = ReadModel(
    name="baselines",
    row=Baseline,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"NUMBER": ("number",)},
    filters=("number", "is_set", "is_reference"),
)
