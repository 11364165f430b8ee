"""The links of a plan as bounds: elapsed lags as they are, working ones as activities that use nothing.

A working lag is an activity on the follower's axis between the two ends: for a lead, one that the follower
may begin with and that ends no earlier than what it follows. A link of a summary is one of each
of the tasks in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID, uuid5

from domain.errors import Refusal
from domain.levelling.axis import Axis
from domain.levelling.problem import Activity, Bound
from domain.project.plan import LagUnit, Link, LinkKind
from domain.project.state import Project
from domain.task.state import Task

BOUNDS_MAX: Final = 50_000
_FROM_FINISH: Final = frozenset({LinkKind.FS, LinkKind.FF})
_TO_FINISH: Final = frozenset({LinkKind.FF, LinkKind.SF})


class TooManyLinks(Refusal):
    """The links of a plan, those of summaries spread over their tasks, are too many."""

    sentence = f"The plan has more than {BOUNDS_MAX:,} links, those of summaries counted for each task."


def bounds_of(
    project: Project, tasks: Mapping[UUID, Task], activities: Mapping[UUID, Activity], axis: Axis
) -> tuple[list[Bound], dict[UUID, Activity]]:
    """Return what the links of a plan hold back, and the activities that stand for working lags.

    Raises `TooManyLinks`.
    """
    leaves = _leaves(tasks, activities)
    bounds: list[Bound] = []
    lags: dict[UUID, Activity] = {}
    for before, after, link in _links(project):
        for first in leaves.get(before, ()):
            for second in leaves.get(after, ()):
                lag = lag_minutes(link, activities[first])
                _add(bounds, lags, (first, second, link), (lag, activities[second].axis or axis))
        if len(bounds) > BOUNDS_MAX:
            raise TooManyLinks
    return bounds, lags


def _links(project: Project) -> Iterator[tuple[UUID, UUID, Link]]:
    for before, followers in project.plan.links.items():
        for after, link in followers.items():
            yield before, after, link


def lag_minutes(link: Link, before: Activity) -> int:
    """Return the minutes of a link's lag; a percentage is of the predecessor's duration, half to even."""
    if link.lag_percent is None:
        return link.lag_minutes
    return round(before.duration * link.lag_percent / 100)


def _leaves(tasks: Mapping[UUID, Task], activities: Mapping[UUID, Activity]) -> dict[UUID, Sequence[UUID]]:
    """Return the activities each task stands for: itself, or for a summary all within it."""
    found: dict[UUID, list[UUID]] = {}
    for key in activities:
        above: UUID | None = key
        seen: set[UUID] = set()
        while above is not None and above not in seen:
            seen.add(above)
            found.setdefault(above, []).append(key)
            above = tasks[above].parent_id if above in tasks else None
    return dict(found)


def _add(
    bounds: list[Bound],
    lags: dict[UUID, Activity],
    ends: tuple[UUID, UUID, Link],
    lag_on: tuple[int, Axis],
) -> None:
    before, after, link = ends
    is_from_finish, is_to_finish = link.kind in _FROM_FINISH, link.kind in _TO_FINISH
    if before == after:
        return
    lag, axis = lag_on
    if link.lag_unit is LagUnit.ELAPSED or lag == 0:
        bounds.append(Bound(before, after, lag, is_from_finish, is_to_finish))
        return
    key = uuid5(before, f"lag:{after}")
    lags[key] = Activity(key, abs(lag), axis=axis)
    is_lead = lag < 0
    bounds.append(Bound(before, key, 0, is_from_finish, is_lead))
    bounds.append(Bound(key, after, 0, not is_lead, is_to_finish))
