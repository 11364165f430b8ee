"""Lists of scheduled tasks: which of a schedule's are asked for, and in what order.

All of it is asked of a schedule that is computed already, so that nothing is read but the phases of tasks.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from domain.calendar import epoch_minute
from domain.schedule import Activity, ScheduledTask
from infra.schedules import Planned

Place = tuple[int, ...]
"""Where a task is in an order; the last number is the whole number of its id."""


class ScheduleOrder(StrEnum):
    """What a schedule is listed by; in the outline each summary has what is below it behind it, by start."""

    START = "start"
    FINISH = "finish"
    TOTAL_SLACK = "total_slack"
    OUTLINE = "outline"


@dataclass(frozen=True, slots=True)
class ScheduleFilter:
    """Only the tasks for which all of these hold; starts and finishes are the early ones."""

    is_critical: Annotated[bool | None, "Whether it is not done and has no total slack."] = None
    is_on_longest_path: Annotated[bool | None, "Whether it is in the chain that leads to the plan's end."] = (
        None
    )
    is_summary: Annotated[bool | None, "Whether it only spans the tasks below it."] = None
    is_milestone: Annotated[bool | None, "Whether it marks a moment and takes no time."] = None
    is_deadline_missed: Annotated[bool | None, "Whether it finishes after its deadline."] = None
    total_slack_minutes_max: Annotated[
        int | None, "With at most this total slack; -1 for what cannot be done in time."
    ] = None
    starts_at_or_after: Annotated[datetime | None, "Starts at this instant or later."] = None
    starts_before: Annotated[datetime | None, "Starts before this instant."] = None
    finishes_at_or_after: Annotated[datetime | None, "Finishes at this instant or later."] = None
    finishes_before: Annotated[datetime | None, "Finishes before this instant."] = None
    assignee_ids: Annotated[UUID | None, "With this member or resource among who and what is on it."] = None
    below: Annotated[UUID | None, "This task and what is below it, at whatever depth."] = None
    phase: Annotated[
        tuple[int, ...] | None, "In one of these phases: its own, else that of what is above it."
    ] = None


EVERYTHING: Final = ScheduleFilter()


def listed(
    planned: Planned, wanted: ScheduleFilter, order: ScheduleOrder, in_phases: Collection[UUID]
) -> Sequence[Place]:
    """Return the places of the tasks that are wanted, in order; `in_phases` are those in `wanted.phase`.

    Raises `PlanBeyondHorizon`.
    """
    places: Sequence[Place] = planned.order
    if wanted != EVERYTHING:
        within = _within(planned, wanted, in_phases)
        places = [place for place in places if _is_wanted(planned, wanted, within, UUID(int=place[-1]))]
    if order is ScheduleOrder.START:
        return places
    place_of = _outlined(planned) if order is ScheduleOrder.OUTLINE else _placed(planned, order)
    return sorted(place_of(place[-1]) for place in places)


def _within(
    planned: Planned, wanted: ScheduleFilter, in_phases: Collection[UUID]
) -> Sequence[Collection[UUID]]:
    """Return the sets of tasks that a wanted one is in all of."""
    sets: list[Collection[UUID]] = [] if wanted.phase is None else [in_phases]
    if wanted.below is not None:
        sets.append(_below(planned.parts.activities, wanted.below))
    if wanted.assignee_ids is not None:
        on_tasks = planned.parts.staffing.on_tasks()
        sets.append({task_id for task_id, on in on_tasks.items() if wanted.assignee_ids in on})
    return sets


def _below(activities: Mapping[UUID, Activity], top: UUID) -> set[UUID]:
    children: dict[UUID | None, list[UUID]] = {}
    for each in activities.values():
        children.setdefault(each.parent_id, []).append(each.task_id)
    found = {top}
    waiting = [top]
    for task_id in waiting:
        below = [each for each in children.get(task_id, ()) if each not in found]
        found.update(below)
        waiting.extend(below)
    return found


def _is_wanted(
    planned: Planned, wanted: ScheduleFilter, within: Sequence[Collection[UUID]], task_id: UUID
) -> bool:
    if not all(task_id in each for each in within):
        return False
    of, activity = planned.schedule.of(task_id), planned.parts.activities[task_id]
    deadline_at, slack_max = activity.deadline_at, wanted.total_slack_minutes_max
    flags = (
        (wanted.is_critical, of.is_critical),
        (wanted.is_on_longest_path, of.is_on_longest_path),
        (wanted.is_summary, of.is_summary),
        (wanted.is_milestone, activity.is_milestone),
        (wanted.is_deadline_missed, deadline_at is not None and of.early_finish_at > deadline_at),
    )
    return (
        all(wish is None or wish is found for wish, found in flags)
        and (slack_max is None or of.total_slack_minutes <= slack_max)
        and _lies(of.early_start_at, wanted.starts_at_or_after, wanted.starts_before)
        and _lies(of.early_finish_at, wanted.finishes_at_or_after, wanted.finishes_before)
    )


def _lies(at: datetime, begin: datetime | None, end: datetime | None) -> bool:
    return (begin is None or at >= begin) and (end is None or at < end)


def _placed(planned: Planned, order: ScheduleOrder) -> Callable[[int], Place]:
    """Return what places a task by its finish or by its slack."""

    def figure(of: ScheduledTask) -> int:
        return epoch_minute(of.early_finish_at) if order is ScheduleOrder.FINISH else of.total_slack_minutes

    return lambda key: (figure(planned.schedule.of(UUID(int=key))), key)


def _outlined(planned: Planned) -> Callable[[int], Place]:
    """Return what places a task by its own start and id behind those of all that is above it."""
    starts = {key: start for start, key in planned.order}
    above = {
        each.task_id.int: None if each.parent_id is None else each.parent_id.int
        for each in planned.parts.activities.values()
    }

    def path(key: int) -> Place:
        passed: list[int] = []
        at: int | None = key
        while at in starts and at not in passed:
            passed.append(at)
            at = above[at]
        return tuple(part for each in reversed(passed) for part in (starts[each], each))

    return path
