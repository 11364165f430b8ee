"""The passes over a plan's graph: earliest starts forward, latest starts backward, and what lies between."""

from collections.abc import Sequence
from itertools import chain

from domain.schedule.graph import Axis, Graph, Tie


def earliest(graph: Graph, order: Sequence[int], at_least: dict[int, int] | None = None) -> list[int]:
    """Return the earliest start of each node, on its axis; `at_least` are further lower bounds."""
    starts = graph.lower.copy()
    for node, bound in (at_least or {}).items():
        starts[node] = max(starts[node], bound)
    special = {*graph.pinned, *graph.capped, *graph.earliest_of}
    following = graph.following
    for node in order:
        if node in special:
            starts[node] = _settled(graph, node, starts)
        start = starts[node]
        for second, weight, tie, _ in following[node]:
            bound = start + weight if weight is not None else _not_before(graph, node, start, second, tie)
            if bound > starts[second]:  # noqa: PLR1730 - a call less in the innermost loop
                starts[second] = bound
    return starts


def _settled(graph: Graph, node: int, starts: Sequence[int]) -> int:
    """Return the start of a node that is pinned, capped, or the earliest of several."""
    if node in graph.pinned:
        return graph.pinned[node]
    if node in graph.earliest_of:
        return min(graph.axis[leaf].last_instant(starts[leaf]) for leaf in graph.earliest_of[node])
    return min(starts[node], graph.capped[node])


def _not_before(graph: Graph, node: int, start: int, second: int, tie: Tie) -> int:
    """Return the start that an edge allows its second node at the earliest, where axes meet."""
    instant = finish_instant(graph, node, start) if tie.is_from_finish else start_instant(graph, node, start)
    if tie.lag_axis is None:
        instant += tie.lag_minutes
    elif tie.lag_minutes:
        worked = tie.lag_axis.worked_until(instant) + tie.lag_minutes
        instant = (tie.lag_axis.first_instant if tie.is_to_finish else tie.lag_axis.last_instant)(worked)
    return graph.axis[second].worked_until(instant) - (graph.minutes[second] if tie.is_to_finish else 0)


def latest(graph: Graph, order: Sequence[int], finish: int, *, is_msproject: bool) -> list[int]:
    """Return the latest start of each node that leaves the finish (an instant) and what binds it."""
    ends = {id(axis): axis.worked_until(finish) for axis in graph.axes()}
    starts = [ends[id(axis)] - minutes for axis, minutes in zip(graph.axis, graph.minutes, strict=True)]
    bound = {*graph.late_start, *graph.late_pinned, *graph.finished}
    finished, following = graph.finished, graph.following
    for node in reversed(order):
        limit = starts[node]
        for second, weight, tie, is_from_start in following[node]:
            if second in finished or (is_msproject and is_from_start):
                continue
            start = starts[second]
            allowed = start - weight if weight is not None else _not_after(graph, node, second, start, tie)
            if allowed < limit:  # noqa: PLR1730 - as above
                limit = allowed
        starts[node] = _limited(graph, node, limit) if node in bound else limit
    return starts


def _limited(graph: Graph, node: int, limit: int) -> int:
    if node in graph.finished:
        return graph.pinned[node]
    pinned = graph.late_pinned.get(node, limit)
    return min(pinned, graph.late_start.get(node, pinned))


def _not_after(graph: Graph, node: int, second: int, start: int, tie: Tie) -> int:
    """Return the latest start that an edge allows its first node, where axes meet."""
    axis, own = graph.axis[second], graph.axis[node]
    instant = axis.last_instant(start + (graph.minutes[second] if tie.is_to_finish else 0))
    if tie.lag_axis is None:
        instant -= tie.lag_minutes
    elif tie.lag_minutes:
        instant = tie.lag_axis.last_instant(tie.lag_axis.worked_until(instant) - tie.lag_minutes)
    if tie.is_from_finish:
        return own.worked_until(instant) - graph.minutes[node]
    return _start_until(own, instant)


def _start_until(axis: Axis, instant: int) -> int:
    """Return the latest minute of an axis that begins at or before an instant."""
    worked = axis.worked_until(instant)
    return worked if axis.last_instant(worked) <= instant else worked - 1


def free_slack(graph: Graph, starts: Sequence[int], finish: int) -> list[int]:
    """Return by how much each node may finish later and delay neither what waits for it nor the plan.

    What was started waits no more, and holds nothing back. Below 0 where a link is not kept.
    """
    gaps: list[int] = []
    started, minutes = graph.started, graph.minutes
    ends = {id(axis): axis.worked_until(finish) for axis in graph.axes()}
    for node, edges in enumerate(graph.following):
        own = starts[node]
        limit = ends[id(graph.axis[node])] - minutes[node]
        for second, weight, tie, _ in edges:
            if second in started:
                continue
            start = starts[second]
            allowed = start - weight if weight is not None else _not_after(graph, node, second, start, tie)
            if allowed < limit:  # noqa: PLR1730 - as above
                limit = allowed
        gaps.append(0 if node in graph.finished else limit - own)
    return gaps


def driving(graph: Graph, starts: Sequence[int], finish: int) -> set[int]:
    """Return the nodes of the longest path: those that end last, and what holds each of them where it is."""
    before = _holding(graph, starts)
    ends = {id(axis): axis.worked_until(finish) for axis in graph.axes()}
    waiting = [
        node for node, start in enumerate(starts) if start + graph.minutes[node] == ends[id(graph.axis[node])]
    ]
    found = set(waiting)
    while waiting:
        for first in before.get(waiting.pop(), ()):
            if first not in found:
                found.add(first)
                waiting.append(first)
    return found


def _holding(graph: Graph, starts: Sequence[int]) -> dict[int, list[int]]:
    """Return for each node those whose edge leaves it no earlier start."""
    before: dict[int, list[int]] = {}
    for node, edges in enumerate(graph.following):
        start = starts[node]
        for second, weight, tie, _ in edges:
            bound = start + weight if weight is not None else _not_before(graph, node, start, second, tie)
            if bound == starts[second] or node in graph.earliest_of.get(second, ()):
                before.setdefault(second, []).append(node)
    return before


def last_finish(graph: Graph, starts: Sequence[int]) -> int:
    """Return the instant at which the last node ends, the project's start where there is none."""
    last: dict[int, tuple[Axis, int]] = {}
    for axis, start, minutes in zip(graph.axis, starts, graph.minutes, strict=True):
        known = last.get(id(axis))
        if known is None or start + minutes > known[1]:
            last[id(axis)] = axis, start + minutes
    own = (axis.first_instant(worked) for axis, worked in last.values())
    apart = (finish_instant(graph, node, starts[node]) for node in (*graph.finished, *graph.floor))
    return max(chain([graph.start], own, apart))


def start_instant(graph: Graph, node: int, start: int) -> int:
    """Return the instant at which a node that starts at a minute of its axis begins."""
    exact = graph.exact.get(node)
    if exact is not None:
        return exact[0]
    return graph.axis[node].last_instant(start) if graph.minutes[node] else moment(graph, node, start)


def finish_instant(graph: Graph, node: int, start: int) -> int:
    """Return the instant at which a node that starts at a minute of its axis is done."""
    exact = graph.exact.get(node)
    if exact is not None and exact[1] is not None:
        return exact[1]
    minutes = graph.minutes[node]
    return graph.axis[node].first_instant(start + minutes) if minutes else moment(graph, node, start)


def moment(graph: Graph, node: int, start: int) -> int:
    """Return when something without duration happens: as soon as what it waits for is done.

    That is never before the project's start, or the instant of its own constraint.
    """
    axis = graph.axis[node]
    floor = max(graph.start, graph.floor.get(node, graph.start))
    return max(axis.first_instant(start), min(axis.last_instant(start), floor))
