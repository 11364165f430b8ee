"""A plan's network as numbers: a node for each task that is none of others' summary, weighted edges.

On one axis every link is a difference: `start(j) >= start(i) + weight`, whichever ends it ties. Where two
axes meet, or a lag is elapsed, there is no such weight, and the edge is asked at the instants themselves.
"""

from dataclasses import dataclass, field
from itertools import product
from typing import Final, Protocol

from domain.project.plan import LinkKind

_FROM_FINISH: Final = frozenset({LinkKind.FS, LinkKind.FF})
_TO_FINISH: Final = frozenset({LinkKind.FF, LinkKind.SF})
NO_HOLD: Final = -(10**12)
"""The weight of an edge that says only in which order two nodes are looked at."""


class Axis(Protocol):
    """A line of minutes: see `WorkingAxis`."""

    def worked_until(self, instant: int) -> int:
        """Return the minute an instant is at."""
        ...

    def begun_by(self, instant: int) -> int:
        """Return the last minute that begins at an instant or before it."""
        ...

    def first_instant(self, worked: int) -> int:
        """Return the first instant at that minute."""
        ...

    def last_instant(self, worked: int) -> int:
        """Return the last instant at that minute."""
        ...


class ElapsedAxis:
    """The axis of elapsed time: every minute is one."""

    def worked_until(self, instant: int) -> int:
        """Return the instant."""
        return instant

    def begun_by(self, instant: int) -> int:
        """Return the instant."""
        return instant

    def first_instant(self, worked: int) -> int:
        """Return the instant."""
        return worked

    def last_instant(self, worked: int) -> int:
        """Return the instant."""
        return worked


@dataclass(frozen=True, slots=True)
class Tie:
    """An edge that is asked at instants: from which end to which, and a lag on neither of the two axes.

    `lag_axis` is None for an elapsed lag.
    """

    is_from_finish: bool
    is_to_finish: bool
    lag_minutes: int
    lag_axis: Axis | None


_MEETING: Final = {ends: Tie(ends[0], ends[1], 0, None) for ends in product((True, False), repeat=2)}
"""The ties of edges without such a lag, where only axes meet."""

Edge = tuple[int, int, Tie | None, bool]
"""To which node, its weight, a tie where two axes meet, whether it ties the first node's start.

The weight is added to the first node's start, or with a tie to where that end of it lies on the second
node's axis. Most edges hold nothing but numbers, which the garbage collector leaves alone.
"""


@dataclass(slots=True)
class Graph:
    """Nodes by number: axis, minutes from start to finish, bounds of their start on the axis, and edges.

    Tasks are known by the whole number of their id, which is compared faster than the id is. `pinned` starts
    are what happened or must be; `capped` ones may not be later; `late_start` is the latest that a constraint
    or a deadline allows, `late_pinned` the only one; `as_late` are placed as late as they can be. `exact` are
    the actual instants of what was started or finished, `floor` those of constraints. `leaves` are the nodes
    below each summary, `finish_of` its node for their finish, where there is one.
    """

    start: int
    elapsed: Axis = field(default_factory=ElapsedAxis)
    number_of: dict[int, int] = field(default_factory=dict[int, int])
    axis: list[Axis] = field(default_factory=list[Axis])
    lag_axis: list[Axis] = field(default_factory=list[Axis])
    minutes: list[int] = field(default_factory=list[int])
    lower: list[int] = field(default_factory=list[int])
    following: list[list[Edge]] = field(default_factory=list[list[Edge]])
    pinned: dict[int, int] = field(default_factory=dict[int, int])
    capped: dict[int, int] = field(default_factory=dict[int, int])
    late_start: dict[int, int] = field(default_factory=dict[int, int])
    late_pinned: dict[int, int] = field(default_factory=dict[int, int])
    as_late: list[int] = field(default_factory=list[int])
    started: set[int] = field(default_factory=set[int])
    finished: set[int] = field(default_factory=set[int])
    exact: dict[int, tuple[int, int | None]] = field(default_factory=dict[int, tuple[int, int | None]])
    floor: dict[int, int] = field(default_factory=dict[int, int])
    earliest_of: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    leaves: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    finish_of: dict[int, int] = field(default_factory=dict[int, int])
    origin: dict[int, int] = field(default_factory=dict[int, int])

    def node(self, axis: Axis, lag_axis: Axis, minutes: int = 0) -> int:
        """Add a node that is bound by nothing but the project's start; lags to it are of `lag_axis`."""
        if id(axis) not in self.origin:
            self.origin[id(axis)] = axis.worked_until(self.start)
        self.axis.append(axis)
        self.lag_axis.append(lag_axis)
        self.minutes.append(minutes)
        self.lower.append(self.origin[id(axis)])
        self.following.append([])
        return len(self.axis) - 1

    def axes(self) -> list[Axis]:
        """Return each axis once."""
        return list({id(axis): axis for axis in self.axis}.values())

    def tie(
        self, first: int, second: int, kind: LinkKind, lag_minutes: int = 0, *, is_elapsed: bool = False
    ) -> None:
        """Let the second node wait for the first."""
        is_from_finish, is_to_finish = kind in _FROM_FINISH, kind in _TO_FINISH
        axis, lag_axis = self.axis[second], None if is_elapsed else self.lag_axis[second]
        weight = -self.minutes[second] if is_to_finish else 0
        tie: Tie | None = None
        if lag_minutes and lag_axis is not axis:
            tie = Tie(is_from_finish, is_to_finish, lag_minutes, lag_axis)
        else:
            weight += lag_minutes
            if self.axis[first] is not axis:
                tie = _MEETING[is_from_finish, is_to_finish]
            elif is_from_finish:
                weight += self.minutes[first]
        self.following[first].append((second, weight, tie, not is_from_finish))


def in_order(graph: Graph) -> tuple[list[int], list[int]]:
    """Return the nodes, each behind those it waits for, and those that wait for each other in a circle."""
    waiting = [0] * len(graph.axis)
    for edges in graph.following:
        for edge in edges:
            waiting[edge[0]] += 1
    order = [node for node, count in enumerate(waiting) if not count]
    following = graph.following
    for node in order:
        for edge in following[node]:
            waiting[edge[0]] -= 1
            if not waiting[edge[0]]:
                order.append(edge[0])
    return order, [node for node, count in enumerate(waiting) if count]
